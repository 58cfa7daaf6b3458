"""How well a field map reads a sample of a log: what it finds, and which metrics it leaves out."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import msgspec

from config.feed import CallField, FeedKind, FieldPath
from config.guide import MetricId, metric_rules
from config.presets import Preset, preset, preset_names
from console.clean import clean
from console.domain.call import Call
from console.domain.times import iso
from console.feeds.convert import BadRecord, Convert, converter
from console.feeds.fields import RecordReader
from console.feeds.paths import Path, parse, walker
from console.feeds.samples import Sample
from console.feeds.tool_names import nameless

_PRIVATE = frozenset({"input", "output", "correction"})
_SHORT = 40
_USUAL = ("native", "otel-genai")
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Call)}
# A healthy agent's log has no error in it, but a place for one.
_RARE = frozenset({"error", "escalation", "flags"})


class FieldFit(msgspec.Struct, frozen=True):
    """One field of a call in a sample.

    `path` is where it was found, as a field map writes it; empty if it is in no record. Of the
    records `present` have the place, though maybe nothing in it, and `filled` a value that could be
    read. `example` is such a value, clean and short. `why` says what is wrong with one that could
    not be read.
    """

    field: CallField
    path: str = ""
    transform: str = ""
    present: int = 0
    filled: int = 0
    example: str = ""
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether what is computed from this field can be."""
        return self.filled > 0 or (self.field in _RARE and self.present > 0 and not self.why)


class Fit(msgspec.Struct, frozen=True):
    """What the field map of `preset` (empty: a proposal) makes of `records` records.

    `calls` of them can be read as calls; `bad` is one that cannot, with the reason. `running` ones
    beside them are not over yet, as the preset tells.
    """

    preset: str
    fields: tuple[FieldFit, ...]
    records: int
    calls: int
    bad: str = ""
    running: int = 0

    @property
    def found(self) -> int:
        """How many fields the sample has for it."""
        return sum(one.known for one in self.fields)

    @property
    def reads(self) -> bool:
        """Whether it can read at least half of the records."""
        return self.calls * 2 >= self.records > 0

    @property
    def lacking(self) -> dict[MetricId, str]:
        """The metrics that cannot be computed, each with the fields that it lacks, in words."""
        known = {one.field for one in self.fields if one.known}
        return {
            rule.id: ", or ".join(
                " and ".join(f"`{name}`" for name in way if name not in known)
                for way in rule.fields
            )
            for rule in metric_rules()
            if not any(known.issuperset(way) for way in rule.fields)
        }


def fit(
    name: str, fields: Mapping[CallField, FieldPath], sample: Sample, finished: str = ""
) -> Fit:
    """How `fields`, those of the preset `name`, read the sample. Raises `FieldMapError`.

    `finished` is the path that a record has something at once it is over.
    """
    records = sample.records
    if finished and not sample.traced:
        over = walker(parse(finished)[0])
        records = [record for record in records if over(record)]
    read = RecordReader(fields, "").read_items(records)
    seen = tuple(_field(field, fields.get(field), records) for field in get_args(CallField))
    running = len(sample.records) - len(records)
    return Fit(name, seen, len(records), len(read.calls), read.bad_sample, running)


def fit_preset(name: str, sample: Sample) -> Fit:
    """How the preset of that name reads the sample."""
    known = preset(name)
    return fit(name, known.fields, sample, known.feed.finished)


def fits(sample: Sample, kind: FeedKind | None = None) -> list[Fit]:
    """How each preset for calls (of `kind`, if given) reads the sample, the best first."""
    found = [
        fit_preset(name, sample)
        for name in preset_names()
        if _may_read(preset(name), sample) and (kind is None or kind in preset(name).kinds)
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.reads,
            not at_home(one.preset, sample),
            -one.found,
            one.preset not in _USUAL,
            one.preset,
        ),
    )


def at_home(name: str, sample: Sample) -> bool:
    """Whether the preset of that name is for what such a sample comes from."""
    kind: FeedKind = "jsonl" if sample.form == "lines" else "json-pages"
    return bool(sample.traced) or kind in preset(name).kinds


def _may_read(known: Preset, sample: Sample) -> bool:
    """Whether a preset is for such records: spans are for those that join them, and only they."""
    if "at" not in known.fields:
        return False
    if sample.traced == "otlp":
        return "otlp" in known.kinds
    return bool(known.feed.join) == (sample.traced == "phoenix") and known.kinds != ("otlp",)


def _field(field: CallField, spec: FieldPath | None, records: Sequence[dict[str, Any]]) -> FieldFit:
    if spec is None:
        return FieldFit(field)
    places = parse(spec.path)
    texts = [part.strip() for part in spec.path.split("|")]
    take, convert = _reading(field, spec, places)
    used: dict[str, int] = {}
    filled, example, why = 0, "", ""
    for record in records:
        place = next((n for n, path in enumerate(places) if walker(path)(record) is not None), None)
        if place is None:
            place = next((n for n, path in enumerate(places) if _there(record, path)), None)
        if place is None:
            continue
        used[texts[place]] = used.get(texts[place], 0) + 1
        raw = take(record)
        if raw is None:
            continue
        try:
            value = convert(raw)
        except BadRecord as error:
            why = why or str(error)
            continue
        if field == "tools" and nameless(raw):
            why = why or "objects without a `name`"
            continue
        if value is not None and (field == "synthetic" or value != _DEFAULTS.get(field, "")):
            filled += 1
            example = example or _example(field, value)
    paths = sorted(used, key=lambda path: -used[path])
    return FieldFit(
        field, "|".join(paths), spec.transform or "", sum(used.values()), filled, example, why
    )


def _reading(
    field: CallField, spec: FieldPath, places: Sequence[Path]
) -> tuple[Callable[[dict[str, Any]], Any], Convert]:
    """How a field is taken from a record, and read."""
    take = partial(_first, [walker(path) for path in places])
    transform = spec.transform or ""
    if transform.startswith("minus:"):
        other = partial(_first, [walker(path) for path in parse(transform.removeprefix("minus:"))])
        return lambda record: (take(record), other(record)), converter(field, transform, "")
    return take, converter(field, spec.transform, "")


def _first(ways: Sequence[Callable[[Any], Any]], record: dict[str, Any]) -> Any:
    return next((value for walk in ways if (value := walk(record)) is not None), None)


def _there(record: Any, path: Path) -> bool:
    """Whether the place exists, though it may hold null."""
    above = walker(path[:-1])(record)
    return isinstance(above, dict) and path[-1] in above


def _example(field: CallField, value: Any) -> str:
    if field in _PRIVATE:
        return f"{len(value):,} characters"
    if field == "user":
        return "kept as a hash"
    if field == "at":
        return iso(value)
    if isinstance(value, tuple):
        return clean(", ".join(value), _SHORT)
    if isinstance(value, float):
        return f"{value:.6g}"
    return clean(str(value), _SHORT)
