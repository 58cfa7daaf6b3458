"""One deployment, open in one or more consoles."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

from config.load import FILE_NAME, ConfigError
from console.domain.commands import AcknowledgeAlert, CheckIn, WriteNote
from console.domain.events import AlertFired
from console.domain.refused import Refused
from console.journal import Corrupt, Latched, Unwritable
from console.room import OpenFailed, WarRoom
from tests.room.stand import Stand, eventually, minute, stand, write

FIRED = AlertFired("error-rate-1", "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 % of 1200")


async def test_a_deed_is_on_disk_before_anything_shows_it(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []
    sync = os.fdatasync

    async with claims.room() as room:

        def watch(number: int) -> None:
            sync(number)
            seen.append((room.state.entries, b"all quiet" in claims.journal.read_bytes()))

        monkeypatch.setattr("console.journal.disk.os.fdatasync", watch)
        await room.do(WriteNote("all quiet"))
        assert seen == [(0, True)]
        assert room.state.entries == 2
        assert claims.kinds() == ["journal.opened", "note.written"]


async def test_what_the_disk_did_not_take_is_not_shown(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    async with claims.room() as room:
        await room.do(WriteNote("first"))
        with monkeypatch.context() as broken:
            broken.setattr("console.journal.disk.os.fdatasync", fail)
            with pytest.raises(Latched):
                await room.do(WriteNote("second"))
        before = room.state
        with pytest.raises(Latched):
            await room.do(WriteNote("third"))
        assert room.state is before
        assert before.entries == 2


async def test_two_consoles_see_each_others_deeds(claims: Stand) -> None:
    async with claims.room() as one, claims.room(who="tech lead") as other:
        await one.do(WriteNote("from the first"))
        assert other.state.entries == 0
        new = await asyncio.to_thread(other.record.refresh)
        assert [entry.actor.name for entry in new][-1] == "agent lead"
        await other.do(CheckIn("from the second"))
        one.look()
        assert one.state.entries == other.state.entries == 3
        assert [checkin.by for checkin in one.state.checkins] == ["tech lead"]
        assert one.record.journal.head == other.record.journal.head


async def test_only_one_of_two_takes_an_alert_in_hand(claims: Stand) -> None:
    async with claims.room() as one, claims.room(who="tech lead") as other:
        write(one, FIRED)
        await asyncio.to_thread(other.record.refresh)
        await one.do(AcknowledgeAlert("error-rate-1", "looking"))
        assert other.state.alerts["error-rate-1"].acknowledged_by == ""
        with pytest.raises(Refused, match=r"was acknowledged by agent lead .* ago"):
            await other.do(AcknowledgeAlert("error-rate-1"))
        assert other.state.alerts["error-rate-1"].acknowledged_by == "agent lead"
    assert claims.kinds().count("alert.acknowledged") == 1


async def test_a_subscriber_is_told_of_a_deed(claims: Stand) -> None:
    told: list[int] = []
    async with claims.room() as room:
        room.subscribe(lambda: told.append(room.picture().state.entries))
        await room.do(WriteNote("one"))
        assert told[-1] == 2


async def test_read_only_changes_nothing_anywhere(claims: Stand, home: Path) -> None:
    def everything() -> dict[str, bytes]:
        files = [p for root in (claims.directory, home) for p in root.rglob("*") if p.is_file()]
        return {str(path): path.read_bytes() for path in files}

    before = everything()
    async with claims.room(read_only=True, offline=False) as room:
        with pytest.raises(Unwritable, match="read-only"):
            await room.do(WriteNote("x"))
        await room.poll_once()
        room.look()
        assert room.recording != "here"
        assert room.picture().feeds[0].fresh.state == "live"
    assert everything() == before


async def test_nothing_was_missed_before_the_beginning(claims: Stand) -> None:
    """An untouched deployment has no attempt yet, so no minute of one can be unknown."""
    async with claims.room() as room:
        began = time.process_time()
        facts = room.take_picture().facts
        assert time.process_time() - began < 1.0
        assert facts.blind == 0.0
        assert room.state.status == "preparing"


async def test_one_console_records_and_another_takes_over(claims: Stand) -> None:
    one, other = claims.open(offline=False), claims.open(offline=False, who="tech lead")
    first = asyncio.create_task(one.run())
    await eventually(lambda: one.recording == "here")
    second = asyncio.create_task(other.run())
    await eventually(lambda: other.eyes.each["calls"].answered)
    assert other.recording != "here"
    first.cancel()
    await eventually(lambda: other.recording == "here")
    assert one.recording != "here"
    second.cancel()
    for task in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_who_records_writes_the_minutes_down(claims: Stand) -> None:
    async with claims.serving("v2.4.0"):
        room = claims.open(offline=False)
        living = asyncio.create_task(room.run())
        recorded = claims.directory / "telemetry" / "calls.jsonl"
        await eventually(lambda: recorded.exists() and b'"calls":' in recorded.read_bytes())
        living.cancel()
        with pytest.raises(asyncio.CancelledError):
            await living
    async with claims.room() as later:
        assert later.eyes.each["calls"].series.total().calls > 0
        assert later.picture().feeds[0].fresh.state != "live"


async def test_an_unread_feed_is_never_live(claims: Stand) -> None:
    async with claims.room() as room:
        eye = room.eyes.each["calls"]
        eye.record()
        eye.adopt({int(claims.clock.now() // 60) - 1: minute()}, claims.clock.now())
    async with claims.room() as later:
        picture = later.take_picture()
        assert picture.readings["error-rate"].verdict == "stale"
        assert picture.feeds[0].fresh.state == "stale"
    claims.log.unlink()
    async with claims.room(offline=False) as asking:
        await asking.poll_once()
        view = asking.picture().feeds[0]
        assert view.fresh.state == "down"
        assert "there is no file" in view.fresh.error
        assert asking.picture().readings["error-rate"].verdict == "down"


async def test_a_change_of_the_config_is_said_and_not_taken(claims: Stand) -> None:
    path = claims.directory / FILE_NAME
    async with claims.room() as room:
        room.look()
        assert room.troubles == ()
        good = path.read_text()
        path.write_text(good.replace("claims-triage", "claims-sorter"))
        room.look()
        assert "was changed: open the console again" in str(room.troubles)
        path.write_text("version = [")
        room.look()
        assert "goes on with what it read before" in str(room.troubles)
        assert room.deployment.agent.name == "claims-triage"
        path.write_text(good)
        room.look()
        assert room.troubles == ()


async def test_the_operator_can_switch(claims: Stand) -> None:
    async with claims.room(who="") as room:
        assert room.actor.roles == ("observer",)
        with pytest.raises(Refused, match="is an observer"):
            await room.do(WriteNote("x"))
        room.become("tech lead")
        await room.do(WriteNote("x"))
        with pytest.raises(OpenFailed, match=r'nobody in warroom\.toml is called "cook"'):
            room.become("cook")
        assert room.actor.name == "tech lead"


async def test_a_role_that_one_person_has_names_them(claims: Stand) -> None:
    config = claims.directory / FILE_NAME
    text = config.read_text().replace('"tech lead"', '"T. Lead"')
    config.write_text(text)
    async with claims.room(who="tech lead") as room:
        assert room.actor.name == "T. Lead"
        room.become("Tech-Lead")
        assert room.actor.name == "T. Lead"
    config.write_text(text + '\n[[people]]\nname = "second"\nroles = ["tech-lead"]\n')
    with pytest.raises(OpenFailed, match=r'2 people have the role tech-lead: say "T\. Lead" or "s'):
        WarRoom.open(claims.directory, who="tech lead")


@pytest.mark.parametrize(
    ("who", "fault", "words"),
    [("cook", OpenFailed, "one of: agent lead"), ("", ConfigError, "warroom.toml")],
)
def test_what_cannot_be_opened_is_refused(
    claims: Stand, who: str, fault: type[Exception], words: str
) -> None:
    if not who:
        (claims.directory / FILE_NAME).unlink()
    with pytest.raises(fault, match=words):
        WarRoom.open(claims.directory, who=who)


async def test_a_damaged_journal_opens_and_says_where(claims: Stand) -> None:
    async with claims.room() as room:
        for number in range(3):
            await room.do(WriteNote(f"note {number}"))
    raw = claims.journal.read_bytes()
    claims.journal.write_bytes(raw.replace(b"note 1", b"note 7"))
    async with claims.room() as room:
        assert "line 3 " in str(room.troubles)
        assert room.state.entries == 2
        with pytest.raises(Corrupt):
            await room.do(WriteNote("x"))
        room.look()
        assert "line 3 " in str(room.troubles)


async def test_a_copied_directory_is_another_writer(claims: Stand, tmp_path: Path) -> None:
    async with claims.room() as room:
        await room.do(WriteNote("original"))
    copy = Stand(tmp_path / "copy", claims.clock)
    copy.directory.mkdir()
    (copy.directory / "journal").mkdir()
    for name in (FILE_NAME, f"journal/{claims.journal.name}"):
        (copy.directory / name).write_bytes((claims.directory / name).read_bytes())
    async with copy.room() as room:
        await room.do(WriteNote("copy"))
        assert room.state.entries == 4
    assert len(list((copy.directory / "journal").glob("*.jsonl"))) == 2
    assert b"copy" not in claims.journal.read_bytes()


async def test_a_slow_feed_does_not_hold_up_a_deed(tmp_path: Path) -> None:
    """The feed's file is a pipe that nobody writes to: reading it would never end."""
    claims = stand(tmp_path / "claims")
    claims.log.unlink()
    os.mkfifo(claims.log)
    room = claims.open(offline=False)
    living = asyncio.create_task(room.run())
    async with asyncio.timeout(5):
        await room.do(WriteNote("in time"))
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living
    assert json.loads(claims.journal.read_bytes().splitlines()[-1])["data"]["text"] == "in time"
