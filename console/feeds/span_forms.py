"""Spans as OpenTelemetry and Phoenix write them, in one neutral form.

A neutral span is a dict: `trace_id` and `span_id` (hex), `parent_id` ("" for none), `name`, `kind`
(internal, server, client, producer, consumer or ""), `start` and `end` (unix ns, 0 if unknown),
`status` (ok, error, unset), `status_message`, `attributes` and `resource` (flat: dotted keys, with
real types), `events` (each `name`, `at` in unix ns, `attributes`), and `remote`: whether its parent
is in another process, None if nobody says.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

Span = dict[str, Any]

MOST_TEXT = 262_144
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEX = re.compile(r"[0-9a-fA-F]+")
DEEPEST = 20
KINDS = ("", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_REMOTE_KNOWN, _REMOTE = 0x100, 0x200


class BadSpan(ValueError):
    """Something that is no span; the text says why."""


def decode_json(data: bytes) -> Any:
    """JSON, with what strict decoders refuse: NaN, lone surrogates. Raises `BadSpan`."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise BadSpan("it is nested too deeply") from None
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadSpan("it is not UTF-8") from None
    except ValueError:
        raise BadSpan("it is not JSON") from None
    except RecursionError:
        raise BadSpan("it is nested too deeply") from None


def from_otlp_json(request: Any) -> Iterator[Span | BadSpan]:
    """The spans of an `ExportTraceServiceRequest` in OTLP/JSON, and why others are none.

    Raises `BadSpan` if the whole is no such request.
    """
    for resource, _, span in _records(request, "resourceSpans", "scopeSpans", "spans"):
        try:
            yield _json_span(span, resource)
        except BadSpan as why:
            yield why


def logs_from_otlp_json(request: Any) -> Iterator[dict[str, Any]]:
    """The log records of an `ExportLogsServiceRequest` in OTLP/JSON.

    Each is a dict: `name` of the event or "", `at` (unix ns), `body` (any type), `attributes`,
    `resource`, `trace_id` and `span_id` ("" if it has none). Raises `BadSpan`.
    """
    for resource, _, record in _records(request, "resourceLogs", "scopeLogs", "logRecords"):
        attributes = _json_pairs(record.get("attributes"))
        yield {
            "name": event_name(record.get("eventName"), attributes),
            "at": _ns(record.get("timeUnixNano")) or _ns(record.get("observedTimeUnixNano")),
            "body": _json_value(record.get("body")),
            "attributes": attributes,
            "resource": resource,
            "trace_id": _ident(record.get("traceId"), 16),
            "span_id": _ident(record.get("spanId"), 8),
        }


def event_name(name: object, attributes: Mapping[str, Any]) -> str:
    return str(name or attributes.get("event.name") or "")


def _records(
    request: Any, outer: str, scope: str, inner: str
) -> Iterator[tuple[dict[str, Any], Any, dict[str, Any]]]:
    """The records of a request, each with the attributes of its resource."""
    if not isinstance(request, dict):
        raise BadSpan("it is JSON but not an object")
    for group in _objects(request.get(outer), outer):
        held = group.get("resource")
        resource = _json_pairs(held.get("attributes")) if isinstance(held, dict) else {}
        for scoped in _objects(group.get(scope), scope):
            for record in _objects(scoped.get(inner), inner):
                yield resource, scoped.get("scope"), record


def _objects(value: Any, name: str) -> Iterable[dict[str, Any]]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadSpan(f"{name} is not a list of objects")
    return value


def _json_span(span: dict[str, Any], resource: dict[str, Any]) -> Span:
    status = span.get("status")
    status = status if isinstance(status, dict) else {}
    flags = span.get("flags")
    return checked(
        trace_id=_ident(span.get("traceId"), 16),
        span_id=_ident(span.get("spanId"), 8),
        parent_id=_ident(span.get("parentSpanId"), 8),
        name=str(span.get("name") or ""),
        kind=_enum(span.get("kind"), KINDS, "SPAN_KIND_"),
        start=_ns(span.get("startTimeUnixNano")),
        end=_ns(span.get("endTimeUnixNano")),
        status=_enum(status.get("code"), STATUSES, "STATUS_CODE_") or "unset",
        status_message=str(status.get("message") or ""),
        attributes=_json_pairs(span.get("attributes")),
        events=[
            {
                "name": str(event.get("name") or ""),
                "at": _ns(event.get("timeUnixNano")),
                "attributes": _json_pairs(event.get("attributes")),
            }
            for event in _objects(span.get("events"), "events")
        ],
        resource=resource,
        remote=is_remote(flags if isinstance(flags, int) else 0),
    )


def checked(**span: Any) -> Span:
    if not span["trace_id"] or not span["span_id"]:
        raise BadSpan("a span has no valid trace id and span id")
    if span["span_id"] == span["parent_id"]:
        raise BadSpan("a span is its own parent")
    return span


def is_remote(flags: int) -> bool | None:
    return bool(flags & _REMOTE) if flags & _REMOTE_KNOWN else None


def _ident(value: Any, size: int) -> str:
    """An id of `size` bytes as hex; "" for none, or one that is not valid.

    OTLP/JSON says hex; what protobuf's own JSON writes, base64, has another length and is taken.
    """
    if not isinstance(value, str) or not value:
        return ""
    if len(value) == 2 * size and _HEX.fullmatch(value):
        known = value.lower()
    else:
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return ""
        if len(raw) != size:
            return ""
        known = raw.hex()
    return known if known.strip("0") else ""


def _ns(value: Any) -> int:
    """Nanoseconds as OTLP/JSON writes them, text or number; 0 if there are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(value, 0)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return 0


def _enum(value: Any, names: tuple[str, ...], prefix: str) -> str:
    if isinstance(value, str):
        short = value.removeprefix(prefix).lower()
        return short if short in names else ""
    known = isinstance(value, int) and 0 <= value < len(names)
    return names[value] if known else ""


def _json_pairs(pairs: Any) -> dict[str, Any]:
    """A list of key and value objects as a flat dict."""
    flat: dict[str, Any] = {}
    if isinstance(pairs, list):
        for pair in pairs:
            if isinstance(pair, dict) and isinstance(pair.get("key"), str):
                put(flat, pair["key"], _json_value(pair.get("value")))
    return flat


def _json_value(value: Any, depth: int = 0) -> Any:
    """An `AnyValue` as what it stands for."""
    if not isinstance(value, dict) or depth > DEEPEST:
        return None
    kind, held = next(iter(value.items()), ("", None))
    if kind in {"arrayValue", "kvlistValue"}:
        listed = held.get("values") if isinstance(held, dict) else None
        inner = listed if isinstance(listed, list) else []
        if kind == "arrayValue":
            return [_json_value(one, depth + 1) for one in inner]
        pairs = [pair for pair in inner if isinstance(pair, dict)]
        return {str(one.get("key")): _json_value(one.get("value"), depth + 1) for one in pairs}
    plain = _PLAIN.get(kind)
    return plain(held) if plain else None


def _text(value: Any) -> str:
    return str(value)[:MOST_TEXT]


def _double(value: Any) -> Any:
    return _SPECIAL.get(value, value) if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    try:
        return int(value) if isinstance(value, str) and len(value) <= 20 else value
    except ValueError:
        return value


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "stringValue": _text,
    "intValue": _whole,
    "doubleValue": _double,
    "boolValue": lambda value: value,
    "bytesValue": _text,
}


def put(flat: dict[str, Any], key: str, value: Any, depth: int = 0) -> None:
    """Set `key`, with the keys of an object under it: `a.b` for a {b}."""
    if isinstance(value, dict) and depth <= DEEPEST:
        for name, held in value.items():
            put(flat, f"{key}.{name}", held, depth + 1)
    elif value is not None:
        flat[key] = value[:MOST_TEXT] if isinstance(value, str) else value


def flattened(attributes: Any) -> dict[str, Any]:
    """Attributes that may be nested, as one flat dict with dotted keys."""
    flat: dict[str, Any] = {}
    if isinstance(attributes, dict):
        for key, value in attributes.items():
            put(flat, str(key), value)
    return flat


def from_phoenix(record: Any) -> Span:
    """A span as Phoenix's REST API gives it (`data[]` of /v1/projects/NAME/spans).

    Raises `BadSpan`.
    """
    if not isinstance(record, dict):
        raise BadSpan("the record is not an object")
    context = record.get("context")
    context = context if isinstance(context, dict) else {}
    attributes = flattened(record.get("attributes"))
    if record.get("span_kind"):
        attributes.setdefault("openinference.span.kind", str(record["span_kind"]))
    events = record.get("events")
    return checked(
        trace_id=_ident(context.get("trace_id"), 16),
        span_id=_ident(context.get("span_id"), 8),
        parent_id=_ident(record.get("parent_id"), 8),
        name=str(record.get("name") or ""),
        kind="",
        start=_moment(record.get("start_time")),
        end=_moment(record.get("end_time")),
        status=_enum(record.get("status_code"), STATUSES, "") or "unset",
        status_message=str(record.get("status_message") or ""),
        attributes=attributes,
        events=[
            {
                "name": str(event.get("name") or ""),
                "at": _moment(event.get("timestamp")),
                "attributes": flattened(event.get("attributes")),
            }
            for event in (events if isinstance(events, list) else [])
            if isinstance(event, dict)
        ],
        resource={},
        remote=None,
    )


def _moment(value: Any) -> int:
    """RFC 3339 text as unix nanoseconds; 0 if it is none, or says no offset."""
    if not isinstance(value, str):
        return 0
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        return 0
    return max((moment - _EPOCH) // timedelta(microseconds=1) * 1000, 0)


def spans_in(record: Any) -> Iterator[Span | BadSpan]:
    """The spans of a decoded record of any form known here: a request of OTLP/JSON, as the
    collector's file exporter writes one a line, a span of Phoenix, or a neutral span."""
    if isinstance(record, dict) and "resourceSpans" in record:
        yield from from_otlp_json(record)
    elif isinstance(record, dict) and "trace_id" in record and "resource" in record:
        yield record
    else:
        try:
            yield from_phoenix(record)
        except BadSpan as why:
            yield why
