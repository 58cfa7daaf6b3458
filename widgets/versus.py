"""The candidate against the live control: a row a question, and what it could have missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Column, Line, Span, Tone, compose, layout, widest, wrap

VersusSaid = Literal["worse", "better", "no difference seen", "too few"]
SAID: dict[VersusSaid, tuple[str, Tone]] = {
    "worse": (glyphs.BREACH, "warn"),
    "better": (glyphs.OK, "good"),
    "no difference seen": (glyphs.ALIKE, ""),
    "too few": (glyphs.TOO_FEW, "warn"),
}
INDENT = 2
WIDE = 150
NARROW = 100
DIFFERENCE = 4
HEADS = ("", "", "candidate", "control", "difference, with bounds", "calls of each")


@dataclass(frozen=True, slots=True)
class VersusRow:
    """A question; the texts are ready ("1.02 s", "+0.21 s (−0.02 to +0.40)", "612, 4,031")."""

    name: str
    said: VersusSaid
    candidate: str = ""
    control: str = ""
    difference: str = ""
    n: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True)
class VersusView:
    """`said` stands above the rows, or alone; with neither there is nothing to see."""

    said: str = ""
    rows: tuple[VersusRow, ...] = ()


class Versus(Block, can_focus=True):
    """Shows a `VersusView`.

    What an answer could have missed stands at the end of its row where there is room, and else
    below it; a `compact` one leaves it out there, unless it is worse.
    """

    DEFAULT_CSS = "Versus { max-height: 60%; }"

    _view = VersusView()

    def __init__(self, *, compact: bool = False, id: str | None = None) -> None:  # noqa: A002  # as in every widget of Textual
        """Show nothing yet."""
        super().__init__(id=id)
        self._compact = compact

    def show(self, view: VersusView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            if not self.room:
                # Without a row there was no place on the screen: it is to make room.
                self._drawn = None
                self.refresh(layout=True)
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        view = self._view
        if not view.said and not view.rows:
            return []
        lines: list[Line] = [(Span(said, "muted"),) for said in wrap(view.said, width)]
        if not view.rows:
            return lines
        beside = width >= WIDE
        columns = _columns(view.rows, beside)
        gap = 1 if width < NARROW else 2
        widths = layout(columns, width, gap)
        heads = (*HEADS, *([""] if beside else []))
        lines.append(compose(columns, widths, [(Span(head, "muted"),) for head in heads], gap))
        for row in view.rows:
            lines.append(compose(columns, widths, _cells(row, beside), gap))
            under = _under(row, beside, bool(widths[DIFFERENCE]))
            if under and not (self._compact and row.said != "worse"):
                for told in wrap(under, max(2, width - INDENT)):
                    lines.append((Span(" " * INDENT), Span(told, "muted")))
        return lines


def _under(row: VersusRow, beside: bool, difference: bool) -> str:
    """What the row had no room for."""
    return "; ".join(
        text
        for text, seen in ((row.difference, difference), (row.missed, beside))
        if text and not seen
    )


def _columns(rows: Sequence[VersusRow], beside: bool) -> list[Column]:
    name = widest(row.name for row in rows)
    columns = [
        Column(2 + max(len(said) for said in SAID)),
        Column(min(name, 17), most=name),
        Column(widest([HEADS[2], *(row.candidate for row in rows)]), rank=1, right=True),
        Column(widest([HEADS[3], *(row.control for row in rows)]), rank=1, right=True),
        Column(widest(row.difference for row in rows), rank=2),
        Column(widest([HEADS[5], *(row.n for row in rows)]), rank=3, right=True),
    ]
    if beside:
        columns.append(Column(20, rank=4, most=widest(row.missed for row in rows)))
    return columns


def _cells(row: VersusRow, beside: bool) -> list[Line]:
    glyph, tone = SAID[row.said]
    cells: list[Line] = [
        (Span(f"{glyph} {row.said}", tone),),
        (Span(row.name),),
        (Span(row.candidate, tone if row.said == "worse" else ""),),
        (Span(row.control),),
        (Span(row.difference, tone if row.said == "worse" else ""),),
        (Span(row.n, "muted"),),
    ]
    if beside:
        cells.append((Span(row.missed, "muted"),))
    return cells
