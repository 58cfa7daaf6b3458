"""What an order means where others may have begun it: which rollback, attempt and steps."""

from collections.abc import Callable
from functools import partial

import msgspec

from config.model import Deployment
from console.clock import Clock
from console.domain import events as e
from console.domain.order import Order, ordered
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_rollback import Rollback, Step
from console.executor.handover import Fired, Prior
from console.executor.run import Run, Times, Way, way_back


class Beginning(msgspec.Struct, frozen=True):
    """An order as it is carried out: `order` names the run, and the attempt that its keys are of.

    `propose` gives its entries on a newer state, `events` on the one it was made for. `verified`
    are ids of steps that need not be done again, `begun` of those that may have been done.
    """

    order: Order
    way: Way
    run: Run
    events: list[e.Event]
    propose: Callable[[State], list[e.Event]]
    verified: frozenset[str]
    begun: frozenset[str]


def beginning(
    fired: Fired,
    order: Order,
    state: State,
    earlier: Prior | None,
    deployment: Deployment,
    clock: Clock,
    *,
    trouble: str,
    sure: bool,
    new: bool,
) -> Beginning:
    """What `fired` comes to. `Refused` where there is nothing to go on with.

    `earlier` is the last rollback that this account began, whatever the journal says. `trouble` is
    why the journal does not take what happens; `sure` says that nobody else carries it out, `new`
    that this account has begun none lately.
    """
    prior = _unknown(fired, earlier, state)
    held = state.rollback if prior is None else None
    if fired.resume and prior is None and (held is None or held.state != "running"):
        raise Refused(_nothing_left(held, trouble))
    retry = held if held is not None and held.state != "verified" else None
    order, way = _completed(order, state, prior, retry, deployment, blind=bool(trouble))
    now = clock.now()
    known = "" if prior is None or not trouble else prior.id
    propose = partial(
        _entries, order=order, resume=fired.resume, known=known, deployment=deployment, now=now
    )
    events = propose(state)
    run = _run(order, way, prior, retry, deployment, clock)
    _tell_times(run.times, events, retry, now)
    if prior is not None:
        verified = run.take_over([Step(name, "", "", "", "verified") for name in prior.verified])
    else:
        verified = run.take_over(retry.steps if retry else ())
    begun = frozenset(step.id for step in way.steps)
    if sure and not (prior or trouble):
        steps = retry.steps if retry is not None else ()
        begun = frozenset(step.id for step in steps if step.state not in {"waiting", "blocked"})
    elif sure and new and prior is None and retry is None:
        # Nothing tells of an earlier run: a command is run, and all else is looked at first.
        begun -= {step.id for step in way.steps if step.kind == "command"}
    named = msgspec.structs.replace(order, rollback=run.id, attempt=run.attempt)
    return Beginning(named, way, run, events, propose, verified, begun)


def _unknown(fired: Fired, earlier: Prior | None, state: State) -> Prior | None:
    """A rollback that was begun, and that the journal knows nothing of."""
    prior = fired.prior
    if prior is None and not fired.resume and earlier is not None:
        same = not state.entries or earlier.attempt == state.attempt.id
        prior = earlier if same else None
    return None if prior is None or state.rollback_of(prior.id) else prior


def _nothing_left(held: Rollback | None, trouble: str) -> str:
    why = "no rollback is unfinished: there is nothing to go on with"
    if held is not None and held.state != "verified":
        why = f"rollback {held.id} has ended as {held.state}: fire again"
    return f"{why}, as far as can be read: {trouble}" if trouble else why


def _completed(
    order: Order,
    state: State,
    prior: Prior | None,
    retry: Rollback | None,
    deployment: Deployment,
    *,
    blind: bool,
) -> tuple[Order, Way]:
    """The order as it is carried out: the journal knows best which attempt and phase it ends.

    What the firer saw counts where nothing can be read. Where that is nothing either, the attempt
    is the order's own: a key of another one's might stand for what was done long ago.
    """
    name, attempt, phase = order.rollback, state.attempt.id, str(state.attempt.phase)
    if not state.entries and (order.attempt or blind):
        attempt, phase = order.attempt or order.rollback, order.phase
    if retry is not None and retry.phase:
        phase = retry.phase
    if prior is not None:
        name, attempt, phase = prior.id, prior.attempt, order.phase or phase
    way = way_back(deployment, phase)
    completed = msgspec.structs.replace(
        order, rollback=name, attempt=attempt, phase=phase, target=way.target, steps=way.frozen
    )
    return completed, way


def _entries(
    state: State, *, order: Order, resume: bool, known: str, deployment: Deployment, now: float
) -> list[e.Event]:
    """The order's entries; `known` is a rollback that others began and `state` cannot show."""
    held = state.rollback
    begun = order.rollback if state.rollback_of(order.rollback) else known
    if resume and held is not None and held.state != "verified" and not known:
        begun = held.id
    if not begun:
        return ordered(state, order, deployment, now)
    return [e.RollbackResumed(begun) if resume else e.RollbackRetried(begun, order.why)]


def _run(
    order: Order,
    way: Way,
    prior: Prior | None,
    retry: Rollback | None,
    deployment: Deployment,
    clock: Clock,
) -> Run:
    """The run in memory; fired again, its stopwatch goes on from the first trigger."""
    started = clock.monotonic()
    name, attempt, trigger = order.rollback, order.attempt, order.trigger
    if prior is not None:
        started = min(started, prior.started)
    elif retry is not None:
        name, attempt, trigger = retry.id, retry.attempt, retry.trigger
        started -= max(0.0, clock.now() - retry.triggered_at)
    return Run(
        name,
        attempt,
        trigger,
        way.target,
        float(deployment.rollback.budget_s),
        started,
        [Step(s.id, s.title, s.what, s.manual) for s in way.frozen],
        attached=list(retry.attached) if retry is not None else [],
        fallback=deployment.rollback.fallback,
    )


def _tell_times(times: Times, events: list[e.Event], retry: Rollback | None, now: float) -> None:
    """The times that are known when it begins; of one that is fired again, the first order's."""
    times.ordered = now
    if retry is not None:
        times.first_true, times.detected = retry.first_true, retry.detected
        times.ordered = retry.triggered_at
    for event in events:
        if isinstance(event, e.RollbackTriggered):
            times.first_true = event.first_true.timestamp() if event.first_true else None
            times.detected = event.detected.timestamp() if event.detected else None
