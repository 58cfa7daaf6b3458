"""Which thresholds are finer than a log's volume, and how often they alarm for nothing."""

from collections.abc import Iterator, Sequence

import msgspec

from console.domain.backtest import Span
from console.domain.backtest_plan import Plan
from console.domain.false_alarms import Expectation, Replay, Threshold
from console.domain.histogram import place_middle
from console.domain.minutes import Totals
from console.domain.readings import ENOUGH

_SHARES = {"error-rate", "escalation-rate"}
_LATENCY = "latency-p95"


class Lint(msgspec.Struct, frozen=True):
    """A threshold by the key that sets it, and what to expect of it."""

    key: str
    expected: Expectation


def thresholds(plan: Plan) -> Iterator[tuple[str, Threshold]]:
    """The limits on shares of calls and on p95, each with the key that sets it.

    Money, traffic and flags are no shares of calls: nothing is drawn for them.
    """
    for rule in plan.metrics:
        over, minutes = plan.limits[rule.id].over, rule.window_s // 60
        if over is not None and (made := _threshold(rule.id, rule.id, over, minutes)):
            yield f"{rule.id}.limit", made
    for trigger in plan.triggers:
        if trigger.over is not None and trigger.metric is not None:
            minutes = (trigger.window_s or 0) // 60
            made = _threshold(
                f"trigger {trigger.id}", trigger.metric, trigger.over, minutes, ENOUGH
            )
            if made is not None:
                yield f"trigger.{trigger.id}.limit", made
    for own in plan.rules:
        if own.over is not None:
            made = _threshold(
                f"rule:{own.id}", own.metric, own.over, own.window_s // 60, ENOUGH, own.for_s // 60
            )
            if made is not None:
                yield f"rules.{own.id}.over", made


def _threshold(
    name: str, metric: str, limit: float, window: int, least: int = 1, lasting: int = 0
) -> Threshold | None:
    if metric in _SHARES:
        return Threshold(name, metric, limit, limit, window, least=least, lasting=lasting)
    if metric == _LATENCY:
        return Threshold(name, metric, limit, 0.05, window, True, least, lasting)
    return None


def lint(plans: Sequence[Plan], totals: Totals, span: Span) -> list[Lint]:
    """What to expect of each threshold of `plans`, each once, where the log tells its metric.

    They are in the order of the first plan's, with those of the others behind the same key.
    """
    replay = Replay(span.arrivals)
    found: dict[tuple[str, Threshold], Lint] = {}
    for plan in plans:
        for key, threshold in thresholds(plan):
            if (key, threshold) in found:
                continue
            own = _own_rate(threshold, totals)
            expected = None if own is None else replay.expectation(threshold, own)
            if expected is not None:
                found[key, threshold] = Lint(key, expected)
    order = list(dict.fromkeys(key for key, _ in found))
    return sorted(found.values(), key=lambda one: order.index(one.key))


def _own_rate(threshold: Threshold, totals: Totals) -> float | None:
    """The share of the log's calls that are bad by this threshold, 0 to 1."""
    if threshold.metric != _LATENCY:
        return totals.value(threshold.metric)
    if not totals.timed:
        return None
    slow = sum(n for place, n in totals.places.items() if place_middle(place) > threshold.limit)
    return slow / totals.timed
