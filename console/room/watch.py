"""Who records: of all processes that have a deployment open, one writes telemetry and alerts.

That one also tells people, and asks the heartbeat's address.
"""

import asyncio
from pathlib import Path
from typing import Literal, Protocol

from config.model import Deployment
from console.clock import Clock
from console.journal.record import WRITE_ERRORS, Record
from console.room.escalating import Escalating
from console.room.eyes import Eyes
from console.room.heartbeat import Heartbeat
from console.room.notifier import Notifier
from console.room.picture import Looker
from console.room.watcher import Watcher
from console.telemetry import WatchLock

Recording = Literal["here", "elsewhere", "nowhere", "past"]
LOOK_S = 30.0  # real: a look that takes longer is none that a heartbeat may vouch for


class Leading(Protocol):
    """Which of several machines evaluates."""

    def leads(self) -> bool:
        """Whether it is for this machine to evaluate, alert and tell."""
        ...

    @property
    def watched_elsewhere(self) -> bool:
        """Whether another was seen to do so."""
        ...


class Watch:
    """This process's part in the watch. Its methods block: call them in a thread."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        looker: Looker,
        eyes: Eyes,
        record: Record,
        clock: Clock,
        machines: Leading,
    ) -> None:
        """Take up nothing yet. `machines` says whether it is for this one to evaluate and tell."""
        self._directory = directory
        self._lock = WatchLock(directory)
        self._looker = looker
        self._eyes = eyes
        self._record = record
        self._clock = clock
        self._machines = machines
        self._watcher: Watcher | None = None
        self.recording: Recording = "nowhere"
        self._wrong: tuple[str, ...] = ()
        self._looked_at: float | None = None
        self._notifier = Notifier(deployment, directory, record, clock)
        self._heartbeat = Heartbeat(deployment.watch, directory, clock, self._well)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with recording, with telling people and with the heartbeat."""
        return (*self._wrong, *self._notifier.troubles, *self._heartbeat.troubles)

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert recovers."""
        return frozenset() if self._watcher is None else self._watcher.recovering

    @property
    def holds(self) -> bool:
        """Whether this is the process of its machine that may evaluate."""
        return self._watcher is not None

    @property
    def sees(self) -> bool:
        """Whether any feed answers, and what is seen can be written down."""
        now = self._clock.now()
        fresh = [eye.freshness(now).state for eye in list(self._eyes.each.values())]
        journal = self._record.journal
        writes = journal.sound and not (journal.latched or journal.full)
        return writes and any(state != "down" for state in fresh)

    def take_part(self, *, records: bool) -> None:
        """Become the one that records if nobody is, or without `records` only look who is."""
        if records:
            self.take_up()
        else:
            self.look_on()

    def take_up(self) -> None:
        """Become the one that records, if nobody on this machine does."""
        if self._watcher is not None:
            self.recording = "here" if self._machines.leads() else "elsewhere"
            return
        self._wrong = ()
        try:
            if not self._lock.acquire():
                self.recording = "elsewhere"
                return
            self._eyes.record(self._record.state.attempt.entered_at)
        except OSError as error:
            self.lay_down()
            self._wrong = (f"telemetry cannot be recorded: {error.strerror or error}",)
            return
        state, known = self._record.state, (self._looker.deployment, self._directory, self._eyes)
        parts = (Escalating(*known, state, self._clock),)
        self._watcher = Watcher(self._looker, self._eyes, self._record, self._clock, parts)
        self.recording = "here" if self._machines.leads() else "elsewhere"

    def look_on(self) -> None:
        """See who records, without ever taking it up."""
        self.recording = "elsewhere" if self._lock.taken() else "nowhere"

    def look(self) -> None:
        """Evaluate what has passed and see who is to be told, if it is for this process to do."""
        if self._watcher is not None:
            self._evaluate(self._watcher)
        self._notifier.look(sends=self.recording == "here")

    def _evaluate(self, watcher: Watcher) -> None:
        try:
            if self.recording == "here":
                watcher.look()
            else:
                watcher.stand_by(watched=self._machines.watched_elsewhere)
        except WRITE_ERRORS as error:
            self._wrong = (f"alerts cannot be written: {error}",)
        except Exception as error:
            self._wrong = (f"alerts have stopped by a fault of ours ({type(error).__name__})",)
        else:
            self._wrong = ()
            self._looked_at = self._clock.monotonic()

    async def run(self) -> None:
        """Tell people, and beat, while this process records; until cancelled."""
        await asyncio.gather(self._notifier.run(), self._heartbeat.run())

    def _well(self) -> bool | None:
        """Whether the watch looks on: a heartbeat says so elsewhere. None if not from here."""
        if self.recording != "here":
            return None
        journal = self._record.journal
        if self._wrong or journal.latched or not journal.sound:
            return False
        looked = self._looked_at
        late = looked is None or self._clock.monotonic() - looked > LOOK_S
        return not late and self.sees

    def lay_down(self) -> None:
        """Stop recording; then let others."""
        self._watcher = None
        self.recording = "nowhere"
        self._eyes.close()
        self._lock.release()
