"""What is done to an incident from the keys: each asks for what it needs, then is a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from console.clean import clean
from console.domain.commands import (
    ChangeIncident,
    CloseIncident,
    LinkToIncident,
    OpenIncident,
    UpdateIncident,
    WriteNote,
)
from console.domain.duties import cadence_s
from console.domain.incident_log import Moment
from console.domain.incidents import SEVERITIES, captured_of
from console.domain.moment import understood
from console.domain.refused import Refused
from console.domain.state_incident import Incident
from console.domain.times import span
from console.domain.words import rule_words
from console.room import WRITE_ERRORS
from console.room.capturing import capture_calls, capture_words
from console.screens.dialogs import Ask, Choose
from console.screens.incident_views import close_prompt

if TYPE_CHECKING:
    from console.app import WarRoomApp

MOST_CHOICES = 40
CALL = "call"
GOVERNANCE = "data-breach"
WHEN = "Begin with a time if it was not now: 14:02 (UTC), 14:02+02:00 or -10m."


def choose(
    app: WarRoomApp, title: str, options: Sequence[tuple[str, str]], then: Callable[[str], object]
) -> None:
    """Choose one of `options` (value, text); nothing comes of Escape."""

    def chosen(value: str | None) -> None:
        if value is not None:
            then(value)

    app.push_screen(Choose(title, [(value, clean(text, 200)) for value, text in options]), chosen)


def named(incident: Incident) -> str:
    """Its id, for a title."""
    return clean(incident.id, 60)


def severities() -> list[tuple[str, str]]:
    """The severities to choose from."""
    return [(str(n), f"{n} {word}: {means}") for n, (word, means) in SEVERITIES.items()]


def open_one(app: WarRoomApp) -> None:
    """Open an incident: ask how grave it is, or whether it is one of governance, then for words."""

    def ask(chosen: str) -> None:
        governance = chosen == GOVERNANCE
        level: Any = 1 if governance else int(chosen)
        title = "Governance incident" if governance else f"Incident of severity {level}"
        told = "; both leads and Legal are told, and F9 rolls back" if governance else ""
        app.ask(
            title,
            f"What happens? Enter opens it{told}.",
            lambda text: OpenIncident(level, text, GOVERNANCE if governance else ""),
        )

    suspected = "governance: a suspected breach, exposed personal data, or harm to a user"
    choose(app, "How grave is it?", [*severities(), (GOVERNANCE, suspected)], ask)


def note(app: WarRoomApp, incident: Incident, old: Moment | None = None) -> None:
    """Write a note on it, or one that corrects the entry `old`."""

    def hint(text: str) -> str:
        now = app.room.clock.now()
        return understood(text, now).words(now)

    def make(text: str) -> WriteNote:
        found = understood(text, app.room.clock.now())
        if found.wrong:
            raise Refused(found.wrong)
        corrects = "" if old is None else old.source
        return WriteNote(found.text, incident.id, found.at, corrects)

    title = f"Note on {named(incident)}"
    prompt = f"What happened? {WHEN}"
    if old is not None:
        title = f"Correct {old.kind} {old.source}"
        said = clean(old.text, 200)
        prompt = f"It stays as it is: “{said}”. What is right? {WHEN}"
    app.ask(title, prompt, make, hint)


def update(app: WarRoomApp, incident: Incident) -> None:
    """Write a status update."""
    every = span(cadence_s(incident))
    app.ask(
        f"Status update on {named(incident)}",
        f"How does it stand, for those who are not here? One is owed every {every}.",
        lambda text: UpdateIncident(incident.id, text),
    )


def severity(app: WarRoomApp, incident: Incident) -> None:
    """Change how grave it is, with why."""

    def ask(chosen: str) -> None:
        level: Any = int(chosen)
        app.ask(
            f"Severity {level} of {named(incident)}",
            "Why? Enter records it.",
            lambda why: ChangeIncident(incident.id, severity=level, why=why),
        )

    others = [one for one in severities() if one[0] != str(incident.severity)]
    choose(app, f"It is of severity {incident.severity}; it becomes", others, ask)


def roles(app: WarRoomApp, incident: Incident) -> None:
    """Say who leads, who writes, and how often an update is owed."""
    people = [
        (person.name, f"{person.name}  {', '.join(person.roles)}")
        for person in app.room.deployment.people
    ]

    def ask(what: str) -> None:
        if what == "cadence":
            app.ask(
                "How often is an update owed?",
                "In minutes, from 5 to 1440; 0 is its severity's own.",
                lambda text: ChangeIncident(incident.id, cadence_s=_minutes(text)),
            )
            return
        choose(
            app,
            f"Who is its {what}?",
            people,
            lambda who: app.carry_out(
                ChangeIncident(incident.id, lead=who)
                if what == "lead"
                else ChangeIncident(incident.id, scribe=who)
            ),
        )

    options = [
        ("lead", f"lead: {incident.lead or 'nobody yet'}"),
        ("scribe", f"scribe: {incident.scribe or 'nobody yet'}"),
        ("cadence", f"a status update every {span(cadence_s(incident))}"),
    ]
    choose(app, f"Roles of {named(incident)}", options, ask)


def _minutes(text: str) -> int:
    text = text.strip().removesuffix("min").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise Refused(f'"{clean(text, 40)}" is no number of minutes such as 30')
    return int(text) * 60


def link(app: WarRoomApp, incident: Incident) -> None:
    """Say what else it is about: an alert, an escalation, a call by its id."""
    state = app.room.state
    alerts = [one for one in reversed(state.alerts.values()) if one.id not in incident.alerts]
    waiting = [
        one
        for one in reversed(state.escalations.values())
        if one.id not in incident.escalations and one.resolved_at is None
    ]
    options = [(CALL, "a call, by its id")]
    options += [
        (f"alert {one.id}", f"alert {rule_words(one.rule)}: {one.why} ({one.id})")
        for one in alerts[:MOST_CHOICES]
    ]
    options += [
        (f"escalation {one.id}", f"escalation {one.row} {one.what} ({one.id})")
        for one in waiting[:MOST_CHOICES]
    ]

    def chosen(value: str) -> None:
        kind, _, name = value.partition(" ")
        if kind == CALL:
            app.ask(
                f"A call of {named(incident)}",
                "Its id, or several with spaces between.",
                lambda text: LinkToIncident(incident.id, calls=tuple(text.split())),
            )
        elif kind == "alert":
            app.carry_out(LinkToIncident(incident.id, alerts=(name,)))
        else:
            app.carry_out(LinkToIncident(incident.id, escalations=(name,)))

    choose(app, f"What else is {named(incident)} about?", options, chosen)


def close(app: WarRoomApp, incident: Incident) -> None:
    """Close it with its resolution; what stays owed is said before."""
    app.ask(
        f"Close {named(incident)}",
        close_prompt(app.room.state, incident, app.room.clock.now()),
        lambda text: CloseIncident(incident.id, text),
    )


def capture(
    app: WarRoomApp, incident: Incident, text: str | None = None, refused: str = ""
) -> None:
    """Keep calls whole as evidence: those linked that are not kept yet stand there already.

    `text` was typed before, and `refused` says why it was not taken.
    """
    kept = captured_of(app.room.state, incident)
    missing = [call for call in incident.calls if not kept.get(call)]

    def answered(text: str | None) -> None:
        if text is not None:
            app.say("the logs are read for them; it may take a minute")
            deed = _capture(app, incident, text)
            app.run_worker(deed, name="deed", group="deeds", exit_on_error=False)

    prompt = (
        "Their ids, with spaces between. Input and output are kept in evidence/, for nobody else "
        "to read; the journal gets their hashes."
    )
    shown = " ".join(missing) if text is None else text
    app.push_screen(Ask(f"Capture calls of {named(incident)}", prompt, shown, refused), answered)


async def _capture(app: WarRoomApp, incident: Incident, text: str) -> None:
    try:
        events = await capture_calls(app.room, incident.id, text.split())
    except Refused as refused:
        capture(app, incident, text, "\n".join(refused.reasons))
    except WRITE_ERRORS as error:
        capture(app, incident, text, f"NOT RECORDED: {error}")
    except Exception as error:
        kind = type(error).__name__
        capture(app, incident, text, f"not captured, by a fault of ours ({kind})")
    else:
        lacking = any(not one.sha256 for one in events)
        app.say("\n".join(capture_words(events)[:8]), wrong=lacking)
