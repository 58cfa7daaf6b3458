"""Documents as HTML: one file that asks for nothing and runs nothing.

`_text` is the one door: what passes it is never markup. Each block begins a line of its own, so
that two files can be compared line by line.
"""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from console.clean import clean
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
from console.reports.outline import BREAK, Placed, broken, placed, sources
from console.reports.svg import svg

SEAL_ID = "warroom-seal"
LEAST_CONTENTS = 3
WIDE = 4
_FONT = "system-ui, sans-serif"


@cache
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text("utf-8")


@cache
def _policy() -> str:
    digest = b64encode(sha256(f"\n{_style()}".encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(document: Document) -> str:
    """The document as one page of HTML5; ends in a line feed."""
    every = list(placed(document))
    page = _Page(sources(document))
    title = _text(document.title)
    mark = _text(document.watermark)
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{_text(document.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{f'{mark}: ' if mark else ''}{title}</title>",
        f"<style>\n{_style()}</style>",
        "</head>",
        "<body>",
        '<a class="skip" href="#main">To the document</a>',
        "<header>",
        *([f'<p class="banner">{mark}</p>'] if mark else []),
        f"<h1>{title}</h1>",
        "</header>",
        *_contents(every),
        '<main id="main" tabindex="-1">',
        *(page.block(one) for one in every),
        "</main>",
        *([f'<div class="watermark" aria-hidden="true" data-mark="{mark}"></div>'] if mark else []),
        *([_seal(document.seal)] if document.seal else []),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return escape(clean(text.strip(), LIMIT))


def _contents(every: list[Placed]) -> list[str]:
    """Links to the headings of the second level, where there are enough of them.

    Folded, so that what a reader must see first stands on the first screen of a phone.
    """
    heads = [one for one in every if one.level == 2]
    if len(heads) < LEAST_CONTENTS:
        return []
    return [
        '<nav aria-label="Contents">',
        "<details>",
        "<summary>Contents</summary>",
        "<ol>",
        *(f'<li><a href="#{one.ident}">{_text(one.under)}</a></li>' for one in heads),
        "</ol>",
        "</details>",
        "</nav>",
    ]


def _seal(seal: str) -> str:
    """As data: no `<` in it, so that nothing can end the element; JSON reads it alike."""
    safe = seal.replace("<", "\\u003c")
    return f'<script type="application/json" id="{SEAL_ID}">{safe}</script>'


class _Page:
    """Blocks to elements; counts what needs an id."""

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        self._cited: set[int] = set()
        self._charts = 0
        self._tables = 0

    def block(self, one: Placed) -> str:
        told = "<hr>"
        match one.block:
            case Heading():
                told = f'<h{one.level} id="{one.ident}">{_text(one.under)}</h{one.level}>'
            case Paragraph(text, strong):
                inner = self._inline(text)
                told = f"<p>{f'<strong>{inner}</strong>' if strong else inner}</p>"
            case Listing(items, numbered):
                tag = "ol" if numbered else "ul"
                inner = "\n".join(f"<li>{self._inline(item)}</li>" for item in items)
                told = f"<{tag}>\n{inner}\n</{tag}>"
            case Table():
                told = self._table(one.block, one.under)
            case Code(text):
                inner = escape(clean(text, CODE_LIMIT, lines=True))
                told = f'<pre tabindex="0"><code>{inner}</code></pre>'
            case SourceList(items):
                inner = "\n".join(self._source(number, text) for number, text in items)
                told = f'<ul class="sources">\n{inner}\n</ul>'
            case Chart():
                told = self._chart(one.block)
            case Rule():
                pass
        return told

    def _inline(self, text: Inline) -> str:
        cites = "".join(
            f'<a href="#source-{number}">[{number}]</a>' if number in self._known else f"[{number}]"
            for number in marks_of(text)
        )
        shown = escape(broken(clean(text_of(text).strip(), LIMIT))).replace(BREAK, "<wbr>")
        return f"{shown}{f'<sup>{cites}</sup>' if cites else ''}"

    def _source(self, number: int, text: str) -> str:
        ident = "" if number in self._cited else f' id="source-{number}"'
        self._cited.add(number)
        return f"<li{ident}>[{number}] {_text(text)}</li>"

    def _table(self, table: Table, under: str) -> str:
        self._tables += 1
        ident = f"table-{self._tables}"
        names = [*(["tall"] if table.tall else []), *(["wide"] if len(table.head) >= WIDE else [])]
        kind = f' class="{" ".join(names)}"' if names else ""
        head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.head)
        rows = "\n".join(
            "<tr>"
            + "".join(
                f"<td>{self._inline(cell)}</td>"
                if place
                else f'<th scope="row">{self._inline(cell)}</th>'
                for place, cell in enumerate(row)
            )
            + "</tr>"
            for row in table.rows
        )
        return (
            f'<div class="scroll" role="region" aria-labelledby="{ident}" tabindex="0">\n'
            f"<table{kind}>\n"
            f'<caption class="hidden" id="{ident}">Table {self._tables}: {_text(under)}</caption>\n'
            f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
        )

    def _chart(self, chart: Chart) -> str:
        self._charts += 1
        ident = f"chart-{self._charts}"
        unit = f" ({chart.unit})" if chart.unit else ""
        told = "\n".join(f"<li>{_text(said)}</li>" for said in words(chart))
        return (
            f'<figure tabindex="0">\n'
            f"<figcaption>{_text(f'{chart.title}{unit}')}</figcaption>\n"
            f"{svg(chart, ident, _FONT)}\n<ul>\n{told}\n</ul>\n</figure>"
        )


_UNSEEN = frozenset({"head", "style", "script", "template", "title", "desc"})
_INLINE = frozenset({"a", "strong", "sup", "code", "em", "b", "i", "span", "wbr"})
_CELLS = frozenset({"td", "th"})


class _Reader(HTMLParser):
    """What a reader sees, line by line, and the seal."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.seals: list[str] = []
        self._line: list[str] = []
        self._unseen: list[str] = []
        self._sealed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
            self._sealed = tag == "script" and dict(attrs).get("id") == SEAL_ID
            if self._sealed:
                self.seals.append("")
        elif tag in _CELLS:
            self._line.append(" | ")
        elif tag not in _INLINE:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
            self._sealed = False
        elif tag not in _INLINE and tag not in _CELLS:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if self._sealed:
            self.seals[-1] += data
        elif not self._unseen:
            self._line.append(data)

    def end_line(self) -> None:
        """What was gathered is a line, or several where it held line ends."""
        text = "".join(self._line).strip().removeprefix("| ")
        self.lines += [line.rstrip() for line in text.split("\n") if line.strip()]
        self._line = []


def _read(data: bytes) -> _Reader:
    reader = _Reader()
    reader.feed(data.decode("utf-8", "replace"))
    reader.close()
    reader.end_line()
    return reader


def text_lines(data: bytes) -> list[str]:
    """The visible text; a row of a table is a line."""
    return _read(data).lines


def seal_of(data: bytes) -> str:
    """The seal in the file. Raises `ValueError`."""
    seals = _read(data).seals
    if len(seals) != 1:
        raise ValueError(f"it holds {len(seals) or 'no'} seal{'s' * (len(seals) > 1)}, not one")
    return re.sub(r"\\(?:u003c|.)", lambda m: "<" if m[0] == "\\u003c" else m[0], seals[0])
