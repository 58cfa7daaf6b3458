"""What comes in an export that is well formed, whatever it holds."""

import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from console.feeds.otlp_answers import PROTOBUF
from console.net import MIB
from tests.feeds.door import SPAN, Door, export


def test_logs_bring_calls_and_what_was_said_of_a_trace(door: Door) -> None:
    call = {"id": "c-1", "latency_s": 0.5, "version": "v3", "error": "timeout"}
    told = ExportLogsServiceRequest()
    records = told.resource_logs.add().scope_logs.add().log_records
    plain = records.add(time_unix_nano=1_796_083_200_000_000_000)
    plain.body.string_value = json.dumps(call)
    records.add().body.string_value = "only words"
    judged = records.add(event_name="gen_ai.evaluation.result", trace_id=b"\1" * 16)
    judged.attributes.add(key="gen_ai.evaluation.name").value.string_value = "toxicity"
    judged.attributes.add(key="gen_ai.evaluation.score.label").value.string_value = "toxic"
    status, _, body = door.post(told.SerializeToString(), PROTOBUF, "/v1/logs")
    assert (status, ExportLogsServiceResponse.FromString(body)) == (
        200,
        ExportLogsServiceResponse(),
    )
    door.post(export({**SPAN, "traceId": "01" * 16}))
    traced, logged = door.calls()
    assert traced.flags == ("toxicity: toxic",)
    assert (logged.id, logged.latency_s, logged.version) == ("c-1", 0.5, "v3")
    assert (logged.error, logged.at) == ("timeout", 1_796_083_200.0)


@pytest.mark.parametrize(
    "value",
    [
        {"stringValue": "x" * MIB},
        {"doubleValue": "NaN"},
        {"doubleValue": 1e308},
        {"intValue": "not a number"},
        {"intValue": "99999999999999999999"},
        {"arrayValue": {"values": [{"stringValue": "\x1b]52;c;x\x07"}]}},
        {"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}},
        {"unknownValue": 1},
        7,
        None,
    ],
)
def test_any_attribute_leaves_the_call_standing(door: Door, value: object) -> None:
    names = ["gen_ai.usage.input_tokens", "output.value", "error.type", "user.id", "flags"]
    odd = [{"key": name, "value": value} for name in names]
    span = {**SPAN, "name": "[@click=app.quit]\x1b[31m", "attributes": SPAN["attributes"] + odd}
    assert door.post(export(span))[0] == 200
    (call,) = door.calls()
    assert call.id
    assert len(call.output) <= 20_000
    shown = f"{call.output}{call.error}{call.flags}"
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_lone_surrogates_and_bare_nan(door: Door) -> None:
    raw = export(SPAN).replace(b'"invoke_agent"', b'"invoke_agent"', 1)
    raw = raw.replace(
        b'"attributes": [{',
        b'"attributes": [{"key": "output.value", "value": '
        b'{"stringValue": "a\\ud800"}}, {"key": "x", "value": {"doubleValue": NaN}}, {',
        1,
    )
    assert door.post(raw)[0] == 200
    assert door.lost()[0] == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_an_hour_off_is_taken_at_its_word(door: Door, hours: int) -> None:
    start = 1_796_083_200_000_000_000 + hours * 3_600_000_000_000
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": start + 5}
    door.post(export({**SPAN, **times}))
    assert [call.at for call in door.calls()] == [1_796_083_200 + hours * 3600]
