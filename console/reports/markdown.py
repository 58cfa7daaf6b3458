"""Documents as Markdown. `inline` is the one door for text: what passes it is never markup."""

import re

from console.clean import clean
from console.reports.document import (
    Block,
    Code,
    Document,
    Heading,
    Listing,
    Paragraph,
    Rule,
    Table,
)

LIMIT = 2000
CODE_LIMIT = 8000

# Entities, because not every renderer takes `\<` for a plain character.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underscore within a word means nothing, and names of fields stay readable.
_ACTIVE = re.compile(r"[\\`*\[\]#|~$&<>]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What begins a block where it begins a line.
_OPENING = re.compile(r"^(\s*)(?:([-+=:])|(\d+)([.)]))")
_TICKS = re.compile(r"`+")


def render(document: Document) -> str:
    """The document as CommonMark with GitHub's tables; ends in a line feed."""
    parts = [f"# {inline(document.title)}", *map(_block, document.blocks)]
    return "\n\n".join(parts) + "\n"


def inline(text: str) -> str:
    """`text` in one line that any Markdown renderer shows as it stands, after other text."""
    return _ACTIVE.sub(lambda m: _ENTITIES.get(m[0], f"\\{m[0]}"), clean(text.strip(), LIMIT))


def literal(text: str) -> str:
    """As `inline`, where it begins a line: there a number or a dash would begin a block."""
    return _OPENING.sub(_opened, inline(text))


def _opened(found: re.Match[str]) -> str:
    mark, number, dot = found[2], found[3], found[4]
    return f"\\{mark}" if mark else f"{number}\\{dot}"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {inline(block.text)}"
        case Paragraph():
            return f"**{inline(block.text)}**" if block.strong else literal(block.text)
        case Listing():
            mark = "{}." if block.numbered else "-"
            items = enumerate(block.items, 1)
            return "\n".join(f"{mark.format(place)} {literal(item)}" for place, item in items)
        case Table():
            lines = [_row(block.head), _row(("---",) * len(block.head), raw=True)]
            return "\n".join([*lines, *map(_row, block.rows)])
        case Code():
            return _code(block.text)
        case Rule():
            return "---"


def _row(cells: tuple[str, ...], *, raw: bool = False) -> str:
    return f"| {' | '.join(cell if raw else inline(cell) or ' ' for cell in cells)} |"


def _code(text: str) -> str:
    """A fence longer than any run of backticks in it, so that nothing in it can end it."""
    body = clean(text, CODE_LIMIT, lines=True)
    fence = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(body)), 0)
    return f"{fence}\n{body}\n{fence}"
