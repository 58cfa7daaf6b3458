"""Traffic switches as data: how a product's weight, flag or split is read and written."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field

from config.base import HeaderName, Line, Model, refusal
from config.nearest import suggestion
from config.presets.filling import filled_in, misfits

PREFIX = "switch-"


class SwitchPreset(Model):
    """What `[traffic.switch]` takes over where it says nothing of its own.

    `needs` are the keys that the team gives in `fill`, each with what it means. They fill <NAME> in
    the texts of `switch`, which are keys of `[traffic.switch]`. `headers` are those that it
    wants, each with a name for the variable that holds its value.
    """

    title: Line
    headers: Mapping[HeaderName, Line] = Field(default_factory=dict)
    needs: Mapping[Line, Line] = Field(default_factory=dict)
    switch: Mapping[str, Any]


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
    if problems := misfits(name, known.needs, given):
        raise refusal(*problems)
    return {**filled_in(known.switch, given), **values}
