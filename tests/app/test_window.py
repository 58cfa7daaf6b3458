"""The first 48 hours by keys: check in, hand over, judge, assess (Guide 6)."""

import re
from pathlib import Path

import pytest
from textual.widgets import Input

from console.cli.status_words import status_sentences
from console.domain import events as e
from console.domain.times import utc
from console.room import WarRoom
from console.screens.assess import AssessDialog
from console.screens.checkin import CheckInDialog
from console.screens.duties import DutiesDialog
from console.screens.overview import OverviewScreen
from console.screens.window import WindowScreen
from tests.app.rooms import (
    HOUR,
    LEAD,
    NOW,
    Stand,
    adopt,
    console,
    done,
    fired,
    kinds,
    minutes,
    rolled_back,
    rows,
    shown,
    stand,
    until,
    words,
)

SIZES = ((80, 24), (120, 40), (200, 60))


@pytest.fixture
def window(tmp_path: Path) -> Stand:
    """A window 30 hours old, in which one person decides."""
    standing = stand(tmp_path / "claims", lambda v: v.update(gates={"two_people": False}))
    standing.reach_full(30.0)
    return standing


@pytest.fixture
def over(tmp_path: Path) -> Stand:
    """A window that is over and whole but for its check-ins and its review."""
    standing = stand(tmp_path / "claims", lambda v: v.update(gates={"two_people": False}))
    standing.past(
        ((50 * 6 + 60) * HOUR, e.BaselineDocumented(0.9, 2.0, 0.02, "last quarter", 0, "a" * 64))
    )
    standing.reach_full(49.0)
    judged = tuple(e.Judgement(f"c-{n}", "right") for n in range(50))
    standing.past((HOUR, e.SampleJudged("full.1", judged)))
    return standing


def open_room(standing: Stand, hours: int = 30) -> WarRoom:
    room = standing.open()
    return adopt(room, minutes(hours * 60, escalations=4))


async def test_the_check_in_says_what_changed_and_is_recorded(window: Stand) -> None:
    window.past((5 * HOUR, e.CheckInMade("calm")), (HOUR, fired()))
    room = open_room(window)
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "since your last check-in 5h ago" in shown(app))
        told = words(app)
        assert "error rate 0.00 % → 0.00 %" in told or "error rate 0.0 % → 0.0 %" in told
        assert "1 fired (error rate), 0 resolved" in told
        assert "1 not acknowledged (error rate)" in told
        assert "check-in LATE by" in told or "check-in LATE by" in shown(app)
        await pilot.press(*"alert is noise", "enter")
        await done(app, pilot)
        assert kinds(room)[-1] == "checkin.made"
        assert room.state.checkins[-1].due is not None
        assert isinstance(app.screen, OverviewScreen)


async def test_the_check_in_says_that_nothing_has_been_read_for_hours(window: Stand) -> None:
    room = adopt(window.open(), minutes(27 * 60), NOW - 3 * HOUR)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "What did you see?" in shown(app))
        assert re.search(r"feed calls is \w+[^,]*, last read 3h ago", words(app))


async def test_a_check_in_that_is_refused_keeps_what_was_typed(window: Stand) -> None:
    room = open_room(window)
    room.become("reviewer")
    async with console(room) as (app, pilot):
        await pilot.press("c", *"all quiet", "enter")
        await until(pilot, lambda: "cannot check in" in shown(app))
        assert isinstance(app.screen, CheckInDialog)
        assert app.screen.query_one(Input).value == "all quiet"
        assert "checkin.made" not in kinds(room)


async def test_c_works_outside_the_window_too(tmp_path: Path) -> None:
    room = stand(tmp_path / "claims").open()
    async with console(room) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "nothing is on record yet" in shown(app))
        await pilot.press(*"early", "enter")
        await done(app, pilot)
        assert (kinds(room)[-1], room.state.checkins[-1].due) == ("checkin.made", None)


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_tells_the_window(window: Stand, size: tuple[int, int]) -> None:
    window.past(
        (29 * HOUR, e.CheckInMade("calm")),
        (26.5 * HOUR, e.CheckInMissed(utc(NOW - 27 * HOUR))),
        (26 * HOUR, e.CheckInMade("was late", utc(NOW - 27 * HOUR))),
        (1 * HOUR, e.LimitationNoted("only English")),
        (1 * HOUR, e.DutyStarted("d-1", "tell the board", utc(NOW - 600), "agent-lead")),
    )
    room = open_room(window)
    async with console(room, size) as (app, pilot):
        await pilot.press("8")
        assert isinstance(app.screen, WindowScreen)
        told = shown(app)
        assert "30h of 48h" in told
        assert "✓▲✗" in told
        assert "1 kept, 1 late, 12 missed" in told
        assert "tell the board" in told
        assert "OVERDUE" in told
        await pilot.press("end")
        await until(pilot, lambda: "proposed: MONITORED" in shown(app) or size[0] < 120)
        everything = "\n".join(rows(app))
        assert "healthy" in everything


async def test_the_watch_is_taken_and_handed_over(window: Stand) -> None:
    room = open_room(window)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("8", "h")
        await done(app, pilot)
        await until(pilot, lambda: "agent lead watches since" in shown(app))
        await pilot.press("h")
        await until(pilot, lambda: "Hand the watch over to" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "What should they know?" in shown(app))
        await pilot.press(*"errors are calm", "enter")
        await done(app, pilot)
        held = room.state.shift
        assert held is not None
        assert (held.who, held.handed_to) == ("agent lead", "tech lead")
        await until(pilot, lambda: "handed to tech lead" in shown(app))
        room.become("tech lead")
        await pilot.press("h")
        await done(app, pilot)
        held = room.state.shift
        assert held is not None
        assert (held.who, held.handed_to) == ("tech lead", "")
        await pilot.press("1")
        await until(pilot, lambda: "tech lead watches since" in shown(app))


async def test_a_limitation_and_a_duty_by_key(window: Stand) -> None:
    window.past((HOUR, e.DutyStarted("d-1", "tell the board", utc(NOW + 600), "agent-lead")))
    room = open_room(window)
    async with console(room, (200, 60)) as (app, pilot):
        await pilot.press("8", "l", *"only English", "enter")
        await done(app, pilot)
        await until(pilot, lambda: "· only English" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DutiesDialog))
        await pilot.press("enter", *"told by mail", "enter")
        await done(app, pilot)
        assert room.state.duties["d-1"].done_by == "agent lead"
        await pilot.press("escape")
        await until(pilot, lambda: "✓ tell the board" in shown(app))


async def test_it_is_assessed_as_stable_only_after_each_lack_is_said(over: Stand) -> None:
    room = open_room(over, 50)
    room.look()
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("g")
        await until(pilot, lambda: "nothing is missing" in shown(app))
        await pilot.press("v")  # the gate leads to the assessment
        await until(pilot, lambda: isinstance(app.screen, AssessDialog))
        await pilot.press("s")
        await until(pilot, lambda: "without saying what it lacks: press 1, 2, 3" in shown(app))
        await pilot.press("1", "2", "2", "s")
        await until(pilot, lambda: "without saying what it lacks: press 2, 3" in shown(app))
        await pilot.press("2", "3", "s")
        await until(pilot, lambda: "ASSESS as STABLE: the reason" in shown(app))
        await pilot.press("enter")
        assert isinstance(app.screen, AssessDialog), "against the proposal it needs a reason"
        await pilot.press(*"50 by hand", "enter")
        await done(app, pilot)
        await until(pilot, lambda: room.state.status == "stable")
        held = room.state.assessment
        assert held is not None
        assert (held.by, len(held.caveats)) == ("agent lead", 3)
        await pilot.press("8")
        await until(pilot, lambda: "STABLE  assessed" in shown(app))
        assert "produce the Go-Live Report" in shown(app)
        told = status_sentences(room, room.take_picture())
        assert next(one for one in told if "phase" in one) == "The phase is full, for 49h."
        assert "The rollout is over: its window has been assessed." in told


async def test_monitored_needs_nothing_admitted_and_shows_as_such(over: Stand) -> None:
    room = open_room(over, 50)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("8", "A", "m")
        await until(pilot, lambda: "ASSESS as MONITORED" in shown(app))
        await pilot.press("enter")
        await done(app, pilot)
        await until(pilot, lambda: "MONITORED" in rows(app)[0])
        assert room.state.status == "monitored"


async def test_before_48_hours_it_says_what_is_missing(window: Stand) -> None:
    room = open_room(window)
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("8", "A", "m")
        await until(pilot, lambda: "Not to be assessed yet" in shown(app))
        await pilot.press("escape")
        assert isinstance(app.screen, WindowScreen)
        assert LEAD.name == room.actor.name
        assert "window.assessed" not in kinds(room)


async def test_a_window_that_nobody_assesses_is_said_on_the_overview(over: Stand) -> None:
    room = open_room(over, 50)
    async with console(room, (120, 40)) as (app, pilot):
        told = "48 h over since 1h, not assessed (8, A)"
        await until(pilot, lambda: told in words(app))
        await pilot.press("8", "A", "m")
        await until(pilot, lambda: "ASSESS as MONITORED" in shown(app))
        await pilot.press("enter")
        await done(app, pilot)
        await pilot.press("1")
        await until(pilot, lambda: "MONITORED" in rows(app)[0] and "not assessed" not in words(app))


async def test_after_a_rollback_it_says_which_window_ended_and_what_was_known(
    window: Stand,
) -> None:
    window.past((2 * HOUR, e.LimitationNoted("only English")))
    window.past((1 * HOUR, rolled_back()[0]))
    room = open_room(window)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("8")
        await until(pilot, lambda: "full.1 ended with the rollback after 29h" in words(app))
        assert "The 48-hour window begins with full deployment" in words(app)
        assert "before the rollback: only English" in words(app)


async def test_a_notice_that_failed_does_not_undo_the_last_delivery(window: Stand) -> None:
    window.past((600.0, e.NoticeSent("alerts", "tech lead", "delivered", "taken")))
    window.past((60.0, e.NoticeSent("alerts", "tech lead", "failed", "refused")))
    room = open_room(window)
    async with console(room, (200, 60)) as (app, pilot):
        await until(pilot, lambda: "last notice 10 min ago to tech lead" in words(app))
        await pilot.press("8")
        told = "last notice delivered 10 min ago: alerts, to tech lead"
        await until(pilot, lambda: told in words(app))


async def test_before_full_deployment_there_is_no_window(tmp_path: Path) -> None:
    room = stand(tmp_path / "claims").open()
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("8", "A")
        await until(pilot, lambda: "there is no window to assess" in shown(app))
        assert isinstance(app.screen, WindowScreen)
