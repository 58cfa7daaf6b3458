"""A growing file of JSON lines, followed through rotation, truncation and re-creation."""

import asyncio
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from console.clean import clean
from console.feeds.base import (
    MOST_CALLS,
    WHOLE_CALLS,
    Batch,
    FeedError,
    saved,
    understood,
)
from console.feeds.fields import RecordReader
from console.feeds.lines import MOST_LINE_BYTES, split

_HEAD_BYTES = 256
READ_BYTES = 2 * MOST_LINE_BYTES  # little, for what stays in the cache is read quicker
_MOST_DONE = 8
_ROTATED = re.compile(r"[.-][0-9][0-9T_:.-]*")  # calls.jsonl.1, calls.jsonl-20261201


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a file was read, and by what it is known again.

    `head` is a hash of the file's first bytes, at most 256 and none after `offset`: an inode may be
    used again by another file, and a copy of the same has another inode.
    """

    inode: int
    offset: int = 0
    head: str = ""


class FileCursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the next line begins in the file of `at`.

    `done` are the files that were read to their end lately, last one last: the time of a rotated
    file may say anything, and none is read twice.
    """

    at: Mark
    skipping: bool = False
    done: tuple[Mark, ...] = ()


class FileFeed:
    """Follows `path`. What was renamed or copied away is read to its end before the new file."""

    def __init__(self, feed_id: str, path: Path, reader: RecordReader) -> None:
        self.id = feed_id
        self._path = path
        self._reader = reader

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`."""
        return await asyncio.to_thread(self._poll, understood(cursor, FileCursor))

    def _poll(self, cursor: FileCursor | None) -> Batch:
        name = clean(str(self._path))
        try:
            stream, found = self._find(cursor)
            with stream:
                batch = self._read_on(stream, found)
                if cursor is not None:
                    batch.gap = found.at.offset == 0 and found.at != cursor.at
                return batch
        except FileNotFoundError:
            raise FeedError(
                f"there is no file {name}; check the path of feed {self.id}, or whether the agent "
                "writes its log"
            ) from None
        except OSError as error:
            raise FeedError(
                f"{name} cannot be read: {(error.strerror or 'it failed').lower()}; check the path "
                f"of feed {self.id} and the file's permissions"
            ) from None

    def _find(self, cursor: FileCursor | None) -> tuple[BinaryIO, FileCursor]:
        """The file of `cursor` under whatever name it has; else the present one, from its start."""
        if cursor is not None:
            for path in self._places(cursor.at):
                try:
                    stream = _opened(path)
                except OSError:
                    continue
                if _is_known(stream, cursor.at):
                    at = msgspec.structs.replace(cursor.at, inode=_inode_of(stream))
                    return stream, msgspec.structs.replace(cursor, at=at)
                stream.close()
        stream = _opened(self._path)
        return stream, FileCursor(Mark(_inode_of(stream)))

    def _places(self, at: Mark) -> Iterator[Path]:
        """Where the file of `at` may be: by its inode, then, if it was copied, by its name."""
        if _inode(self._path) == at.inode:
            yield self._path
        with os.scandir(self._path.parent) as entries:
            yield from [Path(entry.path) for entry in entries if entry.inode() == at.inode]
        if at.offset:
            yield self._path
            yield from self._rotated()

    def _rotated(self) -> list[Path]:
        """The files that rotation put beside the present one, uncompressed."""
        name = self._path.name
        return [
            path
            for path in self._path.parent.iterdir()
            if path.name.startswith(name) and _ROTATED.fullmatch(path.name[len(name) :])
        ]

    def _successor(self, stream: BinaryIO, done: tuple[Mark, ...]) -> int | None:
        """The inode of the file to read after `stream`; None while more may come to `stream`."""
        info = os.fstat(stream.fileno())
        if _inode(self._path) == info.st_ino:
            return None
        later: list[tuple[int, int]] = []
        for path in self._rotated():
            try:
                with _opened(path) as rotated:
                    other = os.fstat(rotated.fileno())
                    known = any(mark.offset and _is_known(rotated, mark) for mark in done)
            except OSError:
                continue
            later_than_this = other.st_mtime_ns > info.st_mtime_ns
            if other.st_ino != info.st_ino and later_than_this and not known:
                later.append((other.st_mtime_ns, other.st_ino))
        if later:
            return min(later)[1]
        try:
            present = self._path.stat()
        except FileNotFoundError:
            return None
        return present.st_ino if present.st_size else None

    def _read_on(self, stream: BinaryIO, cursor: FileCursor) -> Batch:
        at = cursor.at
        successor = self._successor(stream, cursor.done)  # before the read: what came is then read
        stream.seek(at.offset)
        data = stream.read(READ_BYTES)
        more = len(data) == READ_BYTES
        if successor is not None and not more and data and not data.endswith(b"\n"):
            data += b"\n"  # nothing will end this line any more
        parted = split(data, cursor.skipping)
        # Of what lies far back nobody will look at a single call.
        read = self._reader.read(parted.lines, MOST_CALLS, 0 if more else WHOLE_CALLS)
        if parted.overlong:
            read.add_bad("the line is over 1 MiB", data)
        offset = at.offset + parted.skipped + read.used
        unread = more or read.used < len(parted.lines)
        here = Mark(at.inode, offset, _head(stream, offset))
        if successor is not None and not unread:
            done = (*cursor.done, here) if offset else cursor.done
            after = FileCursor(Mark(successor), done=done[-_MOST_DONE:])
        else:
            after = FileCursor(here, parted.skipping, cursor.done)
        return Batch(
            read.calls,
            saved(after),
            tallies=read.tallies,
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=unread or successor is not None,
        )


def _opened(path: Path) -> BinaryIO:
    """A regular file, open for reading; a pipe or device is refused without waiting for it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "it is not a regular file")
    return stream


def _inode_of(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_ino


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _head(stream: BinaryIO, offset: int) -> str:
    first = os.pread(stream.fileno(), min(_HEAD_BYTES, offset), 0)
    return hashlib.sha256(first).hexdigest()[:16] if first else ""


def _is_known(stream: BinaryIO, at: Mark) -> bool:
    """Whether `stream` is the file of `at`, grown or not; or a copy of it."""
    info = os.fstat(stream.fileno())
    if at.offset == 0:
        return info.st_ino == at.inode
    return info.st_size >= at.offset and _head(stream, at.offset) == at.head
