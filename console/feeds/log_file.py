"""The files of a log, plain or compressed by rotation, and by what each is known again."""

import errno
import hashlib
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec

HEAD_BYTES = 256
_PACKED_HEAD_BYTES = 8192  # more than a header of gzip and the first 256 bytes need
_PIECE_BYTES = 64 * 1024
_MOST_RATIO = 300  # of a log's lines: deflate itself goes to 1,032, where nothing is in it
_ALWAYS_BYTES = 16 * 1024 * 1024
_ROTATED = re.compile(r"[.-][0-9][0-9T_:.-]*(\.gz)?")  # calls.jsonl.1, -20261201, .2.gz
_GZIP = zlib.MAX_WBITS | 16


def digest(first: bytes) -> str:
    """A hash of a file's first bytes; empty for none."""
    return hashlib.sha256(first).hexdigest()[:16] if first else ""


class Moved(Exception):
    """A file is no longer where it was seen a moment ago."""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a file was read, and by what it is known again.

    `head` is a hash of the file's first bytes, at most 256 and none after `offset`: an inode may be
    used again by another file, and a copy of the same has another inode. Of a compressed file both
    tell what it inflates to, so that a log is known again when it was compressed meanwhile.
    """

    inode: int
    offset: int = 0
    head: str = ""


class Inflater:
    """How far a compressed file was inflated: to go on from there costs only what is new."""

    def __init__(self, inode: int) -> None:
        """Stand at the start of the file with that inode."""
        self.inode = inode
        self._rewind()

    def _rewind(self) -> None:
        self._held = b""  # what was given last: its last line is asked for again
        self._held_from = 0
        self._taken = 0
        self._pending = b""
        self._zlib = zlib.decompressobj(_GZIP)
        self._whole = True  # nothing was seen that would have to go on

    def read(self, descriptor: int, offset: int, size: int) -> tuple[bytes, str]:
        """Up to `size` bytes from `offset` on, and what ended them too early (empty if nothing)."""
        if offset < self._held_from:
            self._rewind()
        trouble = ""
        try:
            while (reached := self._held_from + len(self._held)) < offset + size:
                if reached <= offset:
                    self._held, self._held_from = b"", reached
                edge = offset if reached < offset else offset + size
                piece = self._more(descriptor, min(edge - reached, size))
                self._held += piece
                if not piece:
                    trouble = "" if self._whole else "the compressed file is cut off"
                    break
                if reached > _ALWAYS_BYTES + _MOST_RATIO * self._taken:
                    trouble = f"it inflates to over {_MOST_RATIO} times its size"
                    break
        except zlib.error:
            trouble = "the compressed file is damaged"
        self._held = self._held[max(0, offset - self._held_from) :]
        self._held_from = max(offset, self._held_from)
        return self._held[:size], trouble

    def _more(self, descriptor: int, most: int) -> bytes:
        """The next bytes, at least one and at most `most`; none at the end."""
        while True:
            if not self._pending:
                self._pending = os.pread(descriptor, _PIECE_BYTES, self._taken)
                self._taken += len(self._pending)
                if not self._pending:
                    return b""
            out = self._zlib.decompress(self._pending, most)
            self._whole = self._zlib.eof
            self._pending = self._zlib.unconsumed_tail
            if self._whole:  # several compressed files after each other are one
                self._pending = self._zlib.unused_data.lstrip(b"\0")
                self._zlib = zlib.decompressobj(_GZIP)
            if out:
                return out


class LogFile:
    """A regular file, open for reading; a pipe or device is refused without waiting for it."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self.packed = path.suffix == ".gz"
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        info = os.fstat(self._descriptor)
        if not stat.S_ISREG(info.st_mode):
            os.close(self._descriptor)
            raise OSError(errno.EINVAL, "it is not a regular file")
        self.inode = info.st_ino
        self.changed_ns = info.st_mtime_ns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)

    @property
    def size(self) -> int:
        """Its bytes now, as they lie on the disk."""
        return os.fstat(self._descriptor).st_size

    def head(self, offset: int) -> str:
        """A hash of the first bytes, at most 256 and none after `offset`; empty for none."""
        size = min(HEAD_BYTES, offset)
        if not self.packed:
            first = os.pread(self._descriptor, size, 0)
        elif size:
            packed = os.pread(self._descriptor, _PACKED_HEAD_BYTES, 0)
            try:
                first = zlib.decompressobj(_GZIP).decompress(packed, size)
            except zlib.error:
                first = b""
        else:
            first = b""
        return digest(first)

    def is_of(self, mark: Mark) -> bool:
        """Whether this is the file of `mark`, grown or not; or a copy of it."""
        if mark.offset == 0:
            return self.inode == mark.inode
        if not self.packed and self.size < mark.offset:
            return False
        return self.head(mark.offset) == mark.head

    def read(self, offset: int, size: int, inflater: Inflater) -> tuple[bytes, str]:
        """Up to `size` bytes from `offset` on, and what ended them too early (empty if nothing).

        `inflater` stands in this file; a plain one does not need it. Raises `OSError`.
        """
        if self.packed:
            return inflater.read(self._descriptor, offset, size)
        return _all_of(self._descriptor, offset, size), ""


def _all_of(descriptor: int, offset: int, size: int) -> bytes:
    data = os.pread(descriptor, size, offset)
    while 0 < len(data) < size:
        more = os.pread(descriptor, size - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


class Place(msgspec.Struct, frozen=True):
    """Where a file was seen, and what the system said of it then."""

    path: Path
    inode: int
    changed_ns: int
    size: int

    def open(self) -> LogFile:
        """The file. Raises `OSError`, and `Moved` if it is another by now."""
        try:
            file = LogFile(self.path)
        except FileNotFoundError:
            raise Moved from None
        if file.inode != self.inode:
            file.close()
            raise Moved
        return file


class Files:
    """A log and what rotation put beside it, as they were at one moment."""

    def __init__(self, path: Path) -> None:
        """Look at the directory of `path`. Raises `OSError`, and `Moved` if it changes."""
        self._path = path
        self._all = list(_places(path))
        named = {place.path.name: place for place in self._all}
        self.present = named.get(path.name)
        being_written = {
            f"{name}.gz" for name in named
        }  # compressed, and the plain one still there
        self._aside = [
            place
            for name, place in named.items()
            if name.startswith(path.name)
            and _ROTATED.fullmatch(name[len(path.name) :])
            and name not in being_written
        ]

    @property
    def latest_ns(self) -> int:
        """When the last of the rotated files was changed; 1 if there are none."""
        return max([place.changed_ns for place in self._aside], default=1)

    def open_present(self) -> LogFile:
        """The present file. Raises `OSError` and `Moved`."""
        return LogFile(self._path) if self.present is None else self.present.open()

    def find(self, mark: Mark) -> LogFile | None:
        """The file of `mark`: by its inode, then, if it was copied, by what it begins with."""
        by_inode = [place for place in self._all if place.inode == mark.inode]
        others = [*([self.present] if self.present else []), *self._aside] if mark.offset else []
        for place in [*by_inode, *others]:
            try:
                file = place.open()
            except OSError:
                continue
            if file.is_of(mark):
                return file
            file.close()
        return None

    def next(self, after_ns: int, done: tuple[Mark, ...]) -> LogFile | None:
        """The rotated file that was changed first after `after_ns` and is not one of `done`.

        A copy of the present file is none: it will be cut off only when the copy is whole.
        """
        later = [place for place in self._aside if place.changed_ns > after_ns and place.size]
        for place in sorted(later, key=lambda place: place.changed_ns):
            try:
                file = place.open()
            except OSError:
                continue
            if not any(mark.offset and file.is_of(mark) for mark in done) and not self._copied(
                file
            ):
                return file
            file.close()
        return None

    def _copied(self, file: LogFile) -> bool:
        """Whether `file` is a copy of the present one."""
        if self.present is None or not self.present.size:
            return False
        with self.present.open() as present:
            size = min(HEAD_BYTES, self.present.size)
            return file.head(size) == present.head(size)


def _places(path: Path) -> Iterator[Place]:
    """All files beside `path`; of those with a name of their own no more than the inode."""
    with os.scandir(path.parent) as entries:
        for entry in list(entries):
            if not entry.name.startswith(path.name):
                yield Place(Path(entry.path), entry.inode(), 0, 0)
                continue
            try:
                info = entry.stat()
            except FileNotFoundError:
                raise Moved from None
            if not entry.is_symlink() and info.st_ino != entry.inode():
                raise Moved
            yield Place(Path(entry.path), info.st_ino, info.st_mtime_ns, info.st_size)
