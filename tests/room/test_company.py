"""Who is here on one host: announced, seen by the others, gone however the process went."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from console.domain import events as e
from console.domain.presence import Present, differing, saw, together, watcher_of
from console.executor.lock import RunLock
from console.presence import FOLDER, MOST_BYTES, Presence, here
from console.room import WarRoom
from console.room.company import DIFFER_S
from tests.app.rooms import SetClock, Stand, adopt, minutes, stand

HOLD = """
import sys, threading
from pathlib import Path
from console.domain.presence import Present
from console.presence import Presence
one = Presence(Path(sys.argv[1]))
one.announce(Present("0123456789abcdef", "tech lead", ("tech-lead",), 1.0, "vm", "", "watch"))
print("here", flush=True)
threading.Event().wait()
"""


def present(name: str = "agent lead", id: str = "00000000000000aa", **more: object) -> Present:  # noqa: A002 -- the field's own name
    held = Present(id, name, ("agent-lead",), 5.0, "vm", "vm-1", "console")
    return msgspec.structs.replace(held, **more)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path


@asynccontextmanager
async def living(room: WarRoom) -> AsyncIterator[WarRoom]:
    """The room, kept living as a console does."""
    task = asyncio.create_task(room.run())
    try:
        yield room
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_who_announces_is_here_until_they_leave(claims: Path) -> None:
    one, other = Presence(claims), Presence(claims)
    one.announce(present())
    other.announce(present("tech lead", "00000000000000bb", since=4.0))
    assert [held.name for held in here(claims)] == ["tech lead", "agent lead"]
    one.announce(present("rollback owner"))
    assert [held.name for held in here(claims)] == ["tech lead", "rollback owner"]
    one.leave()
    other.leave()
    assert here(claims) == ()
    assert list((claims / "journal" / FOLDER).iterdir()) == []


def test_a_killed_process_is_gone_and_its_file_too(claims: Path) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(claims)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert held.stdout is not None
    with held.stdout:
        assert held.stdout.readline() == b"here\n"
        assert [one.name for one in here(claims)] == ["tech lead"]
        held.send_signal(signal.SIGKILL)
        held.wait()
    assert here(claims) == ()
    assert list((claims / "journal" / FOLDER).iterdir()) == []


def test_what_is_no_presence_is_passed_over(claims: Path) -> None:
    folder = claims / "journal" / FOLDER
    one = Presence(claims)
    one.announce(present())
    os.mkfifo(folder / "00000000000000f1.json")
    (folder / "00000000000000f2.json").symlink_to("/etc/passwd")
    (folder / "note.txt").write_text("mine")
    (folder / "00000000000000f3.json").write_bytes(b"x" * (MOST_BYTES + 1))
    (folder / "00000000000000f4.json").mkdir()
    assert [held.id for held in here(claims)] == ["00000000000000aa"]
    assert (folder / "note.txt").exists()
    one.leave()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"{}",
        msgspec.json.encode(present(id="00000000000000bb")),
        msgspec.json.encode(present()).replace(b"5.0", b"1e999"),
        msgspec.json.encode(present())[:40],
    ],
)
def test_a_file_that_lies_under_a_lock_is_passed_over(claims: Path, text: bytes) -> None:
    one = Presence(claims)
    one.announce(present())
    (path,) = (claims / "journal" / FOLDER).iterdir()
    path.write_bytes(text)
    assert here(claims) == ()
    assert path.exists(), "its process lives"
    one.leave()


def test_its_texts_obey_no_terminal_and_are_bounded(claims: Path) -> None:
    one = Presence(claims)
    one.announce(present("\x1b]0;gone\x07" + "x" * 500, roles=("a\u202eb",) * 50))
    (held,) = here(claims)
    assert "\x1b" not in held.name
    assert len(held.name) <= 60
    assert len(held.roles) == 12
    assert "\u202e" not in held.roles[0]
    one.leave()


def test_accounts_that_share_the_journal_share_the_folder(claims: Path) -> None:
    (claims / "journal").chmod(0o2770)
    one = Presence(claims)
    one.announce(present())
    folder = claims / "journal" / FOLDER
    (path,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) & 0o777 == 0o770
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    one.leave()


def test_who_only_looks_makes_no_journal(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Presence(tmp_path, make=False).announce(present())
    assert not (tmp_path / "journal").exists()
    assert here(tmp_path) == ()


def test_words_about_several() -> None:
    one, other = present(), present("tech lead", "00000000000000bb", recording=True)
    assert together((other,), (one, other)) == (one, other)
    assert watcher_of((one, other)) == other
    assert watcher_of((one,)) is None


async def test_two_rooms_see_each_other_and_a_change_of_operator(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    async with living(standing.open()) as one, living(standing.open(who="tech lead")) as other:
        await _until(one, lambda: one.company.others)
        await _until(other, lambda: other.company.others)
        assert [who.name for who in one.company.others] == ["tech lead"]
        clock = standing.clock
        clock.moment += 60
        other.become("rollback owner")
        await _until(one, lambda: one.company.others[0].name == "rollback owner")
        (held,) = one.company.others
        assert (held.roles, held.since) == (("rollback-owner",), clock.moment)
    assert here(standing.directory) == ()


async def test_who_only_looks_is_seen_too(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    async with (
        living(standing.open()) as one,
        living(standing.open(who="", read_only=True)),
    ):
        await _until(one, lambda: len(one.company.others) == 1)
        assert one.company.others[0].roles == ("observer",)


def test_a_lasting_difference_with_the_watcher_is_said(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    room = adopt(standing.open(offline=False), minutes(errors=0))
    room._picture = room.take_picture()
    mine = saw(room.picture().readings)
    assert mine["error-rate"].verdict == "ok"
    theirs = {**mine, "error-rate": msgspec.structs.replace(mine["error-rate"], verdict="breach")}
    assert differing(theirs, mine) == ("error-rate",)
    watcher = Presence(standing.directory)
    watcher.announce(present("", "00000000000000bb", host="far", recording=True, saw=theirs))
    clock = standing.clock
    _look(room, clock, 0)
    assert room.company.trouble == "", "two never look at the same moment"
    _look(room, clock, DIFFER_S)
    told = "the watcher on far sees error rate breach, this console sees ok (its feeds: calls "
    assert room.company.trouble.startswith(told)
    assert room.company.trouble in room.troubles
    watcher.announce(present("", "00000000000000bb", host="far", recording=True, saw=mine))
    _look(room, clock, 1)
    assert room.company.trouble == ""
    watcher.leave()
    room.record.journal.close()


def _look(room: WarRoom, clock: SetClock, later: float) -> None:
    clock.real += later
    room.company.look()


async def test_the_watcher_tells_what_it_sees(tmp_path: Path) -> None:
    standing: Stand = stand(tmp_path / "claims")
    async with living(adopt(standing.open(offline=False), minutes())) as room:
        await _until(room, lambda: any(one.saw for one in room.company.present))
        (me,) = room.company.present
        assert me.recording
        assert set(me.saw) == set(room.picture().readings)


async def test_a_rollback_that_this_machine_carries_out_is_told(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    standing.past((1, e.RollbackTriggered("rb-1", "full.1", "error-rate", "", "v2", ())))
    carrying = RunLock(standing.directory)
    assert carrying.acquire()
    async with living(standing.open()) as room:
        await _until(room, lambda: room.company.present)
        assert room.company.present[0].runs == ("rb-1",)
        carrying.release()
        await _until(room, lambda: not room.company.present[0].runs)


async def _until(room: WarRoom, condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for news of the room until `condition` holds."""
    news = asyncio.Event()
    room.subscribe(news.set)
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                news.clear()
                await news.wait()
    finally:
        room.unsubscribe(news.set)
