"""What the one watcher does: minute by minute, readings become alerts and triggers on record."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from console.clock import Clock, JumpWatch, SystemClock
from console.domain.alerts import Transition
from console.domain.entry import Actor
from console.domain.events import ClockJumped, Event, WatchGap
from console.domain.readings import Reading
from console.domain.state import State
from console.domain.times import utc
from console.domain.triggers import Trigger
from console.domain.window import window_events
from console.journal.record import Record
from console.room.alarm import Alarm, alert_events, trigger_events
from console.room.eyes import Eyes
from console.room.foreseeing import owed as warnings_owed
from console.room.picture import Looker

WATCHER = Actor("watcher")
MOST_MINUTES = 240
UNWATCHED_S = 120.0
UNWATCHED_LOOKS_S = 10.0  # real seconds: on a demo's clock a busy machine is no sleeping one
Proposal = Callable[[State], list[Event]]
# What follows from the state and the time alone: each gives the events that are not on record yet.
BY_TIME: tuple[Callable[[State, float], list[Event]], ...] = (warnings_owed, window_events)
PEOPLE = ""  # stands for the feed of what people judge, which is always known


class Part(Protocol):
    """A part of the watcher's work that follows from the state and what was gathered."""

    def gather(self, state: State) -> None:
        """Take in what is new. May block."""
        ...

    def due(self, state: State) -> Sequence[Event]:
        """What is to be written on `state` now; nothing that it says already."""
        ...

    def written(self) -> None:
        """What was due is on record."""
        ...

    def follow(self, state: State) -> None:
        """Take in what is new while another machine writes what is due. May block."""
        ...


class Watcher:
    """Evaluates every complete minute of every feed once, in the order of time.

    A feed that does not answer waits: what it tells when it comes back is evaluated then, at its
    own time. The others do not wait for it.
    """

    def __init__(
        self, looker: Looker, eyes: Eyes, record: Record, clock: Clock, parts: Sequence[Part] = ()
    ) -> None:
        """Take up the alerts that the record says are firing; `parts` look after the rest."""
        self._parts = parts
        self._looker = looker
        self._eyes = eyes
        self._record = record
        self._clock = clock
        self._alarm = Alarm(record.state)
        self._evaluated: dict[str, int] = {}
        self._stood_by = False
        self._begin()
        self._unwritten: list[Transition | Trigger | ClockJumped | WatchGap | Proposal] = []
        self._looked_at = clock.now()
        self._note_gap(_last_told(eyes), "no console or watch was open")
        self._jumps = JumpWatch(clock.now) if isinstance(clock, SystemClock) else None

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert recovers."""
        return self._alarm.recovering

    def look(self) -> None:
        """Evaluate what has passed and write what fired, resolved or became true.

        May raise one of `WRITE_ERRORS`: then nothing more is evaluated, and the next look first
        writes what this one could not.
        """
        if self._stood_by:
            self._take_over()
        jump = self._jumps.look() if self._jumps else 0.0
        self._note_gap(self._looked_at + jump, "the machine slept, or was too busy")
        self._looked_at = self._clock.now()
        if jump:
            self._unwritten.append(ClockJumped(jump))
        if jump < 0:  # or nobody would look until the old time is reached again
            self._begin()
        self._write()
        waiting = {
            feed: range(self._evaluated[feed] + 1, end + 1)
            for feed, end in self._known_to().items()
            if end > self._evaluated[feed]
        }
        minutes = sorted(set().union(*waiting.values()))
        for minute in minutes[:MOST_MINUTES]:
            self._look_at(minute, {feed for feed, ones in waiting.items() if minute in ones})
        self._look_outside()
        self._look_ahead()
        self._look_at_the_time()
        for part in self._parts:
            part.gather(self._record.state)
            if part.due(self._record.state):
                self._record.transact(WATCHER, part.due)
                part.written()

    def stand_by(self, *, watched: bool) -> None:
        """Follow while another machine may evaluate: be ready to go on, and write nothing.

        `watched`: one was seen to do so. Only then was nothing unwatched before this process came.
        """
        self._stood_by = True
        gaps = [] if watched else [one for one in self._unwritten if isinstance(one, WatchGap)]
        self._unwritten = [*gaps]
        self._looked_at = self._clock.now()
        for part in self._parts:
            part.follow(self._record.state)

    def _take_over(self) -> None:
        """Go on from what the record says, as the one that evaluates now."""
        self._stood_by = False
        self._alarm = Alarm(self._record.state)
        self._begin()

    @property
    def _slack_s(self) -> float:
        return max(UNWATCHED_S, UNWATCHED_LOOKS_S * self._clock.speed)

    def _note_gap(self, since: float | None, why: str) -> None:
        """Put on record that nobody evaluated since then, if the rollout is under way."""
        now = self._clock.now()
        under_way = self._record.state.attempt.phase != "readiness"
        if since is None or not under_way or now - since <= self._slack_s:
            return
        begun = max(since, self._record.state.attempt.entered_at)
        if now > begun:
            self._unwritten.append(WatchGap(utc(begun), utc(now), why))

    def _begin(self) -> None:
        """Evaluate what comes from now on."""
        now = int(self._clock.now() // 60)
        self._evaluated = dict.fromkeys([PEOPLE, *self._eyes.each], now - 1)

    def _look_at(self, minute: int, due: set[str]) -> None:
        """Evaluate what the feeds in `due` told of the time up to the end of `minute`."""
        at = minute * 60.0
        readings, triggers, _ = self._looker.read(self._record.state, at)
        more = self._looker.lookout.read(self._record.state, at)
        every = (*readings.values(), *more.values())
        judged = [reading for reading in every if _source(reading) in due]
        self._unwritten += self._alarm.look(judged, at)
        self._unwritten += [trigger for trigger in triggers if trigger.feed in due]
        self._evaluated |= dict.fromkeys(due, minute)
        self._write()

    def _look_outside(self) -> None:
        """Take in what other systems raise: that is known for now, not minute by minute."""
        now = self._clock.now()
        outside = self._looker.read_outside(self._record.state, now)
        self._unwritten += self._alarm.look(outside, now)
        self._write()

    def _look_ahead(self) -> None:
        """Take in what drifts towards its limit (Guide 6.3), as far as alerts were evaluated."""
        foresight, now = self._looker.foresight, self._clock.now()
        known = {feed: min(end, self._evaluated[feed]) for feed, end in self._known_to().items()}
        looked = foresight.look(self._record.state, known)
        self._unwritten += [partial(foresight.events, found=one, now=now) for one in looked]
        self._write()

    def _look_at_the_time(self) -> None:
        """Write what has come to pass by itself, decided again on what others wrote meanwhile."""
        now = self._clock.now()

        def propose(state: State) -> list[Event]:
            return [event for owed in BY_TIME for event in owed(state, now)]

        if propose(self._record.state):
            self._record.transact(WATCHER, propose)

    def _known_to(self) -> dict[str, int]:
        """The minute up to which each feed has told everything, if it ever did."""
        known = {PEOPLE: int(self._clock.now() // 60)}
        for name, eye in self._eyes.each.items():
            if eye.answered and eye.last_success is not None:
                known[name] = int(eye.last_success // 60)
        return known

    def _write(self) -> None:
        """Write one after another: what resolved may have fired just before."""
        while self._unwritten:
            propose = partial(_events, what=self._unwritten[0])
            if propose(self._record.state):
                self._record.transact(WATCHER, propose)
            self._unwritten.pop(0)


def _events(
    state: State, what: Transition | Trigger | ClockJumped | WatchGap | Proposal
) -> list[Event]:
    """What `what` means on `state`."""
    match what:
        case Transition():
            return [*alert_events(state, what)]
        case Trigger():
            return [*trigger_events(state, what)]
        case ClockJumped() | WatchGap():
            return [what]
        case _:
            return what(state)


def _last_told(eyes: Eyes) -> float | None:
    """When somebody recorded a feed last."""
    return max(
        (e.last_success for e in eyes.each.values() if e.last_success is not None), default=None
    )


def _source(reading: Reading) -> str:
    """The feed whose word a reading is."""
    return PEOPLE if reading.metric == "accuracy" else reading.feed
