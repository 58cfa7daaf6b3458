"""Where a rollout's time went, and when it can end at the earliest."""

import pytest

from console.domain import events as e
from console.domain.projection import Projection, project
from console.domain.times import utc
from tests.domain.build import DAY, HOUR, Desk, deployment


def projected(desk: Desk, blind: float = 0.0) -> Projection:
    """The times as they stand at the desk."""
    return project(desk.state, desk.held["deployment"], desk.gate(), desk.now, blind)


def test_before_the_rollout_everything_is_still_to_come() -> None:
    found = projected(Desk())
    assert found.left_s == DAY + 2 * DAY + 5 * 2 * DAY + 2 * DAY
    assert found.ends_at is None


def test_time_beyond_the_dwell_is_waiting_and_moves_the_end() -> None:
    desk = Desk().to("dark-launch.1")
    first = projected(desk)
    assert first.ends_at == desk.now + 15 * DAY
    desk.now += 30 * HOUR
    found = projected(desk)
    assert (found.running_s, found.waiting_s) == (DAY, 6 * HOUR)
    assert found.ends_at == pytest.approx((first.ends_at or 0) + 6 * HOUR)


def test_a_longer_dwell_of_the_team_counts() -> None:
    desk = Desk(deployment=deployment(extra="[phases.shadow]\ndwell_h = 72"))
    assert projected(desk).left_s == 16 * DAY


def test_unwatched_time_counts_once_and_only_within_the_attempt() -> None:
    desk = Desk().to("dark-launch.1")
    began = desk.now
    desk.now += 10 * HOUR

    def gap(since: float, until: float) -> None:
        desk.write(e.WatchGap(utc(since), utc(until), "nobody was there"))

    gap(began - HOUR, began + HOUR)
    gap(began + 2 * HOUR, began + 4 * HOUR)
    gap(began + 3 * HOUR, began + 5 * HOUR)
    assert projected(desk, 0.02) == Projection(
        10 * HOUR, 0.0, 15 * DAY - 10 * HOUR, began + 15 * DAY, 4 * HOUR, 0.02
    )


def test_after_the_end_nothing_is_left() -> None:
    desk = Desk().to("full.1")
    desk.ready()
    desk.advance()
    found = projected(desk)
    assert (found.left_s, found.ends_at) == (0.0, None)
