"""The gate at an attempt's end (Guide 4): criteria, dwell, and all that an advance still needs.

Unknown holds. There is no way past a gate but to meet it.
"""

from typing import Literal

import msgspec

from config.guide import PhaseName, PhaseRule, phase_rules
from console.domain.checklist import checklist, hard_stop
from console.domain.criteria import (
    Verdict,
    evaluate_criterion,
    incidents_of,
    readiness_criteria,
    trigger_trouble,
)
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.standing import standing_of
from console.domain.state import State
from console.domain.state_rollout import Attempt
from console.domain.times import iso, span
from console.domain.traffic import traffic_trouble

BLIND_LIMIT = 0.05


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
    passed = facts.now - attempt.entered_at - attempt.jumped_s
    elapsed = max(0.0, passed) if state.attempts else 0.0
    dwell = float(rule.min_s) if rule else 0.0
    following = next_of(attempt, facts.deployment.traffic.shares)
    criteria: tuple[CriterionRecord, ...]
    if rule is None:
        criteria = readiness_criteria(state, facts)
    else:
        criteria = tuple(evaluate_criterion(c, state, facts) for c in rule.criterion)
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
    missing += _config(state, facts)
    if facts.trouble:
        missing.append(f"not all feeds are live: {facts.trouble}")
    if rule is not None:
        missing += _blind(facts)
        missing += trigger_trouble(facts)
        missing += traffic_trouble(state, facts)
    else:
        missing += [stop] if (stop := hard_stop(checklist(state, standing_of(facts)))) else []
        missing += [
            f"the three outputs of {r.id}'s post-mortem are not recorded (Guide 6.4)"
            for r in state.rollbacks.values()
            if not r.postmortem
        ]
    if state.rollback is not None and state.rollback.state != "verified":
        missing.append(f"rollback {state.rollback.id} is {state.rollback.state}")
    verdicts = {c.verdict for c in criteria}
    verdict: Verdict = "met"
    if missing:
        verdict = "not-met"
    if "unknown" in verdicts and "not-met" not in verdicts:
        verdict = "unknown"
    return Gate(verdict, criteria, tuple(missing), following, elapsed, dwell)


def _config(state: State, facts: Facts) -> list[str]:
    """A gate is decided on one text of `warroom.toml`, which the journal knows."""
    missing = []
    if state.config_sha256 not in {"", facts.config_sha256}:
        missing.append(
            "warroom.toml is not the one that the journal knows: a lead accepts it "
            "(warroom config accept), or it is restored"
        )
    if facts.config_trouble:
        missing.append(f"gates are decided on the config as it stands: {facts.config_trouble}")
    return missing


def _left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else span(seconds)


def _locked(state: State, facts: Facts) -> list[str]:
    """From GO on the config tag and the rules are locked; others hold every gate."""
    locked = state.locked_version
    if not locked:
        return []
    missing = []
    if facts.deployment.agent.version != locked:
        missing.append(
            f"GO was given for {locked}, the config says {facts.deployment.agent.version}"
        )
    changed = [n for n, told in state.locked_rules.items() if facts.rules.get(n) != told]
    if changed:
        names = ", ".join(f"[{name}]" for name in changed)
        missing.append(f"GO was given for another {names} in warroom.toml: restore what it said")
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


def gate_record(state: State, facts: Facts, gate: Gate, decision: str, why: str) -> str:
    """The gate's record in the form that Guide 4.2 asks for."""
    attempt = state.attempt
    name = attempt.phase if attempt.increment is None else f"{attempt.phase} {attempt.increment} %"
    named = ", ".join(c.id for c in gate.criteria)
    result = "met" if gate.verdict == "met" else "not met"
    data = "; ".join(f"{c.id}: {c.why}" for c in gate.criteria)
    incidents = [i.id for i in incidents_of(state)]
    then = f"advance to {gate.to.label}" if decision == "advance" and gate.to else f"hold for {why}"
    return (
        f"Phase {name} completed {iso(facts.now)}. Gate criterion: {named}. Result: {result}. "
        f"Evidence: {data}; incidents: {', '.join(incidents) or 'none'}. Decision: {then}."
    )
