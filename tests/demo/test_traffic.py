"""The simulated calls: repeatable, plausible, and in trouble when the scenario says so."""

import json
import math
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.demo import agent_texts as texts
from console.demo import traffic
from console.demo.scenarios import SCENARIOS, Scenario, value_at
from console.demo.traffic import AgentCall, Profile, Routing, calls_between, calls_of_minute

NOON = 29_500_560
DAY = range(NOON - 720, NOON + 720)
SOME = DAY[::4]
PROFILE = Profile(seed=7)
ALL = Routing(version="v2.4.0", share=100, mode="full")


@cache
def some_day(
    profile: Profile = PROFILE, routing: Routing = ALL, minutes: range = DAY
) -> list[AgentCall]:
    return [call for minute in minutes for call in calls_of_minute(profile, minute, routing)]


def rate(calls: list[AgentCall], field: str) -> float:
    return sum(bool(getattr(call, field)) for call in calls) / len(calls)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


@given(cuts=st.lists(st.integers(0, 10 * 60_000), max_size=8), seed=st.integers(-5, 2**40))
@settings(max_examples=25)
def test_calls_do_not_depend_on_the_pieces_they_are_made_in(cuts: list[int], seed: int) -> None:
    profile = Profile(seed=seed, calls_per_hour=600)
    start = NOON * 60_000 - 1
    whole = list(calls_between(profile, start, start + 10 * 60_000, ALL))
    edges = [start, *sorted(start + cut for cut in cuts), start + 10 * 60_000]
    pieces = [
        call for low, high in pairwise(edges) for call in calls_between(profile, low, high, ALL)
    ]
    minutes = [call for m in range(NOON, NOON + 10) for call in calls_of_minute(profile, m, ALL)]
    assert whole
    assert pieces == whole == minutes


def test_the_seed_decides() -> None:
    first = [call.line() for call in calls_of_minute(PROFILE, NOON, ALL)]
    assert first == [call.line() for call in calls_of_minute(PROFILE, NOON, ALL)]
    other = Profile(seed=8)
    assert first != [call.line() for call in calls_of_minute(other, NOON, ALL)]


def test_routing_changes_who_answers_and_nothing_else() -> None:
    split = Routing(version="v2.4.0", share=40, mode="canary")
    ours, others = some_day(minutes=SOME), some_day(routing=split, minutes=SOME)
    assert len({call.version for call in others}) == 2
    for one, other in zip(ours, others, strict=True):
        same = msgspec.structs.replace(other, version=one.version, variant=one.variant)
        assert same == one


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        (Routing("v2.4.0", 0, "dark-launch"), {("v2.4.0", "live"): 1.0}),
        (Routing("v2.4.0", 0, "shadow"), {("v2.4.0", "live"): 1.0}),
        (Routing("v2.4.0", 0, "canary"), {("v2.3.1", "live"): 1.0}),
        (Routing("v2.4.0", 20, "canary"), {("v2.4.0", "live"): 0.2, ("v2.3.1", "control"): 0.8}),
        (Routing("v2.4.0", 100, "canary"), {("v2.4.0", "live"): 1.0}),
        (Routing("v2.4.0", 100, "full"), {("v2.4.0", "live"): 1.0}),
        (Routing("v2.3.1", 100, "full"), {("v2.3.1", "live"): 1.0}),
        (Routing("v2.3.1", 0, "shadow"), {("v2.3.1", "live"): 1.0}),
    ],
)
def test_who_answers(routing: Routing, expected: dict[tuple[str, str], float]) -> None:
    calls = some_day(routing=routing, minutes=SOME)
    shares = dict.fromkeys(((call.version, call.variant) for call in calls), 0.0)
    for call in calls:
        shares[call.version, call.variant] += 1 / len(calls)
    assert shares == pytest.approx(expected, abs=0.015)


def test_a_healthy_day() -> None:
    calls = some_day()
    assert len(calls) == pytest.approx(24 * 1_200, rel=0.02)
    assert 0.002 < rate(calls, "error") < 0.0045
    assert 0.14 < rate(calls, "escalation") < 0.17
    assert not any(call.flags for call in calls)
    latencies = [call.latency_s for call in calls]
    assert quantile(latencies, 0.5) == pytest.approx(0.9, abs=0.05)
    assert quantile(latencies, 0.95) == pytest.approx(2.1, abs=0.15)
    assert sum(call.cost for call in calls) / len(calls) == pytest.approx(0.02, rel=0.15)
    assert 500 < sum(len(call.line()) for call in calls) / len(calls) < 800
    assert len({call.id for call in calls}) == len(calls)


def test_a_day_has_a_quiet_night() -> None:
    by_hour = [0] * 24
    for call in some_day():
        by_hour[int(call.at[11:13])] += 1
    assert max(by_hour[0:5]) < 900
    assert min(by_hour[9:11]) > 1_500
    assert min(by_hour[14:16]) > 1_500
    # Never so quiet that silence would be news: a fifth of the average.
    assert min(by_hour) > 240 * 2


def test_the_shape_of_a_line() -> None:
    escalated = next(call for call in some_day(minutes=SOME) if call.escalation)
    line = escalated.line()
    record: dict[str, Any] = json.loads(line)
    assert line.endswith(b"}\n")
    assert list(record) == list(AgentCall.__struct_fields__)
    assert record["output"] == f"ESCALATE: {record['escalation']}"
    assert record["tools"][0] == {"name": "policy-lookup", "ok": True}
    assert record["at"].endswith("Z")
    assert traffic.rfc3339(traffic.unix_ms(record["at"])) == record["at"]


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="names no time zone"):
        traffic.unix_ms("2026-03-01T14:00:00")


def test_errors_cross_five_percent_within_half_an_hour() -> None:
    profile = Profile(scenario="errors", onset=NOON * 60.0)
    calls = [c for m in range(NOON, NOON + 30) for c in calls_of_minute(profile, m, ALL)]
    before = [c for m in range(NOON - 60, NOON) for c in calls_of_minute(profile, m, ALL)]
    assert rate(calls, "error") > 0.05
    assert rate(before, "error") < 0.01


def test_escalations_cross_one_half() -> None:
    profile = Profile(scenario="escalations", onset=NOON * 60.0)
    calls = [c for m in range(NOON + 20, NOON + 35) for c in calls_of_minute(profile, m, ALL)]
    assert 0.55 < rate(calls, "escalation") < 0.75
    assert rate(calls, "error") < 0.02


def test_an_outage_fails_every_call_then_most_succeed() -> None:
    profile = Profile(scenario="outage", onset=NOON * 60.0)
    during = [c for m in range(NOON, NOON + 20) for c in calls_of_minute(profile, m, ALL)]
    after = [c for m in range(NOON + 21, NOON + 40) for c in calls_of_minute(profile, m, ALL)]
    later = [c for m in range(NOON + 60, NOON + 120) for c in calls_of_minute(profile, m, ALL)]
    assert rate(during, "error") == 1
    assert 0.08 < rate(after, "error") < 0.25
    assert rate(later, "error") < 0.01


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_the_stable_version_stays_healthy(scenario: str) -> None:
    profile = Profile(scenario=scenario, onset=DAY[0] * 60.0)
    stable = Routing(version="v2.4.0", share=0, mode="canary")
    calls = some_day(profile, stable, SOME)
    assert rate(calls, "error") < 0.006
    assert rate(calls, "escalation") < 0.2


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda scenario: scenario.name)
def test_tracks_rise_in_time_and_hold_shares_or_times(scenario: Scenario) -> None:
    shares = (scenario.error_share, scenario.escalation_share)
    times = (scenario.latency_times, scenario.tokens_times, scenario.traffic_times)
    for track in (*shares, *times):
        moments = [moment for moment, _ in track]
        assert moments == sorted(set(moments))
        assert all(0 <= value <= (1 if track in shares else 100) for _, value in track)


def test_a_track_is_joined_by_straight_lines() -> None:
    track = ((10.0, 0.1), (20.0, 0.3))
    assert value_at(track, 9.9, 0.5) == 0.5
    assert value_at(track, 15, 0.5) == pytest.approx(0.2)
    assert value_at(track, 10**9, 0.5) == 0.3
    assert value_at((), 15, 0.5) == 0.5


@pytest.mark.parametrize("variant", ["live", "control"])
def test_buckets_agree_with_calls_in_distribution(variant: str) -> None:
    routing = Routing(version="v2.4.0", share=50, mode="canary")
    calls = [call for call in some_day(routing=routing) if call.variant == variant]
    buckets = [traffic.minute_bucket(PROFILE, m, routing, variant) for m in DAY]
    total = sum(bucket.calls for bucket in buckets)
    assert {bucket.version for bucket in buckets} == {calls[0].version}
    assert total == pytest.approx(len(calls), rel=0.03)
    assert sum(b.errors for b in buckets) / total == pytest.approx(rate(calls, "error"), abs=0.002)
    escalated = sum(bucket.escalations for bucket in buckets) / total
    assert escalated == pytest.approx(rate(calls, "escalation"), abs=0.015)
    cost = sum(call.cost for call in calls) / len(calls)
    assert sum(bucket.cost for bucket in buckets) / total == pytest.approx(cost, rel=0.03)
    latencies = [s for bucket in buckets for s, number in bucket.latency for _ in range(number)]
    assert len(latencies) == total
    p95 = quantile([call.latency_s for call in calls], 0.95)
    assert quantile(latencies, 0.95) == pytest.approx(p95, rel=0.05)


def test_a_bucket_has_the_arrivals_of_its_minute() -> None:
    for minute in DAY[::60]:
        bucket = traffic.minute_bucket(PROFILE, minute, ALL)
        assert bucket.calls == len(calls_of_minute(PROFILE, minute, ALL))
        assert bucket == traffic.minute_bucket(PROFILE, minute, ALL)


def test_backfill_appends_the_same_calls(tmp_path: Path) -> None:
    shadow = Routing(version="v2.4.0", mode="shadow")
    first = traffic.backfill(tmp_path, PROFILE, shadow, NOON, NOON + 5)
    second = traffic.backfill(tmp_path, PROFILE, ALL, NOON + 5, NOON + 9)
    lines = (tmp_path / traffic.LOG_FILE).read_bytes().splitlines(keepends=True)
    assert len(lines) == first + second
    expected = [c for m in range(NOON, NOON + 9) for c in calls_of_minute(PROFILE, m, ALL)]
    assert lines == [call.line() for call in expected]


def test_some_answers_are_wrong_or_subtly_off_and_a_reader_can_tell() -> None:
    profile = Profile()
    seen: Counter[str] = Counter()
    for minute in range(29_700_000, 29_700_300):
        for call in calls_of_minute(profile, minute, Routing(profile.candidate, 100, "full")):
            if call.error or call.escalation:
                continue
            seen[texts.judge(call.input, call.output)] += 1
    total = sum(seen.values())
    assert total > 2_500
    assert 0.01 < seen["wrong"] / total < 0.03
    assert 0.02 < seen["subtle"] / total < 0.04
