"""The line that filters a list: hidden until it is wanted, and what its text lets through."""

from abc import abstractmethod
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.widgets import Input

NOT = "!"


def lets(text: str, hay: str) -> bool:
    """Whether a filter's `text` lets `hay` through: it holds the text; of `!text`, it does not.

    Case does not matter; no text lets all through.
    """
    wanted = text.removeprefix(NOT).casefold()
    return not wanted or (wanted in hay.casefold()) != text.startswith(NOT)


FILTER = Binding("slash", "filter", "Filter", id="list.filter", key_display="/",
                 tooltip="show only what holds a text; !text: what does not")  # fmt: skip


class FilterLine(Input):
    """Posts `Input.Changed` while it is typed. Enter keeps the text and goes back to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Keep", id="filter.keep")]

    def __init__(self, back_to: str) -> None:
        """`back_to` selects the list on this screen."""
        hint = "filter: text, or !text for all without it"
        super().__init__(id="filter", placeholder=hint, compact=True)
        self._back_to = back_to

    def on_mount(self) -> None:
        """Nobody wants it yet."""
        self.display = False

    def open(self) -> None:
        """Show it, to be typed into."""
        self.display = True
        self.focus()

    def begin(self, text: str) -> None:
        """Filter by `text`, with the keys in the list."""
        self.display = True
        self.value = text
        self._go_back()

    def leave(self) -> None:
        """Forget the text and hide; back to the list."""
        self.value = ""
        self.display = False
        self._go_back()

    async def action_submit(self) -> None:
        """Enter."""
        await super().action_submit()
        self._go_back()

    def _go_back(self) -> None:
        self.screen.query_one(self._back_to).focus()


class Filtering(DOMNode):
    """What a screen does with its filter's line. Name it behind the screen's own class."""

    line = getters.query_one(FilterLine)

    @abstractmethod
    def filter_by(self, text: str) -> None:
        """Show what `text` lets through, also while it is typed."""

    def action_filter(self) -> None:
        """Open the line."""
        self.line.open()

    @on(Input.Changed, "FilterLine")
    def typed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        self.filter_by(event.value)

    def left_filter(self) -> bool:
        """Leave the filter; whether there was one to leave."""
        shown = self.line.display
        if shown:
            self.line.leave()
        return shown
