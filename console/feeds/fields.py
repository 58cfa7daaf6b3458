"""A field map turns the JSON records of any log into `Call`s.

A map names, for each field of a `Call`, the path to it in the record and how to read it. Records
are decoded by the chunk into a struct that has only the needed top-level keys. A chunk in which
anything is wrong is read again line by line, so that a bad line costs nothing but itself.

An output that begins `ESCALATE:` hands its call over, whatever else the log says (Guide 5.1).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec

from config.feed import CallField, FieldPath
from console.clean import clean
from console.domain.call import Call
from console.domain.minutes import Tally
from console.feeds.convert import BadRecord, Convert, converter, text
from console.feeds.lean import ESCALATED, LeanReader, lean_map
from console.feeds.lines import MOST_LINE_BYTES, SKIM_BYTES, chunks
from console.feeds.names import ESCALATE
from console.feeds.paths import FieldMapError, Path, parse, walker

Take = Callable[[Any], Any]

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Call)}
_begun = converter("escalation", f"prefix:{ESCALATE}", "")
_FAULTS = (BadRecord, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Read(msgspec.Struct):
    """What was read: `used` bytes of the input, `bad` records that could not be read.

    `tallies` are records before `calls`, read for their numbers alone. `bad_sample` is one of the
    bad ones with the reason, clean; empty if there is none.
    """

    calls: list[Call]
    tallies: list[Tally] = []
    bad: int = 0
    bad_sample: str = ""
    used: int = 0

    @property
    def count(self) -> int:
        """How many records could be read."""
        return len(self.calls) + sum([len(tally.ids) for tally in self.tallies])

    def add_bad(self, why: str, line: bytes) -> None:
        """Count a record that cannot be read. Its text may be a user's: it is shown nowhere."""
        self.bad += 1
        if not self.bad_sample:
            size = f", {len(line):,} bytes" if line.strip() else ""
            self.bad_sample = clean(why, 200) + size


class RecordReader:
    """Reads JSON lines by a field map. It keeps nothing between reads: safe in any thread."""

    def __init__(
        self, fields: Mapping[CallField, FieldPath], salt: str, *, tools: bool = False
    ) -> None:
        """`salt`, the deployment's id, goes into the hash that stands for a user's id.

        With `tools` somebody looks at the tools of every call, also of a backlog.

        Raises `FieldMapError`.
        """
        if "at" not in fields:
            raise FieldMapError("the field map lacks `at`: a call without its time is no use")
        self._columns: dict[str, tuple[Take, Convert]] = {}
        keys: dict[str, str] = {}  # a record's top-level key -> the row's attribute
        for name, spec in fields.items():
            try:
                take = _taker(parse(spec.path), keys)
                if spec.transform and spec.transform.startswith("minus:"):
                    take = _both(take, _taker(parse(spec.transform.removeprefix("minus:")), keys))
            except FieldMapError as why:
                raise FieldMapError(f"{name}: {why}") from None
            self._columns[name] = (take, converter(name, spec.transform, salt))
        self._keys = keys
        self._row = msgspec.defstruct(
            "Row",
            [(attribute, Any, None) for attribute in keys.values()],
            rename={attribute: key for key, attribute in keys.items()},
            gc=False,
        )
        self._decoder = msgspec.json.Decoder(self._row)
        plain = lean_map(fields, tools=tools)
        self._speaks = "output" in fields
        self._lean = None if plain is None else LeanReader(plain)
        # Not even the quick way may miss an output that hands its call over.
        self._deaf = self._speaks and plain is not None and "output" not in plain

    def reads(self, key: str) -> bool:
        """Whether the map looks at this top-level key of a record."""
        return key in self._keys

    def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Read:
        """The calls in `data`, whole lines; stops after the chunk that reaches `most_calls`.

        With `whole`, about that many of the last records are read wholly, those before them only
        for what is counted.
        """
        read = Read([])
        for chunk in self._skimmed(data, whole, most_calls, read):
            read.used += len(chunk)
            if len(chunk) > MOST_LINE_BYTES:
                read.add_bad("the line is over 1 MiB", chunk)
                continue
            try:
                calls = self._calls(self._decoder.decode_lines(chunk))
            except _FAULTS:
                self._by_line(chunk, read)
            else:
                speaks = self._speaks and ESCALATED in chunk
                read.calls += map(_handed, calls) if speaks else calls
            if most_calls is not None and read.count >= most_calls:
                break
        return read

    def _skimmed(
        self, data: bytes, whole: int | None, most_calls: int | None, read: Read
    ) -> Iterator[bytes]:
        """What is left to be read the careful way when the numbers of the rest were taken."""
        if whole is None or self._lean is None:
            yield from chunks(data)
            return
        left = data.count(b"\n") if whole else 0
        for piece in chunks(data, SKIM_BYTES):
            left -= piece.count(b"\n") if whole else 0
            lean = left >= whole and not (self._deaf and ESCALATED in piece)
            tallies = self._lean.read(piece) if lean else None
            if tallies is None:
                yield from chunks(piece)
                continue
            read.used += len(piece)
            read.tallies += tallies
            if most_calls is not None and read.count >= most_calls:
                return

    def read_items(self, items: Sequence[Any]) -> Read:
        """The calls in `items`, records that are decoded already, such as those of a page."""
        read = Read([])
        for item in items:
            if not isinstance(item, dict):
                read.add_bad("the record is not an object", _encoded(item))
                continue
            row = self._row(**{name: item.get(key) for key, name in self._keys.items()})
            try:
                read.calls.append(self._call(row, partial(_encoded, item)))
            except BadRecord as why:
                read.add_bad(str(why), _encoded(item))
        return read

    def identified(self, item: dict[str, Any]) -> bool:
        """Whether a decoded record says whose id it has."""
        if "id" not in self._columns:
            return False
        row = self._row(**{name: item.get(key) for key, name in self._keys.items()})
        return bool(text(self._columns["id"][0](row)))

    def _calls(self, rows: Sequence[Any]) -> list[Call]:
        """`rows` as calls, column by column: the quick way, when nothing is amiss."""
        if "id" not in self._columns:
            raise BadRecord("the log gives no ids")
        columns: list[Any] = []
        for field, default in _DEFAULTS.items():
            if field in self._columns:
                take, convert = self._columns[field]
                columns.append(map(convert, map(take, rows)))
            else:
                columns.append(repeat(default))
        return list(map(Call, *columns))

    def _by_line(self, chunk: bytes, read: Read) -> None:
        for line in chunk.split(b"\n"):
            if not line.strip():
                continue
            try:
                read.calls.append(self._one(line))
            except BadRecord as why:
                read.add_bad(str(why), line)

    def _one(self, line: bytes) -> Call:
        """One line as a call; it says which field is to blame if it is none."""
        try:
            row = self._decoder.decode(line)
        except _FAULTS:
            record = _decoded(line)
            row = self._row(**{name: record.get(key) for key, name in self._keys.items()})
        return self._call(row, line.strip)

    def _call(self, row: Any, source: Callable[[], bytes]) -> Call:
        """A row as a call; without an id it is known by the hash of its `source`."""
        values: dict[str, Any] = {}
        for field, (take, convert) in self._columns.items():
            raw = take(row)
            if field == "id" and not text(raw):
                continue
            try:
                values[field] = convert(raw)
            except BadRecord as why:
                raise BadRecord(f"{field}: {why}") from None
        if "id" not in values:
            values["id"] = "line-" + hashlib.sha256(source()).hexdigest()[:16]
        return _handed(Call(**values))


def _handed(call: Call) -> Call:
    """The call, handed over if its output says so and nothing else does."""
    if call.escalation or ESCALATE not in call.output:
        return call
    said = _begun(call.output)
    return msgspec.structs.replace(call, escalation=said) if said else call


def _encoded(item: Any) -> bytes:
    """A decoded record as bytes, to be known by or shown by."""
    return json.dumps(item, sort_keys=True, default=str).encode("ascii", "replace")


def _decoded(line: bytes) -> dict[str, Any]:
    """A line that the strict decoder refuses: NaN and lone surrogates need not spoil a record."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadRecord("the line is not UTF-8") from None
    except ValueError:
        raise BadRecord("the line is not JSON") from None
    except RecursionError:
        raise BadRecord("the line is nested too deeply") from None
    if not isinstance(record, dict):
        raise BadRecord("the line is JSON but not an object")
    return record


def _both(take: Take, other: Take) -> Take:
    """A function that takes two raw values."""
    return lambda row: (take(row), other(row))


def _taker(paths: Sequence[Path], keys: dict[str, str]) -> Take:
    """A function that takes a field's raw value from a row; new top-level keys go into `keys`."""
    ways: list[tuple[Take, Take | None]] = []
    for first, *rest in paths:
        attribute = keys.setdefault(str(first), f"k{len(keys)}")
        ways.append((attrgetter(attribute), walker(tuple(rest)) if rest else None))
    if len(ways) == 1 and ways[0][1] is None:
        return ways[0][0]

    def take(row: Any) -> Any:
        for get, walk in ways:
            value = get(row) if walk is None else walk(get(row))
            if value is not None:
                return value
        return None

    return take
