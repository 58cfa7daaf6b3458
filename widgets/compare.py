"""Several versions side by side: a table, and under it how their latencies are spread."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from widgets.canvas import Canvas
from widgets.format import percent
from widgets.histogram import bar_of
from widgets.line import Line, Span, dotted, fit, widest, wrap

LEAST_COLUMN = 20
MOST_COLUMN = 44
BAR_TEXT = 9


@dataclass(frozen=True, slots=True)
class CompareView:
    """`heads` names the columns; `rows` are (name, a text for each column); `spread` are (latency,
    the share 0 to 1 of each column's calls in it). `said` stands above, or alone."""

    said: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    spread: tuple[tuple[str, tuple[float, ...]], ...] = ()


class CompareTable(Canvas, can_focus=True):
    """Shows a `CompareView`; the columns that there is no room for are named."""

    _view = CompareView("nothing to compare yet")
    _drawn: tuple[int, list[Line]] | None = None

    def show(self, view: CompareView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self._drawn = None
            self.changed()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return len(self._lines(width))

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        return self._lines(width)[y]

    def _lines(self, width: int) -> list[Line]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self.lines(width))
        return self._drawn[1]

    def lines(self, width: int) -> list[Line]:
        """All rows at this width."""
        view = self._view
        lines: list[Line] = [(Span(said, "muted"),) for said in wrap(view.said, width)]
        if not view.heads:
            return lines
        names = [name for name, _ in (*view.rows, *view.spread)]
        side = min(widest(names), width - LEAST_COLUMN - 2)
        fitting = max(1, (width - side) // (LEAST_COLUMN + 2))
        shown = min(len(view.heads), fitting)
        column = min(MOST_COLUMN, (width - side) // shown - 2)

        def row(name: str, cells: list[Span]) -> Line:
            spans = [Span(set_cell_size(fit(name, side), side), "muted")]
            for text, tone in cells:
                cell = fit(text, column) if tone != "accent" else text
                spans.append(Span(f"  {cell}" + " " * (column - cell_len(cell)), tone))
            return tuple(spans)

        lines.append(row("", [Span(head, "strong") for head in view.heads[:shown]]))
        lines += [row(name, [Span(text) for text in texts[:shown]]) for name, texts in view.rows]
        if view.spread:
            lines += [(), (Span("latency, share of calls", "strong"),)]
            top = max((share for _, shares in view.spread for share in shares), default=0.0) or 1.0
            for name, shares in view.spread:
                cells = [
                    Span(f"{bar_of(share / top, column - BAR_TEXT)} {percent(share)}", "accent")
                    if share
                    else Span("")
                    for share in shares[:shown]
                ]
                lines.append(row(name, cells))
        if shown < len(view.heads):
            left = dotted(*view.heads[shown:])
            lines += [(), (Span(fit(f"not shown for want of room: {left}", width), "warn"),)]
        return lines
