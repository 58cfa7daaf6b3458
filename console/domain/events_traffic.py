"""Entries about the traffic switch (Guide 4); the table of all kinds is in `events`."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Share


class TrafficAsked(msgspec.Struct, frozen=True, tag="traffic.asked"):
    """The switch is asked for a share of the traffic; written before anything is.

    `share` is in percent, `phase` the one it is meant for. `before` is what the switch read, null
    if it could not be read. `forced`: whatever it reads is overwritten. `instead_of` are earlier
    such entries, as `writer/seq`, of attempts that turned out not to run: this one sets them right.
    """

    attempt: str
    share: Share
    before: float | None
    version: str
    key: str
    why: str
    phase: str = ""
    forced: bool = False
    instead_of: tuple[str, ...] = ()


class TrafficSet(msgspec.Struct, frozen=True, tag="traffic.set"):
    """What came of it: `seen` is what the switch read last, in percent, null if nothing."""

    attempt: str
    share: Share
    outcome: Literal["verified", "failed", "unknown"]
    seen: float | None
    detail: str
    key: str = ""
