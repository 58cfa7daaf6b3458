"""What an exporter is answered, in the encoding it was asked in."""

import json
from typing import Any

import msgspec

JSON, PROTOBUF = "application/json", "application/x-protobuf"


class Answer(msgspec.Struct, frozen=True):
    """What a request is answered; `rejected` records of it were of no use, `message` says why."""

    status: int
    message: str = ""
    rejected: int = 0
    retry_after_s: int | None = None


_REJECTED = {
    "traces": "rejectedSpans",
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
}


def in_json(answer: Answer, signal: str) -> bytes:
    """An export response, or a `google.rpc.Status`, as OTLP/JSON."""
    said: dict[str, Any] = {}
    if answer.status >= 300:
        said = {"message": answer.message}
    elif answer.message:
        said["partialSuccess"] = {"errorMessage": answer.message}
        if answer.rejected:
            said["partialSuccess"][_REJECTED[signal]] = str(answer.rejected)
    return json.dumps(said).encode()


def in_protobuf(answer: Answer) -> bytes:
    """The same in protobuf: both messages have a number or two and a text as their field 2.

    Written here because an error must be told before, or without, loading protobuf.
    """
    if not answer.message:
        return b""
    text = _field(2, answer.message.encode())
    if answer.status >= 300:
        return text
    rejected = b"\x08" + _varint(answer.rejected) if answer.rejected else b""
    return _field(1, rejected + text)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
