"""Deployments for the tests of the room, the clocks that they share, and what an agent logs."""

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from config.write import render, write_new
from console.clock import Clock, SystemClock
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain.entry import Actor
from console.domain.events import Event
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.times import iso
from console.room import WarRoom

NOW = 1_796_133_600.0  # 2026-12-01T14:00:00Z
NOBODYS = "http://127.0.0.1:9"
GOOD, BAD = "v2.3.1", "v2.4.0"
LEAD = Actor("agent lead", ("agent-lead",))


@dataclass
class SetClock:
    """Stands until a test moves it."""

    moment: float = NOW
    real: float = 1000.0
    speed: float = 1.0

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.real


class RushClock(SystemClock):
    """The machine's time, with deadlines that come forty times sooner."""

    def monotonic(self) -> float:
        return super().monotonic() * 40


@dataclass
class Stand:
    """A deployment on disk, and the clock that all its rooms share."""

    directory: Path
    clock: Clock = field(default_factory=SetClock)

    @property
    def log(self) -> Path:
        """The agent's log, which the deployment's feed reads."""
        return self.directory / "calls.jsonl"

    @property
    def journal(self) -> Path:
        """The only writer's file."""
        (file,) = (self.directory / "journal").glob("*.jsonl")
        return file

    def kinds(self) -> list[str]:
        """The kinds of what the journal holds, read from the bytes on the disk."""
        return [json.loads(line)["kind"] for line in self.journal.read_bytes().splitlines()]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The data of the entries of a kind."""
        lines = map(json.loads, self.journal.read_bytes().splitlines())
        return [line["data"] for line in lines if line["kind"] == kind]

    def open(self, **options: Any) -> WarRoom:
        options = {"who": "agent lead", "offline": True, "clock": self.clock, **options}
        return WarRoom.open(self.directory, **options)

    @asynccontextmanager
    async def room(self, **options: Any) -> AsyncIterator[WarRoom]:
        room = self.open(**options)
        try:
            yield room
        finally:
            await room.close()

    def log_call(self, version: str, number: int) -> None:
        """One call that the agent answers just now."""
        call = {
            "id": f"{version}-{number}",
            "at": iso(self.clock.now()),
            "version": version,
            "variant": "live",
            "latency_s": 0.9,
            "cost": 0.02,
        }
        with self.log.open("a") as log:
            log.write(json.dumps(call) + "\n")

    @asynccontextmanager
    async def serving(self, version: str | Callable[[], str]) -> AsyncIterator[None]:
        """Let the agent answer calls, on `version`."""
        over = asyncio.Event()

        async def answer() -> None:
            number = 0
            while not over.is_set():
                number += 1
                self.log_call(version if isinstance(version, str) else version(), number)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 0.1)

        agent = asyncio.create_task(answer())
        try:
            yield
        finally:
            over.set()
            await agent


def stand(
    directory: Path,
    *,
    steps: Sequence[dict[str, object]] | None = None,
    clock: Clock | None = None,
    switch: Mapping[str, object] | None = None,
    feeds: Mapping[str, Mapping[str, object]] | None = None,
    two_people: bool = False,
    suspensions: Sequence[Mapping[str, object]] | None = None,
    drill: Mapping[str, object] | None = None,
) -> Stand:
    """A deployment like the demo's, with a file as its feed and `steps` for the way back.

    `switch` is what sets the traffic; without it that is done by hand. `two_people` decide a gate.
    """
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    values["gates"] = {"two_people": two_people}
    for person in values["people"]:
        if person["name"] != "reviewer":  # nobody hears notices at an address that is nobody's
            del person["notify"]
    values["traffic"] = {} if switch is None else {"switch": dict(switch)}
    values["feeds"] = {"calls": {"kind": "jsonl", "path": "calls.jsonl", "poll_s": 1.0}}
    if feeds is not None:
        values["feeds"] = feeds
    if suspensions is not None:
        values["suspensions"] = [dict(one) for one in suspensions]
    if steps is not None:
        values["rollback"]["steps"] = steps
    if drill is not None:
        values["rollback"]["drill"] = dict(drill)
    directory.mkdir()
    write_new(directory, render(values))
    standing = Stand(directory, clock or SetClock())
    standing.log.touch()
    return standing


def minute(calls: int = 20, errors: int = 0, latency_s: float = 0.9) -> Minute:
    """A minute of an agent that is well but for its errors."""
    return Minute(
        calls=calls,
        errors=errors,
        escalations=calls // 10,
        cost=calls * 0.02,
        costed=calls,
        timed=calls,
        latency=histogram([(latency_s, calls)]),
        versions={BAD: calls},
    )


def write(room: WarRoom, *events: Event, actor: Actor = LEAD) -> None:
    """Journal `events` without a decision."""
    room.record.transact(actor, lambda _: events)


async def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait on the event loop for something that other tasks bring about."""
    step = 0.02
    for _ in range(int(seconds / step)):
        if condition():
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), step)
    pytest.fail(f"not within {seconds} s")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 64 KiB at `folder`; skips where none can be mounted."""
    folder.mkdir()
    command = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


def use_up(folder: Path) -> Path:
    """Fill the file system to its last byte with a file, the journal's reserve included."""
    (folder / ".reserve").unlink(missing_ok=True)
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(folder).f_bavail == 0
    return filler
