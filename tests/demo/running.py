"""A running agent and a clock that stands where a test puts it."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.clock import SavedClock
from console.demo.agent import AgentProcess
from console.demo.agent_state import load_state
from console.demo.traffic import LOG_FILE, Profile, Routing, calls_between

START = 29_500_560 * 60.0
HOUR = 3_600.0


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition that another process brings about."""
    step = 0.02
    for _ in range(int(seconds / step)):
        if condition():
            return
        threading.Event().wait(step)
    pytest.fail(f"not within {seconds} s")


def move_clock(directory: Path, moment: float) -> None:
    """Let the deployment's clock stand at `moment`."""
    SavedClock.create(directory, moment, 60.0)


def lines(directory: Path) -> list[dict[str, Any]]:
    """The complete lines of the log, which may be growing."""
    data = (directory / LOG_FILE).read_bytes()
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]


def last_line(directory: Path) -> dict[str, Any] | None:
    """The last complete line of the log, without reading all of it."""
    with (directory / LOG_FILE).open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4_096))
        complete = log.read().split(b"\n")[:-1]
    return json.loads(complete[-1]) if complete else None


def expected_ids(after: float, to: float, **profile: Any) -> list[str]:
    routing = Routing("v2.4.0")
    calls = calls_between(Profile(**profile), int(after * 1000), int(to * 1000), routing)
    return [call.id for call in calls]


def log_reaches(directory: Path, moment: float) -> None:
    """Wait until the agent has caught up with a clock that stands at `moment`."""
    state = load_state(directory)
    assert state is not None
    due = expected_ids(moment - HOUR, moment, seed=state.profile.seed)
    until(lambda: (last := last_line(directory)) is not None and last["id"] == due[-1])


def advance(directory: Path, moment: float) -> list[dict[str, Any]]:
    """Move the clock on; the calls that came of it."""
    before = len(lines(directory))
    move_clock(directory, moment)
    log_reaches(directory, moment)
    return lines(directory)[before:]


def share(calls: list[dict[str, Any]], field: str) -> float:
    return sum(bool(call[field]) for call in calls) / len(calls)


@contextmanager
def running(directory: Path, **options: Any) -> Iterator[tuple[AgentProcess, httpx.Client]]:
    with (
        AgentProcess.start(directory, **options) as agent,
        httpx.Client(base_url=agent.url, trust_env=False) as client,
    ):
        yield agent, client
