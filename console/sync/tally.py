"""What was read of the stream so far. Loads no NATS: each console reads what was left of it."""

import msgspec

from console.sync.intake import MOST_WRITERS

MOST_HELD = 2 * MOST_WRITERS


class Held(msgspec.Struct):
    """What the stream holds of a writer: entries 1 to `count`, in order, with no other between.

    `last` is the place in the stream of the last message under its name, whatever that is.
    """

    count: int = 0
    last: int = 0


class Tally(msgspec.Struct):
    """How far a stream was read. `made` tells it from another that has its name."""

    made: str = ""
    place: int = 0
    held: dict[str, Held] = msgspec.field(default_factory=dict)

    def of(self, writer: str) -> Held:
        """What is known of `writer`; of one too many nothing is remembered."""
        if writer not in self.held and len(self.held) >= MOST_HELD:
            return Held()
        return self.held.setdefault(writer, Held())
