"""Times on screens: the clock with the distance, and the local time where somebody plans by it."""

import time
from collections.abc import Iterator

import pytest

from console.screens.moments import moment_text, planned
from tests.app.rooms import HOUR, NOW


@pytest.fixture
def in_paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine an hour before UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1")
        time.tzset()
        yield
    time.tzset()


def test_a_moment_is_a_clock_and_a_distance() -> None:
    assert moment_text(NOW - 360, NOW) == "13:54:00Z, 6 min ago"
    assert moment_text(NOW + 360, NOW) == "14:06:00Z, in 6 min"
    assert moment_text(NOW - 30 * HOUR, NOW) == "2026-11-30T08:00:00Z, 30h ago"


def test_where_the_clock_is_utc_it_is_said_once() -> None:
    assert planned(NOW + HOUR, NOW) == "15:00:00Z"


@pytest.mark.usefixtures("in_paris")
def test_elsewhere_the_local_time_stands_beside_it() -> None:
    assert planned(NOW + HOUR, NOW) == "15:00:00Z (16:00 here)"
    assert planned(NOW + 9 * HOUR, NOW) == "23:00:00Z (Wed 00:00 here)"
