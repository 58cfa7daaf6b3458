"""Readiness, governance and logging: what had to be true before GO (Guide 1, 2.3, 3.2)."""

from collections.abc import Sequence

import msgspec

from config.guide import dimensions
from console.domain import events as e
from console.domain.checklist import ItemStatus
from console.domain.entry import Entry
from console.domain.minutes import Totals
from console.domain.state import Confirmation
from console.domain.times import iso
from console.domain.words import counted
from console.reports.golive.rows import (
    FieldRow,
    GovernanceStatus,
    ItemRow,
    Logging,
    Marks,
    Proven,
    Readiness,
    Said,
)
from console.reports.golive.subject import Subject

OPEN = ("confirmed", "accepted", "not-applicable")

# What Guide 3.2 wants logged, as the logging check names it, and how recorded minutes tell of it.
CORRECTION = "user correction"
FIELDS = (
    "input text",
    "format",
    "timestamp",
    "user identifier",
    "output",
    "latency",
    "tokens in",
    "tokens out",
    "tool calls",
    "escalation",
    "safety flags",
    CORRECTION,
)


def item_rows(told: Subject) -> tuple[ItemRow, ...]:
    """Every item with its evidence and the entries that say so."""
    return tuple(_item(told, status) for status in told.items)


def _item(told: Subject, status: ItemStatus) -> ItemRow:
    proven = tuple(_proven(told, status.item.id, one) for one in status.confirmations)
    lapsed = "; ".join(
        f"the confirmation of {lapse.confirmation.role} lapsed: {lapse.why}"
        for lapse in status.lapses
    )
    note, sources = lapsed, Marks()
    if (accepted := status.accepted) is not None:
        note = f"left open by {accepted.by}: {accepted.reason}"
        found = told.tale.entries(e.ItemAccepted, lambda x: x.item == status.item.id)
        sources = told.cites.of(*found[-1:])
    if status.missing and status.state not in OPEN:
        waits = f"waits for {', '.join(status.missing)}"
        note = f"{note}; {waits}" if note else waits
    return ItemRow(
        status.item.id,
        status.item.category,
        status.item.title,
        status.hard,
        status.state,
        proven,
        note,
        sources,
    )


def _proven(told: Subject, item: str, one: Confirmation) -> Proven:
    entries = [
        entry
        for entry, event in told.tale.every(e.ItemConfirmed)
        if event.item == item
        and event.role == one.role
        and abs(entry.at.timestamp() - one.at) < 1e-3
    ]
    evidence = one.evidence
    sources = told.cites.of(*entries[-1:])
    if evidence.sha256:
        where = f"evidence/{evidence.sha256}"
        sources += told.cites.file(where, f"evidence of {item}", evidence.sha256)
    return Proven(
        one.role,
        one.by,
        one.on_behalf_of,
        iso(one.at),
        evidence.text,
        evidence.kind,
        evidence.sha256,
        sources,
    )


def readiness(told: Subject, rows: Sequence[ItemRow]) -> Readiness:
    """The checklist's completion."""
    applies = [row for row in rows if row.state != "not-applicable"]
    confirmed = [row for row in applies if row.state == "confirmed"]
    last: dict[tuple[str, str], Entry] = {}
    for entry, event in told.tale.every(e.ItemConfirmed):
        if told.go is None or entry.order < told.go.order:
            last[event.item, event.role] = entry
    return Readiness(
        iso(told.start),
        told.go is not None,
        len(applies),
        len(confirmed),
        tuple(row.id for row in applies if row.hard and row.state != "confirmed"),
        tuple(rows),
        told.cites.of(*last.values()),
    )


def governance(told: Subject, rows: Sequence[ItemRow]) -> GovernanceStatus:
    """The sign-off with its date and approvers, and the seven dimensions."""
    ids = {item.id for item in dimensions()}
    signed = next(status.item.id for status in told.items if status.item.asks == "sign-off")
    row = next(row for row in rows if row.id == signed)
    return GovernanceStatus(
        row.hard, row.state, row.proven, tuple(one for one in rows if one.id in ids)
    )


def logging(told: Subject, rows: Sequence[ItemRow], start: int, end: int) -> Logging:
    """What the logging check found field by field, and what the calls of the stretch carry.

    `start` and `end` are minute numbers.
    """
    runs = told.tale.every(e.ProbeRan, lambda run: run.probe == "logging")
    runs = [(entry, run) for entry, run in runs if entry.at.timestamp() <= told.end]
    probe, found, passed = None, {}, False
    if runs:
        entry, run = runs[-1]
        passed = run.passed
        sources = told.cites.of(entry)
        sources += told.cites.file(f"evidence/{run.sha256}", "record of the check", run.sha256)
        probe = Said(f"{iso(entry.at.timestamp())}, by {entry.actor.name}: {run.summary}", sources)
        found = _probed(told, run.sha256)
    row = next((row for row in rows if row.id == "logging"), None)
    item = None
    if row is not None and row.proven:
        words = "; ".join(f"{one.evidence} ({one.by}, {one.at})" for one in row.proven)
        item = Said(words, tuple(mark for one in row.proven for mark in one.sources))
    series = told.ground.minutes.get("traffic")
    totals, marks = Totals(), Marks()
    if series is not None and end > start:
        totals = series.window(end, end - start)
        marks = told.cites.minutes(told.ground.feeds["traffic"], start, end, series)
    if not told.ground.deployment.agent.feedback:
        found[CORRECTION] = "does not apply: users have no way to correct it (agent.feedback)"
    fields = tuple(_field(name, found, totals, marks) for name in FIELDS)
    if probe is None:
        verdict = "confirmed by people, not by the console's own check" if item else "not confirmed"
    else:
        verdict = "confirmed" if passed else "the last check failed"
    return Logging(verdict, probe, item, fields)


class _Row(msgspec.Struct):
    name: str
    verdict: str
    detail: str


class _Record(msgspec.Struct):
    rows: list[_Row] = []


def _probed(told: Subject, sha256: str) -> dict[str, str]:
    """What the check's record says of each field; nothing where the record is gone."""
    raw = told.ground.probes.get(sha256)
    if raw is None:
        return {}
    try:
        record = msgspec.json.decode(raw, type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return {row.name: f"{row.verdict}: {row.detail}" for row in record.rows}


def _field(name: str, found: dict[str, str], totals: Totals, marks: Marks) -> FieldRow:
    of = round(totals.calls)
    known: dict[str, float] = {
        "timestamp": totals.calls,
        "latency": totals.timed,
        "tokens in": totals.tokened,
        "tokens out": totals.tokened,
        "escalation": totals.known("escalations"),
        "safety flags": totals.known("flags"),
    }
    share = known[name] / totals.calls if of and name in known else None
    told = share is not None
    return FieldRow(name, found.get(name, ""), share, of if told else 0, marks if told else ())


def missing_readiness(told: Subject, ready: Readiness, cleared: GovernanceStatus) -> list[Said]:
    """What was not confirmed, in sentences; first what is a hard gate."""
    found: list[Said] = []
    if told.go is None:
        found.append(Said("GO was not given: the rollout has not begun"))
    if ready.hard_open:
        when = "when GO was given" if ready.at_go else "yet"
        names = ", ".join(ready.hard_open)
        found.append(
            Said(f"{counted(len(ready.hard_open), 'hard item')} not confirmed {when}: {names}")
        )
    soft = [
        row.id
        for row in ready.items
        if not row.hard and row.state not in {"confirmed", "not-applicable", "accepted"}
    ]
    if soft:
        found.append(
            Said(f"{counted(len(soft), 'recommended item')} not confirmed: {', '.join(soft)}")
        )
    if cleared.required and cleared.state != "confirmed":
        found.append(Said("the governance sign-off of a customer-facing agent is not on file"))
    if not told.ground.evidence:
        found.append(Said("the files of evidence were not looked at for this report"))
    if told.ground.broken:
        names = ", ".join(sorted(sha[:12] for sha in told.ground.broken))
        found.append(Said(f"evidence files are gone or not what was hashed: {names}"))
    return found
