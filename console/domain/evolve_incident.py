"""How entries of incidents, post-mortems and duties change the state (Guide 6.3, 6.4)."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.duties import settle
from console.domain.entry import Entry
from console.domain.evolve_joined import found, joined_incident
from console.domain.misfit import Misfit, known
from console.domain.state import State
from console.domain.state_incident import Duty, Incident, PostMortem
from console.domain.state_rollout import Attempt


def _opened(state: State, event: e.IncidentOpened, entry: Entry, at: float) -> None:
    first = joined_incident(state, event, entry.writer)
    if first is not None:
        first.alerts = _more(first.alerts, event.alerts)
        first.escalations = _more(first.escalations, event.escalations)
        first.calls = _more(first.calls, event.calls)
        first.also = _more(first.also, (event.incident, event.rollback))
        if event.incident != first.id:
            state.joined[event.incident] = first.id
        return
    if event.incident in state.incidents:
        raise Misfit(f"incident {event.incident} is open already")
    attempt = _blamed(state, event)
    state.incidents[event.incident] = Incident(
        event.incident,
        event.severity,
        event.title,
        at,
        entry.actor.name,
        event.trigger,
        attempt=attempt.id,
        rollback=event.rollback,
        alerts=event.alerts,
        escalations=event.escalations,
        calls=event.calls,
    )
    if event.severity == 1 or event.trigger:
        attempt.critical.append(f"incident {event.incident}")


def incident_of(state: State, name: str) -> Incident:
    """The incident of that id, or the one that it is part of; `Misfit` where there is none."""
    incident: Incident = known(state.incidents, state.joined.get(name, name), "incident")
    return incident


def _blamed(state: State, event: e.IncidentOpened) -> Attempt:
    """The attempt that an incident counts against: a rollback's is the one that it ended."""
    rollback = state.rollback_of(event.rollback)
    ended = None if rollback is None else rollback.ended or rollback.attempt
    return next((a for a in reversed(state.attempts) if a.id == ended), state.attempt)


def _changed(state: State, event: e.IncidentChanged, entry: Entry, at: float) -> None:
    incident = incident_of(state, event.incident)
    if event.severity is not None:
        incident.severity = event.severity
        if event.severity == 1:
            _weigh(state, incident)
    if event.lead is not None:
        incident.lead = event.lead
    if event.scribe is not None:
        incident.scribe = event.scribe
    if event.cadence_s is not None:
        incident.cadence_s = event.cadence_s


def _weigh(state: State, incident: Incident) -> None:
    """What became severity 1 counts against its attempt from then on, whatever becomes of it."""
    told = f"incident {incident.id}"
    for attempt in state.attempts:
        if attempt.id == incident.attempt and told not in attempt.critical:
            attempt.critical.append(told)


def _linked(state: State, event: e.IncidentLinked, entry: Entry, at: float) -> None:
    incident = incident_of(state, event.incident)
    incident.alerts = _more(incident.alerts, event.alerts)
    incident.escalations = _more(incident.escalations, event.escalations)
    incident.calls = _more(incident.calls, event.calls)


def _more(held: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*held, *new)))


def _updated(state: State, event: e.IncidentUpdated, entry: Entry, at: float) -> None:
    incident_of(state, event.incident).updates.append(at)


def _closed(state: State, event: e.IncidentClosed, entry: Entry, at: float) -> None:
    incident = incident_of(state, event.incident)
    if incident.closed_at is not None:
        raise Misfit(f"incident {event.incident} is closed already")
    incident.closed_at = at
    incident.resolution = event.resolution


def _duty(state: State, event: e.DutyStarted, entry: Entry, at: float) -> None:
    first = state.joined.get(event.about)
    if first is not None:
        name = f"{event.duty.removesuffix(event.about)}{first}"
        if name != event.duty and name in state.duties:
            state.joined[event.duty] = name
            return
    due = event.due.timestamp()
    state.duties.setdefault(
        event.duty,
        Duty(event.duty, event.title, due, None, "", event.owner, event.about, at),
    )


def _duty_done(state: State, event: e.DutyDone, entry: Entry, at: float) -> None:
    duty = known(state.duties, state.joined.get(event.duty, event.duty), "duty")
    if duty.done_at is None:
        duty.done_at, duty.done_by, duty.remark = at, entry.actor.name, event.remark


def _postmortem(state: State, event: e.PostMortemRecorded, entry: Entry, at: float) -> None:
    if event.rollback:
        found(state, event.rollback).postmortem = True
    if event.incident or not event.rollback:
        incident_of(state, event.incident).postmortem = True
    for about in filter(None, (event.rollback, event.incident)):
        settle(
            state,
            "post-mortem",
            state.joined.get(about, about),
            at,
            entry.actor.name,
            "the post-mortem is on record",
        )
    state.postmortems.append(
        PostMortem(
            event.rollback,
            event.incident,
            event.root_cause,
            event.change,
            event.timeline,
            event.cases,
            at,
            entry.actor.name,
            event.where,
        )
    )


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.IncidentOpened: _opened,
    e.IncidentChanged: _changed,
    e.IncidentLinked: _linked,
    e.IncidentUpdated: _updated,
    e.IncidentClosed: _closed,
    e.DutyStarted: _duty,
    e.DutyDone: _duty_done,
    e.PostMortemRecorded: _postmortem,
}
