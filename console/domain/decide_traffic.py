"""Decisions about the traffic switch (Guide 4); see `decide`."""

from collections.abc import Callable
from typing import Any

from console.domain import commands as c
from console.domain import events as e
from console.domain.facts import Facts
from console.domain.refused import Refused, may_write
from console.domain.rights import LEAD_OR_OWNER
from console.domain.share import Target, gone_astray, target_before, target_of, traffic_key
from console.domain.state import State


def _ask(state: State, command: c.AskTraffic, facts: Facts) -> list[e.Event]:
    """Traffic follows decisions: only what the attempt means, or what the one before meant."""
    if facts.deployment.traffic.switch is None:
        raise Refused("no [traffic.switch] is in warroom.toml: the traffic is switched by hand")
    if not LEAD_OR_OWNER.roles.intersection(facts.actor.roles):
        raise Refused(
            f"{facts.actor.name} cannot set the traffic: that takes an agent-lead, a tech-lead or "
            "the rollback-owner"
        )
    if state.attempt.id != command.attempt:
        raise Refused(f"somebody decided meanwhile: {state.attempt.id} runs now; look again")
    now, before = target_of(state.attempt), target_before(state)
    target = Target(command.share, command.phase)
    if target not in {now, before}:
        raise Refused(
            f"traffic follows the decisions: {state.attempt.id} means {now.share} %, and the way "
            f"back is {before.share} %"
        )
    return [
        e.TrafficAsked(
            attempt=command.attempt,
            share=command.share,
            before=command.before,
            version=state.locked_version or facts.deployment.agent.version,
            key=traffic_key(facts.deployment.deployment, state, target),
            why=command.why.strip(),
            phase=command.phase,
            forced=command.forced,
            instead_of=tuple(one.name for one in gone_astray(state)),
        )
    ]


def _record(state: State, command: c.RecordTraffic, facts: Facts) -> list[e.Event]:
    may_write(facts)
    held = state.traffic.get(command.attempt)
    if held is None or held.key != command.key:
        raise Refused(f"the switch was not asked for this in {command.attempt}")
    if held.outcome:
        raise Refused(f"what came of it is on record already: {held.outcome}")
    return [
        e.TrafficSet(
            command.attempt,
            held.share,
            command.outcome,
            command.seen,
            command.detail.strip(),
            command.key,
        )
    ]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.AskTraffic: _ask,
    c.RecordTraffic: _record,
}
