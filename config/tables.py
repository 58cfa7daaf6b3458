"""Tables of `warroom.toml` as text: a value, or the commented example of a key without one."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

from config.template import Key

Values = Mapping[str, Any]


def table(header: str, keys: Sequence[Key], values: Values) -> list[str]:
    """`header`, then a line for each of `keys`."""
    return [header, *lines(keys, values)]


def lines(keys: Sequence[Key], values: Values) -> list[str]:
    """A line for each of `keys`: its value and what it means, or an example."""
    return [
        f"{key.name} = {inline(values[key.name])}  # {key.says}"
        if key.name in values
        else f"#{key.name} = {key.example}  # {key.says}"
        for key in keys
    ]


def pairs(values: Values) -> list[str]:
    """A line for each value, without a word."""
    return [f"{_key(key)} = {inline(value)}" for key, value in values.items()]


def mapping(header: str, says: str, values: Values | None, examples: Sequence[str]) -> list[str]:
    """A table of names that the team chooses, or `examples` of it."""
    if values is None:
        return [f"#{header}  # {says}", *(f"#{example}" for example in examples)]
    return [f"{header}  # {says}", *pairs(values)]


def inline(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(pairs(value))} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(inline(each) for each in value)}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")
