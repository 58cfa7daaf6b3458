"""On which line of a TOML text each key stands; the standard library's reader does not tell."""

import re
import tomllib
from bisect import bisect_right

Place = tuple[str | int, ...]

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\]|\\.)*"' r"|'[^']*'", re.DOTALL
)
_BARE = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of each key, table and list entry; `text` must be valid TOML.

    A place is the path to a value: keys, and numbers from 0 for list entries and tables of `[[…]]`.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[Place, int] = {(): 1}
        self._tables: dict[Place, int] = {}

    def scan(self) -> dict[Place, int]:
        table: Place = ()
        self._take(_GAP)
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._take(_GAP)
        return self._lines

    def _header(self) -> Place:
        line = self._line()
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        self._take(_GAP)
        *parents, last = self._keys()
        self._take(_GAP)
        self._at += 2 if many else 1
        place: Place = ()
        for key in parents:
            place = self._newest((*place, key))
            self._lines.setdefault(place, line)
        place = (*place, last)
        self._lines.setdefault(place, line)
        if many:
            self._tables[place] = self._tables.get(place, 0) + 1
        place = self._newest(place)
        self._lines.setdefault(place, line)
        return place

    def _newest(self, place: Place) -> Place:
        count = self._tables.get(place)
        return place if count is None else (*place, count - 1)

    def _pair(self, table: Place) -> None:
        line = self._line()
        for key in self._keys():
            table = (*table, key)
            self._lines.setdefault(table, line)
        self._take(_GAP)
        self._at += 1
        self._take(_GAP)
        self._value(table)

    def _value(self, place: Place) -> None:
        match self._text[self._at]:
            case "[":
                self._list(place)
            case "{":
                self._inline(place)
            case '"' | "'":
                self._take(_TEXT)
            case _:
                self._take(_BARE)

    def _list(self, place: Place) -> None:
        self._step()
        entry = 0
        while self._text[self._at] != "]":
            self._lines[(*place, entry)] = self._line()
            self._value((*place, entry))
            entry += 1
            self._comma()
        self._at += 1

    def _inline(self, place: Place) -> None:
        self._step()
        while self._text[self._at] != "}":
            self._pair(place)
            self._comma()
        self._at += 1

    def _step(self) -> None:
        self._at += 1
        self._take(_GAP)

    def _comma(self) -> None:
        self._take(_GAP)
        if self._text[self._at] == ",":
            self._step()

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._take(_DOT):
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        raw = self._take(_KEY)
        return next(iter(tomllib.loads(f"{raw} = 0"))) if raw[0] in "\"'" else raw

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at) + 1
