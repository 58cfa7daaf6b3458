"""What makes up a range of time: parts under headings, each with its amount and a bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from widgets.histogram import bar_of
from widgets.line import Column, Line, Span, Tone, compose, fit, layout, widest
from widgets.rowlist import Row, RowList

BAR = 12


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of what `section` is about. `share` is 0 to 1, None without a bar. A part with an
    `id` can be chosen. Without a `name` only the heading stands."""

    section: str
    name: str = ""
    amount: str = ""
    share: float | None = None
    tone: Tone = ""
    id: str = ""


class Breakdown(RowList[PartView]):
    """Parts under a cursor, which goes to those that can be chosen."""

    EMPTY: ClassVar[str] = "nothing is known of this range"

    class Chosen(RowList.Chosen):
        """The operator chose a part; `id` is the part's."""

    _columns: tuple[Column, ...] = ()

    def rows(self, items: Sequence[PartView]) -> list[Row[PartView]]:
        """See `RowList.rows`."""
        self._columns = (
            Column(min(12, widest(item.name for item in items)), most=60),
            Column(widest(item.amount for item in items), right=True),
            Column(BAR if any(item.share is not None for item in items) else 0, rank=1),
        )
        rows: list[Row[PartView]] = []
        section = None
        for item in items:
            if item.section != section:
                section = item.section
                rows.append(Row("", PartView(section)))
            if item.name:
                rows.append(Row(item.id, item))
        return rows

    def draw(self, row: Row[PartView], width: int) -> Line:
        """See `RowList.draw`."""
        item = row.item
        if not item.name:
            return (Span(fit(item.section, width), "strong"),)
        widths = layout(self._columns, width, 1)
        drawn = "" if item.share is None else bar_of(item.share, BAR)
        cells: tuple[Line, ...] = (
            (Span(item.name),),
            (Span(item.amount, item.tone),),
            (Span(drawn, "accent"), Span(" " * (BAR - len(drawn)))),
        )
        return compose(self._columns, widths, cells, 1)
