"""The gate at an attempt's end (Guide 4): criteria, dwell, and all that an advance still needs.

Unknown holds. There is no way past a gate but to meet it.
"""

from collections.abc import Callable
from math import isfinite
from typing import Literal

import msgspec

from config.guide import (
    CriterionRule,
    MetricId,
    PhaseName,
    PhaseRule,
    metric_rules,
    phase_rules,
    trigger_rules,
)
from console.domain.checklist import checklist, progress
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.minutes import Totals
from console.domain.state import Attempt, Incident, State
from console.domain.times import iso, span

LEAST_N = 20
HELD_POINTS = 0.02
HELD_TIMES = 1.10
BLIND_LIMIT = 0.05
SATISFACTION = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}

Verdict = Literal["met", "not-met", "unknown"]


class Next(msgspec.Struct, frozen=True):
    """Where an advance leads; `phase` is "stable" at the end of the window."""

    phase: PhaseName | Literal["stable"]
    increment: int | None = None

    @property
    def label(self) -> str:
        """The name that people read, e.g. `canary 5 %`."""
        return self.phase if self.increment is None else f"{self.phase} {self.increment} %"


class Gate(msgspec.Struct, frozen=True):
    """A gate as it stands: `missing` lists, in sentences, all that keeps it shut."""

    verdict: Verdict
    criteria: tuple[CriterionRecord, ...]
    missing: tuple[str, ...]
    to: Next | None
    elapsed_s: float
    dwell_s: float


def phase_rule(name: str) -> PhaseRule | None:
    """The guide's rule for a phase; readiness has none."""
    return next((rule for rule in phase_rules() if rule.name == name), None)


def next_of(attempt: Attempt, shares: tuple[int, ...]) -> Next:
    """The phase and increment that follow `attempt` (Guide 4)."""
    match attempt.phase:
        case "readiness":
            return Next("dark-launch")
        case "dark-launch":
            return Next("shadow")
        case "shadow":
            return Next("canary", shares[0])
        case "canary":
            later = [share for share in shares if share > (attempt.increment or 0)]
            return Next("canary", later[0]) if later else Next("full")
        case "full":
            return Next("stable")


def evaluate(state: State, facts: Facts) -> Gate:
    """The gate of the running attempt, on the numbers of this moment."""
    if state.stable_since is not None:
        return Gate("met", (), ("the rollout is over: the agent is stable",), None, 0, 0)
    attempt = state.attempt
    rule = phase_rule(attempt.phase)
    # Before the first entry readiness has not begun.
    elapsed = max(0.0, facts.now - attempt.entered_at) if state.attempts else 0.0
    dwell = float(rule.min_s) if rule else 0.0
    following = next_of(attempt, facts.deployment.traffic.shares)
    criteria: tuple[CriterionRecord, ...]
    if rule is None:
        criteria = (_items(state, facts), _baseline(state))
    else:
        criteria = tuple(_CRITERIA[c.id](c, state, facts) for c in rule.criterion)
    missing = [
        f"{c.id} is {'not met' if c.verdict == 'not-met' else 'unknown'}: {c.why}"
        for c in criteria
        if c.verdict in {"not-met", "unknown"}
    ]
    if elapsed < dwell:
        missing.append(f"the dwell of {span(dwell)} is not over: {_left(dwell - elapsed)} left")
    if following.phase != "stable" and attempt.id not in state.briefs:
        missing.append(f"the BU Operations Lead is not briefed on {following.label} (Guide 4.1)")
    missing += _locked(state, facts)
    if facts.trouble:
        missing.append(f"not all feeds are live: {facts.trouble}")
    if rule is not None:
        missing += _blind(facts)
        missing += _triggers(facts)
    elif state.rollback is not None and not state.rollback.postmortem:
        missing.append("the post-mortem's three outputs are not recorded (Guide 6.4)")
    if state.rollback is not None and state.rollback.state != "verified":
        missing.append(f"rollback {state.rollback.id} is {state.rollback.state}")
    verdicts = {c.verdict for c in criteria}
    verdict: Verdict = "met"
    if missing:
        verdict = "not-met"
    if "unknown" in verdicts and "not-met" not in verdicts:
        verdict = "unknown"
    return Gate(verdict, criteria, tuple(missing), following, elapsed, dwell)


def _left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else span(seconds)


def _locked(state: State, facts: Facts) -> list[str]:
    """From GO on the config tag is locked; another tag holds every gate."""
    locked = state.locked_version
    if not locked:
        return []
    missing = []
    if facts.deployment.agent.version != locked:
        missing.append(
            f"GO was given for {locked}, the config says {facts.deployment.agent.version}"
        )
    strange = facts.versions - {locked, facts.deployment.agent.stable_version, ""}
    if strange:
        missing.append(
            f"calls carry a version that no decision explains: {', '.join(sorted(strange))}"
        )
    return missing


def _blind(facts: Facts) -> list[str]:
    if facts.blind <= BLIND_LIMIT:
        return []
    return [f"{facts.blind:.1%} of the attempt was blind, more than {BLIND_LIMIT:.0%}"]


def _triggers(facts: Facts) -> list[str]:
    found = {t.id: f"{t.state}: {t.why}" for t in facts.triggers if t.state != "false"}
    seen = {t.id for t in facts.triggers}
    for rule in trigger_rules():
        if rule.metric is not None and rule.id not in seen:
            found[rule.id] = "unknown: nobody evaluated it"
    return [f"rollback trigger {name} is {how}" for name, how in found.items()]


def _record(  # a criterion is a row of the gate screen: every column is an argument
    rule: CriterionRule | str,
    verdict: Literal["met", "not-met", "unknown", "not-applicable"],
    why: str,
    value: float | None = None,
    limit: float | None = None,
    n: int = 0,
    age_s: float | None = None,
) -> CriterionRecord:
    name = rule if isinstance(rule, str) else rule.id
    return CriterionRecord(name, verdict, value, limit, n, age_s, why)


def _items(state: State, facts: Facts) -> CriterionRecord:
    got = progress(checklist(state, facts.deployment.context))
    if got.open_hard:
        names = ", ".join(got.open_hard)
        why = f"{len(got.open_hard)} hard items are open: {names}"
        return _record("hard-items", "not-met", why, len(got.open_hard), 0, got.total)
    return _record("hard-items", "met", "no hard item is open", 0, 0, got.total)


def _baseline(state: State) -> CriterionRecord:
    if state.baseline is None:
        return _record("baseline", "unknown", "the baseline is not documented")
    return _record("baseline", "met", f"documented from {state.baseline.source}")


def _blind_rate(rule: CriterionRule, facts: Facts, n: int, limit: float) -> CriterionRecord | None:
    """The verdict when a rate cannot be known: no live feed, or too few calls."""
    if facts.trouble:
        return _record(rule, "unknown", facts.trouble, None, limit, n, facts.age_s)
    if n < LEAST_N:
        return _record(rule, "unknown", f"{n} calls, at least {LEAST_N} needed", None, limit, n)
    return None


def _escalation(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    totals = facts.totals["escalation-rate"]
    limit = rule.under or 0.0
    n = round(totals.known("escalations"))
    unknown = _blind_rate(rule, facts, n, limit)
    if unknown is not None:
        return unknown
    rate = totals.escalations / n
    why = f"{rate:.1%} of {n:,} calls, must be under {limit:.0%}"
    verdict: Verdict = "met" if rate < limit else "not-met"
    return _record(rule, verdict, why, rate, limit, n, facts.age_s)


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
        why = f"{n} outputs judged in this attempt, at least {rule.n} needed"
        return _record(rule, "unknown", why, None, limit, n, age)
    share = right / n
    why = f"{right} of {n} judged outputs right, must be over {limit:.0%}"
    return _record(rule, "met" if share > limit else "not-met", why, share, limit, n, age)


def _accuracy_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return _record(rule, "unknown", "the baseline is not documented")
    if state.baseline.accuracy is None:
        return _record(rule, "not-applicable", "the baseline marks accuracy as not applicable")
    limit = state.baseline.accuracy - HELD_POINTS
    right, n, at = _judged(state)
    age = None if at is None else facts.now - at
    if n < rule.n:
        why = f"{n} outputs judged in this attempt, at least {rule.n} needed"
        return _record(rule, "unknown", why, None, limit, n, age)
    share = right / n
    why = f"{right} of {n} right, baseline {state.baseline.accuracy:.1%} less 2 points"
    return _record(rule, "met" if share >= limit else "not-met", why, share, limit, n, age)


def _held(
    rule: CriterionRule,
    facts: Facts,
    metric: MetricId,
    baseline: float | None,
    need: float | None,
    got: Callable[[], tuple[float | None, int]],
) -> CriterionRecord:
    if baseline is None:
        return _record(rule, "not-applicable", f"the baseline marks {metric} as not applicable")
    limit = baseline * HELD_TIMES if need is None else min(baseline * HELD_TIMES, need)
    value, n = got()
    unknown = _blind_rate(rule, facts, n, limit)
    if unknown is not None:
        return unknown
    if value is None:
        return _record(rule, "unknown", f"no {metric} is known", None, limit, n)
    why = f"{value:.3g}, must be at most {limit:.3g} (baseline {baseline:.3g}, agreed needs)"
    verdict: Verdict = "met" if value <= limit else "not-met"
    return _record(rule, verdict, why, value, limit, n, facts.age_s)


def _mean_cost(totals: Totals) -> float | None:
    return totals.cost_per_call if isfinite(totals.cost) else None


def _cost_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return _record(rule, "unknown", "the baseline is not documented")
    totals = facts.totals["cost-per-call"]
    need = facts.deployment.nfr.cost_per_call
    baseline = state.baseline.cost_per_call
    return _held(
        rule, facts, "cost-per-call", baseline, need,
        lambda: (_mean_cost(totals), int(totals.costed)),
    )  # fmt: skip


def _latency_held(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if state.baseline is None:
        return _record(rule, "unknown", "the baseline is not documented")
    totals = facts.totals["latency-p95"]
    reading = facts.readings["latency-p95"]
    need = facts.deployment.limit("latency-p95").over
    # A store that answers with a quantile gives no histogram to sum over the attempt.
    value, n = (reading.value, reading.n) if totals.p95 is None else (totals.p95, totals.timed)
    return _held(
        rule, facts, "latency-p95", state.baseline.latency_p95, need,
        lambda: (value, n),
    )  # fmt: skip


def _cost_forecast(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    forecast = facts.deployment.forecast.cost_per_call
    if forecast is None:
        return _record(rule, "unknown", "no forecast: write [forecast] cost_per_call")
    totals = facts.totals["cost-per-call"]
    n, value = int(totals.costed), _mean_cost(totals)
    unknown = _blind_rate(rule, facts, n, forecast)
    if unknown is not None:
        return unknown
    if value is None:
        return _record(rule, "unknown", "no call tells its cost", None, forecast)
    why = f"{value:.3g} a call, forecast {forecast:.3g}"
    verdict: Verdict = "met" if value <= forecast else "not-met"
    return _record(rule, verdict, why, value, forecast, n, facts.age_s)


def _satisfaction(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    given = state.satisfaction.get(state.attempt.id)
    if given is None:
        return _record(rule, "unknown", "the BU Operations Lead's judgement is not recorded")
    verdict, at = given
    ok: Verdict = "not-met" if verdict == "negative" else "met"
    why = f"judged {verdict} by the BU Operations Lead"
    return _record(rule, ok, why, SATISFACTION[verdict], 0, 1, facts.now - at)


def _real_inputs(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    n = int(facts.totals["escalation-rate"].calls)
    why = f"{n:,} real inputs, at least {rule.n} needed"
    return _record(rule, "met" if n >= rule.n else "not-met", why, n, rule.n, n, facts.age_s)


def _no_critical(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    critical = state.attempt.critical
    if critical:
        why = f"critical in this attempt: {', '.join(critical)}"
        return _record(rule, "not-met", why, len(critical), 0, len(critical))
    true = [t.name for t in facts.triggers if t.state == "true"]
    if true:
        return _record(rule, "not-met", f"true: {', '.join(true)}", len(true), 0)
    unsure = _triggers(facts)
    if unsure:
        return _record(rule, "unknown", "; ".join(unsure), None, 0)
    return _record(rule, "met", "no trigger and no severity 1 incident", 0, 0)


def _incidents(state: State) -> list[Incident]:
    return [i for i in state.incidents.values() if i.attempt == state.attempt.id]


def _no_governance(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    found = [i.id for i in _incidents(state) if i.trigger == "data-breach"]
    if found:
        return _record(rule, "not-met", f"governance incident {', '.join(found)}", len(found), 0)
    return _record(rule, "met", "no governance incident in this attempt", 0, 0)


def _metrics_within(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    breached = [r.metric for r in facts.readings.values() if r.verdict == "breach"]
    known = {r.metric for r in facts.readings.values() if r.verdict in {"ok", "breach"}}
    unknown = [m.id for m in metric_rules() if m.id not in known]
    firing = sorted({a.rule for a in state.firing} - set(breached))
    n = len(facts.readings)
    if breached or firing:
        why = f"not within limits: {', '.join([*breached, *firing])}"
        return _record(rule, "not-met", why, len(breached) + len(firing), 0, n, facts.age_s)
    if unknown:
        return _record(rule, "unknown", f"not known: {', '.join(unknown)}", None, 0, n, facts.age_s)
    return _record(rule, "met", "all metrics are within their limits", 0, 0, n, facts.age_s)


_CRITERIA: dict[str, Callable[[CriterionRule, State, Facts], CriterionRecord]] = {
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


def gate_record(state: State, facts: Facts, gate: Gate, decision: str, why: str) -> str:
    """The gate's record in the form that Guide 4.2 asks for."""
    attempt = state.attempt
    name = attempt.phase if attempt.increment is None else f"{attempt.phase} {attempt.increment} %"
    named = ", ".join(c.id for c in gate.criteria)
    result = "met" if gate.verdict == "met" else "not met"
    data = "; ".join(f"{c.id}: {c.why}" for c in gate.criteria)
    incidents = [i.id for i in _incidents(state)]
    then = f"advance to {gate.to.label}" if decision == "advance" and gate.to else f"hold for {why}"
    return (
        f"Phase {name} completed {iso(facts.now)}. Gate criterion: {named}. Result: {result}. "
        f"Evidence: {data}; incidents: {', '.join(incidents) or 'none'}. Decision: {then}."
    )
