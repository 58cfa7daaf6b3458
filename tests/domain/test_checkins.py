"""Check-ins: due every two hours, missed by themselves, the same over any restart (Guide 6.1)."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.domain import commands as c
from console.domain import events as e
from console.domain.checkins import EVERY_S, Mark, owed_since, rounds_of, unwritten, walk
from console.domain.refused import Refused
from console.domain.state_window import CheckIn
from console.domain.window import window_events
from tests.domain.build import DAY, HOUR, LEAD, NOW, OWNER, REVIEWER, TECH, Desk

MIN = 60.0


def full() -> Desk:
    return Desk().to("full.1")


def kinds(desk: Desk) -> list[str]:
    return [mark.kind for mark in rounds_of(desk.state, desk.now).marks]


def look(desk: Desk) -> list[e.Event]:
    """What the watcher writes now."""
    events = window_events(desk.state, desk.now)
    desk.write(*events)
    return events


def test_none_is_due_before_full_deployment() -> None:
    desk = Desk().to("canary-100.1")
    desk.now += 9 * HOUR
    assert rounds_of(desk.state, desk.now).next_due is None
    assert look(desk) == []
    desk.do(c.CheckIn("all quiet"), LEAD)
    assert desk.state.checkins[-1].due is None


def test_one_in_time_moves_the_next_two_hours_on() -> None:
    desk = full()
    start = desk.now
    desk.now = start + 90 * MIN
    desk.do(c.CheckIn("all quiet"), TECH)
    rounds = rounds_of(desk.state, desk.now)
    assert rounds.marks == (Mark("kept", start + 2 * HOUR, desk.now, "tech lead"),)
    assert rounds.next_due == start + 3.5 * HOUR
    assert look(desk) == []


def test_one_made_at_its_due_is_kept() -> None:
    desk = full()
    desk.now += 2 * HOUR
    assert look(desk) == []
    desk.do(c.CheckIn("all quiet"), LEAD)
    assert kinds(desk) == ["kept"]


def test_a_missed_one_writes_itself_and_a_late_one_carries_both_times() -> None:
    desk = full()
    due = desk.now + 2 * HOUR
    desk.now = due + 1
    assert [type(event) for event in look(desk)] == [e.CheckInMissed]
    assert look(desk) == []
    assert kinds(desk) == ["missed"]
    desk.now = due + 12 * MIN
    desk.do(c.CheckIn("was in a meeting"), LEAD)
    held = desk.state.checkins[-1]
    assert (held.due, held.at, held.late) == (due, desk.now, True)
    assert kinds(desk) == ["late"]
    assert rounds_of(desk.state, desk.now).next_due == desk.now + 2 * HOUR


def test_each_due_that_nobody_kept_is_written_once_after_a_gap() -> None:
    desk = full()
    start = desk.now
    desk.now = start + 7 * HOUR
    assert len(look(desk)) == 3
    dues = [missed.due for missed in desk.state.missed_checkins]
    assert dues == [start + hours * HOUR for hours in (2, 4, 6)]
    assert look(desk) == []
    assert desk.state.conflicts == []


def test_a_check_in_writes_down_what_nobody_did_while_no_console_was_open() -> None:
    desk = full()
    start = desk.now
    desk.now = start + 4.5 * HOUR
    events = desk.do(c.CheckIn("back again"), LEAD)
    assert [type(event) for event in events] == [e.CheckInMissed, e.CheckInMissed, e.CheckInMade]
    assert kinds(desk) == ["missed", "late"]
    assert desk.state.checkins[-1].due == start + 4 * HOUR
    assert look(desk) == []


def test_none_is_due_after_the_assessment_and_after_a_rollback() -> None:
    desk = full()
    desk.ready()
    desk.advance()
    marks = rounds_of(desk.state, desk.now).marks
    desk.now += 9 * HOUR
    rounds = rounds_of(desk.state, desk.now)
    assert (rounds.marks, rounds.next_due) == (marks, None)
    assert window_events(desk.state, desk.now) == []
    desk.do(c.CheckIn("still fine"), LEAD)
    assert desk.state.checkins[-1].due is None

    other = full()
    other.roll_back(who=OWNER)
    other.now += 9 * HOUR
    assert rounds_of(other.state, other.now).next_due is None
    assert window_events(other.state, other.now) == []


def test_only_leads_check_in() -> None:
    with pytest.raises(Refused, match="cannot check in"):
        full().do(c.CheckIn("all quiet"), REVIEWER)


moments = st.lists(st.floats(0, 2 * DAY, allow_nan=False), max_size=40)


@given(moments, st.floats(0, 2 * DAY))
def test_the_marks_tell_of_every_two_hours(made: list[float], until: float) -> None:
    """Between any two of start, check-ins and missed dues there are never more than two hours."""
    checkins = [CheckIn(NOW + at, "x", "calm") for at in made]
    rounds = walk(NOW, checkins, NOW + until)
    shown = [c for c in checkins if NOW < c.at <= NOW + until]
    assert len([m for m in rounds.marks if m.at is not None]) == len(shown)
    points = sorted([NOW, *(mark.at or mark.due for mark in rounds.marks), *rounds.passed])
    gaps = [b - a for a, b in pairwise([*points, NOW + until])]
    assert all(gap <= EVERY_S + 1e-5 for gap in gaps)
    assert rounds.next_due is not None
    assert rounds.next_due >= NOW + until - 1e-6
    for mark in rounds.marks:
        if mark.at is not None:
            assert (mark.at <= mark.due) == (mark.kind == "kept")


@given(
    st.lists(
        st.tuples(st.sampled_from(("look", "check in", "nothing")), st.floats(1, 5 * HOUR)),
        max_size=25,
    )
)
@example([("check in", 1.89453125), ("check in", 7200.0)])
def test_who_watches_when_changes_nothing(steps: list[tuple[str, float]]) -> None:
    """However often nobody watches or a console starts again, the same dues are on record."""
    watched, restarted = _full_copy(), _full_copy()
    for what, pause in steps:
        for desk, looks in ((watched, True), (restarted, what == "look")):
            desk.now += pause
            if looks:
                look(desk)
            if what == "check in":
                desk.do(c.CheckIn("calm"), LEAD)
    for desk in (watched, restarted):
        look(desk)
        assert desk.state.conflicts == []
        assert unwritten(desk.state, desk.now) == ()
    dues = [[missed.due for missed in desk.state.missed_checkins] for desk in (watched, restarted)]
    assert dues[0] == dues[1] == list(rounds_of(watched.state, watched.now).passed)
    assert [one.due for one in watched.state.checkins] == [
        one.due for one in restarted.state.checkins
    ]


PHASES: tuple[tuple[str, Any, int | None], ...] = (
    ("readiness.1", "dark-launch", None),
    ("dark-launch.1", "shadow", None),
    ("shadow.1", "canary", 5),
    ("canary-5.1", "canary", 100),
    ("canary-100.1", "full", None),
)
BEGUN: list[e.Event] = [
    e.GateDecided(was, "advance", "met", (), to, share, "v2") for was, to, share in PHASES
]


def _full_copy() -> Desk:
    """A window that begins now; quickly made."""
    desk = Desk()
    desk.write(*BEGUN, who=LEAD)
    assert desk.state.attempt.id == "full.1"
    return desk


def test_what_is_owed_is_told_to_who_comes_late() -> None:
    desk = full()
    assert owed_since(desk.state, desk.now + HOUR) is None
    assert owed_since(desk.state, desk.now + 3 * HOUR) == desk.now + 2 * HOUR
