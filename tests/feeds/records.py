"""Log lines in our own shape, and readers for them."""

import json
from typing import Any

from config.feed import FieldPath
from config.presets import preset
from console.feeds import Batch
from console.feeds.fields import RecordReader

START = 1_796_083_200  # 2026-12-01T00:00:00Z
SALT = "9f2c4e00aa11bb22"


def record(number: int, **more: object) -> dict[str, Any]:
    """The record of a healthy call; `number` is its id and the second of its time."""
    return {
        "id": f"call-{number}",
        "at": f"2026-12-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "latency_s": 0.9,
        **more,
    }


def line(number: int, **more: object) -> bytes:
    """The record as one line of a log."""
    return json.dumps(record(number, **more)).encode() + b"\n"


def lines(first: int, count: int, **more: object) -> bytes:
    """`count` lines from number `first` on."""
    return b"".join(line(number, **more) for number in range(first, first + count))


def native() -> RecordReader:
    """The reader that the preset `native` makes."""
    return RecordReader(preset("native").fields, SALT)


def reader(**fields: object) -> RecordReader:
    """A reader of `id` and `at`, and of `fields`: a path, or a path and its transform."""
    named: dict[Any, FieldPath] = {}
    for name, value in {"id": "id", "at": "at", **fields}.items():
        path, transform = value if isinstance(value, tuple) else (value, None)
        named[name] = FieldPath.model_validate({"path": path, "as": transform})
    return RecordReader(named, SALT)


def ids_of(batch: Batch) -> list[str]:
    """Of all that was read, wholly or for its numbers alone."""
    rows = [row for tally in batch.tallies for row in tally.ids]
    return rows + [call.id for call in batch.calls]
