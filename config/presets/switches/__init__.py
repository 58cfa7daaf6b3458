"""Traffic switches as data: how a product's weight, flag or split is read and written."""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from pydantic import Field

from config.base import Line, Model, refusal
from config.dotted import quoted
from config.nearest import suggestion

PREFIX = "switch-"
_HOLE = re.compile(r"<([a-z]+)>")


class SwitchPreset(Model):
    """What `[traffic.switch]` takes over where it says nothing of its own.

    `needs` are the keys that the team gives in `fill`, each with what it means. They fill <NAME> in
    the texts of `switch`, which are keys of `[traffic.switch]`.
    """

    title: Line
    needs: Mapping[Line, Line] = Field(default_factory=dict)
    switch: Mapping[str, Any]

    def filled(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The keys of `[traffic.switch]` with what the team gave in their places."""
        return {key: _filled(key, value, given) for key, value in self.switch.items()}


def _filled(key: str, value: Any, given: Mapping[str, str]) -> Any:
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


@cache
def switch_names() -> tuple[str, ...]:
    """The names of all presets of switches, sorted."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def switch_preset(name: str) -> SwitchPreset:
    """The preset of that name, one of `switch_names`."""
    return SwitchPreset(**tomllib.loads(switch_text(name)))


def switch_text(name: str) -> str:
    """The TOML of the preset of that name, one of `switch_names`."""
    return files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[traffic.switch]` with those that its preset adds. Raises a `refusal`."""
    name, given = values.get("preset"), values.get("fill", {})
    if not isinstance(name, str) or not isinstance(given, Mapping):
        return dict(values)
    name = name.removeprefix(PREFIX)
    if name not in switch_names():
        why = f'there is no preset "{name}" of a switch{suggestion(name, switch_names())}'
        raise refusal((why, "preset"))
    known = switch_preset(name)
    problems: list[tuple[str | int, ...]] = [
        (f'the preset "{name}" needs `{key}` here: {says}', "fill")
        for key, says in known.needs.items()
        if key not in given
    ]
    problems += [
        (f'is not a key of the preset "{name}"{suggestion(key, list(known.needs))}', "fill", key)
        for key in given
        if key not in known.needs
    ]
    if problems:
        raise refusal(*problems)
    # What is no text is refused later, by its type.
    texts = {key: text if isinstance(text, str) else "" for key, text in given.items()}
    return {**known.filled(texts), **values}
