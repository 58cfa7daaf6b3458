"""Documents as Markdown. All text passes `inline` or `literal`, and so is never markup."""

import re

from console import escape
from console.clean import clean
from console.reports.chart import scale_words, sparkline, words
from console.reports.document import (
    CODE_LIMIT,
    LIMIT,
    Block,
    Chart,
    Code,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    SourceList,
    Table,
    marks_of,
    text_of,
)

SEAL = "warroom-seal"

_TICKS = re.compile(r"`+")
_SEALED = re.compile(rb"\n```warroom-seal\r?\n([^\r\n]+)\r?\n```\s*\Z")


def render(document: Document) -> str:
    """The document as CommonMark with GitHub's tables; ends in a line feed."""
    parts = [f"# {inline(document.title)}"]
    if document.watermark:
        parts.append(f"**{inline(document.watermark)}**")
    parts += map(_block, document.blocks)
    if document.seal:
        parts.append(f"```{SEAL}\n{document.seal}\n```")
    return "\n\n".join(parts) + "\n"


def inline(text: str) -> str:
    """`text` in one line that any Markdown renderer shows as it stands, after other text."""
    return escape.inline(text, LIMIT)


def literal(text: str) -> str:
    """As `inline`, where it begins a line."""
    return escape.literal(text, LIMIT)


def _block(block: Block) -> str:
    told = "---"  # a rule
    match block:
        case Heading():
            told = f"{'#' * block.level} {inline(block.text)}"
        case Paragraph():
            text = text_of(block.text)
            told = f"**{inline(text)}**" if block.strong else literal(text)
            told += _cites(block.text)
        case Listing():
            told = "\n".join(
                f"{f'{place}.' if block.numbered else '-'} {literal(text_of(item))}{_cites(item)}"
                for place, item in enumerate(block.items, 1)
            )
        case Table():
            lines = [_row(block.head), _row(("---",) * len(block.head), raw=True)]
            told = "\n".join([*lines, *map(_row, block.rows)])
        case Code():
            told = _code(block.text)
        case SourceList():
            told = "\n".join(f"- \\[{number}\\] {inline(text)}" for number, text in block.items)
        case Chart():
            told = _chart(block)
    return told


def _cites(text: Inline) -> str:
    """The numbers behind a text, escaped: `[1][2]` could be a link."""
    numbers = "".join(f"\\[{number}\\]" for number in marks_of(text))
    return f" {numbers}" if numbers else ""


def _row(cells: tuple[Inline, ...], *, raw: bool = False) -> str:
    return f"| {' | '.join(text_of(cell) if raw else _cell(cell) for cell in cells)} |"


def _cell(cell: Inline) -> str:
    return f"{inline(text_of(cell))}{_cites(cell)}" or " "


def _chart(chart: Chart) -> str:
    unit = f" ({chart.unit})" if chart.unit else ""
    line = sparkline(chart)
    told = [*words(chart), *([scale_words(chart)] if line else [])]
    return "\n\n".join(
        (
            f"**{inline(f'{chart.title}{unit}')}**",
            *([_code(line)] if line else []),
            "\n".join(f"- {literal(said)}" for said in told),
        )
    )


def _code(text: str) -> str:
    """A fence longer than any run of backticks in it, so that nothing in it can end it."""
    body = clean(text, CODE_LIMIT, lines=True)
    fence = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(body)), 0)
    return f"{fence}\n{body}\n{fence}"


def seal_of(data: bytes) -> str:
    """The seal that the file ends with. Raises `ValueError`."""
    found = _SEALED.search(data)
    if found is None:
        raise ValueError("it holds no seal: it does not end in a block of code named warroom-seal")
    return found[1].decode("ascii", "replace")
