"""Half hours of an agent's metrics over days: a daily shape, noise that remembers, few calls."""

import math
import random
from collections.abc import Callable

import msgspec

from console.demo.curves import DAY
from console.demo.scenarios import SCENARIOS, value_at
from console.domain.bins import BIN_MIN, WATCHED, Bin, Watched, bin_of
from console.domain.drift import Drift, look_for_drift
from console.domain.series import Series

A_DAY = 1440 // BIN_MIN
FIRST = 48 * 20_000  # a midnight
CALLS = 600
HOURS = 48

Track = Callable[[float], float]


class Kind(msgspec.Struct, frozen=True):
    """How a metric is made: its usual value, its limit, and its chance within half an hour.

    `share`: of so many calls each counts with that chance; else the value has `noise`, relative.
    """

    usual: float
    limit: float
    share: bool
    noise: float = 0.0


KINDS: dict[Watched, Kind] = {
    "escalation-rate": Kind(0.155, 0.25, share=True),
    "latency-p95": Kind(2.1, 3.0, share=False, noise=0.03),
    "cost-per-call": Kind(0.02, 0.063, share=False, noise=0.02),
    "error-rate": Kind(0.003, 0.01, share=True),
}


class World(msgspec.Struct, frozen=True):
    """`memory` is what the noise keeps of the last half hour, `wander` its size and `shape` the
    day's, both relative to the usual value; from day to day the shape differs by `differs`."""

    memory: float
    wander: float
    days: int = 4
    shape: float = 0.2
    differs: float = 0.15


def drifting(hours: float) -> float:
    """What the demo's drift scenario adds to the escalation rate."""
    track = SCENARIOS["drift"].escalation_share
    return value_at(track, hours * 3600, 0.155) - 0.155


def made(draw: random.Random, world: World, metric: Watched, more: Track | None) -> dict[int, Bin]:
    """The bins of `world.days` days and the window after them, in which `more` is added."""
    kind = KINDS[metric]
    start = FIRST + world.days * A_DAY
    begins, bins = draw.random() * math.tau, {}
    noise, height = draw.gauss(0, world.wander), world.shape
    for number in range(FIRST, start + HOURS * 2):
        time = number % A_DAY
        if time == 0:
            height = world.shape * (1 + draw.gauss(0, world.differs))
        fresh = draw.gauss(0, world.wander * math.sqrt(1 - world.memory**2))
        noise = world.memory * noise + fresh
        level = kind.usual * (1 + noise + height * math.sin(math.tau * time / A_DAY + begins))
        if more is not None and number >= start:
            level += more((number - start) / 2)
        calls = _poisson(draw, CALLS * DAY[time * BIN_MIN])
        if kind.share:
            value = _binomial(draw, calls, min(max(level, 1e-4), 1)) / max(calls, 1)
        else:
            value = level + draw.gauss(
                0, kind.noise * kind.usual * math.sqrt(CALLS / max(calls, 1))
            )
        if calls >= 20:
            bins[number] = Bin(value, calls)
    return bins


def warned_at(bins: dict[int, Bin], days: int, limit: float) -> float | None:
    """Hours into the window at which two looks in a row first agree, as the watcher looks."""
    before = False
    for hour in range(12, HOURS + 1):
        now = look(bins, days, hour, limit).verdict == "drifts"
        if now and before:
            return float(hour)
        before = now
    return None


def look(bins: dict[int, Bin], days: int, hour: int, limit: float) -> Drift:
    """The look at the end of an hour of the window."""
    start = FIRST + days * A_DAY
    return look_for_drift(bins, FIRST, start, start + hour * 2, limit)


def warnings_of(seed: int, world: World, more: Track | None = None) -> dict[Watched, float]:
    """Which metrics a whole window warns of, and when (hours); `more` is of escalations alone."""
    found = {}
    for metric in WATCHED:
        draw = random.Random(f"{seed} {metric}")
        bins = made(draw, world, metric, more if metric == "escalation-rate" else None)
        at = warned_at(bins, world.days, KINDS[metric].limit)
        if at is not None:
            found[metric] = at
    return found


def bins_of(series: Series, metric: Watched, version: str, numbers: range) -> dict[int, Bin]:
    """A metric's bins from minutes, as the watcher makes them."""
    found = {number: bin_of(series, metric, version, number) for number in numbers}
    return {number: held for number, held in found.items() if held is not None}


def _poisson(draw: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(draw.gauss(mean, math.sqrt(mean))))
    left, count = mean, 0
    while (left := left - draw.expovariate(1.0)) > 0:
        count += 1
    return count


def _binomial(draw: random.Random, n: int, share: float) -> int:
    if n * share < 20:
        return min(n, _poisson(draw, n * share))
    spread = math.sqrt(n * share * (1 - share))
    return min(n, max(0, round(draw.gauss(n * share, spread))))
