"""The watcher tells people: really sent, on record, once; after a restart too; never in the way."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.write import render
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain import events as e
from console.domain.commands import AcknowledgeAlert
from console.domain.commands_notices import SilenceNotices
from console.domain.entry import Actor
from console.domain.notices import last_delivered
from console.domain.times import utc
from console.executor import notices
from console.room import WarRoom
from console.room import notifier as module
from console.room.notifier import Notifier
from tests.actions.inbox import Inbox, receiving
from tests.actions.mail import mail
from tests.room.stand import NOBODYS, SetClock, Stand, eventually, write

WATCHER = Actor("watcher")
SECRET = "hunter2"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as held:
        yield held


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(notices, "LEAST_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "TICK_S", 0.01)


def deployment(tmp_path: Path, addresses: dict[str, list[Any]]) -> Stand:
    """A deployment like the demo's, whose people have these addresses only."""
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    for person in values["people"]:
        person["notify"] = addresses.get(person["name"], [])
    values["feeds"] = {"calls": {"kind": "jsonl", "path": "calls.jsonl", "poll_s": 1.0}}
    directory = tmp_path / "told"
    directory.mkdir()
    (directory / "warroom.toml").write_text(render(values))
    (directory / "calls.jsonl").touch()
    return Stand(directory)


@asynccontextmanager
async def telling(room: WarRoom) -> AsyncIterator[Notifier]:
    """The room's notices, as its watch would send them."""
    held = Notifier(room.deployment, room.directory, room.record, room.clock)
    running = asyncio.create_task(held.run())
    try:
        yield held
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def alert(number: int = 1, rule: str = "error-rate", **more: Any) -> e.AlertFired:
    return e.AlertFired(f"{rule}-{number}", rule, 0.02, 0.01, 99, 3600, "calls", "2 %", **more)


def clock_of(standing: Stand) -> SetClock:
    assert isinstance(standing.clock, SetClock)
    return standing.clock


async def look(held: Notifier, standing: Stand, after_s: float = 0.0) -> None:
    clock_of(standing).moment += after_s
    await asyncio.to_thread(held.look, sends=True)


async def idle(held: Notifier) -> None:
    """Until nothing is under way, nor to be written."""
    await eventually(lambda: not held._busy and not held._unwritten and not held._found)


async def test_an_alert_is_told_over_http_and_mail_and_on_record(
    tmp_path: Path, inbox: Inbox
) -> None:
    with mail() as mailbox:
        both = [inbox.address("tech"), mailbox.address("tech")]
        standing = deployment(tmp_path, {"tech lead": both})
        async with standing.room() as room, telling(room) as held:
            write(room, alert(), actor=WATCHER)
            await look(held, standing)
            await idle(held)
            assert not inbox.taken
            await look(held, standing, 30.0)
            await eventually(lambda: "notice.sent" in standing.kinds())
            (told,) = inbox.taken["tech"]
            assert told.startswith("claims-triage: error rate fires|FIRING error rate since 2026-")
            assert f"Look: warroom open {standing.directory}" in told
            assert "error rate fires" in mailbox.taken[0]
            (entry,) = standing.entries("notice.sent")
            assert entry == {
                "about": "alerts",
                "person": "tech lead",
                "outcome": "delivered",
                "detail": "error rate fires: taken",
                "tries": 1,
                "covers": ["alert:error-rate-1"],
            }
            await eventually(lambda: last_delivered(room.state) is not None)
            held_now = last_delivered(room.state)
            assert held_now is not None
            assert held_now.person == "tech lead"


async def test_a_restart_in_the_middle_tells_nobody_twice_and_forgets_nobody(
    tmp_path: Path, inbox: Inbox
) -> None:
    inbox.deeds["agent"] = ["refuse"]
    addresses = {"tech lead": [inbox.address("tech")], "agent lead": [inbox.address("agent")]}
    standing = deployment(tmp_path, addresses)
    async with standing.room() as room, telling(room) as held:
        write(room, alert(rule="cost-per-call"), actor=WATCHER)
        await look(held, standing, 30.0)
        await eventually(lambda: len(standing.entries("notice.sent")) == 2)
    inbox.deeds["agent"] = ["take"]
    async with standing.room() as room, telling(room) as held:
        write(room, alert(), actor=WATCHER)
        await look(held, standing, 300.0)
        await idle(held)
        assert [len(said) for said in inbox.taken.values()] == [2, 1]
        first, second = inbox.taken["tech"]
        assert "cost per call fires|" in first
        assert "error rate fires|" in second
        assert "still FIRING cost per call" in second
        (once,) = inbox.taken["agent"]
        assert "cost per call fires|" in once
    async with standing.room() as room, telling(room) as held:
        await look(held, standing, 300.0)
        await idle(held)
        assert [len(said) for said in inbox.taken.values()] == [2, 1]


async def test_two_hundred_alerts_at_once_are_one_notice_each(tmp_path: Path, inbox: Inbox) -> None:
    addresses = {"tech lead": [inbox.address("tech")], "agent lead": [inbox.address("agent")]}
    standing = deployment(tmp_path, addresses)
    many = [
        alert(n, f"rule:r-{n}", severity="ticket", recipients=("tech-lead", "agent-lead"))
        for n in range(200)
    ]
    async with standing.room() as room, telling(room) as held:
        write(room, *many, actor=WATCHER)
        for _ in range(5):
            await look(held, standing, 30.0)
            await idle(held)
    for (said,) in inbox.taken.values():
        assert "200 alerts" in said
        assert len(said) < 8000
        assert "and 180 more" in said
    assert [len(one["covers"]) for one in standing.entries("notice.sent")] == [200, 200]


async def test_one_that_hangs_holds_up_nobody_nor_the_loop(tmp_path: Path, inbox: Inbox) -> None:
    inbox.deeds["tech"] = ["hang"]
    addresses = {"tech lead": [inbox.address("tech")], "agent lead": [inbox.address("agent")]}
    standing = deployment(tmp_path, addresses)
    async with standing.room() as room, telling(room) as held:
        write(room, alert(rule="cost-per-call"), actor=WATCHER)
        await look(held, standing, 30.0)
        await eventually(lambda: inbox.asked.get("tech") == 1 and bool(inbox.taken))
        assert list(inbox.taken) == ["agent"]
        raised = e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(room.clock.now()), "6 %")
        write(room, raised, actor=WATCHER)
        began = asyncio.get_running_loop().time()
        await look(held, standing)
        await eventually(lambda: len(inbox.taken["agent"]) == 2)
        # Another group of the person who hangs goes out beside it, and the loop never stood still.
        await eventually(lambda: inbox.asked["tech"] == 2)
        assert asyncio.get_running_loop().time() - began < 10
        inbox.released.set()


async def test_one_address_that_takes_it_is_enough(tmp_path: Path, inbox: Inbox) -> None:
    inbox.deeds["dead"] = ["refuse"]
    both = [inbox.address("dead"), inbox.address("tech")]
    standing = deployment(tmp_path, {"tech lead": both})
    async with standing.room() as room, telling(room) as held:
        write(room, alert(), actor=WATCHER)
        await look(held, standing, 30.0)
        await eventually(lambda: bool(standing.entries("notice.sent")))
        await eventually(lambda: inbox.asked["dead"] > 2)
        (entry,) = standing.entries("notice.sent")
        assert entry["outcome"] == "delivered"
        assert "1 of 2 addresses failed" in entry["detail"]
        for _ in range(3):
            await look(held, standing, 300.0)
        assert len(inbox.taken["tech"]) == 1


async def test_when_nobody_takes_it_the_room_says_whom_to_call_and_tries_again(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GIVE_UP_S", 0.2)
    inbox.deeds["tech"] = ["refuse"]
    standing = deployment(tmp_path, {"tech lead": [inbox.address("tech")]})
    clock = clock_of(standing)
    async with standing.room() as room, telling(room) as held:
        write(room, alert(), actor=WATCHER)
        await look(held, standing, 30.0)
        await eventually(lambda: len(standing.entries("notice.sent")) == 1)
        clock.real += 1.0  # the time to give up
        await idle(held)
        said = [one["detail"] for one in standing.entries("notice.sent")]
        assert len(said) == 2
        assert said[-1].endswith(
            "given up: call +44 20 7946 0011 (by phone, day and night, until the report is out)"
        )
        await look(held, standing)
        assert held.troubles == (
            "nobody could be told of error rate: call +44 20 7946 0011 (tech lead)",
        )
        assert len(standing.entries("notice.sent")) == 2
        inbox.deeds["tech"] = ["take"]
        await look(held, standing, 300.0)
        await idle(held)
        await look(held, standing)
        assert not list(held.troubles)
        assert len(inbox.taken["tech"]) == 1


async def test_what_cannot_be_written_is_not_told_again_and_written_later(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = deployment(tmp_path, {"tech lead": [inbox.address("tech")]})
    async with standing.room() as room, telling(room) as held:
        write(room, alert(), actor=WATCHER)
        full = threading.Event()
        full.set()
        transact = room.record.transact

        def refuse(*what: Any) -> Any:
            if full.is_set():
                raise OSError(28, "No space left on device")
            return transact(*what)

        monkeypatch.setattr(room.record, "transact", refuse)
        await look(held, standing, 30.0)
        await eventually(lambda: bool(held.troubles))
        assert "No space left" in held.troubles[0]
        for _ in range(4):
            await look(held, standing, 300.0)
        assert len(inbox.taken["tech"]) == 1
        full.clear()
        await idle(held)
        assert not list(held.troubles)
        assert len(standing.entries("notice.sent")) == 1
        await look(held, standing, 300.0)
        await idle(held)
        assert len(inbox.taken["tech"]) == 1


async def test_in_hand_or_silenced_it_is_not_told(tmp_path: Path, inbox: Inbox) -> None:
    standing = deployment(tmp_path, {"tech lead": [inbox.address("tech")]})
    async with standing.room() as room, telling(room) as held:
        write(room, alert(), alert(rule="latency-p95"), actor=WATCHER)
        await room.do(AcknowledgeAlert("error-rate-1"))
        await room.do(SilenceNotices("s-1", "latency-p95", 3600.0, "a load test"))
        await look(held, standing, 600.0)
        await idle(held)
        assert not inbox.taken
        await look(held, standing, 3000.0)
        await idle(held)
        (said,) = inbox.taken["tech"]
        assert "latency p95 fires" in said
        assert "error rate" not in said


async def test_no_secret_is_in_the_journal_the_log_or_a_trouble(
    tmp_path: Path,
    inbox: Inbox,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PAGER", f"json://me:{SECRET}@127.0.0.1:{inbox.port}/tech")
    monkeypatch.setattr(module, "GIVE_UP_S", 0.1)
    inbox.deeds["tech"] = ["refuse"]
    addresses: dict[str, list[Any]] = {
        "tech lead": [{"env": "PAGER"}, f"nonsense://{SECRET}@x", {"env": "NOT_SET"}],
        "agent lead": [f"json://me:{SECRET}@127.0.0.1:9/"],
    }
    standing = deployment(tmp_path, addresses)
    async with standing.room() as room, telling(room) as held:
        write(room, alert(rule="cost-per-call"), actor=WATCHER)
        await look(held, standing, 30.0)
        await eventually(lambda: len(standing.entries("notice.sent")) >= 2)
        clock_of(standing).real += 1.0
        await idle(held)
        await look(held, standing)
        told = repr(held.troubles)
    written = standing.journal.read_text() + caplog.text + "".join(capfd.readouterr()) + told
    assert SECRET not in written
    assert "3 of 3 addresses failed" in written


async def test_a_room_that_records_tells_and_one_that_looks_on_does_not(
    tmp_path: Path, inbox: Inbox
) -> None:
    standing = deployment(tmp_path, {"tech lead": [inbox.address("tech")]})
    first, second = standing.open(offline=False), standing.open(offline=False)
    living = [asyncio.create_task(first.run(), name="first")]
    await eventually(lambda: first.recording == "here")
    living.append(asyncio.create_task(second.run(), name="second"))
    await eventually(lambda: second.recording == "elsewhere")
    write(first, alert(), actor=WATCHER)
    clock_of(standing).moment += 30.0
    await eventually(lambda: bool(inbox.taken.get("tech")))
    await eventually(lambda: last_delivered(second.state) is not None)
    living[0].cancel()
    with suppress(asyncio.CancelledError):
        await living[0]
    await eventually(lambda: second.recording == "here")
    write(second, alert(rule="traffic"), actor=WATCHER)
    clock_of(standing).moment += 300.0
    await eventually(lambda: len(inbox.taken["tech"]) == 2)
    living[1].cancel()
    with suppress(asyncio.CancelledError):
        await living[1]
    assert "error rate fires|" in inbox.taken["tech"][0]
    assert "traffic fires|" in inbox.taken["tech"][1]
    assert load(standing.directory).deployment.person("tech lead") is not None
