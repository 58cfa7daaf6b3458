"""Whether a turn of the room found anything that is worth a repaint."""

import time
from collections.abc import Callable

from console.room.picture import Picture

# A clock that stands still, as in a replay or a held demo, must not hold up what nobody tells of.
AT_LEAST_S = 0.9


class Repaints:
    """Remembers what was told last: what is new is told at once, all else once a second."""

    def __init__(self, real: Callable[[], float] = time.monotonic) -> None:
        """Nothing was told yet; `real` counts seconds, whatever the deployment's clock does."""
        self._real = real
        self._told: Picture | None = None
        self._about: object = None
        self._at = 0.0

    def due(self, picture: Picture, troubles: tuple[str, ...]) -> bool:
        """Whether to tell of `picture`: then it counts as told."""
        before, at = self._told, self._real()
        about = (int(picture.now), troubles, *(
            (feed.fresh.state, feed.fresh.error, feed.calls_read, feed.trouble, feed.waited_for)
            for feed in picture.feeds
        ))  # fmt: skip
        if (
            before is not None
            and before.state is picture.state
            and before.points is picture.points  # made anew with every minute and every answer
            and self._about == about
            and at - self._at < AT_LEAST_S
        ):
            return False
        self._told, self._about, self._at = picture, about, at
        return True
