"""Half hours: of which calls, from how many, and what a metric store gave by itself."""

import pytest

from console.domain.arms import Arm
from console.domain.bins import Bin, Watched, bin_of, stored
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.series import Series

VERSION = "v2"


def minute(calls: int = 10, version: str = VERSION, **more: float) -> Minute:
    return Minute(
        calls=calls,
        escalations=more.get("escalations", 2),
        errors=more.get("errors", 1),
        cost=calls * 0.02,
        costed=calls,
        timed=calls,
        latency=histogram([(1.0, calls - 1), (2.0, 1)]),
        versions={version: calls} if version else {},
        blank={"escalations": more["blank"]} if "blank" in more else {},
    )


def series(*minutes: Minute) -> Series:
    held = Series()
    held.put_all(dict(enumerate(minutes, 30)))
    return held


def value(held: Series, metric: Watched, length: int = 30) -> Bin:
    found = bin_of(held, metric, VERSION, 1 if length == 30 else 0, length)
    assert found is not None
    return found


def close(found: Bin, value: float, n: float) -> bool:
    """Whether a bin is that, to the width of a histogram's place."""
    return found.n == n and found.value == pytest.approx(value, rel=0.01)


def test_a_half_hour_is_the_sum_of_its_minutes() -> None:
    held = series(*[minute()] * 30)
    assert value(held, "escalation-rate") == Bin(0.2, 300)
    assert value(held, "error-rate") == Bin(0.1, 300)
    assert value(held, "cost-per-call").value == pytest.approx(0.02)
    # One call in ten takes 2 s, so does the 95th of a hundred.
    assert close(value(held, "latency-p95"), 2.0, 300)
    assert value(held, "escalation-rate", 60) == Bin(0.2, 300)


def test_calls_of_another_version_do_not_count() -> None:
    assert bin_of(series(*[minute(version="v1")] * 30), "escalation-rate", VERSION, 1) is None
    mixed = minute(20)
    mixed.versions = {VERSION: 5, "v1": 15}
    mixed.arms = {
        VERSION: Arm(calls=5, escalations=1, errors=2, cost=0.5, costed=5, timed=0),
        "v1": Arm(calls=15, escalations=15),
    }
    held = series(*[mixed] * 30)
    assert value(held, "escalation-rate") == Bin(0.2, 150)
    assert value(held, "error-rate") == Bin(0.4, 150)
    assert close(value(held, "cost-per-call"), 0.1, 150)


def test_where_no_version_is_named_all_calls_count() -> None:
    assert value(series(*[minute(version="")] * 30), "escalation-rate").n == 300


def test_too_few_calls_are_no_bin() -> None:
    assert bin_of(series(minute(19)), "escalation-rate", VERSION, 1) is None
    assert bin_of(series(minute(20)), "escalation-rate", VERSION, 1) is not None
    assert bin_of(series(minute(39)), "latency-p95", VERSION, 1) is None
    assert bin_of(series(minute(40)), "latency-p95", VERSION, 1) is not None
    assert bin_of(Series(), "cost-per-call", VERSION, 1) is None


def test_calls_of_which_it_is_not_known_do_not_count() -> None:
    held = series(*[minute(blank=5)] * 30)
    assert value(held, "escalation-rate") == Bin(0.4, 150)


def test_a_stores_own_figure_is_taken_at_the_end_of_the_hour() -> None:
    held = Series(absent_is_zero=False)
    for number in range(60):
        held.put_value("latency-p95", number, 1.0 + number / 100)
    assert stored(held, "latency-p95")
    assert not stored(held, "error-rate")
    assert close(value(held, "latency-p95", 60), 1.59, 0)
    held.put(59, minute(5))
    assert bin_of(held, "latency-p95", VERSION, 0, 60) is None
    held.put(58, minute(15))
    assert close(value(held, "latency-p95", 60), 1.59, 20)
    assert bin_of(held, "latency-p95", VERSION, 1, 60) is None
