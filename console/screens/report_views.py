"""A document as text on a screen: literal, in as many columns as there are."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content

from console.clean import clean
from console.reports.chart import scale_words, sparkline, words
from console.reports.document import (
    LIMIT,
    Block,
    Chart,
    Code,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Rule,
    SourceList,
    Table,
    marks_of,
    text_of,
)

GAP = 2
LEAST_CHART = 20
MOST_CHART = 120


def document_content(document: Document, width: int) -> Content:
    """The whole document for a panel of `width` cells."""
    lines = [Content.styled(_text(document.title), "bold $text-primary")]
    if document.watermark:
        lines.append(Content.styled(f" {_text(document.watermark)} ", "reverse bold"))
    for block in document.blocks:
        lines.append(Content())
        lines += _block(block, width)
    return Content("\n").join(lines)


def _text(text: str) -> str:
    return clean(text.strip(), LIMIT)


def _inline(text: Inline) -> Content:
    marks = "".join(f"[{mark}]" for mark in marks_of(text))
    said = Content(_text(text_of(text)))
    return said + Content.styled(f"{' ' if said.plain else ''}{marks}", "$text-muted")


def _block(block: Block, width: int) -> Iterator[Content]:
    match block:
        case Heading():
            style = "bold $text-primary underline" if block.level == 2 else "bold"
            yield Content.styled(_text(block.text), style)
        case Paragraph():
            told = _inline(block.text)
            yield told.stylize("bold") if block.strong else told
        case Listing():
            for place, item in enumerate(block.items, 1):
                mark = f"{place}. " if block.numbered else "· "
                yield Content.styled(mark, "$text-primary") + _inline(item)
        case Table():
            yield from _table(block, width)
        case Code():
            yield Content.styled(clean(block.text, 8000, lines=True), "$text-muted")
        case Rule():
            yield Content.styled("─" * width, "$text-muted")
        case SourceList():
            for number, told_of in block.items:
                yield Content.styled(f"[{number}] ", "$text-primary") + Content(_text(told_of))
        case Chart():
            yield from _chart(block, width)


def _chart(chart: Chart, width: int) -> Iterator[Content]:
    unit = f" ({_text(chart.unit)})" if chart.unit else ""
    yield Content.styled(f"{_text(chart.title)}{unit}", "bold")
    line = sparkline(chart, max(LEAST_CHART, min(MOST_CHART, width)))
    yield Content(line)
    for told in (*words(chart), *((scale_words(chart),) if line else ())):
        yield Content.styled(_text(told), "$text-muted")


def _table(table: Table, width: int) -> Iterator[Content]:
    """Columns where they fit; else each row as a little list of its own."""
    rows = [tuple(_inline(cell) for cell in row) for row in table.rows]
    heads = [_text(head) for head in table.head]
    widths = [
        max([cell_len(head), *(cell_len(row[place].plain) for row in rows)])
        for place, head in enumerate(heads)
    ]
    if sum(widths) + GAP * (len(widths) - 1) > width:
        yield from _stacked(heads, rows)
        return
    head = [Content.styled(one, "bold") for one in heads]
    for cells in (head, *rows):
        yield Content(" " * GAP).join(
            cell + Content(" " * (room - cell_len(cell.plain)))
            for cell, room in zip(cells, widths, strict=True)
        )


def _stacked(heads: Sequence[str], rows: Sequence[Sequence[Content]]) -> Iterator[Content]:
    if len(heads) == 2:  # a name and what is said of it
        for name, told in rows:
            yield name.stylize("bold") + Content("  ") + told
        return
    for row in rows:
        yield row[0].stylize("bold")
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if cell.plain:
                yield Content.styled(f"  {head.lower()}: ", "$text-primary") + cell
