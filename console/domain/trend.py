"""Whether values in a row drift: slope, test and range, robust and wary of memory.

The slope is Theil and Sen's, the test Mann and Kendall's. Both would be fooled by values that
remember the ones before (28 % false alarms where each keeps 0.6 of the last), so the values are
prewhitened first: what each takes over from the one before is removed, measured without the trend
(Yue and Wang), and where more memory is left than one step explains, test and range are widened for
it (Hamed and Rao). Pure arithmetic, a few milliseconds for a hundred values.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import floor, isfinite, sqrt
from statistics import NormalDist, median

import msgspec

LEAST = 20
MOST_MEMORY = 0.95
LAGS = 12

Point = tuple[float, float]
"""A time in hours and the value there."""
Row = Sequence[float | None]
"""Values at even steps; None where there is none."""


class Kendall(msgspec.Struct, frozen=True):
    """Mann and Kendall's sum over all pairs (+1 for a later value that is greater) and its variance
    where the order means nothing; ties are counted out."""

    s: int
    variance: float

    def z(self, widened: float = 1.0) -> float:
        """Standard deviations above what chance gives, with the step of one sum taken off."""
        if not self.variance > 0 or not self.s:
            return 0.0
        off = self.s - 1 if self.s > 0 else self.s + 1
        return off / sqrt(self.variance * widened)


class Trend(msgspec.Struct, frozen=True):
    """A line through values: `slope` per hour, at least `low` and at most `high` with 95 %.

    `p` is the chance that values without a trend rise so much (one-sided), `level` is where the
    line ends, `n` are the values behind it, `memory` what each takes over from the one before (0 to
    1) and `widened` the factor of the variance for what is remembered beyond that.
    """

    slope: float
    low: float
    high: float
    p: float
    level: float
    n: int
    memory: float
    widened: float

    @property
    def z(self) -> float:
        """The same as `p` in standard deviations."""
        return -NormalDist().inv_cdf(min(max(self.p, 1e-300), 1 - 1e-16))


def kendall(values: Sequence[float]) -> Kendall:
    """The test's sum over `values` in the order of time; all must be finite."""
    s, seen = 0, list[float]()
    for value in values:
        s += bisect_left(seen, value) - (len(seen) - bisect_right(seen, value))
        insort(seen, value)
    n = len(seen)
    tied = sum(t * (t - 1) * (2 * t + 5) for t in Counter(seen).values() if t > 1)
    return Kendall(s, (n * (n - 1) * (2 * n + 5) - tied) / 18)


def slopes(points: Sequence[Point]) -> list[float]:
    """The slopes between all pairs of points at different times, rising."""
    found = [
        (later - value) / (at - since)
        for number, (since, value) in enumerate(points)
        for at, later in points[number + 1 :]
        if at > since
    ]
    found.sort()
    return found


def theil_sen(points: Sequence[Point]) -> float:
    """The median of the slopes between all pairs of points; 0 where there is no pair."""
    found = slopes(points)
    return median(found) if found else 0.0


def remembered(row: Row, lags: int) -> list[float]:
    """How values at even steps go with those 1, 2 ... `lags` steps before: -1 to 1; 0 of none."""
    there = [value for value in row if value is not None]
    spread = sum(value * value for value in there) / len(there) if there else 0.0
    found = []
    for lag in range(1, lags + 1):
        both = [
            value * before
            for value, before in zip(row[lag:], row, strict=False)
            if value is not None and before is not None
        ]
        found.append(sum(both) / len(both) / spread if both and spread > 0 else 0.0)
    return found


def find_trend(points: Sequence[Point], step: float, before: Row = ()) -> Trend | None:
    """The trend of `points` (rising times, `step` hours apart but for gaps); None of too few.

    `before` is what the same metric did earlier, about nothing, at the same steps: of how it
    wanders then follows how much a rise means now. Values that are no numbers are left out.
    """
    points = [(at, value) for at, value in points if isfinite(value)]
    if len(points) < LEAST:
        return None
    line = theil_sen(points)
    off = median(value - line * at for at, value in points)
    rest = _row([(at, value - line * at - off) for at, value in points], step)
    pool = [*before, *[None] * LAGS, *rest] if before else rest
    memory = _memory(pool, len(points))
    widened = _widened(pool, memory, len(points))
    white = _prewhitened(points, step, memory)
    rises = slopes(white)
    if not rises:
        return None
    held = kendall([value for _, value in white])
    reach = NormalDist().inv_cdf(0.975) * sqrt(held.variance * widened) / 2
    slope = median(rises)
    # Of the slopes those are left out that the test's sum would have to be far off for.
    low = rises[max(0, floor(len(rises) / 2 - reach))]
    high = rises[min(len(rises) - 1, floor(len(rises) / 2 + reach))]
    level = median(value - slope * at for at, value in points) + slope * points[-1][0]
    p = 1 - NormalDist().cdf(held.z(widened)) if held.z(widened) < 8 else 0.0
    return Trend(slope, low, high, p, level, len(points), memory, widened)


def may_rise(values: Sequence[float], z: float) -> bool:
    """Whether values rise by at least `z`, were they free of memory: what a cheap look tells.

    Memory only makes a rise mean less, so what fails this fails `find_trend` too, all but always.
    """
    return len(values) >= LEAST and kendall(values).z() >= z


def _row(points: Sequence[Point], step: float) -> list[float | None]:
    """Points as values at even steps."""
    first = points[0][0]
    row: list[float | None] = [None] * (round((points[-1][0] - first) / step) + 1)
    for at, value in points:
        row[round((at - first) / step)] = value
    return row


def _memory(pool: Row, n: int) -> float:
    """What a value takes over from the one before, 0 to 1, of residuals about a line.

    A line fitted to few values follows them, and makes them look freer of memory than they are.
    """
    (seen,) = remembered(pool, 1)
    known = sum(value is not None for value in pool)
    return min(max(seen + (1 + 4 * seen) / n * (n / known), 0.0), MOST_MEMORY)


def _widened(pool: Row, memory: float, n: int) -> float:
    """By what the variance grows for what is remembered beyond one step; never less than 1."""
    white = [
        None if value is None or before is None else value - memory * before
        for value, before in zip(pool[1:], pool, strict=False)
    ]
    rest = remembered(white, LAGS)
    return max(1.0, 1 + 2 * sum(left * (1 - lag / n) for lag, left in enumerate(rest, 1)))


def _prewhitened(points: Sequence[Point], step: float, memory: float) -> list[Point]:
    """Each point without what it takes over from the one before; a line keeps its slope."""
    found = []
    for (since, before), (at, value) in pairwise(points):
        kept = memory ** max(1, round((at - since) / step))
        found.append(((at - kept * since) / (1 - kept), (value - kept * before) / (1 - kept)))
    return found
