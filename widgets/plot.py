"""A metric over time as lines of text, drawn by plotext. Slow to import: call it in a thread."""

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

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
LINE_COLOR, LIMIT_COLOR, BASE_COLOR, MARK_COLOR, TREND_COLOR = 12, 1, 2, 8, 3
TONES: dict[int, Tone] = {
    LINE_COLOR: "accent",
    LIMIT_COLOR: "strong",
    BASE_COLOR: "good",
    MARK_COLOR: "muted",
    TREND_COLOR: "warn",
    0: "",
}
BLANK = " ⠀"
ESCAPE = re.compile(r"\x1b\[(?:38;5;)?(\d+)m")

_one_at_a_time = threading.Lock()  # plotext has a single canvas


@dataclass(frozen=True, slots=True)
class ChartView:
    """A metric between `start` and `end` (unix seconds, UTC).

    `points` are (unix seconds, value) in order; None is a gap. `marks` are moments with a label,
    drawn as lines; `notes` are lesser ones, labelled where there is room. `blind` are stretches of
    which nothing is known. Values, `threshold`, `baseline`, `unit` ("%", "s", "/h") and `prefix`
    ("$") belong together. `reach` is how far a cursor may go, the whole chart if None. `line` is a
    straight one between two points, such as a trend.
    """

    title: str
    unit: str
    points: tuple[tuple[float, float | None], ...]
    threshold: float | None
    start: float
    end: float
    marks: tuple[tuple[float, str], ...] = ()
    baseline: float | None = None
    notes: tuple[tuple[float, str], ...] = ()
    blind: tuple[tuple[float, float], ...] = ()
    prefix: str = ""
    reach: tuple[float, float] | None = None
    line: tuple[Point, Point] | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as drawn. Time runs over the `columns` cells from `left` on, in the rows from `top`
    until before `bottom`; without columns there is only a sentence."""

    lines: list[Line]
    left: int = 0
    columns: int = 0
    top: int = 0
    bottom: int = 0


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


def value_text(value: float, unit: str, prefix: str = "") -> str:
    """A value of the axis with its unit."""
    gap = "" if unit.startswith("/") else " "
    return f"{prefix}{value:,.6g}{gap}{unit}".rstrip()


def column_of(view: ChartView, moment: float, columns: int) -> int:
    """The column that a moment within the view is drawn in."""
    return round((moment - view.start) / (view.end - view.start) * (columns - 1))


def plot(view: ChartView, width: int, height: int) -> Drawing:
    """The chart in `width` by `height` cells, or one line that says why there is none."""
    title: Line = (Span(fit(view.title, width), "strong"),)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Drawing([(Span(fit("too small for a chart", width), "muted"),)])
    values = [value for _, value in view.points if value is not None and math.isfinite(value)]
    if not values or view.end <= view.start:
        return Drawing([title, (Span("no data yet", "muted"),)])
    top = max([*values, view.threshold or 0.0, view.baseline or 0.0]) * HEADROOM or 1.0
    labels = _labels(view, top, height)
    left = max(cell_len(label) for label in labels.values()) + 1
    columns = width - left - 1
    marks, notes = (
        sorted(mark for mark in held if view.start <= mark[0] <= view.end)
        for held in (view.marks, view.notes)
    )
    labelled = bool(marks or notes)
    runs = reduced(view, columns)
    bottom = min(0.0, *values)
    body = _build(view, runs, labels, marks, (width, height - 1 - labelled), (bottom, top))
    if view.blind:
        title = (*title, Span(f"  {glyphs.BLIND} nothing is known", "muted"))
    head = [title, _mark_row(view, marks, notes, left, columns)] if labelled else [title]
    lines = [*head, *(_spans(text) for text in body.splitlines())]
    drawing = Drawing(lines, left, columns, len(head) + 1, len(lines) - 2)
    return _shaded(drawing, view) if view.blind else drawing


def _labels(view: ChartView, top: float, height: int) -> dict[float, str]:
    """The value axis: round values, the limit and the baseline, none of them over another."""
    near = top / (height - 4)
    labels: dict[float, str] = {}
    for name, value in (("limit", view.threshold), ("baseline", view.baseline)):
        if value is not None and not any(abs(value - held) <= near for held in labels):
            labels[value] = f"{name} {value_text(value, view.unit, view.prefix)}"
    named = list(labels)
    for value in value_ticks(top, height // 3):
        if not any(abs(value - held) <= near for held in named):
            labels[value] = value_text(value, view.unit, view.prefix)
    return labels


def _shaded(drawing: Drawing, view: ChartView) -> Drawing:
    """With the columns of its blind stretches hatched."""
    blind = {
        drawing.left + column
        for start, end in view.blind
        if end >= view.start and start <= view.end
        for column in range(
            column_of(view, max(start, view.start), drawing.columns),
            column_of(view, min(end, view.end), drawing.columns) + 1,
        )
    }
    lines = list(drawing.lines)
    for y in range(drawing.top, drawing.bottom):
        lines[y] = _hatched(lines[y], blind)
    return replace(drawing, lines=lines)


def _hatched(line: Line, blind: set[int]) -> Line:
    cells = [(char, tone) for text, tone in line for char in text]
    for column in blind:
        if column < len(cells) and cells[column][0] in BLANK:
            cells[column] = (glyphs.BLIND, "muted")
    return tuple(
        Span("".join(char for char, _ in run), tone)
        for tone, run in groupby(cells, key=itemgetter(1))
    )


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
        if view.baseline is not None:
            plt.hline(view.baseline, BASE_COLOR)
        for moment, _ in marks:
            plt.vline(moment, MARK_COLOR)
        for run in runs:
            xs, ys = [moment for moment, _ in run], [value for _, value in run]
            plt.plot(xs, ys, marker="braille", color=LINE_COLOR)
        if view.line is not None:
            (since, first), (until, last) = view.line
            plt.plot([since, until], [first, last], marker="braille", color=TREND_COLOR)
        plt.xlim(view.start, view.end)
        plt.ylim(*limits)
        ticks = time_ticks(view.start, view.end, max(2, size[0] // 12))
        plt.xticks([moment for moment, _ in ticks], [label for _, label in ticks])
        plt.yticks(list(labels), list(labels.values()))
        return str(plt.build())


def _mark_row(
    view: ChartView,
    marks: Sequence[tuple[float, str]],
    notes: Sequence[tuple[float, str]],
    left: int,
    columns: int,
) -> Line:
    """Where each mark is, with its label as far as there is room: decisions before notes."""
    cells = [" "] * (left + columns)
    tones: list[Tone] = ["muted"] * len(cells)
    for tone, sign, held in (("strong", glyphs.MARK, marks), ("muted", glyphs.DOT, notes)):
        for moment, _ in held:
            at = left + column_of(view, moment, columns)
            if cells[at] == " ":
                cells[at], tones[at] = sign, tone  # type: ignore[call-overload]  # two of its words
        for moment, label in held:
            text = " ".join(label.split())
            at = left + column_of(view, moment, columns)
            end = at + 1 + cell_len(text)
            free = not "".join(cells[at + 1 : end + 1]).strip()
            if cells[at] == sign and free and len(text) == end - at - 1 and end < len(cells):
                cells[at:end] = [glyphs.MARK, *text]
                tones[at:end] = [tone] * (end - at)  # type: ignore[list-item]  # two of its words
    drawn = zip(cells, tones, strict=True)
    return tuple(
        Span("".join(char for char, _ in run), tone)
        for tone, run in groupby(drawn, key=itemgetter(1))
    )


def _spans(text: str) -> Line:
    """What plotext drew, in as few spans as look like it: a blank looks alike in every tone."""
    tone: Tone = ""
    spans: list[Span] = []
    for index, piece in enumerate(ESCAPE.split(text)):
        if index % 2:
            tone = TONES[int(piece)]
            continue
        before = spans[-1] if spans else Span("", tone)
        if before.tone == tone or not piece.strip(BLANK):
            spans[-1:] = [Span(before.text + piece, before.tone)]
        elif not before.text.strip(BLANK):
            spans[-1:] = [Span(before.text + piece, tone)]
        else:
            spans.append(Span(piece, tone))
    return tuple(spans)
