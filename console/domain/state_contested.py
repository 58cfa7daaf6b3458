"""What the journal amounts to, of decisions that did not know of each other: a part of `State`."""

from typing import Literal

import msgspec

Decided = Literal["advance", "hold", "rollback"]


class Decision(msgspec.Struct, frozen=True):
    """One decision on an attempt, with its place in the fold; `at` is unix seconds.

    `into` is where an advance leads. `knew` counts the entries of other writers that its own had
    folded; without it, it knew all that stands before it, or, where its writer was alone, nothing.
    """

    what: Decided
    by: str
    at: float
    why: str
    clock: int
    writer: str
    seq: int
    into: str = ""
    knew: dict[str, int] = {}

    @property
    def order(self) -> tuple[int, str, int]:
        """Its place in the fold over all writers."""
        return (self.clock, self.writer, self.seq)

    @property
    def name(self) -> str:
        """Its entry, as `writer/seq`."""
        return f"{self.writer}/{self.seq}"


class Contested(msgspec.Struct):
    """A decision that has no effect, since another, as cautious or more, was taken meanwhile.

    `id` is the entry of `overruled` as `writer/seq`; `stands` comes with the most cautious first.
    `acknowledged_at` (unix seconds) is None until a person has seen to it.
    """

    id: str
    attempt: str
    stands: tuple[Decision, ...]
    overruled: Decision
    acknowledged_by: str = ""
    acknowledged_at: float | None = None
    remark: str = ""
