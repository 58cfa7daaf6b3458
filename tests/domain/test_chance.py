"""Chance: intervals cover, looking often does not cry wolf, and what is there is found."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import accumulate, product
from math import inf, sqrt
from statistics import NormalDist, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from console.domain import chance
from console.domain.histogram import places_of

ALPHA = 0.05
samples = st.lists(st.integers(1, 12).map(float), min_size=1, max_size=40)


def counted(values: list[float]) -> list[tuple[float, int]]:
    """Rising values with their counts."""
    return sorted(Counter(values).items())


@pytest.mark.parametrize(("n", "share"), [(50, 0.86), (50, 0.05), (200, 0.15), (1000, 0.01)])
def test_wilson_covers_the_truth_as_often_as_it_says(n: int, share: float) -> None:
    covered = sum(
        stats.binom.pmf(k, n, share)
        for k in range(n + 1)
        if chance.wilson(k, n)[0] <= share <= chance.wilson(k, n)[1]
    )
    assert 0.92 <= covered <= 0.99


@given(st.integers(0, 3000), st.integers(1, 3000), st.floats(0.001, 0.999))
def test_a_tail_is_that_of_the_binomial(k: int, n: int, share: float) -> None:
    exact = stats.binom.sf(k - 1, n, share)
    assert chance.at_least(k, n, share) == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_a_tail_at_the_ends() -> None:
    assert chance.at_least(0, 5, 0.0) == chance.at_least(5, 5, 1.0) == 1.0
    assert chance.at_least(1, 5, 0.0) == chance.at_least(6, 5, 1.0) == 0.0


@given(samples, samples)
def test_ranks_agree_with_scipy(one: list[float], other: list[float]) -> None:
    found = chance.ranks(counted(one), counted(other))
    wanted = (
        stats.mannwhitneyu(one, other, method="asymptotic") if len({*one, *other}) > 1 else None
    )
    if wanted is None:
        assert (found.effect, found.p) == (0.5, 1.0)
    else:
        assert found.u == pytest.approx(wanted.statistic)
        assert found.p == pytest.approx(wanted.pvalue)
    assert found.effect == pytest.approx(found.u / (len(one) * len(other)))


@given(samples, samples)
def test_the_variance_of_the_effect_is_that_of_its_placements(
    one: list[float], other: list[float]
) -> None:
    def won(x: float, y: float) -> float:
        return (x > y) + (x == y) / 2

    n, m = len(one), len(other)
    effect = sum(won(x, y) for x, y in product(one, other)) / n / m
    ours = sum((sum(won(x, y) for y in other) / m - effect) ** 2 for x in one) / max(1, n - 1) / n
    theirs = sum((sum(won(x, y) for x in one) / n - effect) ** 2 for y in other) / max(1, m - 1) / m
    wanted = max(ours + theirs, 0.25 / n**2 + 0.25 / m**2)
    assert chance.ranks(counted(one), counted(other)).variance == pytest.approx(wanted)


@given(samples, samples, st.floats(0.01, 0.99))
def test_a_shift_is_the_quantile_of_all_differences(
    one: list[float], other: list[float], level: float
) -> None:
    differences = sorted(x - y for x, y in product(one, other))
    found = chance.shift_at(counted(one), counted(other), level)
    wanted = level * len(differences)
    assert found in differences
    assert sum(d <= found for d in differences) >= wanted
    assert sum(d < found for d in differences) < wanted + 1e-9


def test_the_shift_of_latencies_is_that_of_the_calls() -> None:
    draw = random.Random(3)
    one = [draw.lognormvariate(0.3, 0.5) + 0.2 for _ in range(300)]
    other = [draw.lognormvariate(0.3, 0.5) for _ in range(500)]
    exact = median(x - y for x, y in product(one, other))
    found = chance.latencies_apart(
        chance.values_of(Counter(places_of(one))), chance.values_of(Counter(places_of(other))), 0.05
    )
    assert found.difference == pytest.approx(exact, abs=0.01)
    assert found.low < 0.2 < found.high


def test_a_level_beyond_all_pairs_bounds_nothing() -> None:
    one = [(1.0, 3)]
    assert chance.shift_at(one, one, 0.0) == -inf
    assert chance.shift_at(one, one, 1.0) == inf
    assert chance.shift_at(one, one, 0.5) == 0.0


def test_the_price_of_looking_often_is_a_bound_wider_by_half() -> None:
    once = NormalDist().inv_cdf(0.975) * 0.01
    assert 1.4 * once < chance.radius(0.01**2, ALPHA) < 1.6 * once
    # Away from where it is narrowest it is never absurd.
    assert chance.radius(0.001**2, ALPHA) < 2.2 * once / 10
    assert chance.radius(0.05**2, ALPHA) < 4 * once * 5


@pytest.mark.parametrize(("k", "n"), [(0, 50), (3, 50), (50, 50), (12, 4000)])
def test_a_share_at_any_time_holds_its_one_look_interval(k: int, n: int) -> None:
    low, high = chance.share_at_any_time(k, n, ALPHA)
    once = chance.wilson(k, n)
    assert 0 <= low <= once[0] + 1e-9
    assert once[1] - 0.02 <= high <= 1
    assert low <= k / n <= high


def test_a_share_of_nothing_is_everything() -> None:
    assert chance.share_at_any_time(0, 0, ALPHA) == (0.0, 1.0)
    assert chance.wilson(0, 0) == (0.0, 1.0)


def alarms(looks: Callable[[random.Random], bool], times: int, seed: int = 1) -> float:
    """The share of rollouts in which some look says that the sides differ."""
    draw = random.Random(seed)
    return sum(looks(draw) for _ in range(times)) / times


def share_looks(
    draw: random.Random, rates: tuple[float, float], steps: int, a_step: tuple[int, int]
) -> bool:
    """Whether a rollout with these true rates alarms at any of `steps` looks."""
    sums = []
    for rate, calls in zip(rates, a_step, strict=True):
        sums.append(
            list(accumulate(sum(draw.random() < rate for _ in range(calls)) for _ in range(steps)))
        )
    for look in range(steps):
        n, m = ((look + 1) * calls for calls in a_step)
        if min(n, m) < chance.LEAST:
            continue
        shift = chance.shares_apart(sums[0][look], n, sums[1][look], m, ALPHA)
        if shift.low > 0 or shift.high < 0:
            return True
    return False


@pytest.mark.parametrize("rate", [0.003, 0.01, 0.15])
def test_looking_24_times_at_shares_that_are_alike(rate: float) -> None:
    assert alarms(lambda draw: share_looks(draw, (rate, rate), 24, (10, 60)), 250) <= 0.05


@pytest.mark.parametrize("rate", [0.01, 0.15])
def test_looking_1000_times_at_shares_that_are_alike(rate: float) -> None:
    assert alarms(lambda draw: share_looks(draw, (rate, rate), 1000, (1, 3)), 60) <= 0.05


def test_the_naive_comparison_would_cry_wolf_where_ours_does_not() -> None:
    """That the simulation can fail: the usual test at 24 looks alarms in far more than 5 %."""

    def naive(draw: random.Random) -> bool:
        k = m = 0
        for look in range(1, 25):
            k += sum(draw.random() < 0.15 for _ in range(20))
            m += sum(draw.random() < 0.15 for _ in range(20))
            n = look * 20
            both = (k + m) / (2 * n)
            spread = sqrt(max(1e-9, both * (1 - both) * 2 / n))
            if n >= chance.LEAST and abs(k - m) / n / spread > 1.96:
                return True
        return False

    assert alarms(naive, 250) > 0.12


def test_errors_that_go_from_one_to_four_percent_are_found() -> None:
    found = alarms(lambda draw: share_looks(draw, (0.04, 0.01), 48, (25, 200)), 60)
    assert found >= 0.9


def test_one_share_holds_at_all_of_1000_looks() -> None:
    def wrong(draw: random.Random) -> bool:
        k = 0
        for n in range(1, 1001):
            k += draw.random() < 0.1
            # The bounds move slowly: at every fifth call is often enough to look.
            if n % 5 == 0:
                low, high = chance.share_at_any_time(k, n, ALPHA)
                if not low <= 0.1 <= high:
                    return True
        return False

    assert alarms(wrong, 60) <= 0.05


def latency_looks(draw: random.Random, times: float, steps: int, a_step: tuple[int, int]) -> bool:
    """Whether latencies that are `times` those of the control alarm at any look."""
    one: Counter[int] = Counter()
    other: Counter[int] = Counter()
    for look in range(1, steps + 1):
        one.update(
            places_of([round(draw.lognormvariate(0, 0.5), 1) * times for _ in range(a_step[0])])
        )
        other.update(places_of([round(draw.lognormvariate(0, 0.5), 1) for _ in range(a_step[1])]))
        if look * min(a_step) < chance.LEAST:
            continue
        shift = chance.latencies_apart(chance.values_of(one), chance.values_of(other), ALPHA)
        if shift.low > 0 or shift.high < 0:
            return True
    return False


def test_looking_24_times_at_latencies_that_are_alike() -> None:
    assert alarms(lambda draw: latency_looks(draw, 1.0, 24, (10, 60)), 60) <= 0.05


def test_looking_1000_times_at_ranks_that_are_alike() -> None:
    """The bound on the effect itself, which the shift's bounds rest on."""

    def looks(draw: random.Random) -> bool:
        one: Counter[float] = Counter()
        other: Counter[float] = Counter()
        for look in range(1, 1001):
            one[draw.randrange(12)] += 1
            for _ in range(3):
                other[draw.randrange(12)] += 1
            if look < chance.LEAST:
                continue
            found = chance.ranks(sorted(one.items()), sorted(other.items()))
            if abs(found.effect - 0.5) > chance.radius(found.variance, ALPHA):
                return True
        return False

    assert alarms(looks, 80) <= 0.05


def test_latencies_a_fifth_slower_are_found() -> None:
    assert alarms(lambda draw: latency_looks(draw, 1.2, 24, (40, 200)), 20) >= 0.9


def test_looking_1000_times_at_means_that_are_alike() -> None:
    def looks(draw: random.Random) -> bool:
        sums = [[0.0, 0.0], [0.0, 0.0]]
        for n in range(1, 1001):
            for side in sums:
                cost = draw.lognormvariate(-4, 0.6)
                side[0] += cost
                side[1] += cost * cost
            if n < chance.LEAST:
                continue
            (mean, variance), (mean_other, variance_other) = (
                (total / n, (squares / n - (total / n) ** 2) / (n - 1)) for total, squares in sums
            )
            shift = chance.means_apart(mean, variance, mean_other, variance_other, ALPHA)
            if shift.low > 0 or shift.high < 0:
                return True
        return False

    assert alarms(looks, 100) <= 0.05


def test_means_that_never_move_are_told_apart() -> None:
    shift = chance.means_apart(0.02, 0.0, 0.01, 0.0, ALPHA)
    assert shift.low == pytest.approx(0.01, rel=1e-3)
    alike = chance.means_apart(0.02, 0.0, 0.02, 0.0, ALPHA)
    assert alike.low <= 0 <= alike.high


@settings(max_examples=50)
@given(st.integers(0, 60), st.integers(0, 400))
def test_bounds_of_shares_hold_the_difference_and_are_shares(k: int, m: int) -> None:
    shift = chance.shares_apart(k, 60, m, 400, ALPHA)
    assert -1 <= shift.low <= shift.difference <= shift.high <= 1
    turned = chance.shares_apart(m, 400, k, 60, ALPHA)
    assert (turned.low, turned.high) == pytest.approx((-shift.high, -shift.low))
