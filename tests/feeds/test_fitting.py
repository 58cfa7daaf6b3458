"""What a field map finds in a sample of a log, and which metrics it leaves out."""

import json
from pathlib import Path
from typing import get_args

import pytest

from config.feed import CallField, FieldPath
from config.guide import MetricId
from config.presets import preset
from console.feeds.fitting import FieldFit, Fit, fit, fit_preset, fits
from console.feeds.samples import Sample, sample_of
from tests.feeds.records import lines, record

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Sample:
    return sample_of((SAMPLES / name).read_bytes())


def field(found: Fit, name: CallField) -> FieldFit:
    return next(one for one in found.fields if one.field == name)


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("langfuse.json", "langfuse"),
        ("litellm.json", "litellm"),
        ("mlflow.json", "mlflow"),
        ("n8n.json", "n8n"),
        ("phoenix_spans.json", "phoenix"),
    ],
)
def test_a_vendor_is_known_by_its_sample(name: str, best: str) -> None:
    first, second, *_ = [*fits(sample(name)), None]
    assert first is not None
    assert (first.preset, first.reads) == (best, True)
    assert second is None or first.found > second.found


def test_our_own_log_is_read_by_native() -> None:
    assert fits(sample_of(lines(0, 3)))[0].preset == "native"


def test_spans_of_opentelemetry_are_for_the_receiver() -> None:
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
    ]
    span = {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "name": "chat",
        "startTimeUnixNano": "1796083200000000000",
        "endTimeUnixNano": "1796083201500000000",
        "attributes": attributes,
    }
    request = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    found = fits(sample_of(json.dumps(request).encode()))
    assert [one.preset for one in found] == ["otel-genai", "openinference"]
    assert field(found[0], "latency_s").example == "1.5"
    assert field(found[0], "tokens_in").example == "12"


def test_every_field_is_told_with_its_place_and_an_example() -> None:
    found = fit_preset("litellm", sample("litellm.json"))
    assert field(found, "cost") == FieldFit("cost", "spend", "", 2, 2, "0.04")
    assert field(found, "latency_s") == FieldFit(
        "latency_s", "endTime", "minus:startTime", 2, 2, "4.5"
    )
    assert field(found, "at").example == "2026-12-01T13:59:00Z"
    # Both are there, and the first that holds something is where it was found.
    assert (field(found, "user").path, field(found, "user").filled) == ("end_user", 1)
    assert field(found, "output") == FieldFit("output")
    assert {one.field for one in found.fields} == set(get_args(CallField))


def test_what_users_wrote_is_not_shown() -> None:
    rows = [record(1, input="my card is 4111", output="no", correction="yes!", user="anna")]
    found = fit_preset("native", Sample(rows, "lines"))
    shown = {one.field: one.example for one in found.fields}
    assert (shown["input"], shown["output"]) == ("15 characters", "2 characters")
    assert (shown["correction"], shown["user"]) == ("4 characters", "kept as a hash")
    assert not any("4111" in text or "anna" in text for text in shown.values())


def test_an_example_is_clean_and_short() -> None:
    rows = [record(1, error="\x1b[2J\u202e" + "x" * 500)]
    shown = field(fit_preset("native", Sample(rows, "lines")), "error").example
    assert shown.isprintable()
    assert len(shown) == 40


def test_a_place_that_is_always_empty_is_a_place() -> None:
    found = fit_preset("native", Sample([record(1, error=None, flags=[])], "lines"))
    assert (field(found, "error").present, field(found, "error").filled) == (1, 0)
    assert field(found, "error").known
    assert not field(found, "escalation").known
    assert "error-rate" not in found.lacking
    assert found.lacking["escalation-rate"] == "`escalation`"


def test_a_latency_that_is_always_empty_is_none() -> None:
    found = fit_preset("native", Sample([record(1, latency_s=None)], "lines"))
    assert found.lacking["latency-p95"] == "`latency_s`"


def test_a_cost_may_come_from_a_price() -> None:
    row = {**record(1), "model": "m", "tokens_in": 1}
    found = fit_preset("native", Sample([row], "lines"))
    assert found.lacking["cost-per-call"] == "`cost`, or `tokens_out`"
    priced = fit_preset("native", Sample([{**row, "tokens_out": 2}], "lines"))
    assert not {"cost-per-call", "spend-rate"} & priced.lacking.keys()


def test_every_metric_of_the_guide_is_judged() -> None:
    known = fit("", {"at": FieldPath(path="at")}, Sample([{"at": "never"}], "lines"))
    assert set(known.lacking) == set(get_args(MetricId))


def test_a_value_that_cannot_be_read_is_told() -> None:
    rows = [record(1), record(2, latency_s="slow")]
    found = fit_preset("native", Sample(rows, "lines"))
    assert (found.records, found.calls) == (2, 1)
    assert found.bad.startswith('latency_s: "slow" is not a number')
    assert field(found, "latency_s").why == '"slow" is not a number from 0 to 1e15'


def test_what_is_not_over_is_no_call_yet() -> None:
    found = fit_preset("n8n", sample("n8n.json"))
    assert (found.records, found.calls, found.running) == (2, 2, 1)


def test_presets_of_one_kind() -> None:
    found = {one.preset for one in fits(sample_of(lines(0, 1)), "jsonl")}
    assert "native" in found
    assert all("jsonl" in preset(name).kinds for name in found)
