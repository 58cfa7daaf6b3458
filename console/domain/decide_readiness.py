"""The decisions of the walk to GO: confirmations, plans, the poll, another config.

Part of `decide`; Guide 1 and 2.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from config.guide import Item, checklist_items
from config.nearest import nearest
from console.domain import commands as c
from console.domain import events as e
from console.domain.checklist import ItemStatus, checklist, few, progress, status_of
from console.domain.counts import counts_in, failures
from console.domain.facts import Facts
from console.domain.golive import go_live
from console.domain.poll import roles_asked, seal, waiting
from console.domain.refused import Refused, held_words, lead, may_write, words
from console.domain.signoff import subject, unconfirmed
from console.domain.standing import standing_of
from console.domain.state import Plan, Poll, State
from console.domain.times import span, stamp, utc
from console.domain.wayback import DRILL, WAY_BACK

LEAST_EVIDENCE = 12
AT_ONCE_S = 60.0


def _item(name: str) -> Item:
    items = {item.id: item for item in checklist_items()}
    if name not in items:
        near = nearest(name, items)
        hint = f"; did you mean {near}?" if near else f" (one of: {', '.join(items)})"
        raise Refused(f"there is no item {name}{hint}")
    return items[name]


def _status(state: State, facts: Facts, item: Item) -> ItemStatus:
    return status_of(item, state, standing_of(facts))


def _confirm(state: State, command: c.ConfirmItem, facts: Facts) -> list[e.Event]:
    """Guide 1.1: evidence, by whoever holds a confirming role, or from them in writing."""
    item = _item(command.item)
    roles = _roles(item, command, facts)
    evidence = _evidence(item, command.evidence, state, facts)
    _not_at_once(state, item, roles, facts)
    today = utc(facts.now).date()
    if command.dated is not None and command.dated > today:
        raise Refused(f"evidence of {command.dated} is of a day to come: today is {today}")
    if item.config_bound and state.config_sha256 not in {"", facts.config_sha256}:
        how = "warroom.toml was changed: a lead accepts it first (warroom config accept DIR)"
        raise Refused(facts.config_trouble or how)
    signed: dict[str, str] = {}
    if item.asks == "sign-off":
        standing = standing_of(facts)
        items = checklist(state, standing)
        if open_ := unconfirmed(items):
            raise Refused(f"a sign-off is given on all dimensions; open: {', '.join(open_)}")
        signed = subject(items, standing)
    if item.procedure_bound and facts.way_back:
        signed = {WAY_BACK: facts.way_back}
    version = facts.deployment.agent.version
    confirmed: list[e.Event] = [
        e.ItemConfirmed(
            item.id, role, evidence, command.on_behalf_of, command.dated, version, signed
        )
        for role in roles
    ]
    return confirmed + _nearer(state, item, roles, facts)


def _nearer(state: State, item: Item, roles: list[str], facts: Facts) -> list[e.Event]:
    """The go-live's new day, once the item that it waited for is confirmed by all its roles."""
    if state.go_live is None or set(_status(state, facts, item).missing) - set(roles):
        return []
    items = checklist(state, standing_of(facts))
    rest = [status for status in items if status.item.id != item.id]
    return _moved(state, rest, facts, f"{item.id} is confirmed")


def _roles(item: Item, command: c.ConfirmItem, facts: Facts) -> list[str]:
    """The roles that this confirmation is for, or a refusal."""
    by = f"{item.id} is confirmed by {' and '.join(item.roles)}"
    held = [role for role in item.roles if role in facts.actor.roles]
    if command.on_behalf_of:
        lead(facts, "record another role's written confirmation")
        if not command.role:
            raise Refused("say which role's confirmation this is")
        held = list(item.roles)
    if command.role:
        if command.role not in item.roles:
            raise Refused(by)
        held = [role for role in held if role == command.role]
    if not held:
        who = facts.actor
        raise Refused(f"{by}; {held_words(who.name, who.roles)}")
    return list(held)


def _not_at_once(state: State, item: Item, roles: list[str], facts: Facts) -> None:
    """Of two who confirm the same at once, the second is told, and may look and do it again."""
    for held in _status(state, facts, item).confirmations:
        if held.role not in roles or held.by == facts.actor.name:
            continue
        ago = facts.now - held.at
        if 0 <= ago < AT_ONCE_S:
            raise Refused(
                f"{held.by} confirmed {item.id} for {held.role} {span(ago)} ago "
                f"({held.evidence.text}): look at that first, then confirm it anew if need be"
            )


def _evidence(item: Item, evidence: e.Evidence, state: State, facts: Facts) -> e.Evidence:
    """Guide 1.1: what was seen, not that it is done. A probe's name stands for its latest run."""
    text = words(evidence.text, "the evidence")
    if evidence.kind == "probe":
        return _run(item, text, state, facts)
    if evidence.kind == "text" and (len(text) < LEAST_EVIDENCE or len(text.split()) < 2):
        raise Refused("evidence is more than an assertion: say what was seen, where and when")
    if item.asks == "counts" and (wrong := failures(counts_in(text))):
        raise Refused(*wrong)
    return evidence


def _run(item: Item, probe: str, state: State, facts: Facts) -> e.Evidence:
    """The latest run of a probe as evidence, if it passed, and was of what would go live."""
    if probe != item.probe:
        own = f"its probe is {item.probe}" if item.probe else "no probe yields evidence for it"
        raise Refused(f"the {probe} probe says nothing about {item.id}: {own}")
    run = state.probes.get(probe)
    if run is None:
        raise Refused(f"the {probe} probe was never run: warroom probe {probe} DIR")
    if not run.passed:
        raise Refused(run.summary)
    if run.version != facts.deployment.agent.version:
        raise Refused(f"the {probe} probe was run on {run.version}: run it again")
    if item.procedure_bound and run.subject != facts.way_back:
        raise Refused("the way back, or the version it restores, has changed since the drill")
    return e.Evidence("probe", run.summary, run.sha256)


def _probe(state: State, command: c.RecordProbe, facts: Facts) -> list[e.Event]:
    may_write(facts)
    version = facts.deployment.agent.version
    of = facts.way_back if command.probe == DRILL else ""
    found = (command.probe, command.passed, command.summary, command.sha256)
    return [e.ProbeRan(*found, version, of)]


def _send_test(state: State, command: c.SendEscalationTest, facts: Facts) -> list[e.Event]:
    may_write(facts)
    return [e.EscalationTestSent(command.code, command.reviewer)]


def _receive_test(state: State, command: c.ConfirmEscalationTest, facts: Facts) -> list[e.Event]:
    """Guide 5.2: the reviewer confirms the receipt, or the backup; nobody else can."""
    test = state.escalation_tests.get(command.code)
    if test is None:
        raise Refused(f"no notice was sent with the code {command.code}: it stands in the notice")
    path = facts.deployment.escalation
    may = {test.reviewer, path.backup if path is not None else None}
    if facts.actor.name not in may:
        raise Refused(f"{command.code} was sent to {test.reviewer}, who confirms it")
    if test.received_at is not None:
        raise Refused(f"{test.received_by} has confirmed {command.code} already")
    return [e.EscalationTestReceived(command.code)]


def _plan(state: State, command: c.PlanItem, facts: Facts) -> list[e.Event]:
    """Guide 1.2: an open item has an owner and a date, and the go-live waits for it."""
    may_write(facts)
    item = _item(command.item)
    owner = words(command.owner, "who resolves it")
    today = utc(facts.now).date()
    if command.due < today:
        raise Refused(f"{command.due} is over: give a day from {today} on")
    status = _status(state, facts, item)
    if status.state in {"confirmed", "not-applicable"}:
        raise Refused(f"{item.id} is {status.state}: there is nothing to resolve")
    planned: list[e.Event] = [e.ItemPlanned(item.id, owner, command.due, command.note.strip())]
    plan = Plan(owner, command.due, command.note, facts.actor.name, facts.now)
    items = [
        msgspec.structs.replace(one, plan=plan) if one.item.id == item.id else one
        for one in checklist(state, standing_of(facts))
    ]
    return planned + _moved(state, items, facts, f"{item.id}, {owner} by {command.due}")


def _moved(state: State, items: list[ItemStatus], facts: Facts, why: str) -> list[e.Event]:
    """The go-live's new day, if the open items make it another."""
    was: date | None = state.go_live or facts.deployment.agent.go_live
    clock = go_live(items, facts.deployment.agent.go_live, utc(facts.now).date())
    due = [s.plan.due for s in items if s.hard and s.state != "confirmed" and s.plan is not None]
    to = clock.expected or max([*due, *([was] if was else [])], default=None)
    return [e.GoLiveMoved(was, to, why)] if to is not None and to != was else []


def _accept(state: State, command: c.AcceptItem, facts: Facts) -> list[e.Event]:
    lead(facts, "accept that an item stays open")
    item = _item(command.item)
    status = _status(state, facts, item)
    if status.hard:
        raise Refused(f"{item.id} is a hard gate here: it is met, or the date moves (Guide 1.2)")
    if status.state in {"confirmed", "not-applicable"}:
        raise Refused(f"{item.id} is {status.state}: there is nothing to accept")
    return [e.ItemAccepted(item.id, words(command.reason, "the reason"))]


def _config(state: State, command: c.AcceptConfig, facts: Facts) -> list[e.Event]:
    lead(facts, "accept another warroom.toml")
    if facts.config_trouble:
        raise Refused(facts.config_trouble)
    if state.config_sha256 in {"", facts.config_sha256}:
        raise Refused("warroom.toml is the one that the journal knows: there is nothing to accept")
    return [e.ConfigChanged(facts.config_sha256, command.changes, command.why.strip())]


def _open(state: State, command: c.OpenPoll, facts: Facts) -> list[e.Event]:
    """The poll is for the moment when nothing hard is open: it asks for judgement, not for work."""
    lead(facts, "open the poll")
    if state.attempt.phase != "readiness":
        raise Refused("GO was given already: the rollout runs")
    # One that all have answered may be left: a seal that is lost must not hold the GO for ever.
    if state.poll is not None and waiting(state.poll) and _stands(state.poll, facts):
        left = ", ".join(waiting(state.poll))
        raise Refused(f"{state.poll.id} is open, not answered yet by: {left}")
    items = checklist(state, standing_of(facts))
    if open_hard := progress(items).open_hard:
        raise Refused(f"the poll opens when no hard item is open; open: {few(open_hard)}")
    roles = roles_asked(items)
    absent = [role for role in roles if not any(role in p.roles for p in facts.deployment.people)]
    if absent:
        raise Refused(f"nobody in warroom.toml is {' or '.join(absent)}: add who answers for that")
    name = f"poll-{stamp(facts.now)}"
    if same := sum(known.startswith(name) for known in state.polls):
        name = f"{name}-{same + 1}"
    return [e.PollOpened(name, roles, facts.deployment.agent.version, facts.config_sha256)]


def _stands(poll: Poll, facts: Facts) -> bool:
    """Whether a poll is about what would go live now."""
    return (poll.version, poll.config) == (
        facts.deployment.agent.version,
        facts.config_sha256,
    )


def _asked(state: State, role: str, facts: Facts, *, answered: bool) -> tuple[Poll, str]:
    """The open poll, and the role that the actor speaks for."""
    poll = state.poll
    if poll is None or not waiting(poll):
        raise Refused("no poll is open: a lead opens one (warroom poll DIR --open)")
    if not _stands(poll, facts):
        raise Refused(f"{poll.id} is about another version or warroom.toml: open a new poll")
    mine = [one for one in poll.roles if one in facts.actor.roles]
    if not mine or (role and role not in mine):
        who = held_words(facts.actor.name, facts.actor.roles)
        raise Refused(f"{poll.id} asks {', '.join(poll.roles)}; {who}")
    left = [one for one in mine if (one in poll.answers) == answered and role in {"", one}]
    if not left:
        done = "has not answered" if answered else "has answered: withdraw it to answer anew"
        raise Refused(f"{role or ' and '.join(mine)} {done}")
    return poll, left[0]


def _answer(state: State, command: c.AnswerPoll, facts: Facts) -> list[e.Event]:
    poll, role = _asked(state, command.role, facts, answered=False)
    reason = words(command.reason, "the reason")
    if len(command.nonce) < 32:
        raise Refused("the seal needs a random nonce of 16 bytes")
    return [e.PollAnswered(poll.id, role, seal(poll.id, role, command.go, reason, command.nonce))]


def _withdraw(state: State, command: c.WithdrawAnswer, facts: Facts) -> list[e.Event]:
    poll, role = _asked(state, command.role, facts, answered=True)
    return [e.PollWithdrawn(poll.id, role)]


def _reveal(state: State, command: c.RevealPoll, facts: Facts) -> list[e.Event]:
    revealed: list[e.Event] = []
    for one in command.answers:
        poll = state.polls.get(one.poll)
        if poll is None or waiting(poll) or one.role not in poll.answers:
            continue
        answer = poll.answers[one.role]
        sealed = seal(one.poll, one.role, one.go, one.reason, one.nonce)
        if answer.go is None and answer.seal == sealed:
            revealed.append(e.PollRevealed(one.poll, one.role, one.go, one.reason, one.nonce))
    return revealed


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.ConfirmItem: _confirm,
    c.PlanItem: _plan,
    c.AcceptItem: _accept,
    c.AcceptConfig: _config,
    c.RecordProbe: _probe,
    c.SendEscalationTest: _send_test,
    c.ConfirmEscalationTest: _receive_test,
    c.OpenPoll: _open,
    c.AnswerPoll: _answer,
    c.WithdrawAnswer: _withdraw,
    c.RevealPoll: _reveal,
}
