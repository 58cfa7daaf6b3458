"""How long the record may keep a rollback from acting: one bound over all that is waited for."""

from collections.abc import Callable
from typing import TypeVar

from console.bounded import within
from console.clock import Clock

T = TypeVar("T")
LEAST_S = 0.01


class Patience:
    """`seconds` (real) from now, for everything together."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        """Begin to count."""
        self._clock = clock
        self._end = clock.monotonic() + seconds

    @property
    def left(self) -> float:
        """The real seconds that are left; never quite none, so that what is quick is not missed."""
        return max(LEAST_S, self._end - self._clock.monotonic())

    async def within(self, work: Callable[[], T]) -> T:
        """The result of blocking `work`, or `TimeoutError` when the patience is over."""
        return await within(self.left, work)
