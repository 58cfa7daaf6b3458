"""Journal: every entry as it is written, filterable."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from console.room import Picture
from console.screens.base import RoomScreen
from console.screens.tail import Tail
from widgets.filterline import FilterLine
from widgets.journal import JournalLog
from widgets.words import Words


class JournalScreen(RoomScreen):
    """The entries of all writers in their order."""

    CSS_PATH = "journal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="journal.filter", key_display="/",
                tooltip="show only entries that hold a text; !text: that do not"),
        Binding("escape", "clear", "Clear filter", id="journal.clear", show=False),
    ]  # fmt: skip

    log_ = getters.query_one(JournalLog)
    line = getters.query_one(FilterLine)
    told = getters.query_one("#told", Words)

    def body(self) -> ComposeResult:
        """The log, its filter and its head."""
        yield Words(id="told", classes="title")
        yield JournalLog(id="log")
        yield FilterLine("#log")

    def on_mount(self) -> None:
        """Begin with the whole journal."""
        self.tail = Tail()
        super().on_mount()
        self.log_.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.tail.follow(self.room.record, self.log_)
        self._tell()

    def _tell(self) -> None:
        journal = self.room.record.journal
        state = "intact" if journal.intact else "DAMAGED"
        matching = self.log_.matching
        count = f"{matching} of {self.log_.total}" if self.line.value else f"{matching}"
        waits, apart = sum(one.count for one in journal.pending), len(journal.apart)
        held = f" · {waits} pending, {apart} apart" if waits or apart else ""
        self.told.say(Content(f"{count} entries · {state}{held} · head {journal.head[:16]}"))

    def action_filter(self) -> None:
        """Open the filter's line."""
        self.line.open()

    def action_clear(self) -> None:
        """Leave the filter."""
        self.line.leave()

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        self.log_.search(event.value)
        self._tell()
