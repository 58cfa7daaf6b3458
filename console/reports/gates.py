"""The phase gate records (Guide 4.2): every decision with the criteria that it was made on."""

import msgspec

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.events import CriterionRecord
from console.domain.gate_record import attempt_label
from console.domain.state_rollout import Attempt
from console.domain.times import iso, span
from console.reports.cites import Cites, SourceRow, Tale
from console.reports.document import (
    Block,
    Cited,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    table_or,
)
from console.reports.golive.document_parts import date, seconds, value
from console.reports.golive.rows import Marks, Said
from console.reports.ground import About, Ground, Options, about
from console.reports.sheet import missing_blocks, tail

RESULTS = {"met": "met", "not-met": "NOT MET", "unknown": "UNKNOWN", "not-applicable": "n/a"}
UNSAID = "(no sentence was stored with this decision)"


class GateRecord(msgspec.Struct, frozen=True):
    """One decision as it was stored; `record` is its sentence, `result` what its criteria said.

    `seconds` is how long the attempt had run. `incidents` are those that were opened in the attempt
    before it was decided, `opened_with_it` those that the decision itself opened.
    """

    attempt: str
    phase: str
    decided: str
    seconds: float
    result: str
    decision: str
    to: str
    why: str
    by: str
    criteria: tuple[CriterionRecord, ...]
    cautions: tuple[str, ...]
    open_alerts: tuple[str, ...]
    incidents: tuple[str, ...]
    opened_with_it: tuple[str, ...]
    record: str
    sources: Marks


class Gates(msgspec.Struct, frozen=True, tag_field="kind", tag="gates"):
    """All decisions in their order; `missing` are attempts without one."""

    about: About
    missing: tuple[Said, ...]
    records: tuple[GateRecord, ...]
    sources: tuple[SourceRow, ...]


def gates(ground: Ground) -> Gates:
    """The records of every attempt of every rollout."""
    tale, cites = Tale(ground.entries), Cites()
    attempts = {attempt.id: attempt for attempt in ground.state.attempts}
    decided = tale.every(e.GateDecided)
    records = tuple(
        _record(ground, entry, gate, attempts.get(gate.attempt), cites) for entry, gate in decided
    )
    missing = _missing(ground, {record.attempt for record in records})
    return Gates(about(ground), missing, records, cites.rows())


def _missing(ground: Ground, recorded: set[str]) -> tuple[Said, ...]:
    state = ground.state
    if not state.attempts:
        return (Said("the rollout has not begun, and no gate was decided"),)
    told = []
    for attempt in state.attempts:
        if attempt.id in recorded:
            continue
        name = f"{attempt_label(attempt)} ({attempt.id})"
        runs = attempt is state.attempts[-1] and state.stable_since is None
        told.append(Said(f"{name} runs, and nothing was decided at its gate yet" if runs
                         else f"{name} ended without a record of its gate"))  # fmt: skip
    return tuple(told)


def _record(
    ground: Ground, entry: Entry, gate: e.GateDecided, attempt: Attempt | None, cites: Cites
) -> GateRecord:
    at = entry.at.timestamp()
    begun = at if attempt is None else attempt.entered_at
    verdicts = {criterion.verdict for criterion in gate.criteria}
    result = "not-met" if "not-met" in verdicts else "unknown" if "unknown" in verdicts else "met"
    to = f"{gate.to_phase}{'' if gate.to_increment is None else f' {gate.to_increment} %'}"
    incidents, with_it = _opened(ground, gate.attempt, at)
    return GateRecord(
        gate.attempt,
        gate.attempt if attempt is None else attempt_label(attempt),
        iso(at),
        max(0.0, at - begun - (0.0 if attempt is None else attempt.jumped_s)),
        result if gate.criteria else "unknown",
        gate.decision,
        to if gate.decision == "advance" else "",
        gate.why,
        f"{gate.proposed_by} and {entry.actor.name}" if gate.proposed_by else entry.actor.name,
        gate.criteria,
        gate.cautions,
        gate.open_alerts,
        incidents,
        with_it,
        gate.record,
        cites.of(entry),
    )


def _opened(ground: Ground, attempt: str, at: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The attempt's incidents up to `at`: those before its rollback, and those opened by it."""
    before, with_it = list[str](), list[str]()
    for one in ground.state.incidents.values():
        if one.attempt != attempt or one.opened_at > at:
            continue
        back = ground.state.rollbacks.get(one.rollback)
        by_it = back is not None and one.opened_at >= back.triggered_at
        (with_it if by_it else before).append(one.id)
    return tuple(before), tuple(with_it)


def made(ground: Ground, _: Options) -> tuple[Gates, Document]:
    """See `kinds.Kind`."""
    facts = gates(ground)
    return facts, gates_document(facts, ground.deployment.nfr.currency)


def gates_document(told: Gates, currency: str) -> Document:
    """A section a decision; money is in `currency`."""
    blocks: list[Block] = missing_blocks(told.missing, "Every attempt has its record.")
    rows: list[tuple[Inline, ...]] = [
        (one.phase, date(one.decided), span(one.seconds), RESULTS[one.result], _decision(one))
        for one in told.records
    ]
    head = ("phase", "decided", "after", "criteria", "decision")
    blocks += [
        Heading("Decisions"),
        table_or(head, rows, "No gate was decided."),
        *(block for one in told.records for block in _section(one, currency)),
        *tail(told.about, told.sources),
    ]
    return Document(f"Phase gate records: {told.about.agent} {told.about.version}", tuple(blocks))


def _decision(one: GateRecord) -> str:
    match one.decision:
        case "advance":
            return f"advance to {one.to}"
        case "hold":
            return f"hold for {one.why or 'a reason that was not given'}"
        case _:
            return f"{one.decision}{f': {one.why}' if one.why else ''}"


def _section(one: GateRecord, currency: str) -> list[Block]:
    head = f"{one.phase}, {date(one.decided)}: {_decision(one)}"
    more = [f"Decided by {one.by}", *([f"Why: {one.why}"] if one.why else [])]
    more += [
        *_incidents(one),
        f"Alerts that were open when it was decided: {', '.join(one.open_alerts) or 'none'}",
        *(f"Caution: {caution}" for caution in one.cautions),
    ]
    rows: list[tuple[Inline, ...]] = [_criterion(c, one.sources, currency) for c in one.criteria]
    columns = ("criterion", "result", "value", "limit", "n", "age", "what was seen")
    return [
        Heading(head, 3),
        Paragraph(Cited(one.record or UNSAID, one.sources)),
        table_or(columns, rows, "No criterion was stored."),
        Listing(tuple(more)),
    ]


def _incidents(one: GateRecord) -> list[str]:
    """The record speaks of the moment before the decision, which may itself open an incident."""
    told = [f"Incidents opened in it, before it was decided: {', '.join(one.incidents) or 'none'}"]
    if one.opened_with_it:
        told.append(f"Incident opened by the rollback: {', '.join(one.opened_with_it)}")
    return told


def _criterion(held: CriterionRecord, marks: Marks, currency: str) -> tuple[Inline, ...]:
    shown = value(held.id, held.value, currency)
    if held.low is not None and held.high is not None:
        low, high = (value(held.id, bound, currency) for bound in (held.low, held.high))
        shown = f"{shown} (95 %: {low} to {high})"
    return (
        held.id,
        RESULTS[held.verdict],
        Cited(shown, marks),
        value(held.id, held.limit, currency),
        f"{held.n:,}",
        "–" if held.age_s is None else seconds(held.age_s),
        f"{held.why}{f'. {held.doubt}' if held.doubt else ''}",
    )
