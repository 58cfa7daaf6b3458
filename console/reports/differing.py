"""Where a document differs from what the directory gives: the first place, in words."""

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from console.clean import clean
from console.reports.formats import text_lines
from console.reports.seal import Seal
from console.reports.written import AnyFormat

SHOWN = 160
_GONE = object()
INVISIBLE = "its text is the same, but the file holds something else that no reader sees"


def seal_difference(held: Seal, found: Seal) -> str:
    """What a seal says and the directory does not; "" where both agree."""
    if held.config != found.config:
        return (
            "warroom.toml is another now than when it was written: "
            f"SHA-256 {found.config[:16]}, it says {held.config[:16]}"
        )
    if held.statement != found.statement:
        return "the heads that it states are not those of its seal"
    if held.broken != found.broken:
        return "the files of evidence are not in the state in which they were then"
    for feed in sorted({*held.minutes, *found.minutes}):
        if held.minutes.get(feed) != found.minutes.get(feed):
            return (
                f"the minutes recorded of the feed {feed} are others now than when it was written "
                "(calls may have come late, or telemetry was changed)"
            )
    return ""


def first_difference(held: bytes, found: bytes, form: AnyFormat) -> str:
    """The first place where a file is not what the directory gives; "" where all bytes agree."""
    if held == found:
        return ""
    if form == "json":
        return _of_values(_json(held), _json(found)) or INVISIBLE
    try:
        lines = text_lines(held, form)
    except ValueError as error:
        return str(error)
    return _of_lines(lines, text_lines(found, form)) or INVISIBLE


def _json(data: bytes) -> Any:
    return json.loads(data)


def _of_lines(held: Sequence[str], found: Sequence[str]) -> str:
    for number, (one, other) in enumerate(zip_longest(held, found), 1):
        if one != other:
            return f"line {number} of its text: {_against(one, other)}"
    return ""


def _of_values(held: Any, found: Any, place: str = "") -> str:
    if isinstance(held, dict) and isinstance(found, dict):
        for key in {**found, **held}:
            inner = f"{place}.{key}" if place else key
            told = _of_values(held.get(key, _GONE), found.get(key, _GONE), inner)
            if told:
                return told
        return ""
    if isinstance(held, list) and isinstance(found, list):
        for number, (one, other) in enumerate(zip_longest(held, found, fillvalue=_GONE)):
            if told := _of_values(one, other, f"{place}[{number}]"):
                return told
        return ""
    if type(held) is type(found) and held == found:
        return ""
    return f"{place}: {_against(_value(held), _value(found))}"


def _value(one: Any) -> str | None:
    return None if one is _GONE else msgspec.json.encode(one).decode()


def _against(held: str | None, found: str | None) -> str:
    """Both, from a little before the first character in which they differ."""
    if held is None:
        return f"it lacks {_quoted(found or '')}"
    if found is None:
        return f"it says {_quoted(held)}, the directory gives nothing"
    same = next(
        (at for at, pair in enumerate(zip(held, found, strict=False)) if pair[0] != pair[1]),
        min(len(held), len(found)),
    )
    start = max(0, same - SHOWN // 4)
    lead = "…" if start else ""
    return (
        f"it says {_quoted(lead + held[start:])}, the directory gives "
        f"{_quoted(lead + found[start:])}"
    )


def _quoted(text: str) -> str:
    return f'"{clean(text, SHOWN)}"'
