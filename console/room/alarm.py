"""The watcher's work: each minute's readings become alerts and triggers in the journal."""

import re
from collections.abc import Iterable

from console.domain import events as e
from console.domain.alerts import AlertMemory, Transition, step
from console.domain.readings import Reading
from console.domain.state import State
from console.domain.times import stamp, utc
from console.domain.triggers import Trigger

_UNTYPED = re.compile(r"[^A-Za-z0-9_.-]+")  # an alert's id is typed in a shell


class Alarm:
    """Remembers each rule's life; what fires or resolves comes out as events to be journalled."""

    def __init__(self, state: State) -> None:
        """Take up the alerts that fire in `state`."""
        self._memory: dict[str, AlertMemory] = {
            alert.rule: AlertMemory.firing(alert.fired_at) for alert in state.firing
        }

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert recovers."""
        return frozenset(m for m, held in self._memory.items() if held.state == "recovering")

    def look(self, readings: Iterable[Reading], now: float) -> list[Transition]:
        """Take in the readings at `now`; what fired or resolved by them."""
        transitions: list[Transition] = []
        for reading in readings:
            memory = self._memory.get(reading.metric, AlertMemory())
            self._memory[reading.metric], new = step(memory, reading, now)
            transitions += new
        return transitions


def alert_events(state: State, transition: Transition) -> list[e.Event]:
    """What a transition means on `state`: nothing where the journal says it already."""
    reading = transition.reading
    firing = [alert for alert in state.firing if alert.rule == reading.metric]
    if transition.kind == "resolved":
        return [e.AlertResolved(alert.id, reading.value, reading.why) for alert in firing]
    if firing:
        return []
    return [
        e.AlertFired(
            alert=f"{_UNTYPED.sub('-', reading.metric)}-{stamp(transition.at)}",
            rule=reading.metric,
            value=reading.value,
            limit=reading.limit,
            n=reading.n,
            window_s=reading.window_s,
            feed=reading.feed,
            why=reading.why,
            severity=reading.severity,
            recipients=reading.recipients,
        )
    ]


def trigger_events(state: State, trigger: Trigger) -> list[e.Event]:
    """What a trigger means on `state`: nothing where the journal says it already.

    One that was read before a rollback was verified is over: its windows have begun anew.
    """
    verified = [r.verified_at for r in state.rollbacks.values() if r.verified_at is not None]
    if trigger.since is not None and trigger.since <= max(verified, default=0.0):
        return []
    if trigger.state == "true" and trigger.id not in state.triggers:
        since = trigger.since or 0.0
        return [
            e.TriggerRaised(
                trigger.id, trigger.value, trigger.limit, trigger.n, utc(since), trigger.why
            )
        ]
    if trigger.state == "false" and trigger.id in state.triggers:
        return [e.TriggerCleared(trigger.id)]
    return []
