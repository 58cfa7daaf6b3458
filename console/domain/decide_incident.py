"""Decisions about incidents, post-mortems and duties (Guide 6.3, 6.4); see `decide`."""

from collections.abc import Callable
from typing import Any

from config.guide import trigger_rules
from config.nearest import suggestion
from console.domain import commands as c
from console.domain import events as e
from console.domain import postmortem as pm
from console.domain.duties import UPDATE, owed, started
from console.domain.facts import Facts
from console.domain.incidents import captured_of, needs_postmortem
from console.domain.order import incident_id
from console.domain.refused import Refused, lead, may_write, words
from console.domain.state import State
from console.domain.state_incident import Incident

LEAST_CADENCE_S = 300
MOST_CADENCE_S = 86_400


def _open(state: State, command: c.OpenIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    title = words(command.title, "the title")
    known = [rule.id for rule in trigger_rules()]
    if command.trigger and command.trigger not in known:
        raise Refused(f"there is no trigger {command.trigger} (one of: {', '.join(known)})")
    _known_links(state, command.alerts, command.escalations)
    name = incident_id(state, facts.now)
    opened = e.IncidentOpened(
        name,
        command.severity,
        title,
        command.trigger,
        "",
        command.alerts,
        command.escalations,
        command.calls,
    )
    duties = started("incident", name, facts.now) if command.severity <= 2 else []
    return [opened, *duties]


def _known_links(state: State, alerts: tuple[str, ...], escalations: tuple[str, ...]) -> None:
    for what, names, held in (
        ("alert", alerts, state.alerts),
        ("escalation", escalations, state.escalations),
    ):
        for name in names:
            if name not in held:
                raise Refused(f"there is no {what} {name} on record")


def opened(state: State, name: str) -> Incident:
    """The incident `name`, which is open, or `Refused`."""
    incident = state.incidents.get(name)
    if incident is None:
        if not state.incidents:
            raise Refused(f"there is no incident {name}: none was opened")
        raise Refused(f"there is no incident {name}{suggestion(name, state.incidents)}")
    if incident.closed_at is not None:
        raise Refused(f"incident {name} is closed; what came to light since is a note on it")
    return incident


def _change(state: State, command: c.ChangeIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    incident = opened(state, command.incident)
    why = command.why.strip()
    severity, cadence = command.severity, command.cadence_s
    if severity is not None:
        if severity == incident.severity:
            raise Refused(f"{incident.id} is of severity {severity} already")
        if not why:
            raise Refused(f"say why its severity becomes {severity}")
    for role, name in (("lead", command.lead), ("scribe", command.scribe)):
        _known_person(facts, role, name)
    if cadence is not None and cadence and not LEAST_CADENCE_S <= cadence <= MOST_CADENCE_S:
        raise Refused("an update is owed every 5 min at the soonest and every 24 h at the latest")
    if (severity, command.lead, command.scribe, cadence) == (None,) * 4:
        raise Refused("say what changes: severity, lead, scribe or how often an update is owed")
    changed = e.IncidentChanged(incident.id, severity, command.lead, command.scribe, cadence, why)
    grave = severity is not None and severity <= 2 and not incident.rollback
    return [changed, *(started("incident", incident.id, facts.now) if grave else [])]


def _known_person(facts: Facts, role: str, name: str | None) -> None:
    people = [person.name for person in facts.deployment.people]
    if name and name not in people:
        raise Refused(f"nobody is named {name} here, to be its {role}{suggestion(name, people)}")


def _link(state: State, command: c.LinkToIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    incident = opened(state, command.incident)
    _known_links(state, command.alerts, command.escalations)
    alerts = tuple(one for one in command.alerts if one not in incident.alerts)
    escalations = tuple(one for one in command.escalations if one not in incident.escalations)
    calls = tuple(one for one in command.calls if one not in incident.calls)
    if not (alerts or escalations or calls):
        raise Refused(
            "these belong to it already, or nothing was named: an alert, escalation, call"
        )
    return [e.IncidentLinked(incident.id, alerts, escalations, calls)]


def _update(state: State, command: c.UpdateIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    incident = opened(state, command.incident)
    return [e.IncidentUpdated(incident.id, words(command.text, "the status update"))]


def _captured(state: State, command: c.RecordCaptures, facts: Facts) -> list[e.Event]:
    """Also of a closed incident: what its inputs were is wanted for the post-mortem."""
    may_write(facts)
    incident = state.incidents.get(command.incident)
    if incident is None:
        raise Refused(f"there is no incident {command.incident}")
    held = captured_of(state, incident)
    news = [one for one in command.captured if one.sha256 or not held.get(one.call)]
    if not news:
        raise Refused("these calls are kept already")
    calls = tuple(one.call for one in news if one.call not in incident.calls)
    linked = [e.IncidentLinked(incident.id, calls=calls)] if calls else []
    return [*linked, *news]


def _close(state: State, command: c.CloseIncident, facts: Facts) -> list[e.Event]:
    may_write(facts)
    incident = state.incidents.get(command.incident)
    if incident is None or incident.closed_at is not None:
        raise Refused(f"no incident {command.incident} is open")
    resolution = words(command.resolution, "the resolution")
    rollback = state.rollbacks.get(incident.rollback)
    if rollback is not None and rollback.state != "verified":
        raise Refused(
            f"{incident.id} stays open while its rollback {rollback.id} is {rollback.state}: "
            "it is over once the rollback is verified"
        )
    return [e.IncidentClosed(incident.id, resolution)]


def _duty(state: State, command: c.CompleteDuty, facts: Facts) -> list[e.Event]:
    may_write(facts)
    if command.duty.startswith(UPDATE) and command.duty not in state.duties:
        raise Refused("a status update is owed: write it (u, or warroom incident DIR ID --update)")
    duty = state.duties.get(command.duty)
    if duty is None or duty.done_at is not None:
        left = ", ".join(one.id for one in owed(state, facts.now) if one.id in state.duties)
        raise Refused(f"{command.duty} is not owed (owed: {left or 'nothing'})")
    remark = words(command.remark, "the remark")
    if duty.id == f"post-mortem-{duty.about}" and duty.about and _lacks_outputs(state, duty.about):
        raise Refused(
            "the post-mortem is done once its three outputs are on record: m on the Incidents "
            "screen, or warroom postmortem DIR (Guide 6.4)"
        )
    return [e.DutyDone(duty.id, remark)]


def _lacks_outputs(state: State, about: str) -> bool:
    """Whether what the duty is about still asks for a post-mortem."""
    rollback, incident = state.rollbacks.get(about), state.incidents.get(about)
    if rollback is not None:
        return not rollback.postmortem
    return incident is not None and needs_postmortem(state, incident)


def _postmortem(state: State, command: c.RecordPostMortem, facts: Facts) -> list[e.Event]:
    """Guide 6.4: complete only with the specific cause, the specific change, the new timeline."""
    lead(facts, "record the post-mortem")
    rollback, incident = _about(state, command)
    if command.cases < 0:
        raise Refused("the number of failing inputs is 0 or more")
    if not command.cases and rollback and state.rollbacks[rollback].trigger == "incorrect-outputs":
        raise Refused("each input that was answered wrongly becomes a test case: say how many")
    cause = pm.root_cause(command.root_cause)
    change, where = pm.change(command.change, command.where)
    timeline = pm.revised_timeline(command.timeline, facts.now)
    return [e.PostMortemRecorded(rollback, cause, change, timeline, command.cases, incident, where)]


def _about(state: State, command: c.RecordPostMortem) -> tuple[str, str]:
    """The rollback and the incident that it is of; one of them may be ""."""
    if command.rollback:
        of = state.rollback_of(command.rollback)
        if of is None:
            known = ", ".join(state.rollbacks) or "none was fired"
            raise Refused(f"there was no rollback {command.rollback} (one of: {known})")
        return of.id, ""
    if command.incident:
        held = state.incidents.get(command.incident)
        if held is None:
            known = ", ".join(state.incidents) or "none was opened"
            raise Refused(f"there is no incident {command.incident} (one of: {known})")
        return (held.rollback, "") if held.rollback in state.rollbacks else ("", held.id)
    for rollback in state.rollbacks.values():
        if not rollback.postmortem:
            return rollback.id, ""
    for one in state.incidents.values():
        if needs_postmortem(state, one):
            return "", one.id
    if state.rollbacks:
        return next(reversed(state.rollbacks)), ""
    raise Refused(
        "there was no rollback, and no incident of severity 1 or 2 without one: nothing needs a "
        "post-mortem (--incident names another)"
    )


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.OpenIncident: _open,
    c.ChangeIncident: _change,
    c.LinkToIncident: _link,
    c.UpdateIncident: _update,
    c.RecordCaptures: _captured,
    c.CloseIncident: _close,
    c.CompleteDuty: _duty,
    c.RecordPostMortem: _postmortem,
}
