"""Decisions about phases and gates (Guide 4); see `decide`."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from console.domain import commands as c
from console.domain import events as e
from console.domain.facts import Facts
from console.domain.gates import evaluate, gate_record
from console.domain.refused import Refused, lead, may_write, words
from console.domain.state import State


def same_attempt(state: State, facts: Facts) -> None:
    """What was seen and said of one attempt never counts for the next."""
    if state.attempt.id != facts.attempt:
        raise Refused(f"somebody decided meanwhile: {state.attempt.id} runs now; look again")


def _baseline(state: State, command: c.DocumentBaseline, facts: Facts) -> list[e.Event]:
    lead(facts, "document the baseline")
    if state.attempt.phase != "readiness":
        raise Refused("the baseline cannot change once the rollout has begun")
    if command.accuracy is not None and not 0 <= command.accuracy <= 1:
        raise Refused("accuracy is a fraction from 0 to 1")
    for number, name in ((command.latency_p95, "latency"), (command.cost_per_call, "cost")):
        if number is not None and not (isfinite(number) and number > 0):
            raise Refused(f"the {name} must be a finite number above 0; leave it out if unknown")
    return [
        e.BaselineDocumented(
            command.accuracy,
            command.latency_p95,
            command.cost_per_call,
            words(command.source, "the source"),
        )
    ]


def _brief(state: State, command: c.GiveBrief, facts: Facts) -> list[e.Event]:
    lead(facts, "record a brief")
    same_attempt(state, facts)
    told = facts.deployment.holders("bu-operations-lead")
    if not told:
        raise Refused("nobody in warroom.toml is bu-operations-lead: add the person who is briefed")
    text = words(command.text, "what they were told")
    return [e.BriefGiven(state.attempt.id, told[0].name, text)]


def _satisfaction(state: State, command: c.JudgeSatisfaction, facts: Facts) -> list[e.Event]:
    """Their word: a lead may only record what the BU Operations Lead judged."""
    same_attempt(state, facts)
    why = words(command.why, "the reason")
    behalf = command.on_behalf_of
    if behalf or "bu-operations-lead" not in facts.actor.roles:
        lead(facts, "record the BU Operations Lead's judgement")
        theirs = [person.name for person in facts.deployment.holders("bu-operations-lead")]
        if behalf not in theirs:
            raise Refused(
                "the users' satisfaction is the BU Operations Lead's to judge: say on whose behalf "
                f"it is recorded ({', '.join(theirs) or 'nobody in warroom.toml has that role'})"
            )
    return [e.SatisfactionJudged(state.attempt.id, command.verdict, why, behalf)]


def _gate(state: State, command: c.DecideGate, facts: Facts) -> list[e.Event]:
    same_attempt(state, facts)
    gate = evaluate(state, facts)
    attempt = state.attempt
    if gate.to is None:
        raise Refused(*gate.missing)
    if command.decision == "hold":
        may_write(facts)
        why = words(command.why, "the reason for the hold")
    else:
        lead(facts, "decide a gate")
        why = command.why.strip()
        if gate.missing:
            raise Refused(*gate.missing)
    advance = command.decision == "advance"
    return [
        e.GateDecided(
            attempt=attempt.id,
            decision=command.decision,
            why=why,
            criteria=gate.criteria,
            to_phase=gate.to.phase if advance else "",
            to_increment=gate.to.increment if advance else None,
            version=facts.deployment.agent.version,
            open_alerts=tuple(alert.id for alert in state.firing),
            record=gate_record(state, facts, gate, command.decision, why),
            head=facts.head,
            rules=facts.rules if advance and attempt.phase == "readiness" else {},
        )
    ]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.DocumentBaseline: _baseline,
    c.GiveBrief: _brief,
    c.JudgeSatisfaction: _satisfaction,
    c.DecideGate: _gate,
}
