"""The comparison: worse, better, nothing seen or too few, and what that could have missed."""

import random
from collections.abc import Callable
from math import exp

import msgspec
import pytest

from console.domain.arms import Arm, Side
from console.domain.call import Call
from console.domain.chance import LEAST
from console.domain.comparison import (
    LEAST_MINUTES,
    QUESTIONS,
    Compared,
    amount,
    cautions,
    compare,
)
from console.domain.histogram import places_of


def side(
    seed: int,
    minutes: int = 120,
    a_minute: int = 5,
    *,
    errors: float = 0.01,
    escalations: float = 0.15,
    latency: float = 1.0,
    cost: float = 1.0,
    flags: float = 0.0,
    negative: float = 0.1,
) -> Side:
    """An arm of calls drawn by these rates."""
    draw = random.Random(seed)
    made = Side()
    for minute in range(minutes):
        arm = Arm()
        arm.add_calls(
            [
                Call(
                    f"{minute}-{i}",
                    minute * 60.0,
                    latency_s=latency * draw.lognormvariate(0, 0.5),
                    cost=cost * draw.lognormvariate(-4, 0.5),
                    error="timeout" if draw.random() < errors else "",
                    escalation="unclear" if draw.random() < escalations else "",
                    flags=("pii",) if draw.random() < flags else (),
                    feedback="negative" if draw.random() < negative else "positive",
                )
                for i in range(a_minute)
            ]
        )
        made.take(arm)
    return made


def asked(compared: tuple[Compared, ...], question: str) -> Compared:
    """The answer to one question."""
    return next(one for one in compared if one.question == question)


CONTROL = side(1, a_minute=40)


def test_two_alike_sides_show_no_difference_and_what_could_be_missed() -> None:
    compared = compare(side(2), CONTROL, currency="USD")
    assert [one.question for one in compared] == list(QUESTIONS)
    assert {one.said for one in compared} == {"no difference seen"}
    latency = asked(compared, "latency")
    assert latency.high is not None
    assert latency.missed == f"could have missed up to +{latency.high:.2f} s"
    errors = asked(compared, "errors")
    assert errors.high is not None
    assert errors.missed == f"could have missed a rate up to {errors.high * 100:.1f} points higher"
    assert asked(compared, "cost").missed.endswith(" USD")
    assert "none in 600 still allows a true rate of 1." in asked(compared, "flags").missed
    assert cautions(compared) == ()


@pytest.mark.parametrize(
    ("question", "candidate"),
    [
        ("latency", side(3, latency=1.4)),
        ("errors", side(3, errors=0.10)),
        ("escalations", side(3, escalations=0.30)),
        ("cost", side(3, cost=1.5)),
        ("flags", side(3, flags=0.08)),
        ("feedback", side(3, negative=0.3)),
    ],
)
def test_the_question_that_is_worse_is_named_and_no_other(question: str, candidate: Side) -> None:
    compared = compare(candidate, CONTROL)
    assert [one.question for one in compared if one.said == "worse"] == [question]
    worse = asked(compared, question)
    assert worse.low is not None
    assert worse.high is not None
    assert worse.difference is not None
    assert 0 < worse.low < worse.difference < worse.high
    (caution,) = cautions(compared)
    assert "worse than the live control by" in caution
    # The other way round the same calls are better.
    turned = asked(compare(CONTROL, candidate), question)
    assert turned.said == "better"
    assert cautions((turned,)) == ()


def test_a_caution_tells_by_how_much() -> None:
    compared = Compared("latency", "worse", "s", 1.0, 0.6, 90, 900, 0.4, 0.2, 0.6)
    assert cautions((compared,)) == (
        "latency is worse than the live control by 0.40 s (0.20 s to 0.60 s)",
    )
    money = Compared("cost", "worse", "money", 0.02, 0.01, 90, 900, 0.01, 0.004, None)
    assert cautions((money,), "EUR") == (
        "cost per call is worse than the live control by 0.01 EUR (0.004 EUR to ?)",
    )


def test_fewer_than_fifty_a_side_are_too_few() -> None:
    few = side(2, 1, LEAST - 1, errors=1.0, latency=50.0)
    compared = compare(few, CONTROL)
    assert {one.said for one in compared} == {"too few"}
    assert asked(compared, "errors").missed == ("at least 50 calls a side are needed: 49 and 4,800")
    assert "none in 49 still allows a true rate of 5.9 %" in asked(compared, "flags").missed
    assert all(one.difference is one.low is one.high is None for one in compared)
    one_more = compare(side(2, 1, LEAST, errors=1.0, latency=50.0), CONTROL)
    assert asked(one_more, "errors").said == asked(one_more, "latency").said == "worse"


def test_costs_of_few_minutes_are_too_few() -> None:
    short = compare(side(2, LEAST_MINUTES - 1, 10), CONTROL)
    assert asked(short, "cost").said == "too few"
    assert "minutes with costs" in asked(short, "cost").missed
    assert asked(compare(side(2, LEAST_MINUTES, 10), CONTROL), "cost").said != "too few"


def test_an_arm_without_calls_is_too_few() -> None:
    compared = compare(Side(), CONTROL)
    assert {one.said for one in compared} == {"too few"}
    assert asked(compared, "latency").candidate is None
    assert compare(Side(), Side()) == ()


def test_what_the_log_does_not_tell_is_not_asked() -> None:
    compared = compare(side(2), CONTROL, untold=("flags", "errors"))
    assert {"flags", "errors"}.isdisjoint(one.question for one in compared)


def test_costs_that_move_together_within_a_minute_are_not_taken_for_independent() -> None:
    def bursts(seed: int, draw_one: Callable[[random.Random], float]) -> Side:
        draw, made = random.Random(seed), Side()
        for _ in range(30):
            each = draw_one(draw)
            made.take(Arm(calls=100, costed=100, cost=100 * each))
        return made

    def wide(seed: int) -> float:
        one = bursts(seed, lambda draw: exp(draw.gauss(-4, 0.5)))
        found = asked(compare(one, bursts(seed + 50, lambda d: exp(d.gauss(-4, 0.5)))), "cost")
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    # 30 minutes tell of 30 costs, not of 3,000.
    assert wide(1) > 0.4 * exp(-4)


def test_a_shift_within_the_grain_of_the_record_is_not_ruled_out() -> None:
    steady = Side(places={places_of([1.0])[0]: 100_000})
    (found,) = compare(steady, steady)
    assert (found.said, found.missed) == ("no difference seen", "could have missed up to +0.02 s")


def test_amounts_read_as_words() -> None:
    assert amount(0.0231, "share") == "2.3 points"
    assert amount(None, "s") == "?"
    assert amount(float("inf"), "s") == "any amount"


def test_a_comparison_goes_through_json() -> None:
    compared = compare(side(2), CONTROL)
    told = msgspec.json.encode(compared)
    assert msgspec.json.decode(told, type=tuple[Compared, ...]) == compared
