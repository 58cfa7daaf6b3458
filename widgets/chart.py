"""The chart of one metric. It is drawn in a thread, so that keys never wait for it."""

from functools import partial

from textual.worker import Worker, WorkerState

from widgets.canvas import Canvas
from widgets.line import Line, Span, fit
from widgets.plot import ChartView, plot

__all__ = ["ChartView", "MetricChart"]


class MetricChart(Canvas):
    """Shows a `ChartView`. Give it values only while it is seen: a drawing costs 10 to 100 ms."""

    _view: ChartView | None = None
    _drawing = False
    _outdated = False
    _drawn: list[Line] | None = None

    def show(self, view: ChartView) -> None:
        """Show `view`; the old drawing stays until the new one is ready."""
        if view != self._view:
            self._view = view
            self.changed()
            self._redraw()

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
        draw = partial(plot, self._view, width, height)
        self.run_worker(draw, group="chart", thread=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what the drawing came to; begin the next one if there is newer to show."""
        event.stop()
        if not event.worker.is_finished:
            return
        self._drawing = False
        if event.state == WorkerState.SUCCESS:
            self._drawn = event.worker.result
        elif event.state == WorkerState.ERROR:
            self._drawn = [(Span(f"the chart cannot be drawn: {event.worker.error}", "warn"),)]
        self.changed()
        if self._outdated:
            self._redraw()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return len(self._drawn or "1")

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        if self._drawn is not None:
            return self._drawn[y]
        said = "loading the chart" if self._view else "no data yet"
        return (Span(fit(said, width), "muted"),)
