"""How often each latency came: bars on a logarithmic scale, with the quantiles marked."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from widgets.canvas import Canvas
from widgets.line import Line, Span, Tone, fit, widest
from widgets.plot import value_text

SERIES = (
    (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2),
    (1.0, 1.5, 2.2, 3.3, 4.7, 6.8),
    (1.0, 2.0, 5.0),
    (1.0,),
)
EIGHTHS = "▏▎▍▌▋▊▉"
FULL = "█"
LEAST_BAR = 6
Groups = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class HistogramView:
    """Latencies: (seconds, how many) in rising order. `marks` are quantiles such as ("p95", 2.1);
    `limit` is what the p95 is held against. `said` stands where there is nothing to draw."""

    title: str
    groups: tuple[tuple[float, float], ...]
    marks: tuple[tuple[str, float], ...] = ()
    limit: float | None = None
    said: str = "no latency is known"


@dataclass(frozen=True, slots=True)
class Bin:
    """What lies in [low, high)."""

    low: float
    high: float
    count: float


def edges(low: float, high: float, most: int) -> list[float]:
    """Round values, at most `most` + 1, rising, the first <= `low` and the last > `high`."""
    for steps in SERIES:
        first, last = math.floor(math.log10(low)), math.floor(math.log10(high)) + 1
        grid = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        start = max((i for i, edge in enumerate(grid) if edge <= low), default=0)
        stop = next(i for i, edge in enumerate(grid) if edge > high)
        if stop - start <= most:
            break
    return grid[start : stop + 1]


def bins(groups: Groups, most: int) -> list[Bin]:
    """The groups in about `most` bins of like breadth on a logarithmic scale."""
    known = [(value, n) for value, n in groups if n > 0 and value > 0 and math.isfinite(value)]
    if not known:
        return []
    bounds = edges(min(v for v, _ in known), max(v for v, _ in known), max(1, most))
    counts = [0.0] * (len(bounds) - 1)
    for value, n in known:
        counts[bisect_right(bounds, value) - 1] += n
    return [Bin(*pair, count) for pair, count in zip(pairwise(bounds), counts, strict=True)]


def bar_of(share: float, width: int) -> str:
    """A bar of `share` (0 to 1) of `width` cells; what is not nothing shows."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    rest = eighths % 8
    return FULL * (eighths // 8) + (EIGHTHS[rest - 1] if rest else "")


class Histogram(Canvas, can_focus=True, inherit_bindings=False):
    """Shows a `HistogramView` in the rows there are."""

    DEFAULT_CSS = "Histogram { overflow-y: hidden; }"

    _view = HistogramView("latency", ())
    _drawn: tuple[tuple[int, int], list[Line]] | None = None

    def show(self, view: HistogramView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self._drawn = None
            self.changed()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return max(1, self.size.height)

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        size = (width, max(1, self.size.height))
        if self._drawn is None or self._drawn[0] != size:
            self._drawn = (size, self.lines(*size))
        rows = self._drawn[1]
        return rows[y] if y < len(rows) else ()

    def lines(self, width: int, height: int) -> list[Line]:
        """The heading, then a row for each bin."""
        view = self._view
        head: Line = (Span(fit(view.title, width), "strong"),)
        found = bins(view.groups, height - 1)
        if not found:
            return [head, (Span(fit(view.said, width), "muted"),)]
        total = sum(one.count for one in found)
        top = max(one.count for one in found)
        names = [f"{one.low:.3g}–{value_text(float(f'{one.high:.3g}'), 's')}" for one in found]
        counts = [f"{one.count:,.0f} {100 * one.count / total:5.1f} %" for one in found]
        held = [] if view.limit is None else [f"limit {view.limit:g} s"]
        marks = [
            ", ".join(
                [f"{name} {value:.2f} s" for name, value in view.marks if b.low <= value < b.high]
                + held * (view.limit is not None and b.low <= view.limit < b.high)
            )
            for b in found
        ]
        side, right = widest(names), widest(counts)
        after = widest(marks)
        room = width - side - right - after - 4
        if room < LEAST_BAR:
            after, room = 0, width - side - right - 3
        rows = [head]
        for one, name, count, mark in zip(found, names, counts, marks, strict=True):
            over = view.limit is not None and one.low >= view.limit
            tone: Tone = "warn" if over else "accent"
            drawn = bar_of(one.count / top, max(1, room))
            rows.append(
                (
                    Span(f"{name:>{side}} ", "muted"),
                    Span(drawn + " " * (max(1, room) - len(drawn)), tone),
                    Span(f" {count:>{right}}"),
                    Span(f"  {mark}" if after else "", "strong"),
                )
            )
        return rows
