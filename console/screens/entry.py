"""One entry of the journal, whole; the arrows go on to its neighbours."""

from collections.abc import Sequence
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from console.domain.entry import Entry
from console.room import WarRoom
from console.screens.dialogs import HELP, Dialog
from console.screens.entry_views import entry_told
from widgets.journal import JournalLog
from widgets.keybar import KeyBar
from widgets.labelled import Labelled
from widgets.scrolling import Scroll


class EntryDialog(Dialog[str]):
    """Gives the hash of the entry that was read last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="dialog.back"),
        Binding("left", "step(-1)", "Before", id="entry.previous",
                tooltip="the entry before it in the list"),
        Binding("right", "step(1)", "Next", id="entry.next",
                tooltip="the entry after it in the list"),
        Binding("y", "app.copy", "Copy", id="copy.take",
                tooltip="copy what is said here, and keep a file"),
        HELP,
    ]  # fmt: skip

    text = getters.query_one(Labelled)

    def __init__(self, room: WarRoom, entries: Sequence[Entry], place: int) -> None:
        """Show the one of `entries` at `place`, from 0."""
        super().__init__()
        self._room = room
        self._entries = entries
        self._place = place

    def compose(self) -> ComposeResult:
        """All of it, as long as it is."""
        with Vertical(classes="dialog"), Scroll():
            yield Labelled()
        yield KeyBar()

    def on_mount(self) -> None:
        """Show it; the arrows up and down scroll."""
        self.refresh_view()
        self.query_one(Scroll).focus()

    def refresh_view(self) -> None:
        """Show it as it stands by now."""
        if self.is_attached:
            entry = self._entries[self._place]
            where = f"entry · {self._place + 1:,} of {len(self._entries):,} in the list"
            self.query_one(".dialog").border_title = where
            judge = self._room.record.journal.judging
            self.text.show(entry_told(entry, judge, self._room.clock.now()))

    def action_step(self, way: int) -> None:
        """Go on to a neighbour, if there is one that way."""
        place = self._place + way
        if 0 <= place < len(self._entries):
            self._place = place
            self.query_one(Scroll).scroll_home(animate=False)
            self.refresh_view()

    def action_back(self) -> None:
        """Leave."""
        self.dismiss(self._entries[self._place].h)


def open_entry(room: WarRoom, log: JournalLog, chosen: str) -> None:
    """Show the entry with the hash `chosen` over the list it stands in, which follows the reader.

    Nothing is shown of an entry that was taken back in between: a replay went on.
    """
    known = {entry.h: entry for entry in room.record.entries}
    entries = [known[h] for h in log.shown_ids if h in known]
    if chosen in known:
        place = next(at for at, entry in enumerate(entries) if entry.h == chosen)

        def left(last: str | None) -> None:
            if last is not None:
                log.go_to(last)

        log.app.push_screen(EntryDialog(room, entries, place), left)
