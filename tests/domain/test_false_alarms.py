"""Thresholds against volume: what they can resolve, and false alarms against other reckonings."""

import random
from typing import Literal

import pytest

from console.domain.alerts import AlertMemory, step
from console.domain.false_alarms import RUNS, WATCHED_MIN, Expectation, Replay, Threshold, _lives
from console.domain.readings import Reading

FIFTY_AN_HOUR = [1 if minute % 6 else 0 for minute in range(WATCHED_MIN)]


def errors(limit: float, window: int = 60, least: int = 1, lasting: int = 0) -> Threshold:
    return Threshold("error-rate", "error-rate", limit, limit, window, False, least, lasting)


def expected(threshold: Threshold, arrivals: list[int], rate: float) -> Expectation:
    found = Replay(arrivals).expectation(threshold, rate)
    assert found is not None
    return found


def test_one_percent_of_fifty_calls_is_finer_than_the_volume() -> None:
    one = expected(errors(0.01), FIFTY_AN_HOUR, 0.005)
    assert (one.calls, one.step, one.needed, one.finer) == (50, 0.02, 1, True)
    assert one.assumed == 0.005
    assert 7 < one.false_alarms < 11


def test_two_percent_is_broken_by_the_second_call() -> None:
    one = expected(errors(0.02), FIFTY_AN_HOUR, 0.005)
    assert (one.needed, one.finer) == (2, False)


def test_many_calls_resolve_it_and_raise_no_false_alarm() -> None:
    one = expected(errors(0.01), [180] * WATCHED_MIN, 0.003)
    assert (one.needed, one.finer, one.false_alarms) == (109, False, 0.0)


@pytest.mark.parametrize("rate", [0.02, 0.0, 0.01])
def test_a_rate_that_is_no_false_alarm_is_taken_as_half_the_limit(rate: float) -> None:
    one = expected(errors(0.01), FIFTY_AN_HOUR, rate)
    assert (one.assumed, one.own_rate) == (0.005, rate)


@pytest.mark.parametrize("rate", [0.005, 0.02, 0.1])
def test_a_window_of_one_call_agrees_with_the_formula(rate: float) -> None:
    """An alert fires at each failed call that no other came before in the six minutes before."""
    one = expected(errors(0.5, window=1), [1] * WATCHED_MIN, rate)
    exact = WATCHED_MIN * rate * (1 - rate) ** 6
    assert one.false_alarms == pytest.approx(exact, abs=4 * (exact / RUNS) ** 0.5)


@pytest.mark.parametrize("calls", [3, 400])
def test_it_agrees_with_playing_every_call_through_the_alerts_of_the_console(calls: int) -> None:
    """Both ways of drawing: from one bad call to the next, and the normal one for many."""
    limit, rate = (0.05, 0.025) if calls == 3 else (0.2, 0.19)
    threshold = errors(limit, window=15, lasting=2)
    one = expected(threshold, [calls] * WATCHED_MIN, rate)
    draw, counts = random.Random(5), []
    for _ in range(6):
        bad = [sum(draw.random() < rate for _ in range(calls)) for _ in range(WATCHED_MIN + 15)]
        broken = [sum(bad[i : i + 15]) / (15 * calls) > limit for i in range(1, WATCHED_MIN + 1)]
        counts.append(played(broken, lasting=2))
    mean = sum(counts) / len(counts)
    assert mean > 3
    assert one.false_alarms == pytest.approx(mean, abs=4 * (mean / 6 + mean / RUNS) ** 0.5)


def played(broken: list[bool], lasting: int) -> int:
    """The alerts that these minutes make in the console."""
    memory, fired = AlertMemory(), 0
    for minute, bad in enumerate(broken):
        verdict: Literal["breach", "ok"] = "breach" if bad else "ok"
        reading = Reading("m", verdict, 1.0, "", 1.0, 0, 0, 0, "", "", for_s=lasting * 60)
        memory, changes = step(memory, reading, minute * 60.0)
        fired += sum(change.kind == "fired" for change in changes)
    return fired


@pytest.mark.parametrize("seed", range(40))
def test_alerts_live_as_in_the_console(seed: int) -> None:
    draw = random.Random(seed)
    share, lasting = draw.choice((0.05, 0.3, 0.7)), draw.choice((0, 0, 1, 4))
    broken = [draw.random() < share for _ in range(300)]
    assert _lives(broken, lasting) == played(broken, lasting)


@pytest.mark.parametrize("calls", [1, 7, 19, 20, 21, 50, 99, 100, 1000])
def test_the_calls_allowed_are_those_that_do_not_break_it(calls: int) -> None:
    for limit in (0.01, 0.02, 0.05, 0.25, 0.29):
        allowed = errors(limit).allowed(calls)
        assert allowed / calls <= limit < (allowed + 1) / calls
    p95 = Threshold("latency-p95", "latency-p95", 3.0, 0.05, 60, True)
    slow = p95.allowed(calls)
    for bad, over in ((slow, False), (slow + 1, True)):
        latencies = sorted([1.0] * (calls - bad) + [9.0] * bad)
        assert (latencies[-(-95 * calls // 100) - 1] > 3.0) is over


def test_too_few_for_a_rule_are_no_alarm() -> None:
    one = expected(errors(0.05, window=15, least=20), FIFTY_AN_HOUR, 0.04)
    assert (one.silent, one.false_alarms) == (True, 0.0)


def test_nothing_is_expected_without_calls() -> None:
    assert Replay([0, 0, 0]).expectation(errors(0.01), 0.005) is None


def test_the_same_log_gives_the_same_answer() -> None:
    one, other = (expected(errors(0.01), FIFTY_AN_HOUR, 0.005) for _ in range(2))
    assert one == other


def test_what_else_was_asked_changes_no_answer() -> None:
    replay = Replay(FIFTY_AN_HOUR)
    for window in (15, 720, 1440):
        replay.expectation(errors(0.01, window), 0.005)
        replay.expectation(errors(0.05, window), 0.02)
    assert replay.expectation(errors(0.01), 0.005) == expected(errors(0.01), FIFTY_AN_HOUR, 0.005)
