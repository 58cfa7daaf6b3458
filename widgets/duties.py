"""What is owed, what is due first on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from widgets import glyphs
from widgets.line import Line, Span, Tone, dotted, fit, width_of
from widgets.rowlist import Row, RowList

INDENT = 2
GAP = " · "
DONE = "done"
MARKS: dict[str, tuple[str, Tone]] = {
    "owed": (glyphs.OPEN, ""),
    "late": (glyphs.BREACH, "bad"),
    "done": (glyphs.OK, "muted"),
}


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty: `clock` is what is left, or by how much it is overdue; `who` its owner.

    `done` says by whom and when, where it is done. Nothing stands beside a title that could cut it.
    """

    id: str
    title: str
    clock: str
    due: str
    who: str
    late: bool = False
    done: str = ""


class DutyList(RowList[DutyView]):
    """Duties under a cursor, in the order given."""

    EMPTY: ClassVar[str] = "nothing is owed"

    class Chosen(RowList.Chosen):
        """The operator chose a duty; `id` is the duty's."""

    def rows(self, items: Sequence[DutyView]) -> list[Row[DutyView]]:
        """See `RowList.rows`."""
        return [Row(view.id, view, part) for view in items for part in range(2)]

    def draw(self, row: Row[DutyView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        glyph, tone = MARKS["done" if view.done else "late" if view.late else "owed"]
        if not row.part:
            return (Span(f"{glyph} ", tone), Span(fit(view.title, width - INDENT), tone))
        first = Span(DONE if view.done else view.clock, tone)
        rest = view.done or dotted(f"due {view.due}", view.who)
        room = width - INDENT - width_of((first,)) - len(GAP)
        return (Span(" " * INDENT), first, Span(GAP + fit(rest, room), "muted"))
