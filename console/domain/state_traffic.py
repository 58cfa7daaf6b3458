"""What the journal amounts to, of the traffic switch: a part of `State`."""

from typing import Literal

import msgspec


class Switched(msgspec.Struct):
    """The latest that the switch was asked for in an attempt; times are unix seconds.

    Shares are in percent. `outcome` is empty while nobody knows what came of it. `number` counts
    the different things asked for in this attempt. `stood` are the shares that the switch may have
    had before, as far as we set them.
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
