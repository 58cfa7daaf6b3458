"""The fold: total, the same for everybody, and nothing is lost in it."""

import time
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain import events as e
from console.domain.concurrent import overrules
from console.domain.entry import Entry
from console.domain.evolve import evolve, fold
from console.domain.state import State
from console.domain.state_rollback import Raised
from tests.domain.arbitrary import BROKEN, in_order, journals
from tests.domain.build import DAY, LEAD, NOW, OWNER, SEEN, STEPS, Desk, entry, frozen, raw_entry

AFTER = {
    "readiness": {"dark-launch"},
    "dark-launch": {"shadow"},
    "shadow": {"canary"},
    "canary": {"canary", "full"},
    "full": set(),
}
WRITERS = ("host-00000001", "host-00000002", "other-0000000a")


def copied(state: State) -> State:
    """The state as it is kept between two folds."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)


def written(*events: e.Event, at: float = NOW) -> list[Entry]:
    """Events of one writer, a minute apart."""
    return [entry(event, at=at + 60 * i, clock=i + 1, seq=i + 1) for i, event in enumerate(events)]


def whys(state: State) -> list[str]:
    """What the conflicts say."""
    return [conflict.why for conflict in state.conflicts]


@given(journals, st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_any_entries_in_any_order_fold(journal: list[Entry], draw: Random) -> None:
    draw.shuffle(journal)
    state = fold(journal)
    assert state.entries == len(journal)
    known = {(one.writer, one.seq, one.kind) for one in journal}
    assert all((c.writer, c.seq, c.kind) in known for c in state.conflicts)
    unread = [one for one in journal if e.decode(one.kind, bytes(one.data)) is None]
    told = sum("does not know" in why for why in whys(state))
    assert told == len(unread)
    assert len(state.conflicts) <= len(journal)


@given(journals, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_arrival_does_not_matter(journal: list[Entry], draw: Random) -> None:
    expected = frozen(fold(in_order(journal)))
    draw.shuffle(journal)
    assert frozen(fold(in_order(journal))) == expected


@given(journals)
@settings(max_examples=50)
def test_a_state_that_was_kept_in_between_is_the_same(journal: list[Entry]) -> None:
    state, entries = State(), in_order(journal)
    for place, one in enumerate(entries, 1):
        state = fold(entries[:place]) if overrules(state, one) else evolve(copied(state), one)
    assert frozen(state) == frozen(fold(in_order(journal)))


@given(journals)
@settings(max_examples=50)
def test_whatever_is_written_the_phases_keep_the_guides_order(journal: list[Entry]) -> None:
    state = fold(in_order(journal))
    assert len({a.id for a in state.attempts}) == len(state.attempts)
    for before, after in pairwise(state.attempts):
        assert before.ended_at is not None
        if before.outcome == "rolled-back":
            assert (after.phase, after.rollout) == ("readiness", before.rollout + 1)
        else:
            assert after.phase in AFTER[before.phase]
            assert after.rollout == before.rollout
            if before.phase == after.phase:
                assert (after.increment or 0) > (before.increment or 0)
    if state.attempts and state.stable_since is None:
        assert state.attempt.ended_at is None


@pytest.mark.parametrize("data", BROKEN, ids=lambda data: data[:30].decode(errors="replace"))
@pytest.mark.parametrize("kind", ["note.written", "duty.started", "rollback.finished"])
def test_data_that_cannot_be_read_is_a_conflict(kind: str, data: bytes) -> None:
    state = fold([raw_entry(kind, data)])
    assert state.entries == 1
    assert whys(state) == ["this version does not know this kind of entry, or its fields"]


def test_a_kind_of_a_later_version_is_a_conflict_that_names_it() -> None:
    state = fold([raw_entry("moon.phase", b"{}", seq=7)])
    assert [(c.seq, c.kind) for c in state.conflicts] == [(7, "moon.phase")]


def test_fields_of_a_later_version_do_not_hide_the_rest() -> None:
    state = fold([raw_entry("checkin.made", b'{"remark":"all quiet","mood":"good"}')])
    assert [c.remark for c in state.checkins] == ["all quiet"]
    assert not state.conflicts


def test_a_time_without_a_zone_is_utc_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    made = entry(e.CheckInMade("all quiet"), at=NOW)
    naive = msgspec.structs.replace(made, at=made.at.replace(tzinfo=None))
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        assert fold([naive]).last_at == fold([made]).last_at == NOW
    time.tzset()


GO = e.GateDecided("readiness.1", "advance", "", (), "dark-launch", None, "v2")


def advance(attempt: str, phase: str, increment: int | None = None) -> e.GateDecided:
    """An advance as some file might hold it."""
    return msgspec.convert(
        {
            "type": "gate.decided",
            "attempt": attempt,
            "decision": "advance",
            "why": "",
            "criteria": [],
            "to_phase": phase,
            "to_increment": increment,
        },
        e.GateDecided,
    )


@pytest.mark.parametrize(
    "leap",
    [
        advance("readiness.1", "shadow"),
        advance("readiness.1", "canary", 1),
        advance("readiness.1", "full"),
        advance("readiness.1", "stable"),
        advance("readiness.1", "readiness"),
        advance("readiness.1", ""),
        advance("readiness.1", "dark-launch", 50),
    ],
    ids=lambda leap: f"{leap.to_phase}-{leap.to_increment}",
)
def test_no_entry_leaps_over_a_phase(leap: e.GateDecided) -> None:
    state = fold(written(e.CheckInMade("hello"), leap))
    assert state.attempt.id == "readiness.1"
    assert len(state.conflicts) == 1


@pytest.mark.parametrize(
    ("at", "leap"),
    [
        ("shadow.1", advance("shadow.1", "canary", 50)),
        ("shadow.1", advance("shadow.1", "canary")),
        ("shadow.1", advance("shadow.1", "full")),
        ("canary-5.1", advance("canary-5.1", "canary", 5)),
        ("canary-5.1", advance("canary-5.1", "canary", 1)),
        ("canary-5.1", advance("canary-5.1", "full")),
        ("full.1", advance("full.1", "canary", 1)),
    ],
    ids=lambda one: one if isinstance(one, str) else f"{one.to_phase}-{one.to_increment}",
)
def test_no_entry_leaps_over_an_increment(at: str, leap: e.GateDecided) -> None:
    desk = Desk().to(at)
    desk.write(leap)
    assert desk.state.attempt.id == at
    assert len(desk.state.conflicts) == 1


def test_two_writers_advance_at_once_and_the_second_is_a_conflict() -> None:
    first = entry(GO, clock=5, writer=WRITERS[0])
    second = entry(GO, clock=5, writer=WRITERS[1])
    for arrival in ((first, second), (second, first)):
        state = fold(in_order(arrival))
        assert state.attempt.id == "dark-launch.1"
        assert [(c.writer, c.why) for c in state.conflicts] == [
            (WRITERS[1], "it concerns readiness.1, but dark-launch.1 runs")
        ]


def rollback(name: str, attempt: str) -> e.RollbackTriggered:
    """An order to go back."""
    return e.RollbackTriggered(name, attempt, "owner-judgement", "harm", "v1", STEPS)


def test_a_rollback_ends_even_an_attempt_that_another_writer_opened_meanwhile() -> None:
    desk = Desk().to("shadow.1")
    place = len(desk.entries)
    go = entry(advance("shadow.1", "canary", 1), clock=place + 1, seq=place + 1)
    back = entry(
        rollback("rb-1", "shadow.1"), clock=place + 1, seq=1, writer=WRITERS[2], actor=OWNER
    )
    state = fold(in_order([*desk.entries, back, go]))
    assert [(a.id, a.outcome) for a in state.attempts[-2:]] == [
        ("canary-1.1", "rolled-back"),
        ("readiness.2", ""),
    ]
    assert not state.conflicts


def test_an_advance_that_comes_after_the_rollback_is_a_conflict() -> None:
    desk = Desk().to("shadow.1")
    desk.roll_back()
    desk.write(advance("shadow.1", "canary", 1))
    assert desk.state.attempt.id == "readiness.2"
    assert whys(desk.state) == ["it concerns shadow.1, but readiness.2 runs"]


def test_two_writers_fire_at_once_and_both_orders_are_kept() -> None:
    desk = Desk().to("shadow.1")
    desk.write(rollback("rb-a", "shadow.1"), rollback("rb-b", "shadow.1"))
    assert list(desk.state.rollbacks) == ["rb-a", "rb-b"]
    assert desk.state.attempt.id == "readiness.2"
    assert [a.outcome for a in desk.state.attempts].count("rolled-back") == 1


MISFITS: list[tuple[Sequence[e.Event], str]] = [
    ([rollback("rb-1", "readiness.1"), rollback("rb-1", "readiness.1")], "triggered already"),
    ([e.RollbackStep("rb-9", "traffic", "running", "k", "")], "no rollback rb-9 is known"),
    (
        [rollback("rb-1", "readiness.1"), e.RollbackStep("rb-1", "dance", "running", "k", "")],
        "rollback rb-1 has no step dance",
    ),
    ([e.RollbackRetried("rb-9", "")], "no rollback rb-9 is known"),
    ([e.PostMortemRecorded("rb-9", "a", "b", "c", 1)], "no rollback rb-9 is known"),
    ([e.AlertResolved("a", None, "")], "no alert a is known"),
    ([e.AlertAcknowledged("a")], "no alert a is known"),
    ([e.IncidentClosed("i", "over")], "no incident i is known"),
    (
        [
            e.IncidentOpened("i", 2, "slow"),
            e.IncidentClosed("i", "over"),
            e.IncidentClosed("i", "over again"),
        ],
        "incident i is closed already",
    ),
    ([e.IncidentOpened("i", 2, "slow"), e.IncidentOpened("i", 1, "slow")], "is open already"),
    ([e.NoteWritten("seen", "i")], "no incident i is known"),
    ([e.DutyDone("sponsor", "told")], "no duty sponsor is known"),
    (
        [GO, e.BaselineDocumented(0.1, None, None, "a later thought")],
        "the baseline cannot change once the rollout has begun",
    ),
    ([GO, e.BriefGiven("readiness.1", "BU", "late")], "it concerns readiness.1"),
    ([GO, e.SampleJudged("readiness.1", ())], "it concerns readiness.1"),
    ([GO, e.SatisfactionJudged("readiness.1", "positive", "")], "it concerns readiness.1"),
]


@pytest.mark.parametrize(("events", "why"), MISFITS, ids=[why for _, why in MISFITS])
def test_what_no_longer_applies_is_shown(events: Sequence[e.Event], why: str) -> None:
    state = fold(written(*events))
    assert len(state.conflicts) == 1
    assert why in whys(state)[0]
    assert state.entries == len(events)


def test_a_verified_rollback_is_not_made_undone() -> None:
    desk = Desk().to("dark-launch.1")
    name = desk.roll_back()
    desk.finish("verified")
    desk.finish("partial")
    desk.write(e.RollbackRetried(name, "again"))
    assert desk.state.rollbacks[name].state == "verified"
    assert whys(desk.state) == [f"rollback {name} is verified already"] * 2


def test_nothing_is_held_or_advanced_after_the_end() -> None:
    desk = Desk().to("full.1")
    desk.ready()
    desk.advance()
    kept = desk.state.attempt.criteria
    desk.write(e.GateDecided("full.1", "hold", "a doubt", ()), advance("full.1", "stable"))
    assert whys(desk.state) == ["the rollout has ended already"] * 2
    assert (desk.state.status, desk.state.attempt.criteria) == ("stable", kept)


def test_a_second_judgement_of_a_call_replaces_the_first_and_a_skip_does_not() -> None:
    desk = Desk().to("dark-launch.1")
    judge = [
        e.SampleJudged("dark-launch.1", (e.Judgement("one", "right"), e.Judgement("two", "wrong"))),
        e.SampleJudged("dark-launch.1", (e.Judgement("one", "wrong"), e.Judgement("two", "skip"))),
    ]
    desk.write(*judge)
    judged = desk.state.judged["dark-launch.1"]
    assert [(one.call, one.verdict) for one in judged.values()] == [
        ("two", "wrong"),
        ("one", "wrong"),
    ]


def test_a_trigger_is_remembered_from_when_it_was_seen_not_from_when_it_began() -> None:
    seen = e.TriggerRaised("error-rate", 0.06, 0.05, 300, entry(GO, at=NOW - 300).at, "6 %")
    state = fold([entry(seen, at=NOW)])
    assert state.triggers == {"error-rate": Raised(NOW - 300, NOW)}
    assert state.attempt.critical == ["trigger error-rate"]


def test_a_verified_rollback_forgets_the_triggers_and_no_other_end_does() -> None:
    desk = Desk().to("canary-1.1")
    raised = e.TriggerRaised("error-rate", 0.06, 0.05, 300, entry(GO, at=NOW).at, "6 %")
    desk.write(raised)
    desk.roll_back("error-rate")
    desk.finish("partial")
    assert "error-rate" in desk.state.triggers
    desk.finish("verified")
    assert desk.state.triggers == {}


def test_an_item_is_confirmed_for_the_rollout_in_which_it_was_seen() -> None:
    desk = Desk().to("dark-launch.1")
    assert {c.rollout for c in desk.state.items["test-set"].values()} == {1}
    desk.roll_back()
    desk.write(e.ItemConfirmed("test-set", "agent-lead", SEEN), who=LEAD)
    assert desk.state.items["test-set"]["agent-lead"].rollout == 2


def test_a_clock_that_runs_backwards_between_machines_loses_nothing() -> None:
    desk = Desk().to("dark-launch.1")
    desk.now -= DAY
    desk.write(e.IncidentOpened("i", 2, "records of others were shown", "data-breach"))
    assert desk.state.incidents["i"].attempt == "dark-launch.1"
    assert desk.criterion("no-governance-incident").verdict == "not-met"
