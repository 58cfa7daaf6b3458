"""The check-ins of the 48-hour window (Guide 6.1): when each was due, and what came of it.

A pure function of the window's start and of who looked when: a restart changes nothing, and what
passed while no console was open is known all the same. Times are unix seconds.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from console.domain.state import State
from console.domain.state_rollout import Attempt
from console.domain.state_window import CheckIn
from console.domain.times import utc

EVERY_S = 2 * 3600.0
WINDOW_S = 48 * 3600.0
REVIEW_S = 24 * 3600.0
REVIEW_WITHIN_S = 2 * 3600.0

MarkKind = Literal["kept", "late", "missed"]


class Mark(msgspec.Struct, frozen=True):
    """A check-in that was due at `due`: made before or after it, or not at all.

    One is late if it came before the next one was due; else the due is missed.
    """

    kind: MarkKind
    due: float
    at: float | None = None
    by: str = ""


class Window(msgspec.Struct, frozen=True):
    """The 48-hour window of the attempt `attempt`; `end` is when it was assessed, else None."""

    attempt: str
    start: float
    end: float | None
    jumped_s: float = 0.0

    def elapsed(self, now: float) -> float:
        """The seconds that have passed in it; time that was skipped never passed."""
        return max(0.0, (now if self.end is None else self.end) - self.start - self.jumped_s)

    @property
    def review_at(self) -> float:
        """The 24-hour mark (Guide 6.2)."""
        return self.start + REVIEW_S + self.jumped_s


class Rounds(msgspec.Struct, frozen=True):
    """The window's check-ins in their order, and when the next one is due; None once none is.

    `passed` are the dues, of those, by which nobody had looked.
    """

    marks: tuple[Mark, ...] = ()
    next_due: float | None = None

    @property
    def passed(self) -> tuple[float, ...]:
        """The dues by which nobody had looked."""
        return tuple(mark.due for mark in self.marks if mark.kind != "kept")

    def count(self, kind: MarkKind) -> int:
        """How many are of this kind."""
        return sum(mark.kind == kind for mark in self.marks)


def window_of(state: State) -> Window | None:
    """The window of the attempt that runs; None before full deployment and after a rollback."""
    attempt: Attempt = state.attempt
    if attempt.phase != "full":
        return None
    return Window(attempt.id, attempt.entered_at, state.stable_since, attempt.jumped_s)


def rounds_of(state: State, now: float) -> Rounds:
    """The check-ins of the window that runs, or ran last, as they stand at `now`."""
    window = window_of(state)
    if window is None:
        return Rounds()
    until = now if window.end is None else window.end
    rounds = walk(window.start, state.checkins, until)
    return rounds if window.end is None else Rounds(rounds.marks)


def walk(start: float, checkins: Sequence[CheckIn], until: float) -> Rounds:
    """What came of each due from `start` up to `until`, and the next one.

    A check-in is due 2 h after the last, after the start, or after a due that nobody kept.
    """
    marks: list[Mark] = []
    due = _after(start)
    made = sorted((c for c in checkins if start < c.at <= until), key=lambda c: c.at)
    for check in made:
        late = check.at > due
        while _after(due) < check.at:
            marks.append(Mark("missed", due))
            due = _after(due)
        marks.append(Mark("late" if late else "kept", due, check.at, check.by))
        due = _after(check.at)
    while due < _kept(until):
        marks.append(Mark("missed", due))
        due = _after(due)
    return Rounds(tuple(marks), due)


def _after(moment: float) -> float:
    return _kept(moment + EVERY_S)


def _kept(moment: float) -> float:
    """In the microseconds that the journal keeps: by less than one nobody is late."""
    return utc(moment).timestamp()


def unwritten(state: State, now: float) -> tuple[float, ...]:
    """The dues that have passed unkept and are not on record yet."""
    window = window_of(state)
    if window is None or window.end is not None:
        return ()
    written = {missed.due for missed in state.missed_checkins}
    return tuple(due for due in rounds_of(state, now).passed if due not in written)


def owed_since(state: State, now: float) -> float | None:
    """The due that a check-in made at `now` comes after, None if it is in time or not owed."""
    window = window_of(state)
    if window is None or window.end is not None:
        return None
    marks = rounds_of(state, now).marks
    return marks[-1].due if marks and marks[-1].kind == "missed" else None


def left_s(window: Window, now: float) -> float:
    """The seconds until the window is 48 hours old."""
    return max(0.0, WINDOW_S - window.elapsed(now))
