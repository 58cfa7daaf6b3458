"""How entries about samples change the state; see `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.evolve_rollout import current
from console.domain.misfit import Misfit
from console.domain.sampling import in_order
from console.domain.state import State
from console.domain.state_review import Judged, Opinion, Sample, Skipped

_LATEST = 4_102_444_800.0  # the year 2100: no later time can be shown everywhere


def _drawn(state: State, event: e.SampleDrawn, entry: Entry, at: float) -> None:
    current(state, event.attempt)
    if event.sample in state.samples:
        raise Misfit(f"{event.sample} was drawn already")
    if not in_order(event.seed, event.calls):
        raise Misfit(f"the calls of {event.sample} are not in the order that its seed gives")
    since, until = event.from_at.timestamp(), event.to_at.timestamp()
    if not 0 <= since <= until <= _LATEST:
        raise Misfit(f"the times of {event.sample} are no span of time")
    state.samples[event.sample] = Sample(
        event.sample,
        event.attempt,
        event.seed,
        event.n,
        event.of,
        since,
        until,
        event.feed,
        event.calls,
        event.whole,
        at,
        entry.actor.name,
    )


def _judged(state: State, event: e.SampleJudged, entry: Entry, at: float) -> None:
    """The latest verdict stands and those before it are kept; a skip takes none of them back."""
    current(state, event.attempt)
    judged = state.judged.setdefault(event.attempt, {})
    skipped = state.skipped.setdefault(event.attempt, {})
    by = entry.actor.name
    for one in event.judgements:
        if one.verdict == "skip":
            skipped.setdefault(one.call, Skipped(one.call, one.note, at, by))
            continue
        was = judged.pop(one.call, None)
        earlier = (
            () if was is None else (*was.earlier, Opinion(was.verdict, was.at, was.by, was.note))
        )
        # It counts as the newer, so it goes to the end.
        judged[one.call] = Judged(one.call, one.verdict, at, by, one.note, earlier)


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.SampleDrawn: _drawn,
    e.SampleJudged: _judged,
}
