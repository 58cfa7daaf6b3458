"""Calls of the agent, one row each, with what went wrong in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from widgets.line import Column, Line, Span, Tone, compose, layout, widest
from widgets.rowlist import Row, RowList

NARROW = 100


@dataclass(frozen=True, slots=True)
class CallView:
    """One call; all are ready texts. `trouble` says what went wrong in it, in its `tone`."""

    id: str
    time: str
    latency: str
    cost: str = ""
    tokens: str = ""
    model: str = ""
    version: str = ""
    trouble: str = ""
    tone: Tone = ""
    tools: str = ""


class CallList(RowList[CallView]):
    """Calls under a cursor."""

    EMPTY: ClassVar[str] = "no call is held"

    class Chosen(RowList.Chosen):
        """The operator chose a call; `id` is the call's."""

    _columns: tuple[Column, ...] = ()

    def rows(self, items: Sequence[CallView]) -> list[Row[CallView]]:
        """See `RowList.rows`."""

        def column(texts: Sequence[str], least: int, rank: int) -> Column:
            width = widest(texts)
            return Column(min(width, least), rank, most=width)

        self._columns = (
            Column(widest(item.time for item in items)),
            column([item.trouble for item in items], 40, 0),
            Column(widest(item.latency for item in items), right=True),
            Column(widest(item.cost for item in items), rank=3, right=True),
            Column(widest(item.tokens for item in items), rank=5, right=True),
            column([item.version for item in items], 20, 2),
            column([item.model for item in items], 24, 6),
            column([item.tools for item in items], 20, 4),
            column([item.id for item in items], 16, 1),
        )
        return [Row(item.id, item) for item in items]

    def draw(self, row: Row[CallView], width: int) -> Line:
        """See `RowList.draw`."""
        item = row.item
        gap = 1 if width < NARROW else 2
        cells: tuple[Line, ...] = (
            (Span(item.time, "muted"),),
            (Span(item.trouble, item.tone),),
            (Span(item.latency),),
            (Span(item.cost),),
            (Span(item.tokens, "muted"),),
            (Span(item.version),),
            (Span(item.model, "muted"),),
            (Span(item.tools),),
            (Span(item.id, "muted"),),
        )
        return compose(self._columns, layout(self._columns, width, gap), cells, gap)
