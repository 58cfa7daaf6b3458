"""A chart as SVG: no script, no style sheet, nothing from elsewhere, the same bytes each time.

The limit is dashed and named, a gap is a grey field with its name, so that nothing hangs on colour.
"""

import math
from collections.abc import Callable, Iterable
from html import escape
from typing import NamedTuple

from console.clean import clean
from console.domain.times import utc
from console.reports.chart import gaps, mark_name, marks, measured, number, words
from console.reports.document import Chart

LEFT, RIGHT, TOP, BOTTOM = 66, 12, 26, 34
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 91, 364)),
)
_TICK_ROOM = 70  # a time's label needs as much
_NEAR = 12.0  # within which the letters of two marks would overlap


class Size(NamedTuple):
    """How large a picture is drawn; its letters are 11 high."""

    width: int
    height: int

    @property
    def right(self) -> int:
        """Where the time axis ends."""
        return self.width - RIGHT

    @property
    def base(self) -> int:
        """Where the time axis lies."""
        return self.height - BOTTOM


WHOLE = Size(720, 230)
HALF = Size(400, 180)


def svg(chart: Chart, ident: str, font: str, size: Size = WHOLE) -> str:
    """The chart in one element of several lines. `ident` begins its ids, `font` is its family."""
    low, high = _range(chart)

    def x(at: float) -> float:
        length = chart.end - chart.start
        part = (at - chart.start) / length if length > 0 else 0.0
        return LEFT + min(max(part, 0.0), 1.0) * (size.right - LEFT)

    def y(value: float) -> float:
        part = (value - low) / (high - low)
        return TOP + (1 - min(max(part, 0.0), 1.0)) * (size.base - TOP)

    unit = f" ({chart.unit})" if chart.unit else ""
    name = _text(f"{chart.title}{unit}")
    told = _text(". ".join(words(chart)))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size.width} {size.height}"'
        f' role="img" class="chart" aria-labelledby="{ident}-title {ident}-desc"'
        f' font-family="{font}" font-size="11">',
        f'<title id="{ident}-title">{name}</title>',
        f'<desc id="{ident}-desc">{told}</desc>',
        *_values(low, high, y, size),
        *_times(chart, x, size),
        *_gaps(chart, x, size),
        *_limit(chart, y, size),
        *_line(chart, x, y),
        *_marks(chart, x, size),
        f'<text class="ink" x="2" y="13" fill="#24292f">{_text(chart.unit)}</text>',
        "</svg>",
    ]
    return "\n".join(lines)


def _text(text: str) -> str:
    return escape(clean(text, 2000))


def _range(chart: Chart) -> tuple[float, float]:
    """What the value axis spans: from zero, but where all lies far from it."""
    values = measured(chart)
    if chart.limit is not None and math.isfinite(chart.limit):
        values.append(chart.limit)
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if 0 <= low <= 0.6 * high or low == high:
        low = min(0.0, low)
    high = max(high, 0.0) if low < 0 else high
    room = (high - low) * 0.08 or 1.0
    return (low if low == 0 else low - room), high + room


def _values(low: float, high: float, y: Callable[[float], float], size: Size) -> Iterable[str]:
    step = _nice((high - low) / 4)
    tick = math.ceil(low / step)
    while tick * step <= high:
        at = f"{y(tick * step):.1f}"
        yield f'<path class="grid" d="M{LEFT} {at}H{size.right}" stroke="#d0d7de"/>'
        yield (
            f'<text class="ink" x="{LEFT - 6}" y="{at}" dy="4" text-anchor="end"'
            f' fill="#24292f">{number(round(tick * step, 12))}</text>'
        )
        tick += 1


def _nice(rough: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(f * power for f in (1, 2, 2.5, 5, 10, 20) if f * power >= rough)


def _times(chart: Chart, x: Callable[[float], float], size: Size) -> Iterable[str]:
    """Times of day along the axis, with the day where it begins or first is."""
    length = chart.end - chart.start
    if length <= 0:
        return
    most = (size.right - LEFT) // _TICK_ROOM
    step = next((one for one in _STEPS if length / one <= most), length)
    tick, day = math.ceil(chart.start / step) * step, ""
    while tick <= chart.end:
        moment, at = utc(tick), f"{x(tick):.1f}"
        yield f'<path class="axis" d="M{at} {size.base}v4" stroke="#24292f"/>'
        here = moment.strftime("%Y-%m-%d")
        said = moment.strftime("%H:%M")
        yield (
            f'<text class="ink" x="{at}" y="{size.base + 15}" text-anchor="middle"'
            f' fill="#24292f">{said}</text>'
        )
        if here != day:
            told = f"{here} UTC" if not day else here[5:]
            yield (
                f'<text class="ink" x="{at}" y="{size.base + 28}" text-anchor="middle"'
                f' fill="#24292f">{told}</text>'
            )
        day = here
        tick += step
    yield f'<path class="axis" d="M{LEFT} {size.base}H{size.right}" stroke="#24292f"/>'


def _gaps(chart: Chart, x: Callable[[float], float], size: Size) -> Iterable[str]:
    """A grey field wherever nothing was measured; a name where there is room for it."""
    last = -1.0
    for begin, end in gaps(chart):
        left, right = x(begin), x(end)
        if right <= last:
            continue  # so near to the one before that they are one field
        wide = max(right - left, 1.5)
        last = left + wide
        yield (
            f'<rect class="gap" x="{left:.1f}" y="{TOP}" width="{wide:.1f}"'
            f' height="{size.base - TOP}" fill="#e1e4e8"/>'
        )
        if wide >= 44:
            yield (
                f'<text class="ink" x="{left + wide / 2:.1f}" y="{size.base - 5}"'
                f' text-anchor="middle" fill="#24292f">no data</text>'
            )


def _limit(chart: Chart, y: Callable[[float], float], size: Size) -> Iterable[str]:
    if chart.limit is None or not math.isfinite(chart.limit):
        return
    at = y(chart.limit)
    told = _text(f"limit {number(chart.limit)}{f' {chart.unit}' if chart.unit else ''}")
    yield (
        f'<path class="limit" d="M{LEFT} {at:.1f}H{size.right}" stroke="#a3260f"'
        ' stroke-width="1.5" stroke-dasharray="7 4" fill="none"/>'
    )
    yield (
        f'<text class="limit-name" x="{size.right - 2}" y="{at - 4:.1f}" text-anchor="end"'
        f' fill="#a3260f">{told}</text>'
    )


def _line(chart: Chart, x: Callable[[float], float], y: Callable[[float], float]) -> Iterable[str]:
    """The series as one path: at most the lowest and the highest value of each half pixel."""
    parts: list[str] = []
    pen = False
    for piece in _pieces(chart, x):
        if piece is None:
            pen = False
            continue
        at, value = piece
        parts.append(f"{'L' if pen else 'M'}{at:.1f} {y(value):.1f}{'' if pen else 'h.01'}")
        pen = True
    if parts:
        yield (
            f'<path class="line" d="{"".join(parts)}" fill="none" stroke="#0b5cad"'
            ' stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>'
        )


def _pieces(chart: Chart, x: Callable[[float], float]) -> Iterable[tuple[float, float] | None]:
    """Points to draw, in order; None where the line breaks."""
    held: list[float] = []
    place = -1.0

    def spread() -> Iterable[tuple[float, float]]:
        if held:
            first, last = held[0], held[-1]
            yield from (
                (place, value) for value in dict.fromkeys((first, min(held), max(held), last))
            )

    for at, value in chart.points:
        if value is None or not math.isfinite(value):
            yield from spread()
            held = []
            yield None
            continue
        here = round(x(at) * 2) / 2
        if here != place:
            yield from spread()
            held, place = [], here
        held.append(value)
    yield from spread()


def _marks(chart: Chart, x: Callable[[float], float], size: Size) -> Iterable[str]:
    """A dotted line a moment, with the letter by which the words call it."""
    taken = -math.inf
    for place, (at, _) in marks(chart):
        if not chart.start <= at <= chart.end:
            continue
        here = x(at)
        yield (
            f'<path class="mark" d="M{here:.1f} {TOP - 4}V{size.base}" stroke="#57606a"'
            ' stroke-dasharray="2 3" fill="none"/>'
        )
        if here - taken >= _NEAR:
            taken = here
            yield (
                f'<text class="ink" x="{here:.1f}" y="{TOP - 8}" text-anchor="middle"'
                f' font-weight="bold" fill="#24292f">{mark_name(place)}</text>'
            )
