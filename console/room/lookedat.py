"""A room that is only looked at: whatever would be a deed is refused, with the reason."""

from abc import abstractmethod
from typing import ClassVar, Never

from console.domain.commands import Command
from console.domain.entry import Entry
from console.domain.events_rollback import Answer
from console.domain.refused import Refused
from console.executor.lock import ROLLBACK
from console.executor.run import Run
from console.room.rollback import Armed
from console.room.room import WarRoom


class LookedAt(WarRoom):
    """Where nobody is at the keys. A subclass says why nothing can be done."""

    UNASKED: ClassVar[str]  # why the traffic switch is not asked, in a sentence

    @property
    @abstractmethod
    def refusal(self) -> str:
        """Why nothing can be done here, in a sentence."""

    async def do(self, command: Command) -> list[Entry]:
        """Refuse."""
        raise Refused(self.refusal)

    async def roll_back(self, trigger: str, why: str = "", calls: tuple[str, ...] = ()) -> Run:
        """Refuse."""
        raise Refused(self.refusal)

    async def suspend(self, suspension: str, why: str = "") -> Run:
        """Refuse."""
        raise Refused(self.refusal)

    async def answer(
        self, step: str, answer: Answer, remark: str = "", run: str = ROLLBACK
    ) -> None:
        """Refuse."""
        raise Refused(self.refusal)

    def stand_by(self) -> Armed:
        """Refuse: no guard opens."""
        raise Refused(self.refusal)

    def become(self, who: str) -> Never:
        """Refuse: whoever is here only looks."""
        raise Refused(self.refusal)
