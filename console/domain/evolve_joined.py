"""One rollback on record where two were fired of one attempt by people who did not know it.

The first in the order of the fold is the rollback. What belongs to a later one (its steps and
outcome, its incident and duties) becomes part of the first one's: a step, and the rollback, is
verified as soon as either run says so, and nothing that the other run tells takes that back.
"""

from console.domain import events as e
from console.domain.concurrent import concurrent
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.state import State
from console.domain.state_contested import Decision
from console.domain.state_incident import Incident
from console.domain.state_rollback import Joined, Rollback, Step


def join(state: State, event: e.RollbackTriggered, one: Decision, entry: Entry, at: float) -> bool:
    """Whether this order is one with a rollback on record; then it is joined to it.

    Never where a phase runs again: what goes back from that is a rollback of its own.
    """
    if state.attempt.phase != "readiness":
        return False
    # Who knows that an attempt was rolled back names the next one, but for readiness.
    ended = not event.attempt.startswith("readiness.")
    earlier = [
        other
        for other in state.decisions[event.attempt]
        if other.what == "rollback"
        and other.order < one.order
        and (concurrent(other, one) or (ended and other.writer != one.writer))
    ]
    first = next(
        (
            held
            for held in state.rollbacks.values()
            if held.attempt == event.attempt and any(held.order == o.order for o in earlier)
        ),
        None,
    )
    if first is None or event.rollback in state.joined:
        return False
    first.joined.append(
        Joined(
            event.rollback,
            entry.writer,
            event.trigger,
            event.why,
            entry.actor.name,
            event.on_behalf_of,
            at,
            [Step(s.id, s.title, s.what, s.manual) for s in event.steps],
        )
    )
    first.calls = tuple(dict.fromkeys((*first.calls, *event.calls)))
    if event.rollback != first.id:
        state.joined[event.rollback] = first.id
    return True


def found(state: State, name: str) -> Rollback:
    """The rollback of that id, or the one that it was joined to; `Misfit` where there is none."""
    rollback: Rollback = known(state.rollbacks, state.joined.get(name, name), "rollback")
    return rollback


def part_of(rollback: Rollback, name: str, writer: str) -> Joined | None:
    """The joined run that an entry about `name` by `writer` belongs to; None for the first."""
    for one in rollback.joined:
        if one.id == name and (name != rollback.id or one.writer == writer):
            return one
    return None


def told_by_its_run(rollback: Rollback, name: str, writer: str, *, verified: bool) -> bool:
    """Whether what `writer` tells of the rollback `name` counts; `Misfit` where it never does.

    It does from the machine that carries it out, or has fired a part of it. The one that fired it,
    where another went on, only adds what is `verified`: late words take nothing back.
    """
    part = part_of(rollback, name, writer)
    if writer == rollback.runner or (part is not None and writer == part.writer):
        return True
    if writer != rollback.order[1]:
        raise Misfit(f"{writer} does not carry out rollback {name}: {rollback.runner} does")
    return verified


def set_step(rollback: Rollback, event: e.RollbackStep, writer: str) -> None:
    """What a run tells of a step; with several runs, verified by one is verified."""
    part = part_of(rollback, event.rollback, writer)
    held = next((s for s in rollback.steps if s.id == event.step), None)
    own = held if part is None else next((s for s in part.steps if s.id == event.step), None)
    if own is None:
        raise Misfit(f"rollback {event.rollback} has no step {event.step}")
    stays = bool(rollback.joined) and own is held and own.state == "verified"
    if not stays:
        own.state, own.detail = event.state, event.detail
    if part is not None and held is not None and event.state == "verified":
        held.state, held.detail = event.state, f"{event.detail} ({part.by}, {part.id})".strip()


def finish_part(rollback: Rollback, part: Joined, event: e.RollbackFinished, at: float) -> bool:
    """Keep how a joined run ended; whether that verifies the rollback, which was not yet."""
    part.state, part.seconds, part.outcome_why = event.outcome, event.seconds, event.why
    if event.outcome != "verified":
        # The first run has ended, so this was a retry: how that ended is how the rollback stands.
        if rollback.state == "running" and rollback.finished_at is not None:
            rollback.state, rollback.outcome_why = event.outcome, event.why
        return False
    if rollback.state == "verified":
        return False
    rollback.state = "verified"
    rollback.finished_at = at
    rollback.executed_at = event.executed.timestamp()
    rollback.verified_at = None if event.verified is None else event.verified.timestamp()
    rollback.seconds = event.seconds + max(0.0, part.triggered_at - rollback.triggered_at)
    rollback.outcome_why = f"{event.why} (the run of {part.by}, {part.id})"
    rollback.metric, rollback.metric_why = event.metric, event.metric_why
    return True


def joined_incident(state: State, event: e.IncidentOpened, writer: str) -> Incident | None:
    """The incident that this one, opened with a joined rollback, is part of."""
    first = state.rollback_of(event.rollback)
    if first is None or part_of(first, event.rollback, writer) is None:
        return None
    return next((one for one in state.incidents.values() if one.rollback == first.id), None)
