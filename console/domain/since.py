"""What changed since a moment: for a check-in and for a handover (Guide 6.1). Pure.

Only what the journal holds: ids, counts, and what people wrote themselves. Unix seconds.
"""

from collections.abc import Iterable, Sequence

import msgspec

from console.domain.checkins import Rounds, left_s, rounds_of, window_of
from console.domain.duties import owed
from console.domain.entry import Entry
from console.domain.projection import unwatched_within
from console.domain.state import Alert, State
from console.domain.state_incident import Incident
from console.domain.state_rollback import Notice
from console.domain.state_window import Warned
from console.domain.times import clock_text, iso, span
from console.domain.words import entry_words, rule_words

NOTES = frozenset({"note.written", "checkin.made", "incident.updated", "limitation.noted"})
DECISIONS = frozenset(
    {
        "gate.proposed",
        "gate.decided",
        "contested.acknowledged",
        "config.changed",
        "rollback.triggered",
        "suspension.triggered",
        "satisfaction.judged",
        "shift.handed",
        "shift.taken",
        "warning.reviewed",
        "warning.settled",
        "window.assessed",
        "silence.asked",
        "notices.silenced",
        "postmortem.recorded",
    }
)
MOST_NAMED = 4


class Said(msgspec.Struct, frozen=True):
    """What somebody wrote or decided; `text` is as in the journal, to be cleaned when shown."""

    at: float
    by: str
    kind: str
    text: str


class Failed(msgspec.Struct, frozen=True):
    """A notice that reached nobody."""

    at: float
    about: str
    person: str
    detail: str


class Changes(msgspec.Struct, frozen=True):
    """What happened from `since` to `now`, and what is open at `now`.

    `waiting` are the alerts that fire and that nobody has acknowledged, whenever they fired.
    Of escalations it counts those raised, answered and found late since then, and those open.
    """

    since: float
    now: float
    fired: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    firing: tuple[Alert, ...] = ()
    waiting: tuple[Alert, ...] = ()
    raised: int = 0
    answered: int = 0
    late: int = 0
    open: int = 0
    opened: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    incidents: tuple[Incident, ...] = ()
    warned: tuple[Warned, ...] = ()
    warnings: tuple[Warned, ...] = ()
    missed: int = 0
    unwatched_s: float = 0.0
    failed: tuple[Failed, ...] = ()
    decisions: tuple[Said, ...] = ()
    notes: tuple[Said, ...] = ()


def since(
    state: State, entries: Iterable[Entry], moment: float, now: float, who: str = ""
) -> Changes:
    """What changed since `moment`; of notes and decisions only those of others than `who`."""
    said = [
        Said(at, entry.actor.name, entry.kind, entry_words(entry))
        for entry in entries
        if entry.kind in NOTES | DECISIONS
        and entry.actor.name != who
        and moment < (at := entry.at.timestamp()) <= now
    ]
    alerts = state.alerts.values()
    held = state.escalations.values()
    incidents = state.incidents.values()
    return Changes(
        since=moment,
        now=now,
        fired=tuple(a for a in alerts if _within(a.fired_at, moment, now)),
        resolved=tuple(a for a in alerts if _within(a.resolved_at, moment, now)),
        firing=tuple(state.firing),
        waiting=tuple(a for a in state.firing if a.acknowledged_at is None),
        raised=sum(_within(one.raised_at, moment, now) for one in held),
        answered=sum(_within(one.answered_at, moment, now) for one in held),
        late=sum(_within(one.missed_at, moment, now) for one in held),
        open=sum(one.resolved_at is None for one in held),
        opened=tuple(i for i in incidents if _within(i.opened_at, moment, now)),
        closed=tuple(i for i in incidents if _within(i.closed_at, moment, now)),
        incidents=tuple(i for i in incidents if i.closed_at is None),
        warned=tuple(w for w in state.warnings.values() if _within(w.raised_at, moment, now)),
        warnings=tuple(standing_warnings(state)),
        missed=sum(_within(one.due, moment, now) for one in state.missed_checkins),
        unwatched_s=unwatched_within(state.unwatched, moment, now),
        failed=tuple(
            Failed(notice.at, about, person, notice.detail)
            for about, person, notice in notices(state)
            if notice.outcome == "failed" and _within(notice.at, moment, now)
        ),
        decisions=tuple(one for one in said if one.kind in DECISIONS),
        notes=tuple(one for one in said if one.kind in NOTES),
    )


def _within(at: float | None, moment: float, now: float) -> bool:
    return at is not None and moment < at <= now


def standing_warnings(state: State) -> list[Warned]:
    """The early warnings of the attempt that runs that are neither over nor settled."""
    return [
        one
        for one in state.warnings.values()
        if one.attempt == state.attempt.id and one.cleared_at is None and one.settled_at is None
    ]


def notices(state: State) -> Iterable[tuple[str, str, Notice]]:
    """The latest notice to each person about each thing: what it is about, who, how it went."""
    for about, people in state.notices.items():
        yield from ((about, person, told) for person, told in people.items())
    for rollback in state.rollbacks.values():
        yield from ((rollback.id, person, told) for person, told in rollback.notices.items())
    for run in state.suspensions.values():
        yield from ((run.id, person, told) for person, told in run.notices.items())


def begin_for(state: State, who: str) -> tuple[float, str]:
    """Since when `who` is to be told, and what that moment was.

    Their own last check-in of the attempt that runs; else the start of their shift, or of the
    attempt.
    """
    start = state.attempt.entered_at
    own = [one.at for one in state.checkins if one.by == who and one.at >= start]
    if own:
        return max(own), "your last check-in"
    shift = state.shift
    if shift is not None and shift.who == who and shift.since > start:
        return shift.since, "your shift began"
    name = "the window" if state.attempt.phase == "full" else state.attempt.phase
    return start, f"{name} began"


def shift_summary(state: State, who: str, now: float) -> str:
    """What happened in a shift, what is open and what is due next: sentences, no text of users."""
    shift = state.shift
    own = shift is not None and shift.who == who
    begun = shift.since if shift is not None and own else state.attempt.entered_at
    found = since(state, (), begun, now, who)
    rounds = rounds_of(state, now)
    parts = [f"Watch of {span(now - begun)}, from {clock_text(begun)}"]
    parts += _happened(found, rounds, state)
    return ". ".join((*parts, *_open(found), *_next(state, rounds, now))) + "."


def _happened(found: Changes, rounds: Rounds, state: State) -> list[str]:
    told = []
    if found.fired or found.resolved:
        fired = f"{len(found.fired)} fired{_named(found.fired)}"
        told.append(f"Alerts: {fired}, {len(found.resolved)} resolved")
    else:
        told.append("No alert fired")
    if found.raised or found.answered or found.late:
        counts = f"{found.raised:,} raised, {found.answered:,} answered, {found.late:,} late"
        told.append(f"Escalations: {counts}")
    if found.opened or found.closed:
        counts = f"{len(found.opened)} opened, {len(found.closed)} closed"
        told.append(f"Incidents: {counts}")
    if found.warned:
        told.append(f"Early warnings: {len(found.warned)} raised")
    made = sum(found.since < one.at <= found.now for one in state.checkins)
    if made or found.missed:
        told.append(f"Check-ins: {made} made, {found.missed} due without one")
    if found.unwatched_s >= 60:
        told.append(f"Unwatched for {span(found.unwatched_s)}")
    if found.failed:
        told.append(f"Notices that failed: {len(found.failed)}")
    return told


def _open(found: Changes) -> list[str]:
    told = []
    if found.firing:
        waiting = f", {len(found.waiting)} not acknowledged" if found.waiting else ""
        told.append(f"alerts firing{_named(found.firing)}{waiting}")
    if found.open:
        told.append(f"{found.open:,} escalations")
    if found.incidents:
        told.append(f"incidents {', '.join(one.id for one in found.incidents[:MOST_NAMED])}")
    if found.warnings:
        told.append(f"{len(found.warnings)} early warnings")
    return [f"Open: {'; '.join(told)}" if told else "Nothing is open"]


def _next(state: State, rounds: Rounds, now: float) -> list[str]:
    told = []
    if rounds.next_due is not None:
        told.append(f"check-in by {clock_text(rounds.next_due)}")
    told += [
        f"{duty.id} {'OVERDUE since' if duty.overdue else 'by'} {iso(duty.due)}"
        for duty in owed(state, now)[:MOST_NAMED]
    ]
    window = window_of(state)
    if window is not None and window.end is None:
        told.append(f"assessment in {span(left_s(window, now))}")
    return [f"Next: {'; '.join(told)}"] if told else []


def _named(alerts: Sequence[Alert]) -> str:
    names = list(dict.fromkeys(rule_words(one.rule) for one in alerts))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f" ({', '.join(names[:MOST_NAMED])}{more})" if names else ""
