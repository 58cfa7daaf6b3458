"""A piece of somebody's log, of whatever shape, as the records in it."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from console.feeds.span_forms import BadSpan, Span, decode_json, spans_in
from console.feeds.spans import joined

MOST_RECORDS = 500
_DEEPEST = 3

Form = Literal["lines", "list", "answer"]


class NoSample(ValueError):
    """Nothing that could be read as records; the text says why, after the sample's name."""


class Sample(msgspec.Struct, frozen=True):
    """The first records of a log, decoded.

    `form` is what they came in: JSON lines, a JSON list, or an answer that has them at `items`,
    `beside` other keys. `traced` says whose spans they were that are joined now, a record a call.
    `unread` lines could not be decoded; `why` says what is wrong with the first of them.
    """

    records: list[dict[str, Any]]
    form: Form
    items: str = ""
    beside: dict[str, Any] = {}
    traced: Literal["", "otlp", "phoenix"] = ""
    unread: int = 0
    why: str = ""


def sample_of(data: bytes) -> Sample:
    """The records in `data`. Raises `NoSample`."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        raise NoSample("is empty")
    if text[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise NoSample("is a web page, not data")
    try:
        found = _whole(decode_json(text))
    except BadSpan:
        found = _lines(text)
    records = [record for record in found.records if isinstance(record, dict)]
    if not records:
        raise NoSample("has no record in it")
    return _traced(msgspec.structs.replace(found, records=records[:MOST_RECORDS]))


def _whole(value: Any) -> Sample:
    """One JSON value: a list, an answer with a list in it, or a log of one record."""
    if isinstance(value, list):
        return Sample(value, "list")
    if not isinstance(value, dict):
        raise NoSample("is JSON, but no object and no list")
    places = sorted(_lists(value), key=lambda place: -len(place[1]))
    if places and "resourceSpans" not in value and not _is_record(value):
        items, records = places[0]
        return Sample(records, "answer", items, value)
    if not places and any(held == [] for held in value.values()):
        raise NoSample("has no record in it")
    return Sample([value], "lines")


def _lines(text: bytes) -> Sample:
    records, unread, why = [], 0, ""
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            record = decode_json(line)
        except BadSpan as error:
            record, why = None, why or str(error)
        if isinstance(record, dict):
            records.append(record)
        else:
            unread, why = unread + 1, why or "it is no object"
        if len(records) == MOST_RECORDS:
            break
    if not records:
        raise NoSample(
            "holds no JSON that can be read: neither lines, nor a list, nor an answer with records"
        )
    return Sample(records, "lines", unread=unread, why=why)


def _lists(value: dict[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Every list of objects in an object, with the path to it."""
    for key, held in value.items():
        path = f"{before}.{key}" if before else key
        if isinstance(held, list) and any(isinstance(one, dict) for one in held):
            yield path, held
        elif isinstance(held, dict) and depth < _DEEPEST:
            yield from _lists(held, path, depth + 1)


def _is_record(value: dict[str, Any]) -> bool:
    """Whether an object is a record itself, and a list in it only a part, such as its tools."""
    return any("id" in key.lower() for key in value) and len(value) > len(list(_lists(value))) + 3


def _traced(sample: Sample) -> Sample:
    """Spans as calls; other records as they are."""
    first = sample.records[0]
    context = first.get("context")
    if "resourceSpans" in first:
        by: Literal["otlp", "phoenix"] = "otlp"
    elif isinstance(context, dict) and {"trace_id", "span_id"} <= context.keys():
        by = "phoenix"
    else:
        return sample
    spans, why = _spans(sample.records)
    records = joined(spans)
    if not records:
        raise NoSample("has spans, but none of an agent, a model or a tool")
    unread = sample.unread + len(why)
    return msgspec.structs.replace(
        sample, records=records, traced=by, unread=unread, why="; ".join(why[:1]) or sample.why
    )


def _spans(records: Sequence[dict[str, Any]]) -> tuple[list[Span], list[str]]:
    spans: list[Span] = []
    why: list[str] = []
    for record in records:
        try:
            for one in spans_in(record):
                if isinstance(one, BadSpan):
                    why.append(str(one))
                else:
                    spans.append(one)
        except BadSpan as error:
            why.append(str(error))
    return spans, why
