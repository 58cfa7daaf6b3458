"""Minutes: sums are exact, p95 is within 1 %, and the order of calls does not matter."""

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.arms import Arm
from console.domain.call import Call
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.seen import REMEMBERED_S, Seen
from console.domain.series import Series
from console.telemetry.fold import fold

latencies = st.one_of(
    st.floats(0.001, 86_400.0),
    st.floats(0.0, 8.0).map(lambda x: min(86_400.0, max(0.001, math.exp(x) - 1))),
    st.sampled_from([0.001, 1.0, 2.999, 3.0, 3.001, 10.0, 86_400.0]),
)


def exact_p95(values: list[float]) -> float:
    """The nearest-rank 95th percentile."""
    return sorted(values)[math.ceil(95 * len(values) / 100) - 1]


def series_of(calls: list[Call]) -> Series:
    """The calls as minutes, each id counted once."""
    series = Series()
    series.add(fold(calls, Seen(), now=1e9).minutes)
    return series


@given(st.lists(latencies, min_size=1, max_size=200))
def test_p95_is_within_one_percent_of_nearest_rank(values: list[float]) -> None:
    minute = Minute()
    minute.add_calls([Call(str(i), 0.0, latency_s=s) for i, s in enumerate(values)])
    series = Series()
    series.put(0, minute)
    assert series.window(1, 1).p95 == pytest.approx(exact_p95(values), rel=0.01)


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.5])
def test_p95_of_a_heavy_tail_over_many_minutes(spread: float) -> None:
    draw = random.Random(5)
    values = [min(86_400.0, max(0.001, draw.lognormvariate(0, spread))) for _ in range(5000)]
    series = series_of([Call(str(i), i * 0.7, latency_s=s) for i, s in enumerate(values)])
    assert series.total().p95 == pytest.approx(exact_p95(values), rel=0.01)


@given(st.lists(latencies, max_size=50))
def test_a_histogram_of_counted_latencies_is_that_of_the_calls(values: list[float]) -> None:
    minute = Minute()
    minute.add_calls([Call(str(i), 0.0, latency_s=s) for i, s in enumerate(values * 2)])
    assert histogram([(value, 2) for value in values]) == minute.latency


@pytest.mark.parametrize(("latency", "shown"), [(0.0, 0.001), (1e-9, 0.001), (1e9, 86_400.0)])
def test_latencies_beyond_the_range_count_as_its_ends(latency: float, shown: float) -> None:
    series = series_of([Call("a", 30.0, latency_s=latency)])
    assert series.total().p95 == pytest.approx(shown, rel=0.01)


def test_rates_are_exact() -> None:
    calls = [
        Call("1", 0.0, cost=0.5, error="timeout", version="v2", tokens_in=10, tokens_out=3),
        Call("2", 1.0, cost=0.25, escalation="unclear", flags=("pii", "tone"), version="v2"),
        Call("3", 2.0, version="v1"),
        Call("4", 59.9, latency_s=2.0),
    ]
    totals = series_of(calls).window(1, 60)
    assert totals.value("error-rate") == 0.25
    assert totals.value("escalation-rate") == 0.25
    assert totals.cost_per_call == 0.375
    assert (totals.flags, totals.tokens_in, totals.tokens_out, totals.timed) == (2, 10, 3, 1)
    assert totals.versions == {"v2": 2, "v1": 1}
    assert totals.value("spend-rate") == 0.75 * 60
    assert totals.value("traffic") == 240


def test_nothing_is_not_zero() -> None:
    totals = Series().window(10, 60)
    for metric in ("error-rate", "escalation-rate", "latency-p95", "cost-per-call", "spend-rate"):
        assert totals.value(metric) is None
    assert totals.value("traffic") is None
    assert totals.value("safety-flags") is None


def test_synthetic_and_control_calls_are_set_aside() -> None:
    calls = [
        Call("1", 0.0, synthetic=True, error="x", cost=9.0),
        Call("2", 0.0, variant="control", flags=("pii",), latency_s=9.0),
        Call("3", 0.0, variant="live"),
    ]
    minute = series_of(calls).minutes[0]
    arms = {"": Arm(calls=1)}
    assert minute == Minute(calls=1, aside=2, arms=arms, controls=minute.controls)
    assert minute.controls[""].flags == minute.controls[""].timed == 1


def test_a_minute_of_control_calls_only_is_still_data() -> None:
    series = series_of([Call("1", 60.0, variant="control")])
    assert series.window(2, 1).covered == 1
    assert series.window(2, 1).calls == 0


some_calls = st.lists(
    st.builds(
        Call,
        id=st.integers(0, 40).map(str),
        at=st.floats(0, 7000),
        latency_s=st.none() | latencies,
        cost=st.none() | st.integers(0, 1000).map(float),
        error=st.sampled_from(["", "timeout"]),
        escalation=st.sampled_from(["", "unclear"]),
        flags=st.sampled_from([(), ("pii",)]),
        version=st.sampled_from(["", "v1", "v2"]),
        variant=st.sampled_from(["live", "control"]),
    ),
    max_size=60,
    unique_by=lambda call: call.id,
)


@given(some_calls, st.randoms(use_true_random=False), st.integers(1, 9))
def test_any_order_in_any_batches_gives_the_same_series(
    calls: list[Call], chance: random.Random, size: int
) -> None:
    shuffled = list(calls)
    chance.shuffle(shuffled)
    series, seen = Series(), Seen()
    for start in range(0, len(shuffled), size):
        # Each batch overlaps the one before it, as a re-read does.
        batch = shuffled[max(0, start - 3) : start + size]
        series.add(fold(batch, seen, now=1e9).minutes)
    assert series == series_of(calls)


def test_a_late_call_lands_in_its_own_minute() -> None:
    series, seen = Series(), Seen()
    series.add(fold([Call("new", 6000.0)], seen, now=1e9).minutes)
    series.add(fold([Call("late", 60.0)], seen, now=1e9).minutes)
    assert {number: minute.calls for number, minute in series.minutes.items()} == {100: 1, 1: 1}
    assert (series.first, series.last) == (1, 100)


def test_a_shown_minute_is_replaced_not_changed() -> None:
    series, seen = Series(), Seen()
    series.add(fold([Call("1", 0.0)], seen, now=1e9).minutes)
    shown = series.minutes[0]
    series.add(fold([Call("2", 0.0)], seen, now=1e9).minutes)
    assert (shown.calls, series.minutes[0].calls) == (1, 2)


def test_windows_are_half_open_and_slide() -> None:
    series = series_of([Call(str(minute), minute * 60.0) for minute in range(10)])
    assert [series.window(end, 3).calls for end in (0, 1, 3, 5, 10, 12, 13)] == [
        0,
        1,
        3,
        3,
        3,
        1,
        0,
    ]
    assert series.window(10, 5, since=8).calls == 2
    assert series.window(10, 60).covered == 10


metrics = st.sampled_from(
    [
        "error-rate",
        "escalation-rate",
        "cost-per-call",
        "spend-rate",
        "traffic",
        "safety-flags",
        "latency-p95",
    ]
)


@settings(max_examples=60)
@given(some_calls, metrics, st.integers(1, 40), st.none() | st.integers(0, 120), st.booleans())
def test_rolling_is_the_window_at_each_end(
    calls: list[Call], metric: str, length: int, since: int | None, absent_is_zero: bool
) -> None:
    series = series_of(calls)
    series.absent_is_zero = absent_is_zero
    ends = range(20, 125)
    expected = [series.window(end, length, since).value(metric) for end in ends]
    assert series.rolling(metric, ends, length, since) == pytest.approx(expected)


def test_rolling_gives_the_stores_own_values() -> None:
    series = Series()
    series.put_value("latency-p95", 5, 2.5)
    assert series.rolling("latency-p95", range(5, 8), 60) == [None, 2.5, None]


def test_a_minute_without_a_sample_is_unknown_in_a_metric_store() -> None:
    series = series_of([Call("1", 0.0), Call("2", 540.0)])
    assert series.window(10, 10).covered == 10
    series.absent_is_zero = False
    assert series.window(10, 10).covered == 2
    assert series.quiet_minutes(14) == 4


def test_an_id_counts_once_for_120_minutes() -> None:
    seen = Seen()
    assert len(seen.sift([Call("a", 1000.0), Call("a", 1000.0)], now=1e9)) == 1
    step = REMEMBERED_S / 4
    for i in range(4):
        seen.sift([Call(f"other-{i}", 1000.0 + i * step)], now=1e9)
        assert seen.sift([Call("a", 1000.0)], now=1e9) == []


def test_memory_of_ids_is_bounded() -> None:
    seen = Seen()
    calls = [Call(str(i), float(i)) for i in range(0, 10 * int(REMEMBERED_S), 60)]
    for call in calls:
        seen.sift([call], now=1e9)
    four_hours = 2 * int(REMEMBERED_S) // 60
    assert len(seen.remembered()) <= four_hours + 1
    assert len(seen.fresh) <= four_hours + 1
    assert "0" not in seen


def test_a_clock_that_runs_ahead_forgets_nobody() -> None:
    seen = Seen()
    seen.sift([Call("a", 1000.0)], now=1000.0)
    for i in range(5):
        seen.sift([Call(f"ahead-{i}", 1000.0 + (i + 1) * REMEMBERED_S)], now=1000.0)
    assert "a" in seen


def test_a_minute_that_another_thread_replaces_meanwhile_leaves_as_it_came() -> None:
    """The p95 of a running hour takes out of it what it put in."""
    series = Series()
    for number in range(200):
        series.put(number, Minute(calls=5, timed=5, latency=histogram([(1.0, 5)])))

    class Racing(dict[int, Minute]):
        def get(self, number: int, default: Any = None) -> Any:
            found = super().get(number, default)
            if number == 150:
                for old in range(150):
                    self[old] = Minute(calls=9, timed=9, latency=histogram([(9.0, 9)]))
            return found

    series.minutes = Racing(series.minutes)
    shown = series.rolling("latency-p95", range(60, 201), 60)
    assert shown == [pytest.approx(1.0, rel=0.01)] * 141
