"""Minutes that a gate names by hash, and another machine's: looked at only when asked for."""

import asyncio
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.minutes import Minute
from console.reports.ground import Options
from console.reports.seal import Seal, seal_for
from console.room import OpenFailed, open_past
from console.room.given import fit_of, sealed_with
from console.room.reported import recorded_ground
from console.telemetry import load
from console.telemetry.sheet import keep_sheet, sheet_of
from tests.app.rooms import minutes
from tests.room.stand import LEAD, NOW, SetClock, Stand, stand

HOUR = 3600.0
BEGAN = e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, "v2.4.0")


@pytest.fixture
async def decided(tmp_path: Path) -> Stand:
    """Two recorded hours of a dark launch, and a hold that was decided on them."""
    standing = stand(tmp_path / "claims")
    clock, room = standing.clock, standing.open()
    assert isinstance(clock, SetClock)
    clock.moment = NOW - 30 * HOUR
    room.record.transact(LEAD, lambda _: [BEGAN])
    room.eyes.record()
    for number, minute in minutes(120).items():
        room.eyes.each["calls"].adopt({number: minute}, number * 60.0 + 65)
    clock.moment = NOW + 30
    await room.do(c.DecideGate("hold", "one more night"))
    await room.close()
    return standing


def writer(standing: Stand) -> str:
    return standing.journal.stem


def elsewhere(standing: Stand, place: Path) -> Path:
    """The directory on a machine that recorded nothing."""
    copy = place / "elsewhere"
    shutil.copytree(standing.directory, copy, ignore=shutil.ignore_patterns("telemetry"))
    return copy


async def test_a_decision_names_the_minutes_it_rests_on(decided: Stand, tmp_path: Path) -> None:
    before, after = decided.entries("gate.decided")
    assert "minutes" not in before
    cited = after["minutes"]["calls"]
    assert cited["until"] == int(NOW // 60) - 1
    assert cited["first"] == int((NOW - 30 * HOUR) // 60)
    copy, other = elsewhere(decided, tmp_path), writer(decided)
    keep_sheet(copy, other, "calls", sheet_of(decided.directory, "calls"))
    entries = open_past(copy).record.entries
    assert fit_of(copy, entries, other) == (1, ())
    assert fit_of(copy, entries, "somebody-else") == (0, ())


async def test_other_minutes_than_the_decision_names_are_told_apart(
    decided: Stand, tmp_path: Path
) -> None:
    copy, other = elsewhere(decided, tmp_path), writer(decided)
    sheet = sheet_of(decided.directory, "calls")
    for changed in (b"", sheet.replace(b'"calls":40.0', b'"calls":41.0', 1)):
        assert changed != sheet
        keep_sheet(copy, other, "calls", changed)
        (entry,) = [x.seq for x in open_past(copy).record.entries if b"one more" in bytes(x.data)]
        assert fit_of(copy, open_past(copy).record.entries, other) == (1, (f"{other}/{entry}",))


async def test_a_hostile_range_of_minutes_is_no_fit_and_takes_no_time(
    decided: Stand, tmp_path: Path
) -> None:
    copy, other = elsewhere(decided, tmp_path), writer(decided)
    keep_sheet(copy, other, "calls", sheet_of(decided.directory, "calls"))
    (entry,) = [x for x in open_past(copy).record.entries if b"one more" in bytes(x.data)]
    for feed, until in (("calls", 2**53), ("../../x", 5)):
        data = json.loads(bytes(entry.data))
        data["minutes"] = {feed: {"first": 0, "until": until, "sha256": "0" * 64}}
        lie = msgspec.structs.replace(entry, data=msgspec.Raw(json.dumps(data).encode()))
        assert fit_of(copy, [lie], other).differing == (f"{other}/{entry.seq}",)


async def test_minutes_of_another_are_looked_at_only_when_asked_for(
    decided: Stand, tmp_path: Path
) -> None:
    copy, other = elsewhere(decided, tmp_path), writer(decided)
    with pytest.raises(OpenFailed, match=f"what {other} recorded is not here: warroom sync"):
        open_past(copy, NOW, minutes_of=other)
    keep_sheet(copy, other, "calls", sheet_of(decided.directory, "calls"))
    own, given = open_past(copy, NOW), open_past(copy, NOW, minutes_of=other)
    home = open_past(decided.directory, NOW)
    assert own.picture().readings["traffic"].value is None
    assert given.picture().readings["traffic"] == home.picture().readings["traffic"]
    assert any(f"that {other} recorded" in said for said in given.troubles)
    assert not any("recorded, not this" in said for said in own.troubles)
    assert load(copy, "calls").series.minutes == {}
    with pytest.raises(OpenFailed, match="is not here"):
        open_past(copy, NOW, minutes_of="../others")


async def test_a_report_of_anothers_minutes_names_them(decided: Stand, tmp_path: Path) -> None:
    copy, other = elsewhere(decided, tmp_path), writer(decided)
    keep_sheet(copy, other, "calls", sheet_of(decided.directory, "calls"))
    ground = await asyncio.to_thread(recorded_ground, copy, NOW, None, other)
    assert ground.minutes_of == other
    assert set(ground.feeds.values()) == {f"others/{other}/calls"}
    minute = next(iter(ground.minutes["traffic"].minutes.values()))
    assert isinstance(minute, Minute)
    own = await asyncio.to_thread(recorded_ground, copy, NOW)
    assert own.feeds["traffic"] == "calls"


async def test_a_document_says_no_name_that_nobody_of_the_journal_has(
    decided: Stand, tmp_path: Path
) -> None:
    """What a document calls the machine is words of its maker: verified, they would count."""
    made = await asyncio.to_thread(recorded_ground, decided.directory, NOW)
    digest = seal_for(made, "readiness", Options(), "0").minutes["calls"]
    for name in ("the board, which has approved this,", "..", "other-1"):
        seal = Seal("readiness", NOW, ".", "0", "", minutes={f"others/{name}/calls": digest})
        with pytest.raises(OpenFailed, match="wrote no entry of the journal"):
            sealed_with(decided.directory, seal)
    own = Seal("readiness", NOW, ".", "0", "", minutes={f"others/{writer(decided)}/calls": digest})
    assert sealed_with(decided.directory, own) == (writer(decided), "")


async def test_lines_of_one_who_decides_in_readiness_stay_as_they_were(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    room = standing.open()
    event = e.GateDecided("readiness.1", "hold", "wait", ())
    room.record.transact(LEAD, lambda _: [event])
    await room.close()
    assert b'"minutes"' not in standing.journal.read_bytes()
