"""A field map for a log of a shape that nobody has met, guessed from its names and values.

Every guess is tried: a place is proposed only if nine in ten of its values can be read that way.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, get_args

import msgspec

from config.feed import CallField, FieldPath
from console.feeds.convert import BadRecord, converter
from console.feeds.names import (
    CURSORS,
    ESCALATE,
    ESCALATED,
    FAILURES,
    NAMES,
    NO_FAILURES,
    NO_MOMENT,
    ORDER,
    STATUS,
    SUCCESS,
    UNITS,
    ends_of,
)
from console.feeds.paths import Path
from console.feeds.samples import Sample
from console.feeds.tool_names import nameless

_DEEPEST = 5
_MOST_PLACES = 400
_ALIKE = 0.87
_LONG_NAME = 6  # short names are alike by chance: mode, model
_GOOD = 0.9
_IN_A_ROW = 0.8
_TIME_LEN = len("2026-12-01T14:02")
_LONG_MS = 50.0  # a median above this is hardly seconds
_BARE = re.compile(r"[^.\[\]\"\\|\x00-\x20]+")
_TEXTS = frozenset({"version", "variant", "model", "conversation", "user", "format", "id"})
_DEEP = frozenset({"input", "output", "tools", "model"})  # may lie in a list: choices[0].message
_SPOKEN = frozenset({"input", "output", "correction"})
_TEXT_IN = ("text", "content", "message", "body")
_CENTS = frozenset({"cent", "cents"})
_YES_NO = frozenset({"true", "false", "yes", "no", "0", "1"})

Values = Sequence[Any]


class Proposal(msgspec.Struct, frozen=True):
    """A guessed field map, and what a person should look at."""

    fields: dict[CallField, FieldPath]
    remarks: tuple[str, ...] = ()

    @property
    def table(self) -> dict[str, Any]:
        """The map as `warroom.toml` writes it."""
        return {
            field: {"path": spec.path, "as": spec.transform} if spec.transform else spec.path
            for field, spec in self.fields.items()
        }


def propose(sample: Sample) -> Proposal:
    """The field map that names and values suggest. Without `at` in it there is no call."""
    places = _places(sample.records)
    remarks: list[str] = []
    chosen: dict[CallField, FieldPath] = {}
    taken: set[Path] = set()
    for field in ORDER:
        for path in _candidates(field, places):
            if path in taken:
                continue
            place = _text_in(path, places) if field in _SPOKEN else path
            spec = _tried(field, place, places, chosen, remarks)
            if spec is not None:
                chosen[field] = spec
                taken.update({path, place})
                break
    if "at" not in chosen and (spec := _moment(places, taken)):
        chosen["at"] = spec
        remarks.append(f"`{spec.path}` is taken for the time of a call, by its values")
    tools = chosen.get("tools")
    if tools and _some_failed(places[_place_of(tools, places)]):
        chosen["tools_failed"] = _spec(tools.path, "failed")
    if "error" not in chosen and (spec := _status(places)):
        chosen["error"] = spec
    if "escalation" not in chosen and (spec := _handed_over(places)):
        chosen["escalation"] = spec
    if "escalation" not in chosen and (spec := _begun(chosen.get("output"), places)):
        chosen["escalation"] = spec
    if "latency_s" not in chosen and (spec := _until(chosen, places)):
        chosen["latency_s"] = spec
    return Proposal(
        {field: chosen[field] for field in get_args(CallField) if field in chosen}, tuple(remarks)
    )


def next_page(sample: Sample) -> dict[str, str]:
    """How an answer says where it goes on, as keys of a feed."""
    for key, value in sample.beside.items():
        if plain(key) in CURSORS and not isinstance(value, dict | list | bool):
            return {"by": "cursor", "next_path": written((key,))}
    return {"by": "page"}


def _tried(
    field: CallField,
    path: Path,
    places: Mapping[Path, Values],
    chosen: Mapping[CallField, FieldPath],
    remarks: list[str],
) -> FieldPath | None:
    """`path` as the place of `field`, if its values are of that kind."""
    values = [value for value in places[path] if value is not None]
    if not _of_kind(field, values):
        return None
    for transform in _transforms(field, path, values):
        if _reads(field, transform, values):
            if field == "latency_s" and transform == "ms" and not _unit(path):
                remarks.append(f"`{written(path)}` is taken for milliseconds, by its size")
            if transform == "utc":
                remarks.append(f"`{written(path)}` says no offset and is taken for UTC")
            return _spec(written(path), transform)
    return None


def _of_kind(field: CallField, values: Values) -> bool:
    """Whether values can be what `field` means, before they are read."""
    if not values:
        return field in {"error", "escalation", "flags"}
    if field in _TEXTS:
        fits = all(type(value) is int or _is_short(value) for value in values)
        return fits and (field != "id" or len(set(map(str, values))) == len(values))
    if field in _SPOKEN:
        return all(isinstance(value, str | list | dict) for value in values)
    if field in {"error", "escalation"}:
        good = _words(values) & NO_FAILURES
        return not good and all(not isinstance(value, list | float) for value in values)
    if field == "tools":
        return all(isinstance(value, list) and not nameless(value) for value in values)
    return True


def _text_in(path: Path, places: Mapping[Path, Values]) -> Path:
    """The text of an object that holds more than it, `request.text`; else `path` itself."""
    known = [value for value in places[path] if value is not None]
    for name in _TEXT_IN:
        if known and all(isinstance(v, dict) and isinstance(v.get(name), str) for v in known):
            return (*path, name)
    return path


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _transforms(field: CallField, path: Path, values: Values) -> Iterable[str | None]:
    """The ways to read values as `field`, the likeliest first."""
    if field == "at":
        return (None, "utc", "unix", "unix-ms", "unix-ns")
    if field == "latency_s":
        return (_length(path, values),)
    if field == "cost" and any(_CENTS & set(plain(key).split("_")) for key in path):
        return ("cents",)
    words = _words(values)
    if field in {"error", "escalation", "flags"} and words and words <= _YES_NO:
        return ("bool",)
    if field == "flags" and any(isinstance(value, str) and "," in value for value in values):
        return ("list",)
    return (None,)


def _length(path: Path, values: Values) -> str | None:
    """The unit of a length of time: by its form, its name, or its size."""
    if any(isinstance(value, str) and value.endswith("s") for value in values):
        return "seconds"
    if unit := _unit(path):
        return None if unit == "s" else unit
    sizes = [value for value in values if type(value) in {int, float}]
    return "ms" if sizes and median(sizes) >= _LONG_MS else None


def _reads(field: CallField, transform: str | None, values: Values) -> bool:
    """Whether nine in ten of the values can be read so."""
    read = converter(field, transform, "")
    known = [value for value in values if value is not None]
    good = 0
    for value in known:
        try:
            read(value)
        except BadRecord:
            continue
        good += 1
    return good >= _GOOD * len(known)


def _some_failed(lists: Values) -> bool:
    """Whether tools say how they went."""
    said = {"success", "ok", "error", "status"}
    tools = [tool for each in lists if isinstance(each, list) for tool in each]
    return any(isinstance(tool, dict) and said & tool.keys() for tool in tools)


def _status(places: Mapping[Path, Values]) -> FieldPath | None:
    """A status whose words tell what failed from what did not, or a yes and no."""
    for path, values in _outermost(places):
        known = [value for value in values if value is not None]
        if plain(path[-1]) in SUCCESS and known and _reads("error", "not", known):
            return _spec(written(path), "not")
        if _tells(path, values):
            return _spec(written(path), f"in:{','.join(FAILURES)}")
    return None


def _handed_over(places: Mapping[Path, Values]) -> FieldPath | None:
    """A status of which one word says that a person took over."""
    for path, values in _outermost(places):
        if _tells(path, values) and not _words(values).isdisjoint(ESCALATED):
            return _spec(written(path), f"in:{','.join(ESCALATED)}")
    return None


def _begun(output: FieldPath | None, places: Mapping[Path, Values]) -> FieldPath | None:
    """Answers of which some begin with the word that hands a call over (Guide 5.1)."""
    if output is None or output.transform is not None:
        return None
    answers = places[_place_of(output, places)]
    if not any(isinstance(one, str) and one.lstrip().startswith(ESCALATE) for one in answers):
        return None
    return _spec(output.path, f"prefix:{ESCALATE}")


def _moment(places: Mapping[Path, Values], taken: set[Path]) -> FieldPath | None:
    """A place whose texts are all times that go on from record to record, whatever it is called.

    The outermost is taken, then the first.
    """
    for path, values in _outermost(places):
        words = {word for step in path for word in plain(step).split("_")}
        known = [value for value in values if value is not None]
        spelt = all(isinstance(one, str) and len(one) >= _TIME_LEN for one in known)
        if path in taken or not known or not spelt or not words.isdisjoint(NO_MOMENT):
            continue
        for transform in (None, "utc"):
            if _reads("at", transform, known) and _goes_on(known):
                return _spec(written(path), transform)
    return None


def _goes_on(times: Sequence[str]) -> bool:
    """Whether times that are spelt alike rise with the records, or fall: calls happen in a row.

    Nearly in a row: those that overlap are logged when they end.
    """
    pairs = list(pairwise(times))
    rising = sum(one <= other for one, other in pairs)
    falling = sum(one >= other for one, other in pairs)
    return max(rising, falling) >= _IN_A_ROW * len(pairs)


def _outermost(places: Mapping[Path, Values]) -> list[tuple[Path, Values]]:
    """The places that are in no list, the outermost first."""
    named = [one for one in places.items() if all(isinstance(step, str) for step in one[0])]
    return sorted(named, key=lambda place: len(place[0]))


def _tells(path: Path, values: Values) -> bool:
    """Whether it is a status, of which nine in ten words are known."""
    words = [str(value).strip().lower() for value in values if value is not None]
    told = sum(word in NO_FAILURES or word in FAILURES or word in ESCALATED for word in words)
    return plain(path[-1]) in STATUS and bool(words) and told >= _GOOD * len(words)


def _words(values: Values) -> set[str]:
    return {str(value).strip().lower() for value in values if value is not None}


def _spec(path: str, transform: str | None) -> FieldPath:
    return FieldPath.model_validate({"path": path, "as": transform})


def _unit(path: Path) -> str:
    """The unit that a name ends in; empty if in none."""
    last = plain(path[-1])
    return next((unit for end, unit in UNITS.items() if last.endswith(end)), "")


def _until(chosen: dict[CallField, FieldPath], places: Mapping[Path, Values]) -> FieldPath | None:
    """A latency from two times: `at` and the end beside it."""
    start = chosen.get("at")
    if start is None or start.transform not in {None, "utc", "unix"}:
        return None
    begun = _place_of(start, places)
    for path, values in places.items():
        beside = path[:-1] == begun[:-1] and plain(path[-1]) in ends_of(plain(begun[-1]))
        if beside and _reads("at", start.transform, values):
            return _spec(written(path), f"minus:{written(begun)}")
    return None


def _place_of(spec: FieldPath, places: Mapping[Path, Values]) -> Path:
    return next(path for path in places if written(path) == spec.path)


def _candidates(field: CallField, places: Mapping[Path, Values]) -> list[Path]:
    """The places whose names suggest `field`, the likeliest first."""
    ranked = [
        (rank[0], len(path), rank[1], written(path), path)
        for path in places
        if (rank := _rank(field, path)) is not None
    ]
    return [path for *_, path in sorted(ranked)]


def _rank(field: CallField, path: Path) -> tuple[int, int] | None:
    """How well a place's name fits; None if it does not. Lower is better."""
    names = [plain(step) for step in path if isinstance(step, str)]
    if not isinstance(path[-1], str) or (len(names) < len(path) and field not in _DEEP):
        return None
    last, long = names[-1], "_".join(names[-2:])
    if field == "latency_s":
        last = last.removesuffix(next((end for end in UNITS if last.endswith(end)), ""))
    for place, name in enumerate(NAMES[field]):
        if name in {last, long}:
            return 0, place
    for place, name in enumerate(NAMES[field]):
        if "_" in name and last.endswith(f"_{name}"):
            return 1, place
    if len(last) < _LONG_NAME:
        return None
    alike = difflib.get_close_matches(last, NAMES[field], n=1, cutoff=_ALIKE)
    return (2, NAMES[field].index(alike[0])) if alike else None


def plain(step: object) -> str:
    """A name as lower-case words with `_` between: `startedAt`, `Started-At` are `started_at`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", str(step))
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def written(path: Path) -> str:
    """A path as a field map writes it."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _BARE.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{step}"]')
    return "".join(parts)


def places_of(sample: Sample) -> dict[str, Values]:
    """Every place in the records, as a field map writes it, with its values."""
    return {written(path): values for path, values in _places(sample.records).items()}


def _places(records: Sequence[dict[str, Any]]) -> dict[Path, list[Any]]:
    """Every place in the records that a path can name, with its values."""
    found: dict[Path, list[Any]] = {}
    for record in records:
        for path, value in _leaves(record, ()):
            if path in found or len(found) < _MOST_PLACES:
                found.setdefault(path, []).append(value)
    return found


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if path:
        yield path, value
    if len(path) >= _DEEPEST:
        return
    if isinstance(value, dict):
        for key, held in value.items():
            if key.isprintable() and key and not set(key) & set('"\\|'):
                yield from _leaves(held, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from _leaves(value[0], (*path, 0))
