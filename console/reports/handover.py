"""The handover of the watch (Guide 6.1): what was said then, and what stands now."""

import msgspec

from console.domain import events as e
from console.domain.checkins import rounds_of
from console.domain.duties import owed, owners
from console.domain.since import Said as Spoken
from console.domain.since import shift_summary, since
from console.domain.times import iso, span
from console.domain.words import counted, rule_words
from console.reports.cites import Cites, SourceRow, Tale
from console.reports.document import Block, Cited, Document, Heading, Listing, Paragraph, table_or
from console.reports.golive.document_parts import date
from console.reports.golive.rows import Marks, Said
from console.reports.ground import About, Ground, Options, about
from console.reports.sheet import missing_blocks, tail

MOST_SAID = 40


class Handed(msgspec.Struct, frozen=True):
    """A handover on record; `taken` is when `to` took the watch, "" if they did not."""

    by: str
    to: str
    at: str
    summary: str
    remark: str
    taken: str
    sources: Marks


class Spoke(msgspec.Struct, frozen=True):
    """What somebody wrote or decided."""

    at: str
    by: str
    text: str


class Handover(msgspec.Struct, frozen=True, tag_field="kind", tag="handover"):
    """The latest handover, None where there was none, and what is so now.

    `watching` has the watch since `watching_since`, both "" where nobody has it. `now` is the
    summary that a handover would hold at this moment; `open` and `next` are sentences, what was
    said and decided is of since `since`.
    """

    about: About
    missing: tuple[Said, ...]
    handed: Handed | None
    watching: str
    watching_since: str
    now: str
    since: str
    open: tuple[str, ...]
    next: tuple[str, ...]
    said: tuple[Spoke, ...]
    sources: tuple[SourceRow, ...]


def handover(ground: Ground, person: str = "") -> Handover:
    """The latest handover, or the latest that `person` gave or was given."""
    state, now = ground.state, ground.now
    cites, tale = Cites(), Tale(ground.entries)
    handed = _handed(tale, cites, person)
    shift = state.shift
    begun = shift.since if shift is not None else state.attempt.entered_at
    if not state.attempts and shift is None:
        begun = now
    found = since(state, ground.entries, begun, now)
    said = sorted((*found.decisions, *found.notes), key=lambda one: one.at)
    rounds = rounds_of(state, now)
    following = [] if rounds.next_due is None else [f"Check-in by {iso(rounds.next_due)}"]
    following += [
        f"{one.title}: {one.clock}, due {iso(one.due)}, "
        f"{', '.join(owners(ground.deployment, one)) or one.owner or 'nobody'}"
        for one in owed(state, now)
    ]
    return Handover(
        about(ground),
        _missing(ground, handed, person),
        handed,
        "" if shift is None else shift.who,
        "" if shift is None else iso(shift.since),
        shift_summary(state, "" if shift is None else shift.who, now) if state.attempts else "",
        iso(begun),
        (
            *(f"Alert {rule_words(one.rule)} fires since {iso(one.fired_at)}: {one.why}"
              f"{'' if one.acknowledged_at else ' (NOT ACKNOWLEDGED)'}" for one in found.firing),
            *(f"Incident {one.id}, severity {one.severity}: {one.title}"
              for one in found.incidents),
            *([f"{counted(found.open, 'escalation')} open"] if found.open else []),
            *(f"Early warning on {one.metric}: {one.why}" for one in found.warnings),
            *(f"A notice on {one.about} did not reach {one.person}: {one.detail}"
              for one in found.failed),
            *([f"{counted(found.missed, 'check-in')} missed"] if found.missed else []),
            *([f"Unwatched for {span(found.unwatched_s)}"] if found.unwatched_s >= 60 else []),
        ),
        tuple(following),
        tuple(_spoke(one) for one in said[-MOST_SAID:]),
        cites.rows(),
    )  # fmt: skip


def _spoke(one: Spoken) -> Spoke:
    return Spoke(iso(one.at), one.by, one.text)


def _handed(tale: Tale, cites: Cites, person: str) -> Handed | None:
    given = [
        pair for pair in tale.every(e.ShiftHanded) if person in {"", pair[0].actor.name, pair[1].to}
    ]
    if not given:
        return None
    entry, event = given[-1]
    taken = next(
        (
            one
            for one, _ in tale.every(e.ShiftTaken)
            if one.order > entry.order and one.actor.name == event.to
        ),
        None,
    )
    return Handed(
        entry.actor.name,
        event.to,
        iso(entry.at.timestamp()),
        event.summary,
        event.remark,
        "" if taken is None else iso(taken.at.timestamp()),
        cites.of(entry, *([] if taken is None else [taken])),
    )


def _missing(ground: Ground, handed: Handed | None, person: str) -> tuple[Said, ...]:
    told = []
    shift = ground.state.shift
    if shift is None:
        told.append(Said("nobody has taken the watch"))
    elif shift.handed_to:
        told.append(Said(f"{shift.handed_to} was asked to take the watch and has not"))
    if handed is None:
        whom = f" by or to {person}" if person else ""
        told.append(Said(f"no handover{whom} is on record"))
    elif not handed.taken:
        told.append(Said(f"{handed.to} did not take it over", handed.sources))
    return tuple(told)


def made(ground: Ground, options: Options) -> tuple[Handover, Document]:
    """See `kinds.Kind`."""
    facts = handover(ground, options.person)
    return facts, handover_document(facts)


def handover_document(told: Handover) -> Document:
    """For who takes the watch over."""
    nobody = "Nobody has the watch."
    watch = f"{told.watching} has the watch since {date(told.watching_since)}."
    blocks: list[Block] = [
        Paragraph(watch if told.watching else nobody, strong=True),
        *missing_blocks(told.missing, "The latest handover was given and taken."),
        Heading("As handed over"),
        *_given(told.handed),
        Heading("As it stands now"),
        Paragraph(told.now or "The rollout has not begun: there is nothing to watch yet."),
        Heading("Open", 3),
        Listing(told.open) if told.open else Paragraph("Nothing is open."),
        Heading("Next", 3),
        Listing(told.next) if told.next else Paragraph("Nothing is due."),
        Heading(f"Said and decided since {date(told.since)}", 3),
        table_or(
            ("when", "who", "what"),
            [(date(one.at), one.by, one.text) for one in told.said],
            "Nothing.",
        ),
        *tail(told.about, told.sources),
    ]
    return Document(f"Handover of the watch: {told.about.agent}", tuple(blocks))


def _given(handed: Handed | None) -> list[Block]:
    if handed is None:
        return [Paragraph("No handover is on record.")]
    taken = f"taken {date(handed.taken)}" if handed.taken else "NOT taken"
    head = f"{handed.by} to {handed.to}, {date(handed.at)}, {taken}"
    return [
        Paragraph(Cited(head, handed.sources), strong=True),
        Paragraph(handed.summary or "No summary was stored."),
        *([Paragraph(f"Remark: {handed.remark}")] if handed.remark else []),
    ]
