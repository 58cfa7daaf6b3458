"""A mergeable latency histogram: places on a logarithmic scale from 1 ms to 24 h, with counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from math import exp, log

FLOOR_S = 0.001
CEILING_S = 86_400.0
# A place spans 1.8 %, so its middle is at most 0.9 % from any latency in it.
_PER_LOG = 1.0 / log(1.018)
_OFFSET = -log(FLOOR_S) * _PER_LOG
_TOP = int(log(CEILING_S) * _PER_LOG + _OFFSET)
_MIDDLE = tuple(FLOOR_S * exp(i / _PER_LOG) * 2.036 / 2.018 for i in range(_TOP + 1))


def places_of(latencies_s: Sequence[float]) -> list[int]:
    """The place of each latency; what is beyond the range counts as its end."""
    low, high, per_log, offset, ln = FLOOR_S, CEILING_S, _PER_LOG, _OFFSET, log
    if latencies_s and (min(latencies_s) <= low or max(latencies_s) > high):
        latencies_s = [min(max(s, low), high) for s in latencies_s]
    return [int(ln(s) * per_log + offset) for s in latencies_s]


def histogram(times: Iterable[tuple[float, int]]) -> list[int]:
    """What `Minute.latency` holds for latencies in seconds, each with its count."""
    counts: Counter[int] = Counter()
    for latency_s, count in times:
        counts[places_of([latency_s])[0]] += count
    return flat(counts)


def flat(counts: Mapping[int, int]) -> list[int]:
    """Place, count, place, count, with rising places."""
    return list(chain.from_iterable(sorted(counts.items())))


def pairs(latency: list[int]) -> Iterator[tuple[int, int]]:
    """The places and counts of a flat histogram."""
    numbers = iter(latency)
    return zip(numbers, numbers, strict=True)


def fits(latency: Sequence[int]) -> bool:
    """Whether it is a flat histogram: places of the scale, rising, each with a count."""
    places, counts = latency[::2], latency[1::2]
    within = not places or 0 <= places[0] <= places[-1] <= _TOP
    rising = all(one < other for one, other in pairwise(places))
    return len(places) == len(counts) and within and rising and all(n > 0 for n in counts)


def place_middle(place: int) -> float:
    """The latency in seconds that stands for a place, within 1 % of any in it."""
    return _MIDDLE[place]


def quantile(places: Mapping[int, int], percent: int) -> float | None:
    """The nearest-rank quantile in seconds, within 1 % of the exact one; None of nothing."""
    rank = _rank(percent, sum(places.values()))
    below = 0
    for place in sorted(places):
        below += places[place]
        if below >= rank:
            return _MIDDLE[place]
    return None


def _rank(percent: int, n: int) -> int:
    return (percent * n + 99) // 100


class RunningQuantile:
    """A quantile that follows as minutes come and go, moving its place by a few."""

    def __init__(self, percent: int) -> None:
        """Start with nothing."""
        self._percent = percent
        self._counts = [0] * (_TOP + 1)
        self._n = self._place = self._below = 0

    def change(self, latency: list[int], sign: int) -> None:
        """Put a flat histogram in (`sign` 1) or take it out again (-1)."""
        for place, count in pairs(latency):
            self._counts[place] += sign * count
            self._n += sign * count
            if place < self._place:
                self._below += sign * count

    def value(self) -> float | None:
        """As `quantile`."""
        if not self._n:
            return None
        rank = _rank(self._percent, self._n)
        while self._below >= rank:
            self._place -= 1
            self._below -= self._counts[self._place]
        while self._below + self._counts[self._place] < rank:
            self._below += self._counts[self._place]
            self._place += 1
        return _MIDDLE[self._place]
