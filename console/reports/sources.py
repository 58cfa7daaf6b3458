"""Which journal entries a statement comes from."""

from collections.abc import Iterable
from typing import Any

import msgspec

from console.domain.entry import Entry
from console.domain.times import iso

HASH_SHOWN = 12


class Source(msgspec.Struct, frozen=True):
    """An entry by its place in the record; `h` is the beginning of its hash."""

    writer: str
    seq: int
    h: str

    def __str__(self) -> str:
        """The entry as people cite it, e.g. `host-1a2b3c4d/12 9f8e7d6c5b4a`."""
        return f"{self.writer}/{self.seq} {self.h}"


class Sources:
    """Finds the latest entry that says something. Knows only the entries it is given."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Read `entries`, given in the order in which they are folded."""
        self._found: dict[tuple[str, ...], Source] = {}
        for entry in entries:
            key = _KEYS.get(entry.kind)
            if key is None:
                continue
            data = _data(entry)
            names = tuple(str(data.get(name, "")) for name in key)
            at = entry.at.strftime("%Y-%m-%dT%H:%M:%SZ")
            told = Source(entry.writer, entry.seq, entry.h[:HASH_SHOWN])
            self._found[entry.kind, *names] = told
            self._found[entry.kind, *names, at] = told

    def of(self, kind: str, *names: str, at: float | None = None) -> Source | None:
        """The entry of that `kind` on `names`, made `at` (unix seconds); None if it is not there.

        Without `at`, the latest.
        """
        return self._found.get((kind, *names, *([] if at is None else [iso(at)])))


# By kind: the fields that tell which one it is.
_KEYS: dict[str, tuple[str, ...]] = {
    "item.confirmed": ("item", "role"),
    "item.planned": ("item",),
    "item.accepted": ("item",),
    "golive.moved": (),
    "poll.opened": ("poll",),
    "poll.answered": ("poll", "role"),
    "poll.revealed": ("poll", "role"),
    "gate.decided": ("attempt", "decision"),
}


def _data(entry: Entry) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(entry.data)
    except msgspec.DecodeError:
        return {}
    return data if isinstance(data, dict) else {}
