"""What the journal holds: one `Entry` a line, made from a `Draft`."""

from datetime import UTC, datetime

import msgspec

# `gc=False`: these can be part of no cycle, and watching 100,000 of them doubles a replay's time.


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who did it: a declared name with the roles held at that moment."""

    name: str
    roles: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True):
    """An entry that is decided but not yet written: no time, no place in a chain.

    `data` holds only what JSON holds (strings, numbers, booleans, null, lists, string-keyed maps).
    """

    actor: Actor
    kind: str
    data: dict[str, object]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One written line of one writer's journal file.

    `at` is UTC. `clock` is a Lamport clock over all writers; the state is the fold of all entries
    in the order (`clock`, `writer`, `seq`). `data` stays undecoded until somebody needs it.
    """

    actor: Actor
    at: datetime
    clock: int
    data: msgspec.Raw
    deployment: str
    kind: str
    prev: str
    seq: int
    v: int
    writer: str
    h: str

    @property
    def moment(self) -> float:
        """What its writer's clock said, in unix seconds."""
        return (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)).timestamp()

    @property
    def order(self) -> tuple[int, str, int]:
        """The place of this entry in the fold over all writers."""
        return (self.clock, self.writer, self.seq)
