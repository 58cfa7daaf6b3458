"""A gate: what it asks, what was measured, and what is still missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Column, Line, Span, Tone, compose, dotted, fit, layout, widest
from widgets.rowlist import Row, RowList

CriterionVerdict = Literal["met", "not-met", "unknown", "n/a"]
VERDICTS: dict[CriterionVerdict, tuple[str, str, Tone]] = {
    "not-met": (glyphs.FAILED, "not met", "warn"),
    "unknown": (glyphs.UNKNOWN, "unknown", "warn"),
    "met": (glyphs.OK, "met", "good"),
    "n/a": (glyphs.NOT_APPLICABLE, "n/a", "muted"),
}
INDENT = 2
NARROW = 76


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion of a gate; the texts are ready ("18.2 %", "≤ 25 %", "n 1,204", "2s")."""

    id: str
    name: str
    verdict: CriterionVerdict
    value: str = ""
    limit: str = ""
    n: str = ""
    age: str = ""
    detail: str = ""


def summary(criteria: Sequence[CriterionView]) -> str:
    """The verdicts counted, the worst first: `1 not met · 2 unknown · 3 met`."""
    counts = Counter(view.verdict for view in criteria)
    return dotted(*(f"{counts[key]} {VERDICTS[key][1]}" for key in VERDICTS if counts[key]))


class GateTable(RowList[CriterionView]):
    """Criteria under a cursor, as given, each with its detail below it."""

    EMPTY: ClassVar[str] = "no criterion: nothing was evaluated"

    class Chosen(RowList.Chosen):
        """The operator chose a criterion; `id` is the criterion's."""

    _columns: tuple[Column, ...] = ()

    def rows(self, items: Sequence[CriterionView]) -> list[Row[CriterionView]]:
        """See `RowList.rows`."""
        name = widest(view.name for view in items)
        self._columns = (
            Column(2 + max(len(word) for _, word, _ in VERDICTS.values())),
            Column(min(name, 20), most=name),
            Column(widest(view.value for view in items), right=True),
            Column(widest(view.limit for view in items), rank=1),
            Column(widest(view.n for view in items), rank=2, right=True),
            Column(widest(view.age for view in items), rank=3, right=True),
        )
        return [Row(view.id, view, part) for view in items for part in range(1 + bool(view.detail))]

    def draw(self, row: Row[CriterionView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        if row.part:
            return (Span(" " * INDENT), Span(fit(view.detail, width - INDENT), "muted"))
        glyph, word, tone = VERDICTS[view.verdict]
        cells: tuple[Line, ...] = (
            (Span(f"{glyph} {word}", tone),),
            (Span(view.name),),
            (Span(view.value, "" if view.verdict == "met" else tone),),
            (Span(view.limit, "muted"),),
            (Span(view.n, "muted"),),
            (Span(view.age, "muted"),),
        )
        gap = 1 if width < NARROW else 2
        return compose(self._columns, layout(self._columns, width, gap), cells, gap)
