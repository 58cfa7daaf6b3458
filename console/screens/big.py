"""The screen for a war room's wall: to be read from two metres. Nothing is done on it but F9."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.room import Picture
from console.screens.big_views import big_view
from console.screens.calls import UnderScreen
from widgets.big import BigBoard


class BigScreen(UnderScreen):
    """Is it healthy, which phase, how long left, is anything owed, is the picture fresh?"""

    CSS_PATH = "big.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "back", "Back", id="big.back", show=False, tooltip="to the screen below"),
    ]

    board = getters.query_one(BigBoard)

    def body(self) -> ComposeResult:
        """The board alone."""
        yield BigBoard()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.board.show(big_view(self.room, picture))
