"""The gates over a past log: each phase's criteria, as if the log were an attempt (Guide 4)."""

from typing import Literal

import msgspec

from config.guide import CriterionRule, PhaseName
from console.domain.backtest import Outcome
from console.domain.criteria import evaluate_criterion, record
from console.domain.entry import Actor
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.minutes import Totals
from console.domain.state import Alert, State
from console.domain.state_rollout import Attempt, Baseline

UNTOLD = (
    "judged outputs",
    "the BU Operations Lead's briefs and judgement",
    "incidents",
    "the agreement of the leads",
)
"""What a gate asks for besides, and no log of calls can tell."""
_NO_CALLS_TELL = {
    "accuracy": "no output is judged in a log: accuracy is for people",
    "accuracy-held": "no output is judged in a log: accuracy is for people",
    "no-governance-incident": "a log of calls tells of no governance incident",
}


class PhaseGate(msgspec.Struct, frozen=True):
    """A phase's gate as far as calls tell; `dwell` says whether the log is as long as its dwell.

    The verdict is that of the criteria alone, not met before unknown before met.
    """

    phase: PhaseName
    verdict: Literal["met", "not-met", "unknown"]
    criteria: tuple[CriterionRecord, ...]
    dwell_s: int
    length_s: int

    @property
    def dwell(self) -> bool:
        """Whether the log is at least as long as an attempt must run."""
        return self.length_s >= self.dwell_s


def gates_over(
    outcome: Outcome, totals: Totals, first: int, last: int, baseline: Baseline | None
) -> tuple[PhaseGate, ...]:
    """The gate of every phase; `first` and `last` are the log's minutes.

    `baseline` is the one documented, None if none is.
    """
    found = []
    for rule in outcome.plan.phases:
        state = _state(outcome, rule.name, first * 60.0, baseline)
        facts = _facts(outcome, state, totals, (last + 1) * 60.0)
        criteria = tuple(_criterion(one, state, facts) for one in rule.criterion)
        verdicts = {one.verdict for one in criteria}
        verdict: Literal["met", "not-met", "unknown"] = "met"
        if verdicts & {"not-met", "unknown"}:
            verdict = "not-met" if "not-met" in verdicts else "unknown"
        length = (last + 1 - first) * 60
        found.append(PhaseGate(rule.name, verdict, criteria, rule.min_s, length))
    return tuple(found)


def _criterion(rule: CriterionRule, state: State, facts: Facts) -> CriterionRecord:
    if rule.id in _NO_CALLS_TELL:
        return record(rule, "unknown", _NO_CALLS_TELL[rule.id], None, rule.over, 0)
    return evaluate_criterion(rule, state, facts)


def _state(outcome: Outcome, phase: PhaseName, start: float, baseline: Baseline | None) -> State:
    """A journal's state at the end of such an attempt."""
    critical = sorted({one.id for one in outcome.raised if one.at is not None})
    attempt = Attempt(
        f"{phase}.log", phase, None, 1, start, critical=[f"trigger {name}" for name in critical]
    )
    firing = {
        one.rule: Alert(one.rule, one.rule, one.fired_at, one.value, one.limit, one.n, one.why)
        for one in outcome.alerts
        if one.resolved_at is None
    }
    return State(attempts=[attempt], alerts=firing, baseline=baseline)


def _facts(outcome: Outcome, state: State, totals: Totals, now: float) -> Facts:
    plan = outcome.plan
    return Facts(
        now=now,
        attempt=state.attempt.id,
        actor=Actor("backtest"),
        deployment=plan.deployment,
        config_sha256="",
        readings=outcome.readings,
        limits={str(metric): limit for metric, limit in plan.limits.items()},
        triggers=outcome.triggers,
        totals={str(rule.id): totals for rule in plan.metrics},
        age_s=0.0,
        blind=0.0,
        versions=frozenset(totals.versions),
        trouble="",
        head="",
    )
