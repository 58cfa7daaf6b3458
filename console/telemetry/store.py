"""The recorded minutes of a feed, so that history outlives the endpoint's own retention.

`telemetry/<feed>.jsonl` holds batches. A batch is the minutes that changed, each whole as it then
was (the last line of a minute counts), and one commit line with the feed's cursor and the ids newly
counted. A batch is one write, and without its commit line it does not count, so cursor, minutes
and ids never disagree: after a crash nothing is missing and nothing counts twice. So it is with the
notes of calls that ask for a person: they are owed to the journal until it has them.

A flush is not synced. What a power cut takes from telemetry is read from the endpoint again, from
the last cursor that survived; decisions cannot be read again, and the journal syncs them.
"""

import os
import threading
from collections.abc import Iterable, Sequence
from errno import EINVAL
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import msgspec

from console.domain.minutes import Minute
from console.domain.noted import Note
from console.domain.seen import Seen
from console.domain.series import Series
from console.lock import FileLock

DIRECTORY = "telemetry"
OTHERS = "others"
COMPACT_RATIO = 4
COMPACT_LINES = 1000
STEADY_S = 60.0
BLOCK = 1 << 20


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """A minute (`m` with its bucket and direct values), or a commit (`at` and what follows).

    `at` is when the feed was asked, `written` when its answer was taken in, if that is not the
    same. `told` is when the minute became what it is, where that is not the time of its commit.
    `answered` is left of the commits that a compaction took away: spans in which none was more than
    `STEADY_S` after another. All are unix seconds.
    """

    m: int | None = None
    bucket: Minute | None = None
    values: dict[str, float] = {}
    told: float | None = None
    at: float | None = None
    written: float | None = None
    answered: list[tuple[float, float]] = []
    mark: float = 0.0
    cursor: dict[str, object] = {}
    ids: list[str] = []
    absent_is_zero: bool = True
    gaps: tuple[tuple[int, int], ...] = ()
    notes: list[Note] = []


_decode = msgspec.json.Decoder(Line).decode
_decode_lines = msgspec.json.Decoder(Line).decode_lines
_encode_lines = msgspec.json.Encoder().encode_lines


def lengthen(spans: list[tuple[float, float]], at: float) -> None:
    """Add a time to spans of times (unix seconds): to the last, if that is near enough."""
    if spans and spans[-1][0] <= at <= spans[-1][1] + STEADY_S:
        spans[-1] = (spans[-1][0], max(at, spans[-1][1]))
    else:
        spans.append((at, at))


def path_of(directory: Path, feed: str, writer: str = "") -> Path:
    """The file of a feed in the deployment at `directory`: the own, or what `writer` recorded."""
    folder = directory / DIRECTORY / OTHERS / writer if writer else directory / DIRECTORY
    return folder / f"{feed}.jsonl"


class Reader:
    """Follows what is recorded of one feed; writes nothing.

    `series`, `cursor` and `seen` are those of the last commit, made at `read_at` (unix seconds,
    None before the first); `notes` are those of the file, by call. `damaged`: a line that is not a
    batch's torn end cannot be read; what follows it is not used.
    """

    def __init__(self, directory: Path, feed: str, writer: str = "") -> None:
        """Look at nothing yet: `read_new` reads. `writer` is another machine's, see `path_of`."""
        self.path = path_of(directory, feed, writer)
        self._reset()

    def _reset(self) -> None:
        self.series = Series()
        self.seen = Seen()
        self.cursor: dict[str, object] = {}
        self.read_at: float | None = None
        self.notes: dict[str, Note] = {}
        self.told: dict[int, float] = {}
        self.answers: list[tuple[float, float]] = []
        self.damaged = False
        self.end = 0
        self.lines = 0
        self._inode = 0

    def read_new(self) -> bool:
        """Take in the batches committed since; True if there were any. `OSError` if unreadable."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would make us wait
        except FileNotFoundError:
            return False
        with os.fdopen(fd, "rb") as file:
            stat = os.fstat(file.fileno())
            if not S_ISREG(stat.st_mode):
                raise OSError(EINVAL, "it is no regular file")
            if stat.st_ino != self._inode or stat.st_size < self.end:
                self._reset()
                self._inode = stat.st_ino
            return self._take_by_blocks(file)

    def _take_by_blocks(self, file: BinaryIO) -> bool:
        """Two weeks at once would take several times the memory that they need once taken in."""
        self.damaged = False
        file.seek(self.end)
        began, rest = self.end, b""
        batch: list[Line] = []
        while block := file.read(BLOCK):
            data = rest + block
            whole = data.rfind(b"\n") + 1
            try:
                lines = _decode_lines(data[:whole])
            except (msgspec.DecodeError, UnicodeDecodeError):
                file.seek(self.end)
                return self._take_until_damage(file.read()) or self.end > began
            at = file.tell() - len(data) + whole
            batch = self._take(batch, lines, data, whole, at)
            rest = data[whole:]
        return self.end > began

    def _take(
        self, batch: list[Line], lines: list[Line], data: bytes, whole: int, at: int
    ) -> list[Line]:
        """Apply the batches that `lines` end, the first of which began in `batch`; the open one.

        The lines are those of `data` up to `whole`, which is `at` that place of the file.
        """
        for line in lines:
            batch.append(line)
            if line.at is not None:
                self.apply(batch)
                batch = []
        if len(batch) < len(lines):  # a batch has ended here, before the last lines
            place = whole
            for _ in batch:
                place = data.rfind(b"\n", 0, place - 1) + 1
            self.end = at - whole + place
        return batch

    def _take_until_damage(self, data: bytes) -> bool:
        batch: list[Line] = []
        at = start = 0
        while (stop := data.find(b"\n", at)) >= 0:
            try:
                line = _decode(data[at:stop])
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.damaged = True
                break
            batch.append(line)
            at = stop + 1
            if line.at is not None:
                self.apply(batch)
                batch, start = [], at
        self.end += start
        return start > 0

    def apply(self, batch: list[Line]) -> None:
        """Take in a batch: minutes, and the commit that ends it."""
        self.lines += len(batch)
        self.series.put_all(
            {one.m: one.bucket for one in batch if one.m is not None and one.bucket is not None}
        )
        commit = batch[-1]
        for line in batch:
            if line.m is not None:
                self.told[line.m] = line.told or commit.written or commit.at or 0.0
                for metric, value in line.values.items():
                    self.series.put_value(metric, line.m, value)
        self.series.absent_is_zero = commit.absent_is_zero
        self.series.gaps = commit.gaps
        self.notes.update((note.call, note) for note in commit.notes)
        self.seen.restore(commit.ids, commit.mark)
        self.cursor = commit.cursor
        self.read_at = commit.at
        self.answers += commit.answered
        lengthen(self.answers, commit.at or 0.0)


def load(directory: Path, feed: str) -> Reader:
    """What is recorded of a feed: empty if nothing is. `OSError` if the file cannot be read."""
    reader = Reader(directory, feed)
    reader.read_new()
    return reader


class Recorder:
    """Writes one feed's minutes; only the process that holds the `WatchLock` may have one.

    It owns the state that goes with the file: whoever polls takes `series`, `seen` and `cursor`
    from it (also when another process recorded until now), folds into them and calls `flush`, one
    poll at a time. `read_at` is the time of the last flush, None before the first.
    """

    def __init__(self, directory: Path, feed: str) -> None:
        """Load what is there and cut off a torn end. `OSError` if the disk refuses.

        What follows a damaged line is kept beside as `<feed>.damaged`; the feed is read again from
        the commit before it.
        """
        reader = load(directory, feed)
        reader.path.parent.mkdir(parents=True, exist_ok=True)
        self._path = reader.path
        self._fd = _open(self._path)
        self._turn = threading.Lock()  # a flush may still run in its thread when all is closed
        self._end, self._lines = reader.end, reader.lines
        self._dirty: set[int] = set()
        self._unwritten: list[Note] = []
        self.owed: dict[str, Note] = dict(reader.notes)
        self.series, self.seen, self.cursor = reader.series, reader.seen, reader.cursor
        self.read_at, self._told = reader.read_at, reader.told
        self._answers = reader.answers
        if reader.damaged:
            rest = os.pread(self._fd, os.fstat(self._fd).st_size - self._end, self._end)
            self._path.with_suffix(".damaged").write_bytes(rest)
        os.ftruncate(self._fd, self._end)

    def flush(
        self,
        changed: Iterable[int],
        cursor: dict[str, object],
        now: float,
        notes: Sequence[Note] = (),
        written: float | None = None,
    ) -> None:
        """Record the minutes that a successful poll at `now` changed, its notes, where to go on.

        `written` is when they were taken in, if that is not `now`; both are unix seconds. Blocks on
        the disk: call it in a thread. After an `OSError` the next flush carries what this one could
        not. After `close` it raises `OSError`.
        """
        with self._turn:
            self._unwritten += notes
            self.owed.update((note.call, note) for note in notes)
            self._flush(changed, cursor, now, written)

    def settle(self, calls: Iterable[str]) -> None:
        """The journal has what the notes of these calls asked for."""
        for call in calls:
            self.owed.pop(call, None)

    def _flush(
        self,
        changed: Iterable[int],
        cursor: dict[str, object],
        now: float,
        written: float | None,
    ) -> None:
        self._dirty.update(changed)
        remembered = [call_id for call_id in self.seen.fresh if call_id in self.seen]
        batch = self._batch(sorted(self._dirty), cursor, remembered, now, self._unwritten)
        batch[-1].written = written
        if os.fstat(self._fd).st_size != self._end:
            os.ftruncate(self._fd, self._end)
        self._end += _write(self._fd, _encode_lines(batch))
        self._lines += len(batch)
        self._told.update(dict.fromkeys(self._dirty, now if written is None else written))
        lengthen(self._answers, now)
        self._dirty.clear()
        self._unwritten = []
        self.seen.fresh.clear()
        self.cursor, self.read_at = cursor, now
        values = self.series.values.values()
        live = max(len(self.series.minutes), *(len(points) for points in values), 0)
        if self._lines > COMPACT_LINES + COMPACT_RATIO * (live + 1):
            self._compact(now, written)

    def _batch(
        self,
        numbers: list[int],
        cursor: dict[str, object],
        ids: list[str],
        now: float,
        notes: list[Note],
    ) -> list[Line]:
        held = self.series
        batch = []
        for number in numbers:
            values = {m: points[number] for m, points in held.values.items() if number in points}
            batch.append(Line(m=number, bucket=held.minutes.get(number), values=values))
        commit = Line(
            at=now,
            mark=self.seen.mark,
            cursor=cursor,
            ids=ids,
            absent_is_zero=held.absent_is_zero,
            gaps=held.gaps,
            notes=notes,
        )
        return [*batch, commit]

    def _compact(self, now: float, written: float | None) -> None:
        """Rewrite the file with every minute once. Synced, for it replaces what was good."""
        numbers = sorted(set(self.series.minutes).union(*self.series.values.values()))
        owed = list(self.owed.values())
        batch = self._batch(numbers, self.cursor, self.seen.remembered(), now, owed)
        for line in batch[:-1]:
            line.told = self._told.get(line.m or 0)
        batch[-1].written, batch[-1].answered = written, self._answers
        scratch = self._path.with_suffix(".scratch")
        scratch.unlink(missing_ok=True)  # a crash may have left one
        fd = _open(scratch)
        try:
            end = _write(fd, _encode_lines(batch))
            os.fsync(fd)
            scratch.replace(self._path)
        except BaseException:
            os.close(fd)
            scratch.unlink(missing_ok=True)
            raise
        os.close(self._fd)
        self._fd, self._end, self._lines = fd, end, len(batch)

    def close(self) -> None:
        """Let the file go."""
        with self._turn:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _write(fd: int, data: bytes) -> int:
    # A disk that fills up first takes a part without an error.
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
    return len(data)


class WatchLock(FileLock):
    """Which process of a deployment on this machine records: the one that holds this lock."""

    def __init__(self, directory: Path) -> None:
        """Name the lock of the deployment at `directory`; take nothing yet."""
        super().__init__(directory / DIRECTORY / ".watch.lock")
