"""The arms of a comparison: what happened to each version's calls, in a minute and over a window.

The candidate and what it is compared with share the minutes, so that a busy hour or a slow supplier
meets both. Which arm is which is decided by who compares.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from console.domain.histogram import flat, pairs, places_of

MOST_ARMS = 8
REST = "(others)"


class Arm(msgspec.Struct, gc=False, omit_defaults=True):
    """The calls of one version in one minute; the fields are as in `Minute`."""

    calls: float = 0
    errors: float = 0
    escalations: float = 0
    flags: float = 0
    cost: float = 0.0
    costed: float = 0
    timed: int = 0
    latency: list[int] = []
    positive: int = 0
    negative: int = 0

    def add_calls(self, calls: Sequence[Any]) -> None:
        """Count calls, or rows that have the fields of calls which are read here."""
        self.calls += len(calls)
        self.errors += sum([1 for call in calls if call.error])
        self.escalations += sum([1 for call in calls if call.escalation])
        self.flags += sum([len(call.flags) for call in calls if call.flags])
        costs = [call.cost for call in calls if call.cost is not None]
        self.cost += sum(costs)
        self.costed += len(costs)
        times = [call.latency_s for call in calls if call.latency_s is not None]
        self.timed += len(times)
        thoughts = [call.feedback for call in calls if call.feedback]
        self.positive += thoughts.count("positive")
        self.negative += thoughts.count("negative")
        self._add_latency(Counter(places_of(times)))

    def merge(self, other: "Arm") -> None:
        """Add all of `other` to this."""
        self._add_sums(other)
        self._add_latency(Counter(dict(pairs(other.latency))))

    def _add_sums(self, other: "Arm") -> None:
        self.calls += other.calls
        self.errors += other.errors
        self.escalations += other.escalations
        self.flags += other.flags
        self.cost += other.cost
        self.costed += other.costed
        self.timed += other.timed
        self.positive += other.positive
        self.negative += other.negative

    def _add_latency(self, counts: Counter[int]) -> None:
        for place, count in pairs(self.latency):
            counts[place] += count
        self.latency = flat(counts)


class Side(Arm, gc=False, omit_defaults=True):
    """An arm summed over a window of minutes.

    The histogram is in `places`, bucket to count, and `latency` is not used. `cost_cost`,
    `cost_calls` and `calls_calls` sum, over the minutes, the products of a minute's cost and its
    costed calls: how much the mean cost moves from minute to minute follows from them. `costly`
    is the number of minutes that had a cost.
    """

    places: dict[int, int] = {}
    cost_cost: float = 0.0
    cost_calls: float = 0.0
    calls_calls: float = 0.0
    costly: int = 0

    def take(self, arm: Arm) -> None:
        """Add one minute's arm."""
        self._add_sums(arm)
        if arm.costed:
            self.cost_cost += arm.cost * arm.cost
            self.cost_calls += arm.cost * arm.costed
            self.calls_calls += arm.costed * arm.costed
            self.costly += 1
        places = self.places
        for place, count in pairs(arm.latency):
            places[place] = places.get(place, 0) + count

    def merge_side(self, other: "Side") -> None:
        """Add the sums over other minutes."""
        self._add_sums(other)
        self.cost_cost += other.cost_cost
        self.cost_calls += other.cost_calls
        self.calls_calls += other.calls_calls
        self.costly += other.costly
        places = self.places
        for place, count in other.places.items():
            places[place] = places.get(place, 0) + count


class Sides(msgspec.Struct, gc=False):
    """All arms of a window: the calls that count by version, and the control calls by version.

    `mixed` counts calls of minutes that were recorded before arms were: they are in no side.
    """

    live: dict[str, Side] = {}
    control: dict[str, Side] = {}
    mixed: float = 0

    def take(self, live: Mapping[str, Arm], control: Mapping[str, Arm]) -> None:
        """Add one minute's arms."""
        for held, more in ((self.live, live), (self.control, control)):
            for version, arm in more.items():
                held.setdefault(version, Side()).take(arm)

    def merge(self, other: "Sides") -> None:
        """Add the sums over other minutes."""
        self.mixed += other.mixed
        for held, more in ((self.live, other.live), (self.control, other.control)):
            for version, side in more.items():
                held.setdefault(version, Side()).merge_side(side)


def by_version(calls: Sequence[Any]) -> dict[str, Arm]:
    """An arm for each version among `calls`; "" is that of the calls that name none."""
    groups: dict[str, list[Any]] = {}
    for call in calls:
        groups.setdefault(call.version or "", []).append(call)
    arms = {}
    for version, ones in groups.items():
        arms[version] = Arm()
        arms[version].add_calls(ones)
    return arms


def added(held: Mapping[str, Arm], more: Mapping[str, Arm]) -> dict[str, Arm]:
    """Both added up by version, in new arms; the smallest of too many go into `REST`."""
    both: dict[str, Arm] = {}
    for arms in (held, more):
        for version, arm in arms.items():
            both.setdefault(version, Arm()).merge(arm)
    if len(both) > MOST_ARMS + 1:
        rest = both.pop(REST, Arm())
        names = sorted(both, key=lambda name: (-both[name].calls, name))
        for name in names[MOST_ARMS:]:
            rest.merge(both.pop(name))
        both[REST] = rest
    return both
