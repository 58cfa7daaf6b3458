"""When a trace is whole: spans late, repeated, split, without a root, or after their call."""

from typing import Any

from console.feeds.spans import joined
from console.feeds.traces import REMEMBERED_S, Ripe, Traces
from tests.feeds.traced import TRACE, agent, evaluation, model, span, tool


def ids(ripe: Ripe) -> list[str]:
    """The ids of the calls in what was handed out."""
    return [record["id"] for trace in ripe.traces for record in joined(trace)]


def test_a_trace_waits_for_its_root_and_a_grace() -> None:
    traces = Traces(grace_s=3)
    traces.add([model(2), tool(3)], 10, 0)
    assert ids(traces.ripe(100, 9)) == []
    assert (traces.spans, traces.size) == (2, 20)
    traces.add([agent(1)], 10, 100)
    assert ids(traces.ripe(102.9, 9)) == []
    traces.add([model(4, into=7)], 10, 102.9)
    ripe = traces.ripe(103, 9)
    assert [record["tokens_in"] for trace in ripe.traces for record in joined(trace)] == [107]
    assert (traces.spans, traces.size) == (0, 0)


def test_repeated_spans_change_nothing() -> None:
    traces = Traces(grace_s=0)
    for _ in range(2):
        traces.add([agent(1), model(2)], 10, 0)
    assert traces.spans == 2
    assert ids(traces.ripe(0, 9)) == [TRACE]
    traces.add([agent(1), model(2)], 10, 1)
    again = traces.ripe(10, 9)
    assert (again.traces, again.late, traces.spans) == ([], 0, 0)


def test_what_comes_after_its_call_is_counted_if_it_bears_on_it() -> None:
    traces = Traces(grace_s=0)
    traces.add([agent(1)], 10, 0)
    traces.ripe(0, 9)
    traces.add([model(2), span(3, 1)], 10, 1)
    traces.add_event(TRACE, "", evaluation("toxicity", "toxic"), 10, 1)
    late = traces.ripe(10, 9)
    assert (late.traces, late.late, traces.spans) == ([], 2, 0)
    assert traces.ripe(11, 9).late == 0


def test_a_root_with_its_parent_elsewhere_waits_longer() -> None:
    traces = Traces(grace_s=1, entry_s=15)
    traces.add([agent(2, 99, kind="server"), model(3, 2)], 10, 0)
    assert ids(traces.ripe(14.9, 9)) == []
    assert ids(traces.ripe(15, 9)) == [f"{TRACE}-{2:016x}"]


def test_a_parent_that_exports_here_too_makes_it_one_call() -> None:
    traces = Traces(grace_s=1, entry_s=15)
    traces.add([agent(2, 1, kind="server"), model(3, 2)], 10, 0)
    traces.add([agent(1)], 10, 5)
    assert ids(traces.ripe(6, 9)) == [TRACE]
    assert ids(traces.ripe(99, 9)) == []


def test_a_parent_that_comes_too_late_is_no_second_call() -> None:
    traces = Traces(grace_s=1, entry_s=15)
    traces.add([agent(2, 1, kind="server"), model(3, 2)], 10, 0)
    assert len(ids(traces.ripe(15, 9))) == 1
    traces.add([agent(1)], 10, 20)
    late = traces.ripe(99, 9)
    assert (ids(late), late.late) == ([], 1)


def test_two_calls_within_one_trace_of_another_service() -> None:
    traces = Traces(grace_s=1, entry_s=15)
    traces.add([agent(2, 99, remote=True), model(3, 2)], 10, 0)
    first = ids(traces.ripe(15, 9))
    traces.add([model(5, 4), agent(4, 99, remote=True)], 10, 60)
    assert (first, ids(traces.ripe(75, 9))) == ([f"{TRACE}-{2:016x}"], [f"{TRACE}-{4:016x}"])


def test_a_trace_without_a_root() -> None:
    traces = Traces(rootless_s=600)
    traces.add([model(2)], 10, 0)
    traces.add([tool(3)], 10, 300)
    assert traces.ripe(899, 9).rootless == 0
    given_up = traces.ripe(900, 9)
    assert (given_up.traces, given_up.rootless, traces.spans) == ([], 1, 0)
    traces.add([agent(2, 99, trace="2" * 32), model(3, 2, trace="2" * 32)], 10, 1000)
    assert ids(traces.ripe(1600, 9)) == ["2" * 32 + f"-{2:016x}"]


def test_a_rootless_trace_of_something_else_is_no_loss() -> None:
    traces = Traces(rootless_s=600)
    traces.add([span(2, 1)], 10, 0)
    assert traces.ripe(600, 9).rootless == 0
    assert traces.spans == 0


def test_events_that_come_apart_from_their_span() -> None:
    traces = Traces(grace_s=1)
    at_model, at_root = evaluation("toxicity", "toxic"), evaluation("pii", "found")
    traces.add_event(TRACE, f"{2:016x}", at_model, 10, 0)
    traces.add([agent(1), model(2)], 10, 0)
    traces.add_event(TRACE, "", at_root, 10, 0)
    (trace,) = traces.ripe(1, 9).traces
    events = {one["span_id"]: one["events"] for one in trace}
    assert events == {f"{1:016x}": [at_root], f"{2:016x}": [at_model]}
    assert (traces.spans, traces.size) == (0, 0)


def test_only_so_many_at_once() -> None:
    traces = Traces(grace_s=0)
    traces.add([agent(1, trace=f"{n:032x}") for n in range(1, 6)], 10, 0)
    sizes: list[Any] = []
    for _ in range(3):
        ripe = traces.ripe(1, 2)
        sizes.append((len(ripe.traces), ripe.more))
    assert sizes == [(2, True), (2, True), (1, False)]


def test_room_is_made_by_giving_up_what_waits_longest_for_a_root() -> None:
    traces = Traces()
    traces.add([model(2, trace="a" * 32)], 10, 0)
    traces.add([model(2, trace="b" * 32)], 10, 1)
    traces.add([agent(1)], 10, 2)
    assert traces.make_room(3)
    assert traces.spans == 2
    assert traces.make_room(3)
    assert not traces.make_room(3)
    assert ids(traces.ripe(9, 9)) == [TRACE]


def test_nothing_is_remembered_for_ever() -> None:
    traces = Traces(grace_s=0)
    traces.add([agent(1)], 10, 0)
    traces.ripe(0, 9)
    assert len(traces._done) == 1
    traces.ripe(REMEMBERED_S, 9)
    assert len(traces._done) == 0
