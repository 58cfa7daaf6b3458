"""A map for a log that nobody has met: what is proposed, read back, gives the calls."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.feed import Feed as FeedSpec
from config.presets import preset
from config.write import table_text
from console.domain.call import Call
from console.feeds.fields import Read, RecordReader
from console.feeds.fitting import fit
from console.feeds.names import NAMES
from console.feeds.proposing import Proposal, next_page, propose, written
from console.feeds.samples import Sample, sample_of
from tests.feeds.records import SALT, START, native, record

AT = "2026-12-01T00:00:00Z"
WORDS = ("done", "failed", "handed_over", "done")
SAMPLES = Path(__file__).parent / "samples"
ALL_NAMES = {name for names in NAMES.values() for name in names}


def of(*rows: dict[str, Any]) -> Proposal:
    return propose(Sample(list(rows), "lines"))


def places(proposal: Proposal) -> dict[str, Any]:
    """Field -> its path, or path and transform."""
    return {
        name: (spec.path, spec.transform) if spec.transform else spec.path
        for name, spec in proposal.fields.items()
    }


def read_back(proposal: Proposal, sample: Sample) -> Read:
    """The calls by the proposal as somebody pastes it into `warroom.toml`."""
    pasted = tomllib.loads(table_text("feeds.calls.fields", proposal.table))["feeds"]["calls"]
    spec = FeedSpec.model_validate({"kind": "jsonl", "path": "x", "preset": "", **pasted})
    return RecordReader(spec.fields, SALT).read_items(sample.records)


@pytest.mark.parametrize("name", ["langfuse", "litellm", "mlflow", "n8n"])
def test_a_vendor_nobody_knew_would_be_read_the_same(name: str) -> None:
    sample = sample_of((SAMPLES / f"{name}.json").read_bytes())
    guessed = read_back(propose(sample), sample)
    known = RecordReader(preset(name).fields, SALT).read_items(sample.records)
    assert guessed.bad == 0

    def without_version(call: Call) -> dict[str, Any]:
        # A preset may look in a second place, a proposal names one.
        return {key: getattr(call, key) for key in call.__struct_fields__ if key != "version"}

    assert [*map(without_version, guessed.calls)] == [*map(without_version, known.calls)]


def test_our_own_names_are_all_found() -> None:
    row = record(
        7,
        cost=0.02,
        tokens_in=7,
        tokens_out=8,
        error=None,
        escalation="unclear",
        flags=["pii"],
        version="v2",
        variant="control",
        model="m",
        tools=[{"name": "lookup", "success": False}],
        user="anna",
        input="q",
        output="a",
        format="text",
        correction="b",
        conversation="c-1",
        feedback="positive",
        synthetic=True,
    )
    sample = Sample([row], "lines")
    assert read_back(propose(sample), sample).calls == native().read_items([row]).calls


def test_other_names_and_forms() -> None:
    row = {
        "@timestamp": "2026-12-01T01:00:00+01:00",
        "requestId": "r1",
        "durationMs": 1200,
        "usage": {"promptTokens": 100, "completion-tokens": 20, "total_tokens": 120},
        "price": 0.01,
        "gen.ai": {"llm.model_name": "m1"},
        "toolCalls": [{"name": "lookup", "success": False}],
        "handoff": "false",
        "thread": {"id": "t1"},
        "safety_flags": "pii,tone",
        "success": False,
    }
    found = of(row)
    assert places(found) == {
        "id": "requestId",
        "at": "@timestamp",
        "latency_s": ("durationMs", "ms"),
        "cost": "price",
        "tokens_in": "usage.promptTokens",
        "tokens_out": "usage.completion-tokens",
        "error": ("success", "not"),
        "escalation": ("handoff", "bool"),
        "flags": ("safety_flags", "list"),
        "model": '["gen.ai"]["llm.model_name"]',
        "tools": "toolCalls",
        "tools_failed": ("toolCalls", "failed"),
        "conversation": "thread.id",
    }
    (call,) = read_back(found, Sample([row], "lines")).calls
    assert (call.id, call.at, call.latency_s) == ("r1", START, 1.2)
    assert (call.error, call.escalation, call.flags) == ("error", "", ("pii", "tone"))
    assert (call.tools, call.tools_failed, call.model) == (("lookup",), ("lookup",), "m1")


@pytest.mark.parametrize("row", [{"bill": {"cents": 1.8}}, {"costCents": 1.8}])
def test_what_is_called_cents_is_a_hundredth(row: dict[str, Any]) -> None:
    sample = Sample([{"id": "r1", "time": record(1)["at"], **row}], "lines")
    found = of(sample.records[0])
    assert found.fields["cost"].transform == "cents"
    (call,) = read_back(found, sample).calls
    assert call.cost == pytest.approx(0.018)


@pytest.mark.parametrize(
    ("value", "transform"),
    [
        ("2026-12-01T00:00:00Z", None),
        ("2026-12-01 00:00:00.000", "utc"),
        (START, "unix"),
        (str(START), "unix"),
        (START * 1000, "unix-ms"),
        (str(START * 10**9), "unix-ns"),
    ],
)
def test_a_time_in_any_form(value: object, transform: str | None) -> None:
    sample = Sample([{"ts": value}], "lines")
    found = propose(sample)
    assert found.fields["at"].transform == transform
    assert [call.at for call in read_back(found, sample).calls] == [START]
    assert bool(found.remarks) == (transform == "utc")


@pytest.mark.parametrize(
    ("row", "place", "seconds"),
    [
        ({"latency": 0.9}, "latency", 0.9),
        ({"latency": 900}, ("latency", "ms"), 0.9),
        ({"elapsed_us": 900_000}, ("elapsed_us", "us"), 0.9),
        ({"took_seconds": 90}, "took_seconds", 90),
        ({"duration": "0.9s"}, ("duration", "seconds"), 0.9),
        ({"ended_at": "2026-12-01T00:00:02Z"}, ("ended_at", "minus:started_at"), 2),
        ({"stopped_at": "2026-12-01T00:00:02Z"}, ("stopped_at", "minus:started_at"), 2),
    ],
)
def test_a_latency_in_any_form(row: dict[str, Any], place: object, seconds: float) -> None:
    sample = Sample([{"started_at": "2026-12-01T00:00:00Z", **row}], "lines")
    found = propose(sample)
    assert places(found)["latency_s"] == place
    assert [call.latency_s for call in read_back(found, sample).calls] == [seconds]
    assert bool(found.remarks) == (row == {"latency": 900})


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([{"ts": "soon"}], "at"),
        ([{"id": "same"}, {"id": "same"}], "id"),
        ([{"status": "gold"}], "error"),
        ([{"error": "none"}, {"error": "ok"}], "error"),
        ([{"latency": "slow"}], "latency_s"),
        ([{"tokens_in": 1.5}], "tokens_in"),
        ([{"mode": "webhook"}], "model"),
        ([{"user": {"name": "anna"}}], "user"),
        ([{"result": 7}], "output"),
    ],
)
def test_what_is_not_proposed(rows: list[dict[str, Any]], field: str) -> None:
    assert field not in of(*rows).fields


def test_a_status_names_failures() -> None:
    sample = Sample(
        [{"ts": START + n, "status": s} for n, s in enumerate(("ok", "Failed"))], "lines"
    )
    assert [call.error for call in read_back(propose(sample), sample).calls] == ["", "Failed"]


def test_a_status_with_a_handover_among_its_words() -> None:
    rows = [{"ts": AT, "id": str(n), "outcome": word} for n, word in enumerate(WORDS)]
    sample = Sample(rows, "lines")
    calls = read_back(propose(sample), sample).calls
    assert [call.error for call in calls] == ["", "failed", "", ""]
    assert [call.escalation for call in calls] == ["", "", "handed_over", ""]


def test_an_answer_that_hands_over_by_its_beginning() -> None:
    said = [f"all is well {n}" for n in range(8)] + ["ESCALATE: policy unclear", " ESCALATE: x"]
    rows = [
        {"id": f"c{n}", "at": "2026-12-01T12:00:00Z", "output": one} for n, one in enumerate(said)
    ]
    assert places(of(*rows))["escalation"] == ("output", "prefix:ESCALATE:")
    assert "escalation" not in places(of(*rows[:8]))
    known = [{**row, "escalation": None} for row in rows]
    assert places(of(*known))["escalation"] == "escalation"


def test_a_name_with_a_slip() -> None:
    assert places(of({"latncy": 0.9}))["latency_s"] == "latncy"


def test_names_that_no_path_can_write_are_left_alone() -> None:
    row = {'co"st': 1, "a|cost": 2, "\u202ecost": 3, "": 4, "cost\n": 5}
    assert places(of(row)) == {}


def test_a_path_is_written_so_that_it_reads_back() -> None:
    path = ("a b", "c.d", 0, "e")
    assert written(path) == '["a b"]["c.d"][0].e'


def test_a_huge_record_is_no_trouble() -> None:
    row: dict[str, Any] = {f"k{n}": n for n in range(5_000)}
    deep: dict[str, Any] = {}
    row["deep"] = deep
    for _ in range(200):
        deep["in"] = deep = {}
    assert "at" not in of({**row, "ts": "x"}).fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(sorted(ALL_NAMES)), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(ALL_NAMES)), JSON), min_size=1, max_size=4))
def test_no_log_makes_it_stumble(rows: list[dict[str, Any]]) -> None:
    sample = Sample(rows, "lines")
    found = propose(sample)
    if "at" in found.fields:
        read = read_back(found, sample)
        assert len(read.calls) + read.bad == len(rows)
        assert fit("", found.fields, sample).calls == len(read.calls)


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ({"next_cursor": "x"}, {"by": "cursor", "next_path": "next_cursor"}),
        ({"nextPageToken": None}, {"by": "cursor", "next_path": "nextPageToken"}),
        ({"page": 1}, {"by": "page"}),
    ],
)
def test_how_an_answer_goes_on(answer: dict[str, Any], keys: dict[str, str]) -> None:
    sample = sample_of(json.dumps({"data": [record(0)], **answer}).encode())
    assert next_page(sample) == keys


def test_of_an_object_that_holds_a_text_the_text_is_read() -> None:
    row = {"request": {"id": "r1", "text": "a claim"}, "response": {"text": "paid", "code": 200}}
    found = places(of(row | {"ts": AT}))
    assert (found["input"], found["output"]) == ("request.text", "response.text")


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ({"meta": {"when": AT}}, "meta.when"),
        ({"meta": {"occurredAt": AT}}, "meta.occurredAt"),
        ({"when": AT, "meta": {"created": AT}}, "when"),
    ],
)
def test_a_time_is_found_in_an_object(row: dict[str, Any], at: str) -> None:
    proposal = of({"id": "c1", **row})
    assert places(proposal)["at"] == at
    assert not proposal.remarks


def test_a_time_of_any_name_is_known_by_its_values_and_said() -> None:
    rows = [
        {"id": f"c{n}", "m": {"expires_at": AT, "tick": f"2026-12-01T00:00:0{n}"}} for n in (1, 2)
    ]
    proposal = of(*rows)
    assert places(proposal)["at"] == ("m.tick", "utc")
    assert proposal.remarks == ("`m.tick` is taken for the time of a call, by its values",)


@pytest.mark.parametrize(
    "row", [{"expires_at": AT}, {"born": "2026-12-01"}, {"size": 1_796_133_600}, {"says": "noon"}]
)
def test_what_is_no_time_of_a_call(row: dict[str, Any]) -> None:
    assert "at" not in of({"id": "c1", **row}).fields


@pytest.mark.parametrize("key", ["tools", "tool_calls", "tools_called"])
@pytest.mark.parametrize(
    ("tool", "named"),
    [
        ("lookup", True),
        ({"tool": "lookup", "ok": True}, True),
        ({"type": "function", "function": {"name": "lookup", "arguments": "{}"}}, True),
        ({"callee": "lookup"}, False),
    ],
)
def test_tools_are_those_that_can_be_named(key: str, tool: object, named: bool) -> None:
    sample = Sample([{"id": "c1", "at": AT, key: [tool]}], "lines")
    proposal = propose(sample)
    assert ("tools" in proposal.fields) == named
    (call,) = read_back(proposal, sample).calls
    assert call.tools == (("lookup",) if named else ())
