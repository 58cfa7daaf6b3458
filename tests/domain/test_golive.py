"""The deployment clock (Guide 1.2): the date moves, the checklist does not."""

from datetime import date, timedelta

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.checklist import checklist, hard_stop
from console.domain.entry import Actor
from console.domain.golive import GoLive, go_live, golive_text
from console.domain.refused import Refused
from console.domain.standing import standing_of
from console.domain.times import utc
from tests.domain.build import (
    DAY,
    LEGAL,
    NOBODY,
    NOW,
    OBSERVER,
    REVIEWER,
    SEEN,
    TECH,
    Desk,
    deployment,
)

TODAY = utc(NOW).date()
PLANNED = TODAY + timedelta(days=5)
LATER = TODAY + timedelta(days=8)


def desk_with(*open_: str, planned: date | None = PLANNED) -> Desk:
    """A desk with that planned date, on which all is confirmed but `open_`."""
    agent = deployment().agent.model_copy(update={"go_live": planned})
    desk = Desk(deployment=deployment().model_copy(update={"agent": agent}))
    desk.confirm_all(*open_)
    return desk


def clock(desk: Desk) -> GoLive:
    """The deployment clock now."""
    facts = desk.facts()
    items = checklist(desk.state, standing_of(facts))
    return go_live(items, facts.deployment.agent.go_live, utc(facts.now).date())


def plan(item: str, day: date) -> c.PlanItem:
    """The tech lead resolves it by then."""
    return c.PlanItem(item, "tech lead", day, "the drill is on Friday")


def test_with_nothing_open_the_planned_day_stands() -> None:
    told = clock(desk_with())
    assert (told.expected, told.stopped, told.waits_for) == (PLANNED, (), ())
    assert golive_text(told) == f"Go-live on {PLANNED}"
    assert golive_text(clock(desk_with(planned=None))) == "Go-live has no planned date"


def test_an_open_item_without_owner_and_day_stops_the_clock() -> None:
    told = clock(desk_with("logging", "rollback-ready"))
    assert (told.expected, told.stopped) == (None, ("logging", "rollback-ready"))
    assert golive_text(told).endswith("are missing for logging, rollback-ready")


def test_a_recommended_item_stops_nothing() -> None:
    assert clock(desk_with("regression", "bias-risk")).expected == PLANNED


def test_the_day_moves_to_the_latest_resolution_and_the_journal_says_why() -> None:
    desk = desk_with("logging", "rollback-ready")
    (planned,) = desk.do(plan("logging", TODAY + timedelta(days=2)), REVIEWER)
    assert planned == e.ItemPlanned(
        "logging", "tech lead", TODAY + timedelta(days=2), "the drill is on Friday"
    )
    _, moved = desk.do(plan("rollback-ready", LATER), TECH)
    assert moved == e.GoLiveMoved(PLANNED, LATER, f"rollback-ready, tech lead by {LATER}")
    told = clock(desk)
    assert [one.item.id for one in told.waits_for] == ["rollback-ready"]
    assert golive_text(told) == (
        f"Go-live moved from {PLANNED} to {LATER}: waits for rollback-ready"
    )
    assert desk.state.go_live == LATER


def test_it_moves_back_when_the_item_is_confirmed_or_planned_sooner() -> None:
    desk = desk_with("logging")
    desk.do(plan("logging", LATER), TECH)
    _, moved = desk.do(plan("logging", TODAY), TECH)
    assert (moved, clock(desk).expected) == (
        e.GoLiveMoved(LATER, PLANNED, f"logging, tech lead by {TODAY}"),
        PLANNED,
    )
    desk.do(plan("logging", LATER), TECH)
    desk.do(c.ConfirmItem("logging", SEEN), TECH)
    assert clock(desk).expected == PLANNED


def test_a_day_that_is_over_is_no_day() -> None:
    desk = desk_with("logging")
    desk.do(plan("logging", LATER), TECH)
    desk.now = NOW + 8 * DAY
    assert clock(desk).expected == LATER
    desk.now = NOW + 9 * DAY
    assert (clock(desk).expected, clock(desk).stopped) == (None, ("logging",))
    with pytest.raises(Refused, match="is over: give a day from"):
        desk.do(plan("logging", LATER), TECH)


def test_a_lapse_stops_the_clock_too() -> None:
    desk = desk_with()
    desk.now = NOW + 31 * DAY
    assert clock(desk).stopped == ("load-test",)


@pytest.mark.parametrize("who", [OBSERVER, NOBODY], ids=lambda who: who.name)
def test_whoever_may_not_write_plans_nothing(who: Actor) -> None:
    with pytest.raises(Refused, match="is an observer and changes nothing"):
        desk_with("logging").do(plan("logging", LATER), who)


def test_there_is_nothing_to_plan_about_what_is_confirmed() -> None:
    with pytest.raises(Refused, match="logging is confirmed: there is nothing to resolve"):
        desk_with().do(plan("logging", LATER), TECH)
    with pytest.raises(Refused, match="who resolves it is empty"):
        desk_with("logging").do(c.PlanItem("logging", "  ", LATER), TECH)


def test_no_sign_off_is_a_hard_stop_for_customers_only() -> None:
    def stop(desk: Desk) -> str:
        return hard_stop(checklist(desk.state, standing_of(desk.facts())))

    open_ = desk_with("governance-review")
    assert "HARD STOP" in stop(open_)
    assert "internal agent go first" in stop(open_)
    assert any("HARD STOP" in reason for reason in open_.gate().missing)
    open_.do(c.ConfirmItem("governance-review", SEEN), LEGAL)
    assert stop(open_) == ""
    assert stop(Desk(deployment=deployment("internal"))) == ""


def test_many_names_are_a_number() -> None:
    count = len(clock(Desk()).stopped)
    assert count > 20
    assert golive_text(clock(Desk())).endswith(f"are missing for {count} hard items")


def test_the_day_comes_back_when_what_it_waited_for_is_confirmed() -> None:
    desk = desk_with("security", "rollback-ready")
    desk.do(plan("rollback-ready", TODAY))
    desk.do(plan("security", LATER))
    assert desk.state.go_live == LATER
    written = desk.do(c.ConfirmItem("security", SEEN), TECH)
    moved = written[-1]
    assert isinstance(moved, e.GoLiveMoved)
    assert (moved.was, moved.to, moved.why) == (LATER, PLANNED, "security is confirmed")


def test_the_day_stays_while_one_of_two_roles_is_missing() -> None:
    desk = desk_with("rollback-ready")
    desk.do(plan("rollback-ready", LATER))
    assert len(desk.do(c.ConfirmItem("rollback-ready", SEEN), TECH)) == 1
    assert desk.state.go_live == LATER
