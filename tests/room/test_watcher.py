"""What the watcher writes down, minute by minute."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.clock import SystemClock
from console.domain.commands import AcknowledgeAlert, WriteNote
from console.domain.events import GateDecided
from console.domain.times import utc
from console.journal import DiskFull, Latched
from console.room import WarRoom
from console.room.watcher import Watcher
from tests.room.stand import NOW, SetClock, Stand, minute, small_disk, stand, use_up, write

TO_FULL: tuple[tuple[str, Any, int | None], ...] = (
    ("readiness.1", "dark-launch", None),
    ("dark-launch.1", "shadow", None),
    ("shadow.1", "canary", 5),
    ("canary-5.1", "canary", 100),
    ("canary-100.1", "full", None),
)
CALLS = 50  # a minute: 30 errors an hour are just within 1 %


class Shift:
    """A watcher at work, a minute at a time."""

    def __init__(self, claims: Stand, past: Callable[[int], int] = lambda _: 0) -> None:
        assert isinstance(claims.clock, SetClock)
        self.clock = claims.clock
        self.claims = claims
        self.room: WarRoom = claims.open()
        end = int(NOW // 60)
        self.adopt({end - ago: past(ago) for ago in range(1, 121)})
        self.watcher = self.another()

    def another(self) -> Watcher:
        room = self.room
        return Watcher(room.looker, room.eyes, room.record, self.clock)

    def adopt(self, errors: dict[int, int]) -> None:
        told = {number: minute(CALLS, count) for number, count in errors.items()}
        self.room.eyes.each["calls"].adopt(told, self.clock.moment)

    def pass_minutes(self, *errors: int) -> None:
        """Let a minute pass for each number of errors, told at once."""
        for count in errors:
            self.clock.moment += 60
            self.adopt({int(self.clock.moment // 60) - 1: count})
            self.watcher.look()

    def pass_unseen(self, minutes: int) -> None:
        """Let minutes pass in which the feed says nothing."""
        for _ in range(minutes):
            self.clock.moment += 60
            self.watcher.look()

    def of(self, rule: str) -> list[str]:
        """What became of the alerts of a rule, by the bytes on the disk."""
        if not (self.claims.directory / "journal").exists():
            return []
        fired = [d["alert"] for d in self.claims.entries("alert.fired") if d["rule"] == rule]
        resolved = [d["alert"] for d in self.claims.entries("alert.resolved")]
        return [
            *(f"fired {alert}" for alert in fired),
            *(f"resolved {alert}" for alert in resolved if alert in fired),
        ]


async def test_an_alert_fires_is_taken_in_hand_and_resolves(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(0, 0)
    assert shift.of("error-rate") == []
    shift.pass_minutes(CALLS)
    (alert,) = shift.room.state.firing
    assert (alert.rule, alert.n) == ("error-rate", 60 * CALLS)
    assert alert.value == pytest.approx(50 / 3000)
    await shift.room.do(AcknowledgeAlert(alert.id, "looking"))
    assert shift.room.state.alerts[alert.id].acknowledged_by == "agent lead"
    shift.pass_minutes(*[0] * 59)
    assert shift.of("error-rate") == [f"fired {alert.id}"]
    shift.pass_minutes(0)  # the bad minute has left the window
    assert shift.watcher.recovering == {"error-rate"}
    shift.pass_minutes(0, 0, 0, 0)
    assert shift.of("error-rate") == [f"fired {alert.id}"]
    shift.pass_minutes(0)
    assert shift.of("error-rate") == [f"fired {alert.id}", f"resolved {alert.id}"]
    assert shift.room.state.firing == []
    await shift.room.close()


async def test_it_never_resolves_because_the_feed_went_quiet(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(CALLS)
    (alert,) = shift.room.state.firing
    shift.pass_unseen(180)
    assert shift.of("error-rate") == [f"fired {alert.id}"]
    assert shift.room.take_picture().readings["error-rate"].verdict == "stale"
    await shift.room.close()


async def test_what_a_feed_tells_late_is_looked_at_then_at_its_own_time(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(CALLS)
    (alert,) = shift.room.state.firing
    shift.pass_unseen(600)  # more than one look takes in
    end = int(shift.clock.moment // 60)
    shift.adopt({end - ago: CALLS * (ago == 300) for ago in range(600, 0, -1)})
    shift.watcher.look()
    assert len(shift.of("error-rate")) == 2
    shift.watcher.look()
    shift.watcher.look()
    first, second, *resolved = shift.of("error-rate")
    assert first == f"fired {alert.id}"
    assert "T1902" in second.replace(":", ""), "300 min before 00:01"
    assert resolved == [first.replace("fired", "resolved"), second.replace("fired", "resolved")]
    await shift.room.close()


async def test_a_dead_feed_does_not_hold_the_others(claims: Stand) -> None:
    with (claims.directory / "warroom.toml").open("a") as config:
        config.write('\n[feeds.flags]\nkind = "jsonl"\npath = "flags.jsonl"\n')
        config.write('\n[metrics.safety-flags]\nfeed = "flags"\n')
    shift = Shift(claims)
    flags = shift.room.eyes.each["flags"]
    end = int(NOW // 60)
    flags.adopt({end - ago: minute(CALLS) for ago in range(1, 121)}, shift.clock.moment)
    shift.pass_minutes(*[0] * 300)
    shift.pass_minutes(CALLS)
    assert [alert.rule for alert in shift.room.state.firing] == ["error-rate"]
    bad = {end + 10: msgspec.structs.replace(minute(CALLS), flags=1.0)}
    quiet = {end + n: minute(CALLS) for n in range(301) if n != 10}
    flags.adopt(bad | quiet, shift.clock.moment)
    shift.pass_unseen(2)
    (flagged, *_) = shift.of("safety-flags")
    assert "T1410" in flagged.replace(":", "")
    await shift.room.close()


async def test_a_clock_that_is_set_goes_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = stand(tmp_path / "claims", clock=SystemClock())
    real, skipped = time.time, 0.0
    monkeypatch.setattr("console.clock.time.time", lambda: real() + skipped)
    async with claims.room() as room:
        await room.do(WriteNote("first"))
        watcher = Watcher(room.looker, room.eyes, room.record, room.clock)
        watcher.look()
        assert "clock.jumped" not in claims.kinds()
        for seconds in (3 * 3600.0, -7200.0):
            skipped += seconds
            watcher.look()
            watcher.look()
        told = [entry["seconds"] for entry in claims.entries("clock.jumped")]
        assert told == [pytest.approx(3 * 3600.0, abs=2), pytest.approx(-7200.0, abs=2)]
        assert room.state.attempt.jumped_s == pytest.approx(3 * 3600.0, abs=2)


async def test_time_that_nobody_watched_goes_on_record(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_unseen(2)
    shift.clock.moment += 3600.0
    shift.watcher.look()
    assert shift.room.state.unwatched == []  # nothing goes live yet
    write(shift.room, dark_launch())
    begun = shift.clock.moment
    shift.pass_minutes(0, 0)
    assert "watch.gap" not in claims.kinds()
    shift.clock.moment += 3600.0
    shift.watcher.look()
    shift.watcher.look()
    shift.adopt({int(shift.clock.moment // 60) - 1: 0})
    shift.clock.moment += 7200.0
    shift.another().look()
    told = [entry["why"] for entry in claims.entries("watch.gap")]
    assert told == ["the machine slept, or was too busy", "no console or watch was open"]
    assert shift.room.state.unwatched == [
        (begun + 120.0, begun + 3720.0),
        (begun + 3720.0, begun + 10_920.0),
    ]
    await shift.room.close()


def dark_launch() -> GateDecided:
    """The GO."""
    return GateDecided("readiness.1", "advance", "all confirmed", (), "dark-launch")


async def test_a_rate_that_swings_around_its_limit_is_one_alert(claims: Stand) -> None:
    shift = Shift(claims, lambda ago: ago % 2)
    shift.pass_minutes(*[1, 0] * 20)
    assert len(shift.of("error-rate")) == 1
    shift.pass_minutes(*[0] * 4)
    assert len(shift.of("error-rate")) == 1
    shift.pass_minutes(0, 0, 0)
    assert len(shift.of("error-rate")) == 2
    await shift.room.close()


async def test_minutes_that_came_in_one_batch_are_each_looked_at(claims: Stand) -> None:
    """A breach that came and went while nobody looked is still on record, at its own time."""
    shift = Shift(claims)
    shift.pass_minutes(0)
    end = int(shift.clock.moment // 60)
    shift.clock.moment += 100 * 60
    shift.adopt({number: CALLS * (number == end + 3) for number in range(end, end + 100)})
    shift.watcher.look()
    fired, resolved = shift.of("error-rate")
    assert fired.removeprefix("fired ") == resolved.removeprefix("resolved ")
    assert "T1405" in fired.replace(":", "")
    await shift.room.close()


async def test_two_watchers_write_an_alert_once(claims: Stand) -> None:
    shift = Shift(claims)
    other = shift.another()
    shift.pass_minutes(CALLS)
    other.look()
    assert len(shift.of("error-rate")) == 1
    shift.another().look()
    assert len(shift.of("error-rate")) == 1
    await shift.room.close()


async def test_a_watcher_that_takes_over_ends_what_another_began(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(CALLS)
    shift.watcher = shift.another()
    shift.pass_minutes(*[0] * 66)
    assert [line.split()[0] for line in shift.of("error-rate")] == ["fired", "resolved"]
    await shift.room.close()


async def test_a_trigger_is_raised_and_cleared(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(CALLS, CALLS)
    assert shift.claims.entries("trigger.raised")[0]["trigger"] == "error-rate"
    assert shift.room.state.triggers.keys() == {"error-rate"}
    shift.pass_minutes(*[0] * 31)
    assert shift.claims.entries("trigger.cleared") == [{"trigger": "error-rate"}]
    assert shift.room.state.triggers == {}
    await shift.room.close()


async def test_what_the_full_disk_did_not_take_is_written_when_there_is_room(
    claims: Stand,
) -> None:
    folder = claims.directory / "journal"
    with small_disk(folder):
        shift = Shift(claims)
        await shift.room.do(WriteNote("first"))
        filler = use_up(folder)
        with pytest.raises(DiskFull):
            shift.pass_minutes(CALLS)
        assert shift.room.state.firing == []
        with pytest.raises(DiskFull):
            shift.pass_minutes(0)
        filler.unlink()
        shift.pass_minutes(0)
        assert len(shift.of("error-rate")) == 1
        assert [alert.rule for alert in shift.room.state.firing] == ["error-rate"]
        await shift.room.close()


async def test_after_a_disk_error_the_next_to_open_writes_it(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    shift = Shift(claims)
    await shift.room.do(WriteNote("first"))
    with monkeypatch.context() as broken:
        broken.setattr("console.journal.disk.os.fdatasync", fail)
        with pytest.raises(Latched):
            shift.pass_minutes(CALLS)
    with pytest.raises(Latched):
        shift.pass_minutes(0)
    eye = shift.room.eyes.each["calls"]
    await shift.room.close()
    async with claims.room() as room:
        again = room.eyes.each["calls"]
        again.adopt(eye.series.minutes, shift.clock.moment)
        shift.clock.moment += 60
        again.adopt({int(shift.clock.moment // 60) - 1: minute(CALLS)}, shift.clock.moment)
        Watcher(room.looker, room.eyes, room.record, shift.clock).look()
        assert [alert.rule for alert in room.state.firing] == ["error-rate"]


async def test_a_room_that_lives_says_that_it_could_not_write(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: int) -> None:
        failed.set()
        raise OSError(5, "Input/output error")

    failed = asyncio.Event()
    room = claims.open(offline=False)
    await room.do(WriteNote("first"))
    living = asyncio.create_task(room.run())
    told = asyncio.Event()
    room.subscribe(lambda: told.set() if room.recording == "here" else None)
    async with asyncio.timeout(20):
        await told.wait()
    monkeypatch.setattr("console.journal.disk.os.fdatasync", fail)
    clock = room.clock
    assert isinstance(clock, SetClock)
    end = int(clock.moment // 60)
    clock.moment += 120
    shown = asyncio.Event()
    room.subscribe(lambda: shown.set() if "Input/output" in str(room.troubles) else None)
    room.eyes.each["calls"].adopt(
        {number: minute(CALLS, CALLS) for number in range(end - 60, end + 2)}, clock.moment
    )
    async with asyncio.timeout(20):
        await shown.wait()
    assert failed.is_set()
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living


async def test_what_the_window_owes_is_written_once_also_after_a_restart(claims: Stand) -> None:
    shift = Shift(claims)
    for was, to, share in TO_FULL:
        write(shift.room, GateDecided(was, "advance", "met", (), to, share, "v2"))
    shift.watcher.look()
    start = shift.room.state.attempt.entered_at
    shift.clock.moment = start + 2 * 3600 + 1
    shift.watcher.look()
    shift.watcher.look()
    assert len(claims.entries("checkin.missed")) == 1
    shift.clock.moment = start + 25 * 3600
    again = shift.another()
    again.look()
    again.look()
    assert [one["due"] for one in claims.entries("checkin.missed")] == [
        utc(start + hours * 3600).isoformat().replace("+00:00", "Z") for hours in range(2, 25, 2)
    ]
    (duty,) = claims.entries("duty.started")
    assert (duty["duty"], duty["owner"]) == ("sample-review-full.1", "agent-lead")
    assert shift.room.state.conflicts == []
    await shift.room.close()
