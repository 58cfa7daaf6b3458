"""Text in Markdown: what passes here is shown as it stands, and is never markup."""

import re

from console.clean import clean

# Entities, because not every renderer takes `\<` for a plain character.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underscore within a word means nothing, and names of fields stay readable.
_ACTIVE = re.compile(r"[\\`*\[\]#|~$&<>]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What begins a block where it begins a line.
_OPENING = re.compile(r"^(\s*)(?:([-+=:])|(\d+)([.)]))")


def inline(text: str, limit: int) -> str:
    """`text`, cleaned, in one line of at most `limit` characters to stand after other text."""
    return _ACTIVE.sub(lambda m: _ENTITIES.get(m[0], f"\\{m[0]}"), clean(text.strip(), limit))


def literal(text: str, limit: int) -> str:
    """As `inline`, where it begins a line: there a number or a dash would begin a block."""
    return _OPENING.sub(_opened, inline(text, limit))


def _opened(found: re.Match[str]) -> str:
    mark, number, dot = found[2], found[3], found[4]
    return f"\\{mark}" if mark else f"{number}\\{dot}"
