"""Vendors as data: how a kind of log or metric store names what we need. One TOML file each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from config.base import HeaderName, Line, Model, Url, filled
from config.feed import CallField, Feed, FeedKind, FieldPath, MinuteCount, Paging
from config.guide import MetricId
from config.nearest import suggestion


class UnknownPreset(Exception):
    """A preset that does not exist; the text names the nearest one and all there are."""


class Example(Model):
    """How a feed of it may be written: `headers` with the variables that hold their values."""

    url: Url | None = None
    poll_s: float | None = None
    headers: Mapping[HeaderName, Line] = Field(default_factory=dict)


class Preset(Model):
    """What a feed takes over where `warroom.toml` says nothing of its own.

    `kinds` are those it serves: a map of records serves a file, a web server and a log store
    alike. `feed` says how to page. `counters` and `latency` select series of a metrics page; where
    a store is asked PromQL is made of them. `minutes` and `values` are PromQL, or what the kind
    asks with. `example` is for people.
    """

    kinds: Annotated[tuple[FeedKind, ...], Strict(False), AfterValidator(filled)]
    title: Line
    feed: Paging = Paging()
    fields: Mapping[CallField, FieldPath] = Field(default_factory=dict)
    minutes: Mapping[MinuteCount, str] = Field(default_factory=dict)
    values: Mapping[MetricId, str] = Field(default_factory=dict)
    counters: Mapping[MinuteCount, str] = Field(default_factory=dict)
    latency: str = ""
    latency_unit: Literal["s", "ms", "us"] = "s"
    example: Example = Example()

    def settle(self, feed: Feed) -> Feed:
        """`feed` with the keys that it leaves unsaid taken from here."""
        unsaid = self.feed.model_fields_set - feed.model_fields_set
        return feed.model_copy(update={key: getattr(self.feed, key) for key in unsaid})


@cache
def preset_names() -> tuple[str, ...]:
    """The names of all presets, sorted."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def preset(name: str) -> Preset:
    """The preset of that name. Raises `UnknownPreset`."""
    return Preset(**tomllib.loads(preset_text(name)))


def preset_text(name: str) -> str:
    """The TOML of the preset of that name. Raises `UnknownPreset`."""
    names = preset_names()
    if name not in names:
        raise UnknownPreset(f'there is no preset "{name}"{suggestion(name, names)}')
    return files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
