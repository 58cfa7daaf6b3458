"""The executive sponsor's page: where the go-live stands, on one sheet of paper.

Its figures are those of the Go-Live Report. What there is no room for is counted, never left out
in silence.
"""

from collections.abc import Iterable, Sequence

import msgspec

from console.clean import clean
from console.domain.words import counted
from console.reports.cites import SourceRow
from console.reports.document import (
    Block,
    Cited,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    SourceList,
    Table,
)
from console.reports.golive import go_live_report
from console.reports.golive.document_parts import bounds_words, cited, count, date, seconds, value
from console.reports.golive.rows import (
    AttemptRow,
    DutyRow,
    GoLiveReport,
    Marks,
    RollbackRow,
    Said,
    Watch,
)
from console.reports.ground import About, Ground, Options, named, role_and_name, spoken

# How many lines of text the page has for what is owed, went wrong or is missing, and for what
# stands at a glance; each phase that the rollout has not come to leaves a line more.
LINES = 23
LINE = 115
LEAST_MISSING = 3
MOST_OWED = 6
MOST_ATTEMPTS = 8
TEXT = 150
LONG = 320
NAME = 60
TITLE = 90
SHORT = 12
PLACE = 34
DRAFT = "DRAFT"
DRAFT_LINES = 3


class Figure(msgspec.Struct, frozen=True):
    """A metric: over the stretch, its worst hour, what it may be, and how it stands to that."""

    name: str
    value: str
    worst: str
    limit: str
    verdict: str
    n: int | None
    sources: Marks


class Owed(msgspec.Struct, frozen=True):
    """A duty that is not done; `due` is RFC 3339."""

    title: str
    owner: str
    due: str
    state: str
    sources: Marks


class Sponsor(msgspec.Struct, frozen=True, tag_field="kind", tag="sponsor"):
    """What fits one page. `unsaid` counts what is missing beyond what is listed, `more_owed` and
    `more_troubles` likewise; duties are in `owed` and not among what is missing."""

    about: About
    sponsor: str
    draft: bool
    status: str
    reason: Said
    missing: tuple[Said, ...]
    unsaid: int
    owed: tuple[Owed, ...]
    more_owed: int
    troubles: tuple[Said, ...]
    more_troubles: int
    facts: tuple[tuple[str, Said], ...]
    stretch: str
    figures: tuple[Figure, ...]
    attempts: tuple[tuple[str, str, str, Marks], ...]
    earlier: int
    sources: tuple[SourceRow, ...]


def sponsor(ground: Ground) -> Sponsor:
    """The page's facts at the ground's moment."""
    full = go_live_report(ground)
    currency = ground.deployment.nfr.currency
    people = "; ".join(spoken(p) for p in named(ground.deployment, ("executive-sponsor",)))
    troubles = _troubles(full)
    held = full.stretch
    figures = tuple(
        Figure(
            row.name,
            value(row.metric, row.value, currency),
            value(row.metric, row.worst, currency),
            bounds_words(row.metric, row.over, row.under, currency),
            row.verdict,
            row.n,
            row.sources,
        )
        for row in (held.metrics if held is not None else ())
    )
    used = _Used(full)
    owed = sorted((one for one in full.duties if not one.done), key=lambda one: one.due)
    lacking, glance = _lacking(full, owed), _facts(full)
    room = LINES + MOST_ATTEMPTS - min(MOST_ATTEMPTS, len(full.attempts))
    room -= (
        min(MOST_OWED, len(owed))
        + DRAFT_LINES * full.draft
        + sum(_lines(one, TEXT) for _, one in glance)
    )
    told = _fitting(troubles, room - min(LEAST_MISSING, len(lacking)), LONG)
    missing = _fitting(lacking, room - sum(_lines(one, LONG) for one in told), TEXT)
    return Sponsor(
        full.about,
        people,
        full.draft,
        full.status,
        used.said(full.reason),
        tuple(used.said(one) for one in missing),
        len(lacking) - len(missing),
        tuple(
            Owed(clean(one.title, TITLE), one.owner, one.due, one.state, used.marks(one.sources))
            for one in owed[:MOST_OWED]
        ),
        max(0, len(owed) - MOST_OWED),
        tuple(used.said(one, LONG) for one in told),
        len(troubles) - len(told),
        tuple((name, used.said(one)) for name, one in glance),
        "" if held is None else f"{held.name}, {seconds(held.seconds)}, {count(held.calls)} calls",
        tuple(msgspec.structs.replace(f, sources=used.marks(f.sources)) for f in figures),
        tuple((*_attempt(one), used.marks(one.sources)) for one in full.attempts[-MOST_ATTEMPTS:]),
        max(0, len(full.attempts) - MOST_ATTEMPTS),
        used.rows(),
    )


class _Used:
    """Numbers anew the sources of the full report that this page cites, from 1 on."""

    def __init__(self, full: GoLiveReport) -> None:
        self._known = {row.number: row for row in full.sources}
        self._new: dict[int, int] = {}

    def marks(self, marks: Iterable[int]) -> Marks:
        return tuple(self._new.setdefault(mark, len(self._new) + 1) for mark in marks)

    def said(self, one: Said, most: int = TEXT) -> Said:
        return Said(clean(one.text, most), self.marks(one.sources))

    def rows(self) -> tuple[SourceRow, ...]:
        return tuple(
            msgspec.structs.replace(self._known[old], number=new) for old, new in self._new.items()
        )


def _lines(one: Said, most: int) -> int:
    return -(-len(clean(one.text, most)) // LINE)


def _fitting(every: Sequence[Said], room: int, most: int) -> list[Said]:
    """As many from the first on as `room` lines hold."""
    held: list[Said] = []
    for one in every:
        room -= _lines(one, most)
        if room < 0:
            break
        held.append(one)
    return held


def _lacking(full: GoLiveReport, owed: Sequence[DutyRow]) -> list[Said]:
    """What is missing beside the duties, which have a table of their own."""
    ids = tuple(f"({one.id})" for one in owed)
    return [one for one in full.missing if not one.text.endswith(ids)]


def _facts(full: GoLiveReport) -> tuple[tuple[str, Said], ...]:
    ready, cleared = full.readiness, full.governance
    given = "; ".join(
        f"{role_and_name(x.role, x.on_behalf_of or x.by)}, {date(x.at)}" for x in cleared.approvals
    )
    need = "NOT CLEARED" if cleared.required else "not required: internal"
    marks = tuple(mark for x in cleared.approvals for mark in x.sources)
    hard = f", {counted(len(ready.hard_open), 'hard item')} open" if ready.hard_open else ""
    tally = f"{ready.confirmed} of {ready.applicable} items confirmed{hard}"
    return (
        ("Deployed", full.deployed),
        ("GO", full.go),
        ("Readiness", Said(f"{tally}, {'at GO' if ready.at_go else 'now'}", ready.sources)),
        ("Governance", Said(given or need, marks)),
        ("Escalations", _escalated(full)),
        *_kept(full.watch),
        ("Next review", full.next_review),
    )


def _kept(held: Watch | None) -> tuple[tuple[str, Said], ...]:
    """How the 48 hours were kept, and in spite of what they were assessed."""
    if held is None:
        return ()
    kept = f"{held.kept} in time, {held.late} late, {held.missed} missed"
    if not held.checkins:
        kept = "none was due"
    told = [("Check-ins", Said(kept, held.checkin_sources)), ("Review of 50", held.review)]
    if held.caveats:
        told.append(("Assessed despite", Said("; ".join(held.caveats), held.assessment_sources)))
    if held.limitations:
        marks = tuple(mark for one in held.limitations for mark in one.sources)
        told.append(("Limitations", Said("; ".join(x.text for x in held.limitations), marks)))
    return tuple(told)


def _escalated(full: GoLiveReport) -> Said:
    rows = full.escalations.rows
    raised, kept = sum(row.raised for row in rows), sum(row.in_time for row in rows)
    late = sum(row.late + row.overdue for row in rows)
    marks = tuple(dict.fromkeys(mark for row in rows for mark in row.answer_sources))
    return Said(f"{raised:,} raised, {kept:,} answered in time, {late:,} late", marks)


def _attempt(one: AttemptRow) -> tuple[str, str, str]:
    met = sum(held.verdict == "met" for held in one.criteria)
    asked = sum(held.verdict != "not-applicable" for held in one.criteria)
    undecided = "no gate record" if one.ended else "no gate decided yet"
    criteria = f"{met} of {asked} criteria met" if one.criteria else undecided
    return one.name, seconds(one.seconds), f"{one.outcome}; {criteria}"


def _troubles(full: GoLiveReport) -> list[Said]:
    """Rollbacks, then incidents, the gravest first, then early warnings, the latest first."""
    told = [_rolled_back(one) for one in full.rollbacks]
    told += [
        Said(
            f"Incident, severity {one.severity}: {clean(one.title, NAME)}; "
            f"{'closed' if one.closed else 'OPEN'}; post-mortem {one.postmortem}",
            one.sources,
        )
        for one in sorted(full.incidents, key=lambda one: (bool(one.closed), one.severity))
    ]
    warned = full.watch.warnings if full.watch is not None else ()
    return told + [Said(f"Early warning, {one.text}", one.sources) for one in reversed(warned)]


def _rolled_back(one: RollbackRow) -> Said:
    why = clean(one.why or one.trigger.replace("-", " "), NAME)
    end = f"verified {one.verified}" if one.verified else f"NOT VERIFIED: {one.outcome}"
    words = f"Rolled back {one.triggered} from {one.attempt} to {clean(one.target, NAME)}"
    return Said(f"{words} by {clean(one.by, NAME)}: {why}; {end}", one.sources)


def made(ground: Ground, _: Options) -> tuple[Sponsor, Document]:
    """See `kinds.Kind`."""
    facts = sponsor(ground)
    return facts, sponsor_document(facts)


def sponsor_document(told: Sponsor) -> Document:
    """One page."""
    about = told.about
    head = date(f"{told.status}: {told.reason.text}")
    missing: list[Inline] = [cited(one) for one in told.missing]
    if told.unsaid:
        missing.append(_more(told.unsaid))
    blocks: list[Block] = [
        Paragraph(Cited(head, told.reason.sources), strong=True),
        Paragraph(f"For {told.sponsor or 'the executive sponsor, whom warroom.toml does not name'}."
                  f" As of {date(about.at)}."),
        Heading("Missing"),
        Listing(tuple(missing)) if missing else Paragraph("Nothing that the guide asks for."),
        Heading("Owed"),
        *_owed(told),
        Heading("Rollbacks, incidents, early warnings"),
        *_listed(told.troubles, told.more_troubles),
        Heading("At a glance"),
        Table(("what", "on record"), tuple((name, cited(one)) for name, one in told.facts)),
        Heading("Figures"),
        *_figures(told),
        Heading("Rollout"),
        *_rollout(told),
        *_sources(told.sources),
    ]  # fmt: skip
    return Document(
        f"{about.agent} {clean(about.version, NAME)}: go-live on one page",
        tuple(blocks),
        watermark=DRAFT if told.draft else "",
        dense=True,
    )


def _figures(told: Sponsor) -> list[Block]:
    if not told.figures:
        return [Paragraph("No phase has run, so that nothing was measured yet.")]
    rows = tuple(
        (one.name, Cited(one.value, one.sources), one.worst, one.limit, one.verdict, count(one.n))
        for one in told.figures
    )
    head = ("metric", "value", "worst hour", "may be", "verdict", "n")
    return [Paragraph(f"Over {told.stretch}."), Table(head, rows)]


def _rollout(told: Sponsor) -> list[Block]:
    if not told.attempts:
        return [Paragraph("It has not begun.")]
    rows: tuple[tuple[Inline, ...], ...] = tuple(
        (name, lasted, Cited(what, marks)) for name, lasted, what, marks in told.attempts
    )
    more = f"{counted(told.earlier, 'attempt')} before these."
    table: list[Block] = [Table(("phase", "lasted", "outcome"), rows)]
    return [*([Paragraph(more)] if told.earlier else []), *table]


def _more(count: int) -> str:
    return f"and {count} more, which the Go-Live Report lists"


def _owed(told: Sponsor) -> list[Block]:
    if not told.owed:
        return [Paragraph("Nothing.")]
    rows = tuple(
        (one.title, one.owner, date(one.due), Cited(one.state, one.sources)) for one in told.owed
    )
    more = [Paragraph(_more(told.more_owed))] if told.more_owed else []
    return [Table(("what", "who", "due", "state"), rows), *more]


def _listed(troubles: Sequence[Said], more: int) -> list[Block]:
    items: list[Inline] = [cited(one) for one in troubles]
    if more:
        items.append(_more(more))
    return [Listing(tuple(items)) if items else Paragraph("None.")]


def _sources(rows: Sequence[SourceRow]) -> list[Block]:
    """In one line each: the whole hash stands in the Go-Live Report."""
    if not rows:
        return []
    told = tuple((row.number, f"{_place(row)} {row.sha256[:SHORT]}") for row in rows)
    return [Heading("Sources"), SourceList(told)]


def _place(row: SourceRow) -> str:
    return clean(date(row.where), PLACE)
