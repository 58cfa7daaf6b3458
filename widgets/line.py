"""A line of a screen as plain values: spans of literal text, each with a tone.

Nothing here knows markup, so text from outside is shown as it is. Widths are terminal cells.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from widgets import glyphs

Tone = Literal["", "muted", "good", "warn", "bad", "accent", "strong", "alarm"]
"""How a span looks; `""` is the normal text, `alarm` is for what needs a hand now."""


class Span(NamedTuple):
    """A piece of literal text in one tone."""

    text: str
    tone: Tone = ""


Line = tuple[Span, ...]
"""One row of the screen, from left to right."""

LONG = 12  # cells: a number is never as wide
WORDS = re.compile(r"\s*\S+\s*")
LEAD = re.compile(r" *(?:[^\w\s] +|\w {2,}|\d+[.)] +)(?=\S)")
"""What a row may begin with that its text hangs from: a sign, a key or a number."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `width` is its least width (0: there is nothing to show). Where room is short the column with
    the highest `rank` goes first; rank 0 stays. Room left over widens it up to `most`.
    """

    width: int
    rank: int = 0
    most: int = 0
    right: bool = False


def text_of(line: Iterable[Span]) -> str:
    """The line as plain text."""
    return "".join(span.text for span in line)


def width_of(line: Iterable[Span]) -> int:
    """The line's width in cells."""
    return sum(cell_len(span.text) for span in line)


def fit(text: str, width: int) -> str:
    """`text` on one line of at most `width` cells: whole words, then an ellipsis.

    A first word wider than the whole width is cut, and any such word where there is room to know it
    again by its beginning: nothing else could be shown of it.
    """
    text = " ".join(text.split())
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return glyphs.ELLIPSIS[:width]
    head = ""
    for word in text.split(" "):
        longer = f"{head} {word}" if head else word
        if cell_len(longer) > width - 1:
            if not head or cell_len(word) > width >= LONG:
                head = set_cell_size(longer, width - 1)
            break
        head = longer
    return head.rstrip(f" {glyphs.DOT}") + glyphs.ELLIPSIS


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words where a word fits a line.

    Nothing is left out but spaces at a line's end: a command stays as it is.
    """
    lines: list[str] = []
    current, used = "", 0
    for piece in _pieces(text, max(2, width)):
        bare = piece.rstrip()
        if current and bare and used + cell_len(bare) > width:
            lines.append(current.rstrip())
            current, used = "", 0
        current += piece
        used += cell_len(piece)
    return [*lines, current.rstrip()]


def wrap_hung(text: str, width: int) -> list[str]:
    """As `wrap`, with what follows a row's `LEAD` below itself: a step's text, not its number."""
    lead = LEAD.match(text)
    indent = cell_len(lead.group()) if lead else 0
    if lead is None or 2 * indent > width:
        return wrap(text, width)
    first, *rest = wrap(text[lead.end() :], width - indent)
    return [lead.group() + first, *(" " * indent + line for line in rest)]


def _pieces(text: str, width: int) -> Iterator[str]:
    """Words with the spaces behind them; of one that is wider than a line, what fits one each."""
    for word in WORDS.findall(text.replace("\n", " ")):
        start, end = 0, len(word.rstrip())
        # Never all that is left of it: a word may be as long as an entry of the journal.
        while cell_len(near := word[start : min(end, start + 2 * width)]) > width or (
            start + 2 * width < end
        ):
            head = near
            if cell_len(near) > width:
                head = set_cell_size(near, width)
                if not near.startswith(head):  # a wide character at the edge became a space
                    head = head[:-1]
            yield head
            start += len(head)
        yield word[start:]


def keep(parts: Sequence[tuple[int, int]], room: int, gap: int) -> tuple[bool, ...]:
    """Which of the `(rank, width)` parts stay in `room` cells with `gap` cells between them.

    The highest rank goes first, of equals the last one; empty parts and rank 0 are never counted
    out: the first for having no width, the second because they must be seen.
    """
    stays = [width > 0 for _, width in parts]

    def total() -> int:
        widths = [width for (_, width), stay in zip(parts, stays, strict=True) if stay]
        return sum(widths) + gap * (len(widths) - 1)

    for index in sorted(range(len(parts)), key=lambda i: (parts[i][0], i), reverse=True):
        if parts[index][0] == 0 or total() <= room:
            break
        stays[index] = False
    return tuple(stays)


def layout(columns: Sequence[Column], room: int, gap: int = 2) -> tuple[int, ...]:
    """The width of each column in a row of `room` cells; 0 where a column is dropped."""
    stays = keep([(column.rank, column.width) for column in columns], room, gap)
    widths = [column.width if stay else 0 for column, stay in zip(columns, stays, strict=True)]
    spare = room - sum(widths) - gap * (sum(stays) - 1)
    for index, column in enumerate(columns):
        if stays[index] and column.most > column.width and spare > 0:
            more = min(spare, column.most - column.width)
            widths[index] += more
            spare -= more
    return tuple(widths)


def compose(
    columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Line], gap: int = 2
) -> Line:
    """A row of a table: each cell in its column's width. Only one-span cells are shortened."""
    row: list[Span] = []
    for column, width, cell in zip(columns, widths, cells, strict=True):
        if width == 0:
            continue
        if row:
            row.append(Span(" " * gap))
        shown = (Span(fit(cell[0].text, width), cell[0].tone),) if len(cell) == 1 else cell
        blank = Span(" " * (width - width_of(shown)))
        row.extend((blank, *shown) if column.right else (*shown, blank))
    return tuple(row)


def widest(texts: Iterable[str]) -> int:
    """The width of the widest of `texts`, 0 if there is none."""
    return max(map(cell_len, texts), default=0)


def dotted(*texts: str) -> str:
    """The texts that say something, with a middle dot between them."""
    return f" {glyphs.DOT} ".join(text for text in texts if text)


def bar(fraction: float, width: int, tone: Tone) -> Line:
    """A bar of `width` cells, filled by `fraction` (0 to 1; beyond is drawn full or empty)."""
    filled = round(min(1.0, max(0.0, fraction)) * width)
    if filled in (0, width):
        head = glyphs.BAR * filled
    else:
        head = glyphs.BAR * (filled - 1) + glyphs.BAR_HEAD
    return (Span(head, tone), Span(glyphs.BAR_REST * (width - filled), "muted"))
