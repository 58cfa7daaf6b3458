"""Writes entries for other eyes: the lines as they stand, a table, or a timeline."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from console.clean import clean
from console.domain.entry import Entry
from console.escape import inline, literal
from console.journal.reader import SUFFIX
from console.journal.redaction import Redactor

COLUMNS = ("at", "clock", "writer", "seq", "actor", "roles", "kind", "data")
REDACTED = "redacted"
LIMIT = 4000

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    entries: Iterable[Entry],
    fmt: Literal["jsonl", "csv", "md"],
    directory: Path,
    redactor: Redactor | None = None,
) -> Iterator[str]:
    """The text of `entries` in pieces, each ending a line, in the order given.

    `jsonl` gives the lines verbatim from the deployment's `directory`, `csv` a table with a header
    that no spreadsheet takes for formulas, `md` a timeline. What a `redactor` changes is marked as
    redacted in each. `LookupError` if a line is not in the files any more.
    """
    if fmt == "jsonl":
        return _lines(list(entries), directory / "journal", redactor)
    shown = ((entry, False) for entry in entries)
    if redactor is not None:
        shown = (redactor.entry(entry) for entry in entries)
    return _table(shown, redactor is not None) if fmt == "csv" else _timeline(shown)


def _lines(entries: list[Entry], folder: Path, redactor: Redactor | None) -> Iterator[str]:
    wanted = {entry.h.encode() for entry in entries}
    found: dict[bytes, bytes] = {}
    for writer in sorted({entry.writer for entry in entries}):
        with (folder / f"{writer}{SUFFIX}").open("rb") as file:
            for line in file:
                if line[-67:-3] in wanted:
                    found[line[-67:-3]] = line
    for entry in entries:
        line_of = found.get(entry.h.encode())
        if line_of is None:
            raise LookupError(
                f"entry {entry.seq} of {entry.writer} is not in {folder} any more; "
                "run `warroom journal verify`"
            )
        if redactor is not None:
            line_of = redactor.line(line_of[:-1]) + b"\n"
        yield line_of.decode("ascii")


def _table(entries: Iterable[tuple[Entry, bool]], redacts: bool) -> Iterator[str]:
    yield _row((*COLUMNS, REDACTED) if redacts else COLUMNS)
    for entry, changed in entries:
        mark = (REDACTED if changed else "",) if redacts else ()
        yield _row(
            (
                _time(entry.at),
                entry.clock,
                _cell(entry.writer),
                entry.seq,
                _cell(entry.actor.name),
                _cell(" ".join(entry.actor.roles)),
                _cell(entry.kind),
                _cell(bytes(entry.data).decode()),
                *mark,
            )
        )


def _row(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(text: str) -> str:
    safe = clean(text, LIMIT)
    return f"'{safe}" if safe.lstrip().startswith(_FORMULA) else safe


def _timeline(entries: Iterable[tuple[Entry, bool]]) -> Iterator[str]:
    yield "# Journal\n"
    day = ""
    for entry, changed in entries:
        date, time = _time(entry.at).split("T")
        if date != day:
            day = date
            yield f"\n## {date}\n\n"
        mark = " · *redacted*" if changed else ""
        roles = f" ({_plain(', '.join(entry.actor.roles))})" if entry.actor.roles else ""
        yield (
            f"- **{time[:8]}Z** {_plain(entry.kind)} · {_plain(entry.actor.name)}{roles} · "
            f"{_plain(entry.writer)} {entry.seq}{mark}{_facts(entry)}\n"
        )


def _facts(entry: Entry) -> str:
    data = msgspec.json.decode(entry.data)
    if not isinstance(data, dict):
        return ""
    return "".join(
        f"\n  - {literal(key, LIMIT)}: {_plain(_said(value))}" for key, value in data.items()
    )


def _said(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _plain(text: str) -> str:
    return inline(text, LIMIT)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
