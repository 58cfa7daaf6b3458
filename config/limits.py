"""The guide's limits for one deployment (Guide 3.3)."""

from config.base import Model
from config.guide import MetricId, MetricRule, metric_rules


class Limit(Model):
    """What a metric is held against; None where the limit is not known.

    Breached above `over` or below `under`, both strict; or below `silence_under` for
    `silence_for_s` seconds.
    """

    over: float | None = None
    under: float | None = None
    silence_under: float | None = None
    silence_for_s: int | None = None


def rule_of(metric: MetricId) -> MetricRule:
    """The guide's row for `metric`."""
    return next(rule for rule in metric_rules() if rule.id == metric)


def guide_limit(
    metric: MetricId, workflow: str, cost_per_call: float | None, calls_per_hour: float | None
) -> Limit:
    """The guide's limit; money in the deployment's currency, calls an hour at the attempt's share.

    A limit that is a multiple of a number that is None is None itself.
    """
    rule = rule_of(metric)
    if rule.any:
        return Limit(over=0.0)
    if rule.over_times is None:
        complex_b2b = workflow == "complex-b2b" and rule.over_complex_b2b is not None
        return Limit(over=rule.over_complex_b2b if complex_b2b else rule.over, under=rule.under)
    base = {
        "cost-per-call": cost_per_call,
        "spend-rate": _product(cost_per_call, calls_per_hour),
        "traffic": calls_per_hour,
    }[metric]
    if base is None:
        return Limit(silence_for_s=rule.silence_for_s)
    quiet = rule.silence_under_times
    return Limit(
        over=rule.over_times * base,
        silence_under=None if quiet is None else quiet * base,
        silence_for_s=rule.silence_for_s,
    )


def _product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def looser(rule: MetricRule, guide: Limit, own: float) -> str | None:
    """Why `own` may not stand in for the guide's limit, or None if it is at least as strict."""
    if rule.any:
        return f"any of {rule.name} alerts; remove this limit (Guide {rule.guide})"
    if guide.over is None and guide.under is None:
        return (
            f"cannot be compared with the guide's {rule.over_times:g}x forecast; "
            "add the numbers under [forecast] first"
        )
    if guide.over is not None and own > guide.over:
        return f"{own:g} is looser than the guide's {guide.over:g}; use at most {guide.over:g}"
    if guide.under is not None and own < guide.under:
        return f"{own:g} is looser than the guide's {guide.under:g}; use at least {guide.under:g}"
    if guide.under is not None and own > 1:
        return f"{own:g} can never be reached; a rate is at most 1"
    return None
