"""A file of JSON lines read once, from its first byte to its last, in pieces of bounded size."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from console.feeds.fields import Read, RecordReader
from console.feeds.lines import MOST_LINE_BYTES, Split, split
from console.feeds.log_file import Inflater, LogFile

READ_BYTES = 2 * MOST_LINE_BYTES
MOST_NAMED = 5


class BadLine(msgspec.Struct, frozen=True):
    """A line that could not be read: its number from 1, and why, clean."""

    line: int
    why: str


class WholeFile:
    """Reads `path`, which may be compressed by gzip, by a field map.

    `lines` counts the lines so far and `bad` those that could not be read, of which the first few
    are `named`. `trouble` says what ended a compressed file too early.
    """

    def __init__(self, path: Path, reader: RecordReader) -> None:
        """Open nothing yet."""
        self._path = path
        self._reader = reader
        self.lines = 0
        self.bad = 0
        self.named: list[BadLine] = []
        self.trouble = ""

    def __iter__(self) -> Iterator[Read]:
        """What each piece holds, in order. Raises `OSError`."""
        with LogFile(self._path) as file:
            inflater, offset, skipping = Inflater(file.inode), 0, False
            while True:
                data, self.trouble = file.read(offset, READ_BYTES, inflater)
                last = len(data) < READ_BYTES or bool(self.trouble)
                if last and data and not data.endswith(b"\n"):
                    data += b"\n"  # nothing will end this line any more
                parted = split(data, skipping)
                self._overlong(parted, data, skipping)
                offset += parted.skipped + len(parted.lines)
                skipping = parted.skipping
                if parted.lines:
                    yield self._read(parted.lines)
                if last:
                    return

    def _overlong(self, parted: Split, data: bytes, skipping: bool) -> None:
        if parted.overlong:
            self._note(self.lines + 1, "the line is over 1 MiB")
        over = skipping and not parted.skipping
        if over or (parted.overlong and data.endswith(b"\n")):
            self.lines += 1

    def _read(self, data: bytes) -> Read:
        read = self._reader.read(data, whole=0)
        if read.bad:
            self._name(data, read.bad)
        self.lines += data.count(b"\n")
        return read

    def _name(self, data: bytes, bad: int) -> None:
        """Find the first bad lines by reading each by itself."""
        if len(self.named) < MOST_NAMED:
            for place, line in enumerate(data.split(b"\n")[:-1]):
                alone = self._reader.read(line + b"\n")
                if alone.bad and len(self.named) < MOST_NAMED:
                    self.named.append(BadLine(self.lines + 1 + place, alone.bad_sample))
        self.bad += bad

    def _note(self, line: int, why: str) -> None:
        self.bad += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(BadLine(line, why))
