"""A team's own rules: what they read from minutes, and what they refuse to say."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.rule import Rule
from console.domain.extra_rules import read_rules, rule_points
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.readings import Freshness, Reading
from console.domain.series import Series

END = 1000
LIVE = Freshness("live", 0.0)


def rule(metric: str = "error-rate", window_s: int = 300, **keys: Any) -> Rule:
    if not {"over", "under"} & keys.keys():
        keys["over"] = 0.05
    named = {"id": "mine", "metric": metric, "window_s": window_s, "recipient": "tech-lead"}
    return Rule.model_validate({**named, **keys})


def minute(calls: int = 10, **counts: Any) -> Minute:
    return Minute(calls=calls, **counts)


def series(*minutes: Minute | None) -> Series:
    """A log's minutes, the last one just before `END`."""
    held = Series()
    held.first = END - len(minutes)
    for ago, one in enumerate(reversed(minutes), 1):
        if one is not None:
            held.put(END - ago, one)
    return held


def read(one: Rule, held: Series, fresh: Freshness = LIVE, late_s: float = 0.0) -> Reading:
    now = END * 60.0 + late_s
    sources = {one.reads: "calls"}
    (reading,) = read_rules(
        [one], series={"calls": held}, feeds={"calls": fresh}, sources=sources, now=now
    ).values()
    return reading


def test_a_breach_names_metric_window_and_calls() -> None:
    held = series(*[minute(10, errors=1)] * 10)
    seen = read(rule(for_s=120, severity="page"), held)
    assert (seen.metric, seen.verdict, seen.n) == ("rule:mine", "breach", 50)
    assert seen.value == pytest.approx(0.1)
    assert seen.why == "error-rate 10.00 % over 5.00 % in the last 5 min, 50 calls"
    assert (seen.for_s, seen.severity, seen.recipients) == (120, "page", ("tech-lead",))


def test_limits_are_strict() -> None:
    held = series(*[minute(20, errors=1)] * 5)
    assert read(rule(over=0.05), held).verdict == "ok"
    assert read(rule(under=0.05), held).verdict == "ok"
    assert read(rule(under=0.0501), held).verdict == "breach"


@pytest.mark.parametrize(
    ("metric", "one", "value", "n"),
    [
        ("escalation-rate", minute(10, escalations=3), 0.3, 50),
        ("latency-p95", minute(10, timed=10, latency=histogram([(2.0, 10)])), 2.0, 50),
        ("cost-per-call", minute(10, cost=5.0, costed=5), 1.0, 25),
        ("spend-rate", minute(10, cost=5.0, costed=10), 300.0, 50),
        ("traffic", minute(10), 600.0, 50),
        ("safety-flags", minute(10, flags=1), 5.0, 50),
        ("tokens-per-call", minute(10, tokens_in=300, tokens_out=100, tokened=4), 100.0, 20),
        ("feedback-negative-rate", minute(10, positive=3, negative=1), 0.25, 20),
    ],
)
def test_each_metric(metric: str, one: Minute, value: float, n: int) -> None:
    seen = read(rule(metric, over=0.2), series(*[one] * 5))
    assert (seen.verdict, seen.n) == ("breach", n)
    assert seen.value == pytest.approx(value, rel=0.01)


def test_few_calls_say_nothing_of_a_rate() -> None:
    seen = read(rule(), series(*[minute(3, errors=3)] * 5))
    assert (seen.verdict, seen.value) == ("too-few", None)
    assert seen.why == "15 calls, at least 20 needed"


def test_what_no_call_tells_is_not_zero() -> None:
    silent = minute(10, blank={"errors": 10})
    seen = read(rule(under=0.5), series(*[silent] * 5))
    assert (seen.verdict, seen.why) == ("too-few", "none of 50 calls says it")
    seen = read(rule("tokens-per-call", under=10.0), series(*[minute(10)] * 5))
    assert (seen.verdict, seen.why) == ("too-few", "none of 50 calls says it")


def test_no_calls_are_known_to_be_no_traffic_but_only_in_a_whole_window() -> None:
    quiet = rule("traffic", under=100.0)
    assert read(quiet, series(minute(), *[None] * 5)).verdict == "breach"
    assert read(quiet, series(minute(), None)).verdict == "too-few"


def test_a_flag_counts_in_a_window_that_is_not_whole() -> None:
    flagged = series(minute(3, flags=1))
    assert read(rule("safety-flags", over=0.0), flagged).verdict == "breach"
    assert read(rule("safety-flags", over=1.0), flagged).verdict == "too-few"


def test_spend_needs_costs() -> None:
    half = series(*[minute(10, cost=9.0, costed=5)] * 5)
    seen = read(rule("spend-rate", over=1.0), half)
    assert (seen.verdict, seen.why) == ("too-few", "only 25 of 50 calls carry a cost")


@pytest.mark.parametrize("state", ["stale", "down"])
def test_a_quiet_feed_has_no_value(state: Any) -> None:
    held = series(*[minute(10, errors=5)] * 10)
    seen = read(rule(), held, Freshness(state, 90.0, "refused"), late_s=90)
    assert (seen.verdict, seen.value, seen.why) == (state, None, "nothing read for 1 min")


def test_a_feed_that_is_not_there() -> None:
    (seen,) = read_rules([rule()], series={}, feeds={}, sources={}, now=0.0).values()
    assert (seen.verdict, seen.why) == ("down", "no feed gives this metric")


def test_a_store_without_samples_is_stale() -> None:
    held = series(*[minute(10, errors=5)] * 10)
    held.absent_is_zero = False
    assert read(rule(), held).verdict == "breach"
    assert read(rule(), held, late_s=360).why == "no data for 6 min"


def test_a_metric_that_the_store_computes_has_the_stores_window() -> None:
    held = series(*[minute(10)] * 60)
    for ago in range(1, 6):
        held.put_value("latency-p95", END - ago, 4.0)
    assert read(rule("latency-p95", 3600, over=3.0), held).verdict == "breach"
    seen = read(rule("latency-p95", 600, over=3.0), held)
    assert (seen.verdict, seen.value) == ("too-few", None)
    assert seen.why.endswith("use window_s = 3600")


COUNTS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), min_size=1, max_size=90
)


@given(COUNTS, st.sampled_from([1, 5, 30]))
@settings(max_examples=60, deadline=None)
def test_one_pass_agrees_with_each_minute_by_itself(counts: list[list[int]], window: int) -> None:
    held = series(*[minute(calls, errors=errors) for errors, calls in counts])
    one = rule(window_s=window * 60)
    first = END - len(counts) + 1
    seen = rule_points(one, held, "calls")(range(first, END + 1))
    for end, reading in zip(range(first, END + 1), seen, strict=True):
        past = counts[max(0, end - first + 1 - window) : end - first + 1]
        errors, calls = (sum(column) for column in zip(*past, strict=True))
        if calls < 20:
            assert reading.verdict == "too-few"
            continue
        assert reading.value is not None
        assert math.isclose(reading.value, errors / calls)
        assert reading.verdict == ("breach" if errors / calls > 0.05 else "ok")
