"""Arms: each version's calls by themselves, whatever the order and the batches they come in."""

import random
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from console.domain.arms import MOST_ARMS, REST, Arm, Side
from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.seen import Seen
from console.domain.series import Series
from console.feeds.lean import COUNTED, LeanReader
from console.telemetry import Recorder, load
from console.telemetry.fold import fold

some_calls = st.lists(
    st.builds(
        Call,
        id=st.integers(0, 80).map(str),
        at=st.floats(0, 400),
        latency_s=st.none() | st.sampled_from([0.2, 1.0, 1.5, 7.0]),
        cost=st.none() | st.integers(0, 1000).map(float),
        error=st.sampled_from(["", "timeout"]),
        escalation=st.sampled_from(["", "unclear"]),
        flags=st.sampled_from([(), ("pii",), ("pii", "tone")]),
        version=st.sampled_from(["", "v1", "v2"]),
        variant=st.sampled_from(["live", "canary", "control"]),
        feedback=st.sampled_from(["", "positive", "negative"]),
        synthetic=st.sampled_from([False, False, True]),
    ),
    max_size=60,
    unique_by=lambda call: call.id,
)


def series_of(calls: list[Call], size: int = 1000) -> Series:
    """The calls as minutes, folded `size` at a time."""
    series, seen = Series(), Seen()
    for start in range(0, len(calls), size):
        series.add(fold(calls[start : start + size], seen, now=1e9).minutes)
    return series


def arm_of(calls: list[Call]) -> Side:
    """What an arm of exactly these calls is, counted by hand."""
    side = Side()
    by_minute: dict[int, list[Call]] = {}
    for call in calls:
        by_minute.setdefault(int(call.at) // 60, []).append(call)
    for ones in by_minute.values():
        arm = Arm()
        arm.add_calls(ones)
        side.take(arm)
    return side


@given(some_calls, st.randoms(use_true_random=False), st.integers(1, 9))
def test_every_version_has_its_own_calls_in_any_order_and_batches(
    calls: list[Call], chance: random.Random, size: int
) -> None:
    shuffled = list(calls)
    chance.shuffle(shuffled)
    sides = series_of(shuffled, size).sides(0, 10)
    live = [c for c in calls if not c.synthetic and c.variant != "control"]
    control = [c for c in calls if not c.synthetic and c.variant == "control"]
    for held, told in ((sides.live, live), (sides.control, control)):
        assert held == {
            version: arm_of([c for c in told if c.version == version])
            for version in {c.version for c in told}
        }
    assert sides.mixed == 0


@given(some_calls)
def test_control_calls_are_in_no_sum(calls: list[Call]) -> None:
    without = [c for c in calls if c.variant != "control"]
    one, other = series_of(calls).total(), series_of(without).total()
    assert (one.calls, one.errors, one.cost, one.places) == (
        other.calls,
        other.errors,
        other.cost,
        other.places,
    )


def test_a_minute_of_one_version_keeps_no_arms() -> None:
    calls = [Call(str(i), float(i), latency_s=1.0, version="v2") for i in range(20)]
    minute = series_of(calls, 3).minutes[0]
    assert (minute.arms, minute.controls) == ({}, {})
    assert minute.apart()["v2"].timed == 20


def test_a_late_call_of_another_version_finds_the_minute_still_separable() -> None:
    series, seen = Series(), Seen()
    first = [Call("a", 5.0, latency_s=1.0, cost=2.0, version="v2", error="timeout")]
    series.add(fold(first, seen, now=1e9).minutes)
    before = series.minutes[0]
    series.add(fold([Call("b", 6.0, latency_s=3.0, version="v1")], seen, now=1e9).minutes)
    series.add(fold([Call("c", 7.0, variant="control")], seen, now=1e9).minutes)
    held = series.minutes[0]
    assert before == Minute(
        calls=1, errors=1, cost=2.0, costed=1, timed=1, latency=before.latency,
        versions={"v2": 1}, cost_by={"": 2.0}, errors_by={"timeout": 1.0},
    )  # fmt: skip
    assert held.arms["v2"].errors == 1
    assert held.arms["v1"].timed == 1
    assert held.controls[""].calls == 1
    assert held.calls == 2


def test_what_is_shown_is_not_changed_by_what_comes_later() -> None:
    series, seen = Series(), Seen()
    series.add(
        fold([Call("a", 5.0, version="v1"), Call("b", 5.0, version="v2")], seen, 1e9).minutes
    )
    shown = series.minutes[0]
    as_it_was = msgspec.json.encode(shown)
    series.add(fold([Call("c", 6.0, version="v1")], seen, 1e9).minutes)
    assert msgspec.json.encode(shown) == as_it_was
    assert series.minutes[0].arms["v1"].calls == 2


def test_too_many_versions_are_kept_as_the_rest() -> None:
    calls = [Call(str(i), 1.0, version=f"v{i}") for i in range(100)]
    calls += [Call(f"s{i}", 1.0, version="stable") for i in range(5)]
    arms = series_of(calls).minutes[0].arms
    assert len(arms) == MOST_ARMS + 1
    assert arms["stable"].calls == 5
    assert sum(arm.calls for arm in arms.values()) == 105
    assert arms[REST].calls == 105 - 5 - (MOST_ARMS - 1)


def test_a_mixed_minute_of_an_old_record_is_in_no_side() -> None:
    series = Series()
    series.put(0, Minute(calls=5, versions={"v1": 2, "v2": 3}))
    series.put(1, Minute(calls=5, versions={"v2": 5}))
    sides = series.sides(0, 60)
    assert (sides.live["v2"].calls, list(sides.live), sides.mixed) == (5, ["v2"], 5)


def test_arms_outlive_the_process(tmp_path: Path) -> None:
    calls = [
        Call(str(i), i * 5.0, latency_s=1.0 + i, version="v2" if i % 3 else "v1") for i in range(40)
    ]
    made = series_of([*calls, Call("c", 9.0, cost=1.0, version="v1", variant="control")])
    recorder = Recorder(tmp_path, "calls")
    recorder.series.put_all(made.minutes)
    recorder.flush(made.minutes, {}, 1e9)
    recorder.close()
    assert load(tmp_path, "calls").series.sides(0, 60) == made.sides(0, 60)


def test_a_changed_hour_is_summed_anew() -> None:
    series = series_of([Call("1", 3700.0, version="v1"), Call("2", 3700.0, version="v2")])
    assert series.sides(0, 180).live["v1"].calls == 1
    series.add(fold([Call("3", 3800.0, version="v1")], Seen(), 1e9).minutes)
    assert series.sides(0, 180).live["v1"].calls == 2
    assert series.sides(0, 62).live["v1"].calls == 1
    assert series.sides(63, 180).live["v1"].calls == 1


def test_the_quick_way_through_a_backlog_tells_the_same_arms() -> None:
    records = [
        {
            "id": str(i),
            "at": f"2026-03-01T10:00:{i % 60:02d}Z",
            "latency_s": 0.5 + i / 10,
            "version": "v1" if i % 2 else "v2",
            "variant": "control" if i % 2 else "canary",
            "error": "timeout" if i % 7 == 0 else None,
        }
        for i in range(60)
    ]
    piece = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    tallies = LeanReader({name: name for name in COUNTED}).read(piece)
    assert tallies is not None
    made = fold([], Seen(), 2e9, tallies).minutes
    (minute,) = made.values()
    assert minute.arms["v2"].calls == minute.controls["v1"].calls == 30
    assert minute.arms["v2"].errors + minute.controls["v1"].errors == 9
    strange = piece.replace(b'"v1"', '"v\u202e1"'.encode())
    assert LeanReader({name: name for name in COUNTED}).read(strange) is None
