"""What changed since somebody looked, and the handover between two of them (Guide 6.1)."""

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.notices import Delivered, last_delivered
from console.domain.refused import Refused
from console.domain.since import Changes, begin_for, shift_summary, since
from console.domain.times import utc
from tests.domain.build import DAY, HOUR, LEAD, REVIEWER, TECH, WATCHER, Desk

SECRET = "card 4111 1111 1111 1111"


def changes(desk: Desk, moment: float, who: str = "") -> Changes:
    return since(desk.state, desk.entries, moment, desk.now, who)


def fired(name: str, rule: str = "error-rate") -> e.AlertFired:
    return e.AlertFired(name, rule, 0.02, 0.01, 1200, 3600, "calls", "2 %")


def test_only_what_came_after_counts_and_what_is_open_whenever_it_began() -> None:
    desk = Desk().to("full.1")
    desk.write(fired("old"), e.IncidentOpened("i-old", 2, "old"))
    moment = desk.now
    desk.now += HOUR
    at = utc(desk.now)
    items = tuple(e.EscalationItem(f"e-{n}", f"c-{n}", at, at) for n in range(3))
    desk.write(
        fired("new", "traffic"),
        e.AlertResolved("old", 0.0, "back"),
        e.IncidentOpened("i-new", 3, "new"),
        e.EscalationRaised("escalate", items, ("reviewer",)),
        e.EscalationResolved(("e-0",), "answered by hand"),
        e.EscalationMissed(("e-1",), ("reviewer",)),
        e.WatchGap(utc(moment - 600), utc(moment + 600), "nobody"),
    )
    desk.do(c.AcknowledgeAlert("new"), TECH)
    found = changes(desk, moment)
    assert [one.id for one in found.fired] == ["new"]
    assert [one.id for one in found.resolved] == ["old"]
    assert ([one.id for one in found.firing], found.waiting) == (["new"], ())
    assert [one.id for one in found.opened] == ["i-new"]
    assert [one.id for one in found.incidents] == ["i-old", "i-new"]
    assert (found.raised, found.answered, found.late, found.open) == (3, 1, 1, 2)
    assert found.unwatched_s == 600


def test_notes_and_decisions_are_those_of_others() -> None:
    desk = Desk().to("full.1")
    moment = desk.now
    desk.now += HOUR
    desk.do(c.WriteNote("the queue grew"), LEAD)
    desk.do(c.WriteNote("I restarted it"), TECH)
    desk.do(c.DecideGate("hold", "let us wait"), TECH)
    desk.do(c.CheckIn("calm"), TECH)
    found = changes(desk, moment, "agent lead")
    assert [(one.by, one.text) for one in found.notes] == [
        ("tech lead", "I restarted it"),
        ("tech lead", "calm"),
    ]
    (decision,) = found.decisions
    assert decision.kind == "gate.decided"
    assert changes(desk, desk.now).notes == ()


def test_it_begins_at_ones_own_last_check_in_else_at_the_shift_or_the_window() -> None:
    desk = Desk().to("full.1")
    start = desk.now
    assert begin_for(desk.state, "tech lead") == (start, "the window began")
    desk.now += HOUR
    desk.do(c.TakeOver(), TECH)
    assert begin_for(desk.state, "tech lead") == (desk.now, "your shift began")
    assert begin_for(desk.state, "agent lead") == (start, "the window began")
    desk.now += HOUR
    desk.do(c.CheckIn("calm"), TECH)
    assert begin_for(desk.state, "tech lead") == (desk.now, "your last check-in")


def test_a_notice_that_failed_is_told_and_the_last_delivered_is_known() -> None:
    desk = Desk().to("full.1")
    moment = desk.now
    assert last_delivered(desk.state) is None
    desk.now += HOUR
    desk.write(e.NoticeSent("a-1", "tech lead", "delivered", "mail", 1))
    desk.now += HOUR
    desk.write(e.NoticeSent("a-1", "agent lead", "failed", "connection refused", 3))
    assert last_delivered(desk.state) == Delivered(moment + HOUR, "tech lead", "a-1")
    (failed,) = changes(desk, moment).failed
    assert (failed.person, failed.about, failed.detail) == (
        "agent lead",
        "a-1",
        "connection refused",
    )


def test_the_watch_goes_from_one_to_the_other_with_a_summary() -> None:
    desk = Desk().to("full.1")
    desk.do(c.TakeOver(), LEAD)
    desk.now += 3 * HOUR
    desk.write(fired("a-1"))
    desk.do(c.CheckIn(SECRET), LEAD)
    desk.do(c.OpenIncident(2, SECRET), LEAD)
    (handed,) = desk.do(c.HandOver("tech lead", "look at the errors"), LEAD)
    assert isinstance(handed, e.ShiftHanded)
    assert "Alerts: 1 fired (error rate), 0 resolved" in handed.summary
    assert "1 made, 1 due without one" in handed.summary
    assert "Open: alerts firing (error rate), 1 not acknowledged; incidents inc-" in handed.summary
    assert "Next: check-in by" in handed.summary
    assert SECRET not in handed.summary
    shift = desk.state.shift
    assert shift is not None
    assert (shift.who, shift.handed_to) == ("agent lead", "tech lead")
    (taken,) = desk.do(c.TakeOver(), TECH)
    assert taken == e.ShiftTaken("agent lead")
    shift = desk.state.shift
    assert shift is not None
    assert (shift.who, shift.since, shift.handed_to) == ("tech lead", desk.now, "")


def test_the_summary_is_the_same_for_the_same_state() -> None:
    desk = Desk().to("full.1")
    desk.now += DAY
    told = shift_summary(desk.state, "agent lead", desk.now)
    assert told == shift_summary(desk.state, "agent lead", desk.now)
    assert told.startswith("Watch of 24h, from ")


HANDS: list[tuple[c.HandOver | c.TakeOver, Actor, str]] = [
    (c.HandOver("tech lead"), REVIEWER, "cannot hand the watch over"),
    (c.HandOver("agent lead"), TECH, "agent lead has the watch"),
    (c.HandOver("agent lead"), LEAD, "you have the watch"),
    (c.HandOver("tech lad"), LEAD, "did you mean tech lead"),
    (c.HandOver("legal"), LEAD, "legal is no lead and cannot check in"),
    (c.TakeOver(), LEAD, "you have the watch"),
    (c.TakeOver(), REVIEWER, "cannot take the watch"),
]


@pytest.mark.parametrize(("command", "who", "why"), HANDS)
def test_who_may_not_hand_over_or_take(
    command: c.HandOver | c.TakeOver, who: Actor, why: str
) -> None:
    desk = Desk().to("full.1")
    desk.do(c.TakeOver(), LEAD)
    with pytest.raises(Refused, match=why):
        desk.do(command, who)


def test_an_empty_chair_may_be_taken_unasked() -> None:
    desk = Desk().to("full.1")
    desk.do(c.TakeOver(), LEAD)
    assert desk.do(c.TakeOver(), TECH) == [e.ShiftTaken("")]
    desk.write(e.ShiftHanded("agent lead", "quiet"), who=WATCHER)
    assert desk.do(c.TakeOver(), LEAD) == [e.ShiftTaken("tech lead")]
