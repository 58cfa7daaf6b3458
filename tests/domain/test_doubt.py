"""How sure a criterion can be: the figures that are known, and the binomial they come from."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from console.domain.doubt import Doubt, of_mean, of_p95, of_proportion
from console.domain.histogram import places_of


def test_the_known_figures_of_43_right_of_50() -> None:
    doubt = of_proportion(43, 50, over=0.85)
    assert doubt.low == pytest.approx(0.74, abs=0.005)
    assert doubt.high == pytest.approx(0.93, abs=0.005)
    assert doubt.said == "95 % interval 74–93 %; a true 80 % agent passes this 19 % of the time"


def test_the_guides_accuracy_rule_of_more_than_90() -> None:
    said = of_proportion(46, 50, over=0.90).said
    chance = stats.binom.sf(45, 50, 0.85)
    assert said.endswith(f"a true 85 % agent passes this {chance * 100:.0f} % of the time")
    # At least 45 right is easier than more than 45.
    easier = of_proportion(46, 50, over=0.90, inclusive=True).said
    assert easier.endswith(f"{stats.binom.sf(44, 50, 0.85) * 100:.0f} % of the time")


def test_a_rate_that_must_be_under_a_limit() -> None:
    said = of_proportion(30, 150, under=0.25).said
    chance = stats.binom.cdf(37, 150, 0.30)
    assert said.endswith(f"a true 30 % agent passes this {chance * 100:.0f} % of the time")
    few = of_proportion(1, 20, under=0.25, inclusive=True).said
    assert few.endswith(f"{stats.binom.cdf(5, 20, 0.30) * 100:.0f} % of the time")


def test_many_calls_leave_little_doubt() -> None:
    doubt = of_proportion(3_000, 20_000, under=0.25)
    assert (
        doubt.said
        == "95 % interval 14.5–15.5 %; a true 30 % agent passes this in under 1 % of cases"
    )


@given(st.integers(1, 400), st.floats(0.3, 0.99), st.booleans())
def test_the_chance_to_pass_is_that_of_the_rule(n: int, limit: float, inclusive: bool) -> None:
    limit = round(limit, 2)
    passing = [k for k in range(n + 1) if k / n > limit or (inclusive and k / n >= limit)]
    chance = sum(stats.binom.pmf(k, n, limit - 0.05) for k in passing)
    said = of_proportion(n // 2, n, over=limit, inclusive=inclusive).said
    if 0.01 <= chance <= 0.99:
        told = float(said.rsplit("passes this ", 1)[1].split(" %")[0])
        assert told == pytest.approx(chance * 100, abs=0.51)
    else:
        assert said.endswith("of cases")


def test_nothing_says_nothing() -> None:
    nothing = Doubt()
    assert of_proportion(0, 0, over=0.9) == nothing
    assert of_p95({}, 0) == of_p95({100: 19}, 19) == nothing
    assert of_mean([(1.0, 1.0)] * 19) == nothing


def test_the_interval_of_a_percentile_covers_the_truth() -> None:
    draw = random.Random(4)
    truth = stats.lognorm.ppf(0.95, 0.5)
    covered = 0
    for _ in range(200):
        doubt = of_p95(Counter(places_of([draw.lognormvariate(0, 0.5) for _ in range(400)])), 400)
        assert doubt.low is not None
        assert doubt.high is not None
        # A place is known to 1 % only.
        covered += doubt.low * 0.99 <= truth <= doubt.high * 1.01
    assert covered >= 184


def test_few_calls_do_not_bound_a_percentile_above() -> None:
    doubt = of_p95(Counter(places_of([i / 10 for i in range(1, 31)])), 30)
    assert doubt.high is None
    assert "too few to bound it above" in doubt.said


def test_the_interval_of_a_mean_covers_the_truth() -> None:
    draw = random.Random(4)
    covered = 0
    for _ in range(200):
        parts = []
        for _ in range(60):
            costs = [draw.expovariate(50) for _ in range(draw.randrange(0, 9))]
            parts.append((sum(costs), float(len(costs))))
        doubt = of_mean(parts, "USD")
        assert doubt.low is not None
        assert doubt.high is not None
        covered += doubt.low <= 0.02 <= doubt.high
    assert covered >= 180
    assert doubt.said.endswith(" USD")
