"""The wall's picture: one word in letters as large as there is room for, the time, three facts."""

from dataclasses import dataclass

from widgets.canvas import Block
from widgets.letters import banner
from widgets.line import Line, Span, Tone, fit, width_of, wrap

MARGIN = 2
GAP = 3
MOST_SAID = 3
# How large the word, the time and the facts are, the best first; facts of 0 stand in rows.
SIZES = ((3, 2, 2), (3, 2, 1), (2, 2, 1), (2, 1, 1), (1, 1, 1), (2, 1, 0), (1, 1, 0), (1, 0, 0))
SMALLEST = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """Something said large. Of `words` the first that fits is shown, in capital letters.

    `label` says what it is of, `said` the rest, both in plain letters.
    """

    words: tuple[str, ...]
    label: str = ""
    said: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class BigView:
    """The verdict, the phase with its time, and the facts, what matters most first."""

    verdict: Tile
    time: Tile
    facts: tuple[Tile, ...]


def big_lines(view: BigView, width: int, height: int) -> list[Line]:
    """The picture in `width` and at most `height` cells, as large as it can be."""
    room = width - 2 * MARGIN
    for sizes in (*SIZES, SMALLEST):
        parts = _parts(view, room, sizes)
        if parts is not None and sum(map(len, parts)) + len(parts) - 1 <= height:
            break
    else:
        parts = _parts(view, room, SMALLEST) or []
    spare = max(0, height - sum(map(len, parts)))
    between = max(1, spare // (len(parts) + 1))
    lines: list[Line] = [()] * (between if spare >= between * len(parts) else 0)
    for part in parts:
        lines += [*part, *[()] * between]
    return lines[:height]


def _parts(view: BigView, room: int, sizes: tuple[int, int, int]) -> list[list[Line]] | None:
    """The rows of each part; None where a word does not fit in its size."""
    verdict, time = _word(view.verdict, room, sizes[0]), _word(view.time, room, sizes[1])
    facts = _columns(view.facts, room, sizes[2]) if sizes[2] else _rows(view.facts, room)
    if verdict is None or time is None or facts is None:
        return None
    said = [_in((Span(text, "strong"),)) for text in _said(view.verdict.said, room)]
    loud = view.verdict.tone == "alarm"
    edge = [_band("", room)] if loud and sizes[0] else []
    head = [_band(row, room) if loud else _in((Span(row, view.verdict.tone),)) for row in verdict]
    label = _in((Span(fit(view.time.label, room), "strong"),))
    times = [_in((Span(row, view.time.tone),)) for row in time]
    apart: list[Line] = [()] if sizes[0] > 1 and not loud else []
    return [[*edge, *head, *edge, *apart, *said], [label, *times], facts]


def _in(line: Line) -> Line:
    return (Span(" " * MARGIN), *line)


def _band(row: str, room: int) -> Line:
    """A row of what is loud, from edge to edge."""
    side = " " * MARGIN
    rest = " " * (room - len(row))
    return (Span(side, "alarm"), Span(row, "alarm"), Span(f"{rest}{side}", "alarm"))


def _word(tile: Tile, room: int, scale: int) -> list[str] | None:
    """The first of the tile's words that fits, in blocks of this scale; at 0 the last one does."""
    for word in tile.words:
        rows = banner(word, scale)
        if len(rows[0]) <= room:
            return rows
    return None if scale else [fit(tile.words[-1], room)]


def _said(text: str, room: int) -> list[str]:
    lines = [line for line in wrap(text, room) if line]
    if len(lines) > MOST_SAID:
        lines[MOST_SAID - 1 :] = [fit(" ".join(lines[MOST_SAID - 1 :]), room)]
    return lines


def _columns(facts: tuple[Tile, ...], room: int, scale: int) -> list[Line] | None:
    """The facts side by side."""
    width = (room - GAP * (len(facts) - 1)) // len(facts)
    columns: list[list[Line]] = []
    for fact in facts:
        rows = _word(fact, width, scale)
        if rows is None:
            return None
        label, said = Span(fit(fact.label, width), "muted"), _said(fact.said, width)
        columns.append(
            [(label,), *((Span(row, fact.tone),) for row in rows), *((Span(t),) for t in said)]
        )
    lines = []
    for y in range(max(map(len, columns))):
        cells = [column[y] if y < len(column) else () for column in columns]
        line: Line = ()
        for place, cell in enumerate(cells):
            blank = " " * ((width + GAP) * place - width_of(line))
            line = (*line, Span(blank), *cell)
        lines.append(_in(line))
    return lines


def _rows(facts: tuple[Tile, ...], room: int) -> list[Line]:
    """The facts one below the other, each in one row."""
    label = max(len(fact.label) for fact in facts) + 2
    word = max(len(fact.words[-1]) for fact in facts) + 2
    return [
        _in(
            (
                Span(fact.label.ljust(label), "muted"),
                Span(fact.words[-1].ljust(word), fact.tone or "strong"),
                Span(fit(fact.said, max(0, room - label - word))),
            )
        )
        for fact in facts
    ]


class BigBoard(Block):
    """All of a screen that shows a `BigView`."""

    DEFAULT_CSS = "BigBoard { height: 1fr; }"

    _view: BigView | None = None

    def show(self, view: BigView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        return big_lines(self._view, width, self.size.height) if self._view else []
