"""Short texts one after the other, each whole, in as many rows as there are for them."""

from collections.abc import Sequence

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, fit, width_of

GAP = 3
MARGIN = 1

Item = tuple[str, Tone]
"""A text and how it looks."""


class Items(Block):
    """Items in reading order; where `most` rows are too few, the last say how many are left out."""

    _items: tuple[Item, ...] = ()
    _most = 2

    def show(self, items: Sequence[Item], most: int) -> None:
        """Show `items` in `most` rows."""
        if (tuple(items), most) != (self._items, self._most):
            self._items, self._most = tuple(items), most
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        room = max(1, width - 2 * MARGIN)
        count = len(self._items)
        while count >= 0:
            rows = self._flow(count, room)
            if len(rows) <= self._most or not count:
                break
            count -= 1
        return [(Span(" " * MARGIN), *row) for row in rows] or [()]

    def _flow(self, count: int, room: int) -> list[Line]:
        """The first `count` items in rows, and how many there are besides."""
        left = len(self._items) - count
        more: tuple[Item, ...] = ((f"{glyphs.ELLIPSIS} {left} more", "muted"),) if left else ()
        rows: list[Line] = []
        for text, tone in (*self._items[:count], *more):
            span = Span(fit(text, room), tone)
            if rows and width_of((*rows[-1], span)) + GAP <= room:
                rows[-1] = (*rows[-1], Span(" " * GAP), span)
            else:
                rows.append((span,))
        return rows
