"""Reading a log for a few calls that are known by their ids, with their records as they stand."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from config.feed import CallField, FieldPath
from console.domain.call import Call
from console.feeds.convert import BadRecord
from console.feeds.fields import Read, RecordReader
from console.feeds.lines import chunks

MADE_UP = "line-"


class Kept(msgspec.Struct, frozen=True):
    """A call that was wanted, the feed that gave it, and its record as decoded JSON."""

    call: Call
    feed: str
    raw: dict[str, Any] | None

    @property
    def has_texts(self) -> bool:
        """Whether its input or its output is known."""
        return bool(self.call.input or self.call.output)


class Wanted:
    """Calls that are looked for in several feeds, and those that were found, by id."""

    def __init__(self, ids: Iterable[str]) -> None:
        """Look for `ids`."""
        # JSON may write an id's letters as they are or by their numbers.
        self._needles = {
            name: {name.encode(), json.dumps(name)[1:-1].encode()} for name in dict.fromkeys(ids)
        }
        self._seen: set[tuple[str, str]] = set()
        self.found: dict[str, Kept] = {}

    def left(self, feed: str) -> list[str]:
        """The ids that `feed` may still tell more of: it has not given them, and no other texts."""
        return [
            name
            for name in self._needles
            if (feed, name) not in self._seen
            and not (name in self.found and self.found[name].has_texts)
        ]

    def may_be_in(self, data: bytes, names: Iterable[str]) -> bool:
        """Whether one of `names` may be in lines of a log."""
        return any(
            name.startswith(MADE_UP) or any(needle in data for needle in self._needles[name])
            for name in names
        )

    def see(self, call: Call, feed: str, raw: object) -> None:
        """Keep `call` if it is wanted: the first of its name, or the first with texts."""
        if call.id not in self.left(feed):
            return
        self._seen.add((feed, call.id))
        kept = Kept(call, feed, raw if isinstance(raw, dict) else None)
        if call.id not in self.found or kept.has_texts:
            self.found[call.id] = kept


class KeepingReader(RecordReader):
    """Reads as a `RecordReader`, and keeps what is wanted on the way."""

    def __init__(
        self, fields: Mapping[CallField, FieldPath], salt: str, *, wanted: Wanted, feed: str
    ) -> None:
        """`wanted` takes what is found. Raises `FieldMapError`."""
        super().__init__(fields, salt)
        self._wanted = wanted
        self._feed = feed

    def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Read:
        """See `RecordReader.read`."""
        names = self._wanted.left(self._feed)
        for piece in chunks(data):
            if self._wanted.may_be_in(piece, names):
                for line in piece.split(b"\n"):
                    if line.strip() and self._wanted.may_be_in(line, names):
                        self._see(line)
        return super().read(data, most_calls, whole)

    def _see(self, line: bytes) -> None:
        try:
            call = self._one(line)
        except BadRecord:
            return
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            raw = None
        self._wanted.see(call, self._feed, raw)

    def read_items(self, items: Sequence[Any]) -> Read:
        """See `RecordReader.read_items`."""
        read = super().read_items(items)
        left = self._wanted.left(self._feed)
        for item in items if not {call.id for call in read.calls}.isdisjoint(left) else ():
            for call in super().read_items([item]).calls:
                self._wanted.see(call, self._feed, item)
        return read
