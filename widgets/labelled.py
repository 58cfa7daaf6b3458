"""Rows of texts behind a label: whole texts, wrapped and never shortened."""

from collections.abc import Sequence

from widgets.canvas import Block
from widgets.line import Line, Span, Tone, fit, wrap_hung

LABEL = 10  # a longer one takes what it needs
MARGIN = 1

Told = tuple[str, tuple[tuple[str, Tone], ...]]
"""A label and its texts, each with its tone; a text that is empty is left out."""


def text_room(width: int) -> int:
    """The cells of a text in `Labelled` rows of `width` cells."""
    return width - 2 * MARGIN - LABEL


def labelled(
    label: str, texts: Sequence[tuple[str, Tone]], room: int, wide: int = LABEL
) -> list[Line]:
    """The texts in `room` cells, one below the other, behind one label of `wide` cells."""
    rows: list[Line] = []
    for text, tone in texts:
        for part in wrap_hung(text, room - wide) if text else []:
            name = "" if rows else label
            rows.append((Span(f"{fit(name, wide - 1):<{wide}}", "muted"), Span(part, tone)))
    return rows


class Labelled(Block):
    """Shows labelled texts."""

    _told: tuple[Told, ...] = ()

    def show(self, told: tuple[Told, ...]) -> None:
        """Show these instead."""
        if told != self._told:
            self._told = told
            self.changed()

    @property
    def plain(self) -> str:
        """What it tells, a line a text, without its look."""
        return "\n".join(
            f"{label}: {text}" for label, texts in self._told for text, _ in texts if text
        )

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        room = width - 2 * MARGIN
        wide = max([LABEL, *(len(label) + 1 for label, _ in self._told)])
        rows = [row for label, texts in self._told for row in labelled(label, texts, room, wide)]
        return [(Span(" " * MARGIN), *row) for row in rows] or [()]
