"""Samples: drawn alike by everybody, never twice, judged once a call, never drawn until liked."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import commands as c
from console.domain import events as e
from console.domain.call import Call
from console.domain.minutes import Minute, Tally
from console.domain.refused import Refused
from console.domain.sampling import Named, Urn, in_order, present, priority, with_spares
from console.domain.times import utc
from tests.domain.build import LEAD, NOW, OBSERVER, REVIEWER, TECH, Desk, judgements

SEED = "5e" * 16
OTHER = "a1" * 16
IDS = tuple(f"c{number:03d}" for number in range(200))


def urn(seed: str = SEED, most: int = 10, **changes: Any) -> Urn:
    options: dict[str, Any] = {"since": NOW - 3600, "until": NOW, "version": "v2", **changes}
    return Urn(seed, most, **options)


def call(name: str, at: float = NOW - 60, **changes: Any) -> Call:
    return Call(name, at, **{"version": "v2", **changes})


def smallest(seed: str, ids: Sequence[str], most: int) -> tuple[str, ...]:
    """What anybody finds with nothing but a hash."""
    ranked = sorted((hashlib.sha256(f"{seed}\0{one}".encode()).hexdigest(), one) for one in ids)
    return tuple(one for _, one in ranked[:most])


def draw(n: int = 3, seed: str = SEED, ids: Sequence[str] = IDS, **changes: Any) -> c.DrawSample:
    calls = smallest(seed, ids, with_spares(n))
    made = c.DrawSample(
        "dark-launch.1", n, seed, len(ids), utc(NOW - 3600), utc(NOW), "calls", calls
    )
    return msgspec.structs.replace(made, **changes)


def judge(
    verdict: Literal["right", "wrong", "subtle", "skip"], *calls: str, note: str = ""
) -> c.JudgeSample:
    return c.JudgeSample(tuple(e.Judgement(one, verdict, note) for one in calls))


@given(st.permutations(IDS[:40]), st.text(min_size=1, max_size=8))
def test_the_order_in_which_calls_are_read_does_not_matter(order: list[str], seed: str) -> None:
    drawn = urn(seed)
    for name in [*order, *order[:5]]:
        drawn.call(call(name))
    assert drawn.calls == smallest(seed, IDS[:40], 10)
    assert drawn.of == 40
    assert all(drawn.holds(name) == (name in drawn.calls) for name in order)


def test_only_what_counts_in_the_attempt_is_drawn_from() -> None:
    drawn = urn()
    for name, change in (
        ("probe", {"synthetic": True}),
        ("old", {"variant": "control"}),
        ("other", {"version": "v1"}),
        ("before", {"at": NOW - 3601}),
        ("after", {"at": NOW + 1}),
        ("counts", {}),
        ("untold", {"version": ""}),
    ):
        drawn.call(call(name, **change))
    assert set(drawn.calls) == {"counts", "untold"}
    assert drawn.of == 2


def test_records_read_for_their_numbers_are_drawn_from_alike() -> None:
    """Minute by minute as by single calls, also where the attempt begins within the minute."""
    since = (NOW // 60) * 60 - 90.5
    calls = [
        call(
            name,
            since - 30 + number,
            synthetic=number % 7 == 0,
            variant="control" if number % 5 == 0 else "live",
            version=("v2", "", "v1")[number % 3],
        )
        for number, name in enumerate(IDS)
    ]
    one, other = urn(since=since), urn(since=since)
    for each in calls:
        one.call(each)
    rows = [
        msgspec.structs.replace(each, at=datetime.fromtimestamp(each.at, UTC)) for each in calls
    ]
    for minute in sorted({int(each.at // 60) for each in calls}):
        held = [row for row, each in zip(rows, calls, strict=True) if each.at // 60 == minute]
        tally = Tally(minute, [row.id for row in held], held, Minute())
        other.tally(tally)
        other.tally(tally)  # read twice, counted once
    assert one.calls == other.calls
    assert (one.of, one.first, one.last) == (other.of, other.first, other.last)
    assert one.first is not None
    assert one.first >= since


def test_what_is_left_out_is_not_drawn() -> None:
    first = smallest(SEED, IDS, 10)
    drawn = urn(left_out=first)
    for name in IDS:
        drawn.call(call(name))
    assert not set(first) & set(drawn.calls)
    assert drawn.of == len(IDS) - 10


def test_calls_are_found_again_by_their_ids() -> None:
    named = Named(["one", "two"])
    assert named.call(call("one"))
    assert not named.call(call("three"))
    assert named.tally(Tally(1, ["two", "three"], [], Minute())) == ["two"]
    assert named.holds("two")
    assert not named.holds("three")


def test_the_order_can_be_checked() -> None:
    calls = smallest(SEED, IDS, 10)
    assert in_order(SEED, calls)
    assert not in_order(OTHER, calls)
    assert not in_order(SEED, (*calls, calls[-1]))
    assert priority(SEED, "a") == hashlib.sha256(f"{SEED}\0a".encode()).digest()


def test_a_sample_is_judged_to_its_end_and_each_skip_is_replaced_by_the_next() -> None:
    desk = Desk().to("dark-launch.1")
    (drawn,) = desk.do(draw(3), REVIEWER)
    assert isinstance(drawn, e.SampleDrawn)
    first, second, third, fourth, *_ = drawn.calls
    held = present(desk.state)
    assert held is not None
    assert (held.queue, held.left) == ((first, second, third),) * 2
    desk.do(judge("right", first), REVIEWER)
    desk.do(judge("skip", second, note="the answer is in Dutch"), REVIEWER)
    held = present(desk.state)
    assert held is not None
    assert (held.queue, held.left) == ((first, second, third, fourth), (third, fourth))
    desk.do(judge("wrong", third), REVIEWER)
    desk.do(judge("subtle", fourth, note="it greets twice"), REVIEWER)
    held = present(desk.state)
    assert held is not None
    assert (held.left, held.judged, held.skipped, held.short) == ((), 3, 1, 0)
    assert (held.right, held.wrong, held.subtle) == (1, 1, 1)
    assert held.accuracy == pytest.approx(2 / 3)


def test_spares_come_to_an_end_and_it_is_said() -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(draw(3, ids=IDS[:4]), REVIEWER)
    held = present(desk.state)
    assert held is not None
    desk.do(judge("skip", *held.sample.calls[:3], note="no output"), REVIEWER)
    held = present(desk.state)
    assert held is not None
    assert (len(held.queue), held.left, held.short) == (4, held.sample.calls[3:], 2)


def test_nobody_draws_until_they_like_it() -> None:
    desk = Desk().to("dark-launch.1")
    (drawn,) = desk.do(draw(3), REVIEWER)
    assert isinstance(drawn, e.SampleDrawn)
    desk.do(judge("wrong", *drawn.calls[:2]), REVIEWER)
    rest = [name for name in IDS if name not in drawn.calls]
    with pytest.raises(Refused, match=r"1 of 3 calls of sample-5e5e5e5e are not judged"):
        desk.do(draw(3, OTHER, rest), LEAD)
    desk.do(judge("right", drawn.calls[2]), REVIEWER)
    with pytest.raises(Refused, match="were drawn meanwhile"):
        desk.do(draw(3, OTHER), LEAD)
    desk.do(draw(3, OTHER, rest), LEAD)
    assert len(desk.state.samples) == 2


@pytest.mark.parametrize(
    ("command", "who", "why"),
    [
        (draw(), OBSERVER, "observer is an observer"),
        (draw(calls=()), REVIEWER, "there is no call to draw"),
        (draw(n=0), REVIEWER, "from 1 to 1,000"),
        (draw(n=1001), REVIEWER, "from 1 to 1,000"),
        (draw(calls=tuple(reversed(draw().calls))), REVIEWER, "not in the order"),
        (draw(calls=draw().calls[:1] * 2), REVIEWER, "not in the order"),
        (judge("skip", "one"), REVIEWER, "a skip needs a reason"),
        (judge("skip", "one", note="  "), REVIEWER, "a skip needs a reason"),
    ],
)
def test_what_is_refused(command: c.Command, who: Any, why: str) -> None:
    desk = Desk().to("dark-launch.1")
    with pytest.raises(Refused, match=why):
        desk.do(command, who)
    assert not desk.state.samples


def test_there_is_nothing_to_draw_before_the_dark_launch() -> None:
    with pytest.raises(Refused, match="nothing to judge before the dark launch"):
        Desk().do(draw(), REVIEWER)


def test_a_wrong_answer_is_not_skipped_away() -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(judge("wrong", "one"), REVIEWER)
    with pytest.raises(Refused, match="is not taken back"):
        desk.do(judge("skip", "one", note="not a fair question"), LEAD)
    desk.write(e.SampleJudged("dark-launch.1", (e.Judgement("one", "skip", "by hand"),)))
    assert desk.state.judged["dark-launch.1"]["one"].verdict == "wrong"


def test_two_people_judge_the_same_call_it_counts_once_and_both_are_kept() -> None:
    """Langfuse #12938: a record that comes twice must not count twice."""
    desk = Desk().to("dark-launch.1")
    (drawn,) = desk.do(draw(3), REVIEWER)
    assert isinstance(drawn, e.SampleDrawn)
    name = drawn.calls[0]
    desk.do(judge("right", name), REVIEWER)
    desk.do(judge("wrong", name, note="it is a third-party claim"), TECH)
    desk.write(*[e.SampleJudged("dark-launch.1", (e.Judgement(name, "wrong", "again"),))] * 2)
    held = present(desk.state)
    assert held is not None
    assert (held.judged, held.wrong) == (1, 1)
    kept = desk.state.judged["dark-launch.1"][name]
    assert [(one.verdict, one.by) for one in kept.earlier[:2]] == [
        ("right", "reviewer"),
        ("wrong", "tech lead"),
    ]
    assert desk.criterion("accuracy").n == 1


def test_the_sample_of_a_judgement_is_written_with_it() -> None:
    desk = Desk().to("dark-launch.1")
    (drawn,) = desk.do(draw(3), REVIEWER)
    assert isinstance(drawn, e.SampleDrawn)
    (judged,) = desk.do(judge("right", drawn.calls[0]), REVIEWER)
    (by_hand,) = desk.do(judge("right", "named by hand"), REVIEWER)
    assert isinstance(judged, e.SampleJudged)
    assert isinstance(by_hand, e.SampleJudged)
    assert (judged.sample, by_hand.sample) == (drawn.sample, "")


def test_the_gate_says_how_many_were_drawn_at_random() -> None:
    desk = Desk().to("dark-launch.1")
    (drawn,) = desk.do(draw(12), REVIEWER)
    assert isinstance(drawn, e.SampleDrawn)
    desk.do(judge("skip", drawn.calls[0], note="no output"), REVIEWER)
    desk.do(judge("right", *drawn.calls[1:13]), REVIEWER)
    accuracy = desk.criterion("accuracy").why
    assert accuracy == "12 outputs judged in this attempt, at least 50 needed; 1 skipped"
    desk.do(judgements(38), REVIEWER)
    assert desk.criterion("accuracy").why == (
        "50 of 50 judged outputs right, must be over 90 %; 12 of them drawn at random; 1 skipped"
    )


def test_a_draw_that_its_seed_does_not_give_is_a_shown_conflict() -> None:
    desk = Desk().to("dark-launch.1")
    made = draw(3)
    event = e.SampleDrawn(
        "sample-x", "dark-launch.1", made.seed, 3, 200, made.from_at, made.to_at, "calls",
        made.calls,
    )  # fmt: skip
    desk.write(
        msgspec.structs.replace(event, calls=tuple(reversed(made.calls))),
        msgspec.structs.replace(event, attempt="shadow.1"),
        msgspec.structs.replace(event, from_at=made.to_at, to_at=made.from_at),
        event,
        event,
    )
    assert [conflict.why for conflict in desk.state.conflicts] == [
        "the calls of sample-x are not in the order that its seed gives",
        "it concerns shadow.1, but dark-launch.1 runs",
        "the times of sample-x are no span of time",
        "sample-x was drawn already",
    ]
    assert list(desk.state.samples) == ["sample-x"]


def test_what_an_earlier_attempt_drew_is_not_gone_on_with() -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(draw(3), REVIEWER)
    desk.ready()
    desk.advance()
    assert desk.state.attempt.id == "shadow.1"
    assert present(desk.state) is None
    with pytest.raises(Refused, match=r"calls of dark-launch\.1, but shadow\.1 runs now"):
        desk.do(draw(3, OTHER), REVIEWER)
    late = c.JudgeSample((e.Judgement("one", "right"),), "dark-launch.1")
    with pytest.raises(Refused, match=r"calls of dark-launch\.1, but shadow\.1 runs now"):
        desk.do(late, REVIEWER)
    desk.do(draw(3, OTHER, attempt="shadow.1"), REVIEWER)
