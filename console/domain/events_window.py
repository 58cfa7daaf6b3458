"""Entries of the 48-hour window (Guide 6.1 to 6.3): check-ins, shifts, warnings, assessment."""

from typing import Literal

import msgspec

from config.guide import AssessedStatus
from console.domain.fieldtypes import Count, Moment

SignalVerdict = Literal["holds", "does-not-hold", "unknown"]


class CheckInMade(msgspec.Struct, frozen=True, tag="checkin.made"):
    """A lead looked at the dashboard (Guide 6.1); `due` is when it was owed, if it was."""

    remark: str
    due: Moment | None = None


class CheckInMissed(msgspec.Struct, frozen=True, tag="checkin.missed"):
    """Nobody had looked by `due`."""

    due: Moment


class ShiftHanded(msgspec.Struct, frozen=True, tag="shift.handed"):
    """The watch goes to another person; `summary` is what the console says of the shift."""

    to: str
    summary: str
    remark: str = ""


class ShiftTaken(msgspec.Struct, frozen=True, tag="shift.taken"):
    """A person has the watch; `handed_by` gave it, "" where nobody did."""

    handed_by: str = ""


class WarningRaised(msgspec.Struct, frozen=True, tag="warning.raised"):
    """A metric drifts towards its limit without having crossed it (Guide 6.3, third signal).

    `slope` is in the metric's unit per hour. It crosses `limit` at `crosses`, at the earliest at
    `crosses_from` and at the latest at `crosses_to`, which is null where that is not bounded.
    `p` is the chance that a steady metric would look like this, `n` the points looked at.
    """

    warning: str
    metric: str
    value: float
    limit: float
    slope: float
    p: float
    n: Count
    since: Moment
    crosses: Moment
    crosses_from: Moment
    crosses_to: Moment | None
    why: str


class WarningCleared(msgspec.Struct, frozen=True, tag="warning.cleared"):
    """The trend is over."""

    warning: str
    why: str


class WarningReviewed(msgspec.Struct, frozen=True, tag="warning.reviewed"):
    """Both leads have looked (30 min): the root cause, and whether a fix is there within 4 h."""

    warning: str
    cause: str
    fix: bool
    remark: str = ""


class WarningSettled(msgspec.Struct, frozen=True, tag="warning.settled"):
    """It was fixed, or the rollback owner decided."""

    warning: str
    decision: Literal["fixed", "maintain", "rollback"]
    why: str


class SignalRecord(msgspec.Struct, frozen=True):
    """A row of the decision framework as it was seen, with the evidence for and against it."""

    id: str
    verdict: SignalVerdict
    evidence: tuple[str, ...]
    against: tuple[str, ...] = ()


class WindowAssessed(msgspec.Struct, frozen=True, tag="window.assessed"):
    """The assessment at 48 h (Guide 6.3), or a later one of the same rollout.

    `proposed` is what the evidence proposes. `caveats` are what is missing from a whole window and
    was said so by who decided; `limitations` are the known ones.
    """

    attempt: str
    status: AssessedStatus
    proposed: AssessedStatus
    signals: tuple[SignalRecord, ...]
    why: str
    caveats: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()


class LimitationNoted(msgspec.Struct, frozen=True, tag="limitation.noted"):
    """A known limitation, in a person's own words; `calls` are ids of calls that show it."""

    text: str
    calls: tuple[str, ...] = ()
