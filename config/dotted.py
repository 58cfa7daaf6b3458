"""Dotted paths into JSON: `data[key=share].value`, `flags."my.flag".targeting.fractional[0][1]`."""

import re
from typing import Annotated

from pydantic import AfterValidator

from config.base import refusal

Match = tuple[str, str]
Hop = str | int | Match

_HOP = re.compile(
    r'"(?P<quoted>[^"]+)"|(?P<name>[^.\[\]"=]+)|\[(?P<place>\d{1,6})\]'
    r"|\[(?P<key>[^.\[\]=]+)=(?P<value>[^\[\]]+)\]"
)


def hops(path: str) -> tuple[Hop, ...]:
    """The path's steps: a name, a place in a list, or a key with the value that one entry has.

    Raises `ValueError` for what is no path.
    """
    found: list[Hop] = []
    at = 0
    while at < len(path):
        if found:
            if path[at] == ".":
                at += 1
            elif path[at] != "[":
                raise ValueError(path)
        match = _HOP.match(path, at)
        if match is None:
            raise ValueError(path)
        at = match.end()
        if match["place"] is not None:
            found.append(int(match["place"]))
        elif match["key"] is not None:
            found.append((match["key"], match["value"]))
        else:
            found.append(match["quoted"] or match["name"])
    if not found:
        raise ValueError(path)
    return tuple(found)


def quoted(name: str) -> str:
    """`name` as one step of a path, whatever it holds but quotes."""
    return name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'


def _dotted(text: str) -> str:
    try:
        hops(text)
    except ValueError:
        raise refusal(
            "must be a dotted path such as data.share, weights[0] or data[key=share].value"
        ) from None
    return text


DottedPath = Annotated[str, AfterValidator(_dotted)]
