"""From the queue to what its lists and its detail show. Pure."""

from collections.abc import Collection, Iterator, Sequence

from textual.content import Content

from config.guide import EscalationRow
from config.model import Deployment
from console.clean import clean
from console.domain import queue_words as words
from console.domain.escalations import Group, Queue
from console.domain.raising import ROWS
from console.domain.rota import gaps, sla_s
from console.domain.state_escalation import Escalation
from console.domain.times import span
from console.room import Picture
from console.screens.moments import moment_text
from widgets.escalations import EscalationState, EscalationView
from widgets.line import dotted

MOST_ROWS = 300


def hay_of(view: EscalationView) -> str:
    """What a filter looks through."""
    parts = (view.id, view.state, view.title, view.to, view.left)
    return " ".join(parts)


def group_view(group: Group, picture: Picture, marked: Collection[str]) -> EscalationView:
    """A group's row."""
    state: EscalationState = "held"
    if group.waiting:
        state = "late" if group.late(picture.now) else "waiting"
    title = dotted(
        words.group_text(group, picture.reasons),
        words.alert_text(group, picture.state),
        _taken(group),
    )
    return EscalationView(
        group.id,
        state,
        clean(title, 200),
        words.left_text(group.due, picture.now) if group.due is not None else "answered",
        f"{group.count:,}",
        clean(words.to_text(group.to), 60),
        group.id in marked,
    )


def _taken(group: Group) -> str:
    """Who has in hand what is not answered yet; "" if nobody has."""
    taken = [one.acknowledged_by for one in group.waiting if one.acknowledged_at is not None]
    count = "it" if group.count == 1 else "all" if len(taken) == group.count else f"{len(taken):,}"
    return f"{', '.join(dict.fromkeys(taken))} has {count}" if taken else ""


def single_view(one: Escalation, now: float, marked: Collection[str]) -> EscalationView:
    """A single one's row."""
    state: EscalationState = "held"
    if one.answered_at is None:
        state = "late" if one.due < now else "waiting"
    taken = one.acknowledged_by if one.acknowledged_at is not None else ""
    about = f"call {one.call}" if one.call else one.about
    return EscalationView(
        one.id,
        state,
        clean(dotted(about, f"{taken} has it" if taken else ""), 200),
        words.left_text(one.due, now) if one.answered_at is None else "answered",
        to=clean(words.to_text(one.to), 60),
        marked=one.id in marked,
    )


def bounded(shown: Sequence[EscalationView], total: int) -> list[EscalationView]:
    """As many as a person will look through, and how many more there are."""
    rows = list(shown[:MOST_ROWS])
    if total > len(rows):
        more = f"and {total - len(rows):,} more: / finds them"
        rows.append(EscalationView("more", "more", more))
    return rows


def counts_line(queue: Queue, now: float, marked: int) -> Content:
    """The queue's figures, loud where something is late."""
    late = queue.late(now)
    said = words.counts_text(queue, now) if queue.total else "nothing was ever escalated"
    if marked:
        said = f"{marked:,} marked · {said}"
    style = "bold $text-error" if late else "$text-muted"
    return Content.styled(said, style)


def rota_line(deployment: Deployment, now: float) -> str:
    """What is not looked after: hours without a shift, tools without a scope."""
    open_ = gaps(deployment, now)
    said = []
    if open_:
        more = f" and {len(open_) - 1} more" if len(open_) > 1 else ""
        said.append(f"no shift covers {words.gap_text(open_[0])}{more}")
    if deployment.agent.tools is None:
        said.append("tools are not checked: [agent] tools is not set")
    return clean(" · ".join(said), 300)


def group_words(group: Group, picture: Picture, deployment: Deployment) -> Content:
    """All that is known of a group."""
    row = ROWS.get(group.row)
    facts = [("", group.id), *_row_facts(row, deployment)]
    stands = words.stands_text(group, picture.now)
    answered = f", {len(group.held):,} answered" if group.held else ""
    taken = f"; {said}" if (said := _taken(group)) else ""
    facts.append(("Now", f"{len(group.waiting):,} wait{answered}; {stands}{taken}"))
    if alert := words.alert_text(group, picture.state):
        facts.append(("Alert", f"{alert}; it stays open until somebody resolves it"))
    facts += _people(group.to, {one.backup for one in group.open[:MOST_ROWS]}, deployment)
    facts += _guidance(row)
    return _content(words.group_text(group, picture.reasons), facts)


def single_words(one: Escalation, picture: Picture, deployment: Deployment) -> Content:
    """All that is known of a single one."""
    row, now = ROWS.get(one.row), picture.now
    facts = [("", one.id), *_row_facts(row, deployment)]
    if one.call:
        facts.append(("Call", f"{one.call}, at {moment_text(one.at, now)}"))
    if (alert := picture.state.alerts.get(one.about)) is not None:
        over = "fires" if alert.resolved_at is None else "has resolved"
        facts.append(("Alert", f"{alert.id} {over}"))
    elif one.about:
        facts.append(("About", one.about))
    facts.append(("Due", f"{moment_text(one.due, now)}: {words.state_text(one, now)}"))
    if one.missed_at is not None:
        facts.append(("Missed", f"on record {moment_text(one.missed_at, now)}"))
    if one.acknowledged_at is not None:
        when = moment_text(one.acknowledged_at, now)
        facts.append(("Taken", f"by {one.acknowledged_by}, {when}"))
    facts += _people(one.to, {one.backup}, deployment)
    facts += _guidance(row)
    title = words.reason_text(one.row, one.reason, one.what, picture.reasons)
    return _content(title, facts)


def _row_facts(row: EscalationRow | None, deployment: Deployment) -> list[tuple[str, str]]:
    if row is None:
        return [("Row", "none of the guide's")]
    sla = sla_s(deployment, row)
    within = f"within {span(sla)}" if sla else "at once, within 60 s of being raised"
    return [("Row", f"{row.name} (Guide {row.guide})"), ("Answer", f"{row.answered} {within}")]


def _people(
    to: Sequence[str], backups: Collection[str], deployment: Deployment
) -> Iterator[tuple[str, str]]:
    yield "Who", ", ".join(_spoken(name, deployment) for name in to)
    named = sorted(name for name in backups if name)
    told = ", ".join(_spoken(name, deployment) for name in named)
    yield "Backup", told or "NOBODY is named"


def _spoken(name: str, deployment: Deployment) -> str:
    person = deployment.person(name)
    phone = "" if person is None else person.phone
    return f"{name} {phone or '(no phone)'}"


def _guidance(row: EscalationRow | None) -> Iterator[tuple[str, str]]:
    if row is None:
        return
    if row.rollback:
        yield "First", "the rollback owner fires: F9"
    for number, step in enumerate(row.steps, 1):
        yield ("Do" if number == 1 else ""), f"{number}. {step}"
    yield "Users", row.users


def _content(title: str, facts: Sequence[tuple[str, str]]) -> Content:
    lines = [Content.styled(clean(title, 300), "bold")]
    for label, text in facts:
        head = Content.styled(f"{label}  ", "bold $text-primary") if label else Content()
        lines.append(head + Content(clean(text, 600)))
    return Content("\n").join(lines)
