"""The governance sign-off sheet (Guide 2.2, 2.3): seven dimensions, who confirms, what remains."""

import msgspec

from config.guide import dimensions
from console.reports.cites import Cites, SourceRow
from console.reports.document import Block, Cited, Document, Heading, Inline, Paragraph, Rule, Table
from console.reports.golive.document_parts import date
from console.reports.golive.rows import Marks, Said
from console.reports.ground import About, Ground, Options, about, role_and_name, spoken
from console.reports.readiness import Line, Proof, readiness_report
from console.reports.sheet import missing_blocks, tail

LOCALIZATION, MARKETS = "data-localization", "cross-market"
LINE = "_" * 24
STATES = {"not-applicable": "does not apply here", "in-progress": "in progress",
          "not-started": "not confirmed", "blocking": "NOT CONFIRMED", "expired": "LAPSED",
          "accepted": "left open on purpose"}  # fmt: skip
JURISDICTIONS = 4


class Confirmed(msgspec.Struct, frozen=True):
    """A role's confirmation; `lapsed` says why it holds no longer."""

    role: str
    by: str
    on_behalf_of: str
    at: str
    dated: str
    evidence: str
    sha256: str
    lapsed: str
    sources: Marks


class Dimension(msgspec.Struct, frozen=True):
    """An item of the review: `confirm` is what to confirm, `waits_for` are roles."""

    id: str
    title: str
    confirm: str
    roles: tuple[str, ...]
    state: str
    confirmed: tuple[Confirmed, ...]
    waits_for: tuple[str, ...]
    owner: str
    due: str


class Signer(msgspec.Struct, frozen=True):
    """Who signs as what; `name` is empty where nobody holds the role."""

    role: str
    name: str
    reached: str


class SignOff(msgspec.Struct, frozen=True, tag_field="kind", tag="sign-off"):
    """The sheet. `cleared` says that a sign-off is in force; `markets` is None where only one."""

    about: About
    required: bool
    cleared: bool
    missing: tuple[Said, ...]
    dimensions: tuple[Dimension, ...]
    sign_off: Dimension
    markets: Dimension | None
    signers: tuple[Signer, ...]
    sources: tuple[SourceRow, ...]


def sign_off(ground: Ground) -> SignOff:
    """The review as it stands."""
    cites = Cites()
    report = readiness_report(ground)
    lines = {line.id: line for line in report.items}
    status = next(status for status in ground.items if status.item.asks == "sign-off")
    asked = {one.item.id: (one.item.confirm, one.item.roles) for one in ground.items}
    places = {(entry.writer, entry.seq): entry for entry in ground.entries}

    def proven(one: Proof) -> Confirmed:
        entry = places.get((one.source.writer, one.source.seq)) if one.source is not None else None
        return Confirmed(
            *(one.role, one.by, one.on_behalf_of, one.at, one.dated, one.evidence, one.sha256),
            lapsed=one.lapsed,
            sources=() if entry is None else cites.of(entry),
        )

    def told(line: Line) -> Dimension:
        confirm, roles = asked[line.id]
        done = tuple(map(proven, line.proofs))
        return Dimension(line.id, line.title, confirm, roles, line.state, done, line.waits_for,
                         line.owner, line.due)  # fmt: skip

    seven = tuple(told(lines[item.id]) for item in dimensions() if item.id in lines)
    signed = told(lines[status.item.id])
    markets = told(lines[MARKETS]) if lines[MARKETS].state != "not-applicable" else None
    cleared = any(not one.lapsed for one in signed.confirmed) and signed.state == "confirmed"
    roles = dict.fromkeys(role for one in (*seven, signed) for role in one.roles)
    return SignOff(
        about(ground),
        status.hard,
        cleared,
        _missing(ground, seven, signed, markets, required=status.hard),
        seven,
        signed,
        markets,
        tuple(signer for role in roles for signer in _signers(ground, role)),
        cites.rows(),
    )


def _missing(
    ground: Ground,
    seven: tuple[Dimension, ...],
    signed: Dimension,
    markets: Dimension | None,
    *,
    required: bool,
) -> tuple[Said, ...]:
    told = []
    if signed.state != "confirmed":
        need = "a customer-facing agent does not go live without it" if required else "internal"
        told.append(Said(f"the written sign-off is not in force ({need})"))
    for one in (*seven, *([markets] if markets is not None else [])):
        if one.state not in {"confirmed", "not-applicable"}:
            who = ", ".join(one.waits_for) or "nobody"
            lapsed = "".join(f"; {x.role}'s lapsed: {x.lapsed}" for x in one.confirmed if x.lapsed)
            told.append(Said(f"{one.title}: waits for {who}{lapsed}"))
    for role in dict.fromkeys(role for one in (*seven, signed) for role in one.roles):
        if not any(role in person.roles for person in ground.deployment.people):
            told.append(Said(f"nobody in warroom.toml holds the role {role}"))
    return tuple(told)


def _signers(ground: Ground, role: str) -> list[Signer]:
    held = [person for person in ground.deployment.people if role in person.roles]
    return [Signer(role, p.name, spoken(p)) for p in held] or [Signer(role, "", "NOBODY")]


def made(ground: Ground, _: Options) -> tuple[SignOff, Document]:
    """See `kinds.Kind`."""
    facts = sign_off(ground)
    return facts, sign_off_document(facts)


def sign_off_document(told: SignOff) -> Document:
    """A sheet to be read, filled in and signed."""
    about = told.about
    whom = "is required before go-live" if told.required else "is not required: it is internal"
    status = "CLEARED: a written sign-off is in force" if told.cleared else "NOT CLEARED"
    blocks: list[Block] = [
        Paragraph(f"{status}. Clearance of this {about.exposure} agent {whom}.", strong=True),
        *missing_blocks(told.missing, "Nothing remains to be confirmed."),
        Heading("The seven dimensions"),
        Table(
            ("dimension", "state", "who confirms", "confirmed by, with what", "remains"),
            tuple(_row(one) for one in told.dimensions),
        ),
        *(block for one in told.dimensions for block in _asked(one)),
        *_localization(told),
        Rule(),
        Heading("Sign-off"),
        Paragraph(
            f"I have reviewed {about.agent} {about.version} on the dimensions above, with the "
            "evidence named there. A dimension, the version or the context that changes later "
            "voids this."
        ),
        Table(
            ("role", "name", "decision, conditions", "date", "signature"),
            tuple((one.role, one.name or LINE, LINE, LINE, LINE) for one in told.signers),
            tall=True,
        ),
        Heading("Sign-offs on record", 3),
        *_given(told.sign_off),
        *tail(about, told.sources),
    ]
    return Document(f"Governance sign-off: {about.agent} {about.version}", tuple(blocks))


def _state(one: Dimension) -> str:
    return STATES.get(one.state, one.state)


def _row(one: Dimension) -> tuple[Inline, ...]:
    done = [f"{_as(x)}: {x.evidence}" for x in one.confirmed if not x.lapsed]
    marks = tuple(mark for x in one.confirmed if not x.lapsed for mark in x.sources)
    remains = ", ".join(one.waits_for) if one.state != "not-applicable" else ""
    due = f" ({one.owner}{f', by {one.due}' if one.due else ''})" if one.owner else ""
    return (
        one.title,
        _state(one),
        ", ".join(one.roles),
        Cited("; ".join(done) or "nothing", marks),
        f"{remains}{due}" if remains else "–",
    )


def _who(one: Confirmed) -> str:
    return f"{_name(one)}, {one.dated or date(one.at)}"


def _name(one: Confirmed) -> str:
    return f"{one.on_behalf_of} (recorded by {one.by})" if one.on_behalf_of else one.by


def _as(one: Confirmed) -> str:
    return f"{role_and_name(one.role, _name(one))}, {one.dated or date(one.at)}"


def _asked(one: Dimension) -> list[Block]:
    return [Heading(one.title, 3), Paragraph(one.confirm)]


def _localization(told: SignOff) -> list[Block]:
    """Where data lies, market by market: what is on record, and lines for what people add."""
    place = next((one for one in told.dimensions if one.id == LOCALIZATION), None)
    held = [*(place.confirmed if place else ()), *(told.markets.confirmed if told.markets else ())]
    rows: list[tuple[Inline, ...]] = [
        (_as(one), Cited(one.evidence, one.sources), one.lapsed or "stands") for one in held
    ]
    several = (
        "It serves several markets: each has a line of its own, confirmed against its own rules "
        "and regulators."
        if told.markets is not None
        else "It serves one market (context.cross_market is false in warroom.toml)."
    )
    lines = JURISDICTIONS if told.markets is not None else 1
    blocks: list[Block] = [Heading("Data localization per jurisdiction"), Paragraph(several)]
    if rows:
        blocks.append(Table(("who", "evidence on record", "state"), tuple(rows)))
    else:
        blocks.append(Paragraph("Nothing is on record about where data is kept.", strong=True))
    return [
        *blocks,
        Table(
            (
                "jurisdiction",
                "data stored in",
                "model API in",
                "rule it meets",
                "confirmed by, date",
            ),
            ((LINE[:16],) * 5,) * lines,
            tall=True,
        ),
    ]


def _given(one: Dimension) -> list[Block]:
    if not one.confirmed:
        return [Paragraph("None.")]
    rows: list[tuple[Inline, ...]] = [
        (
            x.role,
            _who(x),
            Cited(x.evidence + (f" (SHA-256 {x.sha256})" if x.sha256 else ""), x.sources),
            f"LAPSED: {x.lapsed}" if x.lapsed else "in force",
        )
        for x in one.confirmed
    ]
    return [Table(("role", "who, when", "reference", "state"), tuple(rows))]
