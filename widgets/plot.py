"""A metric over time as lines of text, drawn by plotext. Slow to import: call it in a thread."""

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.cells import cell_len

from widgets import glyphs
from widgets.line import Line, Span, Tone, fit

Point = tuple[float, float]
"""Unix seconds and a value."""

LEAST_WIDTH = 30
LEAST_HEIGHT = 6
HEADROOM = 1.1
TIME_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
DAY_S = 86_400
LINE_COLOR, LIMIT_COLOR, MARK_COLOR = 12, 1, 8
TONES: dict[int, Tone] = {LINE_COLOR: "accent", LIMIT_COLOR: "bad", MARK_COLOR: "muted", 0: ""}
ESCAPE = re.compile(r"\x1b\[(?:38;5;)?(\d+)m")

_one_at_a_time = threading.Lock()  # plotext has a single canvas


@dataclass(frozen=True, slots=True)
class ChartView:
    """A metric between `start` and `end` (unix seconds, UTC).

    `points` are (unix seconds, value) in order; None is a gap. `marks` are moments with a label.
    Values, `threshold` and `unit` ("%", "s", "$") belong together.
    """

    title: str
    unit: str
    points: tuple[tuple[float, float | None], ...]
    threshold: float | None
    start: float
    end: float
    marks: tuple[tuple[float, str], ...] = ()


def reduced(view: ChartView, columns: int) -> list[list[Point]]:
    """The points worth drawing in `columns` columns: the lowest and the highest of each.

    One list for each unbroken run; a column that holds only None (or NaN, infinity) ends a run.
    """
    span = view.end - view.start
    if span <= 0 or columns < 1:
        return []
    buckets: dict[int, list[Point]] = {}
    for moment, value in view.points:
        if view.start <= moment <= view.end:
            column = min(columns - 1, int((moment - view.start) / span * columns))
            bucket = buckets.setdefault(column, [])
            if value is not None and math.isfinite(value):
                bucket.append((moment, value))
    runs: list[list[Point]] = [[]]
    for column in sorted(buckets):
        bucket = buckets[column]
        if bucket:
            ends = {min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])}
            runs[-1].extend(sorted(ends))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def time_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """At most `most` (2 or more) round moments between `start` and `end` with their UTC labels."""
    step = next((s for s in TIME_STEPS if (end - start) / s <= most - 1), DAY_S)
    while (end - start) / step > most - 1:
        step += DAY_S
    form = "%H:%M" if end - start <= DAY_S else "%a %H:%M"
    first = math.ceil(start / step)
    moments = [float(count * step) for count in range(first, math.floor(end / step) + 1)]
    return [(moment, datetime.fromtimestamp(moment, UTC).strftime(form)) for moment in moments]


def value_ticks(top: float, most: int) -> list[float]:
    """At most `most` (2 or more) round values from 0 to `top`."""
    raw = top / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999), power * 10)
    return [count * step for count in range(math.floor(top / step) + 1)]


def value_text(value: float, unit: str) -> str:
    """A value of the axis with its unit."""
    return f"{value:,.6g} {unit}".rstrip()


def plot(view: ChartView, width: int, height: int) -> list[Line]:
    """The chart in `width` by `height` cells, or one line that says why there is none."""
    title = (Span(fit(view.title, width), "strong"),)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return [(Span(fit("too small for a chart", width), "muted"),)]
    values = [value for _, value in view.points if value is not None and math.isfinite(value)]
    if not values or view.end <= view.start:
        return [title, (Span("no data yet", "muted"),)]
    top = max([*values, view.threshold or 0.0]) * HEADROOM or 1.0
    labels = {value: value_text(value, view.unit) for value in value_ticks(top, height // 3)}
    if view.threshold is not None:
        near = top / (height - 4)
        labels = {value: t for value, t in labels.items() if abs(value - view.threshold) > near}
        labels[view.threshold] = f"limit {value_text(view.threshold, view.unit)}"
    left = max(cell_len(label) for label in labels.values()) + 1
    columns = width - left - 1
    marks = sorted(mark for mark in view.marks if view.start <= mark[0] <= view.end)
    runs = reduced(view, columns)
    bottom = min(0.0, *values)
    body = _build(view, runs, labels, marks, (width, height - 1 - bool(marks)), (bottom, top))
    head = [title, _mark_row(view, marks, left, columns)] if marks else [title]
    return [*head, *(_spans(text) for text in body.splitlines())]


def _build(
    view: ChartView,
    runs: Sequence[Sequence[Point]],
    labels: dict[float, str],
    marks: Sequence[tuple[float, str]],
    size: tuple[int, int],
    limits: tuple[float, float],
) -> str:
    import plotext as plt  # noqa: PLC0415 - 66 ms, which the first paint does not owe

    with _one_at_a_time:
        plt.clear_figure()
        # A new figure is held to the terminal that the process has, which may be none.
        plt.limit_size(False, False)
        plt.theme("clear")
        plt.plotsize(*size)
        if view.threshold is not None:
            plt.hline(view.threshold, LIMIT_COLOR)
        for moment, _ in marks:
            plt.vline(moment, MARK_COLOR)
        for run in runs:
            xs, ys = [moment for moment, _ in run], [value for _, value in run]
            plt.plot(xs, ys, marker="braille", color=LINE_COLOR)
        plt.xlim(view.start, view.end)
        plt.ylim(*limits)
        ticks = time_ticks(view.start, view.end, max(2, size[0] // 12))
        plt.xticks([moment for moment, _ in ticks], [label for _, label in ticks])
        plt.yticks(list(labels), list(labels.values()))
        return str(plt.build())


def _mark_row(view: ChartView, marks: Sequence[tuple[float, str]], left: int, columns: int) -> Line:
    row: list[Span] = []
    used = 0
    for moment, label in marks:
        place = left + round((moment - view.start) / (view.end - view.start) * (columns - 1))
        text = f"{glyphs.MARK}{' '.join(label.split())}"
        if place < used or place + cell_len(text) > left + columns:
            continue
        row.append(Span(" " * (place - used) + text, "muted"))
        used = place + cell_len(text) + 1
        row.append(Span(" "))
    return tuple(row)


def _spans(text: str) -> Line:
    tone: Tone = ""
    spans: list[Span] = []
    for index, piece in enumerate(ESCAPE.split(text)):
        if index % 2:
            tone = TONES[int(piece)]
        elif piece:
            spans.append(Span(piece, tone))
    return tuple(spans)
