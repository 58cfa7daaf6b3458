"""Whether a metric drifts towards its limit without having crossed it (Guide 6.3, third signal).

What is looked at are half hours of the running attempt, 12 to 48 of its last hours. A day has its
shape, so each half hour is first held against the same time of day of earlier days of the same
version: their median, day by day without the day's own level. Then the trend is judged as `trend`
does, by a bar that makes up for looking every hour: over a whole window of 48 looks, and all four
metrics, a healthy agent is warned of in under 5 % of windows (`tests/domain/test_drift_rates.py`
measures it). A young attempt must clear a higher bar, and so must one with a single earlier day;
without any, the look waits. Two looks, an hour apart, must agree.
"""

from collections.abc import Iterable, Sequence
from math import isfinite, sqrt
from statistics import median
from typing import Literal

import msgspec

from console.domain.bins import BIN_MIN, Bins
from console.domain.trend import LAGS, Trend, find_trend, may_rise

LEAST_H, MOST_H = 12, 48
HISTORY_DAYS = 7
HORIZON_H = 72.0
MATERIAL = 0.05
"""The rise so far must be this share of the limit: a point and a quarter of 25 %."""
BAR = 2.9
"""Standard deviations, at `BAR_H` hours and more; below it grows, to 3.8 at 12 h."""
BAR_H = 36.0
ONE_DAY = 1.25
"""With one earlier day nothing tells how days differ: the bar is higher by this."""
STAYS = 1.64
"""A warning stays while as much of the trend is left."""
STAYS_HORIZON_H = 1.5 * HORIZON_H

Verdict = Literal["drifts", "steady", "waits"]


class Drift(msgspec.Struct, frozen=True):
    """What a look says of one metric at `at`; times are unix seconds.

    `points` are the half hours (time of their middle, value), `plain` the same without the day's
    shape. `value` is where the trend's line ends, without it too. It crosses `limit` at `crosses`,
    with 95 % between `crosses_from` and `crosses_to`, None where that has no end. All but `points`
    are empty where nothing is judged.
    """

    verdict: Verdict
    why: str
    at: float
    limit: float
    points: tuple[tuple[float, float], ...] = ()
    plain: tuple[tuple[float, float], ...] = ()
    trend: Trend | None = None
    since: float = 0.0
    crosses: float | None = None
    crosses_from: float | None = None
    crosses_to: float | None = None

    @property
    def value(self) -> float:
        """Where the line is now; NaN without one."""
        return float("nan") if self.trend is None else self.trend.level


class _Days(msgspec.Struct, frozen=True):
    """What earlier days tell: the shape by time of day, how many they are, and how they wander."""

    shape: dict[int, float]
    number: int
    wander: tuple[float | None, ...]


def look_for_drift(
    bins: Bins, first: int, start: int, end: int, limit: float, length: int = BIN_MIN
) -> Drift:
    """Judge the bins of `length` minutes from `start` (the attempt's) until before `end`.

    `first` is the first bin of the same version; between it and `start` are its earlier days.
    """
    at = end * length * 60.0
    begin = max(start, end - MOST_H * 60 // length)
    points = _points(bins, range(begin, end), length)
    hours = (end - begin) * length / 60
    if hours < LEAST_H:
        return Drift("waits", f"{hours:.0f} h old, {LEAST_H} are needed", at, limit, points)
    days = _days(bins, first, begin, length)
    if not days.number:
        return Drift("waits", "no earlier day of this version tells its shape", at, limit, points)
    per_day = 1440 // length
    plain = tuple(
        (when, value - days.shape[number])
        for when, value in points
        if (number := int(when // 60 // length) % per_day) in days.shape
    )
    bar = _bar(hours, days.number)
    if not may_rise([value for _, value in plain], STAYS):
        return Drift("steady", "it does not rise", at, limit, points, plain)
    trend = find_trend(
        [((when - at) / 3600, value) for when, value in plain], length / 60, days.wander
    )
    if trend is None or trend.slope <= 0:
        return Drift("steady", "it does not rise", at, limit, points, plain)
    return _judged(Drift("steady", "", at, limit, points, plain, trend, begin * length * 60.0), bar)


def _judged(drift: Drift, bar: float) -> Drift:
    """Hold a trend against the bar, the horizon, and what is worth a word."""
    trend = drift.trend
    if trend is None:
        return drift
    at = drift.at
    drift = msgspec.structs.replace(
        drift,
        crosses=at + _hours_to(drift.limit, trend.level, trend.slope) * 3600,
        crosses_from=at + _hours_to(drift.limit, trend.level, trend.high) * 3600,
        crosses_to=at + _hours_to(drift.limit, trend.level, trend.low) * 3600
        if trend.low > 0
        else None,
    )
    if trend.z < bar:
        why = f"it rises as chance may ({trend.z:.1f} of {bar:.1f} deviations)"
    elif (hours := _hours_to(drift.limit, trend.level, trend.slope)) > HORIZON_H:
        why = f"it rises, but needs {hours:.0f} h to the limit"
    elif trend.slope * (at - drift.since) / 3600 < MATERIAL * drift.limit:
        why = "it rises by too little to matter"
    else:
        return msgspec.structs.replace(drift, verdict="drifts", why="it rises towards its limit")
    return msgspec.structs.replace(drift, why=why)


def still_drifts(drift: Drift) -> bool:
    """Whether enough of a trend is left that a warning stays: less than was needed to raise it."""
    if drift.verdict != "steady":
        return True
    if drift.trend is None or drift.crosses is None or drift.trend.z < STAYS:
        return False
    return drift.crosses - drift.at <= STAYS_HORIZON_H * 3600


def _hours_to(limit: float, level: float, slope: float) -> float:
    return max(0.0, (limit - level) / slope)


def _bar(hours: float, days: int) -> float:
    grown: float = max(1.0, BAR_H / hours) ** 0.25
    return BAR * grown * (ONE_DAY if days == 1 else 1.0)


def _points(bins: Bins, numbers: range, length: int) -> tuple[tuple[float, float], ...]:
    """Times (unix seconds, the middle of a bin) and values of the bins that there are."""
    return tuple(
        ((number + 0.5) * length * 60, bins[number].value)
        for number in numbers
        if number in bins and isfinite(bins[number].value)
    )


def _days(bins: Bins, first: int, begin: int, length: int) -> _Days:
    """The whole days between `first` and `begin`, the latest `HISTORY_DAYS` of them."""
    per_day = 1440 // length
    found: list[list[tuple[int, float, float] | None]] = []
    for back in range(1, HISTORY_DAYS + 1):
        numbers = range(begin - back * per_day, begin - (back - 1) * per_day)
        if numbers.start < first:
            break
        known = [bins[n] for n in numbers if n in bins and isfinite(bins[n].value)]
        if len(known) * 2 < per_day:
            continue
        level = median(held.value for held in known)
        found.append(
            [
                (n % per_day, bins[n].value - level, bins[n].n)
                if n in bins and isfinite(bins[n].value)
                else None
                for n in numbers
            ]
        )
    shape = _shape([one for day in found for one in day if one is not None])
    now = median([bins[n].n for n in range(begin, begin + per_day) if n in bins] or [0.0])
    return _Days(shape, len(found), _wander(found, shape, now))


def _shape(told: Iterable[tuple[int, float, float]]) -> dict[int, float]:
    """The median by time of day; who has more calls weighs more."""
    by_time: dict[int, list[tuple[float, float]]] = {}
    for number, value, n in told:
        by_time.setdefault(number, []).append((value, max(n, 1.0)))
    return {number: _weighted_median(held) for number, held in by_time.items()}


def _weighted_median(values: list[tuple[float, float]]) -> float:
    values.sort()
    half, below = sum(weight for _, weight in values) / 2, 0.0
    for place, (value, weight) in enumerate(values):
        below += weight
        if below > half:
            return value
        if below == half:
            return (value + values[place + 1][0]) / 2
    return values[-1][0]


def _wander(
    days: Sequence[Sequence[tuple[int, float, float] | None]], shape: dict[int, float], calls: float
) -> tuple[float | None, ...]:
    """How earlier days left the shape, in the order of time; those of far fewer calls say nothing.

    The shape follows the days that it is made of: what is left of them is made up for.
    """
    if len(days) < 2:
        return ()
    up = sqrt(len(days) / (len(days) - 1))
    row: list[float | None] = []
    for day in reversed(days):
        busy = median([one[2] for one in day if one is not None]) * 2 >= calls
        row += [None if one is None or not busy else (one[1] - shape[one[0]]) * up for one in day]
        if not busy:
            row += [None] * LAGS
    return tuple(row)
