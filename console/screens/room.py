"""The room: who is here, in which role and since when, and how it stands with other machines."""

from collections import Counter
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from console.room import PastRoom, WarRoom
from console.screens.dialogs import BACK, COPY, HELP, Dialog
from console.screens.room_views import (
    apart_words,
    contested_sentence,
    pending_words,
    room_view,
)
from widgets.keybar import KeyBar
from widgets.room import RoomBoard
from widgets.scrolling import Scroll


class RoomDialog(Dialog[None]):
    """Follows the room while it is open."""

    CSS_PATH = "room.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        COPY,
        HELP,
    ]

    board = getters.query_one(RoomBoard)

    def __init__(self, room: WarRoom) -> None:
        """Show who is in `room`."""
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """The people, the machines, what is in the way."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "room"
            with Scroll():
                yield RoomBoard()
        yield KeyBar()

    def on_mount(self) -> None:
        """Show them."""
        self.refresh_view()

    def refresh_view(self) -> None:
        """Show who is here now."""
        if self.is_attached:
            room, company = self._room, self._room.company
            journal, past = room.record.journal, isinstance(room, PastRoom)
            counts = {writer: mark.seq for writer, mark in journal.marks.items()}
            if past:
                counts = Counter(entry.writer for entry in room.record.entries)
            own = (journal.writer, counts)
            shown = (company.present, company.mine, room.machines.status, own, room.clock.now())
            self.board.show(
                room_view(
                    *shown,
                    trouble=company.trouble,
                    pending=tuple(map(pending_words, journal.pending)),
                    apart=apart_words(journal.apart),
                    contested=tuple(map(contested_sentence, room.state.contested.values())),
                    past=past,
                )
            )
