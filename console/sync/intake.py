"""The one door for other writers' lines: verified, then kept byte for byte beside the own file.

What is handed over is a *piece*: the bytes of a writer's file from the end of one entry to the end
of a later one. That is whole lines, and what a crash tore between them, which the entry that
recovered it names. A piece is held against the chain that is on disk already; what continues it
is appended and synced, all else is refused by name.
"""

import copy
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.domain.entry import Entry
from console.journal.chain import RECOVERED, Chain, Mark
from console.journal.disk import sync_directory, write_all
from console.journal.line import is_redacted, looks_whole, parse
from console.journal.reader import SUFFIX, writers
from console.lock import FileLock

LOCK_NAME = ".intake.lock"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_BYTES = 1 << 28  # of one writer; a day of a busy watcher is a few MiB
MOST_WRITERS = 64
Why = Literal["forged", "forked", "replayed", "foreign", "misnamed", "own", "too-much"]

SAID = {
    "forged": "its hash does not match its text",
    "forked": "another entry of that number is on record already",
    "replayed": "it was taken long ago and came again as if it were new",
    "foreign": "it is of another deployment",
    "misnamed": "it names another writer than the one it came as",
    "own": "it claims to be of this very account, which never wrote it",
    "too-much": "its writer has sent more than a journal can be",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not believed: whose it claims to be, its number (0 unknown), and why."""

    writer: str
    seq: int
    why: Why
    detail: str
    h: str = ""

    @property
    def words(self) -> str:
        """One sentence."""
        number = f"entry {self.seq}" if self.seq else "a line"
        return f"{self.why}: {number} of {self.writer}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a piece: entries `new` on disk, entries `known` before, or what is wrong.

    `gap` is the number of the entry that is missing before it, 0 if none is; nothing is wrong then.
    """

    new: int = 0
    known: int = 0
    gap: int = 0
    refused: Refused | None = None


class _Copy:
    """What is on disk of one writer: the verified chain, and the hash of each of its entries."""

    def __init__(self, path: Path, deployment: str) -> None:
        self.chain = Chain(path, deployment)
        self.hashes: list[bytes] = []
        self._stamp = (0, 0)

    def read(self, *, heal: bool = False) -> None:
        """Read what is new. With `heal`, cut off what an intake left that was broken off."""
        try:
            fd = os.open(self.chain.path, os.O_RDWR if heal else os.O_RDONLY)
        except FileNotFoundError:
            self._anew(0)
            return
        try:
            stat = os.fstat(fd)
            size = stat.st_size
            if self._stamp == (stat.st_ino, size):
                return
            if self._stamp[0] != stat.st_ino or size < self.chain.offset:
                self._anew(stat.st_ino)
            self.took(self.chain, self.chain.read(fd))
            if heal and self.chain.problem is None and self.chain.offset < size:
                size = self._healed(fd, size)
            self._stamp = (stat.st_ino, size)
        finally:
            os.close(fd)

    def _healed(self, fd: int, size: int) -> int:
        """Cut off what is not whole, unless a writer on this machine is at it; the file's size."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return size
        if os.fstat(fd).st_size == size:
            os.ftruncate(fd, self.chain.offset)
            os.fsync(fd)
            size = self.chain.offset
        return size

    def took(self, chain: Chain, entries: Sequence[Entry]) -> None:
        """The file now reaches as far as `chain`, by `entries`."""
        self.chain = chain
        self.chain.tail = None
        self.hashes += [bytes.fromhex(entry.h) for entry in entries]
        self._stamp = (self._stamp[0], chain.offset)

    def _anew(self, inode: int) -> None:
        if self.chain.seq:
            self.chain = Chain(self.chain.path, self.chain.deployment)
            self.hashes = []
        self._stamp = (inode, -1)


class Intake:
    """Takes other writers' pieces into `directory`/journal. Blocks: call it in a thread.

    `own` are the names of the writers that only this account continues. Several processes may each
    hold an intake on the same directory.
    """

    def __init__(self, directory: Path, deployment: str, own: frozenset[str]) -> None:
        """Touch nothing yet."""
        self._folder = directory / "journal"
        self._deployment = deployment
        self._own = own
        self._copies: dict[str, _Copy] = {}
        self._lock = FileLock(self._folder / LOCK_NAME)

    def mark(self, writer: str) -> Mark:
        """The last entry on disk of `writer`; number 0 if there is none."""
        held = self._copy(writer)
        held.read()
        return Mark(held.chain.seq, held.chain.h)

    def take(self, writer: str, piece: bytes) -> Taken:
        """Keep what in `piece` (whole lines) continues what is on disk of `writer`.

        Entries that are there already are passed over. `OSError` where the disk refuses.
        """
        if not NAME.fullmatch(writer):
            return _no(writer[:40], 0, "misnamed", "letters, digits, dots and dashes make a name")
        self._lock.wait()
        try:
            held = self._copy(writer)
            held.read(heal=writer not in self._own)
            return self._take(held, piece)
        finally:
            self._lock.release()

    def _take(self, held: _Copy, piece: bytes) -> Taken:
        chain, start, known = held.chain, 0, 0
        if chain.problem is not None:
            return _no(chain.writer, chain.seq + 1, "forged", f"our copy is bad: {chain.problem}")
        for end, line in _lines(piece):
            entry = _entry(line)
            if entry is None:  # torn bytes, or a forgery: the chain tells them apart
                continue
            if entry.seq > chain.seq or (entry.writer, entry.deployment) != _whose(chain):
                break
            if bytes.fromhex(entry.h) != held.hashes[entry.seq - 1]:
                return _no(chain.writer, entry.seq, "forked", SAID["forked"], entry.h, known)
            start, known = end, known + 1
        rest = piece[start:]
        return self._continued(held, rest, known) if rest else Taken(known=known)

    def _continued(self, held: _Copy, rest: bytes, known: int) -> Taken:
        """Append what of `rest` verifies, and say what is wrong with the first that does not."""
        chain = held.chain
        probe, entries = _probed(chain, rest)
        length = probe.offset - chain.offset
        refused = None
        if entries and (why := self._too_much(chain, length)):
            return _no(chain.writer, entries[0].seq, why, SAID[why], entries[0].h, known)
        if entries:
            self._keep(chain.path, rest[:length])
            held.took(probe, entries)
        if length == len(rest):
            return Taken(len(entries), known)
        gap, refused = _diagnosis(probe, rest[length:])
        return Taken(len(entries), known, gap, refused)

    def _too_much(self, chain: Chain, length: int) -> Literal["", "own", "too-much"]:
        if chain.writer in self._own:
            return "own"
        if chain.offset + length > MOST_BYTES:
            return "too-much"
        if chain.seq == 0 and len(writers(frozenset(os.listdir(self._folder)))) >= MOST_WRITERS:  # noqa: PTH208 -- only the names
            return "too-much"
        return ""

    def _keep(self, path: Path, data: bytes) -> None:
        new = not path.exists()
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            write_all(fd, data)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        if new:
            sync_directory(self._folder)

    def _copy(self, writer: str) -> _Copy:
        if writer not in self._copies:
            path = self._folder / f"{writer}{SUFFIX}"
            self._copies[writer] = _Copy(path, self._deployment)
        return self._copies[writer]


def _probed(chain: Chain, rest: bytes) -> tuple[Chain, list[Entry]]:
    """How far `rest` continues `chain`, as the chain itself would read it from the disk."""
    probe = copy.copy(chain)
    fd = os.memfd_create("piece")
    try:
        os.pwrite(fd, rest, chain.offset)
        return probe, probe.read(fd)
    finally:
        os.close(fd)


def _diagnosis(probe: Chain, rest: bytes) -> tuple[int, Refused | None]:
    """What is wrong with `rest`, which does not continue `probe`: an entry is missing, or a lie."""
    why: Why = "forged"
    seq, detail, h = probe.seq + 1, "its lines are not whole", ""
    if probe.problem is not None:
        detail = probe.problem.what
        probe.problem = None
    for _, line in _lines(rest):
        entry = _entry(line)
        if entry is None and looks_whole(line):
            detail = "it is redacted, and so cannot be verified" if is_redacted(line) else detail
            break
        if entry is None:
            continue
        seq, h = entry.seq, entry.h
        if entry.deployment != probe.deployment:
            why, detail = "foreign", SAID["foreign"]
        elif entry.writer != probe.writer:
            why, detail = "misnamed", SAID["misnamed"]
        elif entry.seq > probe.seq + 1:
            return probe.seq + 1, None
        elif entry.seq == probe.seq + 1 and entry.prev != probe.h:
            why, detail = "forked", "it follows another entry than the one on record"
        elif entry.kind == RECOVERED:
            detail = "what a crash tore, which it names, is not before it: bring the whole file"
        break
    return 0, _no(probe.writer, seq, why, detail, h).refused


def _entry(line: bytes) -> Entry | None:
    try:
        return parse(line)
    except ValueError:
        return None


def _whose(chain: Chain) -> tuple[str, str]:
    return chain.writer, chain.deployment


def _lines(piece: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line, without its line feed, and where the next begins."""
    start = 0
    while (end := piece.find(b"\n", start)) >= 0:
        yield end + 1, piece[start:end]
        start = end + 1


def _no(writer: str, seq: int, why: Why, detail: str, h: str = "", known: int = 0) -> Taken:
    return Taken(known=known, refused=Refused(writer, seq, why, detail, h))
