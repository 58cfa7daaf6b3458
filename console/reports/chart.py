"""What a chart says in words and in a line of characters, the same in every format."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from console.domain.times import iso, span
from console.reports.document import Chart

_BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
WIDTH = 60


def number(value: float) -> str:
    """A value with three significant digits at least, e.g. `1,204`, `18.2`, `0.021`, `0`."""
    if not math.isfinite(value):
        return "no number"
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def measured(chart: Chart) -> list[float]:
    """The values that are there."""
    return [v for _, v in chart.points if v is not None and math.isfinite(v)]


def gaps(chart: Chart) -> list[tuple[float, float]]:
    """From when to when nothing was measured: from one point without a value to the next with."""
    found: list[tuple[float, float]] = []
    since: float | None = None
    for at, value in chart.points:
        missing = value is None or not math.isfinite(value)
        if missing and since is None:
            since = at
        elif not missing and since is not None:
            found.append((since, at))
            since = None
    if since is not None:
        found.append((since, max(chart.end, since)))
    return found


def words(chart: Chart) -> tuple[str, ...]:
    """What is to be seen in it, for who cannot see it; the note comes first."""
    unit = f" {chart.unit}" if chart.unit else ""
    values = measured(chart)
    told = [chart.note] if chart.note else []
    told.append(f"From {iso(chart.start)} to {iso(chart.end)}")
    if values:
        low, mid, high = min(values), median(values), max(values)
        told.append(
            f"Lowest {number(low)}{unit}, median {number(mid)}{unit}, highest {number(high)}{unit}"
        )
    else:
        told.append("Nothing was measured")
    if chart.limit is not None:
        over = sum(value > chart.limit for value in values)
        told.append(
            f"Limit {number(chart.limit)}{unit}: {over:,} of {len(values):,} points lie above it"
        )
    holes = gaps(chart)
    if holes and values:
        longest = max(holes, key=lambda hole: hole[1] - hole[0])
        long = span(longest[1] - longest[0])
        count = "1 gap" if len(holes) == 1 else f"{len(holes)} gaps"
        told.append(f"{count} without data, the longest {long} from {iso(longest[0])}")
    return (*told, *(f"{mark_name(i)}: {iso(at)}, {text}" for i, (at, text) in marks(chart)))


def marks(chart: Chart) -> list[tuple[int, tuple[float, str]]]:
    """The marks in the order of time, with their places."""
    return list(enumerate(sorted(chart.marks)))


def mark_name(place: int) -> str:
    """What a mark is called in the picture: A, B … Z, then A1, B1 …."""
    turn, letter = divmod(place, 26)
    return chr(ord("A") + letter) + (str(turn) if turn else "")


def sparkline(chart: Chart, width: int = WIDTH) -> str:
    """One character a piece of time, by its highest value; `·` where nothing was measured.

    As many pieces as there are points, `width` at most; the height is that of `scale`.
    """
    if not measured(chart):
        return ""
    low, high = scale(chart)
    return "".join(
        GAP if value is None else _BLOCKS[_step(value, low, high)]
        for value in columns(chart, min(width, _pieces(chart)))
    )


def scale(chart: Chart) -> tuple[float, float]:
    """From where to where the characters reach: from zero to the highest value or the limit."""
    values = [*measured(chart), 0.0]
    if chart.limit is not None and math.isfinite(chart.limit):
        values.append(chart.limit)
    return min(values), max(values)


def scale_words(chart: Chart) -> str:
    """What the height of the characters means."""
    low, high = scale(chart)
    unit = f" {chart.unit}" if chart.unit else ""
    top = ", the limit" if high == chart.limit else ""
    return f"The line's height runs from {number(low)} to {number(high)}{unit}{top}"


def _pieces(chart: Chart) -> int:
    """How many points the time axis has room for at the distance that they have."""
    steps = [after - before for (before, _), (after, _) in pairwise(chart.points) if after > before]
    length = chart.end - chart.start
    if not steps or length <= 0:
        return 1
    both_ends = chart.points[0][0] <= chart.start and chart.points[-1][0] >= chart.end
    return max(1, int(length / median(steps) + 1e-6) + both_ends)


def columns(chart: Chart, width: int) -> Sequence[float | None]:
    """The highest value in each of `width` equal pieces of the time axis; None without one."""
    out: list[float | None] = [None] * width
    length = chart.end - chart.start
    for at, value in chart.points:
        if value is None or not math.isfinite(value) or not chart.start <= at <= chart.end:
            continue
        place = min(width - 1, int((at - chart.start) / length * width + 1e-9)) if length > 0 else 0
        known = out[place]
        out[place] = value if known is None else max(known, value)
    return out


def _step(value: float, low: float, high: float) -> int:
    if high <= low:
        return 0
    return min(len(_BLOCKS) - 1, int((value - low) / (high - low) * len(_BLOCKS)))
