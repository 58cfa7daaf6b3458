"""The escalation queue: groups or single ones, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Column, Line, Span, Tone, compose, dotted, layout
from widgets.rowlist import Row, RowList

EscalationState = Literal["late", "waiting", "held", "more"]
STATES: dict[EscalationState, tuple[str, str, Tone]] = {
    "late": (glyphs.BREACH, "LATE", "bad"),
    "waiting": (glyphs.ESCALATION, "waits", "warn"),
    "held": (glyphs.PARTLY, "in hand", "muted"),
    "more": (glyphs.NEXT, "", "muted"),
}
COLUMNS = (
    Column(9),
    Column(12),
    Column(22, most=500),
    Column(5, rank=1, right=True),
    Column(10, rank=2, most=20),
)
NOTHING = Column(0)
MARGIN = 1


@dataclass(frozen=True, slots=True)
class EscalationView:
    """A group, or a single one. `left` is what is left of its time ("9:12 left").

    `count` is how many it stands for, "" for a single one; `to` is who has it. `marked` ones are
    what the next deed is done on.
    """

    id: str
    state: EscalationState
    title: str
    left: str = ""
    count: str = ""
    to: str = ""
    marked: bool = False


class EscalationList(RowList[EscalationView]):
    """Escalations under a cursor, in the order given."""

    EMPTY: ClassVar[str] = "nothing waits for a person"

    class Chosen(RowList.Chosen):
        """The operator chose one; `id` is its id."""

    columns: tuple[Column, ...] = COLUMNS

    def rows(self, items: Sequence[EscalationView]) -> list[Row[EscalationView]]:
        """See `RowList.rows`. A column in which nothing stands takes no room."""
        state, left, title, count, to = COLUMNS
        several = any(view.count for view in items)
        self.columns = (state, left, title, count if several else NOTHING, to)
        return [Row("" if view.state == "more" else view.id, view) for view in items]

    def draw(self, row: Row[EscalationView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        glyph, word, tone = STATES[view.state]
        if view.state == "more":
            return (Span(f"{glyph} {view.title}", tone),)
        left = view.left.removeprefix(f"{word} ")  # "LATE by 7 min" beside LATE
        title = dotted("marked" if view.marked else "", view.title)
        cells: tuple[Line, ...] = (
            (Span(f"{glyph} {word}", tone),),
            (Span(left, tone if view.state == "late" else ""),),
            (Span(title, "accent" if view.marked else ""),),
            (Span(view.count),),
            (Span(view.to, "muted"),),
        )
        return compose(self.columns, layout(self.columns, width - MARGIN), cells)
