"""What a room that is only looked at has in place of the parts that ask, or keep, anything."""

from collections.abc import Awaitable, Callable

from console.actions.switch import Shown
from console.domain.commands import Command
from console.domain.entry import Entry
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_review import Sample
from console.room.lookedat import LookedAt
from console.room.readiness import Readiness
from console.room.sampling import NotRead, Sampling
from console.room.traffic import TrafficDesk


class Untouched(TrafficDesk):
    """Asks no switch."""

    def __init__(self, room: LookedAt) -> None:
        """For `room`, which says why not."""
        super().__init__(room)
        self._looked_at = room

    async def look(self) -> Shown | str:
        """Say why not."""
        return self._looked_at.UNASKED

    async def set(self, *, back: bool = False, though: bool = False, why: str = "") -> str:
        """Refuse."""
        raise Refused(self._looked_at.refusal)


class Unread(Sampling):
    """Reads no log."""

    async def draw(
        self, n: int, state: State, do: Callable[[Command], Awaitable[list[Entry]]]
    ) -> list[Entry]:
        """Refuse."""
        raise Refused("this is a replay; nothing can be drawn")

    async def find(self, sample: Sample, *, again: bool = False) -> None:
        """Say why not."""
        raise NotRead("a replay reads no log: the texts are not shown")


class Forgetful(Readiness):
    """Keeps nothing."""

    def walked_to(self) -> str:
        """A walk through the past begins anew."""
        return ""

    def walk_to(self, item: str) -> None:
        """Remember nothing."""

    def keep_accepted(self) -> None:
        """Remember nothing."""
