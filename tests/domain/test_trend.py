"""Trends: the arithmetic agrees with scipy, and memory does not pass for a trend."""

import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from console.domain.trend import (
    LEAST,
    Trend,
    find_trend,
    kendall,
    may_rise,
    remembered,
    slopes,
    theil_sen,
)

STEP = 0.5
values = st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=60)
noise = st.integers(0, 2**32)


def points(row: list[float]) -> list[tuple[float, float]]:
    return [(number * STEP, value) for number, value in enumerate(row)]


def wandering(seed: int, n: int, memory: float, slope: float = 0.0) -> list[tuple[float, float]]:
    """Values that keep `memory` of the one before, about a line."""
    draw, last, row = random.Random(seed), 0.0, []
    for number in range(n):
        last = memory * last + draw.gauss(0, math.sqrt(1 - memory**2))
        row.append(last + slope * number * STEP)
    return points(row)


def trend(given: list[tuple[float, float]]) -> Trend:
    found = find_trend(given, STEP)
    assert found is not None
    return found


@given(values)
def test_the_slope_is_scipys(row: list[float]) -> None:
    wanted = stats.theilslopes(row, [at for at, _ in points(row)])
    assert theil_sen(points(row)) == pytest.approx(wanted.slope, abs=1e-9)


@given(values)
def test_the_tests_sum_and_its_variance_are_scipys(row: list[float]) -> None:
    """By way of Kendall's tau, whose sum it is."""
    held = kendall(row)
    signs = sum(
        (later > value) - (later < value)
        for place, value in enumerate(row)
        for later in row[place + 1 :]
    )
    assert held.s == signs
    if len(set(row)) == 1:
        assert held.variance == pytest.approx(0)
        assert held.z() == 0
        return
    p = stats.kendalltau(range(len(row)), row, method="asymptotic").pvalue
    z = held.s / math.sqrt(held.variance)  # scipy takes no step off
    assert 2 * stats.norm.sf(abs(z)) == pytest.approx(p, rel=1e-6, abs=1e-12)


@given(noise, st.floats(-0.5, 0.5), st.floats(-100, 100), st.floats(0.01, 100))
@settings(max_examples=30)
def test_another_zero_and_another_unit_change_nothing_else(
    seed: int, slope: float, shift: float, scale: float
) -> None:
    row = wandering(seed, 40, 0.3, slope)
    one, other = trend(row), trend([(at, shift + scale * value) for at, value in row])
    assert other.slope == pytest.approx(scale * one.slope, rel=1e-6, abs=1e-9 * scale)
    assert other.p == pytest.approx(one.p, abs=1e-6)
    assert other.level == pytest.approx(shift + scale * one.level, rel=1e-6, abs=1e-6 * scale)
    assert (other.low, other.high) == pytest.approx(
        (scale * one.low, scale * one.high), rel=1e-6, abs=1e-9 * scale
    )


@given(noise, st.floats(0, 0.9))
@settings(max_examples=30)
def test_the_range_holds_the_slope_and_the_mirror_image_falls(seed: int, memory: float) -> None:
    row = wandering(seed, 40, memory, 0.1)
    one, other = trend(row), trend([(at, -value) for at, value in row])
    assert one.low <= one.slope <= one.high
    assert other.slope == pytest.approx(-one.slope)
    # What rises by chance does not fall by chance; the step taken off makes both a little surer.
    assert one.p + other.p == pytest.approx(1, abs=0.05)


def test_a_line_without_noise_is_found_as_it_is() -> None:
    found = trend(points([2 + 0.25 * number for number in range(48)]))
    assert (found.slope, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert found.level == pytest.approx(2 + 0.25 * 47)
    assert found.p < 1e-9


def test_what_stands_still_has_no_trend() -> None:
    found = trend(points([3.0] * 48))
    assert (found.slope, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 0.5)
    assert not may_rise([3.0] * 48, 0.1)


@given(noise, st.sets(st.integers(0, 59), max_size=30))
@settings(max_examples=30)
def test_gaps_do_not_bend_a_line(seed: int, gone: set[int]) -> None:
    draw = random.Random(seed)
    row = [(n * STEP, 0.2 * n * STEP + draw.gauss(0, 1e-6)) for n in range(60) if n not in gone]
    assume(len(row) >= LEAST)
    assert trend(row).slope == pytest.approx(0.2, abs=1e-3)


def test_values_that_are_no_numbers_are_left_out() -> None:
    row = wandering(1, 48, 0.0, 0.1)
    holes = [(at + STEP / 2, bad) for (at, _), bad in zip(row, (math.nan, math.inf), strict=False)]
    assert find_trend(sorted([*row, *holes]), STEP) == find_trend(row, STEP)


def test_too_few_values_have_no_trend() -> None:
    assert find_trend(points([float(n) for n in range(LEAST - 1)]), STEP) is None
    assert not may_rise([float(n) for n in range(LEAST - 1)], 1.0)
    assert slopes([]) == []
    assert theil_sen([(0.0, 1.0)]) == 0.0


def test_memory_is_measured() -> None:
    row = [value for _, value in wandering(3, 4000, 0.6)]
    first, second = remembered(row, 2)
    assert first == pytest.approx(0.6, abs=0.05)
    assert second == pytest.approx(0.36, abs=0.06)
    assert remembered([1.0, None, 1.0], 2) == [0.0, 1.0]
    assert remembered([], 1) == [0.0]


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
def test_memory_does_not_pass_for_a_trend(memory: float) -> None:
    """Of 400 steady rows 5 % may be taken for a rise at 5 %; without prewhitening 0.6 gives 20."""
    rows = [wandering(seed, 96, memory) for seed in range(400)]
    wrong = sum(trend(row).p < 0.05 for row in rows) / len(rows)
    naive = sum(kendall([v for _, v in row]).z() > 1.645 for row in rows) / len(rows)
    assert wrong < 0.085
    if memory == 0.6:
        assert naive > 0.15


def test_a_trend_is_seen_through_memory_and_its_range_holds_it() -> None:
    rows = [wandering(seed, 96, 0.6, 0.1) for seed in range(200)]
    found = [trend(row) for row in rows]
    assert sum(one.p < 0.005 for one in found) > 0.9 * len(found)
    held = sum(one.low <= 0.1 <= one.high for one in found) / len(found)
    assert 0.88 < held <= 1


def test_what_wandered_before_makes_a_rise_mean_less() -> None:
    row = wandering(5, 48, 0.0, 0.05)
    alone = trend(row)
    calm = [value for _, value in wandering(6, 300, 0.0)]
    restless = [value for _, value in wandering(6, 300, 0.9)]
    with_calm, with_restless = (find_trend(row, STEP, before) for before in (calm, restless))
    assert with_calm is not None
    assert with_restless is not None
    assert with_restless.p > with_calm.p
    assert with_restless.memory > 0.5 > with_calm.memory
    assert alone.slope == pytest.approx(with_calm.slope, rel=0.3)
