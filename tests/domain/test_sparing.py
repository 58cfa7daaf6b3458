"""Minutes in memory share what is alike in them, and nobody can tell but by the memory."""

import msgspec

from console.domain import sparing
from console.domain.arms import Arm
from console.domain.minutes import Minute
from console.domain.series import Series

WHOLE = Minute(
    calls=12.0,
    errors=1.0,
    escalations=2.0,
    cost=0.25,
    costed=12.0,
    latency=[340, 1, 1000, 3000],
    versions={"v2": 12},
    blank={"flags": 3.0},
    cost_by={"large": 0.25},
    errors_by={"upstream 502": 1.0},
    escalations_by={"asks for a person": 2.0},
    models={"large": 12.0},
    arms={"v2": Arm(calls=12.0, latency=[340, 1, 1000, 3000])},
    controls={"v1": Arm(calls=3.0, costed=3.0)},
)


def _again() -> Minute:
    return msgspec.json.decode(msgspec.json.encode(WHOLE), type=Minute)


def test_what_is_alike_is_held_once() -> None:
    series = Series()
    series.put_all({1: _again(), 2: _again()})
    one, other = series.minutes[1], series.minutes[2]
    assert one is not other
    for name in ("versions", "blank", "models", "errors_by", "escalations_by"):
        assert getattr(one, name) is getattr(other, name)
    assert one.latency[2] is other.latency[2]


def test_a_minute_is_written_down_as_before() -> None:
    series = Series()
    for number, minute in enumerate((_again(), Minute(), Minute(models={"large": 12}))):
        before = msgspec.json.encode(minute)
        series.put(number, minute)
        assert msgspec.json.encode(series.minutes[number]) == before
    series.put(9, Minute(models={"large": 12.0}))
    assert b"12.0" in msgspec.json.encode(series.minutes[9]), "12 and 12.0 stay apart"


def test_calls_added_to_a_minute_are_in_no_other() -> None:
    series = Series()
    series.put_all({1: Minute(), 2: Minute(), 3: _again(), 4: _again()})
    series.add({1: _again(), 3: _again()})
    series.minutes[2].merge(_again())
    series.put(5, Minute())
    assert series.minutes[5] == Minute()
    assert series.minutes[4] == WHOLE
    assert series.minutes[3].calls == 24.0
    assert series.minutes[3].versions == {"v2": 24}


def test_reasons_without_end_are_not_held_for_good() -> None:
    series = Series()
    for number in range(2 * sparing.MOST_SHARED):
        series.put(0, Minute(errors_by={f"reason {number}": 1.0}))
    assert len(sparing._known) <= sparing.MOST_SHARED
