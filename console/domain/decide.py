"""The decision: a command against the present state gives events, or a refusal with its reasons.

Pure. What it returns is written and synced before anything on the screen changes; under the
journal's lock it is decided again on what others wrote meanwhile.
"""

from collections.abc import Callable
from typing import Any

from config.guide import trigger_rules
from console.domain import commands as c
from console.domain import events as e
from console.domain.decide_contested import DECIDE as CONTESTED
from console.domain.decide_escalation import DECIDE as ESCALATIONS
from console.domain.decide_escalation import acknowledged_with
from console.domain.decide_incident import DECIDE as INCIDENT
from console.domain.decide_notices import DECIDE as NOTICES
from console.domain.decide_readiness import DECIDE as READINESS
from console.domain.decide_review import DECIDE as REVIEW
from console.domain.decide_rollout import DECIDE as ROLLOUT
from console.domain.decide_rollout import failed_gate
from console.domain.decide_silence import DECIDE as SILENCES
from console.domain.decide_traffic import DECIDE as TRAFFIC
from console.domain.decide_warning import DECIDE as WARNINGS
from console.domain.decide_window import DECIDE as WINDOW
from console.domain.facts import Facts
from console.domain.order import Order, ordered
from console.domain.refused import Refused, may_write, words
from console.domain.state import State
from console.domain.times import span


def decide(state: State, command: c.Command, facts: Facts) -> list[e.Event]:
    """The events that `command` amounts to on this state and picture, or `Refused`."""
    return _DECIDE[type(command)](state, command, facts)


def _note(state: State, command: c.WriteNote, facts: Facts) -> list[e.Event]:
    may_write(facts)
    if command.incident and command.incident not in state.incidents:
        known = ", ".join(state.incidents) or "none is open"
        raise Refused(f"there is no incident {command.incident} ({known})")
    if command.occurred_at is not None and command.occurred_at.timestamp() > facts.now:
        raise Refused("a note cannot be about the future")
    text = words(command.text, "the note")
    return [e.NoteWritten(text, command.incident, command.occurred_at, command.corrects)]


def _acknowledge(state: State, command: c.AcknowledgeAlert, facts: Facts) -> list[e.Event]:
    may_write(facts)
    alert = state.alerts.get(command.alert)
    if alert is None:
        known = ", ".join(a.id for a in state.firing) or "none fires"
        raise Refused(f"there is no alert {command.alert} ({known})")
    if alert.acknowledged_at is not None:
        ago = span(facts.now - alert.acknowledged_at)
        raise Refused(f"{alert.id} was acknowledged by {alert.acknowledged_by} {ago} ago")
    remark = command.remark.strip()
    return [*acknowledged_with(state, alert, remark), e.AlertAcknowledged(alert.id, remark)]


def order_of(state: State, command: c.TriggerRollback, facts: Facts) -> Order:
    """What is fired, with all that the picture adds to it."""
    name = next((rule.name for rule in trigger_rules() if rule.id == command.trigger), "")
    true = next((t for t in facts.triggers if t.id == command.trigger), None)
    gates = failed_gate(state, facts, command.why.strip() or name)
    return Order(
        rollback=command.rollback,
        trigger=command.trigger,
        why=command.why,
        actor=facts.actor,
        attempt=state.attempt.id,
        phase=state.attempt.phase,
        target=command.target,
        steps=command.steps,
        config=facts.config_sha256,
        calls=command.calls,
        first_true=None if true is None else true.since,
        gate=next(iter(gates), None),
    )


def _rollback(state: State, command: c.TriggerRollback, facts: Facts) -> list[e.Event]:
    """Guide 3.5: one person, one decision. Whoever is not the owner fires on the owner's behalf."""
    order = order_of(state, command, facts)
    return ordered(state, order, facts.deployment, facts.now, alive=facts.rollback_alive)


_DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    **CONTESTED,
    **INCIDENT,
    **ESCALATIONS,
    **READINESS,
    **REVIEW,
    **ROLLOUT,
    **SILENCES,
    **NOTICES,
    **TRAFFIC,
    **WARNINGS,
    **WINDOW,
    c.WriteNote: _note,
    c.AcknowledgeAlert: _acknowledge,
    c.TriggerRollback: _rollback,
}
