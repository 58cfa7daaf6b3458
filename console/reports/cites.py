"""What every figure rests on: numbered sources, each with a hash that anyone can compute again.

One entry is cited by its own `h`. Several are cited by the SHA-256 of their `h` values, one a line
in the order of the fold; recorded minutes by the SHA-256 of their JSON, one a line by number.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar

import msgspec

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.series import Series
from console.domain.times import iso

MOST_STRETCHES = 60
HOW = (
    "One entry is named by writer and number, with its own hash h. Of several, the hash is the "
    "SHA-256 of their h values, one a line, in the order of clock, writer and number. Of recorded "
    "minutes it is the SHA-256 of each minute's JSON, one a line."
)

T = TypeVar("T")
_encode = msgspec.json.Encoder(order="deterministic").encode


class SourceRow(msgspec.Struct, frozen=True):
    """A source by its `number`: `where` it is found, `what` it is in a few words, its SHA-256."""

    number: int
    where: str
    what: str
    sha256: str

    @property
    def text(self) -> str:
        """The source in a line; of very many stretches of entries the first ones."""
        runs = self.where.split(",")
        more = len(runs) - MOST_STRETCHES
        where = self.where
        if more > 0:
            where = f"{','.join(runs[:MOST_STRETCHES])} … {more} more stretches, all in the JSON"
        return f"{where}: {self.what}, {self.sha256}"


class Tale:
    """The entries of a journal with their events, by kind, each decoded at most once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Read `entries`, given in the order in which they are folded."""
        self._raw: dict[str, list[Entry]] = {}
        self._told: dict[str, list[tuple[Entry, Any]]] = {}
        for entry in entries:
            self._raw.setdefault(entry.kind, []).append(entry)

    def every(
        self, kind: type[T], keep: Callable[[T], bool] = lambda _: True
    ) -> list[tuple[Entry, T]]:
        """All entries of a kind of event that `keep` wants, with their events."""
        tag = str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # each event has one
        if tag not in self._told:
            decoded = [(one, e.decode(tag, bytes(one.data))) for one in self._raw.get(tag, [])]
            self._told[tag] = [pair for pair in decoded if pair[1] is not None]
        return [pair for pair in self._told[tag] if keep(pair[1])]

    def entries(self, kind: type[T], keep: Callable[[T], bool] = lambda _: True) -> list[Entry]:
        """The same without their events."""
        return [entry for entry, _ in self.every(kind, keep)]


class Cites:
    """Numbers the sources in the order in which they are first named."""

    def __init__(self) -> None:
        """Nothing is cited yet."""
        self._rows: dict[tuple[str, str], SourceRow] = {}

    def rows(self) -> tuple[SourceRow, ...]:
        """All sources so far."""
        return tuple(self._rows.values())

    def of(self, *entries: Entry) -> tuple[int, ...]:
        """The number of the source that these entries are together; none of none."""
        held = sorted({entry.order: entry for entry in entries}.values(), key=lambda x: x.order)
        if not held:
            return ()
        if len(held) == 1:
            one = held[0]
            return self._take(f"journal {one.writer}/{one.seq}", one.kind, one.h)
        digest = hashlib.sha256("".join(f"{one.h}\n" for one in held).encode()).hexdigest()
        kinds = Counter(one.kind for one in held)
        what = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        return self._take(f"journal {_stretches(held)}", what, digest)

    def minutes(self, feed: str, start: int, end: int, series: Series) -> tuple[int, ...]:
        """The recorded minutes of a feed from `start` until before `end` (minute numbers)."""
        where = f"telemetry/{feed}.jsonl, {iso(start * 60)} to {iso(end * 60)}"
        within = sum(start <= number < end for number in series.minutes)
        return self._take(where, f"{within:,} minutes", minutes_digest(start, end, series))

    def file(self, where: str, what: str, sha256: str) -> tuple[int, ...]:
        """A file by its hash."""
        return self._take(where, what, sha256) if sha256 else ()

    def _take(self, where: str, what: str, sha256: str) -> tuple[int, ...]:
        key = (where, sha256)
        if key not in self._rows:
            self._rows[key] = SourceRow(len(self._rows) + 1, where, what, sha256)
        return (self._rows[key].number,)


def minutes_digest(start: int, end: int, series: Series) -> str:
    """The SHA-256 of what is recorded of the minutes from `start` until before `end`."""
    hashing = hashlib.sha256()
    for number in range(start, end):
        values = {metric: held[number] for metric, held in series.values.items() if number in held}
        minute = series.minutes.get(number)
        if minute is not None or values:
            hashing.update(_encode([number, minute, values]) + b"\n")
    return hashing.hexdigest()


def _stretches(entries: Sequence[Entry]) -> str:
    """Writers with the numbers of their entries, e.g. `host-1/3-7,9 host-2/4`."""
    told: list[str] = []
    for writer in sorted({entry.writer for entry in entries}):
        numbers = sorted(entry.seq for entry in entries if entry.writer == writer)
        runs = []
        for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            run = [number for _, number in group]
            runs.append(f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}")
        told.append(f"{writer}/{','.join(runs)}")
    return " ".join(told)
