"""The keys that scroll: one table for all that is longer than its place."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

SCROLLING: list[BindingType] = [
    Binding("up,k", "scroll_up", "Up", show=False, id="scroll.up"),
    Binding("down,j", "scroll_down", "Down", show=False, id="scroll.down"),
    Binding("pageup,ctrl+u", "page_up", "Page up", show=False, id="scroll.page-up"),
    Binding("pagedown,ctrl+d", "page_down", "Page down", show=False, id="scroll.page-down"),
    Binding("home", "scroll_home", "Start", show=False, id="scroll.start"),
    Binding("end,G", "scroll_end", "End", show=False, id="scroll.end"),
]


class Scroll(VerticalScroll, inherit_bindings=False):
    """A text that scrolls, by arrows and by vi's keys."""

    BINDINGS: ClassVar[list[BindingType]] = SCROLLING
