"""The spans of a trace become one call, whatever order and whatever names they come with."""

import itertools
import json
import random
from typing import Any

import pytest

from config.presets import preset
from console.domain.call import Call
from console.feeds.fields import RecordReader
from console.feeds.spans import joined
from tests.feeds.records import SALT
from tests.feeds.traced import NS, START, TRACE, agent, evaluation, event, model, span, tool


def calls(spans: list[dict[str, Any]], name: str = "otel-genai") -> list[Call]:
    """The calls that the preset's map makes of `spans`."""
    read = RecordReader(preset(name).fields, SALT).read_items(joined(spans))
    assert (read.bad, read.bad_sample) == (0, "")
    return read.calls


def one(*spans: dict[str, Any], name: str = "otel-genai") -> Call:
    """The only call of a trace."""
    (call,) = calls(list(spans), name)
    return call


def test_an_agent_with_two_model_calls_and_a_failed_tool() -> None:
    root = agent(1, gen_ai__agent__version="v9", gen_ai__conversation__id="c-7", user__id="u-1")
    failed = tool(3, status="error", error__type="timeout")
    call = one(root, model(2, into=100, out=10), failed, model(4, into=200, out=20))
    assert call.id == TRACE
    assert call.at == START / NS + 2
    assert call.latency_s == 1.0
    assert (call.tokens_in, call.tokens_out, call.cost) == (300, 30, None)
    assert (call.tools, call.tools_failed) == (("look-up",), ("look-up",))
    assert (call.error, call.version, call.model) == ("", "v9", "small-1")
    assert call.conversation == "c-7"
    assert len(call.user) == 12


def test_any_order_and_repeats_give_the_same_call() -> None:
    spans = [agent(1), model(2), tool(3), model(4, parent=3), span(5, parent=4)]
    first = one(*spans)
    for order in itertools.islice(itertools.permutations(spans), 0, None, 7):
        assert one(*order, *order[:2]) == first


def test_traces_are_kept_apart() -> None:
    other = "1" * 32
    mixed = [agent(1), agent(1, trace=other), model(2), model(2, trace=other, into=7)]
    random.Random(1).shuffle(mixed)
    assert {call.id: call.tokens_in for call in calls(mixed)} == {TRACE: 100, other: 7}


def test_an_agents_own_total_and_a_doubly_traced_model_count_once() -> None:
    root = agent(1, gen_ai__usage__input_tokens=300, gen_ai__usage__output_tokens=30)
    wrapper = model(2, into=100, out=10, openinference__span__kind="LLM", llm__cost__total=0.5)
    inner = model(3, parent=2, into=100, out=10)
    call = one(root, wrapper, inner, model(4, into=200, out=20))
    assert (call.tokens_in, call.tokens_out, call.cost) == (300, 30, 0.5)
    assert one(root, tool(2)).tokens_in == 300


@pytest.mark.parametrize(
    "names",
    [
        ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
        ("gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"),
        ("llm.token_count.prompt", "llm.token_count.completion"),
    ],
)
@pytest.mark.parametrize("value", [12, "12", 12.0])
def test_tokens_by_any_name(names: tuple[str, str], value: object) -> None:
    child = span(2, 1, attributes={names[0]: value, names[1]: value})
    call = one(agent(1), child)
    assert (call.tokens_in, call.tokens_out) == (12, 12)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -5, True, "many", None, [1]])
def test_numbers_that_are_none_stay_unknown(value: object) -> None:
    child = model(2, into=value, out=value, llm__cost__total=value)  # type: ignore[arg-type]  # that is the point
    call = one(agent(1), child)
    assert (call.tokens_in, call.tokens_out, call.cost) == (None, None, None)


def test_cost_in_parts() -> None:
    child = model(2, llm__cost__prompt=0.25, llm__cost__completion=0.5)
    assert one(agent(1), child).cost == 0.75


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, ""),
        ({"status": "ok"}, ""),
        ({"status": "error"}, "error"),
        ({"status": "error", "status_message": "no quota"}, "no quota"),
        ({"status": "error", "status_message": "no quota", "error__type": "429"}, "429"),
        ({"error__type": "_OTHER", "status_message": "odd"}, "odd"),
        (
            {"status": "error", "events": [event("exception", exception__type="ValueError")]},
            "ValueError",
        ),
    ],
)
def test_the_error_of_a_call_is_its_roots(more: dict[str, Any], error: str) -> None:
    assert one(agent(1, **more), model(2)).error == error


def test_an_agent_that_fails_under_a_server_that_does_not() -> None:
    server = span(1, kind="server")
    assert one(server, agent(2, 1, status="error", error__type="boom"), model(3, 2)).error == "boom"
    assert one(agent(1), agent(2, 1, status="error"), model(3, 2)).error == ""


def test_a_root_whose_parent_is_elsewhere() -> None:
    upstream = agent(2, parent=99, kind="server")
    assert one(upstream, model(3, 2)).id == f"{TRACE}-{2:016x}"
    flagged = agent(2, parent=99, remote=True)
    assert one(flagged, model(3, 2)).tokens_in == 100
    two = [agent(2, 99, remote=True), model(3, 2), agent(6, 99, remote=True), model(7, 6, into=5)]
    assert [call.tokens_in for call in calls(two)] == [100, 5]


def test_a_span_whose_parent_was_lost_belongs_to_the_root() -> None:
    assert one(agent(1), model(2), model(4, parent=77, into=50)).tokens_in == 150


def test_what_is_no_call() -> None:
    health = span(1, kind="server", http__route="/healthz")
    assert calls([health, span(2, 1)]) == []
    assert calls([model(2, parent=99)]) == []
    assert calls([]) == []


def test_spans_that_are_each_others_parents() -> None:
    assert calls([agent(1, parent=2), agent(2, parent=1)]) == []
    assert one(agent(5), agent(1, parent=2), agent(2, parent=1)).id == TRACE


def test_a_trace_ten_thousand_deep() -> None:
    deep = [agent(1), *(model(n, n - 1, into=1) for n in range(2, 10_001))]
    assert one(*deep).tokens_in == 1


def test_a_clock_set_back_in_the_middle() -> None:
    call = one(agent(1, end=START), model(2))
    assert (call.latency_s, call.at) == (None, START / NS)
    assert one(agent(1, end=0), model(2)).at == START / NS + 1


def test_a_root_without_any_time_cannot_be_a_call() -> None:
    read = RecordReader(preset("otel-genai").fields, SALT).read_items(
        joined([agent(1, start=0, end=0)])
    )
    assert (read.calls, read.bad) == ([], 1)
    assert read.bad_sample.startswith("at: there is none")


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (evaluation("Toxicity", "toxic"), ("Toxicity: toxic",)),
        (evaluation("toxicity", "pass"), ()),
        (evaluation("pii", "not-found"), ()),
        (evaluation("Safety", "odd"), ("Safety: odd",)),
        (evaluation("toxicity", score=0.01), ()),
        (evaluation("Relevance", "fail"), ()),
    ],
)
def test_safety_evaluations_are_flags(said: dict[str, Any], flags: tuple[str, ...]) -> None:
    assert one(agent(1), model(2, events=[said])).flags == flags


def test_filtered_answers_guardrails_and_attributes_are_flags() -> None:
    filtered = model(2, gen_ai__response__finish_reasons=["content_filter"])
    guard = span(3, 1, status="error", name="pii", openinference__span__kind="GUARDRAIL")
    call = one(agent(1, attributes={"gen_ai.agent.name": "a", "flags": ["odd"]}), filtered, guard)
    assert call.flags == ("odd", "content_filter", "guardrail pii")


@pytest.mark.parametrize(
    ("said", "thought"),
    [
        (evaluation("user_feedback", "thumbs_up"), "positive"),
        (evaluation("user feedback", "meh", score=-1), "negative"),
        (evaluation("user feedback", "meh"), ""),
        (evaluation("relevance", "good"), ""),
    ],
)
def test_feedback(said: dict[str, Any], thought: str) -> None:
    assert one(agent(1, events=[said])).feedback == thought


def test_input_and_output_from_messages() -> None:
    asked = [
        {"role": "system", "parts": [{"type": "text", "content": "be good"}]},
        {"role": "user", "parts": [{"type": "text", "content": "where is it?"}]},
    ]
    answered = [{"role": "assistant", "parts": [{"type": "text", "content": "here"}]}]
    first = model(2, gen_ai__input__messages=json.dumps(asked))
    last = model(3, gen_ai__output__messages=answered)
    call = one(agent(1), last, first, model(4, gen_ai__output__messages="not JSON [", end=START))
    assert (call.input, call.output) == ("where is it?", "here")
    plain = one(agent(1, input__value="hi", output__value="[1]"), first, last)
    assert (plain.input, plain.output) == ("hi", "[1]")


def test_input_and_output_from_events_and_numbered_attributes() -> None:
    told = model(
        2,
        events=[
            event("gen_ai.user.message", content="asked"),
            event("gen_ai.choice", message__content="said"),
        ],
    )
    assert (one(agent(1), told).input, one(agent(1), told).output) == ("asked", "said")
    numbered = {
        "llm.model_name": "m",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "one",
        "llm.input_messages.1.message.role": "assistant",
        "llm.input_messages.1.message.content": "two",
        "llm.output_messages.0.message.content": "three",
    }
    call = one(agent(1), span(2, 1, attributes=numbered))
    assert (call.input, call.output, call.model) == ("one", "three", "m")


@pytest.mark.parametrize(
    ("more", "escalation"),
    [
        ({"output__value": " ESCALATE: policy unclear"}, "policy unclear"),
        ({"output__value": "ESCALATE:"}, "escalated"),
        ({"output__value": "we ESCALATE: nothing"}, ""),
        ({"escalation__reason": "angry"}, "angry"),
        ({"attributes": {"gen_ai.agent.name": "a", "escalation": False}}, ""),
    ],
)
def test_escalations(more: dict[str, Any], escalation: str) -> None:
    assert one(agent(1, **more)).escalation == escalation


def test_untrusted_text_passes_the_door() -> None:
    nasty = "\x1b[31m[@click=app.quit]x[/]\ud800"
    call = one(
        agent(1, output__value=nasty, status="error", status_message=nasty), tool(2, 1, nasty)
    )
    marked = "␛[31m[@click=app.quit]x[/]⟨U+D800⟩"
    assert (call.output, call.error, call.tools) == (marked, marked, (marked,))


def test_openinference() -> None:
    root = span(
        1,
        openinference__span__kind="AGENT",
        session__id="s-1",
        user__id="u",
        input__value="q",
        output__value="a",
    )
    child = span(
        2,
        1,
        openinference__span__kind="LLM",
        llm__token_count__prompt=5,
        llm__token_count__completion=6,
        llm__cost__total=0.25,
        llm__model_name="large-2",
    )
    used = span(3, 1, openinference__span__kind="TOOL", tool__name="search", status="ok")
    call = one(root, child, used, name="openinference")
    assert (call.tokens_in, call.tokens_out, call.cost, call.model) == (5, 6, 0.25, "large-2")
    assert (call.conversation, call.input, call.output) == ("s-1", "q", "a")
    assert (call.tools, call.tools_failed) == (("search",), ())


def test_an_attribute_of_an_odd_type_spoils_nothing() -> None:
    odd = {"gen_ai.operation.name": ["chat"], "openinference.span.kind": {"a": 1}}
    spans = [agent(), model(2), span(3, 1, attributes=odd)]
    (call,) = joined(spans)
    assert call["tokens_in"] == 100


def test_only_the_first_line_of_an_escalation_is_its_reason() -> None:
    output = "ESCALATE: policy unclear\nDear Ms. Smith, your account 4111"
    (call,) = joined([agent(attributes={**agent()["attributes"], "output.value": output})])
    assert call["escalation"] == "policy unclear"


def test_very_many_loose_spans_are_joined_quickly_enough_to_end() -> None:
    """Each goes to the last root before it, found without looking through all of them."""
    roots = [agent(n, 900_000 + n, remote=True, start=n, end=n + 1) for n in range(1, 4000)]
    loose = [model(10_000 + n, 800_000 + n, start=n, end=n + 1) for n in range(1, 4000)]
    calls = joined([*roots, *loose])
    assert len(calls) == 3999
    assert {call["tokens_in"] for call in calls} == {100}
