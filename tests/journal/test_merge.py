"""People on machines that do not reach each other decide, and then meet: what stands, for all."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.concurrent import unsettled
from console.domain.evolve import fold
from console.domain.refused import Refused
from console.domain.state import state_hash
from console.domain.times import utc
from console.room.timeline import Timeline
from tests.domain.build import BUSINESS, LEAD, OBSERVER, OWNER, REVIEWER, TECH, frozen
from tests.journal.hosts import Host, hosts, meet
from tests.journal.parting import AT, HOLD, agree, sides, three


def test_who_is_alone_writes_no_word_of_others(tmp_path: Path) -> None:
    (one,) = hosts(tmp_path, "a", attempt="shadow.1")
    one.do(HOLD)
    one.roll_back()
    decided = [x for x in one.all if x.kind in {"gate.decided", "rollback.triggered"}]
    assert {x.kind for x in decided} == {"gate.decided", "rollback.triggered"}
    assert not any(b"knew" in bytes(x.data) or b"alone" in bytes(x.data) for x in decided)


@pytest.mark.parametrize("late", [False, True], ids=["holds first", "holds last"])
def test_a_hold_stands_over_an_advance(tmp_path: Path, late: bool) -> None:
    one, two, other = three(tmp_path)
    for _ in range(3 if late else 0):
        two.tell("still looking")
    for _ in range(0 if late else 3):
        one.tell("still looking")
    one.advance()
    two.do(HOLD, TECH)
    assert one.state.attempt.id == "canary-20.1"
    agree(one, two, other)
    assert one.state.attempt.id == AT
    assert one.state.attempt.outcome == ""
    assert sides(one) == [(["hold"], "advance")]
    assert not one.state.conflicts
    (held,) = one.state.contested.values()
    assert (held.stands[0].by, held.overruled.by) == (TECH.name, LEAD.name)
    assert held.id.startswith(one.writer)


def test_a_gate_is_held_until_a_person_has_acknowledged_it(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.advance()
    two.do(HOLD, TECH)
    meet(one, two, other)
    (held,) = unsettled(other.state)
    with pytest.raises(Refused, match="hold by tech lead stands over advance to canary 20 % by"):
        other.advance()
    for who, why in ((OBSERVER, "changes nothing"), (REVIEWER, "takes a lead, the rollback owner")):
        with pytest.raises(Refused, match=why):
            other.do(c.AcknowledgeContested(held.id, "we hold"), who)
    with pytest.raises(Refused, match="what was agreed is empty"):
        other.do(c.AcknowledgeContested(held.id, " "), OWNER)
    with pytest.raises(Refused, match="there is no contested decision x"):
        other.do(c.AcknowledgeContested("x", "we hold"), OWNER)
    other.do(c.AcknowledgeContested(held.id, "we go on at two"), OWNER)
    with pytest.raises(Refused, match="was acknowledged by rollback owner 0 s ago"):
        other.do(c.AcknowledgeContested(held.id, "we go on"), LEAD)
    agree(one, two, other)
    one.advance()
    agree(one, two, other)
    assert other.state.attempt.id == "canary-20.1"
    assert not other.state.conflicts


def test_who_took_one_of_the_two_may_acknowledge_it(tmp_path: Path) -> None:
    one, two, _ = three(tmp_path)
    one.advance()
    two.do(HOLD, REVIEWER)
    meet(one, two)
    (held,) = unsettled(one.state)
    with pytest.raises(Refused, match="takes a lead"):
        two.do(c.AcknowledgeContested(held.id, "seen"), BUSINESS)
    two.do(c.AcknowledgeContested(held.id, "seen"), REVIEWER)


def test_two_acknowledge_it_at_once_and_the_first_counts(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.advance()
    two.do(HOLD, TECH)
    meet(one, two, other)
    (held,) = unsettled(one.state)
    one.do(c.AcknowledgeContested(held.id, "we hold"), LEAD)
    two.tell("wait")
    two.do(c.AcknowledgeContested(held.id, "we go on"), TECH)
    agree(one, two, other)
    (held,) = one.state.contested.values()
    assert (held.acknowledged_by, held.remark) == (LEAD.name, "we hold")
    assert not one.state.conflicts


def test_a_rollback_stands_over_an_advance(tmp_path: Path) -> None:
    for late in (False, True):
        one, two, other = three(tmp_path / str(late))
        (one if late else two).tell("still looking")
        one.advance()
        two.roll_back()
        agree(one, two, other)
        assert one.state.attempt.id == "readiness.2"
        assert [a.id for a in one.state.attempts][-2:] == [AT, "readiness.2"]
        assert sides(one) == [(["rollback"], "advance")]


def test_a_rollback_stands_over_a_hold(tmp_path: Path) -> None:
    for late in (False, True):
        one, two, other = three(tmp_path / str(late))
        (one if late else two).tell("still looking")
        one.do(HOLD)
        two.roll_back()
        agree(one, two, other)
        assert one.state.attempt.id == "readiness.2"
        assert sides(one) == [(["rollback"], "hold")]
        assert not one.state.conflicts


def test_two_holds_are_no_conflict(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.do(HOLD)
    two.do(HOLD, TECH)
    agree(one, two, other)
    assert one.state.attempt.holds == 2
    assert not one.state.contested
    assert not one.state.conflicts


def test_of_two_advances_the_first_counts_and_both_are_shown(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.advance()
    two.advance(TECH)
    agree(one, two, other)
    assert one.state.attempt.id == "canary-20.1"
    assert sides(one) == [(["advance"], "advance")]
    (held,) = one.state.contested.values()
    assert {held.stands[0].by, held.overruled.by} == {LEAD.name, TECH.name}


def test_three_decide_three_ways(tmp_path: Path) -> None:
    for number, order in enumerate(permutations(range(3))):
        every = three(tmp_path / str(number))
        for turn, place in enumerate(order):
            for _ in range(turn):
                every[place].tell("still looking")
        every[0].advance()
        every[1].do(HOLD, TECH)
        every[2].roll_back()
        agree(*every)
        assert every[0].state.attempt.id == "readiness.2"
        told = sorted((what, stands) for stands, what in sides(every[0]))
        assert told == [("advance", ["rollback", "hold"]), ("hold", ["rollback"])]


def test_a_decision_taken_in_knowledge_of_the_other_is_none_of_it(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    two.do(HOLD, TECH)
    two.send(one)
    one.advance()
    agree(one, two, other)
    assert one.state.attempt.id == "canary-20.1"
    two.roll_back()
    agree(one, two, other)
    assert one.state.attempt.id == "readiness.2"
    assert not one.state.contested
    assert not one.state.conflicts


def test_one_who_never_heard_of_anybody_knew_nothing(tmp_path: Path) -> None:
    """Its line names nobody; the other's hold may stand before it and still be unknown to it."""
    one, two = (Host(tmp_path, name) for name in ("a", "b"))
    two.do(HOLD, TECH)
    one.ready()
    one.advance()
    agree(one, two)
    assert one.state.attempt.id == "readiness.1"
    assert sides(one) == [(["hold"], "advance")]


def test_a_late_hold_undoes_what_was_built_on_the_advance(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    two.do(HOLD, TECH)
    one.advance()
    one.ready()
    one.advance()
    meet(one, other)
    assert other.state.attempt.id == "canary-50.1"
    agree(one, two, other)
    assert other.state.attempt.id == AT
    assert sides(other) == [(["hold"], "advance")]
    assert {x.kind for x in other.state.conflicts} >= {"brief.given", "gate.decided"}
    assert all("canary-20.1" in x.why for x in other.state.conflicts)
    (held,) = unsettled(other.state)
    other.do(c.AcknowledgeContested(held.id, "we go on"), OWNER)
    other.advance()
    agree(one, two, other)
    assert one.state.attempt.id == "canary-20.1"
    assert any("not briefed" in why for why in one.gate().missing)


def test_nobody_leaves_a_run_of_an_attempt_that_they_never_saw_begin(tmp_path: Path) -> None:
    """Two ran canary 20 % at once; whoever's run does not stand cannot end the one that does."""
    one, two, other = three(tmp_path)
    for _ in range(20):
        two.tell("still looking")
    one.advance()
    two.advance(TECH)
    two.ready()
    two.advance(TECH)
    assert two.state.attempt.id == "canary-50.1"
    agree(one, two, other)
    assert one.state.attempt.id == "canary-20.1"
    assert [x.why for x in one.state.conflicts if x.kind == "gate.decided"] == [
        "it was decided on another run of canary-20.1 than the one on record"
    ]


def test_an_advance_made_alone_says_so(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    since = one.now - 720
    assert "cannot be reached since" in one.gate(alone_since=since).cautions[-1]
    (event,) = one.do(c.DecideGate("advance"), LEAD, alone_since=since)
    assert isinstance(event, e.GateDecided)
    assert event.alone_since == utc(since)
    assert "overrules it" in event.cautions[-1]
    assert "Made alone: nobody else was reached since" in event.record
    agree(one, two, other)
    (event,) = two.do(HOLD, TECH, alone_since=since)
    assert isinstance(event, e.GateDecided)
    assert event.alone_since is None


def test_every_moment_of_the_past_is_a_fold_of_what_had_come(tmp_path: Path) -> None:
    one, two, other = three(tmp_path, "shadow.1")
    for turn, host in enumerate((one, two)):
        host.now += 60 * turn
        host.tell("still looking")
    one.advance()
    one.ready()
    two.now += 600
    two.do(HOLD, TECH)
    other.now += 900
    other.roll_back()
    meet(one, two, other)
    entries = one.all
    timeline = Timeline(entries)
    contested = set()
    for count in range(len(entries) + 1):
        state = timeline.state(count)
        assert frozen(state) == frozen(fold(timeline.upto(count)))
        contested.add(len(state.contested))
    assert contested == {0, 1, 2}


DEEDS: dict[str, Callable[[Host], object]] = {
    "rollback": lambda host: host.roll_back(),
    "hold": lambda host: host.do(HOLD, TECH),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_folding_on_is_folding_anew(tmp_path: Path, deed: str) -> None:
    """The stricter one arrives line by line, behind all that is folded."""
    one, two, other = three(tmp_path)
    one.advance()
    meet(one, other)
    for _ in range(5):
        two.tell("still looking")
    DEEDS[deed](two)
    for most in range(1, len(two.lines(two.writer)) + 1):
        two.send(other, most)
        assert frozen(other.state) == frozen(fold(other.all))
        assert state_hash(other.state) == other.hash
    assert other.state.contested


def test_what_was_acknowledged_is_only_what_was_known_then(tmp_path: Path) -> None:
    """A rollback that comes to light later is one more thing to be seen."""
    one, two, other = three(tmp_path)
    other.roll_back()
    one.advance()
    two.do(HOLD, TECH)
    meet(one, two)
    (held,) = unsettled(one.state)
    one.do(c.AcknowledgeContested(held.id, "we hold"), OWNER)
    assert not unsettled(one.state)
    agree(one, two, other)
    assert [x.why for x in one.state.conflicts if x.kind == "contested.acknowledged"] == [
        "another decision stands over it than was known then: it is to be seen anew"
    ]
    for waiting in unsettled(one.state):
        one.do(c.AcknowledgeContested(waiting.id, "it is back on v1"), OWNER)
    agree(one, two, other)
    assert not unsettled(two.state)


def test_a_window_whose_end_is_overruled_goes_on(tmp_path: Path) -> None:
    one, two, other = three(tmp_path, "full.1")
    one.advance()
    assert one.state.status == "stable"
    two.do(HOLD, TECH)
    agree(one, two, other)
    assert other.state.status == "in-window"
    assert other.state.assessment is None
    assert sides(other) == [(["hold"], "advance")]
    (held,) = unsettled(other.state)
    other.do(c.AcknowledgeContested(held.id, "we look on"), OWNER)
    other.advance()
    agree(one, two, other)
    assert one.state.status == "stable"


def test_a_rollback_of_what_never_stood_counts_against_what_it_ended(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    two.do(HOLD, TECH)
    one.advance()
    one.roll_back()
    agree(one, two, other)
    held = other.state.rollback
    assert held is not None
    assert (held.attempt, held.ended) == ("canary-20.1", AT)
    (incident,) = other.state.incidents.values()
    assert incident.attempt == AT
    assert other.state.attempt.id == "readiness.2"
