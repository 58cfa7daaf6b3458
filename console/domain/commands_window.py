"""What an operator can ask for in the 48-hour window (Guide 6.1 to 6.3); see `commands`."""

import msgspec

from config.guide import AssessedStatus


class CheckIn(msgspec.Struct, frozen=True):
    """The two-hourly look at the dashboard (Guide 6.1)."""

    remark: str


class HandOver(msgspec.Struct, frozen=True):
    """Give the watch to another lead; they have it once they take it."""

    to: str
    remark: str = ""


class TakeOver(msgspec.Struct, frozen=True):
    """Take the watch: it was handed over, or nobody stands it."""


class NoteLimitation(msgspec.Struct, frozen=True):
    """A known limitation, in one's own words."""

    text: str
    calls: tuple[str, ...] = ()


class AssessWindow(msgspec.Struct, frozen=True):
    """What the window amounts to (Guide 6.3), or a monitored rollout by now.

    `admitted` are the ids of the caveats that the person has named: without all of them nothing is
    stable. `limitations` are new known ones. `seen` is what was proposed on the screen: if the
    evidence proposes something else by now, it has to be looked at again. `attempt` is the one that
    was on the screen.
    """

    status: AssessedStatus
    why: str = ""
    admitted: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    seen: AssessedStatus | None = None
    attempt: str = ""
