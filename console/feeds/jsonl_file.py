"""A growing file of JSON lines, followed through rotation, truncation and re-creation."""

import asyncio
from pathlib import Path

import msgspec

from console.clean import clean
from console.feeds.base import (
    MOST_CALLS,
    TAIL_BYTES,
    WHOLE_CALLS,
    Batch,
    FeedError,
    saved,
    understood,
)
from console.feeds.fields import RecordReader
from console.feeds.lines import MOST_LINE_BYTES, split
from console.feeds.log_file import HEAD_BYTES, Files, Inflater, LogFile, Mark, Moved, digest

HISTORY_S = 48 * 3600
READ_BYTES = 2 * MOST_LINE_BYTES  # little, for what stays in the cache is read quicker
_MOST_DONE = 8
_MOST_TRIES = 50


class FileCursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the next line begins in the file of `at`.

    `done` are the files that were read to their end lately, last one last: the time of a rotated
    file may say anything, and none is read twice. `after_ns` is when the last of them was changed:
    as long as nothing of `at` was read, a file that was put aside since goes before it.
    """

    at: Mark
    skipping: bool = False
    done: tuple[Mark, ...] = ()
    after_ns: int = 0


class FileFeed:
    """Follows `path`. What was renamed or copied away is read to its end before the new file.

    At the start the rotated files of the last 48 hours are read first, the oldest of them at first.
    """

    def __init__(self, feed_id: str, path: Path, reader: RecordReader) -> None:
        self.id = feed_id
        self._path = path
        self._reader = reader
        self._inflater = Inflater(0)  # saves time only: where to go on is in the cursor

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`."""
        return await asyncio.to_thread(self._poll, understood(cursor, FileCursor), now)

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`: the last bytes of the present file."""
        return await asyncio.to_thread(self._near_end)

    def _near_end(self) -> dict[str, object]:
        try:
            files = Files(self._path)
            with files.open_present() as file:
                start = 0 if file.packed else max(0, file.size - TAIL_BYTES)
                mark = Mark(file.inode, start, file.head(start))
            return saved(FileCursor(mark, skipping=start > 0, after_ns=files.latest_ns))
        except Moved:
            return {}  # it is rotated just now: what there is will be read by place
        except OSError as error:
            raise self._unread(error) from None

    def _unread(self, error: OSError) -> FeedError:
        name = clean(str(self._path))
        if isinstance(error, FileNotFoundError):
            return FeedError(
                f"there is no file {name}; check the path of feed {self.id}, or whether the agent "
                "writes its log"
            )
        return FeedError(
            f"{name} cannot be read: {(error.strerror or 'it failed').lower()}; check the path "
            f"of feed {self.id} and the file's permissions"
        )

    def _poll(self, cursor: FileCursor | None, now: float) -> Batch:
        try:
            missing = 0
            for _ in range(_MOST_TRIES):
                try:
                    batch = self._try(Files(self._path), cursor, now)
                except Moved:
                    continue  # rotation is at work: look again at what is where
                missing += batch.gap
                if not batch.gap or missing > 1:
                    return batch
        except OSError as error:
            raise self._unread(error) from None
        raise FeedError(
            f"{clean(str(self._path))} cannot be read: it is being rotated all the time"
        )

    def _try(self, files: Files, cursor: FileCursor | None, now: float) -> Batch:
        """One poll of the files as they are. Raises `Moved` and `OSError`."""
        found = self._first(files, now) if cursor is None else self._find(files, cursor)
        file, at = found or self._present(files)
        with file:
            batch = self._read_on(files, file, at)
            batch.gap = found is None and cursor is not None
            return batch

    def _first(self, files: Files, now: float) -> tuple[LogFile, FileCursor] | None:
        """The oldest rotated file that may hold calls of the last 48 hours, from its start."""
        since_ns = max(1, int((now - HISTORY_S) * 1e9))
        oldest = files.next(since_ns, ())
        if oldest is None:
            return None
        return oldest, FileCursor(Mark(oldest.inode), after_ns=since_ns)

    def _present(self, files: Files) -> tuple[LogFile, FileCursor]:
        """The present file from its start; what was put aside until now does not matter."""
        file = files.open_present()
        return file, FileCursor(Mark(file.inode), after_ns=files.latest_ns)

    def _find(self, files: Files, cursor: FileCursor) -> tuple[LogFile, FileCursor] | None:
        """The file of `cursor` under whatever name it has."""
        if cursor.at.offset == 0 and cursor.after_ns:
            missed = files.next(cursor.after_ns, cursor.done)
            if missed is not None:
                return missed, msgspec.structs.replace(cursor, at=Mark(missed.inode))
        file = files.find(cursor.at)
        if file is None:
            return None
        at = msgspec.structs.replace(cursor.at, inode=file.inode)
        return file, msgspec.structs.replace(cursor, at=at)

    def _successor(self, files: Files, file: LogFile, done: tuple[Mark, ...]) -> int | None:
        """The inode of the file to read after `file`; None while more may come to `file`."""
        present = files.present
        if present is not None and present.inode == file.inode:
            return None
        later = files.next(file.changed_ns, done)
        if later is not None:
            with later:
                return later.inode
        if present is None:
            return None
        return present.inode if present.size or file.packed else None

    def _read_on(self, files: Files, file: LogFile, cursor: FileCursor) -> Batch:
        at = cursor.at
        successor = self._successor(files, file, cursor.done)
        if self._inflater.inode != file.inode:
            self._inflater = Inflater(file.inode)
        data, trouble = file.read(at.offset, READ_BYTES, self._inflater)
        if at.offset and not file.packed and not file.is_of(at):
            raise Moved  # it was cut off and written anew, now of all times
        end = at.offset + len(data)
        first = data[:HEAD_BYTES]
        more = len(data) == READ_BYTES and not trouble
        if successor is not None and not more and data and not data.endswith(b"\n"):
            data += b"\n"  # nothing will end this line any more
        parted = split(data, cursor.skipping)
        # Of what lies far back nobody will look at a single call.
        read = self._reader.read(parted.lines, MOST_CALLS, 0 if more else WHOLE_CALLS)
        if parted.overlong:
            read.add_bad("the line is over 1 MiB", data)
        if trouble:
            read.add_bad(f"{trouble}, the rest of it is left out", self._path.name.encode())
        offset = min(at.offset + parted.skipped + read.used, end)
        unread = more or read.used < len(parted.lines)
        if at.offset == 0:
            head = digest(first[:offset])
        else:
            head = at.head if at.offset >= HEAD_BYTES else file.head(offset)
        here = Mark(at.inode, offset, head)
        if successor is not None and not unread:
            done = (*cursor.done, here) if offset else cursor.done
            after = FileCursor(Mark(successor), done=done[-_MOST_DONE:], after_ns=file.changed_ns)
        else:
            after = FileCursor(here, parted.skipping, cursor.done, cursor.after_ns)
        return Batch(
            read.calls,
            saved(after),
            tallies=read.tallies,
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=unread or successor is not None,
        )
