"""A demo that nobody runs: its time stands still, and its agent answers nobody."""

from shlex import quote
from typing import TYPE_CHECKING

from console.clock import SavedClock
from console.room.picture import Picture

if TYPE_CHECKING:
    from console.room.room import WarRoom


def stopped_demo(room: "WarRoom", picture: Picture) -> str:
    """How to go on with it, in a sentence; empty for any other deployment, and while it runs."""
    clock = room.clock
    if not isinstance(clock, SavedClock) or not clock.stands:
        return ""
    if not any(view.fresh.state == "down" for view in picture.feeds):
        return ""  # only its time was stopped
    where = quote(str(room.directory))
    return f"this is a demo, and it is stopped; go on with it: warroom demo --dir {where}"
