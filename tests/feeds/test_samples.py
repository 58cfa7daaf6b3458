"""Records are found in whatever somebody gives, or one sentence says why not."""

import json

import pytest

from console.feeds.samples import MOST_RECORDS, NoSample, sample_of
from tests.feeds.records import line, lines, record


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("data", "form", "items", "count"),
    [
        (lines(0, 3), "lines", "", 3),
        (b"\xef\xbb\xbf" + line(0).replace(b"\n", b"\r\n") + line(1), "lines", "", 2),
        (line(0), "lines", "", 1),
        (encoded([record(0), record(1), "no record"]), "list", "", 2),
        (encoded({"data": [record(0)], "next": None}), "answer", "data", 1),
        (encoded({"result": {"hits": [record(0)] * 2}, "total": 2}), "answer", "result.hits", 2),
        (encoded({"meta": [{"a": 1}], "data": [record(0)] * 2}), "answer", "data", 2),
        (encoded(record(0, cost=1, model="m", tools=[{"name": "x"}])), "lines", "", 1),
    ],
)
def test_the_form_of_a_sample(data: bytes, form: str, items: str, count: int) -> None:
    found = sample_of(data)
    assert (found.form, found.items, len(found.records)) == (form, items, count)
    assert found.records[0]["id"] == "call-0"


def test_lines_that_are_broken_are_counted() -> None:
    found = sample_of(line(0) + b'{"half": \n\xff\n[1]\n' + line(1))
    assert (len(found.records), found.unread) == (2, 3)
    assert found.why == "it is not JSON"


def test_nan_spoils_nothing() -> None:
    assert sample_of(b'{"id": "a", "cost": NaN}\n').records[0]["id"] == "a"


def test_a_long_log_is_not_read_to_its_end() -> None:
    assert len(sample_of(lines(0, MOST_RECORDS + 5)).records) == MOST_RECORDS


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b" \n", "is empty"),
        (b"<!DOCTYPE html><p>Log in", "is a web page, not data"),
        (b"hello\nworld\n", "holds no JSON that can be read: neither lines, nor a list"),
        (b"7", "is JSON, but no object and no list"),
        (b"[]", "has no record in it"),
        (b'{"data": [], "next": null}', "has no record in it"),
        (b"[" * 100_000, "holds no JSON that can be read"),
        (b'{"resourceSpans": []}', "has no record in it"),
        (b'{"resourceSpans": 7}', "has spans, but none of an agent, a model or a tool"),
    ],
)
def test_what_is_no_sample(data: bytes, why: str) -> None:
    with pytest.raises(NoSample) as caught:
        sample_of(data)
    assert str(caught.value).startswith(why)
