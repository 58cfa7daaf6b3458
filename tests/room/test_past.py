"""The past of a deployment: as it was known at each moment, and nothing written anywhere."""

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Entry
from console.domain.evolve import fold
from console.domain.refused import Refused
from console.journal import Unwritable
from console.room import OpenFailed, PastRoom, Spot, open_past
from console.room.timeline import Timeline
from tests.app.rooms import minutes
from tests.domain.build import Desk
from tests.room.stand import LEAD, NOW, SetClock, Stand, stand

HOUR = 3600.0
STEPS = (
    (50.0, e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, "v2.4.0")),
    (20.0, e.NoteWritten("the upstream answers late")),
    (1.0, e.AlertFired("al-1", "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 % of 1,200")),
    (0.5, e.AlertAcknowledged("al-1", "looking")),
)


@pytest.fixture
def lived(tmp_path: Path) -> Stand:
    """Fifty hours with an entry now and then, and two recorded hours at their end."""
    standing = stand(tmp_path / "claims")
    clock = standing.clock
    assert isinstance(clock, SetClock)
    room = standing.open()
    for ago, event in STEPS:
        clock.moment = NOW - ago * HOUR
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    clock.moment = NOW
    room.eyes.record()
    for number, minute in minutes(120).items():
        room.eyes.each["calls"].adopt({number: minute}, number * 60.0 + 65)
    room.eyes.close()
    room.record.journal.close()
    return standing


def tree(*roots: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below, with its time of change and its bytes."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for root in roots
        for path in [root, *sorted(root.rglob("*"))]
    }


async def test_it_writes_nothing_and_does_nothing(
    lived: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(os.environ["XDG_STATE_HOME"])
    elsewhere = tmp_path / "no-state-yet"
    before = tree(lived.directory, home)
    for state_home in (home, elsewhere):
        monkeypatch.setenv("XDG_STATE_HOME", str(state_home))
        room = open_past(lived.directory, NOW - 10 * HOUR)
        for count in range(len(room.timeline) + 1):
            room.go(Spot(count, NOW - HOUR, None))
        await room.poll_once()
        room.look()
        with pytest.raises(Refused, match="this is a replay of 2026-12-01T13:00:00Z; nothing"):
            await room.do(c.WriteNote("after the fact"))
        for deed in (
            room.roll_back("owner-judgement"),
            room.suspend("tool"),
            room.answer("s", "done"),
        ):
            with pytest.raises(Refused, match="replay"):
                await deed
        with pytest.raises(Refused):
            room.stand_by()
        with pytest.raises(Refused):
            await room.traffic.set()
        with pytest.raises(Unwritable):
            room.record.transact(LEAD, lambda _: [])
        with pytest.raises(Unwritable):
            room.record.journal.fallback([])
        room.readiness.walk_to("logging")
        await room.close()
    assert tree(lived.directory, home) == before
    assert not elsewhere.exists()


def test_a_read_only_directory_opens(lived: Stand, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lived.directory, copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = tree(copy)
    room = open_past(copy, NOW)
    assert [alert.id for alert in room.state.firing] == ["al-1"]
    assert tree(copy) == before


def test_each_moment_shows_what_was_known_then(lived: Stand) -> None:
    room = open_past(lived.directory, NOW - 30 * HOUR)
    assert room.state.attempt.phase == "dark-launch"
    assert [entry.kind for entry in room.record.entries] == ["journal.opened", "gate.decided"]
    assert room.picture().now == NOW - 30 * HOUR
    assert room.picture().gate.elapsed_s == 20 * HOUR
    assert room.picture().readings["traffic"].verdict == "stale"
    assert not room.state.alerts

    room = open_past(lived.directory, NOW - 0.75 * HOUR)
    (alert,) = room.state.firing
    assert alert.acknowledged_at is None
    picture = room.picture()
    assert picture.freshness.state == "live"
    assert picture.freshness.age_s is not None
    assert picture.freshness.age_s < 60
    assert picture.readings["traffic"].n == 60 * 40
    end = int((NOW - 0.75 * HOUR) // 60)
    assert max(room.eyes.each["calls"].series.minutes) < end

    room = open_past(lived.directory)
    assert room.state.firing[0].acknowledged_at is not None
    assert room.picture().now == room.span[1]


def test_going_back_and_forth_is_the_same_as_opening_there(lived: Stand) -> None:
    moved = open_past(lived.directory)
    for hours in (0.6, 30.0, 0.2, 49.0, 1.5, 0.9):
        moment = NOW - hours * HOUR
        there = open_past(lived.directory, moment)
        moved.go(there.spot)
        assert moved.state == there.state
        assert moved.record.entries == there.record.entries
        assert moved.record.journal.heads == there.record.journal.heads
        one, other = moved.picture(), there.picture()
        assert (one.facts, one.gate, one.points) == (other.facts, other.gate, other.points)


def test_exactly_what_heads_name(lived: Stand) -> None:
    whole = open_past(lived.directory)
    entries = whole.timeline.entries
    (writer,) = {entry.writer for entry in entries}
    room = open_past(lived.directory, NOW, heads={writer: entries[2].h})
    assert room.record.entries == entries[:3]
    assert room.record.journal.head == entries[2].h
    assert room.picture().now == NOW
    with pytest.raises(OpenFailed, match=r"no entry 0{14}12 of"):
        open_past(lived.directory, NOW, heads={writer: "12".zfill(16) + "0" * 48})


def test_the_whole_journal_however_it_is_dated(lived: Stand) -> None:
    moment = NOW - 30 * HOUR
    room = open_past(lived.directory, moment, whole=True)
    assert len(room.record.entries) == len(room.timeline) == 5
    assert [alert.id for alert in room.state.firing] == ["al-1"]
    assert room.picture().now == moment


def test_a_damaged_journal_opens_as_far_as_it_verifies(lived: Stand) -> None:
    lines = lived.journal.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"error-rate", b"errors-are")
    lived.journal.write_bytes(b"".join(lines))
    room = open_past(lived.directory, NOW)
    assert [entry.seq for entry in room.record.entries] == [1, 2, 3]
    assert not room.record.journal.intact
    assert "line 4" in room.troubles[0]


def test_an_empty_journal_is_said(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    with pytest.raises(OpenFailed, match="holds no entry"):
        open_past(standing.directory, NOW)


def test_another_config_of_today_is_said(lived: Stand) -> None:
    config = lived.directory / "warroom.toml"
    config.write_text(config.read_text() + "\n# a later thought\n")
    room = open_past(lived.directory, NOW)
    assert any("another today" in sentence for sentence in room.troubles)
    assert not any("warroom.toml" in why for why in room.picture().gate.missing)


def test_the_config_no_longer_parses(lived: Stand) -> None:
    lived.open().record.journal.close()  # keeps the last good one
    (lived.directory / "warroom.toml").write_text("nonsense = [")
    room = open_past(lived.directory, NOW)
    assert any("last good config" in sentence for sentence in room.troubles)


def dated(entry: Entry, seconds: float, **more: Any) -> Entry:
    """The entry, written by a clock that is `seconds` ahead."""
    return msgspec.structs.replace(entry, at=entry.at + timedelta(seconds=seconds), **more)


def woven(entries: list[Entry], seconds: float) -> list[Entry]:
    """The entries of another writer woven in, whose clock is wrong: each saw the other's last."""
    told = []
    for place, entry in enumerate(entries):
        told.append(msgspec.structs.replace(entry, clock=2 * place + 1))
        told.append(dated(entry, seconds, writer="zeta", clock=2 * place + 2))
    return told


def apart(entries: list[Entry], seconds: float) -> list[Entry]:
    """The entries of another writer beside these, who never saw them: only times tell."""
    told = list(entries)
    told += [dated(entry, seconds, writer="zeta") for entry in entries]
    return sorted(told, key=lambda entry: entry.order)


def many() -> list[Entry]:
    desk = Desk().to("full.1")
    for number in range(300):
        desk.now += 10
        desk.write(e.NoteWritten(f"note {number}"), e.CheckInMade("all is well"))
    return desk.entries


def states_are_folds(entries: list[Entry], came: list[Entry]) -> None:
    timeline = Timeline(entries)
    assert timeline.entries == came
    assert timeline.times == sorted(timeline.times)
    for count in (len(entries), 0, 1, 333, 334, 332, 800, 3, len(entries) - 1):
        chosen = {entry.order for entry in came[:count]}
        expected = [entry for entry in entries if entry.order in chosen]
        assert timeline.upto(count) == expected
        assert timeline.state(count) == fold(expected)


@pytest.mark.parametrize("seconds", [0.0, 40.0, -5000.0])
def test_what_a_writer_had_seen_stands_before_what_it_wrote(seconds: float) -> None:
    entries = woven(many(), seconds)
    states_are_folds(entries, entries)


@pytest.mark.parametrize("seconds", [0.0, 45.0, -5000.0])
def test_what_nobody_had_seen_stands_where_its_time_is(seconds: float) -> None:
    entries = apart(many(), seconds)
    states_are_folds(entries, sorted(entries, key=lambda entry: (entry.at, entry.order)))


@pytest.mark.parametrize("wrong", [300.0, 4e8, -300.0, -4e8])
def test_a_clock_that_jumps_and_comes_back_drops_nothing(wrong: float) -> None:
    entries = many()
    entries[400:406] = [dated(entry, wrong) for entry in entries[400:406]]
    states_are_folds(entries, entries)
    timeline = Timeline(entries)
    right = entries[406].moment
    assert timeline.count_at(right) >= 407
    assert timeline.times[399] <= timeline.times[403] <= right
    assert timeline.times[410:] == [entry.moment for entry in entries[410:]]


def test_an_entry_is_not_after_the_moment_that_its_own_time_was_rounded_from() -> None:
    desk = Desk()
    desk.now = 1795000634.9146307
    desk.write(e.NoteWritten("now"))
    rounded = desk.entries[0].moment
    assert rounded > desk.now, "its time was rounded up"
    assert Timeline(desk.entries).count_at(desk.now) == 1


def test_it_is_a_room_like_any_other(lived: Stand) -> None:
    room = open_past(lived.directory, NOW)
    assert isinstance(room, PastRoom)
    assert room.read_only
    assert room.offline
    assert room.recording == "past"
    assert room.rollback_run is None
