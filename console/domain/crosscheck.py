"""Two sources of one metric held against each other (`check` in `[metrics.ID]`).

They disagree if they differ by more than a floor and by more than chance explains, over the same
minutes. Calls may be logged when they begin and counted when they end: what is explained if one
source runs up to `SHIFTS_MIN` behind the other is no disagreement either.

What chance explains depends on the metric. Rates: Fisher's exact test, as if either source had seen
other calls. Traffic: two Poisson counts. Money, of which no spread is known: how much the sources
differ from minute to minute. The p95: the ranks between which it may lie. Safety flags: nothing; a
source that lacks one has missed it.
"""

from collections.abc import Mapping
from math import exp, inf, lgamma, sqrt

import msgspec

from config.guide import MetricId
from config.limits import rule_of
from console.domain.extra_rules import Points, said, seen_by
from console.domain.histogram import place_middle
from console.domain.minutes import parts
from console.domain.readings import ENOUGH, QUIET_MIN, Freshness, Reading, Verdict, last_end
from console.domain.series import Series

PREFIX = "cross-check:"
FOR_S = 300
SHIFTS_MIN = 2
LEAST_MINUTES = 15
CHANCE = 0.001  # that sources which agree are called otherwise, at one look
_Z = 3.29  # the same in standard deviations
_MONEYS_Z = 4.5  # costs have long tails: 3.29 called samples of a source otherwise every 64 h
_RELATIVE = 0.1
_STORES_P95 = 0.5  # what a store says of a quantile is as coarse as its buckets
_WHOLE = 0.95
_FLOORS: Mapping[str, float] = {
    "error-rate": 0.002,
    "escalation-rate": 0.01,
    "latency-p95": 0.1,
    "safety-flags": 0.5,
}
# Of each minute that both told: the first source's numerator and denominator, and the second's.
_Both = list[tuple[tuple[float, float], tuple[float, float]]]


class Side(msgspec.Struct, frozen=True):
    """One of the two sources."""

    feed: str
    series: Series


class _Pair(msgspec.Struct, frozen=True):
    """What the two say of the same minutes; `short` says why that cannot be compared, if so.

    `beyond` is the difference from which on it counts.
    """

    first: float = 0.0
    second: float = 0.0
    n: int = 0
    beyond: float = 0.0
    by_chance: bool = False
    short: str = ""

    @property
    def apart(self) -> float:
        return abs(self.first - self.second)

    @property
    def differ(self) -> bool:
        return not self.short and self.apart > self.beyond


def read_check(
    metric: MetricId, sides: tuple[Side, Side], feeds: tuple[Freshness, Freshness], now: float
) -> Reading:
    """What comparing both says at `now`; the reading's metric is `cross-check:ID`.

    Its value is the difference and its limit the least that counts, in the metric's unit. A source
    that is silent is no agreement: then it has no value, and neither fires nor resolves.
    """
    held = tuple(zip(sides, feeds, strict=True))
    end = min(last_end(side.series, fresh, now) for side, fresh in held)
    (compared,) = check_points(metric, *sides)(range(end, end + 1))
    for side, fresh in held:
        seen = seen_by(side.series, fresh, end, lambda _: [compared])
        if seen.verdict in {"stale", "down"}:
            why = f"not checked: feed {side.feed} is {seen.verdict}, {seen.why}"
            return msgspec.structs.replace(seen, why=why)
    return msgspec.structs.replace(compared, age_s=max(fresh.age_s or 0.0 for fresh in feeds))


def check_points(metric: MetricId, first: Side, second: Side) -> Points:
    """The comparison at each of a range of end minutes (step 1), as if both feeds were live."""

    def points(ends: range) -> list[Reading]:
        compare = _Comparison(metric, first, second, ends)
        return [_judge(metric, first.feed, second.feed, compare.at(end)) for end in ends]

    return points


def _judge(metric: MetricId, first: str, second: str, pairs: list[_Pair]) -> Reading:
    """Disagreement only where no shift in time explains it. The first pair has none."""
    straight, rule = pairs[0], rule_of(metric)
    name = metric.replace("-", " ")
    told = f"{first} {said(metric, straight.first)}, {second} {said(metric, straight.second)}"
    verdict: Verdict = "ok"
    if straight.short:
        verdict, why = "too-few", f"not checked: {straight.short}"
    elif not straight.differ:
        why = f"sources agree on {name}: {told}"
    elif straight.by_chance:
        why = f"{name}: {told}, which chance explains"
    elif not all(pair.differ for pair in pairs if not pair.short):
        why = f"{name}: {told}; one runs behind, it seems"
    else:
        verdict, why = "breach", f"sources disagree on {name}: {told}"
    return Reading(
        f"{PREFIX}{metric}",
        verdict,
        None if straight.short else straight.apart,
        rule.unit,
        straight.beyond,
        rule.window_s,
        straight.n,
        None,
        first,
        why,
        for_s=FOR_S,
        severity="ticket",
        recipients=rule.recipients,
    )


class _Told:
    """What one source told, minute by minute: numerator and denominator; absent where unknown."""

    def __init__(self, metric: MetricId, side: Side, numbers: range) -> None:
        self.metric, self.feed, self.series = metric, side.feed, side.series
        self.own = side.series.values.get(metric)
        read = {"latency-p95": "traffic", "spend-rate": "cost-per-call"}.get(metric, metric)
        self.minutes: dict[int, tuple[float, float]] = {}
        for number in numbers:
            if side.series.covers(number):
                minute = side.series.minutes.get(number)
                self.minutes[number] = (0.0, 0.0) if minute is None else parts(read, minute, 1)

    def figure(self, end: int) -> float | None:
        """What the store itself says at `end`, if it does."""
        if self.own is None:
            return None
        recent = (self.own.get(number) for number in range(end - 1, end - 1 - QUIET_MIN, -1))
        return next((value for value in recent if value is not None), None)


class _Comparison:
    """Both sources over windows that end at each of `ends`."""

    def __init__(self, metric: MetricId, first: Side, second: Side, ends: range) -> None:
        self._metric = metric
        self._window = rule_of(metric).window_s // 60
        numbers = range(ends.start - self._window - SHIFTS_MIN, ends.stop - 1)
        self._first = _Told(metric, first, numbers)
        self._second = _Told(metric, second, numbers)

    def at(self, end: int) -> list[_Pair]:
        """Without a shift, then with either source moved back."""
        straight = self._pair(end, end)
        if not straight.differ or straight.by_chance:
            return [straight]
        back = range(end - 1, end - 1 - SHIFTS_MIN, -1)
        moved = [pair for one in back for pair in (self._pair(one, end), self._pair(end, one))]
        return [straight, *moved]

    def _pair(self, end: int, other: int) -> _Pair:
        """The window before `end` of the first source, that before `other` of the second."""
        one, two = self._first.minutes, self._second.minutes
        both = [
            (one[end - ago], two[other - ago])
            for ago in range(1, self._window + 1)
            if end - ago in one and other - ago in two
        ]
        least = LEAST_MINUTES
        figures = self._first.figure(end), self._second.figure(other)
        if figures != (None, None) or self._metric == "latency-p95":
            least = int(self._window * _WHOLE)
        if len(both) < least:
            return _Pair(short=f"both told only {len(both)} of the same {self._window} min")
        if self._metric == "latency-p95":
            return self._p95(end, other, figures, both)
        if figures != (None, None):
            feed = self._first.feed if figures[0] is not None else self._second.feed
            return _Pair(short=f"feed {feed} tells a figure of its own, not what it is made of")
        return self._traffic(both) if self._metric == "traffic" else self._shares(both)

    def _traffic(self, both: _Both) -> _Pair:
        calls, calls2 = sum(a[0] for a, _ in both), sum(b[0] for _, b in both)
        n, hourly = round(max(calls, calls2)), 60 / len(both)
        by_chance = abs(calls - calls2) <= _Z * sqrt(calls + calls2)
        short = "" if n >= ENOUGH else f"{n} calls, at least {ENOUGH} needed"
        return self._made(calls * hourly, calls2 * hourly, n, by_chance, short)

    def _shares(self, both: _Both) -> _Pair:
        """Of what is counted among calls that tell it."""
        up, down, up2, down2 = _added(both)
        metric, n = self._metric, round(min(down, down2))
        if n < ENOUGH:
            feed = self._first.feed if down <= down2 else self._second.feed
            return _Pair(short=_few(n, feed), n=n)
        if metric == "safety-flags":
            return self._made(float(round(up)), float(round(up2)), n, False)
        if metric == "spend-rate":
            hourly = 60 / len(both)
            minutes = [((a[0], 1.0), (b[0], 1.0)) for a, b in both]
            return self._made(up * hourly, up2 * hourly, n, scattered(minutes))
        if metric == "cost-per-call":
            by_chance = scattered(both)
        else:
            by_chance = same_share(round(up), round(down), round(up2), round(down2))
        return self._made(up / down, up2 / down2, n, by_chance)

    def _p95(
        self,
        end: int,
        other: int,
        figures: tuple[float | None, float | None],
        both: _Both,
    ) -> _Pair:
        values, counts, spreads = list(figures), list[int](), list[dict[int, int]]()
        for place, (told, at) in enumerate(((self._first, end), (self._second, other))):
            totals = told.series.window(at, self._window)
            own = told.own is not None
            counts.append(round(sum(pair[place][0] for pair in both)) if own else totals.timed)
            spreads.append({} if own else totals.places)
            if not own:
                values[place] = totals.p95
            if counts[-1] < ENOUGH:
                return _Pair(short=_few(counts[-1], told.feed), n=counts[-1])
        first, second = values
        if first is None or second is None:
            feed = self._first.feed if first is None else self._second.feed
            return _Pair(short=f"feed {feed} tells none")
        if not any(spreads):
            return _Pair(short="neither source tells how long single calls took")
        off = sqrt(sum(0.95 * 0.05 / count for count in counts)) * _Z
        spread, against = (spreads[0], second) if spreads[0] else (spreads[1], first)
        low, high = _between(spread, 0.95 - off, 0.95 + off)
        relative = _RELATIVE if all(spreads) else _STORES_P95
        return self._made(first, second, min(counts), low <= against <= high, "", relative)

    def _made(
        self,
        first: float,
        second: float,
        n: int,
        by_chance: bool,
        short: str = "",
        relative: float = _RELATIVE,
    ) -> _Pair:
        beyond = max(relative * max(abs(first), abs(second)), _FLOORS.get(self._metric, 0.0))
        return _Pair(first, second, n, beyond, by_chance, short)


def same_share(hits: int, n: int, hits2: int, n2: int) -> bool:
    """Whether chance explains that `hits` of `n` and `hits2` of `n2` differ: Fisher's exact test.

    One tail of the hypergeometric distribution, against half of `CHANCE`.
    """
    hits, hits2 = min(hits, n), min(hits2, n2)
    if hits * n2 < hits2 * n:
        hits, n, hits2, n2 = hits2, n2, hits, n
    every = hits + hits2
    missed = n2 - every
    term = exp(_log_choose(n, hits) + _log_choose(n2, hits2) - _log_choose(n + n2, every))
    tail = term
    for more in range(hits, min(every, n)):
        term *= (every - more) * (n - more) / ((more + 1) * (missed + more + 1))
        tail += term
        if tail > CHANCE / 2 or term <= tail * 1e-9:
            break
    return tail > CHANCE / 2


def _added(both: _Both) -> tuple[float, float, float, float]:
    return (
        sum(a[0] for a, _ in both),
        sum(a[1] for a, _ in both),
        sum(b[0] for _, b in both),
        sum(b[1] for _, b in both),
    )


def _few(n: int, feed: str) -> str:
    return f"{n} calls of feed {feed} tell it, at least {ENOUGH} needed"


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def scattered(both: _Both) -> bool:
    """Whether two ratios differ no more than they do from minute to minute."""
    up, down, up2, down2 = _added(both)
    ratio, ratio2 = up / down, up2 / down2
    off = [
        (a[0] - ratio * a[1]) / down - (b[0] - ratio2 * b[1]) / down2 for a, b in both
    ]  # they add up to 0
    error = sqrt(sum(one * one for one in off) * len(off) / (len(off) - 1))
    return abs(ratio - ratio2) <= _MONEYS_Z * error


def _between(places: Mapping[int, int], low: float, high: float) -> tuple[float, float]:
    """The latencies in seconds of two ranks, 0 to 1; beyond these anything is possible."""
    n, reached = sum(places.values()), 0
    first, last = 0.0, inf
    for place in sorted(places):
        below, reached = reached, reached + places[place]
        if below < low * n <= reached:
            first = place_middle(place)
        if below < high * n <= reached:
            last = place_middle(place)
    return first, last
