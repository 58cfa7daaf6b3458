"""What the journal amounts to, of the traffic switch: a part of `State`."""

from typing import Literal

import msgspec


class Switched(msgspec.Struct):
    """The latest that the switch was asked for in an attempt; times are unix seconds.

    Shares are in percent. `outcome` is empty while nobody knows what came of it. `number` counts
    the different things asked for in this attempt. `stood` are the shares that the switch may have
    had before, as far as we set them. `instead_of` is as in `TrafficAsked`.
    """

    attempt: str
    share: int
    phase: str
    before: float | None
    version: str
    key: str
    why: str
    by: str
    asked_at: float
    forced: bool = False
    number: int = 1
    stood: tuple[float, ...] = ()
    instead_of: tuple[str, ...] = ()
    outcome: Literal["", "verified", "failed", "unknown"] = ""
    seen: float | None = None
    detail: str = ""
    set_at: float | None = None

    @property
    def may_read(self) -> tuple[float, ...]:
        """What the switch may read now, if nobody but us has set it."""
        match self.outcome:
            case "verified":
                return (float(self.share),)
            case "failed":
                return self.stood
            case _:
                return tuple(dict.fromkeys((*self.stood, float(self.share))))


class Astray(msgspec.Struct):
    """The switch was asked, on a machine apart, for an attempt that turned out not to run.

    `clock`, `writer` and `seq` are the place of that entry in the fold. `settled`: the switch was
    set anew since, by somebody who knew of it.
    """

    asked: Switched
    clock: int
    writer: str
    seq: int
    settled: bool = False

    @property
    def order(self) -> tuple[int, str, int]:
        """Its place in the fold over all writers."""
        return (self.clock, self.writer, self.seq)

    @property
    def name(self) -> str:
        """Its entry, as `writer/seq`."""
        return f"{self.writer}/{self.seq}"
