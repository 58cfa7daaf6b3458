"""What another process records of a feed that only one can have, such as a port to listen on."""

from pathlib import Path

from console.domain.seen import Seen
from console.domain.series import Series
from console.telemetry import Reader, WatchLock

ELSEWHERE = "the receiver is open in another process, and nothing has come there lately"
NOWHERE = "nobody listens now: an open console does, or warroom watch DIR"


class Following:
    """Reads on in the recorded minutes of one feed; writes nothing."""

    def __init__(self, directory: Path, reader: Reader) -> None:
        """Go on from what `reader` has read."""
        self._reader = reader
        self._lock = WatchLock(directory)
        self.news = 0

    def look(self) -> str:
        """Read what is new; why it may be that nothing comes. `OSError` if it cannot be read.

        `news` is then 1 if there was any, else 0.
        """
        self.news = int(self._reader.read_new())
        self._reader.notes.clear()  # they are for the process that records
        return ELSEWHERE if self._lock.taken() else NOWHERE

    @property
    def series(self) -> Series:
        """The minutes of the last commit."""
        return self._reader.series

    @property
    def seen(self) -> Seen:
        """The ids counted by then."""
        return self._reader.seen

    @property
    def cursor(self) -> dict[str, object]:
        """Where the other process stood."""
        return self._reader.cursor

    @property
    def read_at(self) -> float | None:
        """When something last came, as the other process tells."""
        return self._reader.read_at
