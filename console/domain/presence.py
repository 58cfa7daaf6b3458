"""Who is in the room: a console, a watch or a sync that runs now, and whose it is."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from console.domain.readings import Reading, Verdict

What = Literal["console", "watch", "sync"]


class Saw(msgspec.Struct, frozen=True):
    """What a process makes of a metric: its verdict, and the value in the metric's own unit."""

    verdict: Verdict
    value: float | None = None


class Present(msgspec.Struct, frozen=True):
    """One process that has the deployment open.

    `id` is its own, new at each start; `since` unix seconds. `runs` are the ids of the rollbacks
    and suspensions that the machine of it carries out; `recording` whether it is the watcher that
    records; `writer` is empty for one that never wrote. `saw` is what the watcher makes of each
    metric, and of nothing for the others.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    since: float
    host: str
    writer: str
    what: What
    runs: tuple[str, ...] = ()
    recording: bool = False
    saw: dict[str, Saw] = {}


def saw(readings: Mapping[str, Reading]) -> dict[str, Saw]:
    """What these readings amount to, for others to compare with theirs."""
    return {name: Saw(one.verdict, one.value) for name, one in readings.items()}


def together(*groups: Iterable[Present]) -> tuple[Present, ...]:
    """All of them once, who came first on top; what a later group says of one is the news."""
    known = {one.id: one for group in groups for one in group}
    return tuple(sorted(known.values(), key=lambda one: (one.since, one.id)))


def watcher_of(present: Iterable[Present]) -> Present | None:
    """The one that records, None where none of them does."""
    return next((one for one in present if one.recording), None)


def differing(theirs: Mapping[str, Saw], mine: Mapping[str, Saw]) -> tuple[str, ...]:
    """The metrics of which both have a verdict, and not the same one."""
    both = [name for name in mine if name in theirs]
    return tuple(name for name in both if theirs[name].verdict != mine[name].verdict)
