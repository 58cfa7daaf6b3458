"""A list of documents that can be written: each by its name and what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType

from widgets.line import Line, Span, fit
from widgets.rowlist import Row, RowList


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of document."""

    id: str
    what: str


class KindList(RowList[KindView]):
    """Each kind in two lines: its name, and what it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Write", id="kinds.write",
                tooltip="write it, in a format that is asked for"),
    ]  # fmt: skip
    always_marked = True

    def rows(self, items: Sequence[KindView]) -> list[Row[KindView]]:
        """See `RowList.rows`."""
        return [Row(item.id, item, part) for item in items for part in range(2)]

    def draw(self, row: Row[KindView], width: int) -> Line:
        """See `RowList.draw`."""
        if row.part:
            return (Span(fit(f"  {row.item.what}", width), "muted"),)
        return (Span(fit(row.item.id, width)),)
