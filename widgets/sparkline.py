"""A sparkline on a fixed scale: from zero to the limit, or to the highest value above it."""

import math
from collections.abc import Sequence
from itertools import groupby, pairwise

from widgets import glyphs
from widgets.line import Line, Span, Tone

Points = Sequence[float | None]


def scale_top(points: Points, over: float | None) -> float:
    """The value at the sparkline's upper edge, so that a caller can put it into words.

    It is never less than the limit `over`: a small wobble below it stays small.
    """
    finite = [point for point in points if point is not None and math.isfinite(point)]
    return max([0.0, over if over is not None else 0.0, *finite])


def sparkline(points: Points, width: int, over: float | None, under: float | None) -> Line:
    """`points` (oldest first) in at most `width` cells; newest at the right.

    Where there are more points than cells, a cell shows its worst point: a breach is never
    averaged away. None, NaN and infinity are gaps.
    """
    known = [p if p is not None and math.isfinite(p) else None for p in points]
    cells = known if len(known) <= width else _grouped(known, width, over, under)
    top = scale_top(points, over)
    drawn = [_cell(value, top, over, under) for value in cells]
    return tuple(
        Span("".join(glyph for glyph, _ in run), tone)
        for tone, run in groupby(drawn, key=lambda cell: cell[1])
    )


def _grouped(
    known: list[float | None], width: int, over: float | None, under: float | None
) -> list[float | None]:
    edges = [index * len(known) // width for index in range(width + 1)] if width else []
    cells: list[float | None] = []
    for start, end in pairwise(edges):
        group = [point for point in known[start:end] if point is not None]
        low = min(group, default=None)
        fell = low is not None and under is not None and (over is None or low < under)
        cells.append(low if fell else max(group, default=None))
    return cells


def _cell(
    value: float | None, top: float, over: float | None, under: float | None
) -> tuple[str, Tone]:
    if value is None:
        return glyphs.GAP, "muted"
    level = int(max(0.0, value) / top * len(glyphs.BLOCKS)) if top > 0 else 0
    breached = (over is not None and value > over) or (under is not None and value < under)
    glyph = glyphs.BLOCKS[min(level, len(glyphs.BLOCKS) - 1)]
    return glyph, "warn" if breached else "accent"
