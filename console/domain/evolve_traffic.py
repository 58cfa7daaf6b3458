"""How entries about the traffic switch change the state; see `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.share import may_read
from console.domain.state import State
from console.domain.state_traffic import Switched


def _asked(state: State, event: e.TrafficAsked, entry: Entry, at: float) -> None:
    if state.attempt.id != event.attempt:
        raise Misfit(f"it concerns {event.attempt}, but {state.attempt.id} runs")
    stood = may_read(state)
    # Out and in again: the latest is the last of the table.
    held = state.traffic.pop(event.attempt, None)
    number = 1 if held is None else held.number + (held.key != event.key)
    if held is not None and held.key == event.key:
        stood = held.stood
    state.traffic[event.attempt] = Switched(
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
        number=number,
        stood=stood,
    )


def _set(state: State, event: e.TrafficSet, entry: Entry, at: float) -> None:
    held: Switched = known(state.traffic, event.attempt, "switching of the traffic in")
    if held.key != event.key or held.share != event.share:
        raise Misfit(f"the switch was asked for {held.share} % with another key")
    if held.outcome:
        raise Misfit(f"what came of it is on record already: {held.outcome}")
    held.outcome = event.outcome
    held.seen = event.seen
    held.detail = event.detail
    held.set_at = at


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.TrafficAsked: _asked,
    e.TrafficSet: _set,
}
