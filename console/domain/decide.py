"""The decision: a command against the present state gives events, or a refusal with its reasons.

Pure. What it returns is written and synced before anything on the screen changes; under the
journal's lock it is decided again on what others wrote meanwhile.
"""

from collections.abc import Callable
from typing import Any

from config.guide import trigger_rules
from console.domain import commands as c
from console.domain import events as e
from console.domain.decide_readiness import DECIDE as READINESS
from console.domain.decide_review import DECIDE as REVIEW
from console.domain.decide_rollout import DECIDE as ROLLOUT
from console.domain.decide_rollout import failed_gate
from console.domain.decide_silence import DECIDE as SILENCES
from console.domain.decide_traffic import DECIDE as TRAFFIC
from console.domain.facts import Facts
from console.domain.order import Order, incident_id, ordered
from console.domain.refused import Refused, lead, may_write, words
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
    return [e.NoteWritten(words(command.text, "the note"), command.incident, command.occurred_at)]


def _acknowledge(state: State, command: c.AcknowledgeAlert, facts: Facts) -> list[e.Event]:
    may_write(facts)
    alert = state.alerts.get(command.alert)
    if alert is None:
        known = ", ".join(a.id for a in state.firing) or "none fires"
        raise Refused(f"there is no alert {command.alert} ({known})")
    if alert.acknowledged_at is not None:
        ago = span(facts.now - alert.acknowledged_at)
        raise Refused(f"{alert.id} was acknowledged by {alert.acknowledged_by} {ago} ago")
    return [e.AlertAcknowledged(alert.id, command.remark.strip())]


def _checkin(state: State, command: c.CheckIn, facts: Facts) -> list[e.Event]:
    lead(facts, "check in")
    return [e.CheckInMade(words(command.remark, "the remark"))]


def _incident(state: State, command: c.OpenIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    title = words(command.title, "the title")
    known = [rule.id for rule in trigger_rules()]
    if command.trigger and command.trigger not in known:
        raise Refused(f"there is no trigger {command.trigger} (one of: {', '.join(known)})")
    return [
        e.IncidentOpened(incident_id(state, facts.now), command.severity, title, command.trigger)
    ]


def _close(state: State, command: c.CloseIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    incident = state.incidents.get(command.incident)
    if incident is None or incident.closed_at is not None:
        raise Refused(f"no incident {command.incident} is open")
    return [e.IncidentClosed(command.incident, words(command.resolution, "the resolution"))]


def _duty(state: State, command: c.CompleteDuty, facts: Facts) -> list[e.Event]:
    may_write(facts)
    duty = state.duties.get(command.duty)
    if duty is None or duty.done_at is not None:
        owed = ", ".join(d.id for d in state.duties.values() if d.done_at is None) or "nothing"
        raise Refused(f"{command.duty} is not owed (owed: {owed})")
    return [e.DutyDone(duty.id, words(command.remark, "the remark"))]


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


def _postmortem(state: State, command: c.RecordPostMortem, facts: Facts) -> list[e.Event]:
    lead(facts, "record the post-mortem")
    if not state.rollbacks:
        raise Refused("there was no rollback")
    owed = [r.id for r in state.rollbacks.values() if not r.postmortem]
    rollback = command.rollback or next(iter([*owed, *reversed(state.rollbacks)]))
    if rollback not in state.rollbacks:
        raise Refused(f"there was no rollback {rollback} (one of: {', '.join(state.rollbacks)})")
    if command.cases < 0:
        raise Refused("the number of failing inputs is 0 or more")
    if not command.cases and state.rollbacks[rollback].trigger == "incorrect-outputs":
        raise Refused("each input that was answered wrongly becomes a test case: say how many")
    return [
        e.PostMortemRecorded(
            rollback,
            words(command.root_cause, "the specific root cause"),
            words(command.change, "the specific change"),
            words(command.timeline, "the revised timeline"),
            command.cases,
        )
    ]


_DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    **READINESS,
    **REVIEW,
    **ROLLOUT,
    **SILENCES,
    **TRAFFIC,
    c.WriteNote: _note,
    c.AcknowledgeAlert: _acknowledge,
    c.CheckIn: _checkin,
    c.OpenIncident: _incident,
    c.CloseIncident: _close,
    c.CompleteDuty: _duty,
    c.TriggerRollback: _rollback,
    c.RecordPostMortem: _postmortem,
}
