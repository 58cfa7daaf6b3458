"""The eyes: what the agent did, from a file, a log API or a metric store."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from config.feed import CallField, FieldPath
from config.feed import Feed as FeedSpec
from config.presets import Preset, UnknownPreset, preset
from console.feeds.base import Batch, Feed, FeedError, MinuteSeries
from console.feeds.fields import RecordReader
from console.feeds.jsonl_file import FileFeed
from console.feeds.jsonl_http import RangeFeed, SinceFeed, TokenFeed
from console.feeds.paths import FieldMapError
from console.feeds.prometheus import PrometheusFeed
from console.net import Http

__all__ = ["Batch", "Feed", "FeedError", "MinuteSeries", "make_feed"]

_PAGING = ("by", "since_param", "since_format", "cursor_param", "next_header")


Reader = Callable[[Mapping[CallField, FieldPath], str], RecordReader]


def make_feed(
    spec: FeedSpec, http: Http, salt: str, base: Path, *, reader: Reader = RecordReader
) -> Feed:
    """The feed that `spec` describes. `salt` is the deployment's id, `base` its directory.

    A log's records are read by what `reader` makes of its field map and `salt`.

    Raises `FeedError` for a preset or field map that cannot work. Credentials are read at each
    poll, so a missing one is an error of the poll.
    """
    known = _preset(spec)
    if spec.kind == "prometheus":
        return PrometheusFeed(
            spec,
            http,
            base,
            minutes={**known.minutes, **spec.minutes},
            values={**known.values, **spec.values},
        )
    try:
        records = reader({**known.fields, **spec.fields}, salt)
    except FieldMapError as why:
        raise FeedError(f"feeds.{spec.id}.fields: {why}") from None
    if spec.kind == "jsonl":
        return FileFeed(spec.id, base / (spec.path or ""), records)
    paging = {
        key: getattr(known, key)
        for key in _PAGING
        if key not in spec.model_fields_set and getattr(known, key) is not None
    }
    settled = spec.model_copy(update=paging)
    match settled.by:
        case "range":
            return RangeFeed(settled, http, records, base)
        case "since":
            return SinceFeed(settled, http, records, base)
        case "cursor":
            return TokenFeed(settled, http, records, base)


def _preset(spec: FeedSpec) -> Preset:
    """The preset of `spec`; an empty one if it names none."""
    kind: Literal["jsonl", "prometheus"] = "prometheus" if spec.kind == "prometheus" else "jsonl"
    if not spec.preset:
        return Preset(kind=kind, title="no preset")
    try:
        known = preset(spec.preset)
    except UnknownPreset as why:
        raise FeedError(f"feeds.{spec.id}.preset: {why}") from None
    if known.kind != kind:
        raise FeedError(
            f'feeds.{spec.id}.preset: "{spec.preset}" is for kind "{known.kind}", '
            f'not for kind "{spec.kind}"'
        )
    return known
