"""Decisions on one attempt by people whose machines did not reach each other.

Which of two knew of the other is read from the entries alone, so that everybody who holds the same
entries comes to the same state, in whatever order they arrived. The more cautious stands: roll back
over hold over advance.
"""

from collections.abc import Iterable

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.state import State
from console.domain.state_contested import Contested, Decision

CAUTION = {"advance": 0, "hold": 1, "rollback": 2}
_KINDS = frozenset({"gate.decided", "rollback.triggered"})


def decisions_of(entries: Iterable[Entry]) -> dict[str, list[Decision]]:
    """The decisions among `entries`, by the attempt that they are about."""
    held: dict[str, list[Decision]] = {}
    for entry in [one for one in entries if one.kind in _KINDS]:  # few of very many
        if (found := _decision(entry)) is not None:
            held.setdefault(found[0], []).append(found[1])
    return held


def _decision(entry: Entry) -> tuple[str, Decision] | None:
    """The attempt that `entry` decides on, and how; None where it decides nothing."""
    event = e.decode(entry.kind, entry.data)
    if isinstance(event, e.RollbackTriggered):
        return event.attempt, decision_by(entry, event)
    if isinstance(event, e.GateDecided) and event.decision != "rollback" and not unmet(event):
        return event.attempt, decision_by(entry, event)
    return None  # the gate's record of a rollback only goes with its trigger


def unmet(event: e.GateDecided) -> tuple[str, ...]:
    """The criteria that an advance itself says are not met: such a one decides nothing."""
    if event.decision != "advance":
        return ()
    return tuple(one.id for one in event.criteria if one.verdict in {"not-met", "unknown"})


def decision_by(entry: Entry, event: e.GateDecided | e.RollbackTriggered) -> Decision:
    """The decision that `event` of `entry` is."""
    gate = event if isinstance(event, e.GateDecided) else None
    into = ""
    if gate is not None and gate.decision == "advance":
        into = gate.to_phase + (f" {gate.to_increment} %" if gate.to_increment is not None else "")
    return Decision(
        what="rollback" if gate is None else gate.decision,
        by=entry.actor.name,
        at=entry.moment,
        why=event.why,
        clock=entry.clock,
        writer=entry.writer,
        seq=entry.seq,
        into=into,
        knew=event.knew,
    )


def knows(one: Decision, clock: int, writer: str, seq: int) -> bool:
    """Whether whoever took `one` had seen the entry in that place of the fold."""
    if (clock, writer, seq) >= one.order:
        return False
    if writer == one.writer:
        return True
    if one.knew:
        return seq <= one.knew.get(writer, 0)
    # A clock that never ran ahead of its writer's own entries has seen nobody else's.
    return one.clock > one.seq


def concurrent(one: Decision, other: Decision) -> bool:
    """Whether neither had seen the other."""
    return not knows(one, *other.order) and not knows(other, *one.order)


def stronger(held: Iterable[Decision], one: Decision) -> list[Decision]:
    """Those that overrule `one`, the most cautious first."""
    found = [
        other
        for other in held
        if CAUTION[other.what] > CAUTION[one.what] and concurrent(other, one)
    ]
    return sorted(found, key=lambda other: (-CAUTION[other.what], other.order))


def overrules(state: State, entry: Entry) -> bool:
    """Whether `entry` changes what decisions amount to that `state` has folded already.

    Then the state is folded anew from the first entry.
    """
    if entry.kind not in _KINDS or (found := _decision(entry)) is None:
        return False
    attempt, one = found
    return any(
        CAUTION[one.what] > CAUTION[other.what] and concurrent(one, other)
        for other in state.decisions.get(attempt, ())
    )


def unsettled(state: State) -> list[Contested]:
    """The contested decisions that nobody has acknowledged, in the order of the fold."""
    return [one for one in state.contested.values() if one.acknowledged_at is None]


def side_words(one: Decision) -> str:
    """A decision in a few words, e.g. `advance to shadow by agent lead`."""
    return f"{one.what}{f' to {one.into}' if one.into else ''} by {one.by}"


def contested_words(one: Contested) -> str:
    """Both sides in a few words."""
    stands = " and ".join(side_words(side) for side in one.stands)
    return f"{one.attempt}: {stands} stands over {side_words(one.overruled)}"
