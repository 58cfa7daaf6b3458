"""What the screens ask of a room's kill switch besides firing it."""

from types import TracebackType
from typing import TYPE_CHECKING, cast

from console.domain.events_rollback import Answer
from console.domain.refused import Refused
from console.executor.run import Run, Way, way_back

if TYPE_CHECKING:
    from console.room.room import WarRoom


class StandBy:
    """Stands by while a guard is open; `trouble` says why it cannot, and is empty if it can."""

    trouble = ""

    def __enter__(self) -> "StandBy":
        """Stand by."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stand down."""


class Interim:
    """A part of `WarRoom`."""

    @property
    def way(self) -> Way:
        """The way back from the phase that runs."""
        room = cast("WarRoom", self)
        return way_back(room.deployment, room.state.attempt.phase)

    def stand_by(self) -> StandBy:
        """A context in which the rollback is at hand."""
        return StandBy()

    async def answer(self, step: str, answer: Answer, remark: str = "") -> None:
        """A person's word on a step of the run that asks."""
        raise Refused(f"no step {step} waits for a word")

    async def suspend(self, suspension: str, why: str = "") -> Run:
        """Fire a suspension."""
        raise Refused(f"suspension {suspension} cannot be carried out")

    @property
    def suspension_runs(self) -> list[Run]:
        """The suspensions of this process, the latest last."""
        return []
