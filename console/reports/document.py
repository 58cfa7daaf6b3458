"""A document, whatever it is written as: a title and blocks of plain text.

Texts are literal: no block ever means markup, and each renderer has one door that sees to it.
"""

from collections.abc import Sequence

import msgspec


class Heading(msgspec.Struct, frozen=True):
    """A heading; 2 is the highest level beneath the title."""

    text: str
    level: int = 2


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph; `strong` where it is what a reader must not miss."""

    text: str
    strong: bool = False


class Listing(msgspec.Struct, frozen=True):
    """A list, numbered where the order matters."""

    items: tuple[str, ...]
    numbered: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table; every row has as many cells as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Code(msgspec.Struct, frozen=True):
    """Something to be typed or copied as it stands; may have several lines."""

    text: str


class Rule(msgspec.Struct, frozen=True):
    """A new page where the format has pages."""


Block = Heading | Paragraph | Listing | Table | Code | Rule


class Document(msgspec.Struct, frozen=True):
    """The whole of it."""

    title: str
    blocks: tuple[Block, ...]


def table_or(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], none: str) -> Block:
    """A table, or the sentence `none` where it would have no row."""
    return Table(head, tuple(rows)) if rows else Paragraph(none)
