"""Whether a trigger's metric has left the danger zone in the calls since (Guide 3.5)."""

from collections.abc import Sequence

from config.guide import TriggerRule
from console.domain.events_rollback import MetricProof
from console.executor.sight import Sight

ENOUGH = 20
ENOUGH_S = 60.0
_DOES = {"error-rate": ("fails", "fail"), "escalation-rate": ("escalates", "escalate")}

Proof = tuple[MetricProof, str]


def rate_proof(metric: str, limit: float, calls: Sequence[Sight]) -> Proof:
    """For an error or escalation rate: `calls` are those that count, `limit` is strict."""
    verb, verbs = _DOES[metric]
    n = len(calls)
    k = sum(call.failed if metric == "error-rate" else call.escalated for call in calls)
    if not n:
        return "unknown", f"no fresh call: whether any {verb} is not yet known"
    rate = k / n
    of = f"{rate * 100:.1f} % of {n:,} fresh calls {verbs}, limit {limit * 100:g} %"
    if n == 1:
        of = f"the only fresh call {verb}, limit {limit * 100:g} %"
    if rate > limit:
        return "not-yet", f"{of}: not yet"
    if n < ENOUGH:
        calls_are = "1 fresh call" if n == 1 else f"{n} fresh calls"
        who = f"none {verb}" if not k else f"{k} {verb if k == 1 else verbs}"
        return "unknown", f"{calls_are}, {who}: not yet known"
    return "left", f"{of}: it has left the danger zone"


def spend_proof(
    limit: float | None, calls: Sequence[Sight], seconds: float, currency: str
) -> Proof:
    """For the rate of spending, money an hour, over the `seconds` in which `calls` came."""
    if limit is None:
        return "unknown", "no forecast: what would be too much is not known"
    if seconds < ENOUGH_S:
        return "unknown", f"spending is seen for {max(0.0, seconds):.0f} s only: not yet known"
    costs = [call.cost for call in calls if call.cost is not None]
    if calls and not costs:
        return "unknown", f"none of {len(calls):,} fresh calls says what it costs: not known"
    rate = sum(costs) / seconds * 3600.0
    of = f"{currency} {rate:,.2f}/h are spent over {seconds:.0f} s, limit {currency} {limit:,.2f}/h"
    if rate > limit:
        return "not-yet", f"{of}: not yet"
    return "left", f"{of}: it has left the danger zone"


def rule_limit(rule: TriggerRule, forecast: float | None) -> float | None:
    """What a computed trigger is held against; None where that needs a missing forecast.

    `forecast` is money an hour at the attempt's share.
    """
    if rule.over_times is None:
        return rule.over
    return None if forecast is None else rule.over_times * forecast
