"""How a feed stands, as screens and commands show it."""

import msgspec

from console.domain.readings import Freshness
from console.room.arrivals import Arrivals

UNREADABLE = 0.01
SLOW_S = 5.0  # seconds: most answers come sooner, and nobody need read of them


class FeedView(msgspec.Struct, frozen=True):
    """How a feed stands; `next_s` is real seconds until the next try, `waits_s` how long it has
    been waited for an answer, if it is being asked."""

    id: str
    fresh: Freshness
    next_s: float | None
    calls_read: int
    bad: int
    bad_sample: str
    repeated: int
    arrivals: Arrivals = msgspec.field(default_factory=Arrivals)
    trouble: str = ""
    waits_s: float | None = None

    @property
    def waited_for(self) -> str:
        """That it is being asked, and for how long, once that is longer than an answer takes."""
        if self.waits_s is None or self.waits_s < SLOW_S:
            return ""
        return f"feed {self.id}: asked {self.waits_s:.0f} s ago, no answer yet"

    @property
    def unreadable(self) -> str:
        """How many records could not be read, and one of them; empty if all could."""
        if not self.bad:
            return ""
        total = self.bad + self.calls_read + self.repeated
        return f"feed {self.id}: {self.bad:,} of {total:,} records unreadable ({self.bad_sample})"

    @property
    def much_unreadable(self) -> bool:
        """Whether so much is lost (over 1 %) that no rate of it can be trusted."""
        return self.bad > UNREADABLE * (self.bad + self.calls_read + self.repeated)
