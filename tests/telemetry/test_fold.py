"""Folding: what counts where, and what a metric store's minutes replace."""

from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.seen import Seen
from console.domain.series import Series
from console.telemetry import apply_minutes, fold


def test_repeated_and_impossible_calls_are_counted_apart() -> None:
    seen = Seen()
    calls = [Call("a", 60.0), Call("a", 60.0), Call("b", 119.9), Call("c", 1e12)]
    delta = fold(calls, seen, now=1000.0)
    assert delta.minutes == {1: Minute(calls=2)}
    assert (delta.repeated, delta.ahead) == (1, 1)
    assert fold(calls[:3], seen, now=1000.0).repeated == 3


def test_a_call_a_little_ahead_lands_in_its_minute() -> None:
    assert fold([Call("a", 1300.0)], Seen(), now=1000.0).minutes == {21: Minute(calls=1)}


def test_a_minute_whose_calls_are_not_told_is_not_one_without_calls() -> None:
    series = Series()
    assert apply_minutes(series, {5: {"errors": 1.0, "cost": 2.0}}, {}) == set()
    assert not series.covers(5)
    assert series.window(6, 1).value("traffic") is None


def test_minutes_of_a_metric_store_replace_what_was_there() -> None:
    series = Series()
    apply_minutes(series, {5: {"calls": 10.0, "cost": 1.0}, 6: {"calls": 4.0}}, {})
    touched = apply_minutes(
        series,
        {6: {"calls": 9.5, "errors": 1.0, "escalations": 0.0, "flags": 0.0, "tokens_in": 7.0}},
        {"latency-p95": {6: 2.0, 7: 2.5}},
    )
    assert touched == {6, 7}
    assert series.minutes[6] == Minute(calls=9.5, errors=1.0, tokens_in=7.0)
    assert series.minutes[5] == Minute(
        calls=10.0,
        cost=1.0,
        costed=10.0,
        blank={"errors": 10.0, "escalations": 10.0, "flags": 10.0},
    )
    assert series.values == {"latency-p95": {6: 2.0, 7: 2.5}}
    assert (series.first, series.last, series.absent_is_zero) == (5, 7, False)
