"""The field map of a log, shown as the call that it makes and corrected field by field."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from config.feed import CallField, FieldPath
from config.presets import preset
from console.clean import clean
from console.cli.asking import Wrong, ask, near
from console.cli.fields import field_lines
from console.cli.say import say, wrapped
from console.cli.study import Study
from console.feeds.convert import converter
from console.feeds.fitting import Fit, fit
from console.feeds.names import STATUS
from console.feeds.paths import FieldMapError, parse
from console.feeds.proposing import places_of, plain
from console.feeds.samples import Sample

_MOST_WORDS = 6
_LONGEST_WORD = 24
_FIELDS: tuple[CallField, ...] = get_args(CallField)


class OtherLog(Exception):
    """Whoever is asked does not want this log read."""


class Map(msgspec.Struct, frozen=True):
    """A preset's field map (of none, if empty) with the `own` fields that go before it."""

    sample: Sample
    preset: str
    own: Mapping[str, Any]

    @property
    def fields(self) -> dict[CallField, FieldPath]:
        """All of it."""
        known = dict(preset(self.preset).fields) if self.preset else {}
        return {**known, **{_named(key): _spec(place) for key, place in self.own.items()}}

    def fit(self) -> Fit:
        """How it reads the sample. Raises `FieldMapError` without a time."""
        over = preset(self.preset).feed.finished if self.preset else ""
        return fit(self.preset, self.fields, self.sample, over)

    def corrected(self, text: str) -> "Map":
        """This map with `FIELD = PATH, AS`, or without the field if the path is `-`.

        Raises `Wrong`.
        """
        name, mark, rest = text.partition("=")
        if not mark or not rest.strip():
            raise Wrong(
                "write FIELD = PATH, or FIELD = PATH, AS, such as latency = duration_ms, ms"
            )
        field = _named(name.strip())
        path, _, transform = (part.strip() for part in rest.partition(","))
        own = dict(self.own)
        if path == "-":
            if own.pop(field, None) is None:
                raise Wrong(f'{field} is not read, or by the preset "{self.preset}", which stays')
            return msgspec.structs.replace(self, own=own)
        self._must_be_there(path)
        try:
            converter(field, transform or None, "")
        except FieldMapError as why:
            raise Wrong(str(why)) from None
        own[field] = {"path": path, "as": transform} if transform else path
        made = msgspec.structs.replace(self, own=own)
        if "at" in made.fields:
            seen = next(one for one in made.fit().fields if one.field == field)
            if seen.why and not seen.filled:
                raise Wrong(f"{field} cannot be read at {path}: {seen.why}")
        return made

    def _must_be_there(self, path: str) -> None:
        try:
            parse(path)
        except FieldMapError as why:
            raise Wrong(str(why)) from None
        known = places_of(self.sample)
        if not any(one.strip() in known for one in path.split("|")):
            raise Wrong(f'no record has "{clean(path, 60)}"{near(path, list(known))}')


def confirmed(found: Study) -> Map:
    """The map of `found` as a person wants it. Raises `OtherLog`, `EOFError`."""
    made = Map(found.sample, found.chosen.preset, found.more)
    said = "A call as it would be read: field, where it lies, how many have it, one value"
    say(*wrapped(said, ""))
    _show(made)
    if made.own:
        say(*(line for remark in found.proposal.remarks for line in wrapped(f"look at: {remark}")))
    while True:
        answer = ask("Right? Or write FIELD = PATH, AS (? for help)", _line, default="yes")
        if answer.lower() in {"yes", "y"}:
            if "at" in made.fields:
                return made
            say("  a call without its time is no use: at = PATH, or at = PATH, unix-ms;")
            say("  back leaves this log")
        elif answer == "?":
            say(*_HELP)
        elif answer.lower() in {"back", "no", "skip"}:
            raise OtherLog
        else:
            try:
                made = made.corrected(answer)
            except Wrong as wrong:
                say(*wrapped(str(wrong)))
            else:
                _show(made, _named(answer.partition("=")[0].strip()))


def _show(made: Map, only: str = "") -> None:
    """The call as it would be read, or only a field of it, and what cannot be computed."""
    if "at" in made.fields:
        best = made.fit()
        say("", *field_lines(best, only), "")
        for metric, needs in best.lacking.items():
            say(*wrapped(f"{metric} cannot be computed: it lacks {needs}"))
    unused = _unused(made)
    if unused and not only:
        say(*wrapped(f"in the records too, and not read: {', '.join(unused)}"))


def _unused(made: Map) -> list[str]:
    """The outermost places that no field is read from; of a status also its words."""
    used = {path.strip() for spec in made.fields.values() for path in spec.path.split("|")} | {
        (spec.transform or "").removeprefix("minus:") for spec in made.fields.values()
    }
    told = []
    for place, values in places_of(made.sample).items():
        inside = any(one.startswith((f"{place}.", f"{place}[")) for one in used)
        above = any(place.startswith((f"{one}.", f"{one}[")) for one in used)
        held = all(isinstance(value, dict) for value in values if value is not None)
        if place in used or inside or above or held:
            continue
        told.append(clean(place, 40) + _words(place, values))
    return told


def _words(place: str, values: Any) -> str:
    """The few words that a status says. Other texts may be a user's: they are shown nowhere."""
    words = {value for value in values if isinstance(value, str)}
    short = all(len(word) <= _LONGEST_WORD for word in words)
    if plain(place.rpartition(".")[2]) not in STATUS or len(words) > _MOST_WORDS or not short:
        return ""
    return f" ({', '.join(clean(word, _LONGEST_WORD) for word in sorted(words))})"


def _named(name: str) -> CallField:
    """The field of that name, or of which it is the only beginning. Raises `Wrong`."""
    begun = [field for field in _FIELDS if field.startswith(name.lower())] if name else []
    for field in _FIELDS:
        if field == name.lower() or begun == [field]:
            return field
    raise Wrong(f'"{clean(name, 40)}" is no field of a call{near(name, _FIELDS)}; ? lists them')


def _spec(place: Any) -> FieldPath:
    return FieldPath.model_validate(place)


def _line(answer: str) -> str:
    return answer


_HELP = (
    "  latency = duration_ms, ms    a number of milliseconds (also us, ns, seconds)",
    "  at = time, unix-ms           or unix, unix-ns, utc; RFC 3339 needs no word",
    "  error = status, in:failed    a failure where it says so (not, bool, present)",
    "  cost = usage.total|cost      dotted, [0] of a list, | for another place",
    "  cost = bill.cents, cents     hundredths of the currency",
    "  flags = -                    not read",
    "  back                         another log, or none",
    *wrapped(f"fields: {', '.join(_FIELDS)}"),
)
