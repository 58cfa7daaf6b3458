"""Documents as PDF, tagged (PDF/UA-1), set by typst: no browser, no file beside it, no network.

`report.typ` is the only code; texts reach it as JSON strings and are shown, never evaluated. The
typesetter's own fonts make a page the same on each machine; the system's come in only for
characters that those lack.
"""

import io
import json
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from console.clean import clean
from console.domain.times import iso, utc
from console.reports.chart import words
from console.reports.document import (
    CODE_LIMIT,
    LIMIT,
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
from console.reports.glyphs import FONTS, STANDARD, shown
from console.reports.outline import BREAK, Placed, broken, placed, sources
from console.reports.svg import HALF, WHOLE, Size, svg

SEAL_NAME = "warroom-seal.json"
CONTENTS_FROM = 10
_MONO = ("DejaVu Sans Mono", "Libertinus Serif", "New Computer Modern Math")
_WIDEST = 120
_SHORT = 18
_MOST_SHORT = 64
_SMALL_ROWS = 7
_SMALL_TEXT = 900


@cache
def _template() -> bytes:
    return Path(__file__).with_name("report.typ").read_bytes()


def render(document: Document) -> bytes:
    """The document as PDF. Raises `ValueError` where it cannot be set."""
    import typst  # noqa: PLC0415  # 80 MB that no other format needs

    told = json.dumps(_told(document), ensure_ascii=False)
    system, marked = shown(told)
    told = told.translate(marked)
    try:
        return typst.compile(
            _template(),
            sys_inputs={"document": told},
            ignore_system_fonts=not system,
            pdf_standards=STANDARD,
        )
    except typst.TypstError as error:
        raise ValueError(f"the PDF cannot be set: {clean(str(error), 300)}") from None


def _told(document: Document) -> dict[str, Any]:
    """What `report.typ` reads."""
    known = sources(document)
    every = list(placed(document))
    moment = utc(document.made) if document.made else None
    parts = ("year", "month", "day", "hour", "minute", "second")
    return {
        "title": _plain(document.title),
        "head": clean(document.title.strip(), 100),
        "language": document.language,
        "date": moment and {name: getattr(moment, name) for name in parts},
        "made": iso(document.made) if document.made else "",
        "watermark": _plain(document.watermark),
        "seal": document.seal,
        "fonts": FONTS,
        "mono": _MONO,
        "dense": document.dense,
        "contents": sum(one.level == 2 for one in every) >= CONTENTS_FROM,
        "blocks": _laid(every, known),
    }


def _laid(every: list[Placed], known: frozenset[int]) -> list[dict[str, Any]]:
    """Charts that follow each other stand two in a row; a paragraph stays with its table."""
    laid: list[dict[str, Any]] = []
    seen: set[int] = set()
    charts = 0
    for several, group in groupby(every, lambda one: isinstance(one.block, Chart)):
        held = list(group)
        if several:
            size = HALF if len(held) > 1 else WHOLE
            blocks = [one.block for one in held if isinstance(one.block, Chart)]
            drawn = [_chart(block, charts + n, size) for n, block in enumerate(blocks)]
            charts += len(held)
            laid.append({"kind": "charts", "items": drawn})
            continue
        for one in held:
            told = _block(one, known, seen)
            if told["kind"] == "table" and laid and laid[-1]["kind"] == "paragraph":
                laid[-1]["sticky"] = True
            laid.append(told)
    return laid


def _plain(text: str) -> str:
    return clean(text.strip(), LIMIT)


def _block(one: Placed, known: frozenset[int], seen: set[int]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    match one.block:
        case Heading():
            told = {"kind": "heading", "level": one.level, "text": broken(_plain(one.under))}
        case Paragraph(text, strong):
            said = _inline(text, known)
            told = {"kind": "paragraph", "strong": strong, "text": said, "sticky": False}
        case Listing(items, numbered):
            listed = [_inline(item, known) for item in items]
            told = {"kind": "listing", "numbered": numbered, "items": listed}
        case Table(head, rows):
            told = {
                "kind": "table",
                "tall": one.block.tall,
                "whole": _small(one.block),
                "head": [broken(_plain(cell)) for cell in head],
                "widths": _widths(one.block),
                "rows": [[_inline(cell, known) for cell in row] for row in rows],
            }
        case Code(text):
            told = {"kind": "code", "text": broken(clean(text, CODE_LIMIT, lines=True))}
        case SourceList(items):
            told = {"kind": "sources", "items": [_source(n, t, seen) for n, t in items]}
        case Rule(always):
            told = {"kind": "rule", "always": always}
    return told


def _inline(text: Inline, known: frozenset[int]) -> dict[str, Any]:
    return {
        "text": broken(_plain(text_of(text))),
        "marks": [{"number": n, "known": n in known} for n in marks_of(text)],
    }


def _source(number: int, text: str, seen: set[int]) -> dict[str, Any]:
    first = number not in seen
    seen.add(number)
    return {"number": number, "text": broken(_plain(text)), "first": first}


def _widths(table: Table) -> list[float]:
    """Shares of the width by the longest text; 0 for a short column, which takes what it needs."""
    columns = list(zip(*((table.head), *(map(text_of, row) for row in table.rows)), strict=True))
    longest = [max(len(text) for text in column) for column in columns]
    short = [length for length in longest if length <= _SHORT]
    if len(short) == len(longest) or sum(short) > _MOST_SHORT:
        short = []
    shares = []
    for column, length in zip(columns, longest, strict=True):
        word = max((len(word) for text in column for word in text.split()), default=0)
        share = max(min(length, _WIDEST) ** 0.8, min(word, 14), 5)
        shares.append(0.0 if short and length <= _SHORT else float(share))
    return shares


def _small(table: Table) -> bool:
    """Whether it is so small that no page need end within it."""
    length = sum(len(text_of(cell)) for row in table.rows for cell in row)
    return len(table.rows) <= _SMALL_ROWS and length <= _SMALL_TEXT and not table.tall


def _chart(chart: Chart, place: int, size: Size) -> dict[str, Any]:
    unit = f" ({chart.unit})" if chart.unit else ""
    told = [_plain(said) for said in words(chart)]
    return {
        "kind": "chart",
        "title": _plain(f"{chart.title}{unit}"),
        "svg": svg(chart, f"chart-{place}", FONTS[0], size),
        "alt": f"{_plain(chart.title)}: {'. '.join(told)}",
        "words": [broken(said) for said in told],
    }


def text_lines(data: bytes) -> list[str]:
    """The text of all pages, line by line as it is set. Raises `ValueError` if it is no PDF."""
    from pypdf import PdfReader  # noqa: PLC0415  # only what reads a PDF needs it
    from pypdf.errors import PyPdfError  # noqa: PLC0415  # likewise

    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"it cannot be read as a PDF ({type(error).__name__})") from None
    lines = (line.replace(BREAK, "").rstrip() for page in pages for line in page.splitlines())
    return [line for line in lines if line]


def seal_of(data: bytes) -> str:
    """The seal that is attached to it. Raises `ValueError`."""
    from pypdf import PdfReader  # noqa: PLC0415  # only what reads a PDF needs it
    from pypdf.errors import PyPdfError  # noqa: PLC0415  # likewise

    try:
        held = PdfReader(io.BytesIO(data)).attachments.get(SEAL_NAME, [])
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"it cannot be read as a PDF ({type(error).__name__})") from None
    if len(held) != 1:
        raise ValueError(f"it holds {len(held) or 'no'} seal{'s' * (len(held) > 1)}, not one")
    try:
        return held[0].decode("ascii")
    except UnicodeDecodeError:
        raise ValueError("its seal is no plain ASCII") from None
