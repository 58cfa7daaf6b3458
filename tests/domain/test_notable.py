"""The calls worth looking at later: which are kept, how much of them, and in how much memory."""

import tracemalloc

from console.domain.call import Call
from console.domain.notable import A_MINUTE, CUT, LONG_TEXT, MOST_BYTES, Notable, cut, size_of

LATEST = 1e10


def call(number: int, **changes: object) -> Call:
    values: dict[str, object] = {"at": 600.0, "latency_s": 1.0, "input": "a", "output": "b"}
    return Call(id=f"c{number}", **(values | changes))  # type: ignore[arg-type]  # a test's keywords


def ids(notable: Notable, minute: int = 10) -> set[str]:
    return {one.id for one in notable.of([minute])}


def test_failed_flagged_escalated_and_the_slowest_stay() -> None:
    notable = Notable()
    notable.add([call(n) for n in range(100)], LATEST)
    notable.add([call(100, latency_s=9.0), call(101, error="timeout", latency_s=None)], LATEST)
    notable.add([call(102, flags=("pii",)), call(103, escalation="policy unclear")], LATEST)
    assert {"c100", "c101", "c102", "c103"} <= ids(notable)
    assert len(ids(notable)) == A_MINUTE


def test_where_many_are_marked_the_slowest_are_kept_still() -> None:
    notable = Notable()
    notable.add([call(n, error="e") for n in range(50)], LATEST)
    notable.add([call(50, latency_s=9.0), call(51, latency_s=8.0), call(52, latency_s=7.0)], LATEST)
    assert {"c50", "c51"} <= ids(notable)
    assert "c52" not in ids(notable)
    notable.add([call(53, error="e", flags=("pii",))], LATEST)
    assert "c53" in ids(notable)


def test_it_is_the_same_in_whatever_pieces_calls_come() -> None:
    calls = [
        call(n, latency_s=n * 7 % 31, error="e" * (n % 9 == 0), escalation="x" * (n % 5 == 0))
        for n in range(93)
    ]
    whole = Notable()
    whole.add(calls, LATEST)
    for size in (1, 2, 10):
        pieces = Notable()
        for start in range(0, len(calls), size):
            pieces.add(calls[start : start + size], LATEST)
        assert ranks(pieces) == ranks(whole)


def ranks(notable: Notable) -> list[tuple[bool, bool, float | None]]:
    return sorted((bool(c.error), bool(c.escalation), c.latency_s) for c in notable.of([10]))


def test_a_call_told_twice_is_held_once() -> None:
    notable = Notable()
    for _ in range(2):
        notable.add([call(1, error="e"), call(1, error="e"), call(2)], LATEST)
    assert sorted(one.id for one in notable.of([10])) == ["c1", "c2"]


def test_each_call_is_in_its_own_minute_and_none_in_the_far_future() -> None:
    notable = Notable()
    notable.add([call(1, at=659.9), call(2, at=660.0), call(3, at=LATEST + 1)], LATEST)
    assert [one.id for one in notable.of(range(10, 12))] == ["c1", "c2"]
    assert notable.of([int(LATEST) // 60]) == []


def test_long_texts_are_cut_and_say_so() -> None:
    kept = cut(call(1, input="x" * 5000, error="y" * 5000, tools=("z" * 999,) * 60))
    assert kept.input == "x" * LONG_TEXT + CUT
    assert kept.error.endswith(CUT)
    assert (len(kept.tools), len(kept.tools[0])) == (32, 300)
    assert cut(call(2)) == call(2)


def test_the_oldest_minutes_make_room() -> None:
    notable = Notable(most_bytes=100_000)
    for minute in range(200):
        notable.add([call(minute, at=minute * 60.0, input="x" * 1000)], LATEST)
    assert notable.bytes <= 100_000
    assert notable.of([0]) == []
    assert ids(notable, 199) == {"c199"}
    notable.add([call(0, at=0.0, input="x" * 1000)], LATEST)
    assert notable.of([0]) == []
    assert ids(notable, 199) == {"c199"}


def test_the_bound_is_one_of_memory() -> None:
    """With the widest characters, in every text, in many minutes."""
    wide = "\N{PILE OF POO}"
    tracemalloc.start()
    try:
        notable = Notable()
        for minute in range(1500):
            notable.add(
                [
                    call(
                        minute * 20 + n,
                        at=minute * 60.0,
                        error=f"{n}" + wide * 900,
                        input=f"{n}" + wide * 3000,
                        output=f"{n}" + wide * 3000,
                    )
                    for n in range(20)
                ],
                LATEST,
            )
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert notable.bytes <= MOST_BYTES
    assert used <= MOST_BYTES * 1.1
    assert used >= MOST_BYTES / 2, "the test fills it"


def test_a_call_is_never_weighed_too_light() -> None:
    assert size_of(call(1, input="x" * 1000)) > size_of(call(1)) + 900
