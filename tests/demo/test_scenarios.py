"""Slow answers, dear calls, a looping client, silence: what they do, and that a rollback heals."""

import msgspec
import pytest

from console.demo.stage import as_minute
from console.demo.traffic import (
    LOOPING,
    MODEL,
    OUT_OF_SCOPE,
    AgentCall,
    MinuteBucket,
    Profile,
    Routing,
    calls_of_minute,
    minute_bucket,
)
from tests.demo.test_traffic import ALL, NOON, quantile, rate

BACK = Routing(version="v2.3.1", share=0, mode="full")
NEW = ("latency", "cost", "traffic", "silence", "safety", "drift")


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


def test_some_answers_are_flagged_for_two_hours_and_then_fewer() -> None:
    assert not any(call.flags for call in calls("safety", -60, 0))
    during, after = calls("safety", 0, 120), calls("safety", 180, 300)
    assert 0.005 < rate(during, "flags") < 0.02
    assert not any(call.flags for call in after)
    flagged = [call for call in during if call.flags]
    plain = {call.id: call for call in calls("healthy", 0, 120)}
    false_alarms = [call for call in flagged if call.output == plain[call.id].output]
    assert 0 < len(false_alarms) < len(flagged)
    assert len({flag for call in flagged for flag in call.flags}) > 2


def test_a_tool_outside_the_scope_is_used_until_it_is_switched_off() -> None:
    def misused(given: list[AgentCall]) -> int:
        return sum(tool.name == OUT_OF_SCOPE for call in given for tool in call.tools)

    assert misused(calls("safety", -60, 0)) == misused(calls("safety", 150, 300)) == 0
    assert misused(calls("safety", 0, 120)) > 0
    off = msgspec.structs.replace(ALL, off=(OUT_OF_SCOPE,))
    assert misused(calls("safety", 0, 120, off)) == 0


def test_a_safety_call_is_in_all_else_what_it_would_have_been() -> None:
    for one, other in zip(calls("safety", 0, 60), calls("healthy", 0, 60), strict=True):
        healed = msgspec.structs.replace(one, flags=(), tools=other.tools, output=other.output)
        assert healed == other


def test_drift_creeps_and_crosses_no_limit_in_48_hours() -> None:
    def hour(since: int) -> list[MinuteBucket]:
        return buckets("drift", since * 60, since * 60 + 60)

    def share(given: list[MinuteBucket]) -> float:
        return sum(one.escalations for one in given) / sum(one.calls for one in given)

    def p95(given: list[MinuteBucket]) -> float:
        return quantile([s for one in given for s, n in one.latency for _ in range(n)], 0.95)

    hours = [hour(since) for since in range(48)]
    assert all(share(one) < 0.25 for one in hours)
    assert all(p95(one) < 3.0 for one in hours)
    assert share(hours[47]) - share(hours[0]) > 0.03
    assert p95(hours[47]) > 1.05 * p95(hours[0])
    assert share([one for since in (78, 79, 80) for one in hour(since)]) > 0.24
