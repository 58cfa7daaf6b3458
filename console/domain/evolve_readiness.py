"""The fold of the walk to GO: confirmations, plans, the poll. Part of `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events_readiness as e
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.poll import seal, waiting
from console.domain.state import (
    Acceptance,
    Answer,
    Confirmation,
    EscalationTest,
    Plan,
    Poll,
    ProbeRun,
    State,
)


def _confirmed(state: State, event: e.ItemConfirmed, entry: Entry, at: float) -> None:
    state.items.setdefault(event.item, {})[event.role] = Confirmation(
        event.role,
        entry.actor.name,
        at,
        event.evidence,
        event.on_behalf_of,
        state.rollout,
        event.dated,
        event.version,
        state.config_sha256,
        event.signed,
    )


def _planned(state: State, event: e.ItemPlanned, entry: Entry, at: float) -> None:
    state.plans[event.item] = Plan(event.owner, event.due, event.note, entry.actor.name, at)


def _accepted(state: State, event: e.ItemAccepted, entry: Entry, at: float) -> None:
    state.accepted[event.item] = Acceptance(entry.actor.name, event.reason, at, state.rollout)


def _moved(state: State, event: e.GoLiveMoved, entry: Entry, at: float) -> None:
    state.go_live = event.to


def _opened(state: State, event: e.PollOpened, entry: Entry, at: float) -> None:
    if event.poll in state.polls:
        raise Misfit(f"poll {event.poll} is open already")
    state.polls[event.poll] = Poll(
        event.poll,
        event.roles,
        entry.actor.name,
        at,
        event.version,
        event.config,
        state.rollout,
    )


def _answered(state: State, event: e.PollAnswered, entry: Entry, at: float) -> None:
    poll: Poll = known(state.polls, event.poll, "poll")
    if event.role not in poll.roles:
        raise Misfit(f"{event.role} is not asked in {event.poll}")
    if event.role in poll.answers:
        raise Misfit(f"{event.role} has answered {event.poll} already")
    poll.answers[event.role] = Answer(entry.actor.name, event.seal, at)


def _withdrawn(state: State, event: e.PollWithdrawn, entry: Entry, at: float) -> None:
    poll: Poll = known(state.polls, event.poll, "poll")
    if event.role not in poll.answers:
        raise Misfit(f"{event.role} has not answered {event.poll}")
    if not waiting(poll):
        raise Misfit(f"all have answered {event.poll}: it stands")
    del poll.answers[event.role]


def _revealed(state: State, event: e.PollRevealed, entry: Entry, at: float) -> None:
    poll: Poll = known(state.polls, event.poll, "poll")
    answer: Answer = known(poll.answers, event.role, "answer of")
    if waiting(poll):
        raise Misfit(f"{event.poll} is revealed once all have answered")
    if seal(event.poll, event.role, event.go, event.reason, event.nonce) != answer.seal:
        raise Misfit(f"the answer of {event.role} is not the one that was sealed")
    answer.go, answer.reason = event.go, event.reason


def _probe(state: State, event: e.ProbeRan, entry: Entry, at: float) -> None:
    state.probes[event.probe] = ProbeRun(
        event.passed,
        event.summary,
        event.sha256,
        event.version,
        entry.actor.name,
        at,
        state.rollout,
        event.subject,
    )


def _test_sent(state: State, event: e.EscalationTestSent, entry: Entry, at: float) -> None:
    if event.code in state.escalation_tests:
        raise Misfit(f"the escalation test {event.code} was sent already")
    state.escalation_tests[event.code] = EscalationTest(event.code, event.reviewer, at)


def _test_received(state: State, event: e.EscalationTestReceived, entry: Entry, at: float) -> None:
    test: EscalationTest = known(state.escalation_tests, event.code, "escalation test")
    if test.received_at is None:
        test.received_by = entry.actor.name
        test.received_at = at


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.ItemConfirmed: _confirmed,
    e.ItemPlanned: _planned,
    e.ItemAccepted: _accepted,
    e.GoLiveMoved: _moved,
    e.PollOpened: _opened,
    e.PollAnswered: _answered,
    e.PollWithdrawn: _withdrawn,
    e.PollRevealed: _revealed,
    e.ProbeRan: _probe,
    e.EscalationTestSent: _test_sent,
    e.EscalationTestReceived: _test_received,
}
