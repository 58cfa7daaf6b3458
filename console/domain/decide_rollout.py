"""Decisions about phases and gates (Guide 4); see `decide`."""

import hashlib
from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec

from console.domain import commands as c
from console.domain import events as e
from console.domain.brief import brief_text
from console.domain.facts import Facts
from console.domain.gate_record import gate_record
from console.domain.gates import AGREE_S, Gate, evaluate, next_of, proposal_of
from console.domain.refused import LEADS, Refused, held_words, lead, may_write, words
from console.domain.state import State
from console.domain.state_rollout import Proposal
from console.domain.times import span, utc


def same_attempt(state: State, facts: Facts, seen: str = "") -> None:
    """What was seen and said of one attempt never counts for the next.

    `seen` is the one that was on the screen, where a screen was looked at.
    """
    if state.attempt.id != (seen or facts.attempt):
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
    source = words(command.source, "the source")
    numbers = (command.accuracy, command.latency_p95, command.cost_per_call)
    if not command.sha256 and command.n:
        raise Refused("a measured baseline has the hash of what was measured")
    stated = msgspec.json.encode(["warroom/baseline/1", *numbers, source])
    sha256 = command.sha256 or hashlib.sha256(stated).hexdigest()
    return [e.BaselineDocumented(*numbers, source, command.n, sha256)]


def _brief(state: State, command: c.GiveBrief, facts: Facts) -> list[e.Event]:
    lead(facts, "record a brief")
    same_attempt(state, facts, command.attempt)
    told = facts.deployment.holders("bu-operations-lead")
    if not told:
        raise Refused("nobody in warroom.toml is bu-operations-lead: add the person who is briefed")
    to = next_of(state.attempt, facts.deployment.traffic.shares)
    text = command.text.strip() or brief_text(facts.deployment, to)
    return [e.BriefGiven(state.attempt.id, told[0].name, text, to.label, command.how.strip())]


def _satisfaction(state: State, command: c.JudgeSatisfaction, facts: Facts) -> list[e.Event]:
    """Their word: a lead may only record what the BU Operations Lead judged."""
    same_attempt(state, facts, command.attempt)
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
    """Guide 4.2: holding takes one person and a reason; advancing takes an open gate."""
    same_attempt(state, facts, command.attempt)
    gate = evaluate(state, facts)
    if gate.to is None:
        raise Refused(*gate.missing)
    if command.decision == "hold":
        may_write(facts)
        why = words(command.why, "the reason for the hold")
        return [decided(state, facts, gate, command, why)]
    lead(facts, "decide a gate")
    if gate.missing:
        raise Refused(*gate.missing)
    if gate.to.phase == "stable":
        raise Refused(
            "the window ends with its assessment (Guide 6.3), and no gate leads past it: A on the "
            "Window screen (8), or warroom assess DIR"
        )
    _as_seen(command, gate)
    if command.agrees and proposal_of(state, facts.now) is None:
        raise Refused(_nothing_to_agree(state, facts))
    if not facts.deployment.two_people:
        return [decided(state, facts, gate, command, command.why.strip())]
    held = agreed_to(state, facts, gate, gate.to.label)
    if held is None:
        why = command.why.strip()
        return [e.GateProposed(state.attempt.id, gate.to.label, why, gate.criteria, facts.head)]
    return [decided(state, facts, gate, command, command.why.strip() or held.why, held)]


def agreed_to(state: State, facts: Facts, gate: Gate, into: str) -> Proposal | None:
    """The other lead's standing proposal of `into`, None where this one is the first.

    Nobody agrees with themselves, nor two of one role.
    """
    held = proposal_of(state, facts.now)
    if held is None or held.into != into:
        return None
    if held.by == facts.actor.name:
        raise Refused(f"{held.by} has proposed it: {gate.waits_for}")
    if not LEADS.issubset({*held.roles, *facts.actor.roles}):
        who = held_words(facts.actor.name, facts.actor.roles)
        raise Refused(f"{gate.waits_for}; {who}")
    return held


def _nothing_to_agree(state: State, facts: Facts) -> str:
    old = state.proposals.get(state.attempt.id)
    if old is None:
        return "nobody has proposed to advance: propose it (warroom gate DIR --advance)"
    ago = span(facts.now - old.at)
    return f"what {old.by} proposed {ago} ago is void after {span(AGREE_S)}: propose it anew"


def _as_seen(command: c.DecideGate, gate: Gate) -> None:
    """What is decided on must still be so: a number may have moved, a verdict must not have."""
    if not command.seen:
        return
    seen, now = ({c.id: c.verdict for c in held} for held in (command.seen, gate.criteria))
    changed = [name for name in {**seen, **now} if seen.get(name) != now.get(name)]
    if changed:
        raise Refused(f"changed since it was on the screen: {', '.join(changed)}; look again")


def decided(
    state: State,
    facts: Facts,
    gate: Gate,
    command: c.DecideGate,
    why: str,
    held: Proposal | None = None,
    assessed: str = "",
) -> e.GateDecided:
    """The decision on record, with what it was made on; `assessed` is as in `gate_record`."""
    if command.seen:
        gate = msgspec.structs.replace(gate, criteria=command.seen)
    alerts = command.seen_alerts if command.seen else tuple(one.id for one in state.firing)
    advance = command.decision == "advance"
    to = gate.to if advance else None
    return e.GateDecided(
        attempt=state.attempt.id,
        decision=command.decision,
        why=why,
        criteria=gate.criteria,
        to_phase=to.phase if to else "",
        to_increment=to.increment if to else None,
        version=facts.deployment.agent.version,
        open_alerts=alerts,
        record=gate_record(state, facts, gate, command.decision, why, alerts, assessed),
        head=facts.head,
        rules=facts.rules if advance and state.attempt.phase == "readiness" else {},
        proposed_by="" if held is None else held.by,
        proposed_at=None if held is None else utc(held.at),
        seen_at=None if command.seen_at is None else utc(command.seen_at),
        cautions=gate.cautions,
        alone_since=utc(facts.alone_since) if advance and facts.alone_since is not None else None,
    )


def failed_gate(state: State, facts: Facts, why: str) -> list[e.GateDecided]:
    """The gate's record of an attempt that ends in a rollback (Guide 4.2).

    Nothing where the picture is too poor for one: no record is worth a second of a rollback.
    """
    if state.attempt.phase == "readiness" or not facts.totals:
        return []
    try:
        gate = evaluate(state, facts)
        alerts = tuple(alert.id for alert in state.firing)
        record = gate_record(state, facts, gate, "rollback", why, alerts)
    except Exception:  # an order is carried out, whatever is wrong with what we know
        return []
    return [
        e.GateDecided(
            attempt=state.attempt.id,
            decision="rollback",
            why=why,
            criteria=gate.criteria,
            version=facts.deployment.agent.version,
            open_alerts=alerts,
            record=record,
            head=facts.head,
        )
    ]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.DocumentBaseline: _baseline,
    c.GiveBrief: _brief,
    c.JudgeSatisfaction: _satisfaction,
    c.DecideGate: _gate,
}
