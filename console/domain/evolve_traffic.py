"""How entries about the traffic switch change the state; see `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.share import first_number, may_read
from console.domain.state import State
from console.domain.state_traffic import Astray, Switched


def _asked(state: State, event: e.TrafficAsked, entry: Entry, at: float) -> None:
    asked = Switched(
        attempt=event.attempt,
        share=event.share,
        phase=event.phase,
        before=event.before,
        version=event.version,
        key=event.key,
        why=event.why,
        by=entry.actor.name,
        asked_at=at,
        forced=event.forced,
        instead_of=event.instead_of,
    )
    if state.attempt.id != event.attempt:
        # The switch was asked all the same: what it stands at now is to be set right.
        one = Astray(asked, entry.clock, entry.writer, entry.seq)
        state.astray[one.name] = one
        raise Misfit(f"it concerns {event.attempt}, but {state.attempt.id} runs")
    asked.stood = may_read(state)
    asked.number = first_number(state)
    # Out and in again: the latest is the last of the table.
    held = state.traffic.pop(event.attempt, None)
    if held is not None:
        asked.number = held.number + (held.key != event.key)
        if held.key == event.key:
            asked.stood = held.stood
    state.traffic[event.attempt] = asked


def _set(state: State, event: e.TrafficSet, entry: Entry, at: float) -> None:
    held = _astray(state, event, entry)
    if held is None:
        held = known(state.traffic, event.attempt, "switching of the traffic in")
    if held.key != event.key or held.share != event.share:
        raise Misfit(f"the switch was asked for {held.share} % with another key")
    if held.outcome:
        raise Misfit(f"what came of it is on record already: {held.outcome}")
    held.outcome = event.outcome
    held.seen = event.seen
    held.detail = event.detail
    held.set_at = at
    if held.outcome == "verified":
        for name in held.instead_of:
            if name in state.astray:
                state.astray[name].settled = True


def _astray(state: State, event: e.TrafficSet, entry: Entry) -> Switched | None:
    """What went astray that this writer tells the outcome of."""
    for one in reversed(state.astray.values()):
        asked = one.asked
        if (one.writer, asked.attempt, asked.key) == (entry.writer, event.attempt, event.key):
            return asked if not asked.outcome else None
    return None


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.TrafficAsked: _asked,
    e.TrafficSet: _set,
}
