"""What the Go-Live Report says of decisions that met, and of one rollback that two fired."""

from typing import Any

from console.domain import events as e
from console.domain.evolve import fold
from console.reports.golive import GoLiveReport, go_live_report
from tests.domain.build import HOUR, OWNER, STEPS, TECH, Desk, entry
from tests.reports.made import ground
from tests.reports.test_golive_odd import ALONE

OTHER = "other-0000000a"


def report(desk: Desk, *others: e.Event, **changes: Any) -> GoLiveReport:
    """The report where another host, alone since its first entry, wrote these at the end."""
    lines = [
        entry(event, at=desk.now, clock=seq, seq=seq, writer=OTHER, actor=TECH)
        for seq, event in enumerate(others, 1)
    ]
    desk.entries = sorted([*desk.entries, *lines], key=lambda one: one.order)
    desk.state = fold(desk.entries)
    return go_live_report(ground(desk, **changes))


def test_a_contested_decision_is_a_deviation_with_its_entries() -> None:
    desk = Desk(deployment=ALONE).to("shadow.1")
    desk.ready()
    desk.advance()
    told = report(desk, e.GateDecided("shadow.1", "hold", "it looks odd", ()))
    (said,) = [one for one in told.deviations if "contested" in one.text]
    assert said.text == (
        "contested decision, shadow.1: hold by tech lead stands over advance to canary 1 % by "
        "agent lead; nobody has acknowledged it"
    )
    assert said.sources
    assert [row.outcome for row in told.attempts][-1] == "stands"


def test_an_advance_made_alone_is_a_deviation() -> None:
    desk = Desk(deployment=ALONE).to("shadow.1")
    desk.held["alone_since"] = desk.now - HOUR
    desk.ready()
    desk.advance()
    told = report(desk)
    (said,) = [one for one in told.deviations if "cannot be reached" in one.text]
    assert said.text.startswith("shadow.1 was left although the other members cannot be reached")
    row = next(row for row in told.attempts if row.attempt == "shadow.1")
    assert "Made alone: nobody else was reached since" in row.record


def test_two_who_fire_are_one_rollback_with_both_triggers() -> None:
    desk = Desk(deployment=ALONE).to("shadow.1")
    desk.roll_back(who=OWNER)
    desk.finish()
    fired = e.RollbackTriggered("rb-9", "shadow.1", "data-breach", "a leak", "v1", STEPS)
    late = [e.NoteWritten("no line")] * (len(desk.entries) + 5)
    told = report(desk, *late, fired, e.IncidentOpened("inc-9", 1, "b", "data-breach", "rb-9"))
    (row,) = told.rollbacks
    assert "data-breach, fired too by tech lead at" in row.why
    assert row.outcome == "verified"
    assert len(told.incidents) == 1
