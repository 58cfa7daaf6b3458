"""From incidents, their timelines and what is owed to what widgets show. Pure."""

from textual.content import Content

from console.clean import clean
from console.domain.duties import left_words, owed, update_due
from console.domain.incident_log import Moment
from console.domain.incidents import (
    all_incidents,
    captured_of,
    needs_postmortem,
    open_incidents,
    severity_words,
    still_owed,
)
from console.domain.state import State
from console.domain.state_incident import Incident
from console.domain.times import clock_text, span, utc
from console.screens.moments import moment_text
from widgets.filterline import lets
from widgets.format import duration
from widgets.incidents import IncidentView, MomentView
from widgets.line import Tone

TONES: dict[str, Tone] = {
    "opened": "strong",
    "closed": "good",
    "update": "good",
    "rollback": "warn",
    "alert fired": "warn",
    "trigger": "warn",
    "SLA missed": "warn",
    "suspension": "warn",
}


def incident_views(state: State, now: float, text: str = "") -> list[IncidentView]:
    """The incidents that hold `text` (`!text`: that do not), the open ones first."""
    return [
        _view(state, incident, now) for incident in all_incidents(state) if _holds(incident, text)
    ]


def _holds(incident: Incident, text: str) -> bool:
    hay = " ".join(
        (
            incident.id,
            incident.title,
            severity_words(incident.severity),
            incident.lead,
            incident.scribe,
            incident.trigger,
            "open" if incident.closed_at is None else "closed",
            *incident.alerts,
            *incident.calls,
        )
    )
    return lets(text, hay)


def _view(state: State, incident: Incident, now: float) -> IncidentView:
    due = update_due(incident)
    if due is None:
        closed = incident.closed_at or now
        took = duration(closed - incident.opened_at)
        said = "post-mortem owed" if needs_postmortem(state, incident) else ""
        age = f"took {took}, closed {duration(now - closed)} ago"
        return IncidentView(
            incident.id,
            incident.severity,
            severity_words(incident.severity),
            clean(incident.title, 120),
            age,
            said,
            people=_people(incident),
            closed=True,
        )
    left = due - now
    return IncidentView(
        incident.id,
        incident.severity,
        severity_words(incident.severity),
        clean(incident.title, 120),
        f"open {duration(now - incident.opened_at)}",
        f"update {left_words(left)}" if left < 0 else f"update due in {span(left)}",
        left < 0,
        _people(incident),
    )


def _people(incident: Incident) -> str:
    lead = f"lead {clean(incident.lead, 30)}" if incident.lead else "no lead"
    return lead + (f", scribe {clean(incident.scribe, 30)}" if incident.scribe else "")


def moment_views(moments: list[Moment], now: float) -> list[MomentView]:
    """A timeline as rows; a day that is not today's stands with its time."""
    places = {one.source: clock_text(one.occurred) for one in moments}
    return [
        MomentView(
            one.source,
            _at(one.occurred, now),
            one.kind,
            clean(one.by, 40),
            clean(one.text, 2000),
            f"recorded {_at(one.recorded, one.occurred)}, {span(one.recorded - one.occurred)} later"
            if one.late
            else "",
            _mark(one, places),
            TONES.get(one.kind, ""),
        )
        for one in moments
    ]


def _at(moment: float, now: float) -> str:
    same = utc(moment).date() == utc(now).date()
    return clock_text(moment) if same else utc(moment).strftime("%m-%d %H:%MZ")


def _mark(one: Moment, places: dict[str, str]) -> str:
    said = []
    if one.corrects:
        said.append(f"corrects {places.get(one.corrects, '')} {clean(one.corrects, 60)}".rstrip())
    said += [f"corrected by {places.get(other, '')} {other}" for other in one.corrected_by]
    return ", ".join(said)


def head_words(state: State, now: float) -> Content:
    """How many are open, and what is owed next, in a line."""
    held, due = open_incidents(state), owed(state, now)
    late = sum(one.overdue for one in due)
    count = len(held)
    parts = [(f"{count} open" if count else "no incident is open", "bold" if count else "")]
    if due:
        many = f"{len(due)} owed, {late} overdue (D)" if late else f"{len(due)} owed (D)"
        parts.append((many, "bold $text-error" if late else ""))
        parts.append((f"next: {due[0].clock}", "$text-muted"))
    return Content(" · ").join(Content.styled(text, style) for text, style in parts)


def detail_words(state: State, incident: Incident, now: float) -> Content:
    """What stands on top of the chosen incident's timeline, in a line or two."""
    kept = captured_of(state, incident)
    calls = dict.fromkeys((*incident.calls, *kept))
    said = [
        clean(incident.id, 60),
        f"opened {moment_text(incident.opened_at, now)}, by {clean(incident.by, 40)}",
        f"trigger {clean(incident.trigger, 40)}" if incident.trigger else "",
        _rollback(state, incident),
        _many(len(incident.alerts), "alert"),
        _many(len(incident.escalations), "escalation"),
        f"{_many(len(calls), 'call')}, {sum(map(bool, kept.values()))} captured" if calls else "",
    ]
    lines = [Content(" · ".join(part for part in said if part))]
    left = still_owed(state, incident, now)
    if incident.closed_at is not None:
        lines.append(Content(f"closed: {clean(incident.resolution, 300)}"))
    if left:
        text = "owed: " + "; ".join(f"{clean(one.title, 80)}, {one.clock}" for one in left)
        style = "bold $text-error" if left[0].overdue else "$text-warning"
        lines.append(Content.styled(text, style))
    return Content("\n").join(lines)


def _many(count: int, what: str) -> str:
    """So many of them, "" for none."""
    return f"{count:,} {what}{'s' * (count != 1)}" if count else ""


def _rollback(state: State, incident: Incident) -> str:
    held = state.rollbacks.get(incident.rollback)
    return "" if held is None else f"rollback {clean(held.id, 60)} {held.state}"


def close_prompt(state: State, incident: Incident, now: float) -> str:
    """What is asked when an incident is closed, with what stays owed."""
    left = still_owed(state, incident, now)
    if not left:
        return "How was it resolved? Enter closes it. Nothing else is owed for it."
    told = "; ".join(f"{one.title} ({one.clock})" for one in left)
    return f"How was it resolved? Enter closes it. Still owed afterwards: {clean(told, 600)}."
