"""Which share of the traffic a decision means, and what the switch may have read before (Guide 4).

Shares are in percent of the users' traffic, 0 to 100.
"""

import hashlib

import msgspec

from config.traffic import Traffic
from console.domain.concurrent import knows
from console.domain.state import State
from console.domain.state_rollback import Rollback
from console.domain.state_rollout import Attempt
from console.domain.state_traffic import Astray


class Target(msgspec.Struct, frozen=True):
    """What the switch is asked for: the candidate's share, and the phase it is meant for."""

    share: int
    phase: str


def target_of(attempt: Attempt) -> Target:
    """The share that an attempt means: nobody is served until the canary, everybody in full."""
    match attempt.phase:
        case "canary":
            return Target(attempt.increment or 0, attempt.phase)
        case "full":
            return Target(100, attempt.phase)
        case _:
            return Target(0, attempt.phase)


def target_before(state: State) -> Target:
    """What the attempt before the running one meant; nobody where there was none."""
    earlier = [one for one in state.attempts[:-1] if one.rollout == state.attempt.rollout]
    return target_of(earlier[-1]) if earlier else Target(0, "readiness")


def share_since(state: State, traffic: Traffic) -> float | None:
    """Since when a canary's calls are those of its share, in unix seconds; None elsewhere.

    What a switch sets counts from when it was read back, or from the time by which it should have
    arrived, if that is earlier. What is switched by hand counts from the attempt's beginning.
    """
    attempt = state.attempt
    if attempt.phase != "canary":
        return None
    if traffic.switch is None:
        return attempt.entered_at
    latest = attempt.entered_at + traffic.arrive_within_s
    held = state.traffic.get(attempt.id)
    if held is None or held.outcome != "verified" or held.set_at is None:
        return latest
    return min(held.set_at, latest)


def gone_astray(state: State) -> list[Astray]:
    """What the switch may stand at for an attempt that does not run, in the order of the fold.

    It is over once the switch was set by somebody who knew of it, be that by a rollback.
    """
    back = (
        [one for one in state.rollbacks.values() if one.state == "verified"] if state.astray else []
    )
    return [
        one
        for one in state.astray.values()
        if not one.settled
        and one.asked.outcome != "failed"
        and not any(_knew(state, rollback, one) for rollback in back)
    ]


def _knew(state: State, rollback: Rollback, one: Astray) -> bool:
    """Whether whoever fired `rollback` had seen that the switch was asked for `one`."""
    fired = state.decisions.get(rollback.attempt, ())
    return any(held.order == rollback.order and knows(held, *one.order) for held in fired)


def may_read(state: State) -> tuple[float, ...]:
    """The shares that the switch may read now, if nobody but us has set it.

    Where the journal tells of no switching, what the attempt before meant; after a rollback 0.
    """
    astray = (float(one.asked.share) for one in gone_astray(state))
    return tuple(dict.fromkeys((*_stands(state), *astray)))


def _stands(state: State) -> tuple[float, ...]:
    """The shares that it may read by what stands."""
    last = next(reversed(state.traffic.values()), None)
    back = state.rollback
    if back is not None and (last is None or back.triggered_at >= last.asked_at):
        return (0.0,) if last is None or back.state == "verified" else (0.0, *last.may_read)
    return last.may_read if last is not None else (float(target_before(state).share),)


def is_near(one: float, other: float) -> bool:
    """Whether two shares are the same but for rounding."""
    return abs(one - other) < 0.05


def first_number(state: State) -> int:
    """The number of the first write in the running attempt; not that of one which went astray."""
    return 1 + sum(one.asked.attempt == state.attempt.id for one in state.astray.values())


def traffic_key(deployment: str, state: State, target: Target) -> str:
    """The idempotency key of a write: 32 hex digits, the same at every try of the same.

    What was known to be done, or known not to be, is another write the next time.
    """
    held, number = state.traffic.get(state.attempt.id), first_number(state)
    if held is not None:
        settled = held.outcome in {"verified", "failed"}
        other = (held.share, held.phase) != (target.share, target.phase)
        # What came between makes the same write another one: answered from memory it sets nothing.
        between = any(one.name not in held.instead_of for one in gone_astray(state))
        number = held.number + (settled or other or between)
    named = ["warroom/traffic/1", deployment, state.attempt.id, target.share, target.phase, number]
    return hashlib.sha256(msgspec.json.encode(named)).hexdigest()[:32]


def undo_key(key: str) -> str:
    """The idempotency key of the write that takes back the one with `key`: never the same."""
    return hashlib.sha256(f"warroom/traffic/undo/1 {key}".encode()).hexdigest()[:32]
