"""The room with a real Prometheus as its only feed: waits for minutes to be over, so it is slow."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from config.write import render, write_new
from console.clock import SavedClock, SystemClock
from console.demo.agent import AgentProcess
from console.demo.run import Demo, config_values
from console.demo.traffic import Profile
from console.room import Picture, WarRoom

PROMETHEUS = shutil.which("prometheus")
CALLS_PER_HOUR = 240_000.0
WAIT_S = 100.0

pytestmark = pytest.mark.skipif(
    PROMETHEUS is None, reason="prometheus is not installed: apt-get install prometheus"
)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """An agent in real time, busy enough that a minute of it says something."""
    directory = tmp_path / "agent"
    directory.mkdir()
    clock = SavedClock.create(directory, SystemClock().now(), 1.0)
    agent = AgentProcess.start(
        directory, calls_per_hour=CALLS_PER_HOUR, mode="full", share=100, scenario="healthy"
    )
    demo = Demo(directory, clock, agent)
    yield demo
    demo.stop()


@pytest.fixture
def prometheus(tmp_path: Path, demo: Demo) -> Iterator[str]:
    """The URL of a Prometheus that scrapes the agent every second."""
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: agent\n"
        f"    static_configs: [{{targets: ['{urlsplit(demo.url).netloc}']}}]\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert PROMETHEUS is not None
    said = tmp_path / "prometheus.txt"
    with said.open("wb") as stderr:
        server = subprocess.Popen(
            [
                PROMETHEUS,
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(20)


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"{url}/-/ready")).status_code == 200:
                    return
            await _pause(0.2)


async def _pause(seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def test_every_metric_is_read_from_a_real_prometheus(prometheus: str, tmp_path: Path) -> None:
    await _ready(prometheus)
    values: dict[str, Any] = config_values("http://127.0.0.1:9", Profile())
    del values["traffic"]["switch"]  # nobody's
    values["forecast"] = {"cost_per_call": 0.021, "calls_per_hour": CALLS_PER_HOUR}
    values["nfr"] = {"latency_sla_s": 3.0}
    values["feeds"] = {
        "store": {"kind": "prometheus", "url": prometheus, "preset": "warroom-prometheus"}
    }
    directory = tmp_path / "claims"
    write_new(directory, render(values))
    room = WarRoom.open(directory, who="agent lead")

    async def known() -> Picture:
        """A picture that knows most of a minute, which must be over before it counts."""
        async with asyncio.timeout(WAIT_S):
            while True:
                await room.poll_once()
                picture = room.picture()
                assert picture.feeds[0].fresh.state == "live", picture.feeds[0]
                series = room.eyes.each["store"].series
                full = [m for m in series.minutes.values() if m.calls > CALLS_PER_HOUR / 60 / 4]
                if full:
                    return picture
                await _pause(2.0)

    try:
        picture = await known()
    finally:
        await room.close()
    readings = picture.readings
    said = {metric: (one.verdict, one.value, one.n, one.why) for metric, one in readings.items()}
    assert {one.feed for metric, one in readings.items() if metric != "accuracy"} == {"store"}
    assert {one.verdict for one in readings.values()} <= {"ok", "too-few"}, said
    assert readings["error-rate"].verdict == "ok", said
    assert readings["escalation-rate"].verdict == "ok", said
    near = {
        "error-rate": (0.0, 0.01),
        "escalation-rate": (0.12, 0.19),
        "latency-p95": (1.5, 3.0),
        "cost-per-call": (0.015, 0.025),
        "safety-flags": (0.0, 0.0),
    }
    for metric, (low, high) in near.items():
        value = readings[metric].value
        assert value is not None, said
        assert low <= value <= high, said
    minute = max(room.eyes.each["store"].series.minutes.values(), key=lambda one: one.calls)
    # It may have begun in the middle of a minute; and nights are quieter than noons.
    assert CALLS_PER_HOUR / 60 / 4 < minute.calls < CALLS_PER_HOUR / 60 * 3
