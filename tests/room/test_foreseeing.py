"""The watcher's early warnings: raised once, over once, whatever begins anew meanwhile."""

import random
from pathlib import Path

import msgspec
import pytest

from config.guide import PhaseName
from console.domain import commands_warning as c
from console.domain import events as e
from console.domain.early_warning import FIX_S, open_warnings
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.room import WarRoom
from console.room.watcher import Watcher
from tests.room.stand import BAD, NOW, SetClock, Stand, stand, write

HOUR = 3600.0
DAYS_BEFORE = 3
CALLS = 20  # a minute
TO_FULL: tuple[tuple[str, PhaseName, int | None], ...] = (
    ("readiness.1", "dark-launch", None),
    ("dark-launch.1", "shadow", None),
    ("shadow.1", "canary", 5),
    ("canary-5.1", "canary", 100),
    ("canary-100.1", "full", None),
)


class Window:
    """A window that began at `NOW`, after some days of the same version, and its watcher."""

    def __init__(self, claims: Stand, phases: int = len(TO_FULL)) -> None:
        assert isinstance(claims.clock, SetClock)
        self.claims, self.clock = claims, claims.clock
        self.draw = random.Random(11)
        self.clock.moment = NOW - DAYS_BEFORE * 24 * HOUR
        self.room: WarRoom = claims.open()
        for was, to, share in TO_FULL[: phases - 1]:
            write(self.room, e.GateDecided(was, "advance", "met", (), to, share, BAD))
        self.adopt(range(int(self.clock.moment // 60), int(NOW // 60)), 0.155)
        self.clock.moment = NOW
        was, to, share = TO_FULL[phases - 1]
        write(self.room, e.GateDecided(was, "advance", "met", (), to, share, BAD))
        self.watcher = self.another()

    def another(self) -> Watcher:
        return Watcher(self.room.looker, self.room.eyes, self.room.record, self.clock)

    def adopt(self, minutes: range, share: float) -> None:
        """Minutes in which so many of the calls escalate."""
        told = {number: self.minute(share) for number in minutes}
        eye = self.room.eyes.each["calls"]
        eye.adopt(told, self.clock.moment)

    def minute(self, share: float) -> Minute:
        return Minute(
            calls=CALLS,
            escalations=sum(self.draw.random() < share for _ in range(CALLS)),
            cost=CALLS * 0.02,
            costed=CALLS,
            timed=CALLS,
            latency=histogram([(0.9, CALLS)]),
            versions={BAD: CALLS},
        )

    def pass_hours(self, hours: int, *, begin: float = 0.155, rises: float = 0.0) -> float:
        """Let hours pass in which the share rises by so much an hour; where it ends."""
        for number in range(hours):
            first = int(self.clock.moment // 60)
            self.clock.moment += HOUR
            self.adopt(range(first, first + 60), begin + rises * number)
            self.watcher.look()
        return begin + rises * hours

    def until_warned(self) -> float:
        """Let it rise by 0.3 points an hour until that is warned of; where it stands then."""
        level = 0.155
        while not open_warnings(self.room.state):
            assert self.clock.moment < NOW + 30 * HOUR
            level = self.pass_hours(1, begin=level + 0.003)
        return level

    def reopen(self) -> None:
        """The console ends and begins again, on what is on the disk."""
        told = dict(self.room.eyes.each["calls"].series.minutes)
        self.room.record.journal.close()
        self.room = self.claims.open()
        eye = self.room.eyes.each["calls"]
        eye.adopt(told, self.clock.moment)
        self.watcher = self.another()
        self.watcher.look()

    def raised(self) -> list[str]:
        return [entry["metric"] for entry in self.claims.entries("warning.raised")]


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    return stand(tmp_path / "claims")


def test_a_drift_is_warned_of_once_though_the_console_begins_anew(claims: Stand) -> None:
    window = Window(claims)
    level = window.until_warned()
    window.reopen()
    window.pass_hours(3, begin=level)
    window.reopen()
    window.pass_hours(2, begin=level)
    assert window.raised() == ["escalation-rate"]
    (held,) = open_warnings(window.room.state)
    assert NOW + 12 * HOUR < held.raised_at <= window.clock.moment
    assert held.limit == 0.25
    assert held.value < 0.25
    (duty,) = (d for d in window.room.state.duties.values() if d.id.startswith("review-"))
    assert duty.due == held.raised_at + 1800
    assert claims.entries("alert.fired") == []
    assert not claims.entries("warning.cleared")


def test_a_restart_just_before_and_just_after_doubles_nothing(claims: Stand) -> None:
    """Whether two looks agree is asked of the minutes, not of what a process remembers."""
    window = Window(claims)
    level, hours = 0.155, 0
    while not window.raised():
        assert hours < 48
        level = window.pass_hours(1, begin=level + 0.003)
        hours += 1
        window.reopen()
    window.reopen()
    assert len(window.raised()) == 1
    assert len(claims.entries("duty.started")) == 1


def test_steady_hours_are_not_warned_of(claims: Stand) -> None:
    window = Window(claims)
    window.pass_hours(20)
    assert window.raised() == []


def test_outside_the_window_nothing_is_looked_for(claims: Stand) -> None:
    window = Window(claims, phases=len(TO_FULL) - 1)
    assert window.room.state.attempt.phase == "canary"
    window.pass_hours(16, rises=0.003)
    assert window.raised() == []
    seen = window.room.looker.foresight.latest(window.room.state)
    assert {drift.why for drift in seen.values()} == {"the window has not begun"}


def test_the_alert_takes_over_when_the_limit_is_crossed(claims: Stand) -> None:
    window = Window(claims)
    window.until_warned()
    window.pass_hours(2, begin=0.32)
    (alert,) = window.room.state.firing
    (cleared,) = claims.entries("warning.cleared")
    assert cleared["why"] == f"the limit is crossed, alert {alert.id} takes over"
    assert [d.id for d in window.room.state.duties.values() if d.done_at is None] == []
    window.pass_hours(3, begin=0.32)
    assert len(window.raised()) == 1


def test_it_is_over_when_the_fix_bites_and_is_not_raised_again(claims: Stand) -> None:
    window = Window(claims)
    window.until_warned()
    window.pass_hours(6)
    (cleared,) = claims.entries("warning.cleared")
    assert cleared["why"].startswith("the trend is over")
    window.pass_hours(13)
    assert len(window.raised()) == 1


async def test_the_owners_duty_comes_by_itself_after_four_hours(claims: Stand) -> None:
    window = Window(claims)
    level = window.until_warned()
    (held,) = open_warnings(window.room.state)
    await window.room.do(c.ReviewWarning(held.id, "the winter tariff", fix=True))
    while window.clock.moment < held.raised_at + FIX_S:
        level = window.pass_hours(1, begin=level, rises=0.0005)
    window.reopen()
    (duty,) = (d for d in window.room.state.duties.values() if d.owner == "rollback-owner")
    assert duty.due == held.raised_at + FIX_S + 1800
    window.room.become("rollback owner")
    await window.room.do(c.SettleWarning("escalation-rate", "maintain", "hourly check-ins"))
    window.reopen()
    assert [d.id for d in window.room.state.duties.values() if d.done_at is None] == []
    assert len(claims.entries("duty.started")) == 3


def test_hours_that_nobody_read_are_looked_at_when_they_are_told(claims: Stand) -> None:
    """The feed was dark for hours: a look waits for what it tells of them."""
    window = Window(claims)
    window.pass_hours(14)
    looked = window.room.looker.foresight.latest(window.room.state)["escalation-rate"]
    for _ in range(6):
        window.clock.moment += HOUR
        window.watcher.look()
    dark = window.room.looker.foresight.latest(window.room.state)["escalation-rate"]
    assert dark == looked
    first = int(window.clock.moment // 60) - 6 * 60
    for hour in range(6):
        window.adopt(range(first + hour * 60, first + hour * 60 + 60), 0.155)
    window.watcher.look()
    seen = window.room.looker.foresight.latest(window.room.state)["escalation-rate"]
    assert seen.at == looked.at + 6 * HOUR
    assert len(seen.points) == len(looked.points) + 12


def test_a_version_of_few_calls_is_looked_at_by_the_hour(claims: Stand) -> None:
    window = Window(claims)
    eye = window.room.eyes.each["calls"]
    sparse = {
        number: msgspec.structs.replace(held, calls=0.5, escalations=0.1, timed=0, versions={})
        for number, held in eye.series.minutes.items()
    }
    eye.series.put_all(sparse)
    window.clock.moment += 24 * HOUR
    eye.adopt(
        {int(NOW // 60) + number: Minute(calls=0.5, escalations=0.1) for number in range(24 * 60)},
        window.clock.moment,
    )
    seen = window.room.looker.foresight.latest(window.room.state)["escalation-rate"]
    assert len(seen.points) == 24
