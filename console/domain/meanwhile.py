"""What others put on record while somebody was deciding: who, when and what. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Entry
from console.domain.refused import Refused
from console.domain.times import clock_text
from console.domain.words import entry_words

MOST_LOOKED_AT = 500
INCIDENT = frozenset({"incident.closed"})
ESCALATION = frozenset({"escalation.acknowledged", "escalation.assigned", "escalation.resolved"})
WARNING = frozenset({"warning.reviewed", "warning.settled"})
# What another may have put on record about the same thing, so that a command is refused.
FIRST: dict[type, frozenset[str]] = {
    c.AcknowledgeAlert: frozenset({"alert.acknowledged", "escalation.acknowledged"}),
    c.AcknowledgeEscalations: ESCALATION,
    c.AssignEscalations: ESCALATION,
    c.HandEscalations: ESCALATION,
    c.ResolveEscalations: ESCALATION,
    c.ChangeIncident: INCIDENT | {"incident.changed"},
    c.LinkToIncident: INCIDENT | {"incident.linked"},
    c.UpdateIncident: INCIDENT,
    c.CloseIncident: INCIDENT,
    c.RecordCaptures: frozenset({"call.captured"}),
    c.CompleteDuty: frozenset({"duty.done", "postmortem.recorded"}),
    c.ReviewWarning: WARNING,
    c.SettleWarning: WARNING,
    c.NoteLimitation: frozenset({"limitation.noted"}),
    c.ConfirmEscalationTest: frozenset({"escalation-test.received"}),
}
DECISIONS = frozenset({"gate.decided", "rollback.triggered", "window.assessed"})
OF_AN_ATTEMPT = (c.DecideGate, c.GiveBrief, c.JudgeSatisfaction, c.AssessWindow, c.DrawSample,
                 c.JudgeSample, c.AskTraffic)  # fmt: skip


def as_seen(command: c.Command, entries: Sequence[Entry], name: str) -> None:
    """`Refused` where another than `name` has decided on the attempt since the numbers were shown.

    Whoever decides knows of that decision: a second one is taken on a second look.
    """
    if isinstance(command, c.DecideGate) and command.seen_at is not None:
        for entry in _latest(entries, name):
            if entry.at.timestamp() <= command.seen_at:
                continue
            if _decides(entry, command.attempt):
                raise Refused(f"{told(entry)}; look again")


def decided_since(entries: Sequence[Entry], attempt: str, since: float, name: str) -> Entry | None:
    """The latest decision on `attempt` by another than `name` after `since` (unix seconds)."""
    latest = (one for one in _latest(entries, name) if _decides(one, attempt))
    return next((one for one in latest if one.at.timestamp() > since), None)


def explained(
    command: c.Command, reasons: Sequence[str], entries: Sequence[Entry], name: str
) -> tuple[str, ...]:
    """`reasons` for which `command` was refused, with what another than `name` did before them.

    They stay as they are where they name whoever it was, or where nobody did anything about it.
    """
    for entry in _latest(entries, name):
        if _about(entry, command):
            named = any(entry.actor.name in reason for reason in reasons)
            return tuple(reasons) if named else (f"{told(entry)}; {reasons[0]}", *reasons[1:])
    return tuple(reasons)


def told(entry: Entry) -> str:
    """Who did what, and when, e.g. `tech lead decided hold on shadow.1 at 14:02:31Z: errors`."""
    at, who = clock_text(entry.at.timestamp()), entry.actor.name
    event = e.decode(entry.kind, bytes(entry.data))
    if isinstance(event, e.GateDecided):
        into = ""
        if event.decision == "advance":
            share = "" if event.to_increment is None else f" {event.to_increment} %"
            into = f" to {event.to_phase}{share}"
        why = f": {event.why}" if event.why else ""
        return f"{who} decided {event.decision}{into} on {event.attempt} at {at}{why}"
    return f"{who} was first at {at}, {entry.kind}: {entry_words(entry)}"


def _latest(entries: Sequence[Entry], name: str) -> Iterator[Entry]:
    """What other people wrote, the latest first."""
    last = islice(reversed(entries), MOST_LOOKED_AT)
    return (one for one in last if one.actor.name != name and one.actor.roles)


def _decides(entry: Entry, attempt: str) -> bool:
    return entry.kind in DECISIONS and _data(entry).get("attempt") == attempt


def _about(entry: Entry, command: c.Command) -> bool:
    """Whether the entry is about what the command names: an attempt, or anything by its id."""
    if isinstance(command, OF_AN_ATTEMPT):
        return bool(command.attempt) and _decides(entry, command.attempt)
    if entry.kind not in FIRST.get(type(command), frozenset()):
        return False
    return bool(_names(msgspec.to_builtins(command)) & _names(_data(entry)))


def _data(entry: Entry) -> dict[str, object]:
    try:
        held = msgspec.json.decode(entry.data)
    except msgspec.MsgspecError:
        return {}
    return held if isinstance(held, dict) else {}


def _names(values: object) -> set[str]:
    """The texts among the values of a command or an entry: of both, ids are the same."""
    if not isinstance(values, dict):
        return set()
    every: Iterable[object] = (
        text
        for value in values.values()
        for text in (value if isinstance(value, list | tuple) else (value,))
    )
    return {text for text in every if isinstance(text, str) and len(text) > 3}
