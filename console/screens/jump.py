"""A letter on each part of the screen that takes keys; pressing it puts the keys there."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from console.screens.dialogs import BACK, Dialog
from widgets.keybar import KeyBar

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


def places(screen: Screen[Any]) -> list[Widget]:
    """What can take the focus on a screen, in the order of its tabs."""
    return [widget for widget in screen.focus_chain if isinstance(widget, Widget)]


class JumpScreen(Dialog[None]):
    """Lies over a screen, which stays readable."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(self, widgets: Sequence[Widget]) -> None:
        """Jump to one of `widgets`, which are seen on the screen below."""
        super().__init__()
        self._places = dict(zip(LETTERS, widgets, strict=False))

    def compose(self) -> ComposeResult:
        """A letter at the upper left corner of each."""
        for letter, widget in self._places.items():
            label = Static(Content(f" {letter} "), classes="letter")
            label.styles.offset = (widget.region.x, widget.region.y)
            yield label
        yield KeyBar()

    def on_key(self, event: events.Key) -> None:
        """A letter jumps; any other key does nothing here."""
        widget = self._places.get(event.key)
        if widget is not None:
            event.stop()
            self.dismiss()
            self.app.call_later(widget.focus)
