"""A console whose process comes late, or tells nothing: what was fired is done once, and told."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.executor.handover import Fired, Told
from console.executor.launch import Standby
from console.executor.live import NotRunning, follow
from console.executor.run import Run
from console.room import WarRoom
from tests.actions.switch import Switch, running_switch
from tests.executor.processes import MARK, Processes
from tests.room.stand import BAD, GOOD, Stand, eventually, stand


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


@pytest.fixture
def claims(
    tmp_path: Path, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Stand, Processes]]:
    first = switch.step().model_dump(exclude_unset=True)
    last = {**first, "id": "version", "title": "Restore it", "after": ["traffic"]}
    standing = stand(tmp_path / "claims", steps=[first, last], clock=SystemClock())
    processes = Processes(tmp_path, standing.directory)
    monkeypatch.setenv("XDG_STATE_HOME", processes.env["XDG_STATE_HOME"])
    monkeypatch.setenv(MARK, str(tmp_path))
    yield standing, processes
    processes.end()


@asynccontextmanager
async def opened(standing: Stand, switch: Switch) -> AsyncIterator[WarRoom]:
    """A room that carries a rollback out by a process of its own."""
    async with standing.serving(lambda: GOOD if switch.share == 0 else BAD):
        room = WarRoom.open(standing.directory, who="rollback owner")
        try:
            yield room
        finally:
            await room.close()


async def once(standing: Stand, processes: Processes, switch: Switch) -> None:
    """It was done once, and nobody is left who does more."""
    await eventually(lambda: not processes.executors())
    assert len(switch.effects) == 2
    assert len(switch.keys) == 2
    assert standing.kinds().count("rollback.triggered") == 1
    assert standing.kinds().count("rollback.finished") == 1


async def test_a_process_that_is_not_ready_in_time_is_not_waited_for(
    claims: tuple[Stand, Processes], switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, processes = claims
    monkeypatch.setattr("console.room.rollback.LAUNCH_S", 0.01)
    async with opened(standing, switch) as room:
        run = await room.roll_back("owner-judgement")
        assert run.state == "verified"
        assert "this console carries it out itself" in room.kill_switch.trouble
        await once(standing, processes, switch)


async def test_a_process_that_takes_it_but_answers_late_is_followed(
    claims: tuple[Stand, Processes], switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, processes = claims
    fire, over = Standby.fire, threading.Event()

    def late(self: Standby, fired: Fired) -> Told:
        told = fire(self, fired)
        over.wait(30)
        return told

    monkeypatch.setattr(Standby, "fire", late)
    monkeypatch.setattr("console.room.rollback.LAUNCH_S", 2.0)
    switch.deeds = ["hang-after", "do"]
    async with opened(standing, switch) as room:

        def go_on() -> None:
            if room.kill_switch.trouble:
                switch.released.set()

        with room.stand_by():
            standby = room.kill_switch._standby
            assert standby is not None
            await standby
            room.subscribe(go_on)
            run = await room.roll_back("owner-judgement")
        over.set()
        assert run.state == "verified"
        await once(standing, processes, switch)


async def test_what_nobody_could_follow_is_told_by_the_journal(
    claims: tuple[Stand, Processes], switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, processes = claims

    async def deaf(deployment: str, name: str) -> AsyncIterator[Run]:
        if name:
            raise NotRunning("nobody is heard")
        async for run in follow(deployment, name):
            yield run

    monkeypatch.setattr("console.room.attached.follow", deaf)
    async with opened(standing, switch) as room:
        run = await room.roll_back("owner-judgement")
        assert run.state == "verified"
        assert [step.state for step in run.steps] == ["verified", "verified"]
        await once(standing, processes, switch)
