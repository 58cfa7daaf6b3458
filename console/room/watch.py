"""Who records: of all processes that have a deployment open, one writes telemetry and alerts."""

from pathlib import Path
from typing import Literal

from console.clock import Clock
from console.journal.record import WRITE_ERRORS, Record
from console.room.eyes import Eyes
from console.room.picture import Looker
from console.room.watcher import Watcher
from console.telemetry import WatchLock

Recording = Literal["here", "elsewhere", "nowhere"]


class Watch:
    """This process's part in the watch. Its methods block: call them in a thread."""

    def __init__(
        self, directory: Path, looker: Looker, eyes: Eyes, record: Record, clock: Clock
    ) -> None:
        """Take up nothing yet."""
        self._lock = WatchLock(directory)
        self._looker = looker
        self._eyes = eyes
        self._record = record
        self._clock = clock
        self._watcher: Watcher | None = None
        self.recording: Recording = "nowhere"
        self.troubles: tuple[str, ...] = ()

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert recovers."""
        return frozenset() if self._watcher is None else self._watcher.recovering

    def take_up(self) -> None:
        """Become the one that records, if nobody on this machine does."""
        if self.recording == "here":
            return
        self.troubles = ()
        try:
            if not self._lock.acquire():
                self.recording = "elsewhere"
                return
            self._eyes.record()
        except OSError as error:
            self.lay_down()
            self.troubles = (f"telemetry cannot be recorded: {error.strerror or error}",)
            return
        self._watcher = Watcher(self._looker, self._eyes, self._record, self._clock)
        self.recording = "here"

    def look_on(self) -> None:
        """See who records, without ever taking it up."""
        self.recording = "elsewhere" if self._lock.taken() else "nowhere"

    def look(self) -> None:
        """Evaluate what has passed, if it is for this process to do."""
        if self._watcher is None:
            return
        try:
            self._watcher.look()
        except WRITE_ERRORS as error:
            self.troubles = (f"alerts cannot be written: {error}",)
        except Exception as error:
            self.troubles = (f"alerts have stopped by a fault of ours ({type(error).__name__})",)
        else:
            self.troubles = ()

    def lay_down(self) -> None:
        """Stop recording; then let others."""
        self._watcher = None
        self.recording = "nowhere"
        self._eyes.close()
        self._lock.release()
