"""A document, whatever it is written as: a title and blocks of plain text.

Texts are literal: no block ever means markup, and each renderer has one door that sees to it.
"""

from collections.abc import Sequence

import msgspec

# The most characters of a text and of a piece of code that any format shows.
LIMIT = 2000
CODE_LIMIT = 8000


class Cited(msgspec.Struct, frozen=True):
    """A text with the numbers of its sources in the document's `SourceList`."""

    text: str
    marks: tuple[int, ...]


Inline = str | Cited


class Heading(msgspec.Struct, frozen=True):
    """A heading; 2 is the highest level beneath the title."""

    text: str
    level: int = 2


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph; `strong` where it is what a reader must not miss."""

    text: Inline
    strong: bool = False


class Listing(msgspec.Struct, frozen=True):
    """A list, numbered where the order matters."""

    items: tuple[Inline, ...]
    numbered: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table; every row has as many cells as `head`. `tall` rows have room to write by hand."""

    head: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    tall: bool = False


class Code(msgspec.Struct, frozen=True):
    """Something to be typed or copied as it stands; may have several lines."""

    text: str


class Rule(msgspec.Struct, frozen=True):
    """A new page where the format has pages and the one at hand has not just begun.

    `always` begins one even then: for what is handed out by itself.
    """

    always: bool = False


class SourceList(msgspec.Struct, frozen=True):
    """The numbered sources that `Cited` texts point to; each is an anchor `source-N`."""

    items: tuple[tuple[int, str], ...]


class Chart(msgspec.Struct, frozen=True):
    """A series over time: `points` are (unix seconds, value), None where nothing was measured.

    `limit` is in the unit of the values. `start` and `end` are the ends of the time axis, and
    `marks` are moments with their names, both in unix seconds. `note` says what is to be seen.
    """

    title: str
    unit: str
    points: tuple[tuple[float, float | None], ...]
    limit: float | None
    start: float
    end: float
    note: str
    marks: tuple[tuple[float, str], ...] = ()


Block = Heading | Paragraph | Listing | Table | Code | Rule | SourceList | Chart


class Document(msgspec.Struct, frozen=True):
    """The whole of it.

    `watermark` is a word such as DRAFT that stands across every page. `seal` is one line of ASCII
    JSON that the file carries, to be verified by. `language` is a BCP 47 tag. `made` is the moment
    it speaks of in unix seconds, the only time that a file holds as its date; 0 is none. `dense`
    asks a format with pages for small type and narrow margins.
    """

    title: str
    blocks: tuple[Block, ...]
    watermark: str = ""
    seal: str = ""
    language: str = "en"
    made: float = 0.0
    dense: bool = False


def text_of(inline: Inline) -> str:
    """The text without its marks."""
    return inline if isinstance(inline, str) else inline.text


def marks_of(inline: Inline) -> tuple[int, ...]:
    """The numbers of its sources."""
    return () if isinstance(inline, str) else inline.marks


def table_or(head: tuple[str, ...], rows: Sequence[tuple[Inline, ...]], none: str) -> Block:
    """A table, or the sentence `none` where it would have no row."""
    return Table(head, tuple(rows)) if rows else Paragraph(none)
