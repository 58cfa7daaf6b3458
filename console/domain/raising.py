"""What the watcher raises and writes as missed (Guide 5.1): pure, the same however often asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from config.guide import EscalationRow, escalation_rows
from config.model import Deployment
from console.domain.escalations import MOST_ITEMS, escalation_id
from console.domain.events_escalation import EscalationItem, EscalationMissed, EscalationRaised
from console.domain.noted import Note
from console.domain.rota import Reached, reached, sla_s, told_of_miss
from console.domain.state import Alert, State
from console.domain.state_escalation import Escalation
from console.domain.state_incident import Incident
from console.domain.times import utc

T = TypeVar("T")
AT_ONCE_S = 60.0
GOVERNANCE_TRIGGERS = frozenset({"data-breach"})
ROWS: Mapping[str, EscalationRow] = {row.id: row for row in escalation_rows()}


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """An escalation that is to be raised. `reason` is its text, still."""

    id: str
    row: str
    call: str
    at: float
    reason: str = ""
    what: str = ""
    about: str = ""


def wanted_of(note: Note) -> Iterator[Wanted]:
    """What the note of a call asks for: up to one escalation of each of three rows."""
    if note.escalated:
        yield _of_call("escalate", note, note.reason)
    if note.flags:
        yield _of_call("safety-flag", note, what=", ".join(note.flags))
    if note.tools:
        yield _of_call("tool-misuse", note, what=", ".join(note.tools))


def _of_call(row: str, note: Note, reason: str = "", what: str = "") -> Wanted:
    return Wanted(escalation_id(row, note.call), row, note.call, note.at, reason, what)


def alert_rows(*, calls: bool) -> dict[str, str]:
    """The row by the alert that raises it. Where no feed gives `calls`, flags are only alerted."""
    rows = {str(row.metric): row.id for row in escalation_rows() if row.metric is not None}
    return {m: row for m, row in rows.items() if row != "safety-flag" or not calls}


def wanted_of_state(state: State, rows: Mapping[str, str], since: float) -> list[Wanted]:
    """What the alerts that fire, or fired after `since`, and the open incidents ask for.

    An incident asks also once the rollback has ended the phase that it came up in.
    """
    wanted = [
        Wanted(escalation_id(row, alert.id), row, "", alert.fired_at, "", alert.rule, alert.id)
        for alert in state.alerts.values()
        if (row := rows.get(alert.rule)) is not None
        and _asks(alert, since)
        and under_way(state, alert.fired_at)
    ]
    wanted += [
        Wanted(escalation_id("governance", one.id), "governance", "", one.opened_at,
               "", trigger, one.id)
        for one in state.incidents.values()
        if (trigger := _governance(state, one))
        and (one.closed_at is None or one.opened_at >= since)
        and _was_live(state, one.opened_at)
    ]  # fmt: skip
    return wanted


def _governance(state: State, incident: Incident) -> str:
    """The trigger that makes it a governance incident: its own, or one that was fired too."""
    rollback = state.rollbacks.get(incident.rollback)
    too = () if rollback is None else tuple(fired.trigger for fired in rollback.attached)
    return next((one for one in (incident.trigger, *too) if one in GOVERNANCE_TRIGGERS), "")


def _was_live(state: State, at: float) -> bool:
    """Whether a dark launch had begun by then, whatever became of it."""
    return any(one.phase != "readiness" and one.entered_at <= at for one in state.attempts)


def _asks(alert: Alert, since: float) -> bool:
    return alert.resolved_at is None or alert.fired_at >= since


def under_way(state: State, at: float) -> bool:
    """Whether `at` lies in the rollout, from dark launch on; not in readiness."""
    for attempt in reversed(state.attempts):
        if attempt.entered_at <= at:
            return attempt.phase != "readiness"
    return False


def raised(
    deployment: Deployment,
    wanted: Iterable[Wanted],
    reasons: Mapping[str, str],
    now: float,
    patience_s: float,
) -> list[EscalationRaised]:
    """`wanted` as entries: one for what is alike, of at most `MOST_ITEMS`.

    `reasons` are the SHA-256 of each reason's evidence. A clock runs from the event, but never for
    less than `patience_s` from `now`: what no person could do on a demo's clock. What is owed at
    once is owed within a minute of its being raised.
    """
    alike: dict[tuple[str, str, str, str, Reached], list[EscalationItem]] = {}
    who: dict[tuple[str, int], Reached] = {}
    for one in wanted:
        row = ROWS[one.row]
        minute = (one.row, int(one.at // 60))
        if minute not in who:
            who[minute] = reached(deployment, row, one.at)
        sla = sla_s(deployment, row)
        least = now + patience_s if patience_s else 0.0
        due = max(one.at + sla, least) if sla else max(now + AT_ONCE_S, least)
        item = EscalationItem(one.id, one.call, utc(one.at), utc(due))
        key = (one.row, reasons.get(one.reason, ""), one.what, one.about, who[minute])
        alike.setdefault(key, []).append(item)
    return [
        EscalationRaised(row, tuple(part), them.to, them.backup, reason, what, about,
                         ROWS[row].answered)
        for (row, reason, what, about, them), items in alike.items()
        for part in parted(items)
    ]  # fmt: skip


def missed(deployment: Deployment, late: Iterable[Escalation]) -> list[EscalationMissed]:
    """`late` as entries, by those who are to be told."""
    by: dict[tuple[str, ...], list[str]] = {}
    for one in late:
        told = told_of_miss(deployment, one.to, one.backup)
        row = ROWS.get(one.row)  # another writer's may be one that the guide does not know
        if row is not None and not sla_s(deployment, row):
            told = tuple(dict.fromkeys((*one.to, *told)))
        by.setdefault(told, []).append(one.id)
    return [
        EscalationMissed(tuple(part), told) for told, names in by.items() for part in parted(names)
    ]


def parted(many: Sequence[T]) -> Iterator[Sequence[T]]:
    """In parts of at most `MOST_ITEMS`."""
    for start in range(0, len(many), MOST_ITEMS):
        yield many[start : start + MOST_ITEMS]
