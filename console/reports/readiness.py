"""The deployment status report that Guide 1 asks for, as facts produced from the state."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from config.guide import Item, dimensions
from console.domain.checklist import ItemStatus, hard_stop
from console.domain.golive import GoLive, golive_text
from console.domain.lines import line_statuses
from console.domain.poll import verdict as poll_verdict
from console.domain.poll import waiting
from console.domain.state import Confirmation
from console.domain.times import iso
from console.domain.words import counted
from console.reports.ground import NOBODY, About, Ground, about, named, spoken
from console.reports.sources import Source, Sources

Class = Literal[
    "blocking", "expired", "in-progress", "accepted", "not-started", "confirmed", "not-applicable"
]
MOST_NAMES = 8  # in a sentence; the tables name every one
# What is missing comes first.
CLASSES: tuple[Class, ...] = (
    "blocking",
    "expired",
    "in-progress",
    "not-started",
    "accepted",
    "confirmed",
    "not-applicable",
)


class Proof(msgspec.Struct, frozen=True):
    """One role's confirmation with its evidence; `lapsed` says why it holds no longer."""

    role: str
    by: str
    on_behalf_of: str
    at: str
    dated: str
    evidence: str
    kind: str
    sha256: str
    lapsed: str
    source: Source | None


class Line(msgspec.Struct, frozen=True):
    """An item of the checklist, classified (Guide 1): confirmed, in progress, or blocking.

    `action` is what has to be made true, empty where nothing is. `due` is a day, empty where there
    is none; `overdue` says that it has passed. `waits_for` are roles.
    """

    id: str
    category: str
    title: str
    hard: bool
    state: Class
    proofs: tuple[Proof, ...]
    waits_for: tuple[str, ...]
    action: str
    owner: str
    due: str
    overdue: bool
    note: str
    accepted: str
    sources: tuple[Source, ...]

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state not in {"confirmed", "accepted", "not-applicable"}

    @property
    def blocks(self) -> bool:
        """Whether it alone holds the go-live."""
        return self.hard and self.open


class RoleOwes(msgspec.Struct, frozen=True):
    """What a role still has to confirm, and who holds it."""

    role: str
    people: tuple[str, ...]
    hard: tuple[str, ...]
    recommended: tuple[str, ...]


class GuideRow(msgspec.Struct, frozen=True):
    """A line of the master checklist with its state."""

    id: str
    text: str
    state: str
    links: tuple[str, ...]


class PollAnswer(msgspec.Struct, frozen=True):
    """What a role answered; empty `said` while it is sealed or not given."""

    role: str
    by: str
    said: str
    reason: str
    source: Source | None


class PollReport(msgspec.Struct, frozen=True):
    """The GO/NO-GO poll; `verdict` is "none" where none was held for this rollout."""

    verdict: str
    id: str
    version: str
    waiting: tuple[str, ...]
    answers: tuple[PollAnswer, ...]


class Clearance(msgspec.Struct, frozen=True):
    """The governance sign-off (Guide 2.3)."""

    required: bool
    state: str
    hard_stop: str
    open_dimensions: tuple[str, ...]
    given: tuple[Proof, ...]


class ReadinessReport(msgspec.Struct, frozen=True, tag_field="kind", tag="readiness"):
    """The whole of it, for its `readers`. `verdict` is "GO-GIVEN" once the rollout has begun."""

    about: About
    readers: tuple[str, ...]
    verdict: Literal["GO", "NO-GO", "GO-GIVEN"]
    go_source: Source | None
    rollout: int
    holds: tuple[str, ...]
    hard_stop: str
    planned: str
    expected: str
    clock: str
    clock_source: Source | None
    poll: PollReport
    clearance: Clearance
    categories: tuple[str, ...]
    items: tuple[Line, ...]
    roles: tuple[RoleOwes, ...]
    lines: tuple[GuideRow, ...]


def readiness_report(ground: Ground) -> ReadinessReport:
    """Where the deployment stands before GO."""
    sources = Sources(ground.entries)
    lines = tuple(_line(status, ground, sources) for status in ground.items)
    stop = hard_stop(ground.items)
    attempt = ground.state.attempt
    given = attempt.phase != "readiness" or ground.state.stable_since is not None
    holds = _holds(ground, lines, given=given)
    clock, readied = ground.go_live, f"readiness.{ground.state.rollout}"
    return ReadinessReport(
        about=about(ground),
        readers=tuple(
            spoken(p) for p in named(ground.deployment, ("agent-lead", "executive-sponsor"))
        ),
        verdict="GO-GIVEN" if given else "NO-GO" if holds else "GO",
        go_source=sources.of("gate.decided", readied, "advance") if given else None,
        rollout=ground.state.rollout,
        holds=holds,
        hard_stop=stop,
        planned=_day(clock.planned),
        expected=_day(clock.expected),
        clock=_clock(clock),
        clock_source=sources.of("golive.moved"),
        poll=_poll(ground, sources),
        clearance=_clearance(ground, stop, lines),
        categories=tuple(dict.fromkeys(line.category for line in lines)),
        items=tuple(sorted(lines, key=lambda line: CLASSES.index(line.state))),
        roles=_roles(ground, lines),
        lines=tuple(
            GuideRow(one.line.id, one.line.text, one.state, one.line.links)
            for one in line_statuses(ground.state, ground.items)
            if one.line.id.startswith(("A", "B"))
        ),
    )


def _clock(clock: GoLive) -> str:
    """The deployment clock, without a list of names that the table of actions gives again."""
    if len(clock.stopped) > MOST_NAMES:
        return f"Go-live has no date: {len(clock.stopped)} hard items have neither owner nor day"
    return golive_text(clock)


def _holds(ground: Ground, lines: Iterable[Line], *, given: bool) -> tuple[str, ...]:
    """What holds the go-live, in sentences without their full stop."""
    blocking = [line for line in lines if line.blocks]
    holds = []
    if ground.trouble:
        holds.append(f"the journal is damaged: {ground.trouble}")
    if blocking:
        told = f"{counted(len(blocking), 'hard item')} not confirmed"
        names = ", ".join(line.id for line in blocking)
        holds.append(f"{told}: {names}" if len(blocking) <= MOST_NAMES else told)
    if given:
        return tuple(holds)
    # The gate's hard items and hard stop are told already, its criteria are said without their ids.
    criteria = [c for c in ground.gate.criteria if c.verdict in {"not-met", "unknown"}]
    holds += [c.why for c in criteria if c.id != "hard-items"]
    skipped = ("HARD STOP", *(f"{c.id} is " for c in criteria))
    holds += [why for why in ground.gate.missing if not why.startswith(skipped)]
    if ground.unasked:
        holds = [why for why in holds if not why.startswith("not all feeds are live")]
        holds.append("no feed was asked for this report, so nothing is known of them")
    return tuple(holds)


def _line(status: ItemStatus, ground: Ground, sources: Sources) -> Line:
    item, plan = status.item, status.plan
    kind = _class(status)
    lapsed = {lapse.confirmation.role: lapse.why for lapse in status.lapses}
    shown = {c.role: c for c in (*status.confirmations, *(x.confirmation for x in status.lapses))}
    proofs = tuple(
        _proof(item, shown[role], lapsed.get(role, ""), sources)
        for role in item.roles
        if role in shown
    )
    accepted = status.accepted
    told = [proof.source for proof in proofs]
    if plan is not None:
        told.append(sources.of("item.planned", item.id, at=plan.at))
    if accepted is not None:
        told.append(sources.of("item.accepted", item.id, at=accepted.at))
    is_open = kind not in {"confirmed", "accepted", "not-applicable"}
    return Line(
        id=item.id,
        category=item.category,
        title=item.title,
        hard=status.hard,
        state=kind,
        proofs=proofs,
        waits_for=() if kind == "not-applicable" else status.missing,
        action=_action(status, lapsed) if is_open else "",
        owner=(NOBODY if plan is None else plan.owner) if is_open else "",
        due="" if plan is None else plan.due.isoformat(),
        overdue=plan is not None and plan.due < ground.today,
        note="" if plan is None else plan.note,
        accepted="" if accepted is None else f"{accepted.reason} ({accepted.by})",
        sources=tuple(source for source in told if source is not None),
    )


def _class(status: ItemStatus) -> Class:
    match status.state:
        case "confirmed" | "accepted" | "not-applicable" | "expired":
            return status.state
    if status.plan is not None:
        return "in-progress"
    return "blocking" if status.hard else "not-started"


def _action(status: ItemStatus, lapsed: dict[str, str]) -> str:
    """What has to be made true for an item that is open, and what lapsed of it."""
    again = "".join(f" The confirmation of {role} lapsed: {why}." for role, why in lapsed.items())
    return f"{status.item.confirm}{again}"


def _proof(item: Item, one: Confirmation, lapsed: str, sources: Sources) -> Proof:
    return Proof(
        role=one.role,
        by=one.by,
        on_behalf_of=one.on_behalf_of,
        at=iso(one.at),
        dated=_day(one.dated),
        evidence=one.evidence.text,
        kind=one.evidence.kind,
        sha256=one.evidence.sha256,
        lapsed=lapsed,
        source=sources.of("item.confirmed", item.id, one.role, at=one.at),
    )


def _day(day: object) -> str:
    return "" if day is None else str(day)


def _poll(ground: Ground, sources: Sources) -> PollReport:
    poll = ground.state.poll
    if poll is None:
        return PollReport("none", "", "", (), ())
    answers = []
    for role in poll.roles:
        answer = poll.answers.get(role)
        said = "" if answer is None or answer.go is None else "GO" if answer.go else "NO-GO"
        kind = "poll.revealed" if said else "poll.answered"
        answers.append(
            PollAnswer(
                role,
                "" if answer is None else answer.by,
                said,
                "" if answer is None else answer.reason,
                None if answer is None else sources.of(kind, poll.id, role),
            )
        )
    return PollReport(
        poll_verdict(poll), poll.id, poll.version, tuple(waiting(poll)), tuple(answers)
    )


def _clearance(ground: Ground, stop: str, lines: Iterable[Line]) -> Clearance:
    ids = {item.id for item in dimensions()}
    signed = next(status for status in ground.items if status.item.asks == "sign-off")
    known = {line.id: line for line in lines}
    return Clearance(
        required=signed.hard,
        state=known[signed.item.id].state,
        hard_stop=stop,
        open_dimensions=tuple(line.id for line in known.values() if line.id in ids and line.open),
        given=known[signed.item.id].proofs,
    )


def _roles(ground: Ground, lines: Iterable[Line]) -> tuple[RoleOwes, ...]:
    hard: dict[str, list[str]] = {}
    recommended: dict[str, list[str]] = {}
    for line in lines:
        if line.open:
            for role in line.waits_for:
                (hard if line.hard else recommended).setdefault(role, []).append(line.id)
    owing = dict.fromkeys([*hard, *recommended])
    return tuple(
        RoleOwes(
            role,
            tuple(spoken(p) for p in ground.deployment.people if role in p.roles),
            tuple(hard.get(role, ())),
            tuple(recommended.get(role, ())),
        )
        for role in owing
    )
