"""Drifts: what is judged, what waits, when a limit is said to be crossed."""

import math
import random

import msgspec
import pytest

from console.domain.bins import Bin
from console.domain.drift import HORIZON_H, Drift, look_for_drift, still_drifts
from console.domain.drift_words import ahead, crossing, figure, said
from tests.domain.drifting import A_DAY, FIRST, World, drifting, look, made

CALM = World(memory=0.0, wander=0.0, shape=0.0, differs=0.0)
LIMIT = 0.25


def rising(
    world: World = CALM, per_hour: float = 0.00125, seed: int = 1, days: int = 4
) -> dict[int, Bin]:
    world = msgspec.structs.replace(world, days=days)
    return made(random.Random(seed), world, "escalation-rate", lambda hours: per_hour * hours)


def test_a_rise_towards_the_limit_is_seen_with_when_it_crosses() -> None:
    found = look(rising(), 4, 40, LIMIT)
    assert found.verdict == "drifts"
    assert found.trend is not None
    assert found.trend.slope == pytest.approx(0.00125, rel=0.25)
    # 15.5 % and 40 hours of 0.125 points are 20.5 %: 36 more hours to go.
    assert found.crosses is not None
    assert found.crosses_from is not None
    assert found.crosses_to is not None
    hours = (found.crosses - found.at) / 3600
    assert hours == pytest.approx(36, rel=0.3)
    assert found.crosses_from < found.crosses < found.crosses_to
    assert found.since == (FIRST + 4 * A_DAY) * 1800


def test_a_days_shape_is_no_drift() -> None:
    """The same swing every day, sixty percent up and down, and nothing else."""
    shaped = msgspec.structs.replace(CALM, shape=0.6)
    bins = made(random.Random(3), msgspec.structs.replace(shaped, days=3), "escalation-rate", None)
    verdicts = {look(bins, 3, hour, LIMIT).verdict for hour in range(12, 49)}
    assert verdicts == {"steady"}


def test_the_shape_is_taken_out_of_a_rise() -> None:
    shaped = msgspec.structs.replace(CALM, shape=0.3)
    found = look(rising(shaped), 4, 40, LIMIT)
    assert found.verdict == "drifts"
    assert found.trend is not None
    assert found.trend.slope == pytest.approx(0.00125, rel=0.3)


def test_another_level_than_in_the_days_before_is_no_drift() -> None:
    """The window begins with a step: more people, other cases. It does not rise after."""
    bins = made(random.Random(2), msgspec.structs.replace(CALM, days=3), "escalation-rate", None)
    start = FIRST + 3 * A_DAY
    bins = {
        number: Bin(held.value + (0.05 if number >= start else 0.0), held.n)
        for number, held in bins.items()
    }
    assert {look(bins, 3, hour, LIMIT).verdict for hour in range(12, 49)} == {"steady"}


def test_what_waits_says_for_what() -> None:
    young = look(rising(), 4, 11, LIMIT)
    assert (young.verdict, young.why) == ("waits", "11 h old, 12 are needed")
    alone = look(rising(days=0), 0, 40, LIMIT)
    assert (alone.verdict, alone.why) == ("waits", "no earlier day of this version tells its shape")
    assert still_drifts(alone)


def test_with_one_earlier_day_the_bar_is_higher() -> None:
    hours = {
        days: next(
            h for h in range(12, 49) if look(rising(days=days), days, h, LIMIT).verdict == "drifts"
        )
        for days in (1, 4)
    }
    assert hours[1] > hours[4]


def test_what_falls_or_stands_is_steady() -> None:
    assert look(rising(per_hour=-0.001), 4, 40, LIMIT).why == "it does not rise"
    still = {number: Bin(0.15, 600) for number in rising()}
    assert look(still, 4, 40, LIMIT).verdict == "steady"


def test_a_limit_that_is_far_away_is_no_news() -> None:
    found = look(rising(), 4, 40, 0.9)
    assert found.verdict == "steady"
    assert found.why.startswith("it rises, but needs ")
    assert found.crosses is not None
    assert (found.crosses - found.at) / 3600 > HORIZON_H


def test_a_rise_that_is_sure_but_tiny_is_no_news() -> None:
    start = FIRST + 4 * A_DAY
    tiny = {
        number: Bin(0.2499 + 1e-6 * max(0, number - start), 600)
        for number in range(FIRST, start + 2 * A_DAY)
    }
    found = look(tiny, 4, 40, LIMIT)
    assert (found.verdict, found.why) == ("steady", "it rises by too little to matter")


def test_over_the_limit_already_it_crosses_now() -> None:
    found = look(rising(per_hour=0.004), 4, 40, LIMIT)
    assert found.crosses == found.at


def test_gaps_and_values_that_are_no_numbers_weigh_nothing() -> None:
    bins = rising()
    holes = {n: b for n, b in bins.items() if n % 7}
    broken = {**holes, **{n: Bin(math.nan, 600) for n in bins if n % 7 == 0}}
    whole, one, other = (look(given, 4, 40, LIMIT) for given in (bins, holes, broken))
    assert one == other
    assert whole.trend is not None
    assert one.trend is not None
    assert one.trend.slope == pytest.approx(whole.trend.slope, rel=0.2)
    assert one.trend.n < whole.trend.n


def test_a_warning_stays_with_less_than_it_was_raised_by() -> None:
    found = look(rising(), 4, 40, LIMIT)
    assert still_drifts(found)
    weaker = msgspec.structs.replace(found, verdict="steady")
    assert still_drifts(weaker)
    far = msgspec.structs.replace(weaker, crosses=found.at + 120 * 3600)
    assert not still_drifts(far)
    assert found.trend is not None
    unsure = msgspec.structs.replace(weaker, trend=msgspec.structs.replace(found.trend, p=0.2))
    assert not still_drifts(unsure)
    assert not still_drifts(look(rising(per_hour=-0.001), 4, 40, LIMIT))


def test_whole_hours_serve_as_well_as_half_ones() -> None:
    """Where half hours have too few calls, and where a store gives an hourly figure."""
    bins = rising(seed=4)
    hours = {
        n // 2: Bin((bins[n].value + bins[n + 1].value) / 2, bins[n].n + bins[n + 1].n)
        for n in range(FIRST, FIRST + 4 * A_DAY + 80, 2)
    }
    start = FIRST // 2 + 4 * 24
    found = look_for_drift(hours, FIRST // 2, start, start + 40, LIMIT, 60)
    assert found.verdict == "drifts"
    assert found.trend is not None
    assert found.trend.n == 40


def test_the_demos_drift_is_seen_in_calm() -> None:
    bins = made(
        random.Random(8), msgspec.structs.replace(CALM, days=4), "escalation-rate", drifting
    )
    assert look(bins, 4, 36, LIMIT).verdict == "drifts"


def test_words_have_units_and_a_range() -> None:
    found = look(rising(), 4, 40, LIMIT)
    text = said("Escalation rate", found, "ratio", "USD")
    assert text.startswith("Escalation rate rises by 0.1")
    assert " points an hour over 40 h, 20" in text
    assert "crosses 25 % in about 3" in text
    assert crossing(Drift("steady", "", 0.0, 3.0), "s", "") == "it does not cross 3 s"
    assert ahead(0, 6 * 3600, 3 * 3600, 14 * 3600) == "in about 6 h (3 to 14 h)"
    assert ahead(0, 5400, 1800, None) == "in about 90 min (30 to never)"
    assert figure(0.021, "money", "USD") == "0.021 USD"
