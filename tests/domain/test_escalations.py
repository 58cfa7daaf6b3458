"""The queue: its ids, groups and figures; what people may do with it, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import commands_escalation as c
from console.domain import events as e
from console.domain.call import Call
from console.domain.commands import AcknowledgeAlert, Command
from console.domain.entry import Actor
from console.domain.escalations import (
    MOST_ITEMS,
    escalation_id,
    group_id,
    next_due,
    overdue,
    queue_of,
)
from console.domain.events_escalation import Answered
from console.domain.noted import MOST_REASON, Note, names, normalised, noted
from console.domain.queue_words import left_text
from console.domain.raising import missed, raised, wanted_of
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import LEAD, NOW, OBSERVER, TECH, WATCHER, Desk, deployment

REVIEWER = Actor("reviewer", ("reviewer",))
REASON = "a" * 64


def item(name: str, at: float = NOW, sla: float = 900.0) -> e.EscalationItem:
    return e.EscalationItem(name, name.removeprefix("escalate-"), utc(at), utc(at + sla))


def queued(*names: str, row: str = "escalate", about: str = "") -> Desk:
    """A desk with these waiting."""
    desk = Desk()
    items = tuple(item(name) for name in names)
    until: Answered = "resolved" if row == "escalate" else "acknowledged"
    event = e.EscalationRaised(
        row, items, ("tech lead",), "agent lead", REASON, about=about, until=until
    )
    desk.write(event, who=WATCHER)
    return desk


def refused(desk: Desk, command: Command, who: Actor = LEAD) -> str:
    with pytest.raises(Refused) as said:
        desk.do(command, who)
    return str(said.value)


def test_a_hand_over_is_answered_when_it_is_resolved() -> None:
    desk = queued("escalate-c1", "escalate-c2")
    desk.now += 60
    desk.do(c.AcknowledgeEscalations(("escalate-c1",)), TECH)
    assert queue_of(desk.state.escalations).waiting == 2, "the user still waits"
    desk.do(c.ResolveEscalations("answered", "two clauses", "", ("escalate-c1",)), TECH)
    queue = queue_of(desk.state.escalations)
    assert (queue.waiting, queue.open, queue.answered, queue.in_time) == (1, 1, 1, 1)
    assert queue.median_s == 60.0
    held = desk.state.escalations["escalate-c1"]
    assert (held.outcome, held.pattern, held.resolved_by) == (
        "answered", "two clauses", "tech lead",
    )  # fmt: skip


def test_an_alert_is_answered_when_somebody_has_it_in_hand() -> None:
    desk = queued("error-rate-1", row="error-rate")
    desk.do(c.AcknowledgeEscalations(("error-rate-1",)), TECH)
    queue = queue_of(desk.state.escalations)
    assert (queue.waiting, queue.open) == (0, 1)
    assert queue.groups[0].due is None


def test_what_the_guide_asks_for_is_asked_for() -> None:
    desk = queued("escalate-c1")
    assert "pattern" in refused(desk, c.ResolveEscalations("done", "  ", "", ("escalate-c1",)))
    assert "outcome" in refused(desk, c.ResolveEscalations("", "x", "", ("escalate-c1",)))
    only = c.ResolveEscalations("done", "x", "true-positive", ("escalate-c1",))
    assert "leave the verdict out" in refused(desk, only)
    flags = queued("safety-flag-c1", row="safety-flag")
    told = refused(flags, c.ResolveEscalations("done", "", "", ("safety-flag-c1",)))
    assert "true-positive or false-positive" in told
    flags.do(c.ResolveEscalations("loosened", "", "false-positive", ("safety-flag-c1",)))
    assert flags.state.escalations["safety-flag-c1"].verdict == "false-positive"


def test_what_makes_no_sense_is_refused_with_who_and_when() -> None:
    desk = queued("escalate-c1", "escalate-c2")
    ack = c.AcknowledgeEscalations(("escalate-c1",))
    assert "observer" in refused(desk, ack, OBSERVER)
    assert 'did you mean "escalate-c1"' in refused(desk, c.AcknowledgeEscalations(("esclate-c1",)))
    desk.do(ack, TECH)
    desk.now += 120
    assert "was acknowledged by tech lead 2 min ago" in refused(desk, ack)
    done = c.ResolveEscalations("answered", "x", "", ("escalate-c1",))
    desk.do(done, REVIEWER)
    desk.now += 120
    assert "was resolved by reviewer at " in refused(desk, done)
    assert "name an escalation" in refused(desk, c.HandEscalations())
    assert 'called "agnt lead"; did you mean "agent lead"' in refused(
        desk, c.AssignEscalations("agnt lead", ("escalate-c2",))
    )
    assert "is tech lead's already" in refused(
        desk, c.AssignEscalations("tech lead", ("escalate-c2",))
    )
    assert 'no group of escalations "x" is open' in refused(desk, c.HandEscalations(group="x"))


def test_a_call_may_be_named_in_place_of_its_escalations() -> None:
    desk = queued("escalate-c1")
    desk.do(c.AssignEscalations("legal", ("c1",), why="out of office"), TECH)
    assert desk.state.escalations["escalate-c1"].to == ("legal",)


def test_handing_on_goes_to_the_backup_once() -> None:
    desk = queued("escalate-c1")
    (event,) = desk.do(c.HandEscalations(("escalate-c1",)))
    assert event == e.EscalationAssigned(("escalate-c1",), "agent lead")
    assert "is with the backup, agent lead, already" in refused(
        desk, c.HandEscalations(("escalate-c1",))
    )
    alone = Desk()
    alone.write(e.EscalationRaised("escalate", (item("escalate-c1"),), ("tech lead",)))
    assert "has no backup" in refused(alone, c.HandEscalations(("escalate-c1",)))


def test_a_deed_on_a_group_is_on_all_of_it_that_is_open() -> None:
    desk = queued(*(f"escalate-c{n}" for n in range(1200)))
    group = group_id("escalate", REASON, "")
    desk.do(c.ResolveEscalations("answered", "x", "", ("escalate-c7",)))
    events = desk.do(c.ResolveEscalations("answered", "x", group=group), TECH)
    assert [len(event.escalations) for event in events] == [500, 500, 199]  # type: ignore[union-attr]  # they are all resolved
    assert queue_of(desk.state.escalations).open == 0
    assert f"all of group {group} are resolved" in refused(desk, c.HandEscalations(group=group))


def test_acknowledging_an_alert_or_its_escalation_is_one_deed() -> None:
    desk = queued("error-rate-1", row="error-rate", about="alert-1")
    fired = e.AlertFired("alert-1", "error-rate", 0.02, 0.01, 900, 3600, "calls", "2 %")
    desk.write(fired)
    kinds = [type(event) for event in desk.do(AcknowledgeAlert("alert-1"), TECH)]
    assert kinds == [e.EscalationAcknowledged, e.AlertAcknowledged]
    other = queued("error-rate-1", row="error-rate", about="alert-1")
    other.write(fired)
    kinds = [type(e_) for e_ in other.do(c.AcknowledgeEscalations(("error-rate-1",)), TECH)]
    assert kinds == [e.EscalationAcknowledged, e.AlertAcknowledged]


def test_groups_are_in_the_order_of_their_urgency() -> None:
    desk = Desk()
    for number, sla in enumerate((3600.0, 60.0, 900.0)):
        what = f"tool-{number}"
        raised_ = e.EscalationRaised("tool-misuse", (item(what, sla=sla),), ("x",), what=what)
        desk.write(raised_)
    desk.do(c.AcknowledgeEscalations(("tool-1",)))
    queue = queue_of(desk.state.escalations)
    assert [group.what for group in queue.groups] == ["tool-2", "tool-0", "tool-1"]
    assert queue.late(NOW + 901) == 1
    assert queue.share_in_time(NOW + 901) == 0.5


def test_what_was_answered_too_late_is_overdue_too_and_once() -> None:
    desk = queued("escalate-c1", "escalate-c2")
    desk.now += 900
    assert overdue(desk.state.escalations.values(), desk.now) == []
    assert next_due(desk.state.escalations.values()) == NOW + 900
    desk.now += 1
    desk.do(c.ResolveEscalations("answered", "x", "", ("escalate-c1",)))
    late = overdue(desk.state.escalations.values(), desk.now + 1)
    assert [one.id for one in late] == ["escalate-c1", "escalate-c2"]
    (event,) = missed(deployment(), late)
    assert event.told == ("agent lead",)
    desk.write(event)
    assert overdue(desk.state.escalations.values(), desk.now + 1) == []
    assert next_due(desk.state.escalations.values()) == float("inf")


def test_an_entry_of_a_row_that_nobody_knows_harms_nothing() -> None:
    desk = queued("strange-1", row="strange")
    (event,) = missed(deployment(), desk.state.escalations.values())
    assert event.escalations == ("strange-1",)
    assert queue_of(desk.state.escalations).groups[0].row == "strange"


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=20))
def test_ids_tell_calls_apart_and_are_the_same_each_time(pairs: list[tuple[str, str]]) -> None:
    ids = {pair: escalation_id("escalate", "".join(pair)) for pair in pairs}
    assert ids == {pair: escalation_id("escalate", "".join(pair)) for pair in pairs}
    assert len(set(ids.values())) == len({"".join(pair) for pair in pairs})
    assert all(len(name) < 90 and name.isascii() and name.isprintable() for name in ids.values())


@given(st.text(max_size=400))
def test_a_reason_is_short_and_normalising_it_twice_changes_nothing(text: str) -> None:
    once = normalised(text)
    assert len(once) <= MOST_REASON
    assert normalised(once) == once
    assert not any(char.isascii() and char.isdigit() for char in once)


def test_equal_reasons_are_one_whatever_their_numbers() -> None:
    assert normalised("Claim 17-4 above  LIMIT") == normalised("claim 9-22 above limit")


def test_what_is_no_name_is_not_repeated() -> None:
    assert names(["pii", "Mrs Miller's address is", "pii"]) == ("(not a name)", "pii")
    assert names([f"flag-{n}" for n in range(9)]) == ("flag-0", "flag-1", "flag-2", "and 6 more")


def test_only_users_calls_ask_for_a_person() -> None:
    calls = [
        Call("a", NOW, escalation="unclear"),
        Call("b", NOW, escalation="unclear", synthetic=True),
        Call("c", NOW, flags=("pii",), variant="control"),
        Call("d", NOW, tools=("shell", "lookup")),
        Call("e", NOW - 60, escalation="unclear"),
    ]
    scope = frozenset({"lookup"})
    assert [note.call for note in noted(calls, scope, NOW - 1)] == ["a", "d"]
    assert [note.call for note in noted(calls, None, NOW - 1)] == ["a"], "nobody said what is in it"


@pytest.mark.parametrize(
    ("left", "said"),
    [(552, "9:12 left"), (0, "0:00 left"), (3600, "1h left"), (-240, "LATE by 4 min")],
)
def test_a_clock_in_words(left: float, said: str) -> None:
    assert left_text(NOW + left, NOW) == said


def test_many_at_once_are_few_entries_each_with_its_own_clock() -> None:
    notes = [Note(f"c{n}", NOW + n / 100, escalated=True, reason="x") for n in range(1100)]
    wanted = [one for note in notes for one in wanted_of(note)]
    events = raised(deployment(), wanted, {"x": REASON}, NOW + 20, 0.0)
    assert [len(event.items) for event in events] == [MOST_ITEMS, MOST_ITEMS, 100]
    dues = [one.due - one.at for event in events for one in event.items]
    assert {due.total_seconds() for due in dues} == {900.0}
