"""The chart of one metric. It is drawn in a thread, so that keys never wait for it."""

from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from widgets import glyphs
from widgets.canvas import Canvas
from widgets.line import Line, Span, fit
from widgets.plot import BLANK, ChartView, Drawing, column_of, plot

__all__ = ["ChartView", "MetricChart"]

MINUTE_S = 60.0
HOUR_S = 3600.0


class MetricChart(Canvas, can_focus=True, inherit_bindings=False):
    """Shows a `ChartView` under a cursor. Give it values only while it is seen: a drawing costs 10
    to 40 ms. The cursor is drawn over it and costs nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Minute", id="chart.left", key_display="←→",
                tooltip="move the cursor by a column of the chart"),
        Binding("right", "move(1)", "Minute", id="chart.right", key_display="←→", show=False,
                tooltip="move the cursor by a column of the chart"),
        Binding("shift+left,ctrl+left", "hour(-1)", "An hour back", id="chart.hour-back",
                show=False),
        Binding("shift+right,ctrl+right", "hour(1)", "An hour on", id="chart.hour-on", show=False),
        Binding("home", "edge(0)", "First minute", id="chart.first", show=False),
        Binding("end", "edge(1)", "Latest minute", id="chart.last", show=False,
                tooltip="follow the latest minute"),
    ]  # fmt: skip

    # A scrollbar for the moment between two sizes would have it drawn a column too narrow.
    DEFAULT_CSS = "MetricChart { overflow-y: hidden; }"

    cursor: reactive[float | None] = reactive(None, repaint=False)
    """The moment under the cursor: the end of the minute it reads; None before the first view."""

    following = True
    """Whether the cursor goes on with the latest known minute, until the operator moves it."""

    @dataclass
    class Moved(Message):
        """The operator moved the cursor to `moment`."""

        chart: "MetricChart"
        moment: float

        @property
        def control(self) -> "MetricChart":
            """The chart it came from."""
            return self.chart

    _view: ChartView | None = None
    _drawing = False
    _outdated = False
    _drawn: Drawing | None = None
    _drawn_view: ChartView | None = None

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        """As the toolkit's widgets take it."""
        self._rows: dict[int, Strip] = {}
        self._crossed: dict[int, Strip] = {}
        super().__init__(id=id, classes=classes)

    def show(self, view: ChartView) -> None:
        """Show `view`; the old drawing stays until the new one is ready."""
        if view != self._view:
            self._view = view
            low, high = _reach(view)
            if self.following or self.cursor is None:
                known = (at for at, value in reversed(view.points) if value is not None)
                self.cursor = next(known, high)
            else:
                self.cursor = min(max(self.cursor, low), high)
            self.changed()
            self._redraw()

    def hold(self, moment: float) -> None:
        """Put the cursor on `moment` and keep it there."""
        self.following = False
        self.cursor = moment

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        if self._view is None or not width or not height:
            self.changed()
            return
        self._outdated = self._drawing
        if self._drawing:
            return
        self._drawing = True
        draw = partial(_draw, self._view, width, height)
        # Without a description the toolkit would put every point into words.
        self.run_worker(draw, group="chart", description="chart", thread=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what the drawing came to; begin the next one if there is newer to show."""
        event.stop()
        if not event.worker.is_finished:
            return
        self._drawing = False
        if event.state == WorkerState.SUCCESS and event.worker.result is not None:
            self._drawn_view, self._drawn = event.worker.result
        elif event.state == WorkerState.ERROR:
            said = f"the chart cannot be drawn: {event.worker.error}"
            self._drawn = Drawing([(Span(said, "warn"),)])
        self.changed()
        if self._outdated:
            self._redraw()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return 1 if self._drawn is None else len(self._drawn.lines)

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        if self._drawn is None:
            said = "loading the chart" if self._view else "no data yet"
            return (Span(fit(said, width), "muted"),)
        return self._drawn.lines[y]

    def changed(self) -> None:
        """See `Canvas.changed`."""
        self._rows.clear()
        self._crossed.clear()
        super().changed()

    def notify_style_update(self) -> None:
        """See `Widget.notify_style_update`."""
        super().notify_style_update()
        self._rows.clear()
        self._crossed.clear()

    def render_line(self, y: int) -> Strip:
        """See `Canvas.render_line`. The rows are kept, for the cursor runs through most of them."""
        at = y + self.scroll_offset.y
        if (crossed_row := self._crossed.get(at)) is not None:
            return crossed_row
        if (row := self._rows.get(at)) is None:
            row = self._rows[at] = super().render_line(y)
        drawn, column = self._drawn, self._cursor_column()
        if drawn is None or column is None or not drawn.top <= at < drawn.bottom:
            return row
        self._crossed[at] = row = crossed(row, drawn.left + column, self.tone_style("strong"))
        return row

    def render_lines(self, crop: Region) -> list[Strip]:
        """See `Widget.render_lines`. With neither border nor padding, and not dimmed, a row is what
        `render_line` gives: the toolkit's look for more would take longer than the drawing."""
        if any(self.gutter) or self.opacity < 1:
            return super().render_lines(crop)
        filters, background = self.get_line_filters(), self.background_colors[1]
        rows = [self.render_line(y) for y in crop.line_range]
        for look in filters:
            rows = [row.apply_filter(look, background) for row in rows]
        return [row.crop(crop.x, crop.right) for row in rows]

    def _cursor_column(self) -> int | None:
        drawn, view = self._drawn, self._drawn_view
        if drawn is None or view is None or not drawn.columns or self.cursor is None:
            return None
        if not view.start <= self.cursor <= view.end:
            return None
        return column_of(view, self.cursor, drawn.columns)

    def watch_cursor(self) -> None:
        """Show the cursor where it is now: only the rows that it runs through are repainted."""
        self._crossed.clear()
        if self._drawn is not None and self._drawn.columns:
            self.refresh_lines(self._drawn.top, self._drawn.bottom - self._drawn.top)

    @property
    def step_s(self) -> float:
        """What the cursor moves by, in seconds: a column, but never less than a minute."""
        if self._view is None or self._drawn is None or not self._drawn.columns:
            return MINUTE_S
        column_s = (self._view.end - self._view.start) / (self._drawn.columns - 1)
        return max(1, ceil(column_s / MINUTE_S)) * MINUTE_S

    def _place(self, moment: float) -> None:
        """Put the cursor to the nearest minute within reach, and say so."""
        view = self._view
        if view is None:
            return
        low, high = _reach(view)
        self.cursor = min(max(round(moment / MINUTE_S) * MINUTE_S, low), high)
        self.following = self.cursor == high
        self.post_message(self.Moved(self, self.cursor))

    def _here(self) -> float:
        return self.cursor or 0.0

    def action_move(self, columns: int) -> None:
        """Move the cursor by columns of the chart."""
        self._place(self._here() + columns * self.step_s)

    def action_hour(self, hours: int) -> None:
        """Move the cursor by hours."""
        self._place(self._here() + hours * HOUR_S)

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first (0) or the last (1) minute within reach."""
        if self._view is not None:
            self._place(_reach(self._view)[end])

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        drawn, view = self._drawn, self._drawn_view
        place = event.get_content_offset(self)
        if drawn is None or view is None or drawn.columns < 2 or place is None:
            return
        column = place.x - drawn.left
        if 0 <= column < drawn.columns:
            share = column / (drawn.columns - 1)
            self._place(view.start + share * (view.end - view.start))


def crossed(row: Strip, column: int, style: Style) -> Strip:
    """A row with the cursor in one column; a cell that is drawn on keeps what it shows.

    The row's characters are one cell wide.
    """
    segments = list(row)
    at = 0
    for place, (text, had, _) in enumerate(segments):
        here = column - at
        if here < len(text):
            sign = glyphs.CURSOR_LINE if text[here] in BLANK else text[here]
            parts = ((text[:here], had), (sign, style), (text[here + 1 :], had))
            segments[place : place + 1] = [Segment(*part) for part in parts if part[0]]
            break
        at += len(text)
    return Strip(segments, row.cell_length)


def _reach(view: ChartView) -> tuple[float, float]:
    return view.reach or (view.start, view.end)


def _draw(view: ChartView, width: int, height: int) -> tuple[ChartView, Drawing]:
    return view, plot(view, width, height)
