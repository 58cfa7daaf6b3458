"""Walk: the checklist one item at a time, read aloud and done (Guide 1.1). Needs no network."""

from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from console.domain.checklist import ItemStatus
from console.room import Picture
from console.screens.items import ItemScreen, probe_words, standing_words
from widgets.checklist import STATES
from widgets.walk import WalkBar, WalkView
from widgets.words import Words

DONE = {"confirmed", "not-applicable", "accepted"}


class WalkScreen(ItemScreen):
    """Two people side by side: what to confirm, why, what good evidence is, who confirms."""

    CSS_PATH = "walk.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s,j,down,right,space", "go(1)", "Skip", id="walk.next", key_display="s",
                tooltip="go on to the next item"),
        Binding("b,k,up,left", "go(-1)", "Back", id="walk.back", key_display="b",
                tooltip="go back to the item before"),
        Binding("u", "unconfirmed", "Next open", id="walk.unconfirmed",
                tooltip="go on to the next item that is not confirmed"),
        Binding("pagedown", "read(1)", "Read on", id="walk.down", show=False,
                tooltip="scroll down a long item"),
        Binding("pageup", "read(-1)", "Read back", id="walk.up", show=False,
                tooltip="scroll up again"),
        Binding("enter", "confirm", "Confirm", id="walk.confirm", show=False),
        Binding("escape", "pause", "Pause", id="walk.pause",
                tooltip="leave the walk; the next one begins here"),
    ]  # fmt: skip

    bar = getters.query_one(WalkBar)
    words = getters.query_one("#walk", Words)

    _at = ""
    _was = ""

    def body(self) -> ComposeResult:
        """How far the walk is, and the item."""
        yield WalkBar()
        with VerticalScroll(id="page", can_focus=False):
            yield Words(id="walk")

    def on_mount(self) -> None:
        """Begin where the last walk paused."""
        self._at = self.room.readiness.walked_to()
        super().on_mount()

    def _items(self, picture: Picture) -> list[ItemStatus]:
        return [status for status in picture.items if status.state != "not-applicable"]

    def item(self) -> ItemStatus | None:
        """See `ItemScreen.item`."""
        items = self._items(self.room.picture())
        return next((i for i in items if i.item.id == self._at), items[0] if items else None)

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        status = self.item()
        if status is None:
            return
        if status.state == "confirmed" and self._was not in {"", "confirmed"}:
            self._was = ""
            self.action_go(1)  # it was confirmed just now: read the next one
            return
        self._was = status.state
        items = self._items(picture)
        place = next(n for n, one in enumerate(items, 1) if one.item.id == status.item.id)
        got = picture.progress
        self.bar.view = WalkView(
            place, len(items), status.item.category, got.confirmed, len(got.open_hard)
        )
        probe = probe_words(status, picture.state, picture.now)
        self.words.say(_page(status, probe, picture.now))

    def action_go(self, step: int) -> None:
        """To another item; the walk ends at its last one."""
        items = self._items(self.room.picture())
        here = self.item()
        place = next(n for n, one in enumerate(items) if here and one.item.id == here.item.id)
        self._move_to(items[min(max(place + step, 0), len(items) - 1)])
        if not 0 <= place + step < len(items):
            self.console_app.say("this is the last item" if step > 0 else "this is the first item")

    def action_read(self, way: int) -> None:
        """Scroll the item, where it is longer than the screen."""
        page = self.query_one("#page")
        if way > 0:
            page.scroll_page_down(animate=False)
        else:
            page.scroll_page_up(animate=False)

    def action_unconfirmed(self) -> None:
        """To the next item that is not confirmed, from the start again after the last."""
        items = self._items(self.room.picture())
        here = self.item()
        place = next(n for n, one in enumerate(items) if here and one.item.id == here.item.id)
        for status in (*items[place + 1 :], *items[:place]):
            if status.state not in DONE:
                self._move_to(status)
                return
        self.console_app.say("every other item is confirmed")

    def _move_to(self, status: ItemStatus) -> None:
        self._at = status.item.id
        self._was = ""
        self.refresh_view()
        self.query_one("#page").scroll_home(animate=False)
        self._keep()

    @work(thread=True, group="walk", exit_on_error=False)
    def _keep(self) -> None:
        # Where the walk is by then: of two that run at once the later must not lose.
        self.room.readiness.walk_to(self._at)

    def action_pause(self) -> None:
        """Back to where the walk was begun from."""
        self.app.pop_screen()


def _page(status: ItemStatus, probe: str, now: float) -> Content:
    """The item, large."""
    item = status.item
    glyph, word, tone = STATES[status.state]
    style = {"good": "$text-success", "warn": "$text-warning", "accent": "$text-primary"}
    state = Content.styled(f"{glyph} {word}", f"bold {style.get(tone, '')}".strip())
    kind = "HARD GATE" if status.hard else "recommended"
    parts = [
        Content(""),
        Content.styled(item.title, "bold underline"),
        state + Content.styled(f"   {kind} · {item.id} · guide {item.guide}", "$text-muted"),
    ]
    for head, text in (
        ("CONFIRM", item.confirm),
        ("WHY", item.why),
        ("GOOD EVIDENCE", item.evidence),
        ("PROBE", probe),
        ("WHO CONFIRMS", " and ".join(item.roles)),
    ):
        if not text:
            continue
        parts += [Content(""), Content.styled(head, "bold $text-primary"), Content(text)]
    standing = standing_words(status, now)
    if standing:
        parts += [Content(""), Content.styled("SO FAR", "bold $text-primary"), *standing]
    return Content("\n").join(parts)
