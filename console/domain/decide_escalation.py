"""Decisions about escalations (Guide 5.1): see `decide`."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from config.nearest import nearest, suggestion
from console.domain import commands_escalation as c
from console.domain import events as e
from console.domain.escalations import Group, group_id, queue_of
from console.domain.facts import Facts
from console.domain.raising import parted
from console.domain.refused import Refused, may_write, words
from console.domain.state import Alert, State
from console.domain.state_escalation import Escalation
from console.domain.times import clock_text, span

MOST_GUESSED = 2000


def _acknowledge(state: State, command: c.AcknowledgeEscalations, facts: Facts) -> list[e.Event]:
    may_write(facts)
    chosen = _open(state, command.escalations, command.group, facts.now)
    left = [one for one in chosen if one.acknowledged_at is None]
    if not left:
        first = chosen[0]
        ago = span(facts.now - (first.acknowledged_at or facts.now))
        raise Refused(f"{_named(chosen)} was acknowledged by {first.acknowledged_by} {ago} ago")
    return [*_acknowledged(left, command.remark.strip()), *_alerts_too(state, left)]


def _acknowledged(chosen: Iterable[Escalation], remark: str) -> list[e.Event]:
    ids = [one.id for one in chosen]
    return [e.EscalationAcknowledged(tuple(part), remark) for part in parted(ids)]


def _alerts_too(state: State, chosen: Iterable[Escalation]) -> list[e.Event]:
    """Who has an alert's escalation in hand has the alert in hand."""
    about = dict.fromkeys(one.about for one in chosen)
    alerts = [state.alerts[name] for name in about if name in state.alerts]
    return [
        e.AlertAcknowledged(alert.id, "with its escalation")
        for alert in alerts
        if alert.acknowledged_at is None and alert.resolved_at is None
    ]


def acknowledged_with(state: State, alert: Alert, remark: str) -> list[e.Event]:
    """The other way round: an alert's escalations are in hand with it."""
    waiting = [
        one
        for one in state.escalations.values()
        if one.about == alert.id and one.answered_at is None and one.acknowledged_at is None
    ]
    return _acknowledged(waiting, remark)


def _assign(state: State, command: c.AssignEscalations, facts: Facts) -> list[e.Event]:
    may_write(facts)
    people = {person.name: person for person in facts.deployment.people}
    person = people.get(command.to)
    if person is None:
        known = suggestion(command.to, people)
        raise Refused(f'nobody in `people` is called "{command.to}"{known}')
    if not set(person.roles) - {"observer"}:
        raise Refused(f"{person.name} is an observer and answers nothing")
    chosen = _open(state, command.escalations, command.group, facts.now)
    left = [one for one in chosen if one.to != (command.to,)]
    if not left:
        raise Refused(f"{_named(chosen)} is {command.to}'s already")
    return _assigned(left, command.to, command.why)


def _assigned(chosen: Iterable[Escalation], to: str, why: str) -> list[e.Event]:
    ids = [one.id for one in chosen]
    return [e.EscalationAssigned(tuple(part), to, why.strip()) for part in parted(ids)]


def _hand(state: State, command: c.HandEscalations, facts: Facts) -> list[e.Event]:
    may_write(facts)
    chosen = _open(state, command.escalations, command.group, facts.now)
    backed = [one for one in chosen if one.backup]
    if not backed:
        raise Refused(f"{_named(chosen)} has no backup: name one in the rota, or reassign it")
    left = [one for one in backed if one.to != (one.backup,)]
    if not left:
        raise Refused(f"{_named(backed)} is with the backup, {backed[0].backup}, already")
    by: dict[str, list[Escalation]] = {}
    for one in left:
        by.setdefault(one.backup, []).append(one)
    return [event for to, ones in by.items() for event in _assigned(ones, to, command.why)]


def _resolve(state: State, command: c.ResolveEscalations, facts: Facts) -> list[e.Event]:
    may_write(facts)
    chosen = _open(state, command.escalations, command.group, facts.now)
    outcome = words(command.outcome, "the outcome")
    rows = {one.row for one in chosen}
    pattern = command.pattern.strip()
    if "escalate" in rows and not pattern:
        raise Refused("the pattern of the input is empty: the prompt is reviewed against it")
    if "safety-flag" in rows and not command.verdict:
        raise Refused("say whether the flag was right: true-positive or false-positive")
    if command.verdict and "safety-flag" not in rows:
        raise Refused("only a flag is a true or a false positive: leave the verdict out")
    return [
        e.EscalationResolved(
            tuple(part), outcome, pattern, command.verdict if row == "safety-flag" else ""
        )
        for row in sorted(rows)
        for part in parted([one.id for one in chosen if one.row == row])
    ]


def _open(state: State, names: tuple[str, ...], group: str, now: float) -> list[Escalation]:
    """Those that are meant, none of which is resolved. `Refused` if one is not known."""
    if group:
        return list(_group(state, group).open)
    if not names:
        raise Refused("name an escalation by its id, or a group")
    chosen = {one.id: one for name in names for one in _meant(state, name)}
    left = [one for one in chosen.values() if one.resolved_at is None]
    if not left:
        one = next(iter(chosen.values()))
        at = one.resolved_at or now
        raise Refused(
            f"{_named(list(chosen.values()))} was resolved by {one.resolved_by} "
            f"at {clock_text(at)}, {span(now - at)} ago"
        )
    return left


def _meant(state: State, name: str) -> list[Escalation]:
    """The escalation of that id, or those of the call of that id."""
    held = state.escalations.get(name)
    if held is not None:
        return [held]
    of_call = [one for one in state.escalations.values() if one.call == name and name]
    if of_call:
        return of_call
    waiting = [one.id for one in state.escalations.values() if one.resolved_at is None]
    near = nearest(name, islice(reversed(waiting), MOST_GUESSED))
    meant = f'; did you mean "{near}"?' if near else ""
    raise Refused(f'there is no escalation "{name}"{meant} ({_count(len(waiting))})')


def _count(open_: int) -> str:
    return f"{open_:,} open; see: warroom escalations DIR" if open_ else "none is open"


def _group(state: State, name: str) -> Group:
    queue = queue_of(state.escalations)
    found = queue.group(name)
    if found is not None:
        return found
    if any(group_id(*one.group) == name for one in state.escalations.values()):
        raise Refused(f"all of group {name} are resolved")
    known = [group.id for group in queue.groups]
    near = nearest(name, known)
    meant = f'; did you mean "{near}"?' if near else ""
    raise Refused(f'no group of escalations "{name}" is open{meant}')


def _named(chosen: list[Escalation]) -> str:
    more = f" with {len(chosen) - 1:,} more" if len(chosen) > 1 else ""
    return f"{chosen[0].id}{more}"


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.AcknowledgeEscalations: _acknowledge,
    c.AssignEscalations: _assign,
    c.HandEscalations: _hand,
    c.ResolveEscalations: _resolve,
}
