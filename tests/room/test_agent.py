"""The whole way against a real agent that goes wrong: alert, trigger, rollback, proof."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from console.clock import SavedClock
from console.demo.run import Demo
from console.room import WarRoom
from tests.room.stand import BAD, GOOD, eventually


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo.start(tmp_path / "demo", scenario="errors", speed=600.0)
    yield demo
    demo.stop()


async def test_errors_rise_and_the_rollback_heals_them(demo: Demo) -> None:
    room = WarRoom.open(demo.directory, who="rollback owner")
    living = asyncio.create_task(room.run())
    await eventually(lambda: "error-rate" in room.state.triggers, 60)
    assert "error-rate" in {alert.rule for alert in room.state.firing}
    run = await room.roll_back("error-rate", "the error rate")
    assert (run.state, run.unjournalled) == ("verified", "")
    assert "fresh calls are on the target" in run.why
    async with httpx.AsyncClient(trust_env=False) as client:
        control = (await client.get(f"{demo.url}/control")).json()
    assert (control["candidate_share"], control["version"]) == (0, GOOD)

    held = room.state.rollbacks[run.id]
    times = [held.first_true, held.detected, held.triggered_at, held.executed_at, held.verified_at]
    assert None not in times
    assert times == sorted(at for at in times if at is not None)
    assert held.seconds is not None
    assert 0 < held.seconds < 120
    assert [step.state for step in held.steps] == ["verified", "verified"]
    assert all("shows" in step.detail for step in held.steps)
    assert held.on_behalf_of == ""
    assert room.state.status == "rolled-back"
    assert room.state.attempt.id == "readiness.2"
    assert room.state.triggers == {}
    late = [call for call in room.eyes.each["calls"].recent if call.at > (held.executed_at or 0)]
    assert late
    assert BAD not in {call.version for call in late}
    # The clock, slowed for the rollback, runs fast again.
    assert SavedClock(demo.directory).speed == 600.0
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living
