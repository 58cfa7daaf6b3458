"""What one rule does in a backtest, minute by minute: its alerts, or its stretches as a trigger."""

import msgspec

from console.domain.alerts import AlertMemory, step
from console.domain.readings import ENOUGH, Reading
from console.domain.triggers import Measured

_MEASURED = {"error-rate", "escalation-rate", "latency-p95", "cost-per-call"}


class Fired(msgspec.Struct):
    """An alert that would have fired; unix seconds, `resolved_at` is None if it lasts to the end.

    `value`, `limit` and `n` are those at the time, `why` says them in words.
    """

    rule: str
    fired_at: float
    resolved_at: float | None
    value: float | None
    limit: float | None
    n: int
    why: str

    @property
    def few(self) -> bool:
        """Whether it is a share or a mean of fewer than 20 calls; it fires all the same."""
        return self.rule in _MEASURED and self.n < ENOUGH


class AlertLife:
    """The alerts of one rule with one set of thresholds."""

    def __init__(self) -> None:
        """Nothing has fired yet."""
        self._memory = AlertMemory()
        self.idle = True
        self.found: list[Fired] = []

    def take(self, reading: Reading, at: float) -> None:
        """Take in the reading at `at`. What breaks nothing may be left out while it is `idle`."""
        self._memory, changes = step(self._memory, reading, at)
        self.idle = self._memory.state in {"ok", "resolved"}
        for change in changes:
            if change.kind == "fired":
                told = (reading.value, reading.limit, reading.n, reading.why)
                self.found.append(Fired(reading.metric, at, None, *told))
            else:
                self.found[-1].resolved_at = at


class Raised(msgspec.Struct):
    """A stretch of time in which a trigger was over its limit; unix seconds.

    `since` is its first minute's end. `at` is when it became true: None if it was never more than
    possible, by fewer than 20 calls or for less than its window. `until` is None if it lasts to the
    end. `value` and `n` are those of `at`, or of `since`; `worst` is the highest value.
    """

    id: str
    since: float
    at: float | None
    until: float | None
    value: float
    limit: float
    n: int
    worst: float

    @property
    def state(self) -> str:
        """`true`, or `possible` if it was never more."""
        return "possible" if self.at is None else "true"


class TriggerLife:
    """The stretches of one trigger with one limit; a limit that is None is not known."""

    def __init__(self, name: str, limit: float | None) -> None:
        """Nothing was true yet."""
        self._name = name
        self._limit = limit
        self._open: Raised | None = None
        self.found: list[Raised] = []

    def take(self, ends: range, points: list[Measured]) -> None:
        """Take in what its window told at each of `ends`."""
        limit = self._limit
        if limit is None or (self._open is None and not any(one.over(limit) for one in points)):
            return
        for end, point in zip(ends, points, strict=True):
            self._step(end * 60.0, point, limit)

    def _step(self, at: float, point: Measured, limit: float) -> None:
        held, value = self._open, point.value
        if value is not None and point.over(limit):
            if held is None:
                held = Raised(self._name, at, None, None, value, limit, point.n, value)
                self._open = held
                self.found.append(held)
            held.worst = max(held.worst, value)
            if held.at is None and point.sure:
                held.at, held.value, held.n = at, value, point.n
        elif held is not None and not (value is None and point.n):
            # Calls that do not tell whether they failed end nothing.
            held.until, self._open = at, None
