"""The entries of alerts: how each lives, who has it in hand, what was silenced. Part of `KINDS`."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Count, Moment


class AlertFired(msgspec.Struct, frozen=True, tag="alert.fired"):
    """A metric left its limit. `severity` and `recipients` are those of a rule beside the guide."""

    alert: str
    rule: str
    value: float | None
    limit: float | None
    n: Count
    window_s: Count
    feed: str
    why: str
    severity: str = ""
    recipients: tuple[str, ...] = ()


class AlertResolved(msgspec.Struct, frozen=True, tag="alert.resolved"):
    """A metric was back within its limit for 5 min, on a live feed."""

    alert: str
    value: float | None
    why: str


class AlertAcknowledged(msgspec.Struct, frozen=True, tag="alert.acknowledged"):
    """Somebody has the alert in hand."""

    alert: str
    remark: str = ""


class SilenceAsked(msgspec.Struct, frozen=True, tag="silence.asked"):
    """Somebody wants another system's alerts called `name` silenced there until `until`.

    Nothing is silenced by this: `silence.answered` says what came of it.
    """

    silence: str
    feed: str
    name: str
    until: Moment
    why: str


class SilenceAnswered(msgspec.Struct, frozen=True, tag="silence.answered"):
    """What came of it: `set` only if it was read back there, as `their_id`."""

    silence: str
    outcome: Literal["set", "failed", "unknown"]
    why: str
    their_id: str = ""


class NoticesSilenced(msgspec.Struct, frozen=True, tag="notices.silenced"):
    """Nobody is notified of our alerts of `rule` until `until`; they fire and show all the same."""

    silence: str
    rule: str
    until: Moment
    why: str


class SilenceLifted(msgspec.Struct, frozen=True, tag="silence.lifted"):
    """A silence of our own ended before its time."""

    silence: str
    why: str = ""
