"""Spans of OTLP/JSON and Phoenix in the one neutral form."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from config.presets import preset
from console.feeds.fields import RecordReader
from console.feeds.span_forms import (
    BadSpan,
    decode_json,
    flattened,
    from_otlp_json,
    from_phoenix,
    spans_in,
)
from console.feeds.spans import joined
from tests.feeds.door import SPAN, export
from tests.feeds.records import SALT, START
from tests.feeds.traced import span

SAMPLES = Path(__file__).parent / "samples"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def only(**more: Any) -> dict[str, Any]:
    """The neutral form of `SPAN` with other values."""
    (made,) = from_otlp_json(json.loads(export({**SPAN, **more}, service="claims")))
    assert not isinstance(made, BadSpan)
    return made


def test_a_page_of_phoenix_is_two_calls() -> None:
    page = json.loads((SAMPLES / "phoenix_spans.json").read_bytes())
    spans = [one for record in page["data"] for one in spans_in(record)]
    records = joined([one for one in spans if not isinstance(one, BadSpan)])
    read = RecordReader(preset("phoenix").fields, SALT).read_items(records)
    assert read.bad == 0
    call, failed = sorted(read.calls, key=lambda call: -call.at)
    assert call.at == pytest.approx(START + 2.25, abs=1e-6)
    assert (call.latency_s, call.error) == (2.25, "")
    assert (call.tokens_in, call.tokens_out, call.cost) == (120, 30, 0.0021)
    assert (call.tools, call.tools_failed) == (("policy_lookup",), ("policy_lookup",))
    assert (call.input, call.output) == ("Where is my claim?", "Your claim is paid.")
    assert (call.model, call.conversation, call.version) == ("small-1", "s-1", "v2.4.0")
    assert (failed.error, failed.input, failed.latency_s) == ("rate limited", "Hello", 1.0)


def test_the_preset_asks_phoenix_by_cursor() -> None:
    feed = preset("phoenix").feed
    assert (feed.items, feed.next_path, feed.since_param) == ("data", "next_cursor", "start_time")
    assert (feed.join, feed.limit) == ("spans", 1000)


@pytest.mark.parametrize(
    ("more", "there"),
    [
        ({}, {"kind": "", "status": "unset", "parent_id": "", "remote": None}),
        ({"kind": 2, "flags": 0x301}, {"kind": "server", "remote": True}),
        ({"kind": "SPAN_KIND_CLIENT", "flags": 0x101}, {"kind": "client", "remote": False}),
        ({"kind": 99, "flags": 1}, {"kind": "", "remote": None}),
        ({"status": {"code": 2, "message": "no"}}, {"status": "error", "status_message": "no"}),
        ({"status": {"code": "STATUS_CODE_OK"}}, {"status": "ok"}),
        ({"startTimeUnixNano": 5, "endTimeUnixNano": "x"}, {"start": 5, "end": 0}),
        ({"startTimeUnixNano": True, "endTimeUnixNano": -1}, {"start": 0, "end": 0}),
        ({"traceId": base64.b64encode(bytes.fromhex(TRACE)).decode()}, {"trace_id": TRACE}),
        ({"parentSpanId": base64.b64encode(b"\1" * 8).decode()}, {"parent_id": "01" * 8}),
        ({"parentSpanId": "0" * 16}, {"parent_id": ""}),
    ],
)
def test_otlp_json(more: dict[str, Any], there: dict[str, Any]) -> None:
    made = only(**more)
    assert {key: made[key] for key in there} == there
    assert (made["trace_id"], made["resource"]) == (TRACE, {"service": "claims"})


def test_attributes_keep_their_types() -> None:
    values: dict[str, Any] = {
        "text": {"stringValue": "a"},
        "whole": {"intValue": "-7"},
        "number": {"doubleValue": 0.5},
        "yes": {"boolValue": True},
        "list": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "b"}]}},
        "object": {"kvlistValue": {"values": [{"key": "c", "value": {"intValue": "2"}}]}},
        "nothing": {},
    }
    made = only(attributes=[{"key": key, "value": value} for key, value in values.items()])
    assert made["attributes"] == {
        "text": "a",
        "whole": -7,
        "number": 0.5,
        "yes": True,
        "list": [1, "b"],
        "object.c": 2,
    }


@pytest.mark.parametrize(
    "more",
    [
        {"traceId": ""},
        {"traceId": "xyz"},
        {"traceId": 7},
        {"spanId": "0" * 16},
        {"spanId": base64.b64encode(b"\1" * 7).decode()},
        {"parentSpanId": SPAN["spanId"]},
    ],
)
def test_what_is_no_span(more: dict[str, Any]) -> None:
    (why,) = from_otlp_json(json.loads(export({**SPAN, **more})))
    assert isinstance(why, BadSpan)


@pytest.mark.parametrize("record", [None, 7, [], {}, {"context": 3}, {"context": {}}])
def test_what_is_no_span_of_phoenix(record: object) -> None:
    with pytest.raises(BadSpan):
        from_phoenix(record)
    assert [type(one) for one in spans_in(record)] == [BadSpan]


@pytest.mark.parametrize("time", [None, 5, "yesterday", "2026-12-01T00:00:00"])
def test_a_time_of_phoenix_that_is_none(time: object) -> None:
    ids = {"trace_id": TRACE, "span_id": "1" * 16}
    assert from_phoenix({"context": ids, "start_time": time})["start"] == 0


def test_a_neutral_span_and_a_line_of_the_collector_are_known() -> None:
    neutral = span(1)
    assert list(spans_in(neutral)) == [neutral]
    line = json.loads(export(SPAN, {**SPAN, "spanId": ""}))
    assert [isinstance(one, BadSpan) for one in spans_in(line)] == [False, True]


def test_nesting_has_an_end() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = {"a": deep}
    assert len(next(iter(flattened(deep)))) < 100
    with pytest.raises(BadSpan, match="nested too deeply"):
        decode_json(b"[" * 100_000)
