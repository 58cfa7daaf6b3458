"""Named transforms for logs that say things their own way."""

import pytest

from console.domain.call import Call
from tests.feeds.records import START, reader, record


def read(row: dict[str, object], **fields: object) -> Call:
    """The one call in `row`."""
    found = reader(**fields).read_items([row])
    assert found.bad == 0, found.bad_sample
    return found.calls[0]


def fault(row: dict[str, object], **fields: object) -> str:
    found = reader(**fields).read_items([row])
    assert found.calls == []
    return found.bad_sample


@pytest.mark.parametrize(
    "text", ["2026-12-01 00:00:00", "2026-12-01T00:00:00.000000", "2026-12-01T01:00:00+01:00"]
)
def test_a_time_without_an_offset_is_utc_where_that_is_said(text: str) -> None:
    assert read(record(1, at=text), at=("at", "utc")).at == START


def test_a_time_without_an_offset_is_bad_where_nothing_is_said() -> None:
    assert "has no offset" in fault(record(1, at="2026-12-01 00:00:00"))


@pytest.mark.parametrize("value", ["soon", 7, None, ""])
def test_what_is_no_time_stays_none(value: object) -> None:
    assert fault(record(1, at=value), at=("at", "utc")).startswith("at: ")


def test_two_times_without_an_offset_have_a_length() -> None:
    row = record(1, begin="2026-12-01 00:00:00", end="2026-12-01 00:00:01.5")
    assert read(row, latency_s=("end", "minus:begin")).latency_s == 1.5


@pytest.mark.parametrize(
    ("value", "error"), [(True, ""), ("yes", ""), (False, "error"), ("0", "error"), (None, "")]
)
def test_what_says_that_it_went_well_says_what_failed(value: object, error: str) -> None:
    assert read(record(1, success=value), error=("success", "not")).error == error


def test_what_is_neither_yes_nor_no() -> None:
    row = record(1, success="partly")
    assert fault(row, error=("success", "not")).startswith('error: "partly" is neither yes nor no')
