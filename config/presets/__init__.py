"""Vendors as data: how a kind of log or metric store names what we need. One TOML file each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from config.base import Line, Model
from config.feed import CallField, FieldPath, MinuteCount
from config.guide import MetricId
from config.nearest import suggestion


class UnknownPreset(Exception):
    """A preset that does not exist; the text names the nearest one and all there are."""


class Preset(Model):
    """What a feed takes over where `warroom.toml` says nothing of its own.

    A "jsonl" preset serves files and HTTP alike. `minutes` and `values` are PromQL.
    """

    kind: Literal["jsonl", "prometheus"]
    title: Line
    fields: Mapping[CallField, FieldPath] = Field(default_factory=dict)
    minutes: Mapping[MinuteCount, str] = Field(default_factory=dict)
    values: Mapping[MetricId, str] = Field(default_factory=dict)
    by: Literal["range", "since", "cursor"] | None = None
    since_param: Line | None = None
    since_format: Literal["rfc3339", "unix", "unix-ms"] | None = None
    cursor_param: Line | None = None
    next_header: Line | None = None


@cache
def preset_names() -> tuple[str, ...]:
    """The names of all presets, sorted."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def preset(name: str) -> Preset:
    """The preset of that name. Raises `UnknownPreset`."""
    names = preset_names()
    if name not in names:
        raise UnknownPreset(f'there is no preset "{name}"{suggestion(name, names)}')
    text = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Preset(**tomllib.loads(text))
