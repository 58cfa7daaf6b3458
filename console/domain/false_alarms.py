"""Thresholds that are finer than the volume, and the false alarms to expect of them in 48 hours.

A rate over a rolling window is looked at every minute, and neighbouring looks share most of their
calls: neither 2,880 independent looks nor 48 independent hours are right. So it is played through:
the arrivals are the log's own, each call fails by itself with the supposed true rate, and the alert
lives as it does in the console (it fires at once, and resolves after 5 minutes within its limit).
The draws come from a fixed seed: the same log gives the same answer. Calls of one outage fail
together, so that real false alarms come in fewer and longer stretches.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from math import log, sqrt
from operator import sub

import msgspec

from console.domain.alerts import CALM_S

WATCHED_MIN = 2880
LONGEST_MIN = 1440
"""No window of `warroom.toml` or of a variant is longer."""
RUNS = 24
_SEED = 48
_MANY = 25.0  # as many failures a minute, and as many successes: nearly a normal distribution
_CALM_MIN = int(CALM_S) // 60


class Threshold(msgspec.Struct, frozen=True):
    """A limit on the share of calls that are bad, over the last `window` minutes.

    `limit` is in the metric's own unit. A percentile is one too: p95 is over its limit when more
    than 5 % of the calls are slower, so `share` (0 to 1) is what is compared, and `p95` says that
    whole calls are counted as the nearest-rank percentile does. A breach counts from `least` calls
    on, once it lasts `lasting` minutes.
    """

    name: str
    metric: str
    limit: float
    share: float
    window: int
    p95: bool = False
    least: int = 1
    lasting: int = 0

    def allowed(self, calls: int) -> int:
        """How many of `calls` may be bad without breaking it; all where they are too few to say."""
        if calls < self.least:
            return calls
        if self.p95:
            return calls - (95 * calls + 99) // 100
        most = int(self.share * calls)
        return most + 1 if (most + 1) / calls <= self.share else most


class Expectation(msgspec.Struct, frozen=True):
    """What to expect of a threshold at a log's volume.

    `calls` are those of a usual window, the median of those with any; one of them changes the
    share by `step`, 0 to 1. `needed` bad calls in such a window break the limit. `own_rate` is the
    log's own share of bad calls. `false_alarms` are the mean in 48 h if the true rate is
    `assumed`: the log's own, or half of what is allowed where that is more than allowed or nothing.
    """

    threshold: Threshold
    calls: int
    needed: int
    own_rate: float | None
    assumed: float
    false_alarms: float

    @property
    def step(self) -> float:
        """What one call changes the share by."""
        return 1 / self.calls

    @property
    def silent(self) -> bool:
        """Whether a usual window has too few calls for it to hold at all."""
        return self.calls < self.threshold.least

    @property
    def beyond(self) -> bool:
        """Whether the log's own share of bad calls is as much as is allowed, or more."""
        return self.own_rate is not None and self.own_rate >= self.threshold.share

    @property
    def finer(self) -> bool:
        """Whether one bad call alone breaks the limit: the volume cannot resolve it."""
        return self.needed <= 1


class Replay:
    """Plays thresholds through on the arrivals of one log, the calls of each minute."""

    def __init__(self, arrivals: Sequence[int]) -> None:
        """What is drawn for one threshold is kept for the others, whatever their windows."""
        self._arrivals = arrivals
        self._usual: dict[int, int | None] = {}
        self._calls: dict[int, list[int]] = {}
        self._bad: dict[tuple[int, float], list[int]] = {}

    def expectation(self, threshold: Threshold, own_rate: float | None) -> Expectation | None:
        """What to expect where `own_rate` of the calls are bad; None of a log without calls."""
        if threshold.window not in self._usual:
            self._usual[threshold.window] = _usual(self._arrivals, threshold.window)
        usual = self._usual[threshold.window]
        if usual is None:
            return None
        assumed = own_rate if own_rate and own_rate < threshold.share else threshold.share / 2
        runs = [self._alerts(threshold, assumed, number) for number in range(RUNS)]
        return Expectation(
            threshold=threshold,
            calls=usual,
            needed=threshold.allowed(usual) + 1,
            own_rate=own_rate,
            assumed=assumed,
            false_alarms=sum(runs) / RUNS,
        )

    def _alerts(self, threshold: Threshold, rate: float, run: int) -> int:
        """The alerts of 48 hours, once; the windows are full from the start."""
        if run not in self._calls:
            self._calls[run] = _summed(self._stretch(run))
        if (run, rate) not in self._bad:
            draw = random.Random(_SEED + run)  # noqa: S311 - repeatable, and no secret
            self._bad[run, rate] = _summed(_drawn(self._stretch(run), rate, draw))
        window = threshold.window
        calls, bad = _windows(self._calls[run], window), _windows(self._bad[run, rate], window)
        allowed = {n: threshold.allowed(n) for n in set(calls)}
        broken = [failed > allowed[n] for failed, n in zip(bad, calls, strict=True)]
        return _lives(broken, threshold.lasting)

    def _stretch(self, run: int) -> list[int]:
        """The arrivals of the longest window and of 48 hours; a shorter log is repeated."""
        whole = len(self._arrivals)
        start = run * whole // RUNS
        return [self._arrivals[(start + i) % whole] for i in range(LONGEST_MIN + WATCHED_MIN)]


def _usual(arrivals: Sequence[int], window: int) -> int | None:
    """The calls of a usual window; None of a log without calls."""
    sums = _rolling(arrivals, window)
    full = sums[window - 1 :] or sums  # a log shorter than the window has none
    some = sorted(calls for calls in full if calls)
    return some[len(some) // 2] if some else None


def _summed(counts: Sequence[int]) -> list[int]:
    return list(accumulate(counts, initial=0))


def _windows(sums: list[int], window: int) -> list[int]:
    """The counts of the window before each minute of the last 48 hours that `sums` add up."""
    first = LONGEST_MIN + 1
    return list(map(sub, sums[first:], sums[first - window :]))


def _rolling(counts: Sequence[int], window: int) -> list[int]:
    """The sums of the `window` entries before each place, from the first on."""
    sums = list(accumulate(counts, initial=0))
    return [sums[i] - sums[max(0, i - window)] for i in range(1, len(sums))]


def _drawn(calls: Sequence[int], rate: float, draw: random.Random) -> list[int]:
    """How many of each minute's calls are bad."""
    if rate <= 0:
        return [0] * len(calls)
    if rate * (sum(calls) / len(calls)) > _MANY:
        spread = rate * (1 - rate)
        return [
            min(n, max(0, round(draw.gauss(n * rate, sqrt(n * spread))))) if n else 0 for n in calls
        ]
    bad = [0] * len(calls)
    # From one bad call to the next: far fewer draws than calls.
    per = log(1 - rate)
    ends = list(accumulate(calls))
    minute, at = 0, -1
    while True:
        at += 1 + int(log(1.0 - draw.random()) / per)
        while minute < len(ends) and ends[minute] <= at:
            minute += 1
        if minute == len(ends):
            return bad
        bad[minute] += 1


def _lives(broken: Sequence[bool], lasting: int) -> int:
    """How many alerts such minutes are: a breach within 5 calm minutes is the same alert."""
    fired, minute, end = 0, 0, len(broken)
    while minute < end:
        try:
            minute = broken.index(True, minute)
        except ValueError:
            break
        calm = _first_calm(broken, minute, 1)
        if lasting and calm - minute <= lasting:
            minute = calm
            continue
        fired += 1
        minute = _first_calm(broken, calm, _CALM_MIN + 1)
    return fired


def _first_calm(broken: Sequence[bool], start: int, minutes: int) -> int:
    """The end of the first stretch of so many minutes within the limit."""
    calm = 0
    for minute in range(start, len(broken)):
        calm = 0 if broken[minute] else calm + 1
        if calm == minutes:
            return minute + (minutes > 1)
    return len(broken)
