"""The eyes: what the agent did, from a file, a log API or a metric store."""

from collections.abc import Callable, Mapping
from pathlib import Path

from config.feed import FEED_KEYS, CallField, FieldPath
from config.feed import Feed as FeedSpec
from config.presets import Preset, UnknownPreset, preset
from console.domain.minutes import TOLD_BY
from console.feeds.alertmanager import AlertmanagerFeed
from console.feeds.base import Batch, Feed, FeedError, Listener, Log, MinuteSeries
from console.feeds.exposition import ExpositionFeed
from console.feeds.fields import RecordReader
from console.feeds.jsonl_file import FileFeed
from console.feeds.jsonl_http import RangeFeed, SinceFeed, TokenFeed
from console.feeds.logql import logql_of
from console.feeds.loki import API as LOKI
from console.feeds.loki import LokiFeed
from console.feeds.pages import PagesFeed
from console.feeds.paths import FieldMapError
from console.feeds.prometheus import PrometheusFeed
from console.feeds.promql import promql_of
from console.feeds.sql import SqlFeed
from console.net import Http

__all__ = [
    "Batch",
    "Feed",
    "FeedError",
    "Listener",
    "Log",
    "MinuteSeries",
    "Reader",
    "fields_of",
    "joins",
    "make_feed",
    "untold",
]

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

    if settled.kind == "loki":
        minutes, values = logql_of(known, spec)
        if minutes or values:
            return PrometheusFeed(settled, http, base, minutes=minutes, values=values, api=LOKI)
    if "fields" in FEED_KEYS[settled.kind]:
        return _log(settled, http, base, records())
    return _numbers(settled, known, http, base)


def _log(spec: FeedSpec, http: Http, base: Path, records: RecordReader) -> Feed:
    """A feed of single calls."""
    match spec.kind:
        case "jsonl" if spec.join:
            raise FeedError(
                f"feeds.{spec.id}.join: a file of spans cannot be read yet; let the exporter send "
                'to a feed of kind "otlp"'
            )
        case "jsonl":
            return FileFeed(spec.id, base / (spec.path or ""), records)
        case "json-pages" if spec.by == "range":
            raise FeedError(f"feeds.{spec.id}.by: json-pages read on by cursor, page or since")
        case "json-pages":
            return PagesFeed(spec, http, records, base)
        case "otlp":
            from console.feeds.otlp import OtlpFeed  # noqa: PLC0415 - 20 ms of a server few need

            return OtlpFeed(spec, records, base)
        case "loki":
            return LokiFeed(spec, http, records, base)
        case "jsonl-http":
            return _PAGED[spec.by](spec, http, records, base)
        case kind:
            raise FeedError(f'feeds.{spec.id}.kind: "{kind}" cannot be read yet')


def _numbers(spec: FeedSpec, known: Preset, http: Http, base: Path) -> Feed:
    """A feed of numbers by the minute, or of other systems' alerts."""
    match spec.kind:
        case "alertmanager":
            return AlertmanagerFeed(spec, http, base)
        case "exposition":
            read = {"latency": known.latency, "latency_unit": known.latency_unit}
            unsaid = {key: read[key] for key in read.keys() - spec.model_fields_set if read[key]}
            counters = {**known.counters, **spec.minutes}
            return ExpositionFeed(spec.model_copy(update=unsaid), http, base, counters)
        case "prometheus":
            minutes, values = promql_of(known)
            return PrometheusFeed(
                spec,
                http,
                base,
                minutes={**minutes, **known.minutes, **spec.minutes},
                values={**values, **known.values, **spec.values},
            )
        case "sql":
            return SqlFeed(spec, http, base)
        case kind:
            raise FeedError(f'feeds.{spec.id}.kind: "{kind}" cannot be read yet')


_PAGED: Mapping[str, Callable[[FeedSpec, Http, RecordReader, Path], Feed]] = {
    "range": RangeFeed,
    "since": SinceFeed,
    "cursor": TokenFeed,
}


def fields_of(spec: FeedSpec) -> Mapping[CallField, FieldPath]:
    """The field map of a log: its preset's, with its own in their place. Raises `FeedError`."""
    return {**_preset(spec).fields, **spec.fields}


def joins(spec: FeedSpec) -> bool:
    """Whether its rows are spans, of which those of a trace are one call. Raises `FeedError`."""
    return bool(_preset(spec).settle(spec).join)


def untold(spec: FeedSpec) -> tuple[str, ...]:
    """Which counts of `TOLD_BY` the records of a log do not tell. Raises `FeedError`."""
    if "fields" not in FEED_KEYS[spec.kind]:
        return ()
    told = fields_of(spec)
    return tuple(count for count, field in TOLD_BY.items() if field not in told)


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
