"""Which characters the typesetter can show: its own fonts, then the system's, then none.

A PDF for everybody (UA-1) must hold no character without a glyph, so what has none is written as
its number, as the cleaning of texts does with invisible ones.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

FONTS = ("Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern", "New Computer Modern Math")
STANDARD: Final = "ua-1"
# What the typesetter's fonts are known to have, and need not be tried.
_KNOWN = re.compile(r"[\x00-\x7e\u00a0-\u017f\u2013-\u2022\u2026\u27e8\u27e9\u200b]")
_FAILED = re.compile(r'the text `(".*?")` could not be displayed', re.DOTALL)
_MOST_TRIED = 400
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def shown(text: str) -> tuple[bool, dict[int, str]]:
    """Whether the system's fonts are needed for `text`, and what stands for what none can show.

    The latter is for `str.translate`.
    """
    wanted = sorted(set(_KNOWN.sub("", text)))
    if not wanted:
        return False, {}
    lacking = _lacking("".join(wanted), system=False)
    if not lacking:
        return False, {}
    still = _lacking(lacking, system=True)
    return len(still) < len(lacking), {ord(c): f"⟨U+{ord(c):04X}⟩" for c in still}


@cache
def _lacking(chars: str, *, system: bool) -> str:
    """Those of `chars` that cannot be shown: the typesetter names one a time."""
    import typst  # noqa: PLC0415  # 80 MB that no other format needs

    setter = typst.Compiler(b"", ignore_system_fonts=not system)
    lacking: list[str] = []
    left = dict.fromkeys(chars)
    for _ in range(_MOST_TRIED):
        if not left:
            return "".join(lacking)
        try:
            setter.compile(input=_page(left), pdf_standards=STANDARD)
        except typst.TypstError as error:
            bad = [char for char in _named(str(error)) if char in left]
            lacking += bad or left
            left = {} if not bad else {c: None for c in left if c not in bad}
        else:
            return "".join(lacking)
    return "".join((*lacking, *left))


def _page(chars: Iterable[str]) -> bytes:
    numbers = ", ".join(str(ord(char)) for char in chars)
    fonts = ", ".join(f'"{font}"' for font in FONTS)
    return (
        f'#set document(title: "t")\n#set text(font: ({fonts}))\n'
        f'#for n in ({numbers},) {{ text(str.from-unicode(n)); " " }}'
    ).encode()


def _named(error: str) -> str:
    found = _FAILED.search(error)
    if found is None:
        return ""
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)), found[1][1:-1])
