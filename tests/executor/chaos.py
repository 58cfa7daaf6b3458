"""One rollback in a storm: whoever takes part in it is killed at random moments and comes back.

The judge compares what the record claims with what the changed system and the files show.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from config.write import render, write_new
from console.clock import SystemClock
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain.entry import Actor
from console.domain.state import State
from console.domain.state_rollback import Rollback
from console.executor.lock import RunLock
from console.journal.record import Record
from tests.executor import chaos_server as server
from tests.executor.processes import Found, Processes, came, kill
from tests.ports import free_port

How = Literal["shell", "alone", "console", "twice"]
HOWS: tuple[How, ...] = ("shell", "alone", "console", "twice")
BEGIN_S = 5.0
STORM_S = 4.0
# How often each is killed in one storm: one of these.
KILLS = {
    "executor": (0, 1, 1, 2, 3),
    "server": (0, 0, 1, 2),
    "console": (0, 0, 1, 1),
    "shell": (0, 0, 1),
}
SETTLED_S = 120.0
DEEDS, PROOF = "deeds", "proof"
# It does what must not be done twice, and shows it only a moment later.
COMMAND = f"echo done >> {DEEDS}; sleep {{0}}; echo shown > {PROOF}; sleep {{1}}"
# Once idle, the system may still do what it was told this much later.
LATE_S = server.LATE_S[1] + 0.5


@dataclass
class Judged:
    """What a run came to, and all that is wrong with it."""

    seed: int
    how: How
    outcome: str = "never fired"
    steps: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    again: int = 0
    resumed: int = 0
    fired_again: bool = False
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {who}" for who, count in sorted(self.kills.items())) or "none"
        steps = " ".join(f"{step}={state}" for step, state in self.steps.items())
        told = f"seed {self.seed} {self.how}: {self.outcome} ({steps}; killed: {kills}; resumed "
        told += f"{self.resumed}, asked {self.asked}, again {self.again}, {self.seconds:.1f} s)"
        return told + "".join(f"\n    FAULT {fault}" for fault in self.faults)


class Storm:
    """One deployment, its system, its console, and what befalls them; all drawn from `seed`."""

    def __init__(self, place: Path, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.how: How = HOWS[seed % len(HOWS)]
        self.place = place
        self.system = place / "system"
        self.system.mkdir(parents=True)
        self.port = free_port()
        self.directory = place / "claims"
        values = self._values()
        self.deployment = str(values["deployment"])
        self.directory.mkdir()
        write_new(self.directory, render(values))
        self.processes = Processes(place, self.directory)
        self.home = Path(self.processes.env["XDG_STATE_HOME"]) / "warroom" / self.deployment
        self.judged = Judged(seed, self.how)
        self._server: subprocess.Popen[bytes] | None = None
        self._console: subprocess.Popen[bytes] | None = None
        self._shells: list[subprocess.Popen[bytes]] = []
        self._due: list[tuple[float, str]] = []
        self._asked: set[tuple[str, int]] = set()

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = config_values(f"http://127.0.0.1:{self.port}", Profile())
        calls = str(self.system / server.CALLS)
        values["feeds"] = {"calls": {"kind": "jsonl", "path": calls, "poll_s": 0.5}}
        values["traffic"] = {}
        for person in values["people"]:
            del person["notify"]  # notices that nobody takes would be tried again for ten minutes
        pauses = [round(self.chance.uniform(0, most), 2) for most in (2.5, 0.6)]
        image = {
            "id": "image",
            "title": "Restore the image",
            "kind": "command",
            "argv": ["/bin/sh", "-c", COMMAND.format(*pauses)],
            "prove": {"argv": ["/bin/cat", PROOF], "contains": "shown"},
            "timeout_s": round(self.chance.uniform(0.8, 3.0), 1),
            "after": self.chance.choice([[], ["traffic"]]),
            "manual": "sh restore",
        }
        values["rollback"] |= {
            "budget_s": 60,
            "fresh_calls": 2,
            "steps": [
                self._step("traffic", 0),
                {**self._step("version", server.GOOD), "after": ["traffic"]},
                self._step("flag", False),
                image,
            ],
        }
        return values

    def _step(self, name: str, value: object) -> dict[str, object]:
        url = f"http://127.0.0.1:{self.port}"
        return {
            "id": name,
            "title": f"Set {name} back",
            "kind": "http",
            "url": f"{url}/{name}",
            "body": f'{{"value": {json.dumps(value)}}}',
            "read_back": {"url": f"{url}/state", "path": name, "equals": value},
            "timeout_s": round(self.chance.uniform(2.0, 6.0), 1),
            "manual": f"curl -X POST {url}/{name}",
        }

    # What takes part.

    def _serve(self) -> None:
        module = "tests.executor.chaos_server"
        number = self.judged.kills["server"]
        words = (self.system, self.port, self.seed * 100 + number)
        self._server = self.processes.start(sys.executable, "-m", module, *words)

    def _watch(self) -> None:
        self._console = self.processes.warroom("watch", self.directory)

    def _fire(self) -> None:
        if self.how == "console":
            module = "tests.executor.chaos_console"
            self._console = self.processes.start(sys.executable, "-m", module, self.directory)
            return
        for _ in range(2 if self.how == "twice" else 1):
            self._shells.append(
                self.processes.warroom("rollback", self.directory, "--fire", "--why", "a storm")
            )

    def _resume(self) -> None:
        self._shells.append(self.processes.warroom("rollback", self.directory, "--resume"))

    # What happens.

    def judge(self) -> Judged:
        """Let it all happen, and look at what came of it."""
        began = time.monotonic()
        try:
            self._serve()
            if self.how in {"shell", "twice"} and self.chance.random() < 0.8:
                self._watch()
            self._fire()
            self._storm()
            (self.system / server.CALM).touch()
            self._come_back()
            self._settle("the storm")
            held = self.held()
            if held is not None and held.state != "verified" and self.chance.random() < 0.5:
                self.judged.fired_again = True
                self._shells.append(self.processes.warroom("rollback", self.directory, "--fire"))
                came(lambda: self._shells[-1].poll() is not None or self._ask_people(), SETTLED_S)
                self._settle("the second order")
            came(self._idle, 30.0)
            self._compare()
        finally:
            self.processes.end()
        self.judged.seconds = time.monotonic() - began
        return self.judged

    def _storm(self) -> None:
        """Most begins when the rollback does; some befalls those who have not even fired."""
        early = self.chance.random() < 0.1
        begun = self.home / "rollback-order"
        came(lambda: early or begun.exists() or self.processes.executors(), BEGIN_S)
        now = time.monotonic()
        for victim, times in KILLS.items():
            for _ in range(self.chance.choice(times)):
                self._due.append((now + self.chance.uniform(0, STORM_S), f"kill {victim}"))
        traps = [
            trap for trap in (self._mid_command, self._mid_request) if self.chance.random() < 0.3
        ]
        while time.monotonic() < now + STORM_S:
            self._due.sort()
            while self._due and self._due[0][0] <= time.monotonic():
                self._happen(self._due.pop(0)[1])
            for trap in [trap for trap in traps if trap()]:
                traps.remove(trap)
                self._happen("kill executor")
            self._ask_people()
            threading.Event().wait(0.02)

    def _mid_command(self) -> bool:
        """Whether the command has done what must not be done twice, and has not shown it yet."""
        return (self.directory / DEEDS).exists() and not (self.directory / PROOF).exists()

    def _mid_request(self) -> bool:
        """Whether the first request has come."""
        return (self.system / server.REQUESTS).exists()

    def _happen(self, what: str) -> None:
        deed, _, whom = what.partition(" ")
        if deed == "back":
            {"server": self._serve, "console": self._watch, "resume": self._resume}[whom]()
            return
        killed = [pid for pid in self._victims(whom)[:1] if pid]
        for pid in killed:
            kill(pid)
            self.judged.kills[whom] += 1
        later = time.monotonic() + self.chance.uniform(0.1, 1.5)
        if not killed:
            return
        if whom in {"server", "console"}:
            self._due.append((later, f"back {whom}"))
        elif whom == "executor" and self.how == "alone":
            self._due.append((later, "back resume"))

    def _victims(self, whom: str) -> list[int]:
        if whom == "executor":
            return self.processes.executors()
        one = {"server": self._server, "console": self._console}.get(whom)
        if whom == "shell" and self._shells:
            one = self.chance.choice(self._shells)
        return [one.pid] if one is not None and one.poll() is None else []

    def _come_back(self) -> None:
        """The server is there to stay, and so is the console, if there was one."""
        if self._server is None or self._server.poll() is not None:
            self._serve()
        if self._console is not None and self._console.poll() is not None:
            self._watch()

    def _settle(self, after: str) -> None:
        """Wait until nothing runs; with no console, somebody goes on with what was broken off."""
        if not came(lambda: self._ask_people() or self._over(), SETTLED_S):
            self.judged.faults.append(
                f"stuck after {after}: {self.held()}, {self.processes.living()}, {self._said()}"
            )

    def _over(self) -> bool:
        if any(shell.poll() is None for shell in self._shells) or self._alive():
            return False
        held = self.held()
        if held is None or held.state != "running":
            return not self._alive()
        if self._console is None:
            self._resume()
        return False

    def _alive(self) -> bool:
        return RunLock(self.directory).taken()

    def _ask_people(self) -> bool:
        """Somebody looks at what a step is about and answers; False, so that one waits on."""
        held = self.held()
        steps = [] if held is None or held.state != "running" else held.steps
        for step in steps:
            if held is None or step.state != "asked" or not self._alive():
                continue
            times = len(_lines(self.directory / DEEDS))
            if times:
                answer = "again" if self.chance.random() < 0.3 else "done"
            else:
                answer = "again" if self.chance.random() < 0.6 else "not-done"
            self.judged.again += answer == "again"
            words = ("rollback", self.directory, "--answer", f"{step.id}={answer}")
            code, _ = self.processes.said(*words)
            self.judged.asked += code == 0
        return False

    # What came of it.

    def state(self) -> State:
        """What the journal amounts to now."""
        record = Record.open(
            self.directory,
            self.deployment,
            clock=SystemClock(),
            config_hash="",
            actor=Actor("judge"),
            read_only=True,
            state_home=self.home,
        )
        record.journal.close()
        return record.state

    def held(self) -> Rollback | None:
        return self.state().rollback

    def _idle(self) -> bool:
        """The system has done all that it was told, and no command runs on."""
        requests = server.read(self.system / server.REQUESTS)
        quiet = time.time() - max((r["at"] for r in requests), default=0.0) > LATE_S
        return quiet and not [p for p in self.processes.living() if COMMAND[:8] in p.argv]

    def _compare(self) -> None:
        faults, judged = self.judged.faults, self.judged
        state = self.state()
        effects = server.read(self.system / server.EFFECTS)
        requests = server.read(self.system / server.REQUESTS)
        deeds = len(_lines(self.directory / DEEDS))
        faults += [
            f"{count} effects on {name}: {effects}"
            for name, count in Counter(e["name"] for e in effects).items()
            if count > 1
        ]
        keys = {(r["name"], r["key"]) for r in requests}
        if len(keys) != len({name for name, _ in keys}):
            faults.append(f"several keys for one step: {keys}")
        if deeds > 1 + judged.again:
            faults.append(f"the command ran {deeds} times, {judged.again} times on a person's word")
        if state.conflicts:
            faults.append(f"the journal contradicts itself: {state.conflicts}")
        if len(state.rollbacks) > 1:
            faults.append(f"one was fired, and there are {list(state.rollbacks)}")
        held = state.rollback
        if held is None:
            if requests or deeds:
                faults.append("something was done, and nothing is on record")
        else:
            judged.outcome, judged.resumed = held.state, held.resumed
            judged.steps = {step.id: step.state for step in held.steps}
            shown = {effect["name"]: effect["value"] for effect in effects}
            faults += self._claims(held, server.STATE | shown)
        faults += self._left_behind()

    def _claims(self, held: Rollback, shown: dict[str, Any]) -> Iterator[str]:
        """Each claim of the record that is not so."""
        wanted: dict[str, object] = {"traffic": 0, "version": server.GOOD, "flag": False}
        done = {name: shown[name] == value for name, value in wanted.items()}
        done["image"] = (self.directory / PROOF).exists()
        for step in held.steps:
            if step.state == "verified" and not done[step.id]:
                yield f"{step.id} is called verified, and is not done: {shown}"
            if step.state == "failed" and done[step.id]:
                yield f"{step.id} is called failed ({step.detail}), and is done: {shown}"
            if step.state in {"running", "asked"}:
                yield f"{step.id} is still called {step.state}"
        if held.state == "running":
            yield "it is still called running"
        if held.state == "verified" and not all(done.values()):
            yield f"it is called verified: {shown}, {done}"
        if held.state != "verified" and all(step.state == "verified" for step in held.steps):
            yield f"all is done, and it is called {held.state}: {held.outcome_why}"

    def _left_behind(self) -> Iterator[str]:
        """What stays when all is over and should not."""
        keep = [p.pid for p in (self._server, self._console) if p is not None]
        if not came(lambda: not self._others(keep), 20.0):
            yield f"processes are left: {self._others(keep)}"
        code, said = self.processes.said("journal", "verify", self.directory)
        if code:
            yield f"the journal does not verify: {said}"
        waiting = [path.name for path in self.home.glob("fallback*") if "adopted" not in path.name]
        if waiting:
            yield f"not adopted: {waiting}"
        if "Traceback" in self._said():
            yield self._said()

    def _others(self, keep: Sequence[int]) -> list[Found]:
        return [one for one in self.processes.living() if one.pid not in keep]

    def _said(self) -> str:
        said = (self.place / "said").read_text(errors="replace")
        log = self.home / "executor.log"
        return said + (log.read_text(errors="replace") if log.exists() else "")


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
