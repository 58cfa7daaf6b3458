"""How entries of the kill switch change the state (Guide 3.5)."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.evolve_joined import (
    finish_part,
    found,
    join,
    part_of,
    set_step,
    told_by_its_run,
)
from console.domain.evolve_rollout import decided
from console.domain.misfit import Misfit, known
from console.domain.state import State, attempt_id
from console.domain.state_rollback import FiredToo, Notice, Raised, Rollback, Step, SuspensionRun
from console.domain.state_rollout import Attempt


def _raised(state: State, event: e.TriggerRaised, entry: Entry, at: float) -> None:
    if event.trigger not in state.triggers:
        state.triggers[event.trigger] = Raised(event.since.timestamp(), at)
        state.attempt.critical.append(f"trigger {event.trigger}")


def _cleared(state: State, event: e.TriggerCleared, entry: Entry, at: float) -> None:
    state.triggers.pop(event.trigger, None)


def _triggered(state: State, event: e.RollbackTriggered, entry: Entry, at: float) -> None:
    """The more cautious stands: a rollback ends whatever attempt runs, even a newer one."""
    one = decided(state, event, entry)
    if join(state, event, one, entry, at):
        return
    if event.rollback in state.rollbacks:
        raise Misfit(f"rollback {event.rollback} has been triggered already")
    state.rollbacks[event.rollback] = Rollback(
        id=event.rollback,
        attempt=event.attempt,
        trigger=event.trigger,
        why=event.why,
        by=entry.actor.name,
        on_behalf_of=event.on_behalf_of,
        target=event.target,
        triggered_at=at,
        steps=[Step(s.id, s.title, s.what, s.manual) for s in event.steps],
        first_true=None if event.first_true is None else event.first_true.timestamp(),
        detected=None if event.detected is None else event.detected.timestamp(),
        phase=event.phase,
        config=event.config,
        calls=event.calls,
        runner=entry.writer,
        touched=at,
        order=entry.order,
    )
    attempt = state.attempt
    if attempt.phase == "readiness":
        return
    if all(ran.id != event.attempt for ran in state.attempts):
        state.rollbacks[event.rollback].ended = attempt.id
    attempt.ended_at = at
    attempt.outcome = "rolled-back"
    state.stable_since = None
    state.locked_version = ""
    state.locked_rules = {}
    state.rollout += 1
    name = attempt_id("readiness", None, state.rollout)
    begun = Attempt(name, "readiness", None, state.rollout, at, begun=entry.order)
    state.attempts.append(begun)


def _retried(state: State, event: e.RollbackRetried, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    if rollback.state == "verified":
        raise Misfit(f"rollback {event.rollback} is verified already")
    part = part_of(rollback, event.rollback, entry.writer)
    if part is not None:
        part.state = "running"
    rollback.state = "running"
    _carried_on(rollback, entry, at)


def _attached(state: State, event: e.RollbackAttached, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    rollback.attached.append(FiredToo(event.trigger, entry.actor.name, event.calls))
    rollback.calls = tuple(dict.fromkeys((*rollback.calls, *event.calls)))


def _resumed(state: State, event: e.RollbackResumed, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    rollback.resumed += 1
    _carried_on(rollback, entry, at)


def _carried_on(rollback: Rollback, entry: Entry, at: float) -> None:
    """The machine of this writer carries it out now."""
    rollback.runner, rollback.touched = entry.writer, at


def _step(state: State, event: e.RollbackStep, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    verified = event.state == "verified"
    if not told_by_its_run(rollback, event.rollback, entry.writer, verified=verified):
        return
    set_step(rollback, event, entry.writer)
    if entry.writer == rollback.runner:
        rollback.touched = at


def _answered(state: State, event: e.RollbackAnswered, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    if all(step.id != event.step for step in rollback.steps):
        raise Misfit(f"rollback {event.rollback} has no step {event.step}")


def _set_step(steps: list[Step], event: e.RollbackStep | e.SuspensionStep, whose: str) -> None:
    step = next((s for s in steps if s.id == event.step), None)
    if step is None:
        raise Misfit(f"{whose} has no step {event.step}")
    step.state = event.state
    step.detail = event.detail


def _finished(state: State, event: e.RollbackFinished, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    verified = event.outcome == "verified"
    if not told_by_its_run(rollback, event.rollback, entry.writer, verified=verified):
        return
    part = part_of(rollback, event.rollback, entry.writer)
    if part is not None:
        if finish_part(rollback, part, event, at):
            state.triggers.clear()
        return
    if rollback.state == "verified":
        if rollback.runner != rollback.order[1]:
            return  # one machine went on for the other, and that ended well too
        raise Misfit(f"rollback {event.rollback} is verified already")
    rollback.state = event.outcome
    rollback.finished_at = at
    rollback.executed_at = event.executed.timestamp()
    rollback.verified_at = None if event.verified is None else event.verified.timestamp()
    rollback.seconds = event.seconds
    rollback.outcome_why = event.why
    rollback.metric = event.metric
    rollback.metric_why = event.metric_why
    if event.outcome == "verified":
        state.triggers.clear()


def _metric(state: State, event: e.RollbackMetric, entry: Entry, at: float) -> None:
    rollback = found(state, event.rollback)
    if not told_by_its_run(rollback, event.rollback, entry.writer, verified=False):
        return
    rollback.metric, rollback.metric_why = event.metric, event.why


def _suspended(state: State, event: e.SuspensionTriggered, entry: Entry, at: float) -> None:
    if event.run in state.suspensions:
        raise Misfit(f"suspension {event.run} has been triggered already")
    state.suspensions[event.run] = SuspensionRun(
        event.run,
        event.suspension,
        event.title,
        event.why,
        entry.actor.name,
        at,
        [Step(s.id, s.title, s.what, s.manual) for s in event.steps],
        event.users,
    )


def _suspension_step(state: State, event: e.SuspensionStep, entry: Entry, at: float) -> None:
    run = known(state.suspensions, event.run, "suspension")
    _set_step(run.steps, event, f"suspension {event.run}")


def _suspension_over(state: State, event: e.SuspensionFinished, entry: Entry, at: float) -> None:
    run = known(state.suspensions, event.run, "suspension")
    run.state, run.outcome_why, run.seconds = event.outcome, event.why, event.seconds


def _notice(state: State, event: e.NoticeSent, entry: Entry, at: float) -> None:
    about = state.rollback_of(event.about) or state.suspensions.get(event.about)
    notices = state.notices.setdefault(event.about, {}) if about is None else about.notices
    held, delivered = notices.get(event.person), event.outcome == "delivered"
    since = at if delivered else None if held is None else held.delivered_at
    notices[event.person] = Notice(event.outcome, event.detail, event.tries, at, since)
    if event.covers:
        told = (state.told if delivered else state.untold).setdefault(event.person, {})
        told.update(dict.fromkeys(event.covers, at))
        missed = state.untold.get(event.person, {}) if delivered else {}
        for key in event.covers:
            missed.pop(key, None)


def _captured(state: State, event: e.CallCaptured, entry: Entry, at: float) -> None:
    about = state.rollback_of(event.about)
    held = (
        known(state.incidents, state.joined.get(event.about, event.about), "incident")
        if about is None
        else about
    )
    if event.sha256 or event.call not in held.captured:  # what is kept stays kept
        held.captured[event.call] = event.sha256


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.TriggerRaised: _raised,
    e.TriggerCleared: _cleared,
    e.RollbackTriggered: _triggered,
    e.RollbackRetried: _retried,
    e.RollbackAttached: _attached,
    e.RollbackResumed: _resumed,
    e.RollbackStep: _step,
    e.RollbackAnswered: _answered,
    e.RollbackFinished: _finished,
    e.RollbackMetric: _metric,
    e.SuspensionTriggered: _suspended,
    e.SuspensionStep: _suspension_step,
    e.SuspensionFinished: _suspension_over,
    e.NoticeSent: _notice,
    e.CallCaptured: _captured,
}
