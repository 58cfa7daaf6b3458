"""Verifies lines that were handed on: an export, or a copy in which some entries are redacted.

A redacted entry keeps its `h`, `prev`, number and clock, but its text is not the one that was
hashed. So its link to its neighbours can be held against theirs, and its content against nothing.
What a crash tore is left out of such copies, and the entries that name it stand alone.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from console.domain.entry import Entry
from console.journal.chain import BLOCK, Bad, Chain
from console.journal.line import MAX_LINE, decode, is_redacted


class _Writer(msgspec.Struct, gc=False):
    writer: str


class Copied:
    """The lines of one writer in a copy. `loose` counts the redacted entries at the end.

    `hashes` are those of all entries, the first first; `sealed` counts those that verify alone.
    """

    def __init__(self, path: Path, writer: str, deployment: str = "") -> None:
        """Start before the first line of `writer` in the file `path`."""
        self.chain = Chain(path, deployment)
        self.chain.writer = writer
        self.hashes: list[str] = []
        self.redacted = 0
        self.loose = 0

    @property
    def sealed(self) -> int:
        """The entries whose content verifies."""
        return len(self.hashes) - self.redacted

    def take(self, line: bytes) -> None:
        """Take the next line, without its line feed; `Bad` says why it cannot stand here."""
        marked = is_redacted(line)
        entry = _linked(self.chain, line) if marked else self.chain.check(line)
        self.redacted += marked
        self.loose = self.loose + 1 if marked else 0
        self.chain.take(entry, len(line) + 1)
        self.hashes.append(entry.h)


def read_copy(path: Path, writer: str = "", deployment: str = "") -> list[Copied]:
    """All writers of the file at `path`, each up to its end or to the first line that is bad.

    With `writer`, the file must be that one's alone. A chain's `problem` has the file's line.
    `OSError` if it cannot be read.
    """
    found: dict[str, Copied] = {}
    bad: Copied | None = None
    number = offset = 0
    for number, line in enumerate(_lines(path), 1):
        name = writer or _name(line)
        if not (name or found):
            name = path.stem
        copied = found.get(name) if name else next(iter(found.values()))
        if copied is None:
            copied = found[name] = Copied(path, name, deployment)
        try:
            copied.take(line.removesuffix(b"\n"))
        except Bad as why:
            copied.chain.lines, copied.chain.offset = number - 1, offset
            copied.chain.fail(str(why))
            bad = copied
            break
        deployment = deployment or copied.chain.deployment
        offset += len(line)
    # What follows a bad line is not looked at, so no other writer is known to be whole either.
    return [bad] if bad is not None else list(found.values())


def _linked(chain: Chain, line: bytes) -> Entry:
    try:
        entry = decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Bad(f"the line is not an entry ({error})") from None
    if len(entry.h) != 64 or not set(entry.h) <= set("0123456789abcdef"):
        raise Bad(f"the hash that entry {entry.seq} kept is none")
    chain.must_follow(entry, len(line))
    return entry


def _name(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Writer).writer
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=BLOCK) as file:
        while line := file.readline(MAX_LINE + 2):
            yield line
