"""A further trigger of a rollback that runs: who must know is told, its calls are kept."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.load import FILE_NAME
from console.cli import main
from console.clock import SystemClock
from console.domain import events as e
from console.domain.state_rollback import FiredToo
from console.domain.times import utc
from console.room import WarRoom
from console.room.urgent import rollback_order
from tests.actions.switch import Switch, running_switch
from tests.app.rooms import console, until, words
from tests.executor.processes import wait
from tests.executor.scene import Scene, scene
from tests.executor.test_elsewhere import RUN, Behind, Pair
from tests.room.stand import BAD, SetClock, Stand, eventually, stand

CALL = f"{BAD}-1"
BREACH = "data-breach"


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


@pytest.fixture
def pair(tmp_path: Path, switch: Switch) -> Pair:
    return Pair(tmp_path, switch)


def told(held: Scene) -> set[str]:
    return {one["person"] for one in held.entries("notice.sent")}


def said(held: Scene) -> str:
    """All that was said in the shells."""
    return (held.processes.place / "said").read_text()


def attached_line(held: Scene) -> dict[str, Any]:
    (line,) = held.entries("rollback.attached")
    return line


def test_a_breach_fired_into_a_run_of_this_machine(tmp_path: Path) -> None:
    with scene(tmp_path) as held:
        held.standing.log_call(BAD, 1)
        held.switch.deeds = ["hang-after", "do"]
        first = held.fire("--as", "agent lead")
        wait(lambda: held.switch.times)
        wait(lambda: "tech lead" in told(held), 20.0, "nobody is told")
        assert "legal" not in told(held), "the first trigger is not one for legal"
        second = held.fire("--trigger", BREACH, "--call", CALL, "--as", "tech lead")
        wait(lambda: "legal" in told(held), 20.0, "legal is not told")
        wait(lambda: held.entries("call.captured"), 20.0, "the call is not kept")
        held.switch.released.set()
        assert (first.wait(60), second.wait(60)) == (0, 0)
        assert f"{BREACH}, fired too by tech lead (calls {CALL})" in said(held)
        (kept,) = held.entries("call.captured")
        assert (kept["call"], len(kept["sha256"])) == (CALL, 64)
        assert attached_line(held)["calls"] == [CALL]
        held.over()
        rollback = held.state().rollback
        assert rollback is not None
        assert rollback.calls == (CALL,)
        assert rollback.attached == [FiredToo(BREACH, "tech lead", (CALL,))]


def test_one_without_calls_is_written_as_ever(tmp_path: Path) -> None:
    with scene(tmp_path) as held:
        held.switch.deeds = ["hang-after", "do"]
        held.fire()
        wait(lambda: held.switch.times)
        held.fire("--trigger", "incorrect-outputs")
        wait(lambda: held.entries("rollback.attached"), 20.0, "it is not attached")
        held.switch.released.set()
        held.over()
        assert set(attached_line(held)) == {"rollback", "trigger", "why"}
        assert "legal" not in told(held)


def test_who_only_looks_is_told_that_one_runs(tmp_path: Path) -> None:
    with scene(tmp_path) as held:
        held.switch.deeds = ["hang-after", "do"]
        held.fire()
        wait(lambda: held.switch.times)
        code, words = held.processes.said("rollback", held.directory)
        assert code == 1
        assert f"a rollback runs here now: warroom rollback {held.directory} --follow" in words
        assert "Nothing was done" not in words
        held.switch.released.set()
        held.over()


async def test_a_breach_fired_into_a_run_of_another_machine(pair: Pair) -> None:
    other = pair.fired_there()
    pair.here.log_call(BAD, 1)
    async with pair.here.room(offline=False) as room:

        def mine(kind: str) -> list[dict[str, Any]]:
            own = room.record.journal.writer
            entries = [x for x in room.record.entries if (x.kind, x.writer) == (kind, own)]
            return [json.loads(bytes(one.data)) for one in entries]

        firing = asyncio.create_task(room.roll_back(BREACH, "a mail", calls=(CALL,)))
        await eventually(lambda: bool(mine("notice.sent") and mine("call.captured")))
        assert {one["person"] for one in mine("notice.sent")} == {"legal"}
        assert mine("call.captured")[0]["sha256"]
        assert mine("rollback.attached")[0]["calls"] == [CALL]
        at = utc(other.clock.now())
        pair.says(other, e.RollbackFinished(RUN, "verified", "", at, at, 4.0))
        run = await firing
        assert run.attached == [FiredToo(BREACH, "agent lead", (CALL,))]
        assert (run.runner, run.by) == (other.record.journal.writer, "rollback owner")
    other.record.journal.close()


def test_the_shell_says_whose_run_it_attaches_to(tmp_path: Path) -> None:
    with scene(tmp_path) as held:
        pair = Pair.__new__(Pair)
        pair.here = held.standing
        shutil.copytree(held.directory, tmp_path / "there")
        pair.there = Stand(tmp_path / "there", SystemClock())
        other = pair.fired_there()
        second = held.fire("--trigger", BREACH, "--as", "tech lead")
        wait(lambda: held.entries("rollback.attached"), 20.0, "it is not attached")
        at = utc(other.clock.now())
        pair.says(other, e.RollbackFinished(RUN, "verified", "as read back", at, at, 4.0))
        assert second.wait(60) == 0
        writer = other.record.journal.writer
        text = said(held)
        assert f"runs already on {writer}, fired by rollback owner: attached to it" in text
        assert f"{BREACH}, fired too by tech lead" in text
        assert held.switch.effects == []
        other.record.journal.close()


def synced(place: Path) -> Stand:
    made = stand(place, clock=SetClock())
    path = made.directory / FILE_NAME
    path.write_text(f'{path.read_text()}\n[sync]\ndir = "../shared"\n')
    return made


async def test_two_machines_never_name_a_rollback_alike(tmp_path: Path) -> None:
    one = synced(tmp_path / "one")
    two = Stand(tmp_path / "two", one.clock)
    shutil.copytree(one.directory, two.directory)
    names = []
    for made in (one, two):
        async with made.room() as room:
            names.append((await rollback_order(room, "owner-judgement", "", ())).rollback)
    assert names[0] != names[1]
    assert all(re.fullmatch(r"rb-\d{8}T\d{6}-[0-9a-f]{4}", name) for name in names)


async def test_where_no_other_is_a_rollback_is_named_as_ever(tmp_path: Path) -> None:
    async with stand(tmp_path / "claims").room() as room:
        order = await rollback_order(room, "owner-judgement", "", ())
        assert order.rollback == "rb-20261201T140000"


def silent_of(room: WarRoom) -> str:
    return room.machines.silent(room.state)


def test_of_another_machine_only_its_silence_is_told(pair: Pair) -> None:
    other = pair.fired_there(Behind(50.0))
    room = pair.here.open()
    writer = other.record.journal.writer
    assert room.rollback_interrupted
    said = silent_of(room)
    assert re.fullmatch(rf"nothing heard from {writer} for 5\d s: its rollback may still run", said)
    assert silent_of(other) == "", "its own"
    for one in (room, other):
        one.record.journal.close()


async def test_the_screens_tell_no_more_than_that(pair: Pair) -> None:
    other = pair.fired_there(Behind(50.0))
    writer = other.record.journal.writer
    async with console(pair.here.open(), (200, 60)) as (app, pilot):
        await until(pilot, lambda: f"ROLLBACK: nothing heard from {writer} for 5" in words(app))
        assert "its rollback may still run; F9 goes on with it here" in words(app)
        assert "INTERRUPTED" not in words(app)
        await pilot.press("f9")
        await until(pilot, lambda: "this goes on with it here, and reads back first" in words(app))
        assert "is gone" not in words(app)
        await pilot.press("escape")
    other.record.journal.close()


async def test_of_this_machine_it_is_known_that_its_process_is_gone(pair: Pair) -> None:
    room = pair.fired_there()
    async with console(room, (120, 40)) as (app, pilot):
        said = "ROLLBACK INTERRUPTED, its process is gone: F9 takes it up again"
        await until(pilot, lambda: said in words(app))


def test_the_status_tells_no_more_than_that(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    other = pair.fired_there(Behind(50.0))
    main(["status", str(pair.here.directory), "--offline"])
    out = capsys.readouterr().out
    writer = other.record.journal.writer
    assert f"Rollback {RUN} is running, but nothing heard from {writer} for 5" in out
    assert "its process is gone" not in out
    other.record.journal.close()
