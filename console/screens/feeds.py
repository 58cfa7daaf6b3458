"""Feeds: how fresh each is, what it brought, what is wrong with it and when it is asked again."""

from collections.abc import Mapping, Sequence

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from config.feed import FEED_KEYS, FeedKind
from console.clean import clean
from console.domain.times import clock_text, span
from console.room import WarRoom
from console.room.feedview import FeedView
from console.screens.dialogs import BACK, COPY, HELP, Dialog
from widgets.keybar import KeyBar
from widgets.scrolling import Scroll
from widgets.words import Words

LOOK_S = 0.5
_LOOKS = {
    "live": ("●", "$text-success"),
    "stale": ("◌", "$text-warning"),
    "down": ("✗", "$text-error"),
}


class FeedsDialog(Dialog[None]):
    """Every feed with its truth; it follows while it is open."""

    BINDINGS = [BACK, COPY, HELP]  # noqa: RUF012 - Textual declares it as a class's

    words = getters.query_one("#feeds", Words)

    def __init__(self, room: WarRoom) -> None:
        """Show the feeds of `room`."""
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """One block a feed."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "feeds"
            with Scroll():
                yield Words(id="feeds")
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow."""
        self._look()
        self.set_interval(LOOK_S, self._look)

    def _look(self) -> None:
        picture = self._room.picture()
        kinds = {name: feed.kind for name, feed in self._room.deployment.feeds.items()}
        self.words.say(feeds_content(picture.feeds, kinds, picture.now))


def feeds_content(views: Sequence[FeedView], kinds: Mapping[str, FeedKind], now: float) -> Content:
    """What is to be said of the feeds at `now` (unix seconds)."""
    return Content("\n\n").join([_feed(view, kinds.get(view.id), now) for view in views])


def _feed(view: FeedView, kind: FeedKind | None, now: float) -> Content:
    glyph, style = _LOOKS[view.fresh.state]
    age = "never read" if view.fresh.age_s is None else f"read {span(view.fresh.age_s)} ago"
    soon = "" if view.next_s is None else f", asked again in {span(view.next_s)}"
    if view.waits_s is not None:
        soon = f", asked {view.waits_s:.0f} s ago, no answer yet"
    head = Content.assemble(
        (f"{glyph} {view.fresh.state}", style),
        "  ",
        (view.id, "bold"),
        f"  {kind or ''}  {age}{soon}",
    )
    said = [_brought(view, kind, now), view.unreadable, view.trouble, view.fresh.error]
    lines = [Content(f"  {clean(line, 300)}") for line in said if line]
    return Content("\n").join([head, *lines])


def _brought(view: FeedView, kind: FeedKind | None, now: float) -> str:
    """What its records say of time and order; of numbers alone there is nothing to say."""
    came = view.arrivals
    if came.newest is None and "fields" not in (FEED_KEYS[kind] if kind else ()):
        return ""
    if came.newest is None:
        return "no record of a call has come since this console was opened"
    parts = [
        f"newest record {clock_text(came.newest)}, {span(now - came.newest)} ago",
        f"{view.calls_read:,} read",
        *([f"{view.repeated:,} repeated, counted once"] if view.repeated else []),
        *([f"{came.late:,} late"] if came.late else []),
        *([f"{came.disordered:,} out of order"] if came.disordered else []),
    ]
    return "; ".join(parts)
