"""The runbook as a document: in the order in which it is carried out."""

from console.domain.times import span
from console.domain.words import counted
from console.reports.document import (
    Block,
    Code,
    Document,
    Heading,
    Listing,
    Paragraph,
    Table,
    table_or,
)
from console.reports.ground import Ground, Options, about_lines
from console.reports.runbook import FIRE_WITHIN_S, Check, Rollback, Runbook, runbook


def made(ground: Ground, _: Options) -> tuple[Runbook, Document]:
    """See `kinds.Kind`."""
    facts = runbook(ground)
    return facts, runbook_document(facts)


def runbook_document(book: Runbook) -> Document:
    """For whoever carries it out, at night too."""
    return Document(
        f"Operations runbook: {book.about.agent} {book.about.version}",
        (
            *_gaps(book),
            *_emergency(book.rollback),
            *_connections(book),
            *_logging(book),
            *_monitoring(book),
            *_rollback(book.rollback),
            Heading("What this runbook was made from"),
            Listing(about_lines(book.about)),
        ),
    )


def _gaps(book: Runbook) -> list[Block]:
    if not book.gaps:
        return []
    title = f"Not complete: {counted(len(book.gaps), 'gap')} to be closed before go-live"
    return [Paragraph(title, strong=True), Listing(book.gaps)]


def _emergency(back: Rollback) -> list[Block]:
    deputy = ", ".join(back.deputies) or "NOBODY is named"
    return [
        Heading("If it burns now"),
        Paragraph(
            f"Rollback owner: {back.owner}. Deputy: {deputy}. Whoever is at the keys may fire: F9 "
            "in the console, or one of these commands, the owner's or the deputy's; anybody else "
            "puts their own name after --as. Nobody is asked first."
        ),
        Code("\n".join(back.fire_now)),
    ]


def _connections(book: Runbook) -> list[Block]:
    return [
        Heading("1. Connections, each on its own"),
        Paragraph(
            "From a production host, with the production credentials. One that fails stops the "
            "go-live, a secondary one too."
        ),
        *_checks(book.checks, "MISSING: no integration is described for this agent."),
        Heading("What the console itself reads", 3),
        *_checks(book.feeds, "No feed is configured."),
    ]


def _checks(checks: tuple[Check, ...], none: str) -> list[Block]:
    if not checks:
        return [Paragraph(none, strong=True)]
    blocks: list[Block] = []
    for check in checks:
        blocks += [
            Paragraph(f"{check.id}: {check.title}"),
            Code(check.command),
            Paragraph(f"Expect: {check.expect}."),
        ]
    return blocks


def _logging(book: Runbook) -> list[Block]:
    inputs = tuple(
        (str(n), one.mark, one.send, one.look_for) for n, one in enumerate(book.inputs, 1)
    )
    fields = tuple((one.name, one.read_as or "not configured: look by hand") for one in book.fields)
    within = book.log_within_s
    return [
        Heading("2. Logging, proven with five inputs"),
        Listing(
            (
                "Note the time, and send the five inputs below to the production agent, each with "
                "its mark in the text.",
                f"Look for the five marks in {book.log_feed}: all five within {within} s of "
                "being sent.",
                "In each record, go through the fields of the second table.",
                "One record absent, one field missing or empty where it should be filled: stop. "
                "Nothing is deployed until it is resolved and all five are sent again.",
                "Passed: record it with the command beneath the tables.",
            ),
            numbered=True,
        ),
        Table(("no.", "mark", "send", "in its record look for"), inputs),
        Table(("field", "name in the log"), fields),
        Code(book.log_record),
    ]


def _monitoring(book: Runbook) -> list[Block]:
    rows = tuple(
        (
            one.id,
            one.limit or "NO LIMIT KNOWN",
            one.window,
            one.feed,
            one.check,
            "; ".join([*one.recipients, *(f"NOBODY holds {role}" for role in one.unheld)]),
        )
        for one in book.metrics
    )
    return [
        Heading("3. Monitoring"),
        Paragraph(
            "Verified before the first real user. Limits are those at full traffic; in the canary "
            "traffic and spend are held against the share that the agent gets."
        ),
        Table(("metric", "alerts", "over", "feed", "looked at", "who is told"), rows),
        Listing(tuple(f"{one.id}: {one.means}" for one in book.metrics)),
        Paragraph(
            "Where: screen 4 of the console; limits and feeds in warroom.toml under metrics, nfr "
            "and forecast. Verified when this names every metric and none is stale or down:"
        ),
        Code(book.metrics_check),
    ]


def _rollback(back: Rollback) -> list[Block]:
    budget = span(back.budget_s)
    triggers = tuple((one.name, one.seen_by, one.id) for one in back.triggers)
    blocks: list[Block] = [
        Heading("4. Rollback"),
        Paragraph(
            f"The owner decides alone: no approval, no committee. {budget} from the trigger to the "
            f"proof that {back.target} serves again."
        ),
        table_or(
            ("person", "part"),
            [
                (back.owner, "owner"),
                *((deputy, "deputy") for deputy in back.deputies or ("NOBODY is named",)),
            ],
            "",
        ),
        Heading("When: any one of these is enough", 3),
        Table(("trigger", "seen by", "id for the command"), triggers),
        Heading("In what order", 3),
        Paragraph(f"Fire (target: within {FIRE_WITHIN_S} s of the trigger)."),
        Code(f"{back.fire} TRIGGER --fire"),
        Paragraph(
            "The console carries out the steps and reads each back. Where it cannot, do them by "
            "hand, in this order; an answer of 200 is no proof."
        ),
    ]
    if not back.steps:
        blocks.append(Paragraph("MISSING: no step is written in warroom.toml.", strong=True))
    for n, step in enumerate(back.steps, 1):
        after = f" After: {', '.join(step.after)}." if step.after else ""
        blocks += [
            Heading(f"Step {n}: {step.title}", 4),
            Paragraph(f"Target: within {step.within_s:g} s.{after} The console: {step.does}."),
            Paragraph(f"Done when {step.shown_by}. By hand:"),
            Code(step.manual),
        ]
    told = "; ".join(back.notify) or "NOBODY holds these roles"
    return [
        *blocks,
        Heading("Then", 3),
        Listing(
            (
                f"Proof: fresh calls carry {back.target}, or none reaches the bad version; "
                f"by {budget} after the trigger",
                f"At once: agent lead and tech lead told ({told})",
                "At once: the incident log, with the time, the trigger and the time back",
                "Within 1 hour: the executive sponsor knows",
                "Within 24 hours: the review; within 72 hours: the post-mortem without blame",
                "A new rollout begins at dark launch, with the failing inputs in the test set",
            )
        ),
    ]
