"""The recorded minutes that a gate's decision rests on, named in its entry by their SHA-256.

So whoever is given these minutes later, on whichever machine, can tell that they are the same.
"""

from collections.abc import Sequence

import msgspec

from console.domain.commands import Command
from console.domain.decide import decide
from console.domain.events import Event, GateDecided
from console.domain.events_rollout import MinutesCited
from console.domain.facts import Facts
from console.domain.state import State
from console.reports.cites import minutes_digest
from console.room.picture import READ_METRICS, Looker
from console.telemetry.sheet import as_recorded

SETTLED = 2  # minutes: what is younger may not have been read by all who read it


def decided(looker: Looker, state: State, command: Command, facts: Facts) -> Sequence[Event]:
    """What is decided; a gate's decision with the attempt's minutes, feed by feed."""
    return [
        msgspec.structs.replace(event, minutes=_minutes(looker, state, facts.now))
        if isinstance(event, GateDecided)
        else event
        for event in decide(state, command, facts)
    ]


def _minutes(looker: Looker, state: State, now: float) -> dict[str, MinutesCited]:
    if state.attempt.phase == "readiness":
        return {}
    first, until = int(-(-state.attempt.entered_at // 60)), int(now // 60) + 1 - SETTLED
    cited = {}
    for metric in READ_METRICS:
        feed = looker.deployment.feed_of(metric).id
        if feed not in cited and first < until:
            series = as_recorded(looker.series(metric), first, until)
            cited[feed] = MinutesCited(first, until, minutes_digest(first, until, series))
    return cited
