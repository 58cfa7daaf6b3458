"""Rollback steps as data: how a product is told to go back, and how that is seen."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field

from config.base import HeaderName, Line, Model, refusal
from config.nearest import suggestion
from config.presets.filling import filled_in, misfits

PREFIX = "step-"


class StepPreset(Model):
    """What a `[[rollback.steps]]` takes over where it says nothing of its own.

    `needs` are the keys that the team gives in `fill`, each with what it means. They fill <NAME> in
    the texts of `step`, which are keys of `[[rollback.steps]]`. `headers` are those that it
    wants, each with a name for the variable that holds its value.
    """

    title: Line
    headers: Mapping[HeaderName, Line] = Field(default_factory=dict)
    needs: Mapping[Line, Line] = Field(default_factory=dict)
    step: Mapping[str, Any]


@cache
def step_names() -> tuple[str, ...]:
    """The names of all presets of steps, sorted."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def step_preset(name: str) -> StepPreset:
    """The preset of that name, one of `step_names`."""
    return StepPreset(**tomllib.loads(step_text(name)))


def step_text(name: str) -> str:
    """The TOML of the preset of that name, one of `step_names`."""
    return files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a step with those that its preset adds. Raises a `refusal`.

    The step's headers go with the read-back of its preset too, while both addresses are the
    preset's own: so they are one service's.
    """
    name, given = values.get("preset"), values.get("fill", {})
    if not isinstance(name, str) or not isinstance(given, Mapping):
        return dict(values)
    name = name.removeprefix(PREFIX)
    if name not in step_names():
        why = f'there is no preset "{name}" of a step{suggestion(name, step_names())}'
        raise refusal((why, "preset"))
    known = step_preset(name)
    if problems := misfits(name, known.needs, given):
        raise refusal(*problems)
    added = filled_in(known.step, given)
    if "headers" in values and "url" not in values and "read_back" in added:
        added["read_back"] = {**added["read_back"], "headers": values["headers"]}
    return {**added, **values}
