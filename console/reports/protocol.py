"""The protocol sheet of each escalation reviewer (Guide 5.1, 5.3), as facts and as a page."""

import shlex
from collections.abc import Sequence

import msgspec

from config.guide import EscalationRow, Role, escalation_rows, metric_rules
from config.model import Deployment, Person
from console.domain.refused import Refused
from console.domain.times import span
from console.reports.document import Block, Code, Document, Heading, Listing, Paragraph, Rule, Table
from console.reports.ground import About, Ground, Options, about, about_lines, named, spoken
from console.reports.runbook import limit_text

AT_ONCE = "at once"
# Whom to call for what, in the order in which a reviewer needs them.
_HELP: tuple[tuple[Role, str], ...] = (
    ("agent-lead", "what the agent should have done"),
    ("tech-lead", "errors, latency, tools"),
    ("legal", "data, disclosure, harm"),
    ("bu-operations-lead", "the manual process, the users"),
)


class Duty(msgspec.Struct, frozen=True):
    """One thing that calls a person: `within` is the time to respond, `within_s` in seconds."""

    id: str
    trigger: str
    role: str
    within: str
    within_s: int
    steps: tuple[str, ...]
    users: str
    rollback: bool
    together_with: tuple[str, ...]
    backup: tuple[str, ...]


class Help(msgspec.Struct, frozen=True):
    """Whom to call, and for what."""

    who: str
    what_for: str


class Sheet(msgspec.Struct, frozen=True):
    """One person's page; `gaps` are what is missing on it."""

    name: str
    phone: str
    roles: tuple[str, ...]
    gaps: tuple[str, ...]
    duties: tuple[Duty, ...]
    owner: str
    fire: str
    answer: str
    fallback: tuple[str, ...]
    help: tuple[Help, ...]


class Protocol(msgspec.Struct, frozen=True, tag_field="kind", tag="protocol"):
    """The sheets; `unreached` are rows that notify a role which nobody holds."""

    about: About
    unreached: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def reviewers(deployment: Deployment) -> list[Person]:
    """Everybody whom an escalation reaches: the reviewers first, then the leads and Legal."""
    roles: dict[Role, None] = dict.fromkeys(r for row in escalation_rows() for r in row.notified)
    return named(deployment, roles)


def protocol(ground: Ground, people: Sequence[Person]) -> Protocol:
    """A sheet for each of `people`; some row must reach each of them."""
    deployment = ground.deployment
    return Protocol(
        about(ground),
        tuple(
            f"{row.name}: nobody holds {role}"
            for row in escalation_rows()
            for role in row.notified
            if not deployment.holders(role)
        ),
        tuple(_sheet(person, ground) for person in people),
    )


def _sheet(person: Person, ground: Ground) -> Sheet:
    deployment, where, who = ground.deployment, ground.directory, shlex.quote(person.name)
    duties = tuple(
        _duty(row, role, person, deployment)
        for row in escalation_rows()
        for role in row.notified
        if role in person.roles
    )
    owner = deployment.person(deployment.rollback.owner)
    helpers = [
        Help(spoken(other), what)
        for role, what in _HELP
        for other in deployment.holders(role)
        if other.name != person.name
    ]
    return Sheet(
        person.name,
        person.phone,
        tuple(person.roles),
        _gaps(person, duties, deployment),
        duties,
        spoken(owner) if owner else deployment.rollback.owner,
        f"warroom rollback {where} --as {who} --trigger owner-judgement --fire",
        f"warroom escalation ack {where} CALL_OR_ID --as {who}\n"
        f"warroom escalation resolve {where} CALL_OR_ID --as {who} --outcome … --pattern …",
        _fallback(person, duties, deployment),
        tuple(helpers),
    )


def _duty(row: EscalationRow, role: Role, person: Person, deployment: Deployment) -> Duty:
    outside = deployment.context.exposure == "customer-facing"
    seconds = row.sla_customer_s if outside else row.sla_internal_s
    path = deployment.escalation
    backups = [p.name for p in deployment.holders(role)]
    if role == "reviewer" and path is not None:
        seconds = round(deployment.escalation_sla_s)
        backups = [path.backup] if path.backup is not None else []
    others = [p for r in row.notified if r != role for p in deployment.holders(r)]
    return Duty(
        row.id,
        row.name + _limit(row, deployment),
        role,
        span(seconds) if seconds else AT_ONCE,
        seconds,
        row.steps,
        row.users,
        row.rollback,
        tuple(spoken(p) for p in dict.fromkeys(others) if p.name != person.name),
        tuple(
            spoken(backup)
            for name in backups
            if name != person.name and (backup := deployment.person(name)) is not None
        ),
    )


def _limit(row: EscalationRow, deployment: Deployment) -> str:
    """The limit in force that fires it, where a metric does."""
    rule = next((rule for rule in metric_rules() if rule.id == row.metric), None)
    if rule is None or rule.any:
        return ""
    limit = limit_text(rule, deployment.limit(rule.id), deployment.nfr.currency)
    return f": {limit} over the last {span(rule.window_s)}"


def _gaps(person: Person, duties: Sequence[Duty], deployment: Deployment) -> tuple[str, ...]:
    gaps = [] if person.phone else ["no phone number is given for this person"]
    alone = dict.fromkeys(duty.role for duty in duties if not duty.backup)
    must = " (this agent is of high criticality: on call, a backup by name is needed)"
    grave = must if deployment.context.high_criticality else ""
    gaps += [f"nobody else holds {role}, so there is no backup{grave}" for role in alone]
    return tuple(gaps)


def _fallback(person: Person, duties: Sequence[Duty], deployment: Deployment) -> tuple[str, ...]:
    """What to do who cannot respond in time."""
    backup = list(dict.fromkeys(name for duty in duties for name in duty.backup))
    leads = [
        spoken(p)
        for p in named(deployment, ("agent-lead", "tech-lead", "rollback-owner"))
        if p.name != person.name
    ][:1]
    first = (
        f"Call your backup and hear them say that they take it: {'; '.join(backup)}"
        if backup
        else "You have NO BACKUP: call and hear that it is taken: "
        f"{'; '.join(leads) or 'NOBODY else is named'}"
    )
    by_hand = deployment.escalation.fallback if deployment.escalation is not None else ""
    return (
        first,
        *([f"If nobody takes it: {by_hand}"] if by_hand else []),
        "Reach nobody within half of your time: the call goes to the manual process, and users "
        "keep the message that a person is on it",
        "Know beforehand that you will be away: say so before, not when the first call comes",
    )


def made(ground: Ground, options: Options) -> tuple[Protocol, Document]:
    """See `kinds.Kind`; the sheet of `options.person` alone, else of all whom a row reaches."""
    known = reviewers(ground.deployment)
    wanted = [person for person in known if options.person in {"", person.name}]
    if options.person and not wanted:
        names = ", ".join(person.name for person in known) or "nobody"
        raise Refused(f'no escalation reaches "{options.person}" (it reaches: {names})')
    facts = protocol(ground, wanted)
    return facts, protocol_document(facts)


def protocol_document(told: Protocol) -> Document:
    """One page a person."""
    agent = told.about
    blocks: list[Block] = []
    if told.unreached:
        blocks += [Paragraph("Reaches nobody:", strong=True), Listing(told.unreached)]
    for place, sheet in enumerate(told.sheets):
        if place:
            blocks.append(Rule(always=True))
        blocks += _page(sheet, agent)
    if not told.sheets:
        blocks.append(Paragraph("No escalation reaches anybody.", strong=True))
    blocks += [Rule(always=True), Heading("What this was made from"), Listing(about_lines(agent))]
    title = f"Live escalation protocol: {agent.agent} ({agent.exposure})"
    return Document(title, tuple(blocks), dense=True)


def _page(sheet: Sheet, agent: About) -> list[Block]:
    blocks: list[Block] = [
        Heading(f"{sheet.name}, {', '.join(sheet.roles)}"),
        Paragraph(f"Reached at {sheet.phone or 'NO PHONE GIVEN'}. Agent: {agent.agent}."),
    ]
    if sheet.gaps:
        blocks += [Paragraph("Missing on this sheet:", strong=True), Listing(sheet.gaps)]
    rows = tuple((duty.trigger, duty.within, duty.role) for duty in sheet.duties)
    blocks += [
        Heading("What calls you, and how soon you respond", 3),
        Table(("when", "respond within", "as"), rows),
    ]
    for duty in sheet.duties:
        blocks.append(Heading(f"{duty.within}: {duty.trigger}", 3))
        if duty.rollback:
            blocks.append(Paragraph(f"Rollback owner: {sheet.owner}", strong=True))
        blocks += [
            Listing(duty.steps, numbered=True),
            Paragraph(f"Users meanwhile: {duty.users}"),
        ]
        if duty.together_with:
            blocks.append(Paragraph(f"Told with you: {'; '.join(duty.together_with)}."))
    return [
        *blocks,
        Heading("Each time: take it in hand, then log its outcome and the pattern of the input", 3),
        Code(sheet.answer),
        Paragraph(
            "It gets worse, or the rollback owner cannot be reached: anybody may fire, recorded "
            "as on the owner's behalf."
        ),
        Code(sheet.fire),
        Heading("If you cannot respond", 3),
        Listing(sheet.fallback, numbered=True),
        Heading("Whom to call", 3),
        Listing(
            (
                f"Rollback owner: {sheet.owner}",
                *(f"{one.who}: {one.what_for}" for one in sheet.help),
            )
        ),
    ]
