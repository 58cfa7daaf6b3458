"""The briefs of the BU Operations Lead (Guide 4.1): the next one to give, and those given."""

import msgspec

from console.domain import events as e
from console.domain.brief import brief_text
from console.domain.times import iso
from console.reports.cites import Cites, SourceRow, Tale
from console.reports.document import Block, Cited, Document, Heading, Paragraph
from console.reports.golive.document_parts import date
from console.reports.golive.rows import Marks, Said
from console.reports.ground import About, Ground, Options, about, named, spoken
from console.reports.sheet import missing_blocks, tail


class Given(msgspec.Struct, frozen=True):
    """A brief on record; `into` is the transition it was for, "" where that was not stored."""

    to: str
    into: str
    at: str
    by: str
    how: str
    text: str
    sources: Marks


class Briefs(msgspec.Struct, frozen=True, tag_field="kind", tag="brief"):
    """The brief for the transition `into`, "" where none is to come, and all that were given."""

    about: About
    missing: tuple[Said, ...]
    whom: tuple[str, ...]
    into: str
    text: str
    given: tuple[Given, ...]
    sources: tuple[SourceRow, ...]


def briefs(ground: Ground) -> Briefs:
    """The brief as the console makes it now, and those on record."""
    cites = Cites()
    to = ground.gate.to
    coming = to if to is not None and to.phase != "stable" else None
    whom = tuple(spoken(p) for p in named(ground.deployment, ("bu-operations-lead",)))
    given = tuple(
        Given(event.to, event.into, iso(entry.at.timestamp()), entry.actor.name, event.how,
              event.text, cites.of(entry))
        for entry, event in Tale(ground.entries).every(e.BriefGiven)
    )  # fmt: skip
    missing = [] if whom else [Said("nobody in warroom.toml holds the role bu-operations-lead")]
    if coming is not None:
        held = ground.state.briefs.get(ground.state.attempt.id)
        if held is None or held.into not in {"", coming.label}:
            missing.append(Said(f"the brief on {coming.label} was not given yet"))
    return Briefs(
        about(ground),
        tuple(missing),
        whom,
        "" if coming is None else coming.label,
        "" if coming is None else brief_text(ground.deployment, coming),
        given,
        cites.rows(),
    )


def made(ground: Ground, _: Options) -> tuple[Briefs, Document]:
    """See `kinds.Kind`."""
    facts = briefs(ground)
    return facts, briefs_document(facts)


def briefs_document(told: Briefs) -> Document:
    """For the BU Operations Lead."""
    blocks: list[Block] = missing_blocks(told.missing, "The next transition was briefed.")
    if told.into:
        blocks += [
            Heading(f"Next: {told.into}"),
            Paragraph(f"For {'; '.join(told.whom) or 'NOBODY: the role is not held'}"),
            *(Paragraph(line) for line in told.text.splitlines() if line.strip()),
        ]
    else:
        blocks.append(Paragraph("No transition is to come: there is nothing to brief on."))
    blocks.append(Heading("Given so far"))
    if not told.given:
        blocks.append(Paragraph("None."))
    for one in told.given:
        how = f"; how: {one.how}" if one.how else ""
        said = f"{one.to}, {date(one.at)}, told by {one.by}{how}"
        blocks += [
            Heading(one.into or "a transition that was not stored", 3),
            Paragraph(Cited(said, one.sources), strong=True),
            *(Paragraph(line) for line in one.text.splitlines() if line.strip()),
        ]
    return Document(
        f"Briefs on transitions: {told.about.agent} {told.about.version}",
        (*blocks, *tail(told.about, told.sources)),
    )
