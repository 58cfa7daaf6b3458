"""The quick way through a backlog: of each record only what is counted, decoded to its type.

It takes plain maps alone, a top-level key a field, and records that are what they should be. A
piece of a log in which anything else stands is left to the field map, which takes its time.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from config.feed import CallField, FieldPath
from console.domain.minutes import Minute, Tally
from console.feeds.convert import (
    MOST_NUMBER,
    SHORT,
    YEAR_2000,
    YEAR_2100,
    BadRecord,
    handover,
    items,
    opinion,
    reason,
)
from console.feeds.names import ESCALATE
from console.feeds.paths import FieldMapError, parse

COUNTED: tuple[CallField, ...] = (
    *("id", "at", "latency_s", "cost", "tokens_in", "tokens_out", "error", "escalation"),
    *("flags", "version", "variant", "model", "feedback", "synthetic"),
)
"""The fields that a `Minute` counts."""
WATCHED: tuple[CallField, ...] = ("tools",)
"""What is read too where somebody looks at it."""
ESCALATED = ESCALATE.encode()

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[float, msgspec.Meta(ge=0, le=MOST_NUMBER)] | None
_Whole = Annotated[int, msgspec.Meta(ge=0, le=int(MOST_NUMBER))] | None
_Short = Annotated[str, msgspec.Meta(max_length=SHORT)]


class _Tool(msgspec.Struct, gc=False):
    """A tool call: an object goes by its `name`."""

    name: _Short


_TYPES: Mapping[str, Any] = {
    "id": Annotated[str, msgspec.Meta(min_length=1, max_length=SHORT)],
    "at": _Moment,
    "latency_s": _Number,
    "cost": _Number,
    "tokens_in": _Whole,
    "tokens_out": _Whole,
    "error": _Short | bool | None,
    "escalation": _Short | bool | None,
    "flags": list[_Short] | None,
    "version": _Short | None,
    "variant": _Short | None,
    "model": _Short | None,
    "feedback": _Short | bool | float | None,
    "synthetic": bool | None,
    "tools": list[_Tool | _Short] | None,
    "output": msgspec.Raw,
}
_EARLIEST = datetime.fromtimestamp(YEAR_2000, UTC)
_LATEST = datetime.fromtimestamp(YEAR_2100, UTC)
_at = attrgetter("at")


class LeanReader:
    """Decodes pieces of a log to tallies. Keeps nothing: safe in any thread."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """`fields` are counted fields with the record's top-level key for each; see `lean_map`."""
        # A price may give a cost where the log has none: there is always a place for it.
        keys = {"cost": "", **fields}
        silent = {name: key for name, key in keys.items() if name != "output"}
        self._tools = "tools" in fields
        self._decode = _decoder(silent)
        self._decode_said = _decoder(keys) if "output" in keys else None

    def read(self, piece: bytes) -> list[Tally] | None:
        """The records of `piece`, whole lines; None if it must be read the careful way."""
        said = self._decode_said if ESCALATED in piece else None
        try:
            rows: list[Any] = (said or self._decode)(piece)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if said and any(not row.escalation and ESCALATED in bytes(row.output) for row in rows):
            return None  # an output may say what no field does
        for row in [row for row in rows if row.error]:
            row.error = reason(row.error)
        for row in [row for row in rows if row.escalation]:
            row.escalation = handover(row.escalation)
        for row in [row for row in rows if row.flags]:
            row.flags = items(row.flags)
        if self._tools:
            for row in [row for row in rows if row.tools]:
                row.tools = items([getattr(tool, "name", tool) for tool in row.tools])
        try:
            for row in [row for row in rows if row.feedback is not None]:
                row.feedback = opinion(row.feedback)
        except BadRecord:
            return None
        rows.sort(key=_at)
        ats = [row.at for row in rows]
        if ats and not _EARLIEST <= ats[0] <= ats[-1] < _LATEST:
            return None
        tallies = [_tally(number, together) for number, together in _by_minute(rows, ats)]
        return tallies if all(map(_is_clean, tallies)) else None


def _decoder(keys: Mapping[str, str]) -> Callable[[bytes], list[Any]]:
    """Lines to rows of these fields, by the record's key of each."""
    known = [name for name in _TYPES if name in keys]
    row = msgspec.defstruct(
        "Row",
        [(name, _TYPES[name], *_optional(name)) for name in known],
        rename=dict(keys),
        namespace={name: None for name in (*COUNTED, *WATCHED) if name not in keys},
        gc=False,
    )
    return msgspec.json.Decoder(row).decode_lines


def _tally(number: int, rows: list[Any]) -> Tally:
    sums = Minute()
    sums.add_calls(rows)
    return Tally(number, [row.id for row in rows], rows, sums)


def _is_clean(tally: Tally) -> bool:
    """Whether what is shown or known by its text needs no cleaning."""
    sums = tally.sums
    versions = [*sums.versions, *sums.controls]
    return all(map(_plain, ["".join(tally.ids), *versions, *sums.models]))


def lean_map(
    fields: Mapping[CallField, FieldPath], *, tools: bool = False
) -> dict[str, str] | None:
    """Field -> top-level key for what is counted; None if the map needs more than that.

    With `tools` they are read too; the output where it is plain, for it may hand its call over.
    """
    plain: dict[str, str] = {}
    for name in (*COUNTED, *(WATCHED if tools else ())):
        if name in fields:
            key = _plain_key(fields[name])
            if key is None:
                return None
            plain[name] = key
    needed = {"id", "at"} <= plain.keys()
    if not needed or len(set(plain.values())) < len(plain):
        return None
    output = _plain_key(fields["output"]) if "output" in fields else None
    return plain | ({"output": output} if output and output not in plain.values() else {})


def _plain_key(spec: FieldPath) -> str | None:
    """The top-level key that a field is, as it is; None if it is more than that."""
    try:
        paths = parse(spec.path)
    except FieldMapError:
        return None
    if spec.transform is not None or len(paths) != 1 or len(paths[0]) != 1:
        return None
    return str(paths[0][0])


def _by_minute(rows: list[Any], ats: list[datetime]) -> Iterator[tuple[int, list[Any]]]:
    """Rows in the order of time, parted at the minutes' ends."""
    start = 0
    while start < len(rows):
        minute = int(ats[start].timestamp()) // 60
        end = datetime.fromtimestamp((minute + 1) * 60, UTC)
        stop = bisect_left(ats, end, start)
        yield minute, rows[start:stop]
        start = stop


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _optional(name: str) -> tuple[()] | tuple[Any]:
    if name == "output":
        return (msgspec.Raw(b""),)
    return () if name in {"id", "at"} else (None,)
