"""The recorded minutes of a feed as they were known at any moment: for a replay.

A file that was compacted holds each minute once, with the time since when it is as it is. Of such a
minute the earlier states are gone: it counts from its end on, or from when it was told if that was
soon after, and calls that came later still are in it. When the feed answered is known to within a
minute, where the compaction kept that, and else not at all.
"""

from bisect import bisect_right
from pathlib import Path

import msgspec

from console.domain.minutes import Minute
from console.domain.series import Series
from console.telemetry.store import Line, Reader

SOON_S = 600.0


class _State(msgspec.Struct, frozen=True, gc=False):
    """A minute as it was known from `at` on (unix seconds)."""

    at: float
    bucket: Minute | None
    values: dict[str, float]


class History(Reader):
    """All that the file of one feed tells of who knew what when; writes nothing.

    `kept_since` (unix seconds) is when the oldest batch in the file was written: of what was known
    before, only the minutes are left. None where nothing is recorded.
    """

    def __init__(self, directory: Path, feed: str, writer: str = "") -> None:
        """Read the whole file. `trouble` says in a sentence what cannot be read of it."""
        self._states: dict[int, list[_State]] = {}
        self._changes: list[tuple[float, int]] = []
        self._commits: list[tuple[float, float, bool, tuple[tuple[int, int], ...]]] = []
        self._answered: list[tuple[float, float]] = []
        self._late: list[tuple[float, float]] = []
        self._stands = float("-inf")
        self.kept_since: float | None = None
        self.trouble = ""
        super().__init__(directory, feed, writer)
        try:
            self.read_new()
        except OSError as error:
            self.trouble = f"telemetry of feed {feed} cannot be read: {error.strerror}"
        if self.damaged:
            self.trouble = f"telemetry of feed {feed} is damaged: what follows is not shown"
        for states in self._states.values():
            states.sort(key=lambda state: state.at)
        self._changes.sort()
        self._commits.sort(key=lambda commit: commit[0])
        self.series = Series()

    @property
    def span(self) -> tuple[float, float] | None:
        """From when to when (unix seconds) anything is known; None where nothing is."""
        if not self._changes or not self._commits:
            return None
        return self._changes[0][0], max(self._changes[-1][0], self._commits[-1][0])

    def apply(self, batch: list[Line]) -> None:
        """See `Reader.apply`: keep what it says instead of what it amounts to."""
        self.lines += len(batch)
        commit = batch[-1]
        asked = commit.at or 0.0
        written = asked if commit.written is None else commit.written
        self._answered += commit.answered
        first = self.kept_since is None
        if self.kept_since is None:
            self.kept_since = written
        for line in batch:
            if line.m is None:
                continue
            told, end = line.told or written, line.m * 60.0 + 60.0
            at = told
            if line.told is not None:
                at = min(told, end + SOON_S)
            elif first:  # nobody can tell whether it was compacted
                at = min(told, end)
            if at < told:
                self._late.append((at, told))
            self._states.setdefault(line.m, []).append(_State(at, line.bucket, line.values))
            self._changes.append((at, line.m))
        self._commits.append((written, asked, commit.absent_is_zero, commit.gaps))

    def answered(self, at: float) -> float | None:
        """When the feed had last been asked and answered, as it was known at `at`.

        None if it never had, and for a time of which the file tells in sums only.
        """
        place = bisect_right(self._commits, at, key=lambda commit: commit[0])
        if place:
            return self._commits[place - 1][1]
        place = bisect_right(self._answered, at, key=lambda span: span[0])
        return min(at, self._answered[place - 1][1]) if place else None

    def late(self, at: float) -> int:
        """How many minutes are shown at `at` with calls that may have come after it."""
        return sum(since <= at < told for since, told in self._late)

    def stand_at(self, at: float) -> int:
        """Make `series` what was known at `at`; how many minutes changed."""
        low, high = sorted((self._stands, at))
        start = bisect_right(self._changes, low, key=lambda change: change[0])
        stop = bisect_right(self._changes, high, key=lambda change: change[0])
        numbers = {number for _, number in self._changes[start:stop]}
        for number in numbers:
            self._set(number, at)
        if numbers and at < self._stands:
            self.series.measure()
        self._stands = at
        place = bisect_right(self._commits, at, key=lambda commit: commit[0])
        if self._commits:
            *_, self.series.absent_is_zero, self.series.gaps = self._commits[max(0, place - 1)]
        return len(numbers)

    def _set(self, number: int, at: float) -> None:
        states = self._states[number]
        place = bisect_right(states, at, key=lambda state: state.at)
        if not place:
            self.series.drop(number)
            return
        state = states[place - 1]
        for metric, points in self.series.values.items():
            if metric not in state.values:
                points.pop(number, None)
        for metric, value in state.values.items():
            self.series.put_value(metric, number, value)
        if state.bucket is not None:
            self.series.put(number, state.bucket)
