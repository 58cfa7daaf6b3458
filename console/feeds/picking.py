"""Reading a whole log for a few of its calls: the numbers of all, the texts of those alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from config.feed import CallField, FieldPath
from console.domain.call import Call
from console.domain.minutes import Tally
from console.feeds.fields import Read, RecordReader
from console.feeds.lean import LeanReader, lean_map
from console.feeds.lines import SKIM_BYTES, chunks

_MOST_STALE = 256
DRAWN = ("id", "at", "version", "variant", "synthetic")


class Picker(Protocol):
    """Says which calls are wanted, as they are read."""

    def tally(self, tally: Tally) -> list[str]:
        """The ids that are wanted among records read for their numbers."""
        ...

    def call(self, call: Call) -> bool:
        """Whether this one is wanted."""
        ...

    def holds(self, call_id: str) -> bool:
        """Whether a call that was wanted still is."""
        ...


class Picks:
    """What a picker picked so far, how many records were read, and up to what time."""

    def __init__(self, picker: Picker) -> None:
        """Nothing is read yet."""
        self._picker = picker
        self.calls: dict[str, Call] = {}
        self.read = 0
        self.reached = 0.0

    def see(self, calls: Sequence[Call]) -> None:
        """Look at calls that were read wholly."""
        self.read += len(calls)
        for call in calls:
            self.reached = max(self.reached, call.at)
            if self._picker.call(call):
                self._keep(call)

    def skim(self, tallies: Sequence[Tally]) -> set[str]:
        """Look at records read for their numbers; those that are to be read wholly."""
        wanted: set[str] = set()
        for tally in tallies:
            self.read += len(tally.ids)
            self.reached = max(self.reached, tally.number * 60.0)
            wanted.update(self._picker.tally(tally))
        return wanted

    def take(self, calls: Sequence[Call], wanted: set[str]) -> None:
        """Keep those of `calls` that are wanted."""
        for call in calls:
            if call.id in wanted:
                self._keep(call)

    def _keep(self, call: Call) -> None:
        self.calls.setdefault(call.id, call)
        if len(self.calls) % _MOST_STALE == 0:
            self.settle()

    def settle(self) -> None:
        """Let go of the calls that are wanted no more."""
        self.calls = {name: one for name, one in self.calls.items() if self._picker.holds(name)}


class PickingReader(RecordReader):
    """Reads as a `RecordReader`, and shows its picker every record on the way.

    A feed that takes single calls gets them; one that reads a backlog for its numbers gets these,
    and only a piece in which something is wanted is read wholly.
    """

    def __init__(self, fields: Mapping[CallField, FieldPath], salt: str, *, picks: Picks) -> None:
        """`picks` takes what is picked. Raises `FieldMapError`."""
        super().__init__(fields, salt)
        self._picks = picks
        plain = lean_map(fields)
        # What is drawn hangs on these alone; the rest of a record is read when it is drawn.
        self._skim = (
            None if plain is None else LeanReader({n: plain[n] for n in DRAWN if n in plain})
        )

    def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Read:
        """See `RecordReader.read`; of a backlog (`whole` is given) only numbers come back."""
        if whole is None or self._skim is None:
            read = super().read(data, most_calls)
            self._picks.see(read.calls)
            return read
        read = Read([])
        for piece in chunks(data, SKIM_BYTES):
            tallies = self._skim.read(piece)
            if tallies is None:
                self._add(read, super().read(piece))
            else:
                read.tallies += tallies
                wanted = self._picks.skim(tallies)
                if wanted:
                    self._picks.take(super().read(piece).calls, wanted)
            read.used += len(piece)
            if most_calls is not None and read.count >= most_calls:
                break
        return read

    def _add(self, read: Read, part: Read) -> None:
        self._picks.see(part.calls)
        read.calls += part.calls
        read.bad += part.bad
        read.bad_sample = read.bad_sample or part.bad_sample

    def read_items(self, items: Sequence[Any]) -> Read:
        """See `RecordReader.read_items`."""
        read = super().read_items(items)
        self._picks.see(read.calls)
        return read
