"""Verifies one writer's lines: each sealed, each naming the one before.

What follows the last good line is one of four things. *Nothing*. An *unfinished* line that lacks
only its line feed. A *torn* tail: what a crash or a full disk leaves of the last append. Or damage:
bytes that were whole once and are not now, and then the file is corrupt.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from console.domain.entry import Entry
from console.journal.errors import Corrupt, Redacted
from console.journal.line import (
    HEAD,
    MAX_LINE,
    SEAL,
    VERSION,
    ZEROS,
    decode,
    is_redacted,
    is_sealed,
    looks_whole,
    parse,
    started,
)

RECOVERED = "journal.recovered"
BLOCK = 256 * 1024
LEAP = 1 << 20  # between two entries a clock moves on by what others wrote meanwhile


class Skipped(msgspec.Struct, frozen=True):
    """The data of a `journal.recovered` entry: bytes that a tear left and verifiers pass over."""

    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a chain: the number of an entry and its hash."""

    seq: int
    h: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The file ends with a verified entry that lacks only its line feed."""

    length: int


@dataclass(frozen=True, slots=True)
class Torn:
    """The file ends with the remains of an append that was never acknowledged."""

    skipped: Skipped


class Bad(Exception):
    """One line does not continue the chain; the text says why."""


class Chain:
    """The verified part of one writer's file: reading goes on where it stopped.

    `offset` is the byte and `lines` the number of lines up to which all is good. `seen` is the last
    place that somebody remembers: a file that ends before it, or has another entry there, is
    corrupt. Without a `deployment` the first entry's is taken.
    """

    def __init__(self, path: Path, deployment: str = "", seen: Mark | None = None) -> None:
        """Start before the first line of `path`, whose name is the writer's."""
        self.path = path
        self.writer = path.stem
        self.deployment = deployment
        self.seen = seen
        self.offset = 0
        self.lines = 0
        self.seq = 0
        self.h = ZEROS
        self.clock = 0
        self.recovered = 0
        self.tail: Unfinished | Torn | None = None
        self.problem: Corrupt | None = None

    @property
    def mark(self) -> Mark | None:
        """The furthest place known: read here, or remembered."""
        if self.seen is not None and self.seen.seq > self.seq:
            return self.seen
        return Mark(self.seq, self.h) if self.seq else None

    def read(self, fd: int) -> list[Entry]:
        """Verify and give what the file holds after `offset`; sets `tail` or `problem`."""
        entries: list[Entry] = []
        self.tail = None
        while self.problem is None and not self._read_good(fd, entries):
            entry = self._past_damage(_rest(fd, self.offset))
            if entry is None:
                break
            entries.append(entry)
        if self.problem is None and self.seen is not None:
            self._compare_with_seen(self.seen)
        return entries

    def take(self, entry: Entry, length: int, lines: int = 1) -> None:
        """Move past `entry`, which ends `length` bytes and `lines` lines after `offset`."""
        self.offset += length
        self.lines += lines
        self.seq = entry.seq
        self.h = entry.h
        self.clock = entry.clock
        self.deployment = entry.deployment

    def fail(self, what: str) -> None:
        """Call the file corrupt from the next line on."""
        self.problem = Corrupt(self.path, self.lines + 1, self.offset, what)

    def check(self, line: bytes) -> Entry:
        """The entry of a line (without line feed) that continues the chain; else `Bad`."""
        try:
            entry = parse(line)
        except ValueError as error:
            raise Bad(str(error)) from None
        self.must_follow(entry, len(line))
        return entry

    def must_follow(self, entry: Entry, length: int) -> None:
        """Raise `Bad` unless `entry`, of a line of `length` bytes, stands where it belongs."""
        if (
            entry.seq != self.seq + 1
            or entry.prev != self.h
            or not self.clock < entry.clock <= self.clock + LEAP
            or entry.writer != self.writer
            or entry.deployment != self.deployment
            or entry.v != VERSION
            or length > MAX_LINE
            or (self.seen is not None and entry.seq == self.seen.seq)
        ):
            self._explain(entry, length)

    def _explain(self, entry: Entry, length: int) -> None:
        if entry.v != VERSION:
            raise Bad(f"the entry has version {entry.v}, this program reads {VERSION}")
        if entry.writer != self.writer:
            raise Bad(f"the entry belongs to the writer {entry.writer!r}")
        if self.deployment and entry.deployment != self.deployment:
            raise Bad(f"the entry belongs to the deployment {entry.deployment!r}")
        if entry.seq != self.seq + 1:
            raise Bad(f"entry {entry.seq} stands where entry {self.seq + 1} belongs")
        if entry.prev != self.h:
            raise Bad(f"entry {entry.seq} does not follow from the entry before it")
        if entry.clock <= self.clock:
            raise Bad(f"entry {entry.seq} has a clock that does not advance")
        if entry.clock > self.clock + LEAP:
            raise Bad(f"entry {entry.seq} has a clock that no journal comes to")
        if length > MAX_LINE:
            raise Bad(f"the line is longer than {MAX_LINE} bytes")
        if self.seen is not None and entry.seq == self.seen.seq and entry.h != self.seen.h:
            raise Bad(f"entry {entry.seq} is not the one that was seen here before")

    def _read_good(self, fd: int, entries: list[Entry]) -> bool:
        """Read lines while they are good; whether the file ended with the last of them.

        This is `check` and `take` once more, without their calls: a replay is nothing else. What
        it does not take, for whatever reason, the slow way looks at again.
        """
        rest = b""
        place = self.offset
        while block := os.pread(fd, BLOCK, place):
            place += len(block)
            lines = (rest + block).split(b"\n")
            whole = len(rest) + len(block)
            rest = lines.pop()
            # Only the first can be longer than a block, for it alone began in an earlier one.
            if lines and len(lines[0]) > MAX_LINE:
                return False
            good = self._good(lines)
            entries += good
            if len(good) < len(lines):
                self.offset += sum(len(line) + 1 for line in lines[: len(good)])
                return False
            self.offset += whole - len(rest)
        return not rest

    def _good(self, lines: list[bytes]) -> list[Entry]:
        """The entries of the first of `lines`, as many as are good; moves past all but their bytes.

        None is longer than `MAX_LINE`.
        """
        good: list[Entry] = []
        seq, h, clock = self.seq, self.h, self.clock
        writer, deployment = self.writer, self.deployment
        watched = self.seen.seq if self.seen is not None else 0
        end, comma, version, leap = -SEAL, ord(","), VERSION, LEAP
        try:
            for line in lines:
                entry = decode(line)
                hashing = started()
                hashing.update(line[:end])
                # The text before the seal cannot hold its own hash. So an equal `h` stands in the
                # last 72 bytes, and behind a comma there is room in them for nothing else.
                if (
                    entry.h != hashing.hexdigest()
                    or line[end] != comma
                    or entry.prev != h
                    or entry.seq != seq + 1
                    or not clock < entry.clock <= clock + leap
                    or entry.writer != writer
                    or entry.deployment != deployment
                    or entry.v != version
                    or entry.seq == watched
                ):
                    break
                seq, h, clock = entry.seq, entry.h, entry.clock
                good.append(entry)
        except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
            pass
        self.seq, self.h, self.clock = seq, h, clock
        self.lines += len(good)
        return good

    def _past_damage(self, rest: bytes) -> Entry | None:
        """The entry after the bytes in `rest` that do not verify, if a recovery names them.

        Otherwise None, with `tail` or `problem` set.
        """
        pieces = rest.split(b"\n")
        if is_redacted(pieces[0]):
            self.problem = Redacted(self.path, self.lines + 1, self.offset)
            return None
        unended = len(pieces) - 1
        place = 0
        reason = ""
        for number, piece in enumerate(pieces):
            try:
                entry = self.check(piece) if number == 0 else self._recovery(rest, place, piece)
            except Bad as bad:
                reason = reason or str(bad)
                if number > 0 or is_sealed(piece):
                    self.fail(reason)
                    return None
            else:
                if entry is not None and number == unended:
                    self.tail = Unfinished(len(rest))
                    return None
                if entry is not None:
                    self.take(entry, place + len(piece) + 1, number + 1)
                    self.recovered += number > 0
                    return entry
            place += len(piece) + 1
        if _is_torn(pieces, rest):
            digest = hashlib.sha256(rest).hexdigest()
            self.tail = Torn(Skipped(self.offset, len(rest), digest))
        else:
            self.fail(reason)
        return None

    def _recovery(self, rest: bytes, place: int, line: bytes) -> Entry | None:
        """The recovery entry that excuses `rest[:place]`; None for a line that is not sealed.

        `Bad` for any other sealed line: whole entries after bad bytes are no torn append.
        """
        if not is_sealed(line):
            return None
        entry = self.check(line)
        if entry.kind != RECOVERED:
            raise Bad
        try:
            skipped = msgspec.json.decode(entry.data, type=Skipped)
        except msgspec.MsgspecError:
            raise Bad from None
        torn = rest[: place - 1]
        if skipped != Skipped(self.offset, len(torn), hashlib.sha256(torn).hexdigest()):
            raise Bad
        return entry

    def _compare_with_seen(self, seen: Mark) -> None:
        if self.seq >= seen.seq:
            return
        if isinstance(self.tail, Unfinished) and self.seq + 1 == seen.seq:
            return
        self.fail(
            f"the file holds {self.seq} entries, shorter than last seen, when it held {seen.seq}"
        )


def _is_torn(pieces: list[bytes], rest: bytes) -> bool:
    """Whether bytes that do not verify are what an interrupted append leaves.

    Those are the beginning of a line without its line feed, or, after a power cut, holes of NULs.
    A recovery that was itself interrupted leaves several beginnings, each ended by a line feed.
    """
    if b"\0" in rest:
        return True
    return all(
        piece and piece[: len(HEAD)] == HEAD[: len(piece)] and not looks_whole(piece)
        for piece in pieces[:-1]
    )


def _rest(fd: int, offset: int) -> bytes:
    blocks = []
    while block := os.pread(fd, BLOCK, offset):
        blocks.append(block)
        offset += len(block)
    return b"".join(blocks)
