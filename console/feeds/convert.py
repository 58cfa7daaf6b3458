"""How one value of a JSON record becomes one field of a `Call`, by the field and its `as`.

A value that is missing (or null) is absent, never a fault; a value of the wrong kind is.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from config.nearest import suggestion
from console.clean import clean
from console.feeds.paths import FieldMapError
from console.feeds.tool_names import tool_name

Convert = Callable[[Any], Any]

SHORT = 200
LONG = 20_000
MOST_ITEMS = 50
MOST_NUMBER = 1e15
YEAR_2000 = 946_684_800.0
YEAR_2100 = 4_102_444_800.0


class BadRecord(Exception):
    """A record that cannot be a call; the text says why."""


def converter(field: str, transform: str | None, salt: str) -> Convert:
    """The function for `field` of a `Call`, read as `transform`. Raises `FieldMapError`."""
    convert: Convert = _hasher(salt) if field == "user" else _FIELDS[field]
    if transform is None or (field, transform) == ("at", "rfc3339"):
        return convert
    name, _, argument = transform.partition(":")
    if name == "minus" and argument and field == "latency_s":
        return lambda pair: convert(_between(*pair))
    if name == "prefix" and argument:
        change: Convert | None = _prefix(argument)
    elif name == "in" and argument:
        change = _one_of(argument)
    else:
        change = _TRANSFORMS.get(transform)
    if change is None:
        raise FieldMapError(_unknown(field, transform))
    fitting = _FITS.get(name, _TEXTS)
    if field not in fitting:
        raise FieldMapError(f'{field} cannot be read as "{name}"; that is for {_listed(fitting)}')
    if field == "at":
        return lambda value: _plausible(change(value))
    return lambda value: convert(change(value))


def number(value: Any) -> float | None:
    """A finite number of at least 0; text that spells one is taken too."""
    if (type(value) is float or type(value) is int) and 0 <= value <= MOST_NUMBER:
        return value
    if value is None:
        return None
    if isinstance(value, str):
        try:
            read = float(value)
        except ValueError:
            read = -1.0
        if 0 <= read <= MOST_NUMBER:
            return read
    raise BadRecord(f"{_shown(value)} is not a number from 0 to 1e15")


def whole(value: Any) -> int | None:
    """A whole number of at least 0."""
    if type(value) is int and 0 <= value <= MOST_NUMBER:
        return value
    read = number(value)
    if read is None:
        return None
    if read != int(read):
        raise BadRecord(f"{_shown(value)} is not a whole number")
    return int(read)


def when(value: Any) -> float:
    """RFC 3339 text as unix seconds. Without an offset nobody knows the moment: bad."""
    if not isinstance(value, str):
        if value is None:
            raise BadRecord("there is none")
        raise BadRecord(f'{_shown(value)} is not text; set as = "unix" or "unix-ms"')
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise BadRecord(f"{_shown(value)} is not RFC 3339") from None
    if moment.tzinfo is None:
        raise BadRecord(f"{_shown(value)} has no offset (Z or +00:00)")
    return _plausible(moment.timestamp())


def text(value: Any) -> str:
    """Clean text of at most 200 characters; what is not text is written as JSON."""
    if type(value) is str and len(value) <= SHORT and value.isascii() and value.isprintable():
        return value
    return "" if value is None else clean(_as_text(value), SHORT)


def long_text(value: Any) -> str:
    """Clean text of at most 20,000 characters that keeps its line ends."""
    return "" if value is None else clean(_as_text(value), LONG, lines=True)


def ident(value: Any) -> str:
    """A call's id. One that is too long to show is known by its hash."""
    known = text(value)
    if not known:
        raise BadRecord("there is none")
    if len(known) == SHORT and known != value:
        return hashlib.sha256(_as_text(value).encode("utf-8", "replace")).hexdigest()[:32]
    return known


def reason(value: Any) -> str:
    """Why a call failed or escalated; empty for null, false, 0, "" and what holds only such."""
    if not value or (isinstance(value, dict) and not any(value.values())):
        return ""
    return "error" if value is True else text(value)


def handover(value: Any) -> str:
    """Why a call was handed to a person; empty if it was not."""
    return "escalated" if value is True else reason(value)


def items(value: Any) -> tuple[str, ...]:
    """A list of short texts; an object in it goes by its `name`. One value is a list of one."""
    return _named_in(value, lambda item: item.get("name", item))


def tools(value: Any) -> tuple[str, ...]:
    """As `items`; an object without `name` goes by what tells the tool in its place."""
    return _named_in(value, tool_name)


def _named_in(value: Any, name: Callable[[dict[str, Any]], Any]) -> tuple[str, ...]:
    if not value:
        return ()
    if value is True:
        return ("flagged",)
    if not isinstance(value, list):
        return (text(value),)
    names = [name(item) if isinstance(item, dict) else item for item in value]
    return tuple([text(one) for one in names[:MOST_ITEMS] if one])


def failed(value: Any) -> Any:
    """Of a list of tools with `success`, `error` or `status` those that failed."""
    if not isinstance(value, list):
        return None
    return [one for one in value if isinstance(one, dict) and _fails(one)]


def _fails(tool: dict[str, Any]) -> bool:
    said = tool.get("success", tool.get("ok"))
    if said is not None:
        return not truth(said)
    return bool(tool.get("error")) or str(tool.get("status", "")).lower() in {"error", "failed"}


def opinion(value: Any) -> str:
    """What a user thought of an answer: "positive", "negative" or "neutral"; empty if unknown.

    A number is positive over 0 and negative under it; yes and no are thumbs up and down.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "positive" if value else "negative"
    if isinstance(value, str) and (known := _OPINIONS.get(value.strip().lower())):
        return known
    try:
        read = float(value)
    except (TypeError, ValueError):
        raise BadRecord(
            f"{_shown(value)} is no opinion such as positive, negative, 1 or -1"
        ) from None
    if math.isnan(read):
        return ""
    return "positive" if read > 0 else "negative" if read < 0 else "neutral"


def truth(value: Any) -> bool:
    """A yes or no; only what is clearly one of the two."""
    if isinstance(value, bool):
        return value
    known = (
        _TRUTHS.get(str(value).strip().lower()) if isinstance(value, str | int | float) else None
    )
    if known is None and value is not None:
        raise BadRecord(f"{_shown(value)} is neither yes nor no")
    return bool(known)


def _hasher(salt: str) -> Convert:
    """User ids are kept as 12 hex digits of a salted hash: enough to tell users apart."""

    @lru_cache(maxsize=4096)
    def hashed(user: str) -> str:
        return hashlib.sha256(f"{salt}\0{user}".encode("utf-8", "replace")).hexdigest()[:12]

    return lambda value: "" if value is None or value == "" else hashed(_as_text(value))


def _scaled(factor: float) -> Convert:
    def scale(value: Any) -> float | None:
        read = _any_number(value)
        return None if read is None else read / factor

    return scale


def _any_number(value: Any) -> float | None:
    """A number of any size, as nanoseconds since 1970 are."""
    if value is None:
        return None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            read = float(value)
        except (ValueError, OverflowError):
            read = -1.0
        if 0 <= read < float("inf"):
            return read
    raise BadRecord(f"{_shown(value)} is not a number of at least 0")


def _between(end: Any, start: Any) -> float | None:
    """Seconds from one time to another; of either missing nobody knows."""
    if end is None or start is None:
        return None
    return max(0.0, _instant(end) - _instant(start))


def _instant(value: Any) -> float:
    return when(_utc(value)) if isinstance(value, str) else _any_number(value) or 0.0


def _prefix(start: str) -> Convert:
    def rest(value: Any) -> str:
        if not isinstance(value, str):
            return ""
        trimmed = value.lstrip()
        if not trimmed.startswith(start):
            return ""
        # The reason is a line; what follows is the answer itself.
        return trimmed[len(start) :].partition("\n")[0].strip() or start

    return rest


def _utc(value: Any) -> Any:
    """A time that says no offset, of a log that is known to be in UTC."""
    return f"{value}+00:00" if isinstance(value, str) and _is_local(value) else value


def _is_local(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _not(value: Any) -> bool | None:
    """What failed, from what says whether it went well."""
    return None if value is None else not truth(value)


def _one_of(listed: str) -> Convert:
    known = {word.strip().lower() for word in listed.split(",")}

    def named(value: Any) -> str:
        return value if isinstance(value, str) and value.strip().lower() in known else ""

    return named


def _seconds(value: Any) -> Any:
    """A length of time such as `1.5s`, as protobuf writes it in JSON."""
    if isinstance(value, str) and value.endswith("s"):
        return value[:-1]
    return value


def _plausible(moment: float | None) -> float:
    if moment is None:
        raise BadRecord("there is none")
    if not YEAR_2000 <= moment < YEAR_2100:
        raise BadRecord(f"{moment:.15g} is not within 2000 to 2100; check its `as`")
    return moment


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _present(value: Any) -> str:
    return _as_text(value) if value else ""


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (ValueError, RecursionError):  # a lone surrogate or a number beyond 64 bits inside it
        raise BadRecord("a field holds something that is no text") from None


def _shown(value: Any) -> str:
    return f'"{clean(value, 40)}"' if isinstance(value, str) else clean(repr(value), 40)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _unknown(field: str, transform: str) -> str:
    known = [*_TRANSFORMS, "rfc3339", "prefix:TEXT", "in:TEXT,TEXT", "minus:PATH"]
    return f'{field}: there is no as = "{transform}"{suggestion(transform, known)}'


_TRUTHS = dict.fromkeys(("true", "yes", "1", "1.0"), True)
_TRUTHS |= dict.fromkeys(("false", "no", "0", "0.0", ""), False)
_OPINIONS = {
    **dict.fromkeys(("positive", "up", "thumbs_up", "thumbs-up", "like", "good", "+1"), "positive"),
    **dict.fromkeys(
        ("negative", "down", "thumbs_down", "thumbs-down", "dislike", "bad", "-1"), "negative"
    ),
    "neutral": "neutral",
}
_FIELDS: Mapping[str, Convert] = {
    "id": ident,
    "at": when,
    "latency_s": number,
    "cost": number,
    "tokens_in": whole,
    "tokens_out": whole,
    "error": reason,
    "escalation": handover,
    "flags": items,
    "version": text,
    "variant": text,
    "model": text,
    "tools": tools,
    "tools_failed": tools,
    "conversation": text,
    "feedback": opinion,
    "user": text,
    "input": long_text,
    "output": long_text,
    "format": text,
    "correction": long_text,
    "synthetic": truth,
}
_TRANSFORMS: Mapping[str, Convert] = {
    "ms": _scaled(1e3),
    "us": _scaled(1e6),
    "ns": _scaled(1e9),
    "cents": _scaled(100.0),
    "unix": _scaled(1.0),
    "unix-ms": _scaled(1e3),
    "unix-ns": _scaled(1e9),
    "bool": truth,
    "not": _not,
    "present": _present,
    "list": _split,
    "failed": failed,
    "seconds": _seconds,
    "utc": lambda value: when(_utc(value)),
}
_TEXTS = frozenset({"error", "escalation", "flags"})
_FITS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("ms", "us", "ns", "seconds"), frozenset({"latency_s"})),
    **dict.fromkeys(("unix", "unix-ms", "unix-ns", "rfc3339", "utc"), frozenset({"at"})),
    "cents": frozenset({"cost"}),
    "bool": _TEXTS | {"synthetic"},
    "not": frozenset({"error", "escalation"}),
    "list": frozenset({"flags", "tools", "tools_failed"}),
    "failed": frozenset({"tools_failed"}),
}
