"""Calls become minutes: sums and a latency histogram for each minute of event time.

A minute is named by its number, unix seconds // 60. Windows are half-open: a window of 60 that
ends at minute 100 covers the minutes 40 to 99.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import msgspec

from console.domain.call import Call
from console.domain.histogram import RunningQuantile, flat, pairs, places_of, quantile

MOST_KINDS = 20
REST = "(others)"


class Minute(msgspec.Struct, gc=False, omit_defaults=True):
    """What happened in one minute. Counts may be fractions where a metric store estimated them.

    `aside` counts synthetic and control calls: they are in no other sum, but show that the feed
    lives. `costed`, `timed` and `tokened` are the calls that carry a cost, a latency and tokens.
    `latency` is the histogram as place, count, place, count, rising: a list of numbers is loaded
    and kept for half of what a dict costs. `blank` tells for "errors", "escalations" and "flags" of
    how many calls the source does not say it. `positive` and `negative` are what users thought of
    an answer. `cost_by` and `models` are cost and calls by model; `errors_by` and `escalations_by`
    count them by their reason. Of these four the `MOST_KINDS` largest of a minute are kept by name,
    the rest under `REST`.
    """

    calls: float = 0
    errors: float = 0
    escalations: float = 0
    flags: float = 0
    cost: float = 0.0
    costed: float = 0
    tokens_in: float = 0
    tokens_out: float = 0
    timed: int = 0
    aside: int = 0
    latency: list[int] = []
    versions: dict[str, int] = {}
    blank: dict[str, float] = {}
    positive: int = 0
    negative: int = 0
    cost_by: dict[str, float] = {}
    errors_by: dict[str, float] = {}
    escalations_by: dict[str, float] = {}
    tokened: float = 0
    models: dict[str, float] = {}

    def add_calls(self, calls: Sequence[Call]) -> None:
        """Count calls of this minute. One pass a field: several times faster than call by call."""
        counted = [call for call in calls if call.variant != "control" and not call.synthetic]
        self.aside += len(calls) - len(counted)
        self.calls += len(counted)
        self.errors += sum([1 for call in counted if call.error])
        self.escalations += sum([1 for call in counted if call.escalation])
        self.flags += sum([len(call.flags) for call in counted if call.flags])
        costs = [call.cost for call in counted if call.cost is not None]
        self.cost += sum(costs)
        self.costed += len(costs)
        self.tokens_in += sum([call.tokens_in for call in counted if call.tokens_in])
        self.tokens_out += sum([call.tokens_out for call in counted if call.tokens_out])
        self.tokened += sum(
            [1 for call in counted if not (call.tokens_in is call.tokens_out is None)]
        )
        times = [call.latency_s for call in counted if call.latency_s is not None]
        self.timed += len(times)
        self._add_latency(Counter(places_of(times)))
        for version, n in Counter([call.version for call in counted if call.version]).items():
            self.versions[version] = self.versions.get(version, 0) + n
        thought = Counter([call.feedback for call in counted if call.feedback])
        self.positive += thought["positive"]
        self.negative += thought["negative"]
        self.errors_by = _topped(self.errors_by, Counter([c.error for c in counted if c.error]))
        reasons = Counter([call.escalation for call in counted if call.escalation])
        self.escalations_by = _topped(self.escalations_by, reasons)
        spent: dict[str, float] = {}
        for call in counted:
            if call.cost is not None:
                spent[call.model] = spent.get(call.model, 0.0) + call.cost
        self.cost_by = _topped(self.cost_by, spent)
        self.models = _topped(self.models, Counter([c.model for c in counted if c.model]))

    def _add_latency(self, counts: Counter[int]) -> None:
        for place, count in pairs(self.latency):
            counts[place] += count
        self.latency = flat(counts)

    def merge(self, other: "Minute") -> None:
        """Add all of `other` to this."""
        self._add_sums(other)
        self._add_latency(Counter(dict(pairs(other.latency))))

    def _add_sums(self, other: "Minute") -> None:
        self.calls += other.calls
        self.errors += other.errors
        self.escalations += other.escalations
        self.flags += other.flags
        self.cost += other.cost
        self.costed += other.costed
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.timed += other.timed
        self.aside += other.aside
        for version, count in other.versions.items():
            self.versions[version] = self.versions.get(version, 0) + count
        for name, calls in other.blank.items():
            self.blank[name] = self.blank.get(name, 0) + calls
        self.positive += other.positive
        self.negative += other.negative
        self.cost_by = _topped(self.cost_by, other.cost_by)
        self.errors_by = _topped(self.errors_by, other.errors_by)
        self.escalations_by = _topped(self.escalations_by, other.escalations_by)
        self.tokened += other.tokened
        self.models = _topped(self.models, other.models)

    def known(self, name: str) -> float:
        """Of how many calls it is known whether they had an error, an escalation or a flag."""
        return self.calls - self.blank.get(name, 0)


def _topped(held: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
    """Both added up by name; the smallest of too many names go into `REST`."""
    if not more:
        return dict(held)
    both = dict(held)
    for name, amount in more.items():
        both[name] = both.get(name, 0) + amount
    if len(both) > MOST_KINDS + 1:
        rest = both.pop(REST, 0)
        names = sorted(both, key=lambda name: (-both[name], name))
        rest += sum(both.pop(name) for name in names[MOST_KINDS:])
        both[REST] = rest
    return both


class Totals(Minute, gc=False, omit_defaults=True):
    """The sums over a window. `covered` is the number of its minutes that the record knows.

    The histogram is in `places`, bucket to count, and `latency` is not used.
    """

    covered: int = 0
    places: dict[int, int] = {}

    def merge(self, other: Minute) -> None:
        """Add all of `other` to this."""
        self._add_sums(other)
        places = self.places
        for place, count in pairs(other.latency):
            places[place] = places.get(place, 0) + count

    def value(self, metric: str) -> float | None:
        """A metric over the window: ratios 0 to 1, seconds, money, per hour; None without data."""
        if metric == "latency-p95":
            return self.p95
        return _value(metric, *_parts(metric, self, self.covered))

    @property
    def error_rate(self) -> float | None:
        """Errors as a share of calls, 0 to 1."""
        return self.value("error-rate")

    @property
    def escalation_rate(self) -> float | None:
        """Escalations as a share of calls, 0 to 1."""
        return self.value("escalation-rate")

    @property
    def cost_per_call(self) -> float | None:
        """Mean cost of the calls that carry one."""
        return self.value("cost-per-call")

    @property
    def p95(self) -> float | None:
        """Seconds, within 1 % of the exact nearest-rank 95th percentile (from 1 ms to 24 h)."""
        return self.quantile(95)

    def quantile(self, percent: int) -> float | None:
        """The nearest-rank latency in seconds; None without timed calls."""
        return quantile(self.places, percent)


def _parts(metric: str, bucket: Minute, covered: float) -> tuple[float, float]:
    """A metric as numerator and denominator: both add up over the minutes of a window."""
    match metric:
        case "error-rate":
            pair = bucket.errors, bucket.known("errors")
        case "escalation-rate":
            pair = bucket.escalations, bucket.known("escalations")
        case "safety-flags":
            pair = bucket.flags, bucket.known("flags")
        case "cost-per-call":
            pair = bucket.cost, bucket.costed
        case "spend-rate":
            pair = bucket.cost, covered
        case "traffic":
            pair = bucket.calls, covered
        case "tokens-per-call":
            pair = bucket.tokens_in + bucket.tokens_out, bucket.tokened
        case "feedback-negative-rate":
            pair = bucket.negative, bucket.positive + bucket.negative
        case _:
            raise ValueError(f"{metric} is not read from minutes")
    return pair


def _value(metric: str, above: float, below: float) -> float | None:
    if not below > 0:
        return None
    if metric == "safety-flags":
        return float(above)
    return max(0.0, above / below) * (60 if metric in {"spend-rate", "traffic"} else 1)


_NOTHING = Minute()


class Series(msgspec.Struct):
    """The minutes of one feed, and the values that a metric store gave by itself.

    `values` holds metric id -> minute -> value. `absent_is_zero`: in a log that was read, a minute
    without a line had no call; in a metric store a minute without a sample is unknown. `gaps` are
    the stretches (first minute, minute after the last) that a log lost before it was read: there
    too a minute without a line is unknown. A `Minute` in a series is replaced, never changed, so
    another thread may read while one adds.
    """

    minutes: dict[int, Minute] = {}
    values: dict[str, dict[int, float]] = {}
    absent_is_zero: bool = True
    gaps: tuple[tuple[int, int], ...] = ()
    first: int | None = None
    last: int | None = None

    def add(self, minutes: Mapping[int, Minute]) -> None:
        """Add counts to what these minutes hold."""
        for number, extra in minutes.items():
            held = self.minutes.get(number)
            if held is None:
                self.put(number, extra)
            else:
                both = Minute()
                both.merge(held)
                both.merge(extra)
                self.minutes[number] = both

    def put(self, number: int, minute: Minute) -> None:
        """Replace one minute."""
        self.minutes[number] = minute
        self._stretch(number)

    def put_all(self, minutes: Mapping[int, Minute]) -> None:
        """Replace many minutes."""
        self.minutes.update(minutes)
        if minutes:
            self._stretch(min(minutes))
            self._stretch(max(minutes))

    def put_value(self, metric: str, number: int, value: float) -> None:
        """Replace a metric's direct value at one minute."""
        self.values.setdefault(metric, {})[number] = value
        self._stretch(number)

    def _stretch(self, number: int) -> None:
        self.first = number if self.first is None else min(self.first, number)
        self.last = number if self.last is None else max(self.last, number)

    def covers(self, number: int) -> bool:
        """Whether the record knows this minute."""
        if number in self.minutes:
            return True
        if not self.absent_is_zero or self.first is None or number < self.first:
            return False
        return not any(start <= number < stop for start, stop in self.gaps)

    def lose(self, start: int, stop: int) -> None:
        """Note that calls of the minutes from `start` until before `stop` may be lost."""
        if start >= stop:
            return
        apart = [gap for gap in self.gaps if gap[1] < start or stop < gap[0]]
        touching = [gap for gap in self.gaps if gap not in apart]
        whole = (min([start, *(a for a, _ in touching)]), max([stop, *(b for _, b in touching)]))
        self.gaps = tuple(sorted([*apart, whole]))

    def window(self, end: int, length: int, since: int | None = None) -> Totals:
        """The sums of the `length` minutes before `end`; minutes before `since` do not count."""
        totals = Totals()
        for number in self._span(end - length, end, since):
            minute = self.minutes.get(number)
            if minute is not None:
                totals.merge(minute)
            totals.covered += self.covers(number)
        return totals

    def _span(self, start: int, end: int, since: int | None) -> range:
        if self.first is None:
            return range(0)
        return range(max(start, self.first, start if since is None else since), end)

    def total(self) -> Totals:
        """The sums of the whole record."""
        if self.first is None or self.last is None:
            return Totals()
        return self.window(self.last + 1, self.last + 1 - self.first)

    def quiet_minutes(self, end: int) -> int:
        """Minutes without data just before `end`, in a record where that means unknown."""
        if self.absent_is_zero or self.last is None:
            return 0
        return max(0, end - 1 - self.last)

    def sums(
        self, metric: str, ends: range, window: int, since: int | None = None
    ) -> list[tuple[float, float]]:
        """Numerator and denominator of a metric over the window before each of `ends`.

        For traffic these are calls and covered minutes, for spend-rate money and covered minutes.
        `ends` has step 1.
        """
        above, below = [0.0], [0.0]
        for number in range(ends.start - window, ends.stop - 1):
            up, down = 0.0, 0.0
            if since is None or number >= since:
                minute = self.minutes.get(number, _NOTHING)
                up, down = _parts(metric, minute, self.covers(number))
            above.append(up)
            below.append(down)
        ups, downs = list(accumulate(above)), list(accumulate(below))
        return [(ups[i + window] - ups[i], downs[i + window] - downs[i]) for i in range(len(ends))]

    def rolling(
        self, metric: str, ends: range, window: int, since: int | None = None
    ) -> list[float | None]:
        """A metric over the window before each of `ends` (step 1); None where nothing is known.

        A metric that the store computes itself is given as it was, `window` or not.
        """
        if metric in self.values:
            held = self.values[metric]
            return [held.get(end - 1) for end in ends]
        if metric == "latency-p95":
            return list(self._rolling_p95(ends, window, since))
        return [_value(metric, *pair) for pair in self.sums(metric, ends, window, since)]

    def _rolling_p95(self, ends: range, window: int, since: int | None) -> Iterator[float | None]:
        running = RunningQuantile(95)
        start = ends.start - window
        for number in range(start, ends.stop - 1):
            if since is None or number >= since:
                running.change(self.minutes.get(number, _NOTHING).latency, 1)
                leaving = number - window
                if leaving >= start and (since is None or leaving >= since):
                    running.change(self.minutes.get(leaving, _NOTHING).latency, -1)
            if number >= ends.start - 1:
                yield running.value()
