"""The simulated agent itself: what it saves, its growing call log, and its controls."""

import fcntl
import random
import secrets
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from console.clock import Clock
from console.demo import traffic
from console.demo.agent_control import Answer, DrillTarget, Write, control_of, decided
from console.demo.agent_metrics import Counters
from console.demo.scenarios import SCENARIOS
from console.demo.traffic import AgentCall, Profile, Routing

STATE_FILE = Path("agent", "state.json")
CONTROL_FILE = Path("agent", "control.jsonl")
SLICE_MS = 3_600_000
MOST_NOTICES = 100


class AgentError(Exception):
    """The simulated agent cannot do what is asked; the text is one clear sentence."""


class State(msgspec.Struct):
    """All that outlives the process. Calls up to `position_ms` are in the log's `log_bytes`."""

    profile: Profile
    routing: Routing
    position_ms: int
    log_bytes: int
    keys: dict[str, Answer] = msgspec.field(default_factory=dict)


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/faults`: what goes wrong with the log of invoked calls.

    A field that is left out of their records, and real seconds by which these come late.
    """

    drop_field: str = ""
    log_delay_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0


def load_state(directory: Path) -> State | None:
    """What the agent of the deployment at `directory` saved, if it ever ran; else `AgentError`."""
    path = directory / STATE_FILE
    try:
        state = msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise AgentError(f"{path} cannot be read ({error}); move it away to start anew") from None
    if state.profile.scenario not in SCENARIOS:
        raise AgentError(f'{path}: "{state.profile.scenario}" is no scenario of this version')
    return state


class Agent:
    """An agent that generates the calls whose time has come. Safe to use from several threads."""

    def __init__(self, directory: Path, clock: Clock, state: State) -> None:
        """Continue from `state`; `AgentError` if another process runs this deployment's agent."""
        self._directory = directory
        self._clock = clock
        self._state = state
        self._lock = threading.RLock()
        self._counters = Counters(state.profile)
        self._log = (directory / traffic.LOG_FILE).open("ab")
        try:
            fcntl.flock(self._log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._log.close()
            raise AgentError(f"another process already runs the agent in {directory}") from None
        self._faults = Faults()
        self.drill = DrillTarget(state.profile)
        self._late: list[tuple[float, AgentCall]] = []
        self._notices: deque[dict[str, object]] = deque(maxlen=MOST_NOTICES)
        self._written = self._adopt_tail()
        self._save()

    @property
    def log_path(self) -> Path:
        """The call log."""
        return self._directory / traffic.LOG_FILE

    @property
    def log_bytes(self) -> int:
        """How much of the log is complete lines."""
        with self._lock:
            return self._state.log_bytes

    def close(self) -> None:
        """Close the log and let another process run the agent."""
        with self._lock:
            self._log.close()

    def tick(self) -> None:
        """Append the calls whose time has come; OSError if the log cannot be written."""
        with self._lock:
            self._log_late()
            now_ms = int(self._clock.now() * 1000)
            state = self._state
            while state.position_ms < now_ms:
                until_ms = min(now_ms, state.position_ms + SLICE_MS)
                calls = traffic.calls_between(
                    state.profile, state.position_ms, until_ms, state.routing
                )
                appended = self._append(call for call in calls if call.id not in self._written)
                state.position_ms = until_ms
                if appended:
                    self._save()

    def invoke(self, text: str, user: str, *, synthetic: bool) -> AgentCall:
        """Process one input now and log it; one that holds TRIGGER-ESCALATION escalates."""
        with self._lock:
            self.tick()
            call = self._invoked(text, user, synthetic=synthetic)
            # A check must not fail by the one call in some hundreds that fails on the best of days.
            while synthetic and call.error and not self._troubled():
                call = self._invoked(text, user, synthetic=synthetic)
            self._late.append((self._clock.monotonic() + self._faults.log_delay_s, call))
            self._log_late()
            return call

    def _invoked(self, text: str, user: str, *, synthetic: bool) -> AgentCall:
        call_id = f"i{secrets.token_hex(8)}"
        return traffic.make_call(
            self._state.profile,
            self._state.routing,
            random.Random(call_id),
            call_id,
            self._state.position_ms,
            user=user,
            text=text,
            escalate="TRIGGER-ESCALATION" in text,
            synthetic=synthetic,
        )

    def _troubled(self) -> bool:
        """Whether the scenario's trouble has begun."""
        profile = self._state.profile
        begun = profile.onset is not None and self._clock.now() >= profile.onset
        return begun and profile.scenario != "healthy"

    def _log_late(self) -> None:
        """Log the invoked calls that are due."""
        now = self._clock.monotonic()
        due = [call for at, call in self._late if at <= now]
        if due:
            self._late = [(at, call) for at, call in self._late if at > now]
            self._append(due, without=self._faults.drop_field)
            self._save()

    def fail(self, faults: Faults) -> None:
        """Let this go wrong from now on."""
        with self._lock:
            self._faults = faults

    def notice(self, notice: dict[str, object]) -> None:
        """Take a notice, as a person's inbox would."""
        with self._lock:
            self._notices.append(notice)

    def notices(self) -> list[dict[str, object]]:
        """The notices taken, the latest last."""
        with self._lock:
            return list(self._notices)

    def dark(self) -> bool:
        """Whether logs and metrics are out at this moment."""
        with self._lock:
            profile = self._state.profile
            if profile.onset is None or not traffic.reaches_candidate(profile, self._state.routing):
                return False
            since = self._clock.now() - profile.onset
            return 0 <= since < traffic.scenario_of(profile).dark_s

    def exposition(self) -> str:
        """The counters in the Prometheus text format."""
        with self._lock:
            return self._counters.exposition()

    def control(self) -> dict[str, object]:
        """What is set: see `GET /control`."""
        with self._lock:
            return control_of(self._state.profile, self._state.routing)

    def write(self, write: Write, key: str) -> tuple[int, str]:
        """Carry out one control write; its HTTP status and JSON body. See `decided`."""
        with self._lock:
            self.tick()
            state = self._state
            done = decided(state.profile, state.routing, state.keys, write, key)
            if done.routing is not None:
                state.routing = done.routing
                self._save()
                self._record(write, key)
            return done.status, done.body

    def _record(self, write: Write, key: str) -> None:
        effect = {
            "at": traffic.rfc3339(int(self._clock.now() * 1000)),
            "key": key,
            "set": msgspec.to_builtins(write),
        }
        with (self._directory / CONTROL_FILE).open("ab") as record:
            record.write(msgspec.json.encode(effect) + b"\n")

    def _append(self, calls: Iterable[AgentCall], *, without: str = "") -> int:
        lines = []
        for call in calls:
            lines.append(_short(call, without) if without else call.line())
            self._counters.add(call)
        data = b"".join(lines)
        self._log.write(data)
        self._log.flush()
        self._state.log_bytes += len(data)
        return len(lines)

    def _adopt_tail(self) -> frozenset[str]:
        """Cut a torn last line; the ids of calls that were logged after the last save."""
        start = min(self._state.log_bytes, self.log_path.stat().st_size)
        with self.log_path.open("rb") as log:
            log.seek(start)
            tail = log.read()
        complete = tail[: tail.rfind(b"\n") + 1]
        self._state.log_bytes = start + len(complete)
        self._log.truncate(self._state.log_bytes)
        return frozenset(msgspec.json.decode(line)["id"] for line in complete.splitlines())

    def _save(self) -> None:
        path = self._directory / STATE_FILE
        scratch = path.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(self._state))
        scratch.replace(path)


def first_state(directory: Path, profile: Profile, routing: Routing, now: float) -> State:
    """The state of an agent that never ran: it goes on after its back-filled log, or from `now`."""
    path = directory / traffic.LOG_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    size = path.stat().st_size if path.exists() else 0
    position_ms = int(now * 1000)
    if size:
        with path.open("rb") as log:
            log.seek(max(0, size - 65_536))
            last = log.readlines()[-1]
        try:
            position_ms = traffic.unix_ms(msgspec.json.decode(last)["at"])
        except msgspec.DecodeError:
            raise AgentError(f"the last line of {path} is broken; remove the file") from None
    return State(profile=profile, routing=routing, position_ms=position_ms, log_bytes=size)


def _short(call: AgentCall, field: str) -> bytes:
    """The call as a line that lacks a field."""
    record = msgspec.to_builtins(call)
    record.pop(field, None)
    return msgspec.json.encode(record) + b"\n"
