"""The one door for untrusted text: what comes out is safe to show as literal text.

Control, bidi, zero-width and other invisible characters become visible marks, so that nobody is
deceived by what a terminal would do with them or would not show.
"""

import re
import unicodedata

LONGEST_WORD = 24  # what is longer is an address or a hash: its beginning is better than nothing
MOST_MARKS = 4  # Hebrew and Vietnamese need three on one letter; hundreds hide other lines
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # called printable, yet blank
_LINE = bytes(range(0x20, 0x7F))
_LINES = _LINE + b"\n"
_NO_LETTER = re.compile(r"[^\x20-\x7e\n\w]")
_FILLER = re.compile(f"[{_FILLERS}]")
_SUSPECT = re.compile(rf"(?:[^\x20-\x7e\n\w]|[{_FILLERS}])+")


def clean(text: str, limit: int = 400, lines: bool = False) -> str:
    """`text` with every invisible character as a visible mark, in at most `limit` characters.

    ASCII controls become their pictures (␛), other invisible ones `⟨U+202E⟩`, a tab a space, a
    line end `⏎` (with `lines` it stays, as LF). Of combining characters in a row the first four
    stay. What is cut ends after a word, in `…`. Cleaning twice changes nothing; nothing raises.
    """
    fine = _LINES if lines else _LINE
    if len(text) <= limit and text.isascii() and not text.encode().translate(None, fine):
        return text
    head = text[: 2 * limit + 64].replace("\r\n", "\n").replace("\t", " ")
    if not lines:
        head = head.replace("\n", "⏎")
    safe = head if _plain(head) else _SUSPECT.sub(_marked, head)
    if len(safe) > limit or len(text) > 2 * limit + 64:
        return _cut(safe, max(limit - 1, 0)) + "…"
    return safe


def _cut(text: str, length: int) -> str:
    """At most `length` characters of `text`, without a word's beginning at its end."""
    whole = text[:length]
    if text[length : length + 1] == " ":
        return whole
    head, blank, began = whole.rpartition(" ")
    return head if blank and len(began) < LONGEST_WORD and head.strip() else whole


def _plain(text: str) -> bool:
    """Whether nothing in `text` needs a closer look: a quick test that most texts pass."""
    return not _NO_LETTER.search(text) and not _FILLER.search(text)


def _marked(run: re.Match[str]) -> str:
    """The characters of `run` with the invisible ones marked and long stacks cut."""
    start = run.start()
    stacked = MOST_MARKS if start == 0 or run.string[start - 1] == "\n" else 0
    out: list[str] = []
    for char in run.group():
        if unicodedata.category(char) in {"Mn", "Me"} and char not in _FILLERS:
            if stacked < MOST_MARKS:
                out.append(char)
            elif stacked == MOST_MARKS:
                out.append("⟨…⟩")
            stacked += 1
        else:
            stacked = 0
            out.append(_visible(char))
    return "".join(out)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(char) == "Zs":
        return " "
    if char.isprintable() and char not in _FILLERS:
        return char
    return f"⟨U+{code:04X}⟩"
