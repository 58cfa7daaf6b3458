"""The deployment status report as a document: the decision first, then what is missing."""

from console.domain.words import counted
from console.reports.document import (
    Block,
    Document,
    Heading,
    Listing,
    Paragraph,
    Table,
    table_or,
)
from console.reports.ground import Ground, Options, about_lines
from console.reports.readiness import (
    CLASSES,
    Class,
    Clearance,
    Line,
    PollReport,
    Proof,
    ReadinessReport,
    readiness_report,
)
from console.reports.sources import Source

TITLES: dict[Class, str] = {
    "blocking": "Not started and blocking",
    "expired": "Confirmed once, expired since",
    "in-progress": "In progress, with owner and date",
    "not-started": "Not started, recommended only",
    "accepted": "Left open on purpose",
    "confirmed": "Confirmed with evidence",
    "not-applicable": "Not applicable in this context",
}
VERDICTS = {
    "GO": "GO: nothing holds the go-live",
    "NO-GO": "NO-GO",
    "GO-GIVEN": "GO was given; the rollout has begun",
}
LINE_WORDS = {
    "open": "OPEN",
    "missed": "MISSED",
    "later": "later",
    "done": "done",
    "not-applicable": "n/a",
}


def made(ground: Ground, _: Options) -> tuple[ReadinessReport, Document]:
    """See `kinds.Kind`."""
    facts = readiness_report(ground)
    return facts, readiness_document(facts)


def readiness_document(report: ReadinessReport) -> Document:
    """For the agent lead and the executive sponsor."""
    return Document(
        f"Deployment status: {report.about.agent} {report.about.version}",
        (
            *_decision(report),
            *_blocking(report),
            *_owing(report),
            *_clearance(report.clearance),
            *_poll(report.poll),
            *_items(report),
            *_lines(report),
            Heading("What this report was made from"),
            Listing((f"For {'; '.join(report.readers)}", *about_lines(report.about))),
        ),
    )


def _decision(report: ReadinessReport) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(f"{VERDICTS[report.verdict]}{_cited(report.go_source)}", strong=True)
    ]
    if report.hard_stop:
        blocks.append(Paragraph(report.hard_stop, strong=True))
    if report.holds:
        still = report.verdict == "GO-GIVEN"
        blocks.append(Paragraph("Open although GO was given:" if still else "What holds it:"))
        blocks.append(Listing(report.holds))
    planned = report.planned or "no day is planned (agent.go_live in warroom.toml)"
    expected = report.expected or "nobody can say"
    applies = [line for line in report.items if line.state != "not-applicable"]
    done = sum(line.state == "confirmed" for line in applies)
    tally = (
        f"Checklist: {done} of {len(applies)} confirmed, "
        f"{sum(line.blocks for line in applies)} hard open, "
        f"{sum(line.open and not line.hard for line in applies)} recommended open"
    )
    lines = [tally]
    if report.rollout > 1:
        lines.append(f"This is rollout {report.rollout}: the one before it was rolled back")
    if report.verdict != "GO-GIVEN":
        lines += [
            f"Planned: {planned}. Expected: {expected}",
            f"{report.clock}{_cited(report.clock_source)}",
            f"GO/NO-GO poll: {_poll_words(report.poll)}",
        ]
    return [*blocks, Listing(tuple(lines))]


def _blocking(report: ReadinessReport) -> list[Block]:
    rows = [
        (
            line.title,
            f"{line.action}{f' Note: {line.note}' if line.note else ''}",
            ", ".join(line.waits_for),
            line.owner,
            _due(line),
        )
        for line in report.items
        if line.blocks
    ]
    head = ("item", "make this true and show it", "confirmed by", "owner", "by")
    none = "No hard item is open."
    return [Heading("Actions before go-live"), table_or(head, rows, none)]


def _due(line: Line) -> str:
    if not line.due:
        return "no date"
    return f"{line.due} OVERDUE" if line.overdue else line.due


def _owing(report: ReadinessReport) -> list[Block]:
    rows = [
        (
            owes.role,
            "; ".join(owes.people) or "NOBODY holds this role",
            ", ".join(owes.hard) or "–",
            ", ".join(owes.recommended) or "–",
        )
        for owes in report.roles
    ]
    head = ("role", "who", "hard items to confirm", "recommended")
    none = "Every role has confirmed what it is asked for."
    return [Heading("Who still has to confirm"), table_or(head, rows, none)]


def _clearance(clearance: Clearance) -> list[Block]:
    blocks: list[Block] = [Heading("Governance clearance")]
    valid = [proof for proof in clearance.given if not proof.lapsed]
    lapsed = [proof for proof in clearance.given if proof.lapsed]
    if not clearance.required and not valid:
        why = "Not required in this context: the agent is internal."
        return [*blocks, Paragraph(why)]
    if not valid:
        blocks.append(Paragraph("NOT CLEARED: no sign-off is in force.", strong=True))
    for proof in lapsed:
        blocks.append(Paragraph(f"Lapsed: {_approval(proof)}. Why: {proof.lapsed}."))
    if clearance.open_dimensions:
        names = ", ".join(clearance.open_dimensions)
        blocks.append(Paragraph(f"Dimensions of the review still open: {names}."))
    rows = [
        (_person(proof), proof.role, _when(proof), _reference(proof), _cite(proof.source))
        for proof in valid
    ]
    if rows:
        blocks.append(Table(("approver", "role", "date", "reference", "entry"), tuple(rows)))
    return blocks


def _approval(proof: Proof) -> str:
    return f"{_person(proof)} for {proof.role} on {_when(proof)}, {_reference(proof)}"


def _person(proof: Proof) -> str:
    if proof.on_behalf_of:
        return f"{proof.on_behalf_of} (recorded by {proof.by})"
    return proof.by


def _when(proof: Proof) -> str:
    return f"{proof.dated} (recorded {proof.at})" if proof.dated else proof.at


def _reference(proof: Proof) -> str:
    seal = f" (SHA-256 {proof.sha256})" if proof.sha256 else ""
    return f"{proof.evidence}{seal}"


def _poll_words(poll: PollReport) -> str:
    match poll.verdict:
        case "none":
            return "no poll was held"
        case "open":
            return f"{poll.id} is open, waiting for {', '.join(poll.waiting) or 'its answers'}"
    return f"{poll.id} says {poll.verdict.upper()} for {poll.version}"


def _poll(poll: PollReport) -> list[Block]:
    blocks: list[Block] = [Heading("GO/NO-GO poll"), Paragraph(_poll_words(poll))]
    if not poll.answers:
        return blocks
    rows = [
        (
            answer.role,
            answer.by or "–",
            answer.said or ("sealed until all have answered" if answer.by else "NOT ANSWERED"),
            answer.reason or "–",
            _cite(answer.source),
        )
        for answer in poll.answers
    ]
    return [*blocks, Table(("role", "who", "answer", "reason", "entry"), tuple(rows))]


def _items(report: ReadinessReport) -> list[Block]:
    blocks: list[Block] = [Heading("Every item by category")]
    for category in report.categories:
        here = [line for line in report.items if line.category == category]
        done = sum(line.state == "confirmed" for line in here)
        applies = sum(line.state != "not-applicable" for line in here)
        blocks.append(Heading(f"{category}: {done} of {applies} confirmed", 3))
        for kind in CLASSES:
            if lines := [line for line in here if line.state == kind]:
                blocks += _class(kind, lines)
    return blocks


def _class(kind: Class, lines: list[Line]) -> list[Block]:
    title = Paragraph(f"{TITLES[kind]} ({counted(len(lines), 'item')})", strong=True)
    if kind == "not-applicable":
        return [title, Listing(tuple(f"{line.id}: {line.title}" for line in lines))]
    if kind == "confirmed":
        rows = [
            (line.title, proof.role, _person(proof), _when(proof), _reference(proof), cite)
            for line in lines
            for proof in line.proofs
            for cite in (_cite(proof.source),)
        ]
        return [title, Table(("item", "role", "who", "when", "evidence", "entry"), tuple(rows))]
    if kind == "accepted":
        taken = [(line.title, line.accepted, _cites(line)) for line in lines]
        return [title, Table(("item", "why it stays open, and who decided", "entry"), tuple(taken))]
    open_rows = [
        (
            f"{line.title} ({'hard' if line.hard else 'recommended'})",
            line.owner,
            _due(line),
            ", ".join(line.waits_for),
            _so_far(line),
            _cites(line),
        )
        for line in lines
    ]
    head = ("item", "owner", "by", "waits for", "so far", "entry")
    return [title, Table(head, tuple(open_rows))]


def _so_far(line: Line) -> str:
    told = [f"{proof.role}: {proof.lapsed}" for proof in line.proofs if proof.lapsed]
    told += [
        f"{proof.role} confirmed {_when(proof)}: {_reference(proof)}"
        for proof in line.proofs
        if not proof.lapsed
    ]
    return "; ".join([*told, *([line.note] if line.note else [])]) or "nothing"


def _lines(report: ReadinessReport) -> list[Block]:
    blocks: list[Block] = [Heading("Master checklist")]
    for part, name in (("A", "go-live readiness"), ("B", "production environment")):
        here = [row for row in report.lines if row.id.startswith(part)]
        left = sum(row.state == "open" for row in here)
        blocks.append(Heading(f"{part}, {name}: {left} of {len(here)} open", 3))
        rows = [(row.id, LINE_WORDS[row.state], row.text, ", ".join(row.links)) for row in here]
        blocks.append(Table(("line", "state", "what", "is as done as"), tuple(rows)))
    return blocks


def _cite(source: Source | None) -> str:
    return "not found" if source is None else str(source)


def _cited(source: Source | None) -> str:
    return "" if source is None else f" (entry {source})"


def _cites(line: Line) -> str:
    return ", ".join(map(str, line.sources)) or "none"
