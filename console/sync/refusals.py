"""What was refused, each once."""

from collections import deque

from console.sync.intake import Refused

MOST = 50


class Refusals:
    """The last refusals, each once; the oldest go when there are too many."""

    def __init__(self) -> None:
        """None yet."""
        self._known: deque[Refused] = deque(maxlen=MOST)

    @property
    def all(self) -> tuple[Refused, ...]:
        """The oldest first."""
        return tuple(self._known)

    def add(self, one: Refused) -> None:
        """Remember it, unless it is known."""
        if one not in self._known:
            self._known.append(one)
