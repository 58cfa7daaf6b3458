"""How entries of the escalation queue change the state (Guide 5.1); see `evolve`."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.misfit import Misfit
from console.domain.state import State
from console.domain.state_escalation import Escalation


def _raised(state: State, event: e.EscalationRaised, entry: Entry, at: float) -> None:
    """What is known already stays as it is: two watchers may have seen the same call."""
    # A queue may bring half a million of these: what is the same for all is looked up once.
    held, row, to, backup = state.escalations, event.row, event.to, event.backup
    reason, what, about, until = event.reason, event.what, event.about, event.until
    for item in event.items:
        if (name := item.id) not in held:
            since, due = item.at.timestamp(), item.due.timestamp()
            held[name] = Escalation(
                name, row, item.call, since, due, at, to, backup, reason, what, about, until
            )


def _named(state: State, names: tuple[str, ...]) -> Iterator[Escalation]:
    """Those of `names` that are known; a misfit at the end if one was not."""
    known, unknown = state.escalations, []
    for name in names:
        if (held := known.get(name)) is not None:
            yield held
        else:
            unknown.append(name)
    if unknown:
        raise Misfit(f"no escalation {unknown[0]} is known ({len(unknown)} of {len(names)})")


def _change(state: State, held: Escalation, **fields: object) -> None:
    state.escalations[held.id] = replace(held, **fields)


def _acknowledged(state: State, event: e.EscalationAcknowledged, entry: Entry, at: float) -> None:
    for held in _named(state, event.escalations):
        if held.acknowledged_at is None and held.resolved_at is None:
            _change(state, held, acknowledged_at=at, acknowledged_by=entry.actor.name)


def _assigned(state: State, event: e.EscalationAssigned, entry: Entry, at: float) -> None:
    for held in _named(state, event.escalations):
        if held.resolved_at is None:
            _change(state, held, to=(event.to,), handed=held.handed + 1, assigned_at=at)


def _resolved(state: State, event: e.EscalationResolved, entry: Entry, at: float) -> None:
    for held in _named(state, event.escalations):
        if held.resolved_at is None:
            state.escalations[held.id] = replace(
                held,
                resolved_at=at,
                resolved_by=entry.actor.name,
                outcome=event.outcome,
                pattern=event.pattern,
                verdict=event.verdict,
            )


def _missed(state: State, event: e.EscalationMissed, entry: Entry, at: float) -> None:
    for held in _named(state, event.escalations):
        if held.missed_at is None:
            _change(state, held, missed_at=at)


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.EscalationRaised: _raised,
    e.EscalationAcknowledged: _acknowledged,
    e.EscalationAssigned: _assigned,
    e.EscalationResolved: _resolved,
    e.EscalationMissed: _missed,
}
