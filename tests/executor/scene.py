"""A deployment whose rollback turns a real switch, fired by real processes, and its agent."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from config.load import load
from console.clock import SystemClock
from console.domain.entry import Actor
from console.domain.state import State
from console.journal.record import Record
from console.journal.verify import verify
from tests.actions.switch import Switch, running_switch
from tests.executor.processes import Processes, wait
from tests.room.stand import BAD, GOOD, Stand, stand

FIRST_S = 2.0  # from the order to the first request, whatever else is broken
OVER_S = 60.0
TOGETHER = ("rollback.triggered", "rollback.step", "rollback.finished")


@dataclass
class Scene:
    """What a test acts on. The agent logs a call of the version that answers, all the time."""

    standing: Stand
    switch: Switch
    processes: Processes
    deployment: str

    @property
    def directory(self) -> Path:
        return self.standing.directory

    @property
    def home(self) -> Path:
        """Where this account's own state is."""
        return Path(self.processes.env["XDG_STATE_HOME"]) / "warroom" / self.deployment

    def fire(self, *more: object) -> Any:
        """`warroom rollback --fire`, started."""
        return self.processes.warroom("rollback", self.directory, "--fire", *more)

    def soon(self, began: float) -> None:
        """The first request came to the switch within two seconds of `began` (monotonic)."""
        wait(lambda: self.switch.times, 20.0, "no request came")
        took = self.switch.times[0] - began
        assert took < FIRST_S, f"the first request came after {took:.2f} s"

    def record(self) -> Record:
        """The journal as it stands."""
        record = Record.open(
            self.directory,
            self.deployment,
            clock=SystemClock(),
            config_hash="",
            actor=Actor("test"),
            read_only=True,
            state_home=self.home,
        )
        record.journal.close()
        return record

    def state(self) -> State:
        """What the journal amounts to now."""
        return self.record().state

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The data of the entries of a kind."""
        return [json.loads(bytes(one.data)) for one in self.record().entries if one.kind == kind]

    def outcome(self) -> str:
        """The last rollback's, as the journal tells it; empty without one."""
        held = self.state().rollback
        return "" if held is None else held.state

    def over(self, outcome: str = "verified") -> None:
        """Wait until the journal tells of one rollback, whole, in order and once."""
        wait(lambda: self.outcome() == outcome, OVER_S, f"it is {self.outcome()}, not {outcome}")
        state = self.state()
        assert len(state.rollbacks) == 1
        assert state.conflicts == []
        assert verify(self.directory).ok
        kinds = [one.kind for one in self.record().entries if one.kind in TOGETHER]
        assert kinds[0] == "rollback.triggered"
        assert kinds.count("rollback.triggered") == 1
        assert kinds[-1] == "rollback.finished"
        told = self.told()
        for step in {name for name, _ in told}:
            states = [state for name, state in told if name == step]
            assert states[0] == "running" or states == ["blocked"], told
            assert states[-1] not in {"running", "asked"}, told

    def told(self) -> list[tuple[str, str]]:
        """Each step and state in the journal, in their order."""
        return [(d["step"], d["state"]) for d in self.entries("rollback.step")]

    def set_aside(self) -> list[str]:
        """The kinds that wait in the fallback journal."""
        path = self.home / "fallback.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [json.loads(line)["kind"] for line in lines]


@contextmanager
def scene(
    place: Path,
    *,
    steps: Sequence[Mapping[str, object]] | None = None,
    serves: Callable[[], str] | None = None,
    **options: Any,
) -> Iterator[Scene]:
    """A deployment in `place`; nothing of it lives on when the test is over."""
    with running_switch() as switch:
        if steps is None:
            first: dict[str, Any] = switch.step().model_dump(exclude_unset=True)
            last = {**first, "id": "version", "title": "Restore it", "after": ["traffic"]}
            steps = [first, last]
        standing = stand(
            place / "claims", steps=[dict(s) for s in steps], clock=SystemClock(), **options
        )
        processes = Processes(place, standing.directory)
        name = load(standing.directory).deployment.deployment
        held = Scene(standing, switch, processes, name)
        with agent(standing, serves or (lambda: GOOD if switch.share == 0 else BAD)):
            try:
                yield held
            finally:
                switch.released.set()
                processes.end()


@contextmanager
def agent(standing: Stand, serves: Callable[[], str]) -> Iterator[None]:
    """Log a call ten times a second, of each user who was answered."""
    over = threading.Event()

    def answer() -> None:
        number = 0
        while not over.wait(0.1):
            number += 1
            # a balancer that reads its config again may drop a user, who is no call then
            with suppress(OSError):
                version = serves()
                if standing.log.exists():
                    standing.log_call(version, number)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def now() -> float:
    """When something begins, on the clock of `Switch.times`."""
    return time.monotonic()


def changed(step: Mapping[str, object], **more: object) -> dict[str, object]:
    """A step with other values."""
    return msgspec.to_builtins({**step, **more})  # type: ignore[no-any-return]  # a map stays one
