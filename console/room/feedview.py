"""How a feed stands, as screens and commands show it."""

import msgspec

from console.domain.readings import Freshness
from console.room.arrivals import Arrivals

UNREADABLE = 0.01


class FeedView(msgspec.Struct, frozen=True):
    """How a feed stands; `next_s` is real seconds until the next try."""

    id: str
    fresh: Freshness
    next_s: float | None
    calls_read: int
    bad: int
    bad_sample: str
    repeated: int
    arrivals: Arrivals = msgspec.field(default_factory=Arrivals)
    trouble: str = ""

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
