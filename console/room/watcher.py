"""What the one watcher does: minute by minute, readings become alerts and triggers on record."""

from functools import partial

from console.clock import Clock
from console.domain.alerts import Transition
from console.domain.entry import Actor
from console.domain.events import Event
from console.domain.state import State
from console.domain.triggers import Trigger
from console.room.alarm import Alarm, alert_events, trigger_events
from console.room.eyes import Eyes
from console.room.picture import Looker
from console.room.record import Record

WATCHER = Actor("watcher")
MOST_MINUTES = 240


class Watcher:
    """Evaluates every complete minute once, also those that passed since the last look."""

    def __init__(self, looker: Looker, eyes: Eyes, record: Record, clock: Clock) -> None:
        """Take up the alerts that the record says are firing."""
        self._looker = looker
        self._eyes = eyes
        self._record = record
        self._clock = clock
        self._alarm = Alarm(record.state)
        self._evaluated = int(clock.now() // 60) - 1
        self._unwritten: list[Transition] = []

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert recovers."""
        return self._alarm.recovering

    def look(self) -> None:
        """Evaluate what has passed and write what fired, resolved or became true.

        May raise one of `WRITE_ERRORS`; what could not be written is written at the next look.
        """
        state = self._record.state
        end = self._known_to()
        triggers: tuple[Trigger, ...] = ()
        for minute in range(max(self._evaluated + 1, end - MOST_MINUTES), end + 1):
            at = minute * 60.0
            readings, triggers, _ = self._looker.read(state, at)
            self._unwritten += self._alarm.look(readings.values(), at)
            if any(trigger_events(state, trigger) for trigger in triggers):
                self._write(triggers)
                state = self._record.state
        self._evaluated = max(self._evaluated, end)
        if self._unwritten:
            self._write(())

    def _known_to(self) -> int:
        """The minute up to which live feeds have told everything; now, when none is live."""
        now = self._clock.now()
        told = [
            eye.last_success
            for eye in self._eyes.each.values()
            if eye.last_success is not None and eye.freshness(now).state == "live"
        ]
        return int(min([now, *told]) // 60)

    def _write(self, triggers: tuple[Trigger, ...]) -> None:
        """Write transitions one after another: what resolved may have fired just before."""
        while self._unwritten:
            events = partial(alert_events, transition=self._unwritten[0])
            self._record.transact(WATCHER, events)
            self._unwritten.pop(0)

        def propose(state: State) -> list[Event]:
            return [event for trigger in triggers for event in trigger_events(state, trigger)]

        if triggers:
            self._record.transact(WATCHER, propose)
