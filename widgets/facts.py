"""A heading and a few facts in as many rows as there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from widgets import glyphs
from widgets.canvas import Canvas
from widgets.line import Line, Span, Tone, fit, width_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, such as `n` and `31`; either may be empty."""

    name: str
    value: str
    tone: Tone = ""


class Facts(Canvas):
    """Facts in reading order; those that there is no row left for are not shown.

    Its height is its container's to say, so that new facts never move what stands around it.
    """

    DEFAULT_CSS = "Facts { overflow-y: hidden; }"

    _title = ""
    _facts: Sequence[Fact] = ()

    def show(self, title: str, facts: Sequence[Fact]) -> None:
        """Show these instead."""
        if (title, facts) != (self._title, self._facts):
            self._title, self._facts = title, facts
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """All rows: the heading, then each fact whole on a row."""
        rows: list[Line] = [(Span(fit(self._title, width), "strong"),)]
        for fact in self._facts:
            name = f"{fact.name} " if fact.name else ""
            cell = (Span(name, "muted"), Span(fact.value, fact.tone))
            between = Span(f" {glyphs.DOT} " if len(rows[-1]) > 1 else "  ", "muted")
            if width_of((*rows[-1], between, *cell)) <= width:
                rows[-1] = (*rows[-1], between, *cell)
            else:
                value = Span(fit(fact.value, max(1, width - len(name) - 1)), fact.tone)
                rows.append((Span(" "), cell[0], value))
        return rows

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return max(1, self.size.height)

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        rows = self.lines(width)
        return rows[y] if y < len(rows) else ()
