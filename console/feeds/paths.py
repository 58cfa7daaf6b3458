"""Paths into a JSON record: `usage.total`, `choices[0].text`, `["gen_ai.model"]`, `a.b|c`."""

import re
from collections.abc import Callable
from typing import Any

_STEP = re.compile(r"""\.?([^.\[\]"\\|\x00-\x20]+)|\[(\d{1,4})\]|\.?\["([^"\\\x00-\x1f]+)"\]""")

Path = tuple[str | int, ...]


class FieldMapError(ValueError):
    """A field map that cannot work; the text is one sentence that names the field."""


def parse(text: str) -> tuple[Path, ...]:
    """The alternatives of a path, in order, each as keys and list places; the first is a key.

    Raises `FieldMapError` with the reason, without the field's name.
    """
    return tuple(_parse_one(part.strip(), text) for part in text.split("|"))


def _parse_one(part: str, text: str) -> Path:
    steps: list[str | int] = []
    place = 0
    while place < len(part):
        step = _STEP.match(part, place)
        if step is None or (place == 0 and part[0] == "."):
            break
        key, index, quoted = step.groups()
        steps.append(int(index) if index is not None else key or quoted)
        place = step.end()
    if place < len(part) or not steps or not isinstance(steps[0], str):
        raise FieldMapError(
            f'"{text}" is no path; write usage.total, choices[0].text, ["a.key.with.dots"] or a|b'
        )
    return tuple(steps)


def walker(steps: Path) -> Callable[[Any], Any]:
    """A function that goes `steps` down from a value; it gives None where there is nothing."""

    def walk(value: Any) -> Any:
        for step in steps:
            if isinstance(step, str):
                value = value.get(step) if isinstance(value, dict) else None
            else:
                there = isinstance(value, list) and step < len(value)
                value = value[step] if there else None
        return value

    return walk
