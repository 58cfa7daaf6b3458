"""The screens by their number keys, with the present one lit. A click goes there."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from widgets.canvas import Block
from widgets.line import Line, Span, width_of

GAP = 2


@dataclass(frozen=True, slots=True)
class ModeView:
    """A screen: the key that opens it, its id, its name and what it is for."""

    key: str
    id: str
    name: str
    about: str


class ModeBar(Block):
    """One row of screens."""

    @dataclass
    class Chosen(Message):
        """The operator clicked a screen's name."""

        id: str

    _modes: Sequence[ModeView] = ()
    _present = ""

    def show(self, modes: Sequence[ModeView], present: str) -> None:
        """Show `modes`, with the one whose id is `present` lit."""
        if (modes, present) != (self._modes, self._present):
            self._modes, self._present = modes, present
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`. Where room is short the names of the others go."""
        full = self._row(names=True)
        return [full if width_of(full) <= width else self._row(names=False)]

    def _row(self, *, names: bool) -> Line:
        spans = [Span(" ")]
        for mode in self._modes:
            here = mode.id == self._present
            spans.append(Span(mode.key, "accent"))
            if names or here:
                spans.append(Span(f" {mode.name}", "strong" if here else "muted"))
            spans.append(Span(" " * GAP))
        return tuple(spans)

    def on_click(self, event: events.Click) -> None:
        """Tell which screen was clicked."""
        left = 1
        full = self._row(names=True)
        names = width_of(full) <= self.room
        for mode in self._modes:
            here = mode.id == self._present
            width = 1 + (len(mode.name) + 1 if names or here else 0)
            if left <= event.x < left + width:
                self.post_message(self.Chosen(mode.id))
                return
            left += width + GAP
