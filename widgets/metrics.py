"""The metrics: one row each, with its verdict, its value against its limit, its n and its age."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Column, Line, Span, Tone, compose, layout, widest
from widgets.rowlist import Row, RowList
from widgets.sparkline import sparkline

Verdict = Literal["ok", "breach", "too-few", "stale", "down"]
VERDICTS: dict[Verdict, tuple[str, str, Tone]] = {
    "ok": (glyphs.OK, "ok", "good"),
    "breach": (glyphs.BREACH, "breach", "warn"),
    "too-few": (glyphs.TOO_FEW, "too few", "muted"),
    "stale": (glyphs.STALE, "stale", "warn"),
    "down": (glyphs.DOWN, "down", "warn"),
}
NARROW = 76


@dataclass(frozen=True, slots=True)
class MetricView:
    """One metric's row.

    `value`, `limit`, `n`, `age`, `scale` and `window` are ready texts ("18.2 %", "≤ 25 %",
    "n 1,204", "2s", "0–25 %", "last 60 min"). `points` are values in the metric's own unit, oldest
    first, None where there is no data; `over` and `under` are the limits in that unit. `alerting`:
    an alert of it is firing and nobody has acknowledged it. `trend` tells of an early warning
    ("↗ 25 % in ~6 h").
    """

    id: str
    name: str
    verdict: Verdict
    value: str
    limit: str
    n: str
    age: str
    points: tuple[float | None, ...] = ()
    scale: str = ""
    window: str = ""
    over: float | None = None
    under: float | None = None
    alerting: bool = False
    trend: str = ""


def verdict_span(view: MetricView) -> Span:
    """Sign and word; the word is in capitals while somebody is needed."""
    glyph, word, tone = VERDICTS[view.verdict]
    if view.alerting:
        return Span(f"{glyph} {word.upper()}", "bad")
    return Span(f"{glyph} {word}", tone)


class MetricBoard(RowList[MetricView]):
    """The metrics under a cursor."""

    EMPTY: ClassVar[str] = "no metric"

    class Chosen(RowList.Chosen):
        """The operator chose a metric; `id` is the metric's."""

    _columns: tuple[Column, ...] = ()

    def rows(self, items: Sequence[MetricView]) -> list[Row[MetricView]]:
        """See `RowList.rows`."""
        self._columns = (
            Column(widest(verdict_span(view).text for view in items)),
            Column(widest(view.name for view in items)),
            Column(widest(view.value for view in items), right=True),
            Column(widest(view.limit for view in items), rank=1),
            Column(widest(view.trend for view in items), rank=2),
            Column(widest(view.n for view in items), rank=3, right=True),
            Column(widest(view.age for view in items), rank=2, right=True),
            Column(8 if any(view.points for view in items) else 0, rank=4, most=60),
            Column(widest(view.scale for view in items), rank=5),
            Column(widest(view.window for view in items), rank=6),
        )
        return [Row(view.id, view) for view in items]

    def draw(self, row: Row[MetricView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        gap = 1 if width < NARROW else 2
        widths = layout(self._columns, width, gap)
        verdict = verdict_span(view)
        cells: tuple[Line, ...] = (
            (verdict,),
            (Span(view.name, "strong" if view.alerting else ""),),
            (Span(view.value, verdict.tone if view.verdict != "ok" else ""),),
            (Span(view.limit, "muted"),),
            (Span(view.trend, "warn"),),
            (Span(view.n, "muted"),),
            (Span(view.age, "" if view.verdict in ("stale", "down") else "muted"),),
            sparkline(view.points, widths[7], view.over, view.under) or (Span(""),),
            (Span(view.scale, "muted"),),
            (Span(view.window, "muted"),),
        )
        return compose(self._columns, widths, cells, gap)
