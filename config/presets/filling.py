"""Filling what a team gives into a preset's texts, so that it cannot leave its place."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from config.dotted import quoted
from config.nearest import suggestion

_HOLE = re.compile(r"<([a-z]+)>")


def filled_in(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with what the team gave in place of each <NAME>; what is no text is left empty.

    A text that is no text is refused later, by its own type.
    """
    texts = {key: text if isinstance(text, str) else "" for key, text in given.items()}
    return {key: _filled(key, value, texts) for key, value in values.items()}


def misfits(
    preset: str, needs: Mapping[str, str], given: Mapping[str, Any]
) -> list[tuple[str | int, ...]]:
    """What `fill` lacks of a preset's needs, has too much or must not hold, as a refusal has it."""
    problems: list[tuple[str | int, ...]] = [
        (f'the preset "{preset}" needs `{key}` here: {says}', "fill")
        for key, says in needs.items()
        if key not in given
    ]
    problems += [
        (f'is not a key of the preset "{preset}"{suggestion(key, list(needs))}', "fill", key)
        for key in given
        if key not in needs
    ]
    problems += [
        ("must not hold quotes", "fill", key)
        for key, text in given.items()
        if isinstance(text, str) and '"' in text
    ]
    return problems


def _filled(key: str, value: Any, given: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {inner: _filled(inner, one, given) for inner, one in value.items()}
    if isinstance(value, list):
        return [_filled(key, one, given) for one in value]
    if not isinstance(value, str):
        return value
    return _HOLE.sub(lambda hole: _escaped(key, hole[1], given[hole[1]]), value)


def _escaped(key: str, name: str, text: str) -> str:
    """`text` as it may stand in the value of `key`: it cannot leave its place."""
    if name == "url":
        return text.rstrip("/")
    if key.endswith("url"):
        return quote(text, safe="")
    if key.endswith("path"):
        return quoted(text)
    return json.dumps(text)[1:-1] if key == "body" else text
