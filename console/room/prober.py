"""Live checks on a room: run, kept as evidence, put on record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from config.rollback import LivePhase
from console.actions.tools import Ask
from console.clean import clean
from console.domain.commands import RecordProbe, SendEscalationTest
from console.domain.refused import may_act
from console.evidence import keep_bytes
from console.journal import Unwritable
from console.net import Http
from console.probes import (
    Ground,
    LiveProbe,
    ProbeName,
    Result,
    Say,
    connections,
    escalation,
    load,
    logging,
)
from console.room.drilling import drill

if TYPE_CHECKING:
    from console.room.room import WarRoom

LOOK_S = 0.5


async def probe(
    room: WarRoom,
    name: ProbeName,
    say: Say,
    *,
    file: Path | None = None,
    within_s: float = 60.0,
    phase: LivePhase = "full",
    ask: Ask | None = None,
) -> Result:
    """Run a probe and put it on record. Raises as `WarRoom.do`.

    `file` is the load probe's; `phase` and `ask` are the rollback drill's: without `ask` nobody is
    asked about what a person must do.
    Who could not record it does not run it either: no call reaches the agent, no notice anybody.
    """
    if room.read_only:
        raise Unwritable("this console was opened read-only")
    may_act(room.actor)
    async with Http() as http:
        ground = Ground(
            room.deployment,
            room.directory,
            http,
            room.clock.now,
            {name: eye.cursor for name, eye in room.eyes.each.items()},
            within_s,
        )
        if name == "rollback-drill":
            result = await drill(room, http, say, phase, ask)
        else:
            result = await _run(room, name, ground, say, file)
    kept = msgspec.json.encode(msgspec.to_builtins(result))
    digest = await asyncio.to_thread(keep_bytes, room.directory, kept)
    summary = clean(result.summary, 1000)
    await room.do(RecordProbe(name, result.passed, summary, digest))
    return result


async def _run(
    room: WarRoom, name: LiveProbe, ground: Ground, say: Say, file: Path | None
) -> Result:
    match name:
        case "connections":
            return await connections(ground, say)
        case "logging":
            return await logging(ground, say)
        case "load":
            return await asyncio.to_thread(load, room.deployment, file or Path())
        case "escalation":
            with room.real_time():  # a person answers it, and people are not sixty times as fast
                return await _escalation(room, ground, say)


async def _escalation(room: WarRoom, ground: Ground, say: Say) -> Result:
    async def sent(code: str, reviewer: str) -> None:
        await room.do(SendEscalationTest(code, reviewer))

    async def received(code: str, within_s: float) -> tuple[str, float] | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < within_s:
            test = room.state.escalation_tests.get(code)
            if test is not None and test.received_at is not None:
                return test.received_by, test.received_at - test.at
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(room.record.refresh)
        return None

    return await escalation(ground, say, sent, received)
