"""Calls become minutes: sums and a latency histogram for each minute of event time.

A minute is named by its number, unix seconds // 60. Windows are half-open: a window of 60 that
ends at minute 100 covers the minutes 40 to 99.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from console.domain.arms import Arm, added, by_version
from console.domain.histogram import flat, pairs, places_of, quantile

N = TypeVar("N", int, float)
MOST_KINDS = 20
REST = "(others)"
TOLD_BY: Mapping[str, str] = {"errors": "error", "escalations": "escalation", "flags": "flags"}
"""Counts, each with the field of a call without which it is not known, which is not zero."""


class Minute(msgspec.Struct, gc=False, omit_defaults=True):
    """What happened in one minute. Counts may be fractions where a metric store estimated them.

    `aside` counts synthetic and control calls: they are in no other sum, but show that the feed
    lives. `costed`, `timed` and `tokened` are the calls that carry a cost, a latency and tokens.
    `latency` is the histogram as place, count, place, count, rising: a list of numbers is loaded
    and kept for half of what a dict costs. `blank` tells for the counts of `TOLD_BY` of how many
    calls the source does not say it. `positive` and `negative` are what users thought of an answer.
    `cost_by` and `models` are cost and calls by model; `errors_by` and `escalations_by`
    count them by their reason. Of these four the `MOST_KINDS` largest of a minute are kept by name,
    the rest under `REST`.
    `arms` has the calls that count by version, and `controls` the control calls, which are in no
    other sum. Both are empty as long as all calls are of one version and none is a control: the
    sums of such a minute are its only arm (`apart`).
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
    arms: dict[str, Arm] = {}
    controls: dict[str, Arm] = {}

    def add_calls(self, calls: Sequence[Any]) -> None:
        """Count calls of this minute, or rows that have the fields of calls which are read here.

        One pass a field: several times faster than call by call.
        """
        counted = [call for call in calls if call.variant != "control" and not call.synthetic]
        aside = len(calls) - len(counted)
        versions = _counted([call.version for call in counted if call.version])
        self._part(calls if aside else (), counted, versions)
        self.aside += aside
        self.calls += len(counted)
        errors = [call.error for call in counted if call.error]
        self.errors += len(errors)
        self.errors_by = _topped(self.errors_by, Counter(errors))
        reasons = [call.escalation for call in counted if call.escalation]
        self.escalations += len(reasons)
        self.escalations_by = _topped(self.escalations_by, Counter(reasons))
        self.flags += sum([len(call.flags) for call in counted if call.flags])
        self._add_costs([call for call in counted if call.cost is not None])
        self.tokens_in += sum([call.tokens_in for call in counted if call.tokens_in])
        self.tokens_out += sum([call.tokens_out for call in counted if call.tokens_out])
        self.tokened += sum(
            [1 for call in counted if not (call.tokens_in is call.tokens_out is None)]
        )
        times = [call.latency_s for call in counted if call.latency_s is not None]
        self.timed += len(times)
        self._add_latency(Counter(places_of(times)))
        self.versions = _summed(self.versions, versions)
        models = _counted([call.model for call in counted if call.model])
        self.models = _topped(self.models, models)
        thoughts = [call.feedback for call in counted if call.feedback]
        self.positive += thoughts.count("positive")
        self.negative += thoughts.count("negative")

    def _add_costs(self, costed: Sequence[Any]) -> None:
        self.costed += len(costed)
        spent: dict[str, float] = {}
        models = {call.model for call in costed}
        for model in models:
            alike = [c for c in costed if c.model == model] if len(models) > 1 else costed
            spent[model or ""] = sum([call.cost for call in alike])
        self.cost += sum(spent.values())
        self.cost_by = _topped(self.cost_by, spent)

    def _add_latency(self, counts: Counter[int]) -> None:
        for place, count in pairs(self.latency):
            counts[place] += count
        self.latency = flat(counts)

    def _part(
        self, calls: Sequence[Any], counted: Sequence[Any], versions: Mapping[str, int]
    ) -> None:
        """Keep versions apart from the first minute's call on that is not of the same one.

        Before the sums are changed: until then they may be an arm. `calls` are all of the batch
        if some of them do not count.
        """
        controls = [call for call in calls if call.variant == "control" and not call.synthetic]
        if not (controls or self.arms or self.controls):
            one = _only(versions, len(counted))
            if one is not None and (not counted or not self.calls or one == self.only()):
                return
        self.arms = added(self.apart(), by_version(counted))
        self.controls = added(self.controls, by_version(controls))

    def only(self) -> str | None:
        """The version of all calls that count, "" if none is named; None if there are several."""
        return _only(self.versions, self.calls)

    def apart(self) -> dict[str, Arm]:
        """The arms of the calls that count, by version. Not to be changed.

        Empty if there were several versions before arms were recorded.
        """
        if self.arms or self.controls or not self.calls:
            return self.arms
        version = self.only()
        if version is None:
            return {}
        arm = Arm(
            calls=self.calls,
            errors=self.errors,
            escalations=self.escalations,
            flags=self.flags,
            cost=self.cost,
            costed=self.costed,
            timed=self.timed,
            latency=self.latency,
            positive=self.positive,
            negative=self.negative,
        )
        return {version: arm}

    def merge(self, other: "Minute") -> None:
        """Add all of `other` to this."""
        self._merge_arms(other)
        self._add_sums(other)
        self._add_latency(Counter(dict(pairs(other.latency))))

    def _merge_arms(self, other: "Minute") -> None:
        if not (self.arms or self.controls or other.arms or other.controls) and (
            not self.calls or not other.calls or self.only() == other.only()
        ):
            return
        self.arms = added(self.apart(), other.apart())
        self.controls = added(self.controls, other.controls)

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
        self.versions = _summed(self.versions, other.versions)
        self.blank = _summed(self.blank, other.blank)
        self.positive += other.positive
        self.negative += other.negative
        self.cost_by = _topped(self.cost_by, other.cost_by)
        self.errors_by = _topped(self.errors_by, other.errors_by)
        self.escalations_by = _topped(self.escalations_by, other.escalations_by)
        self.tokened += other.tokened
        self.models = _topped(self.models, other.models)

    def known(self, name: str) -> float:
        """Of how many calls it is known whether they had what the count `name` counts."""
        return self.calls - self.blank.get(name, 0)


def _only(versions: Mapping[str, int], calls: float) -> str | None:
    """The version of all `calls`, "" if none is named; None if there are several."""
    if not versions:
        return ""
    for version, count in versions.items():
        return version if count == calls else None
    return None


def _counted(names: list[str]) -> dict[str, int]:
    """How often each occurs. There are few, mostly: that is quicker than a `Counter`."""
    kinds = set(names)
    return Counter(names) if len(kinds) > 4 else {name: names.count(name) for name in kinds}


def _summed(held: dict[str, N], more: Mapping[str, N]) -> dict[str, N]:
    """Both added up by name; `held` itself if there is nothing to add."""
    if not more:
        return held
    both = dict(held)
    for name, amount in more.items():
        both[name] = both.get(name, 0) + amount
    return both


def _topped(held: dict[str, float], more: Mapping[str, float]) -> dict[str, float]:
    """Both added up by name; the smallest of too many names go into `REST`."""
    if not more:
        return held
    both = _summed(held, more)
    if len(both) > MOST_KINDS + 1:
        rest = both.pop(REST, 0)
        names = sorted(both, key=lambda name: (-both[name], name))
        rest += sum(both.pop(name) for name in names[MOST_KINDS:])
        both[REST] = rest
    return both


class Tally(msgspec.Struct, gc=False):
    """Records of the minute `number` that were read for their numbers alone, and their sums.

    `rows` have the fields of a `Call` that are counted, None for what is not there; `ids` are
    theirs. `sums` hold as long as none of them was counted before.
    """

    number: int
    ids: list[str]
    rows: list[Any]
    sums: Minute


class Totals(Minute, gc=False, omit_defaults=True):
    """The sums over a window. `covered` is the number of its minutes that the record knows.

    The histogram is in `places`, bucket to count, and `latency` is not used. Neither are `arms`
    and `controls`: `Series.sides` sums them.
    """

    covered: int = 0
    places: dict[int, int] = {}

    def merge(self, other: Minute) -> None:
        """Add all of `other` to this."""
        self._add_sums(other)
        places = self.places
        for place, count in pairs(other.latency):
            places[place] = places.get(place, 0) + count

    def merge_totals(self, other: "Totals") -> None:
        """Add all of other sums to these."""
        self._add_sums(other)
        self.covered += other.covered
        places = self.places
        for place, count in other.places.items():
            places[place] = places.get(place, 0) + count

    def value(self, metric: str) -> float | None:
        """A metric over the window: ratios 0 to 1, seconds, money, per hour; None without data."""
        if metric == "latency-p95":
            return self.p95
        return value_of(metric, *parts(metric, self, self.covered))

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


def parts(metric: str, bucket: Minute, covered: float) -> tuple[float, float]:
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


def value_of(metric: str, above: float, below: float) -> float | None:
    if not below > 0:
        return None
    if metric == "safety-flags":
        return float(above)
    return max(0.0, above / below) * (60 if metric in {"spend-rate", "traffic"} else 1)
