"""Readings: over a limit is a breach at any n, and what is not known is never ok."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.guide import MetricRule, metric_rules
from config.model import Limit
from console.domain.call import Call
from console.domain.chance import could_miss, wilson
from console.domain.minutes import Minute
from console.domain.readings import (
    NO_SAMPLE,
    Freshness,
    Judged,
    Reading,
    freshness,
    read_metrics,
)
from console.domain.seen import Seen
from console.domain.series import Series
from console.telemetry.fold import apply_minutes, fold

RULES = metric_rules()
NOW = 360_000.0
END = 6000
LIVE = Freshness("live", 0.0)
LIMITS = {
    "accuracy": Limit(under=0.85),
    "escalation-rate": Limit(over=0.25),
    "latency-p95": Limit(over=3.0),
    "error-rate": Limit(over=0.01),
    "cost-per-call": Limit(over=0.06),
    "spend-rate": Limit(over=60.0),
    "traffic": Limit(over=5000.0, silence_under=200.0, silence_for_s=900),
    "safety-flags": Limit(over=0.0),
}
FED = [rule.id for rule in RULES if rule.id != "accuracy"]


def hour(each: Minute, minutes: int = 60) -> Series:
    """A record of equal minutes that ends at `NOW`."""
    series = Series()
    for number in range(END - minutes, END):
        series.put(number, each)
    return series


def read(
    series: Series,
    fresh: Freshness = LIVE,
    *,
    limits: dict[str, Limit] | None = None,
    judged: list[Judged] | None = None,
    now: float = NOW,
    share_since: float | None = None,
    rules: tuple[MetricRule, ...] = RULES,
) -> dict[str, Reading]:
    """All metrics of one feed."""
    return read_metrics(
        rules,
        series={"calls": series},
        feeds={"calls": fresh},
        sources=dict.fromkeys(FED, "calls"),
        limits=LIMITS if limits is None else limits,
        judged=judged or [],
        now=now,
        share_since=share_since,
    )


def healthy() -> Minute:
    """A minute of 20 good calls."""
    minute = Minute()
    minute.add_calls(
        [
            Call(str(i), 0.0, latency_s=1.0, cost=0.02, escalation="unclear" if i < 3 else "")
            for i in range(20)
        ]
    )
    return minute


def test_a_healthy_hour_is_ok() -> None:
    readings = read(hour(healthy()))
    assert {readings[m].verdict for m in FED} == {"ok"}
    assert list(readings) == [rule.id for rule in RULES]
    escalation = readings["escalation-rate"]
    assert (escalation.value, escalation.n, escalation.limit) == (0.15, 1200, 0.25)
    assert (escalation.unit, escalation.window_s, escalation.feed) == ("ratio", 3600, "calls")
    assert escalation.why == "15.0 % of 1,200 calls"
    assert readings["traffic"].value == 1200
    assert readings["spend-rate"].value == pytest.approx(24.0)
    assert readings["latency-p95"].value == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(
    ("metric", "worse"),
    [
        ("escalation-rate", Minute(calls=2, escalations=1)),
        ("error-rate", Minute(calls=2, errors=1)),
        ("cost-per-call", Minute(calls=2, costed=2, cost=0.2)),
        ("spend-rate", Minute(calls=2, costed=2, cost=2.0)),
        ("traffic", Minute(calls=100)),
        ("safety-flags", Minute(calls=2, flags=1)),
    ],
)
def test_over_the_limit_is_a_breach_at_any_n(metric: str, worse: Minute) -> None:
    assert read(hour(worse, minutes=1))[metric].verdict == "breach"


def test_slow_calls_breach_at_any_n() -> None:
    slow = Minute()
    slow.add_calls([Call("1", 0.0, latency_s=3.2)])
    assert read(hour(slow, minutes=1))["latency-p95"].verdict == "breach"


def test_a_value_at_its_limit_is_within_it() -> None:
    readings = read(hour(Minute(calls=100, errors=1, escalations=25)))
    assert readings["error-rate"].verdict == "ok"
    assert readings["escalation-rate"].verdict == "ok"


@pytest.mark.parametrize(("calls", "verdict"), [(19, "too-few"), (20, "ok")])
def test_ok_needs_twenty_calls(calls: int, verdict: str) -> None:
    minute = Minute()
    minute.add_calls([Call(str(i), 0.0, latency_s=1.0, cost=0.02) for i in range(calls)])
    readings = read(hour(minute, minutes=1))
    rated = ("escalation-rate", "error-rate", "latency-p95", "cost-per-call", "safety-flags")
    assert {readings[metric].verdict for metric in rated} == {verdict}
    assert readings["error-rate"].why == (
        "0.00 % of 20 calls" if calls == 20 else "19 calls, at least 20 needed"
    )


def test_only_complete_minutes_count_except_for_flags() -> None:
    series = hour(Minute(calls=20))
    series.put(END, Minute(calls=20, errors=20, flags=1))
    readings = read(series, now=NOW + 30)
    assert readings["error-rate"].value == 0
    assert readings["safety-flags"].verdict == "breach"
    assert read(series, now=NOW + 60)["error-rate"].verdict == "breach"


def test_a_minute_that_passed_after_the_last_read_does_not_count_as_quiet() -> None:
    series = hour(healthy())
    assert read(series, Freshness("live", 50.0), now=NOW + 40)["traffic"].value == 1200
    assert read(series, Freshness("live", 0.0), now=NOW + 60)["traffic"].value == 1180


def test_a_young_record_uses_what_is_there() -> None:
    readings = read(hour(healthy(), minutes=5))
    assert readings["traffic"].value == 1200
    assert readings["traffic"].why == "100 calls in 5 min"
    assert readings["spend-rate"].value == pytest.approx(24.0)


@given(
    calls=st.integers(0, 50),
    errors=st.integers(0, 5),
    state=st.sampled_from(["stale", "down"]),
    age=st.none() | st.floats(0, 1e5),
)
def test_a_quiet_feed_is_never_ok_and_never_a_breach(
    calls: int, errors: int, state: str, age: float | None
) -> None:
    fresh = Freshness("stale" if state == "stale" else "down", age)
    readings = read(hour(Minute(calls=calls, errors=errors)), fresh)
    assert {readings[metric].verdict for metric in FED} == {state}


def test_a_stale_reading_keeps_its_last_value() -> None:
    series = hour(healthy())
    reading = read(series, Freshness("stale", 600.0), now=NOW + 600)["escalation-rate"]
    assert (reading.verdict, reading.value, reading.age_s) == ("stale", 0.15, 600.0)
    assert reading.why == "nothing read for 10 min"


@settings(max_examples=50)
@given(st.sampled_from(FED), st.integers(0, 3), st.floats(0, 1e6))
def test_without_a_limit_or_data_nothing_is_ok(metric: str, minutes: int, now: float) -> None:
    assert read(hour(healthy()), limits={})[metric].verdict == "too-few"
    far = read(Series(), now=now)[metric]
    assert far.verdict == "too-few"
    assert far.value is None
    assert read(hour(Minute(), minutes=minutes))["error-rate"].verdict == "too-few"


@pytest.mark.parametrize("metric", FED)
def test_a_store_that_never_gave_a_sample_is_stale(metric: str) -> None:
    """A log without a line had no call; a store without a sample may have the wrong query."""
    reading = read(Series(absent_is_zero=False))[metric]
    assert (reading.verdict, reading.value, reading.why) == ("stale", None, NO_SAMPLE)


def test_an_unknown_limit_says_so() -> None:
    reading = read(hour(healthy()), limits={"traffic": Limit(silence_for_s=900)})["traffic"]
    assert (reading.verdict, reading.why) == ("too-few", "no forecast: limit unknown")


def test_no_feed_is_down() -> None:
    readings = read_metrics(
        RULES, series={}, feeds={}, sources={}, limits=LIMITS, judged=[], now=NOW
    )
    assert {readings[m].verdict for m in FED} == {"down"}
    assert readings["traffic"].why == "no feed gives this metric"


def test_silence_is_a_breach_after_fifteen_minutes_and_pending_before() -> None:
    series = Series()
    series.put(END - 60, Minute(calls=1200))
    silent = read(series)["traffic"]
    assert (silent.verdict, silent.value, silent.limit) == ("breach", 0.0, 200.0)
    assert silent.window_s == 900
    assert silent.why == "0 calls/h over the last 15 min"
    series.put(END - 10, Minute(calls=1200))
    pending = read(series)["traffic"]
    assert (pending.verdict, pending.pending) == ("ok", True)
    series.put(END - 2, Minute(calls=200))
    assert not read(series)["traffic"].pending


def test_silence_needs_a_record_of_fifteen_minutes() -> None:
    assert read(hour(Minute(), minutes=14))["traffic"].verdict == "ok"
    assert read(hour(Minute(), minutes=15))["traffic"].verdict == "breach"


def test_traffic_and_spend_look_no_further_back_than_the_share_change() -> None:
    series = hour(Minute(calls=1000, costed=1000, cost=100.0))
    for number in range(END - 20, END):
        series.put(number, Minute(calls=10, costed=10, cost=0.1))
    assert read(series)["traffic"].verdict == "breach"
    readings = read(series, share_since=(END - 20) * 60.0 - 30)
    assert (readings["traffic"].value, readings["traffic"].verdict) == (600, "ok")
    assert readings["spend-rate"].value == pytest.approx(6.0)


def test_spend_without_costs_is_unknown() -> None:
    reading = read(hour(Minute(calls=30)))["spend-rate"]
    assert (reading.verdict, reading.value) == ("too-few", None)
    partly = read(hour(Minute(calls=30, costed=15, cost=0.3)))["spend-rate"]
    assert (partly.verdict, partly.why) == ("too-few", "only 50 % of 1,800 calls carry a cost")


def test_counts_that_a_metric_store_lacks_are_unknown() -> None:
    series = Series()
    counts = {number: {"calls": 20.0, "errors": 0.0} for number in range(END - 60, END)}
    apply_minutes(series, counts, {})
    readings = read(series)
    assert readings["error-rate"].verdict == "ok"
    escalation = readings["escalation-rate"]
    assert (escalation.verdict, escalation.value) == ("too-few", None)
    assert escalation.why == "none of 1,200 calls says it"
    assert readings["safety-flags"].verdict == "too-few"


def test_a_metric_store_that_has_no_new_sample_is_stale() -> None:
    series = Series()
    apply_minutes(series, {n: {"calls": 20.0, "errors": 0.0} for n in range(END - 60, END - 6)}, {})
    reading = read(series)["error-rate"]
    assert (reading.verdict, reading.why, reading.age_s) == ("stale", "no data for 6 min", 360.0)


def test_direct_values_need_known_calls() -> None:
    series = Series()
    values = {"latency-p95": dict.fromkeys(range(END - 60, END), 1.5)}
    apply_minutes(series, {}, values)
    assert read(series)["latency-p95"].why == "number of calls unknown"
    apply_minutes(series, {n: {"calls": 20.0} for n in range(END - 60, END)}, values)
    reading = read(series)["latency-p95"]
    assert (reading.verdict, reading.value, reading.n) == ("ok", 1.5, 1200)
    series.values["latency-p95"] = {END - 1: 3.5}
    assert read(series)["latency-p95"].verdict == "breach"
    series.values["latency-p95"] = {END - 9: 1.5}
    assert read(series)["latency-p95"].value is None


def test_accuracy_is_the_last_fifty_judged() -> None:
    old = [Judged(NOW - 9000, False)] * 30
    right = [Judged(NOW - 60, True)] * 43
    wrong = [Judged(NOW - 60, False)] * 7
    reading = read(Series(), judged=old + right + wrong)["accuracy"]
    assert (reading.verdict, reading.value, reading.n) == ("ok", 0.86, 50)
    breach = read(Series(), judged=right + wrong * 2)["accuracy"]
    assert breach.verdict == "breach"
    assert breach.why == "72 % of the last 50 judged, 95 % interval 58–83 %"


@pytest.mark.parametrize(
    ("judged", "verdict", "why"),
    [
        ([], "too-few", "no output judged yet"),
        ([Judged(NOW, True)] * 19, "too-few", "19 judged, at least 20 needed"),
        ([Judged(NOW, True)] * 20, "ok", "100 % of the last 20 judged, 95 % interval 84–100 %"),
        ([Judged(NOW, False)], "breach", "0 % of the last 1 judged, 95 % interval 0–79 %"),
        ([Judged(NOW - 90_000, True)] * 50, "stale", "nothing judged for 25 h"),
        ([Judged(NOW - 90_000, False)] * 50, "stale", "nothing judged for 25 h"),
    ],
)
def test_accuracy_verdicts(judged: list[Judged], verdict: str, why: str) -> None:
    reading = read(Series(), Freshness("down", None), judged=judged)["accuracy"]
    assert (reading.verdict, reading.why) == (verdict, why)


@pytest.mark.parametrize(
    ("last", "error", "speed", "state"),
    [
        (940.0, "", 1.0, "live"),
        (940.0, "refused", 1.0, "live"),
        (939.0, "", 1.0, "stale"),
        (939.0, "refused", 1.0, "down"),
        (None, "", 1.0, "stale"),
        (None, "refused", 1.0, "down"),
        (640.0, "", 60.0, "live"),
        (639.0, "", 60.0, "stale"),
        (1010.0, "", 1.0, "live"),
    ],
)
def test_freshness(last: float | None, error: str, speed: float, state: str) -> None:
    fresh = freshness(last, stale_after_s=60.0, error=error, poll_s=2.0, speed=speed, now=1000.0)
    assert fresh.state == state
    assert fresh.age_s == (None if last is None else max(0.0, 1000.0 - last))


def test_the_reading_follows_the_log() -> None:
    calls = [
        Call(str(i), NOW - 1800 + i, error="timeout" if i % 50 == 0 else "") for i in range(900)
    ]
    series = Series()
    series.add(fold(calls, Seen(), NOW).minutes)
    reading = read(series)["error-rate"]
    assert (reading.verdict, reading.value, reading.n) == ("breach", 0.02, 900)


def test_wilson_against_known_values() -> None:
    low, high = wilson(43, 50)
    assert (round(low, 2), round(high, 2)) == (0.74, 0.93)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 50)[0] == 0.0
    assert wilson(50, 50)[1] == 1.0


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_holds_the_share(n: int, part: float) -> None:
    hits = round(n * part)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


def test_no_flag_in_fifty_still_allows_some() -> None:
    assert could_miss(50) == pytest.approx(0.058, abs=0.0005)
    assert could_miss(0) == 1.0
