"""When something happened, as people write it at the start of a note."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.moment import understood
from console.domain.times import utc

NOW = datetime(2026, 12, 1, 14, 20, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        ("14:02 the queue grew", "2026-12-01T14:02:00", "the queue grew"),
        ("14:02:31 the queue grew", "2026-12-01T14:02:31", "the queue grew"),
        ("14:02Z: the queue grew", "2026-12-01T14:02:00", "the queue grew"),
        ("9:05 early", "2026-12-01T09:05:00", "early"),
        ("23:50 the day before", "2026-11-30T23:50:00", "the day before"),
        ("15:02+02:00 abroad", "2026-12-01T13:02:00", "abroad"),
        ("00:30-08:00 far west", "2026-12-01T08:30:00", "far west"),
        ("-10m seen", "2026-12-01T14:10:30", "seen"),
        ("-10 min seen", "2026-12-01T14:10:30", "seen"),
        ("-2h: seen", "2026-12-01T12:20:30", "seen"),
        ("-1d seen", "2026-11-30T14:20:30", "seen"),
        ("2026-12-01T13:00Z seen", "2026-12-01T13:00:00", "seen"),
        ("2026-12-01 13:00 seen", "2026-12-01T13:00:00", "seen"),
        ("2026-12-01T15:00+02:00 seen", "2026-12-01T13:00:00", "seen"),
    ],
)
def test_a_time_at_the_start_is_taken(text: str, at: str, rest: str) -> None:
    found = understood(text, NOW)
    assert found.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (found.text, found.wrong) == (rest, "")


@pytest.mark.parametrize(
    "text",
    [
        "the queue grew at 14:02",
        "50:50 of the answers",
        "-10 answers",
        "24:00 is no time",
        "",
        "-m",
    ],
)
def test_what_is_no_time_stays_text(text: str) -> None:
    found = understood(text, NOW)
    assert (found.at, found.text, found.wrong) == (None, text, "")


@pytest.mark.parametrize("text", ["2026-12-01T14:30Z soon", "2026-13-01T14:00Z never"])
def test_what_cannot_be_is_said(text: str) -> None:
    found = understood(text, NOW)
    assert found.at is None
    assert found.wrong
    assert found.words(NOW) == found.wrong


def test_how_it_was_understood_is_said() -> None:
    said = understood("14:02 the queue grew", NOW).words(NOW)
    assert said == "understood as 2026-12-01T14:02:00Z, 18 min ago"
    assert understood("the queue grew", NOW).words(NOW) == ""


@given(st.integers(0, 23), st.integers(0, 59), st.floats(0.0, 86_400.0))
def test_a_time_of_day_is_the_latest_such_one(hour: int, minute: int, later: float) -> None:
    now = NOW + later
    found = understood(f"{hour:02}:{minute:02} x", now).at
    assert found is not None
    assert (found.hour, found.minute) == (hour, minute)
    assert 0 <= now - found.timestamp() < 86_400
    assert found <= utc(now)
