"""An incident's timeline: what the journal says of it, in the order in which it happened. Pure.

Nothing is ever edited. What was written later than it happened carries both times, and what
corrects an entry stands beside it with its own.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.state_incident import Incident
from console.domain.words import entry_words

LATE_S = 60.0
# A trigger that became true this long before the incident was opened still belongs to it.
BEFORE_S = 3600.0


class Moment(msgspec.Struct, frozen=True):
    """One thing that happened; times are unix seconds.

    `source` is its entry as `writer/seq`, `kind` what it is in a word or two. `corrects` is the
    entry that it corrects, `corrected_by` those that correct it.
    """

    source: str
    occurred: float
    recorded: float
    by: str
    kind: str
    text: str
    corrects: str = ""
    corrected_by: tuple[str, ...] = ()

    @property
    def late(self) -> bool:
        """Whether it was put on record more than a minute after it happened."""
        return self.recorded - self.occurred > LATE_S


class _About(msgspec.Struct, frozen=True):
    """What an entry is held against: the incident and all that is linked to it."""

    incident: Incident
    alerts: frozenset[str]
    escalations: frozenset[str]
    begin: float
    end: float

    @property
    def names(self) -> frozenset[str]:
        """The ids that make an entry the incident's own."""
        return frozenset({self.incident.id, self.incident.rollback, *self.incident.also} - {""})


def timeline(entries: Iterable[Entry], incident: Incident) -> list[Moment]:
    """All that `entries` (in the order of the fold) say of the incident, by when it happened."""
    return _in_order(_gathered(entries, incident))


def _gathered(entries: Iterable[Entry], incident: Incident) -> list[Moment]:
    about = _About(
        incident,
        frozenset(incident.alerts),
        frozenset(incident.escalations),
        incident.opened_at - BEFORE_S,
        float("inf") if incident.closed_at is None else incident.closed_at,
    )
    needles = [name.encode() for name in (*about.names, *about.alerts, *about.escalations)]
    found: list[Moment] = []
    for entry in entries:
        told = _TELLS.get(entry.kind)
        if told is None:
            continue
        kind, belongs, anyway = told
        raw = bytes(entry.data)
        if not anyway and not any(needle in raw for needle in needles):
            continue
        event = e.decode(entry.kind, raw)
        at = entry.at.timestamp()
        if event is None or not belongs(event, about, at):
            continue
        found.append(_moment(entry, event, kind, incident, raw))
    return found


def _moment(entry: Entry, event: e.Event, kind: str, incident: Incident, raw: bytes) -> Moment:
    recorded = entry.at.timestamp()
    text = entry_words(entry)
    for name in filter(None, (incident.id, incident.rollback, *incident.also)):
        text = text.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    corrects = event.corrects if isinstance(event, e.NoteWritten) else ""
    if isinstance(event, e.NoteWritten):
        text = event.text
    return Moment(
        f"{entry.writer}/{entry.seq}",
        _occurred(event, raw, recorded),
        recorded,
        entry.actor.name,
        kind,
        text,
        corrects,
    )


def _occurred(event: e.Event, raw: bytes, recorded: float) -> float:
    """When it happened: as the entry says, or when it was written."""
    match event:
        case e.TriggerRaised():
            then: datetime | None = event.since
        case e.EscalationRaised():
            then = min((item.at for item in event.items), default=None)
        case _:
            then = _said(raw)
    return recorded if then is None else min(then.timestamp(), recorded)


def _said(raw: bytes) -> datetime | None:
    """`occurred_at`: of a note, or of any entry that the journal adopted later."""
    if b'"occurred_at"' not in raw:
        return None
    try:
        then = _TIMED.decode(raw).occurred_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return then if then is None or then.tzinfo else then.replace(tzinfo=UTC)


class _Timed(msgspec.Struct):
    occurred_at: datetime | None = None


_TIMED = msgspec.json.Decoder(_Timed)


def _in_order(found: list[Moment]) -> list[Moment]:
    corrections: dict[str, list[str]] = {}
    for moment in found:
        if moment.corrects:
            corrections.setdefault(moment.corrects, []).append(moment.source)
    whole = [
        msgspec.structs.replace(one, corrected_by=tuple(corrections[one.source]))
        if one.source in corrections
        else one
        for one in found
    ]
    return sorted(whole, key=lambda one: (one.occurred, one.recorded))


Belongs = Callable[[Any, _About, float], bool]


def _by(field: str) -> Belongs:
    """It names the incident, or its rollback, in `field`."""
    return lambda event, about, _: getattr(event, field) in about.names


def _alert(event: Any, about: _About, at: float) -> bool:
    return event.alert in about.alerts


def _escalations(event: Any, about: _About, at: float) -> bool:
    return not about.escalations.isdisjoint(event.escalations)


def _raised(event: e.EscalationRaised, about: _About, at: float) -> bool:
    return event.about in about.names or any(i.id in about.escalations for i in event.items)


def _trigger(event: Any, about: _About, at: float) -> bool:
    """The one that it was opened for, near it in time."""
    near = about.begin <= at <= about.end
    return bool(about.incident.trigger) and event.trigger == about.incident.trigger and near


def _meanwhile(event: Any, about: _About, at: float) -> bool:
    return about.incident.opened_at <= at <= about.end


def _duty(event: Any, about: _About, at: float) -> bool:
    return any(event.duty.endswith(f"-{name}") for name in about.names)


def _postmortem(event: e.PostMortemRecorded, about: _About, at: float) -> bool:
    return bool({event.rollback, event.incident} & about.names)


# By kind of entry: what it is in a word or two, whether it belongs to the incident, and whether it
# may belong to it although it names neither it nor anything linked to it.
_TELLS: dict[str, tuple[str, Belongs, bool]] = {
    "incident.opened": ("opened", _by("incident"), False),
    "incident.changed": ("changed", _by("incident"), False),
    "incident.linked": ("linked", _by("incident"), False),
    "incident.updated": ("update", _by("incident"), False),
    "incident.closed": ("closed", _by("incident"), False),
    "note.written": ("note", _by("incident"), False),
    "call.captured": ("captured", _by("about"), False),
    "notice.sent": ("told", _by("about"), False),
    "duty.done": ("duty done", _duty, False),
    "postmortem.recorded": ("post-mortem", _postmortem, False),
    "alert.fired": ("alert fired", _alert, False),
    "alert.acknowledged": ("alert taken", _alert, False),
    "alert.resolved": ("alert over", _alert, False),
    "escalation.raised": ("escalation", _raised, False),
    "escalation.acknowledged": ("esc. taken", _escalations, False),
    "escalation.assigned": ("esc. given", _escalations, False),
    "escalation.resolved": ("esc. over", _escalations, False),
    "escalation.missed": ("SLA missed", _escalations, False),
    "trigger.raised": ("trigger", _trigger, True),
    "trigger.cleared": ("trigger over", _trigger, True),
    "gate.decided": ("gate", _meanwhile, True),
    "rollback.triggered": ("rollback", _by("rollback"), False),
    "rollback.attached": ("rollback", _by("rollback"), False),
    "rollback.retried": ("rollback", _by("rollback"), False),
    "rollback.resumed": ("rollback", _by("rollback"), False),
    "rollback.step": ("step", _by("rollback"), False),
    "rollback.answered": ("answer", _by("rollback"), False),
    "rollback.finished": ("rollback", _by("rollback"), False),
    "rollback.metric": ("rollback", _by("rollback"), False),
    "suspension.triggered": ("suspension", _meanwhile, True),
    "suspension.step": ("step", _meanwhile, True),
    "suspension.finished": ("suspension", _meanwhile, True),
}


class TimelineCache:
    """The timeline of one incident. Where the journal has grown only what is new is looked at."""

    def __init__(self) -> None:
        """Nothing was asked for yet."""
        self._about: tuple[object, ...] = ()
        self._seen = 0
        self._last = ""
        self._gathered: list[Moment] = []
        self._shown: list[Moment] = []

    def of(self, entries: Sequence[Entry], incident: Incident) -> list[Moment]:
        """The timeline now; `entries` are all, in the order of the fold."""
        about = (
            incident.id,
            incident.alerts,
            incident.escalations,
            incident.rollback,
            incident.also,
            incident.closed_at,
        )
        grown = self._seen and len(entries) >= self._seen
        if about != self._about or not grown or entries[self._seen - 1].h != self._last:
            self._about, self._seen, self._gathered, self._shown = about, 0, [], []
        new = entries[self._seen :]
        if new:
            found = _gathered(new, incident)
            self._seen, self._last = len(entries), entries[-1].h
            if found:
                self._gathered += found
                self._shown = _in_order(self._gathered)
        return self._shown
