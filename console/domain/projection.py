"""Where a rollout's time went and when it can end at the earliest (Guide 4, 4.3).

A dwell is the least time: nothing here is a promise, and no date shortens it.
"""

from collections.abc import Sequence

import msgspec

from config.model import Deployment
from console.domain.gates import Gate, next_of
from console.domain.state import State
from console.domain.state_rollout import Attempt


class Projection(msgspec.Struct, frozen=True):
    """Seconds of this rollout: `running_s` within dwells, `waiting_s` beyond them.

    `left_s` is the least that is still to come, `ends_at` (unix seconds) is when that would be
    over, None in readiness and after the end. `unwatched_s` is how long nobody evaluated during
    the attempt that runs; `blind` is the fraction of it that no feed told anything about.
    """

    running_s: float
    waiting_s: float
    left_s: float
    ends_at: float | None
    unwatched_s: float
    blind: float


def project(
    state: State, deployment: Deployment, gate: Gate, now: float, blind: float
) -> Projection:
    """The times of the rollout that runs."""
    attempt = state.attempt
    running = waiting = 0.0
    for one in state.attempts:
        if one.rollout != attempt.rollout or one.phase == "readiness":
            continue
        rule = deployment.phase_rule(one.phase)
        dwell = float(rule.min_s) if rule else 0.0
        took = _took(one, now)
        running += min(took, dwell)
        waiting += max(0.0, took - dwell)
    left = gate.left_s + sum(_dwells_after(attempt, deployment))
    over = attempt.phase == "readiness" or state.stable_since is not None
    return Projection(
        running,
        waiting,
        0.0 if state.stable_since is not None else left,
        None if over else now + left,
        unwatched_within(state.unwatched, attempt.entered_at, attempt.ended_at or now),
        blind,
    )


def _took(attempt: Attempt, now: float) -> float:
    end = now if attempt.ended_at is None else attempt.ended_at
    return max(0.0, end - attempt.entered_at - attempt.jumped_s)


def _dwells_after(attempt: Attempt, deployment: Deployment) -> list[float]:
    """The dwells of all phases and increments that follow the attempt."""
    dwells: list[float] = []
    here = Attempt("", attempt.phase, attempt.increment, attempt.rollout, 0.0)
    while True:
        after = next_of(here, deployment.traffic.shares)
        if after.phase == "stable":
            return dwells
        rule = deployment.phase_rule(after.phase)
        dwells.append(float(rule.min_s) if rule else 0.0)
        here = Attempt("", after.phase, after.increment, attempt.rollout, 0.0)


def unwatched_within(gaps: Sequence[tuple[float, float]], start: float, end: float) -> float:
    """The seconds of `gaps` within the stretch; what two of them share counts once."""
    total, upto = 0.0, start
    for since, until in sorted(gaps):
        total += max(0.0, min(until, end) - max(since, upto))
        upto = max(upto, until)
    return total
