"""The life of an alert: ok, pending, firing, recovering, resolved (Guide 3.3)."""

from typing import Literal

import msgspec

from console.domain.readings import Reading

AlertState = Literal["ok", "pending", "firing", "recovering", "resolved"]
CALM_S = 300.0


class AlertMemory(msgspec.Struct, frozen=True):
    """What an alert rule remembers between looks.

    `since` is when it fired. While it recovers, `calm_s` is the time within the limit so far and
    `calm_at` the last look that saw it so, None if the feed went quiet since. While it is pending,
    `bad_s` and `bad_at` are the same of the time beyond the limit.
    """

    state: AlertState = "ok"
    since: float | None = None
    calm_s: float = 0.0
    calm_at: float | None = None
    bad_s: float = 0.0
    bad_at: float | None = None

    @staticmethod
    def firing(since: float) -> "AlertMemory":
        """The memory of an alert that fired and was not resolved, rebuilt from the journal."""
        return AlertMemory("firing", since)

    @property
    def active(self) -> bool:
        """Whether it has fired and is not resolved."""
        return self.state in {"firing", "recovering"}


class Transition(msgspec.Struct, frozen=True):
    """A change that people are told of, with the reading that made it."""

    kind: Literal["fired", "resolved"]
    at: float
    reading: Reading


def step(memory: AlertMemory, reading: Reading, now: float) -> tuple[AlertMemory, list[Transition]]:
    """Take one reading in.

    A breach fires at once, or when it has lasted the reading's `for_s`; 5 min within the limit
    resolve it. A breach within these 5 min is the same alert. A reading that does not know neither
    fires nor resolves: it stops the clock of both.
    """
    if reading.verdict == "breach":
        if memory.active:
            return AlertMemory.firing(memory.since if memory.since is not None else now), []
        return _last(memory, reading, now)
    if memory.active:
        return _recover(memory, reading, now)
    if reading.pending:
        return AlertMemory("pending"), []
    if memory.state == "pending" and _within(reading):
        return AlertMemory("ok"), []
    return msgspec.structs.replace(memory, bad_at=None), []


def _last(
    memory: AlertMemory, reading: Reading, now: float
) -> tuple[AlertMemory, list[Transition]]:
    """A breach of an alert that does not fire yet."""
    held = memory if memory.state == "pending" else AlertMemory()
    bad = held.bad_s + (0.0 if held.bad_at is None else max(0.0, now - held.bad_at))
    if bad >= reading.for_s:
        return AlertMemory.firing(now), [Transition("fired", now, reading)]
    return AlertMemory("pending", bad_s=bad, bad_at=now), []


def _recover(
    memory: AlertMemory, reading: Reading, now: float
) -> tuple[AlertMemory, list[Transition]]:
    if not _within(reading) or reading.pending:
        return msgspec.structs.replace(memory, calm_at=None), []
    more = 0.0 if memory.calm_at is None else max(0.0, now - memory.calm_at)
    calm = memory.calm_s + more
    if calm >= CALM_S:
        return AlertMemory("resolved", memory.since), [Transition("resolved", now, reading)]
    return AlertMemory("recovering", memory.since, calm, now), []


def _within(reading: Reading) -> bool:
    """Known to be within a known limit: `too-few` of something, but never of nothing."""
    return (
        reading.verdict in {"ok", "too-few"}
        and reading.value is not None
        and reading.limit is not None
    )
