"""A rollback that another machine carries out: attached to while it lives, else an own run."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.clock import SystemClock
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.events import Event
from console.domain.state_rollback import FiredToo
from console.domain.times import utc
from console.executor.elsewhere import (
    BELIEVED_S,
    LEFT,
    SILENT_S,
    carried_elsewhere,
    followed,
    told_in,
)
from console.executor.run import Run, on_record
from console.journal.reader import SUFFIX
from console.room import WarRoom
from console.sync.intake import Intake
from tests.actions.switch import Switch, running_switch
from tests.room.stand import BAD, GOOD, Stand, eventually, stand, write
from tests.room.test_rollback import steps

OWNER = Actor("rollback owner", ("rollback-owner",))
RUN = "rb-20261201T140000"


class SkippingClock(SystemClock):
    """The machine's time, with a monotonic clock that a test puts ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class Behind(SystemClock):
    """A machine whose time is that of a while ago."""

    def __init__(self, by: float = 1.5 * SILENT_S) -> None:
        super().__init__()
        self._by = by

    def now(self) -> float:
        return super().now() - self._by


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


class Pair:
    """The machine that fired first, and this one, which hears of it."""

    def __init__(self, place: Path, switch: Switch) -> None:
        self.switch = switch
        self.here = stand(place / "here", steps=steps(switch), clock=SkippingClock())
        shutil.copytree(self.here.directory, place / "there")
        self.there = Stand(place / "there", SystemClock())

    def fired_there(self, clock: SystemClock | None = None) -> WarRoom:
        """The other machine has fired, and is at its first step."""
        self.there.clock = clock or self.there.clock
        room = self.there.open(who="rollback owner")
        frozen = tuple(
            e.FrozenStep(step.id, step.title, "it", "by hand")
            for step in room.deployment.rollback.steps
        )
        self.says(
            room,
            e.RollbackTriggered(
                RUN, room.state.attempt.id, "owner-judgement", "wrong", GOOD, frozen, config=""
            ),
            e.RollbackStep(RUN, "traffic", "running", "", ""),
        )
        return room

    def says(self, room: WarRoom, *events: Event) -> None:
        """The other machine writes, and this one hears of it."""
        write(room, *events, actor=OWNER)
        writer = room.record.journal.writer
        lines = (self.there.directory / "journal" / f"{writer}{SUFFIX}").read_bytes()
        door = Intake(self.here.directory, room.deployment.deployment, frozenset())
        assert door.take(writer, lines).refused is None


@pytest.fixture
def pair(tmp_path: Path, switch: Switch) -> Pair:
    return Pair(tmp_path, switch)


def fired(room: WarRoom) -> "asyncio.Task[Run]":
    return asyncio.create_task(room.roll_back("incorrect-outputs", "fired here too"))


def kinds(room: WarRoom) -> list[str]:
    own = room.record.journal.writer
    return [one.kind for one in room.record.entries if one.writer == own]


async def test_a_second_trigger_attaches_and_acts_on_nothing(pair: Pair, switch: Switch) -> None:
    other = pair.fired_there()
    async with pair.here.room(offline=False) as room:
        firing = fired(room)
        await eventually(lambda: "rollback.attached" in kinds(room))
        now = utc(other.clock.now())
        finished = e.RollbackFinished(RUN, "verified", "", now, now, 4.0)
        pair.says(other, finished)
        run = await firing
        assert (run.id, run.state) == (RUN, "verified")
        assert "rollback.triggered" not in kinds(room)
        assert "rollback.step" not in kinds(room)
        (held,) = room.state.rollbacks.values()
        assert held.attached == [FiredToo("incorrect-outputs", "agent lead")]
        assert held.runner == other.record.journal.writer
    assert switch.effects == []
    other.record.journal.close()


async def test_a_machine_that_falls_silent_is_not_waited_for(pair: Pair, switch: Switch) -> None:
    other = pair.fired_there()

    def serves() -> str:
        return GOOD if switch.share == 0 else BAD

    async with pair.here.serving(serves), pair.here.room(offline=False) as room:
        clock = room.clock
        assert isinstance(clock, SkippingClock)

        def gone_on_with() -> bool:
            resumed = "rollback.resumed" in kinds(room)
            clock.ahead += 0.0 if resumed else SILENT_S
            return resumed

        firing = fired(room)
        await eventually(lambda: "rollback.attached" in kinds(room))
        await eventually(gone_on_with)
        run = await firing
        assert (run.id, run.state) == (RUN, "verified")
        assert kinds(room).count("rollback.attached") == 1
        (held,) = room.state.rollbacks.values()
        assert held.runner == room.record.journal.writer
    assert switch.share == 0
    other.record.journal.close()


async def test_one_that_was_silent_before_is_gone_on_with_at_once(
    pair: Pair, switch: Switch
) -> None:
    other = pair.fired_there(Behind())

    def serves() -> str:
        return GOOD if switch.share == 0 else BAD

    async with pair.here.serving(serves), pair.here.room(offline=False) as room:
        run = await fired(room)
        assert (run.id, run.state) == (RUN, "verified")
        assert "rollback.attached" not in kinds(room)
        assert "rollback.retried" in kinds(room)
    other.record.journal.close()


def test_who_is_heard_of_is_not_silent(pair: Pair) -> None:
    other = pair.fired_there(Behind())
    room = pair.here.open()
    state, now = room.state, SystemClock().now()
    told: dict[tuple[str, str], float] = {}

    def heard(writer: str, run: str) -> float | None:
        return told.get((writer, run))

    def alive(own: str = "me") -> Any:
        return carried_elsewhere(state, own, now, heard)

    assert alive() is None
    told[(other.record.journal.writer, RUN)] = SILENT_S - 1
    assert alive() is state.rollback
    assert alive(other.record.journal.writer) is None
    told[(other.record.journal.writer, RUN)] = SILENT_S + 1
    assert alive() is None
    for one in (room, other):
        one.record.journal.close()


@pytest.mark.parametrize("by", [2 * BELIEVED_S, -2 * BELIEVED_S, -3e8])
def test_a_clock_far_off_and_what_is_only_said_hold_nobody_up(pair: Pair, by: float) -> None:
    other = pair.fired_there(Behind(by))
    room = pair.here.open()
    now = SystemClock().now()
    assert carried_elsewhere(room.state, "me", now, lambda *_: 0.0) is None
    for one in (room, other):
        one.record.journal.close()


async def test_a_machine_that_says_for_ever_that_it_acts_is_not_waited_for(pair: Pair) -> None:
    other = pair.fired_there()
    async with pair.here.room() as room:
        clock = room.clock
        assert isinstance(clock, SkippingClock)
        held = room.state.rollback
        assert held is not None
        run = on_record(held, 900.0, clock.monotonic())
        asked = 0

        def heard(writer: str, name: str) -> float | None:
            nonlocal asked
            asked += 1
            clock.ahead += SILENT_S
            return 0.0

        assert not await followed(run, room.record, clock, lambda: None, heard)
        assert asked >= BELIEVED_S / SILENT_S
    other.record.journal.close()


@pytest.mark.parametrize(("at", "ago"), [(-5.0, 5.0), (1e6, None)])
def test_what_was_left_before_a_restart_tells_nothing(
    tmp_path: Path, at: float, ago: float | None
) -> None:
    clock = SkippingClock()
    left = {"at": clock.monotonic() + at, "status": {"present": [{"writer": "w", "runs": [RUN]}]}}
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / LEFT).write_text(json.dumps(left))
    heard = told_in(tmp_path, clock)
    found = heard("w", RUN)
    assert (found is None) == (ago is None)
    assert heard("other", RUN) is None
    assert found is None or found >= 5.0
