"""Slow answers, dear calls, a looping client, silence: what they do, and that a rollback heals."""

import pytest

from console.demo.stage import as_minute
from console.demo.traffic import (
    LOOPING,
    MODEL,
    AgentCall,
    MinuteBucket,
    Profile,
    Routing,
    calls_of_minute,
    minute_bucket,
)
from tests.demo.test_traffic import ALL, NOON, quantile, rate

BACK = Routing(version="v2.3.1", share=0, mode="full")
NEW = ("latency", "cost", "traffic", "silence")


def trouble(scenario: str) -> Profile:
    return Profile(scenario=scenario, onset=NOON * 60.0)


def calls(scenario: str, start: int, stop: int, routing: Routing = ALL) -> list[AgentCall]:
    """The calls of the minutes from `start` to `stop`, counted from the onset."""
    minutes = range(NOON + start, NOON + stop)
    return [c for m in minutes for c in calls_of_minute(trouble(scenario), m, routing)]


def buckets(scenario: str, start: int, stop: int) -> list[MinuteBucket]:
    minutes = range(NOON + start, NOON + stop)
    return [minute_bucket(trouble(scenario), m, ALL) for m in minutes]


def mean_cost(given: list[AgentCall]) -> float:
    return sum(call.cost for call in given) / len(given)


def test_answers_slow_down_while_errors_stay() -> None:
    assert quantile([c.latency_s for c in calls("latency", -60, 0)], 0.95) < 2.5
    after = calls("latency", -40, 20)
    assert quantile([c.latency_s for c in after], 0.95) > 3.0
    assert rate(after, "error") < 0.01


def test_another_model_makes_calls_five_times_as_dear() -> None:
    before, after = calls("cost", -60, 0), calls("cost", 0, 60)
    assert {call.model for call in before} == {MODEL}
    assert MODEL not in {call.model for call in after}
    assert mean_cost(after) == pytest.approx(5 * mean_cost(before), rel=0.1)
    assert sum(c.tokens_in for c in after) / len(after) == pytest.approx(
        5 * sum(c.tokens_in for c in before) / len(before), rel=0.1
    )


def test_one_client_sends_most_of_more_than_five_times_the_traffic() -> None:
    before, after = calls("traffic", -60, 0), calls("traffic", 0, 60)
    assert len(after) > 5 * 1.2 * len(before)
    looping = [call for call in after if call.user == LOOPING]
    assert len(looping) / len(after) > 0.8
    assert len({call.id for call in after}) == len(after)
    assert [call.at for call in after] == sorted(call.at for call in after)
    assert {call.user for call in before}.isdisjoint({LOOPING})


def test_traffic_collapses() -> None:
    assert len(calls("silence", 5, 65)) < 0.05 * len(calls("silence", -60, 0))


@pytest.mark.parametrize("scenario", NEW)
def test_a_rollback_heals_it(scenario: str) -> None:
    """What the stable version answers is what it would have answered without any trouble."""
    healthy = Profile()
    for minute in range(NOON, NOON + 60, 7):
        assert calls_of_minute(trouble(scenario), minute, BACK) == calls_of_minute(
            healthy, minute, BACK
        )


@pytest.mark.parametrize("scenario", NEW)
def test_control_calls_stay_healthy_in_a_canary(scenario: str) -> None:
    split = Routing(version="v2.4.0", share=20, mode="canary")
    after = calls(scenario, 20, 60, split)
    control = [call for call in after if call.variant == "control"]
    healthy = [
        call
        for minute in range(NOON + 20, NOON + 60)
        for call in calls_of_minute(Profile(), minute, split)
        if call.variant == "control"
    ]
    assert control == healthy


@pytest.mark.parametrize("scenario", NEW)
def test_buckets_agree_with_the_calls(scenario: str) -> None:
    single, sums = calls(scenario, 20, 80), buckets(scenario, 20, 80)
    assert sum(one.calls for one in sums) == pytest.approx(len(single), rel=0.15, abs=15)
    if len(single) > 200:
        cost = sum(one.cost for one in sums) / sum(one.calls for one in sums)
        assert cost == pytest.approx(mean_cost(single), rel=0.1)
        slow = [s for one in sums for s, n in one.latency for _ in range(n)]
        p95 = quantile([call.latency_s for call in single], 0.95)
        assert quantile(slow, 0.95) == pytest.approx(p95, rel=0.1)


def test_a_bucket_as_a_minute_knows_its_model_and_tokens() -> None:
    (bucket,) = buckets("healthy", 0, 1)
    minute = as_minute(bucket)
    assert (minute.models, minute.tokened) == ({MODEL: bucket.calls}, bucket.calls)
