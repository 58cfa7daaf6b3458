"""A real agent's log and its metrics page held against each other: a minute a second."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from config.write import render, write_new
from console.clock import SavedClock, SystemClock
from console.demo.agent import AgentProcess
from console.demo.run import Demo, config_values
from console.demo.traffic import Profile
from console.domain.crosscheck import LEAST_MINUTES
from console.domain.readings import Reading
from console.room import WarRoom

CALLS_PER_HOUR = 12_000.0
CHECKED = ("traffic", "error-rate", "escalation-rate", "cost-per-call", "spend-rate")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Demo, SavedClock]]:
    """A healthy agent, and the clock that it runs on."""
    directory = tmp_path / "agent"
    directory.mkdir()
    clock = SavedClock.create(directory, SystemClock().now(), 60.0)
    agent = AgentProcess.start(
        directory, calls_per_hour=CALLS_PER_HOUR, mode="full", share=100, scenario="healthy"
    )
    demo = Demo(directory, clock, agent)
    yield demo, clock
    demo.stop()


async def _pause(seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def test_log_and_metrics_page_agree_until_one_counts_something_else(
    running: tuple[Demo, SavedClock], tmp_path: Path
) -> None:
    demo, clock = running
    values: dict[str, Any] = config_values(demo.url, Profile())
    page = {"kind": "exposition", "url": f"{demo.url}/metrics", "preset": "warroom-metrics"}
    values["feeds"]["store"] = page
    # What is easily done: escalations counted as errors.
    values["feeds"]["odd"] = {
        **page,
        "minutes": {"errors": "agent_errors_total + agent_escalations_total"},
    }
    values["metrics"] = {metric: {"check": "store"} for metric in CHECKED}
    values["metrics"]["error-rate"] = {"check": "odd"}
    directory = tmp_path / "claims"
    write_new(directory, render(values))
    room = WarRoom.open(directory, who="agent lead", clock=clock)
    store = room.eyes.each["store"].series

    async def read() -> dict[str, Reading]:
        """Readings once both have told enough of the same minutes."""
        async with asyncio.timeout(120):
            while len(store.minutes) < LEAST_MINUTES + 3:
                await room.poll_once()
                await _pause(0.4)
        return room.looker.lookout.read(room.state, clock.now())

    try:
        readings = await read()
        log = room.eyes.each["calls"].series
        both = sorted(store.minutes.keys() & log.minutes.keys())[:-1]
    finally:
        await room.close()
    said = {metric: readings[f"cross-check:{metric}"] for metric in CHECKED}
    why = {metric: reading.why for metric, reading in said.items()}
    assert said["error-rate"].verdict == "breach", why
    assert why["error-rate"].startswith("sources disagree on error rate: calls "), why
    for metric in ("traffic", "escalation-rate", "cost-per-call", "spend-rate"):
        assert said[metric].verdict == "ok", why
        assert why[metric].startswith(f"sources agree on {metric.replace('-', ' ')}"), why
    counted = [sum(told.minutes[number].calls for number in both) for told in (log, store)]
    assert counted[1] == pytest.approx(counted[0], rel=0.02)
