"""The eyes: what the agent did, from a file, a log API or a metric store."""

from collections.abc import Callable, Mapping
from pathlib import Path

from config.feed import CallField, FieldPath
from config.feed import Feed as FeedSpec
from config.presets import Preset, UnknownPreset, preset
from console.feeds.alertmanager import AlertmanagerFeed
from console.feeds.base import Batch, Feed, FeedError, Listener, MinuteSeries
from console.feeds.fields import RecordReader
from console.feeds.jsonl_file import FileFeed
from console.feeds.jsonl_http import RangeFeed, SinceFeed, TokenFeed
from console.feeds.paths import FieldMapError
from console.feeds.prometheus import PrometheusFeed
from console.net import Http

__all__ = ["Batch", "Feed", "FeedError", "Listener", "MinuteSeries", "make_feed"]

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
    settled = known.settle(spec)

    def records() -> RecordReader:
        try:
            return reader({**known.fields, **spec.fields}, salt)
        except FieldMapError as why:
            raise FeedError(f"feeds.{spec.id}.fields: {why}") from None

    match settled.kind:
        case "jsonl" if settled.join:
            raise FeedError(
                f"feeds.{spec.id}.join: a file of spans cannot be read yet; let the exporter send "
                'to a feed of kind "otlp"'
            )
        case "jsonl":
            return FileFeed(spec.id, base / (spec.path or ""), records())
        case "jsonl-http":
            return _PAGED[settled.by](settled, http, records(), base)
        case "alertmanager":
            return AlertmanagerFeed(settled, http, base)
        case "prometheus":
            return PrometheusFeed(
                settled,
                http,
                base,
                minutes={**known.minutes, **spec.minutes},
                values={**known.values, **spec.values},
            )
        case "otlp":
            from console.feeds.otlp import OtlpFeed  # noqa: PLC0415 - 20 ms of a server few need

            return OtlpFeed(settled, records(), base)
        case kind:
            raise FeedError(f'feeds.{spec.id}.kind: "{kind}" cannot be read yet')


_PAGED: Mapping[str, Callable[[FeedSpec, Http, RecordReader, Path], Feed]] = {
    "range": RangeFeed,
    "since": SinceFeed,
    "cursor": TokenFeed,
}


def _preset(spec: FeedSpec) -> Preset:
    """The preset of `spec`; an empty one if it names none."""
    if not spec.preset:
        return Preset(kinds=(spec.kind,), title="no preset")
    try:
        known = preset(spec.preset)
    except UnknownPreset as why:
        raise FeedError(f"feeds.{spec.id}.preset: {why}") from None
    if spec.kind not in known.kinds:
        listed = ", ".join(f'"{kind}"' for kind in known.kinds)
        raise FeedError(
            f'feeds.{spec.id}.preset: "{spec.preset}" is for kind {listed}, '
            f'not for kind "{spec.kind}"'
        )
    return known
