"""What the journal amounts to, of the 48-hour window: a part of `State`. Times are unix seconds."""

from typing import Literal

import msgspec

from config.guide import AssessedStatus
from console.domain.events_window import SignalRecord


class CheckIn(msgspec.Struct, frozen=True):
    """A lead's look at the dashboard; `due` is when it was owed, None if it was not."""

    at: float
    by: str
    remark: str
    due: float | None = None

    @property
    def late(self) -> bool:
        """Whether it came after it was due."""
        return self.due is not None and self.at > self.due


class MissedCheckIn(msgspec.Struct, frozen=True):
    """A check-in that was owed by `due` and did not come; `attempt` is the one that ran."""

    due: float
    at: float
    attempt: str


class Shift(msgspec.Struct):
    """Who has the watch since when; `handed_to` is who was asked to take it over, and has not."""

    who: str
    since: float
    handed_to: str = ""
    handed_at: float | None = None


class Warned(msgspec.Struct):
    """An early warning; the numbers are as in `WarningRaised`."""

    id: str
    metric: str
    raised_at: float
    value: float
    limit: float
    slope: float
    p: float
    n: int
    since: float
    crosses: float
    crosses_from: float
    crosses_to: float | None
    why: str
    attempt: str
    cleared_at: float | None = None
    cleared_why: str = ""
    reviewed_at: float | None = None
    reviewed_by: str = ""
    cause: str = ""
    fix: bool = False
    settled_at: float | None = None
    settled_by: str = ""
    decision: Literal["", "fixed", "maintain", "rollback"] = ""
    settled_why: str = ""


class Assessment(msgspec.Struct, frozen=True):
    """What people decided at 48 h; the fields are those of `WindowAssessed`."""

    attempt: str
    status: AssessedStatus
    proposed: AssessedStatus
    signals: tuple[SignalRecord, ...]
    why: str
    caveats: tuple[str, ...]
    limitations: tuple[str, ...]
    at: float
    by: str


class Limitation(msgspec.Struct, frozen=True):
    """A known limitation."""

    text: str
    calls: tuple[str, ...]
    at: float
    by: str
    rollout: int
