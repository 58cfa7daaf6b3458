"""What formats with pages or links share: headings that skip no level, words that may be broken."""

import re
from collections.abc import Iterator

import msgspec

from console.reports.document import Block, Document, Heading, SourceList

# A place where a line may end within a word; no cleaned text holds one.
BREAK = "\u200b"
_LONG = re.compile(r"\S{17,}")
_AFTER = re.compile(r"([/\\_.,:;=&?@+\-])(?=\w)|(\w{12})(?=\w)")


def broken(text: str) -> str:
    """`text` with `BREAK` in its long words: after a sign, or after twelve letters."""
    return _LONG.sub(lambda word: _AFTER.sub(rf"\g<0>{BREAK}", word[0]), text)


class Placed(msgspec.Struct, frozen=True):
    """A block with what a format must know of its place.

    `level` and `ident` are a heading's; `under` is the text of the heading that it stands beneath.
    """

    block: Block
    level: int = 0
    ident: str = ""
    under: str = ""


def placed(document: Document) -> Iterator[Placed]:
    """The blocks in order. The title is level 1."""
    level, count, under = 1, 0, document.title
    for block in document.blocks:
        if isinstance(block, Heading):
            level, count, under = min(max(block.level, 2), level + 1, 6), count + 1, block.text
            yield Placed(block, level, f"section-{count}", under)
        else:
            yield Placed(block, under=under)


def sources(document: Document) -> frozenset[int]:
    """The numbers that can be pointed to."""
    return frozenset(
        number
        for block in document.blocks
        if isinstance(block, SourceList)
        for number, _ in block.items
    )
