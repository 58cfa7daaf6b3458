"""An incident as it stands (Guide 6.3, 6.4): who leads it, what happened, what is linked to it."""

import msgspec

from console.domain.duties import left_words, owners, update_due
from console.domain.incident_log import Moment, timeline
from console.domain.incidents import captured_of, needs_postmortem, still_owed
from console.domain.state import State
from console.domain.state_incident import Incident
from console.domain.times import iso
from console.domain.words import rule_words
from console.reports.cites import Cites, SourceRow
from console.reports.document import (
    Block,
    Cited,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Table,
    table_or,
)
from console.reports.golive.document_parts import date
from console.reports.golive.rows import Marks, Said
from console.reports.ground import About, Ground, Options, about, named, spoken
from console.reports.postmortem import (
    NONE,
    incident_facts,
    incident_for,
    timeline_blocks,
    told_facts,
)
from console.reports.sheet import missing_blocks, tail

MOST_LINKED = 200


class Linked(msgspec.Struct, frozen=True):
    """An alert, an escalation or a call that belongs to it; `at` is RFC 3339, "" if not known."""

    kind: str
    id: str
    at: str
    what: str
    state: str


class Told(msgspec.Struct, frozen=True):
    """Who was told of it, and how that went."""

    person: str
    outcome: str
    at: str
    detail: str


class IncidentReport(msgspec.Struct, frozen=True, tag_field="kind", tag="incident"):
    """One incident. `facts` and `roles` are (name, value); `unlisted` counts what was left out."""

    about: About
    incident: str
    title: str
    open: bool
    missing: tuple[Said, ...]
    facts: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    moments: tuple[Moment, ...]
    linked: tuple[Linked, ...]
    unlisted: int
    told: tuple[Told, ...]
    owed: tuple[str, ...]
    timeline_sources: Marks
    sources: tuple[SourceRow, ...]


def incident_report(ground: Ground, incident: Incident) -> IncidentReport:
    """What is on record of `incident` at the ground's moment."""
    state, cites = ground.state, Cites()
    rollback = state.rollbacks.get(incident.rollback)
    moments = tuple(timeline(ground.entries, incident))
    places = {f"{entry.writer}/{entry.seq}": entry for entry in ground.entries}
    marks = cites.of(*(places[one.source] for one in moments if one.source in places))
    linked = _linked(state, incident)
    notices = {**state.notices.get(incident.id, {}), **(rollback.notices if rollback else {})}
    return IncidentReport(
        about(ground),
        incident.id,
        incident.title,
        incident.closed_at is None,
        _missing(ground, incident),
        incident_facts(incident, rollback, ground.now),
        _roles(ground, incident),
        moments,
        tuple(linked[:MOST_LINKED]),
        max(0, len(linked) - MOST_LINKED),
        tuple(Told(who, n.outcome, iso(n.at), n.detail) for who, n in sorted(notices.items())),
        tuple(
            f"{one.title}: {one.clock}, due {iso(one.due)}, "
            f"{', '.join(owners(ground.deployment, one)) or one.owner or 'nobody'} ({one.id})"
            for one in still_owed(state, incident, ground.now)
        ),
        marks,
        cites.rows(),
    )


def _missing(ground: Ground, incident: Incident) -> tuple[Said, ...]:
    told = []
    if incident.closed_at is None:
        told.append("it is open: how it ends is not known yet")
        due = update_due(incident)
        if due is not None and due < ground.now:
            told.append(f"a status update is owed: {left_words(due - ground.now)}")
    elif not incident.resolution:
        told.append("it was closed without a word on how it was resolved")
    told += [f"nobody is its {what}" for what, who in _led(incident) if not who]
    if not incident.updates:
        told.append("no status update was given")
    if needs_postmortem(ground.state, incident):
        told.append("its post-mortem is not on record")
    lost = [call for call, sha in captured_of(ground.state, incident).items() if not sha]
    if lost:
        told.append(f"calls that could not be captured: {', '.join(lost[:8])}")
    return tuple(Said(text) for text in told)


def _led(incident: Incident) -> tuple[tuple[str, str], ...]:
    return (("lead", incident.lead), ("scribe", incident.scribe))


def _roles(ground: Ground, incident: Incident) -> tuple[tuple[str, str], ...]:
    """Who leads and writes, and whom else to reach."""
    people = {person.name: person for person in ground.deployment.people}

    def reached(name: str) -> str:
        return spoken(people[name]) if name in people else name or "nobody"

    owner = ground.deployment.rollback.owner
    others = [
        (role, "; ".join(spoken(p) for p in named(ground.deployment, (role,))) or "NOBODY")
        for role in ("agent-lead", "tech-lead", "bu-operations-lead", "legal", "executive-sponsor")
    ]
    return (
        *((what, reached(who)) for what, who in _led(incident)),
        ("rollback owner", reached(owner)),
        *others,
    )


def _linked(state: State, incident: Incident) -> list[Linked]:
    told = []
    for name in incident.alerts:
        alert = state.alerts.get(name)
        if alert is None:
            told.append(Linked("alert", name, "", "not in the journal", ""))
            continue
        over = "fires" if alert.resolved_at is None else f"resolved {date(iso(alert.resolved_at))}"
        what = f"{rule_words(alert.rule)}: {alert.why}"
        told.append(Linked("alert", name, iso(alert.fired_at), what, over))
    for name in incident.escalations:
        one = state.escalations.get(name)
        if one is None:
            told.append(Linked("escalation", name, "", "not in the journal", ""))
            continue
        over = "open" if one.resolved_at is None else f"resolved: {one.outcome}"
        told.append(Linked("escalation", name, iso(one.at), one.reason or one.what, over))
    kept = captured_of(state, incident)
    verdicts = {call: v.verdict for each in state.judged.values() for call, v in each.items()}
    for call in dict.fromkeys((*incident.calls, *kept)):
        sha = kept.get(call, "")
        evidence = f"evidence {sha[:16]}" if sha else "not captured"
        told.append(Linked("call", call, "", evidence, verdicts.get(call, "")))
    return told


def made(ground: Ground, options: Options) -> tuple[IncidentReport, Document]:
    """See `kinds.Kind`. Raises `Refused` where there is no such incident."""
    facts = incident_report(ground, incident_for(ground.state, options.incident))
    return facts, incident_document(facts)


def incident_document(told: IncidentReport) -> Document:
    """The incident for whoever joins, and for the file."""
    severity = next(value for name, value in told.facts if name == "Severity")
    linked: list[tuple[Inline, ...]] = [
        (one.kind, one.id, date(one.at) or NONE, one.what or NONE, one.state or NONE)
        for one in told.linked
    ]
    notices = [(one.person, one.outcome, date(one.at), one.detail or NONE) for one in told.told]
    blocks: list[Block] = [
        Paragraph(f"{'OPEN' if told.open else 'Closed'}, {severity}.", strong=True),
        *missing_blocks(told.missing, "Nothing that the record asks for is missing."),
        Heading("The incident"),
        Table(("What", "As on record"), told_facts(told.facts)),
        Heading("Who"),
        Table(("Role", "Name and phone"), told.roles),
        Heading("Timeline"),
        Paragraph(Cited("Times are UTC.", told.timeline_sources)),
        timeline_blocks(told.moments),
        Heading("What is linked to it"),
        table_or(("kind", "id", "at", "what", "state"), linked, "Nothing is linked to it."),
        *([Paragraph(f"{told.unlisted:,} more are linked; the journal names them.")]
          if told.unlisted else []),
        Heading("Who was told"),
        table_or(("who", "outcome", "at", "how"), notices, "No notice is on record."),
        Heading("Still owed"),
        Listing(told.owed) if told.owed else Paragraph("Nothing is owed for it."),
        *tail(told.about, told.sources),
    ]  # fmt: skip
    return Document(f"Incident {told.incident}: {told.title}", tuple(blocks))
