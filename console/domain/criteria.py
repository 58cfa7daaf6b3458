"""The criteria of a gate (Guide 4): each measured over the attempt to date, each with its reason.

Unknown is never met.
"""

from collections.abc import Callable
from math import isfinite
from typing import Literal

from config.guide import CriterionRule, MetricId, metric_rules, trigger_rules
from console.domain.doubt import Doubt, of_p95, of_proportion
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.minutes import Totals
from console.domain.percent import percent
from console.domain.sampling import judged_words
from console.domain.state import State
from console.domain.state_incident import Incident

LEAST_N = 20
SATISFACTION = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}

Verdict = Literal["met", "not-met", "unknown"]
SURE = Doubt()


def trigger_trouble(facts: Facts) -> list[str]:
    """Every computed trigger that is not false, in a sentence."""
    found = {t.id: f"{t.state}: {t.why}" for t in facts.triggers if t.state != "false"}
    seen = {t.id for t in facts.triggers}
    for rule in trigger_rules():
        if rule.metric is not None and rule.id not in seen:
            found[rule.id] = "unknown: nobody evaluated it"
    return [f"rollback trigger {name} is {how}" for name, how in found.items()]


def record(  # a criterion is a row of the gate screen: every column is an argument
    rule: CriterionRule | str,
    verdict: Literal["met", "not-met", "unknown", "not-applicable"],
    why: str,
    value: float | None = None,
    limit: float | None = None,
    n: int = 0,
    age_s: float | None = None,
    doubt: Doubt = SURE,
) -> CriterionRecord:
    """A row of the gate."""
    name = rule if isinstance(rule, str) else rule.id
    low, high, said = doubt.low, doubt.high, doubt.said
    return CriterionRecord(name, verdict, value, limit, n, age_s, why, low, high, said)


def _blind_rate(rule: CriterionRule, facts: Facts, n: int, limit: float) -> CriterionRecord | None:
    """The verdict when a rate cannot be known: no live feed, or too few calls."""
    if facts.trouble:
        return record(rule, "unknown", facts.trouble, None, limit, n, facts.age_s)
    if n < LEAST_N:
        return record(rule, "unknown", f"{n} calls, at least {LEAST_N} needed", None, limit, n)
    return None


def _escalation(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    totals = facts.totals["escalation-rate"]
    limit = rule.under or 0.0
    n = round(totals.known("escalations"))
    unknown = _blind_rate(rule, facts, n, limit)
    if unknown is not None:
        return unknown
    rate = totals.escalations / n
    why = f"{percent(rate, 1)} of {n:,} calls, must be under {percent(limit)}"
    verdict: Verdict = "met" if rate < limit else "not-met"
    doubt = of_proportion(totals.escalations, n, under=limit)
    return record(rule, verdict, why, rate, limit, n, facts.age_s, doubt)


def _judged(state: State) -> tuple[int, int, float | None]:
    """Right and judged outputs of the attempt, and when the last was judged."""
    judged = list(state.judged.get(state.attempt.id, {}).values())
    right = sum(j.verdict != "wrong" for j in judged)
    return right, len(judged), max((j.at for j in judged), default=None)


def _accuracy(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    limit = rule.over or 0.0
    right, n, at = _judged(state)
    age = None if at is None else facts.now - at
    if n < rule.n:
        why = f"{n} outputs judged in this attempt, at least {rule.n} needed{judged_words(state)}"
        return record(rule, "unknown", why, None, limit, n, age)
    share = right / n
    why = f"{right} of {n} judged outputs right, must be over {percent(limit)}{judged_words(state)}"
    ok: Verdict = "met" if share > limit else "not-met"
    return record(rule, ok, why, share, limit, n, age, of_proportion(right, n, over=limit))


def _accuracy_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return record(rule, "unknown", "the baseline is not documented")
    if state.baseline.accuracy is None:
        return record(rule, "not-applicable", "the baseline marks accuracy as not applicable")
    points = rule.below_points or 0.0
    limit = state.baseline.accuracy - points
    right, n, at = _judged(state)
    age = None if at is None else facts.now - at
    if n < rule.n:
        why = f"{n} outputs judged in this attempt, at least {rule.n} needed{judged_words(state)}"
        return record(rule, "unknown", why, None, limit, n, age)
    share = right / n
    why = (
        f"{right} of {n} right, must be at least {percent(limit, 1)}: "
        f"{points * 100:g} points below the baseline of {percent(state.baseline.accuracy, 1)}"
        f"{judged_words(state)}"
    )
    ok: Verdict = "met" if share >= limit else "not-met"
    doubt = of_proportion(right, n, over=limit, inclusive=True)
    return record(rule, ok, why, share, limit, n, age, doubt)


def _held(
    rule: CriterionRule,
    facts: Facts,
    metric: MetricId,
    baseline: float | None,
    need: float | None,
    got: Callable[[], tuple[float | None, int]],
) -> CriterionRecord:
    if baseline is None:
        return record(rule, "not-applicable", f"the baseline marks {metric} as not applicable")
    at_most = rule.times or 1.0
    times = baseline * at_most
    limit = times if need is None else min(times, need)
    unit = "s" if metric == "latency-p95" else facts.deployment.nfr.currency
    value, n = got()
    unknown = _blind_rate(rule, facts, n, limit)
    if unknown is not None:
        return unknown
    if value is None:
        return record(rule, "unknown", f"no {metric} is known", None, limit, n)
    held = f"{at_most:.2f}x the baseline of {baseline:.3g} {unit}"
    whose = held if limit == times else f"the limit in force, stricter than {held}"
    why = f"{value:.3g} {unit}, must be at most {limit:.3g} {unit}: {whose}"
    verdict: Verdict = "met" if value <= limit else "not-met"
    doubt = facts.cost_doubt
    if metric == "latency-p95":
        totals = facts.totals["latency-p95"]
        doubt = of_p95(totals.places, totals.timed)
    return record(rule, verdict, why, value, limit, n, facts.age_s, doubt)


def _mean_cost(totals: Totals) -> float | None:
    return totals.cost_per_call if isfinite(totals.cost) else None


def _cost_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return record(rule, "unknown", "the baseline is not documented")
    totals = facts.totals["cost-per-call"]
    need = facts.deployment.nfr.cost_per_call
    baseline = state.baseline.cost_per_call
    return _held(
        rule, facts, "cost-per-call", baseline, need,
        lambda: (_mean_cost(totals), int(totals.costed)),
    )  # fmt: skip


def _latency_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return record(rule, "unknown", "the baseline is not documented")
    totals = facts.totals["latency-p95"]
    need = facts.deployment.limit("latency-p95").over
    baseline = state.baseline.latency_p95
    if facts.p95_range is None or baseline is None:
        return _held(
            rule, facts, "latency-p95", baseline, need,
            lambda: (totals.p95, totals.timed),
        )  # fmt: skip
    # The percentile of a whole lies between the least and the greatest of its parts.
    least, most = facts.p95_range
    surely = _held(rule, facts, "latency-p95", baseline, need, lambda: (most, int(totals.calls)))
    if surely.verdict != "not-met" or surely.limit is None or least > surely.limit:
        return surely
    why = f"between {least:.3g} and {most:.3g} s over the attempt: the store tells no more"
    return record(rule, "unknown", why, None, surely.limit, surely.n, facts.age_s)


def _cost_forecast(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    forecast = facts.deployment.forecast.cost_per_call
    if forecast is None:
        return record(rule, "unknown", "no forecast: write [forecast] cost_per_call")
    totals = facts.totals["cost-per-call"]
    n, value = int(totals.costed), _mean_cost(totals)
    unknown = _blind_rate(rule, facts, n, forecast)
    if unknown is not None:
        return unknown
    if value is None:
        return record(rule, "unknown", "no call tells its cost", None, forecast)
    why = f"{value:.3g} a call, forecast {forecast:.3g}"
    verdict: Verdict = "met" if value <= forecast else "not-met"
    return record(rule, verdict, why, value, forecast, n, facts.age_s, facts.cost_doubt)


def _satisfaction(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    """What users' ratings say; where the calls carry none, what the BU Operations Lead judges.

    A negative judgement holds the gate whatever the ratings say.
    """
    given = state.satisfaction.get(state.attempt.id)
    totals = facts.totals["traffic"]
    n = totals.positive + totals.negative
    if n and (given is None or given.verdict != "negative"):
        return _rated(rule, totals, n, facts)
    if given is None:
        return record(rule, "unknown", "the BU Operations Lead's judgement is not recorded")
    ok: Verdict = "not-met" if given.verdict == "negative" else "met"
    why = f"judged {given.verdict} by {given.on_behalf_of or given.by}"
    if given.on_behalf_of:
        why += f", recorded by {given.by}"
    return record(rule, ok, why, SATISFACTION[given.verdict], 0, 1, facts.now - given.at)


def _rated(rule: CriterionRule, totals: Totals, n: int, facts: Facts) -> CriterionRecord:
    if facts.trouble:
        return record(rule, "unknown", facts.trouble, None, 0, n, facts.age_s)
    if n < rule.n:
        why = f"{n} of the calls are rated by users, at least {rule.n} needed"
        return record(rule, "unknown", why, None, 0, n, facts.age_s)
    balance = (totals.positive - totals.negative) / n
    why = f"{totals.positive:,} ratings are positive, {totals.negative:,} negative"
    verdict: Verdict = "met" if balance >= 0 else "not-met"
    return record(rule, verdict, why, balance, 0, n, facts.age_s)


def _real_inputs(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    n = int(facts.totals["escalation-rate"].calls)
    why = f"{n:,} real inputs, at least {rule.n} needed"
    return record(rule, "met" if n >= rule.n else "not-met", why, n, rule.n, n, facts.age_s)


def _no_critical(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    critical = state.attempt.critical
    if critical:
        why = f"critical in this attempt: {', '.join(critical)}"
        return record(rule, "not-met", why, len(critical), 0, len(critical))
    true = [t.name for t in facts.triggers if t.state == "true"]
    if true:
        return record(rule, "not-met", f"true: {', '.join(true)}", len(true), 0)
    unsure = trigger_trouble(facts)
    if unsure:
        return record(rule, "unknown", "; ".join(unsure), None, 0)
    return record(rule, "met", "no trigger and no severity 1 incident", 0, 0)


def incidents_of(state: State) -> list[Incident]:
    """The incidents of the attempt that runs."""
    return [i for i in state.incidents.values() if i.attempt == state.attempt.id]


def _no_governance(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    found = [i.id for i in incidents_of(state) if i.trigger == "data-breach"]
    if found:
        return record(rule, "not-met", f"governance incident {', '.join(found)}", len(found), 0)
    return record(rule, "met", "no governance incident in this attempt", 0, 0)


def _metrics_within(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    breached = [r.metric for r in facts.readings.values() if r.verdict == "breach"]
    known = {r.metric for r in facts.readings.values() if r.verdict in {"ok", "breach"}}
    unknown = [m.id for m in metric_rules() if m.id not in known]
    # A team's own rules and what is watched add alerts; the gate asks for the guide's metrics.
    guides = {m.id for m in metric_rules()} - set(breached)
    firing = sorted({a.rule for a in state.firing if a.rule in guides})
    n = len(facts.readings)
    if breached or firing:
        why = f"not within limits: {', '.join([*breached, *firing])}"
        return record(rule, "not-met", why, len(breached) + len(firing), 0, n, facts.age_s)
    if unknown:
        told = [_unknown_metric(name, facts) for name in unknown]
        return record(rule, "unknown", f"not known: {', '.join(told)}", None, 0, n, facts.age_s)
    return record(rule, "met", "all metrics are within their limits", 0, 0, n, facts.age_s)


def _unknown_metric(name: MetricId, facts: Facts) -> str:
    if name not in facts.readings:
        return name
    more = ": judge more outputs" if name == "accuracy" else ""
    return f"{name} ({facts.readings[name].verdict}{more})"


_EVALUATE: dict[str, Callable[[CriterionRule, State, Facts], CriterionRecord]] = {
    "accuracy": _accuracy,
    "accuracy-held": _accuracy_held,
    "cost-held": _cost_held,
    "cost-within-forecast": _cost_forecast,
    "escalation-rate": _escalation,
    "latency-held": _latency_held,
    "metrics-within": _metrics_within,
    "no-critical-failure": _no_critical,
    "no-governance-incident": _no_governance,
    "real-inputs": _real_inputs,
    "satisfaction": _satisfaction,
}


def evaluate_criterion(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    """The criterion as it stands, with the reason in a sentence."""
    return _EVALUATE[rule.id](rule, state, facts)
