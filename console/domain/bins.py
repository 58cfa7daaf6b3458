"""Half hours of one version's calls: what trends are looked for in."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from console.domain.arms import Arm
from console.domain.histogram import pairs, quantile
from console.domain.minutes import Minute, parts
from console.domain.series import Series

Watched = Literal["escalation-rate", "latency-p95", "cost-per-call", "error-rate"]
WATCHED: tuple[Watched, ...] = ("escalation-rate", "latency-p95", "cost-per-call", "error-rate")
BIN_MIN = 30
LEAST_CALLS = 20
LEAST_TIMED = 40


class Bin(msgspec.Struct, frozen=True):
    """A metric over some minutes: ratio 0 to 1, seconds or money; `n` are the calls behind it."""

    value: float
    n: float


Bins = Mapping[int, Bin]
"""By number: the minute it begins with, divided by its length. What weighs nothing is left out."""


def bin_of(
    series: Series, metric: Watched, version: str, number: int, length: int = BIN_MIN
) -> Bin | None:
    """The bin `number` of `length` minutes; None where there are too few calls of `version`.

    Calls of other versions do not count; where the log names none, all do. What a store computed
    itself, over the hour before each minute, is taken at the last minute.
    """
    span = range(number * length, (number + 1) * length)
    if metric in series.values:
        return _stored(series, metric, span)
    taken = [
        held
        for minute in span
        if (whole := series.minutes.get(minute)) is not None
        if (held := _of_version(whole, version)) is not None
    ]
    if metric == "latency-p95":
        return _timed(taken)
    both = [_pair(metric, held) for held in taken]
    above, below = sum(up for up, _ in both), sum(down for _, down in both)
    return Bin(above / below, below) if below >= LEAST_CALLS else None


def stored(series: Series, metric: Watched) -> bool:
    """Whether a store computed the metric: of its hourly figures only one an hour is news."""
    return metric in series.values


def _stored(series: Series, metric: Watched, span: range) -> Bin | None:
    value = series.values[metric].get(span[-1])
    calls = sum(series.minutes[minute].calls for minute in span if minute in series.minutes)
    if value is None or (series.minutes and calls < LEAST_CALLS):
        return None
    return Bin(value, calls)


def _of_version(minute: Minute, version: str) -> Minute | Arm | None:
    """The part of a minute that is of this version, or of none that is named."""
    one = minute.only()
    if one is not None:
        return minute if one in {"", version} else None
    return minute.apart().get(version)


def _pair(metric: Watched, held: Minute | Arm) -> tuple[float, float]:
    """Numerator and denominator."""
    if isinstance(held, Minute):
        return parts(metric, held, 1)
    match metric:
        case "error-rate":
            return held.errors, held.calls
        case "escalation-rate":
            return held.escalations, held.calls
        case _:
            return held.cost, held.costed


def _timed(taken: list[Minute | Arm]) -> Bin | None:
    n = sum(held.timed for held in taken)
    if n < LEAST_TIMED:
        return None
    places: dict[int, int] = {}
    for held in taken:
        for place, count in pairs(held.latency):
            places[place] = places.get(place, 0) + count
    value = quantile(places, 95)
    return None if value is None else Bin(value, n)
