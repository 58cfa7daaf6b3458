"""OTLP in protobuf: requests into neutral spans and log records, and the answers to them.

Importing this loads protobuf, which takes some 30 ms: it is imported with the first body that needs
it, in the receiver's own thread.
"""

import base64
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from console.feeds.span_forms import (
    DEEPEST,
    KINDS,
    MOST_TEXT,
    STATUSES,
    BadSpan,
    Span,
    checked,
    event_name,
    is_remote,
    put,
)

_DAMAGED = "it is not protobuf of OTLP, or cut off"


def from_otlp_proto(data: bytes) -> Iterator[Span | BadSpan]:
    """The spans of an `ExportTraceServiceRequest`, and why others are none.

    Raises `BadSpan` if the whole is no such request.
    """
    try:
        request = ExportTraceServiceRequest.FromString(data)
    except DecodeError:
        raise BadSpan(_DAMAGED) from None
    for group in request.resource_spans:
        resource = _pairs(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                try:
                    yield _span(span, resource)
                except BadSpan as why:
                    yield why


def logs_from_otlp_proto(data: bytes) -> Iterator[dict[str, Any]]:
    """The log records of an `ExportLogsServiceRequest`, as `logs_from_otlp_json` gives them."""
    try:
        request = ExportLogsServiceRequest.FromString(data)
    except DecodeError:
        raise BadSpan(_DAMAGED) from None
    for group in request.resource_logs:
        resource = _pairs(group.resource.attributes)
        for scoped in group.scope_logs:
            for record in scoped.log_records:
                attributes = _pairs(record.attributes)
                yield {
                    "name": event_name(record.event_name, attributes),
                    "at": record.time_unix_nano or record.observed_time_unix_nano,
                    "body": _value(record.body),
                    "attributes": attributes,
                    "resource": resource,
                    "trace_id": _ident(record.trace_id, 16),
                    "span_id": _ident(record.span_id, 8),
                }


def _span(span: Any, resource: dict[str, Any]) -> Span:
    kind, code = span.kind, span.status.code
    return checked(
        trace_id=_ident(span.trace_id, 16),
        span_id=_ident(span.span_id, 8),
        parent_id=_ident(span.parent_span_id, 8),
        name=span.name,
        kind=KINDS[kind] if 0 <= kind < len(KINDS) else "",
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        status=STATUSES[code] if 0 <= code < len(STATUSES) else "unset",
        status_message=span.status.message,
        attributes=_pairs(span.attributes),
        events=[
            {
                "name": event.name,
                "at": event.time_unix_nano,
                "attributes": _pairs(event.attributes),
            }
            for event in span.events
        ],
        resource=resource,
        remote=is_remote(span.flags),
    )


def _ident(value: bytes, size: int) -> str:
    return value.hex() if len(value) == size and any(value) else ""


def _pairs(pairs: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for pair in pairs:
        held = pair.value
        if held.HasField("string_value"):
            flat[pair.key] = held.string_value[:MOST_TEXT]
        else:
            put(flat, pair.key, _value(held))
    return flat


def _value(value: Any, depth: int = 0) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or depth > DEEPEST:
        return None
    held = getattr(value, kind)
    match kind:
        case "string_value":
            return held[:MOST_TEXT]
        case "bytes_value":
            return base64.b64encode(held).decode()
        case "array_value":
            return [_value(one, depth + 1) for one in held.values]
        case "kvlist_value":
            return {pair.key: _value(pair.value, depth + 1) for pair in held.values}
    return held
