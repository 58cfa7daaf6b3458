"""The Go-Live Report as a document: what is missing first, then the nine contents of Guide 6.5."""

from console.reports.cites import HOW
from console.reports.document import (
    Block,
    Cited,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Rule,
    SourceList,
    Table,
    table_or,
)
from console.reports.golive import go_live_report
from console.reports.golive.document_parts import cited, cites, date, seconds, value
from console.reports.golive.document_window import escalation_blocks, logging_blocks, window_blocks
from console.reports.golive.rows import (
    AttemptRow,
    GoLiveReport,
    GuideLineRow,
    ItemRow,
    Proven,
    RollbackRow,
)
from console.reports.ground import Ground, Options, about_lines

DRAFT = "DRAFT"
NOTHING_MISSING = "Nothing: all that the guide asks for is on record."


def made(ground: Ground, options: Options) -> tuple[GoLiveReport, Document]:
    """The facts and the document. Raises `Refused` where there is no such rollout."""
    report = go_live_report(ground, options.rollout)
    return report, go_live_document(report, ground.deployment.nfr.currency)


def go_live_document(report: GoLiveReport, currency: str) -> Document:
    """The report; money is in `currency`."""
    about = report.about
    return Document(
        f"Go-Live Report: {about.agent} {about.version}",
        (
            *_head(report),
            *_readiness(report),
            *_governance(report),
            *_rollout(report, currency),
            *window_blocks(report, currency),
            *escalation_blocks(report),
            *logging_blocks(report),
            *_rollbacks(report),
            *_deviations(report),
            *_duties(report),
            *_lists(report),
            *_timeline(report),
            *_sources(report),
        ),
        watermark=DRAFT if report.draft else "",
    )


def _head(report: GoLiveReport) -> list[Block]:
    about = report.about
    missing: list[Inline] = [cited(one) for one in report.missing]
    blocks: list[Block] = []
    if report.draft:
        why = "This rollout has not come to its end: what follows will change."
        blocks.append(Paragraph(why, strong=True))
    if report.demo:
        blocks.append(Paragraph("The record of a demo: its agent is simulated, its time ran fast."))
    status = Cited(date(f"Status: {report.status}, {report.reason.text}"), report.reason.sources)
    return [
        *blocks,
        Paragraph(status, strong=True),
        Heading("What is missing"),
        Listing(tuple(missing)) if missing else Paragraph(NOTHING_MISSING),
        Heading("At a glance"),
        Table(
            ("What", "On record"),
            (
                (
                    "Agent",
                    ". ".join(filter(None, (f"{about.agent} {about.version}", about.description))),
                ),
                ("Deployment date", cited(report.deployed)),
                ("GO given", cited(report.go)),
                ("Context", ", ".join((about.exposure, *about.flags))),
                ("Production platform", about.platform or "not named in warroom.toml"),
                ("A rollback restores", about.stable_version or "the existing process"),
                ("Rollout", str(report.rollout)),
                ("Readiness", _completion(report)),
                ("Governance", _clearance(report)),
                ("Status", Cited(report.status, report.reason.sources)),
                ("Next review", cited(report.next_review)),
            ),
        ),
    ]


def _completion(report: GoLiveReport) -> Inline:
    ready = report.readiness
    when = "at GO" if ready.at_go else "now; GO was not given"
    words = f"{ready.confirmed} of {ready.applicable} items confirmed {when}"
    if ready.hard_open:
        words += f", {len(ready.hard_open)} hard gates open"
    return Cited(words, ready.sources)


def _clearance(report: GoLiveReport) -> Inline:
    held = report.governance
    if not held.approvals:
        return f"{held.state}, no sign-off on record" if held.required else "no sign-off needed"
    words = "; ".join(f"{_who(one)}, {date(one.at)}" for one in held.approvals)
    return Cited(words, tuple(m for one in held.approvals for m in one.sources))


def _who(one: Proven) -> str:
    behalf = f" on behalf of {one.on_behalf_of}" if one.on_behalf_of else ""
    alike = one.by.casefold() == one.role.replace("-", " ").casefold()
    return f"{one.role if alike else f'{one.role}: {one.by}'}{behalf}"


def _readiness(report: GoLiveReport) -> list[Block]:
    ready = report.readiness
    told = "as it stood when GO was given" if ready.at_go else "as it stands"
    items = [row for row in ready.items if row.category != "Governance review"]
    open_first = sorted(items, key=lambda row: row.state in {"confirmed", "not-applicable"})
    return [
        Heading("Readiness checklist"),
        Paragraph(Cited(f"Item by item, {told}, {date(ready.as_of)}.", ready.sources)),
        Table(("Item", "Gate", "State", "Confirmed by, with evidence"), _items(open_first)),
    ]


def _items(rows: list[ItemRow]) -> tuple[tuple[Inline, ...], ...]:
    return tuple(
        (f"{row.title} ({row.id})", "hard" if row.hard else "advised", row.state, _proof(row))
        for row in rows
    )


def _proof(row: ItemRow) -> Inline:
    words = [f'{_who(one)}, {date(one.at)}: "{one.evidence}"' for one in row.proven]
    if row.note:
        words.append(row.note)
    marks = (*(m for one in row.proven for m in one.sources), *row.sources)
    none = "does not apply here" if row.state == "not-applicable" else "nothing on record"
    return Cited("; ".join(words) or none, marks)


def _governance(report: GoLiveReport) -> list[Block]:
    held = report.governance
    needed = "This agent is customer-facing: without a sign-off it does not go live."
    if not held.required:
        needed = "Not a gate in this context."
    rows = tuple(
        (_who(one), date(one.at), f'"{one.evidence}"', cites(one.sources)) for one in held.approvals
    )
    return [
        Heading("Governance clearance"),
        Paragraph(needed),
        table_or(("Approver", "Date", "Evidence", "Source"), rows, "No sign-off is on record."),
        Table(("Dimension", "Gate", "State", "Confirmed by, with evidence"),
              _items(list(held.dimensions))),
    ]  # fmt: skip


def _rollout(report: GoLiveReport, currency: str) -> list[Block]:
    rows = tuple(
        (
            row.name,
            f"{date(row.entered)} to {date(row.ended) or 'now'}",
            f"{seconds(row.seconds)} of {seconds(row.dwell_s)} at least",
            "not decided"
            if not row.criteria
            else "met"
            if row.outcome in {"advanced", "assessed"}
            else "see below",
            f"{row.outcome}; held {row.holds} times" if row.holds else row.outcome,
            cites(row.sources),
        )
        for row in report.attempts
    )
    head = ("Phase", "When", "Duration", "Criteria", "Outcome", "Source")
    blocks: list[Block] = [
        Heading("Phased rollout"),
        table_or(head, rows, "The rollout has not begun."),
    ]
    for row in report.attempts:
        blocks += _attempt(row, currency)
    return blocks


def _attempt(row: AttemptRow, currency: str) -> list[Block]:
    briefed = (
        f"BU Operations Lead briefed: {row.briefed}." if row.briefed else "No brief on record."
    )
    decided = f" Decided by {row.decided_by}." if row.decided_by else ""
    blocks: list[Block] = [Heading(row.name, 3), Paragraph(date(f"{briefed}{decided}"))]
    if row.criteria:
        rows = tuple(
            (
                one.id.replace("-", " "),
                one.verdict,
                value(one.id, one.value, currency),
                value(one.id, one.limit, currency),
                f"{one.n:,}",
                one.why,
                cites(row.sources),
            )
            for one in row.criteria
        )
        head = ("Criterion", "Result", "Value", "Limit", "n", "Evidence", "Source")
        blocks.append(Table(head, rows))
    if row.record:
        blocks.append(Paragraph(Cited(date(row.record), row.sources)))
    if row.cautions:
        blocks.append(Listing(tuple(f"Caution: {one}" for one in row.cautions)))
    return blocks


def _rollbacks(report: GoLiveReport) -> list[Block]:
    blocks: list[Block] = [Heading("Rollbacks")]
    if not report.rollbacks:
        return [*blocks, Paragraph("None.")]
    for row in report.rollbacks:
        blocks += _rollback(row)
    return blocks


def _rollback(row: RollbackRow) -> list[Block]:
    took = "unknown" if row.seconds is None else f"{row.seconds:,.1f} s of 900 s{row.clock}"
    facts = (
        ("Trigger", f"{row.why} ({row.trigger})"),
        ("By", row.by),
        ("Restored", row.target),
        ("First true in the data", date(row.first_true) or "declared by a person"),
        ("Seen by the console", date(row.detected) or "declared by a person"),
        ("Triggered", date(row.triggered)),
        ("Steps done", date(row.executed) or "unknown"),
        ("Verified", date(row.verified) or "not verified"),
        ("From trigger to verified", took),
        ("Outcome", row.outcome),
        ("Root cause", row.root_cause or "not on record yet"),
        ("Change", row.change or "not on record yet"),
        ("Revised timeline", row.timeline or "not on record yet"),
    )
    rows = tuple((name, Cited(told, row.sources)) for name, told in facts)
    steps: list[Block] = [Listing(row.steps, numbered=True)] if row.steps else []
    return [Heading(row.id, 3), Table(("What", "On record"), rows), *steps]


def _deviations(report: GoLiveReport) -> list[Block]:
    odd = tuple(cited(one) for one in report.deviations)
    more = tuple(cited(one) for one in report.stricter)
    return [
        Heading("Deviations from the guide"),
        Listing(odd) if odd else Paragraph("None on record."),
        Heading("Stricter than the guide", 3),
        Listing(more) if more else Paragraph("Nothing: the guide's own limits were in force."),
    ]


def _duties(report: GoLiveReport) -> list[Block]:
    rows = tuple(
        (
            row.title,
            row.owner,
            date(row.due),
            row.state,
            f"{date(row.done)} by {row.by}: {row.remark}" if row.done else "",
            cites(row.sources),
        )
        for row in report.duties
    )
    head = ("Duty", "Owner", "Due", "State", "Done", "Source")
    return [
        Heading("Duties and next review"),
        Paragraph(Cited(date(f"Next review: {report.next_review.text}"),
                        report.next_review.sources)),
        table_or(head, rows, "Nothing is owed yet."),
    ]  # fmt: skip


def _lists(report: GoLiveReport) -> list[Block]:
    blocks: list[Block] = [
        Heading("Validation steps"),
        Table(("Step", "State", "What", "Why", "Source"), _lines(report.validation)),
        Heading("Master checklist"),
    ]
    names = {
        "A": "A. Readiness",
        "B": "B. Environment",
        "C": "C. Phased rollout",
        "D": "D. 48-hour window",
    }
    for letter, name in names.items():
        here = tuple(row for row in report.checklist if row.id.startswith(letter))
        blocks += [
            Heading(name, 3),
            Table(("Line", "State", "What", "Why", "Source"), _lines(here)),
        ]
    return blocks


def _lines(rows: tuple[GuideLineRow, ...]) -> tuple[tuple[Inline, ...], ...]:
    return tuple(
        (row.id, row.state, row.text, date(row.why) or _links(row), cites(row.sources))
        for row in rows
    )


def _links(row: GuideLineRow) -> str:
    """What the line is the same fact as."""
    return f"as {', '.join(link.replace(':', ' ') for link in row.links)}"


def _timeline(report: GoLiveReport) -> list[Block]:
    rows = tuple(
        (date(row.at), row.kind, row.by, row.text, f"{row.entry} {row.h[:12]}")
        for row in report.timeline
    )
    left = ", ".join(report.left_out)
    head = ("When", "What", "Who", "Said", "Entry")
    return [
        Rule(),
        Heading("Appendix: timeline"),
        *([Paragraph(f"Left out here: {left}.")] if left else []),
        table_or(head, rows, "Nothing is on record."),
    ]


def _sources(report: GoLiveReport) -> list[Block]:
    return [
        Rule(),
        Heading("Sources"),
        Paragraph(HOW),
        SourceList(tuple((one.number, one.text) for one in report.sources)),
        Heading("What this report was made from"),
        Listing(about_lines(report.about)),
    ]
