"""A true trigger takes the screen, loses nobody's words, and fires nothing."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.times import utc
from console.room import WarRoom
from console.screens.base import SCREENS
from console.screens.dialogs import Ask
from console.screens.guard import RollbackGuard
from console.screens.rollback import RollbackScreen
from console.screens.trigger import UNREAD_S, TriggerScreen
from tests.app.rooms import (
    NOW,
    SetClock,
    Stand,
    adopt,
    console,
    done,
    kinds,
    looked_on,
    minutes,
    rolled_back,
    shown,
    stand,
    until,
    words,
)
from widgets.modes import ModeView

LATER_MIN = 40
NAME = "error rate over 5 % in 30 min"


def taken(app: WarRoomApp) -> bool:
    return isinstance(app.screen, TriggerScreen)


async def becomes(app: WarRoomApp, pilot: Pilot[int], **what: int) -> None:
    """Let 40 minutes pass, of which the feed tells, and the console show them."""
    clock = app.room.clock
    assert isinstance(clock, SetClock)
    clock.moment += LATER_MIN * 60
    shift = int(clock.moment - NOW) // 60
    told = {number + shift: minute for number, minute in minutes(LATER_MIN, **what).items()}
    adopt(app.room, told, clock.moment)
    await app.room.refresh()
    await pilot.pause()


async def settled(app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Let a picture be taken and shown."""
    before = app.room.picture()
    await until(pilot, lambda: app.room.picture() is not before)
    await done(app, pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_takes_the_screen_and_tells_all(size: tuple[int, int], window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size) as (app, pilot):
        assert not taken(app)
        await becomes(app, pilot, errors=4)
        await until(pilot, lambda: taken(app))
        for said in (
            "ROLLBACK TRIGGER",
            f"▲ TRUE {NAME}",
            "too many calls fail",
            "10.0 %, over the limit of 5 %",
            "n 1,200 · the last 30 min",
            "since 14:",
            " min ago",
            "owner rollback owner, +44 20 7946 0012, availability unknown",
            "decides alone",
            "deputy tech lead, +44",
            "F9 arms the rollback",
        ):
            assert said in words(app) + "ROLLBACK TRIGGER" * ("ROLLBACK TRIGGER" in shown(app)), (
                f"{said}\n{shown(app)}"
            )
        page = app.screen.query_one(".dialog")
        assert page.max_scroll_y == 0, "all of it fits"
        assert "rollback.triggered" not in kinds(room), "the console proposes, it never fires"


@pytest.mark.parametrize("mode", SCREENS, ids=lambda mode: mode.id)
async def test_it_takes_every_screen_and_the_banner_stays(mode: ModeView, window: Stand) -> None:
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press(mode.key)
        await becomes(app, pilot, errors=4)
        await looked_on(app, pilot)
        assert app.current_mode == mode.id
        await settled(app, pilot)
        assert f"▲ ROLLBACK TRIGGER: {NAME}. F9 arms the rollback" in words(app)
        assert not taken(app), "it is looked on"


async def test_a_key_meant_for_the_screen_below_does_not_take_it_away(window: Stand) -> None:
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await until(pilot, lambda: taken(app))
        await pilot.press("escape", "enter", "n", "q", "1")
        assert taken(app)
        window.clock.real += UNREAD_S
        await pilot.press("escape")
        assert not taken(app)


async def test_f9_goes_from_it_to_the_guard_and_back(window: Stand) -> None:
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await until(pilot, lambda: taken(app))
        await pilot.press("f9")
        assert "› 1 ▲ TRUE" in shown(app)
        await pilot.press("escape")
        assert taken(app)


async def test_possible_and_unknown_take_no_screen(window: Stand) -> None:
    """Over the limit in too few calls, or in a feed that went quiet."""
    room = adopt(window.open(), minutes(10, calls=1, errors=1))
    async with console(room) as (app, pilot):
        await settled(app, pilot)
        assert [t.state for t in room.picture().triggers if t.id == "error-rate"] == ["possible"]
        assert not taken(app)
        assert "ROLLBACK TRIGGER" not in shown(app)


async def test_before_anything_is_live_it_takes_no_screen(preparing: Stand) -> None:
    room = adopt(preparing.open(), minutes(errors=4))
    async with console(room) as (app, pilot):
        await settled(app, pilot)
        assert [t.state for t in room.picture().triggers if t.id == "error-rate"] == ["true"]
        assert not taken(app)


async def test_it_comes_back_for_a_new_episode_only(window: Stand) -> None:
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await looked_on(app, pilot)
        await becomes(app, pilot, errors=5)
        await settled(app, pilot)
        assert not taken(app), "it was true all the time"
        await becomes(app, pilot, errors=0)
        await until(pilot, lambda: "ROLLBACK TRIGGER" not in shown(app))
        await becomes(app, pilot, errors=4)
        await looked_on(app, pilot)


async def test_a_second_trigger_is_shown_too(window: Stand) -> None:
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await looked_on(app, pilot)
        await becomes(app, pilot, errors=4, escalations=30)
        await until(pilot, lambda: taken(app))
        assert "TRUE escalation rate over 50 % for 15 min" in words(app)
        assert f"TRUE {NAME}" in words(app)


async def test_what_is_no_longer_true_is_said(window: Stand) -> None:
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await until(pilot, lambda: taken(app))
        await becomes(app, pilot, errors=0)
        await until(pilot, lambda: f"△ false now, it was true {NAME}" in words(app))
        assert "10.0 %, over the limit of 5 %" in words(app)


@pytest.mark.parametrize("opener", ["n", "ctrl+p"])
async def test_typed_text_is_not_taken_away(opener: str, window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press(opener, *"check")
        line = app.focused
        assert isinstance(line, Input)
        dialog = app.screen
        await becomes(app, pilot, errors=4)
        await settled(app, pilot)
        assert app.screen is dialog
        await until(pilot, lambda: f"▲ ROLLBACK TRIGGER: {NAME}" in shown(app).splitlines()[0])
        await pilot.press(*"ed")
        assert line.value == "checked"
        await pilot.press("f9")
        assert isinstance(app.screen, RollbackGuard), "F9 works meanwhile"
        await pilot.press("escape")
        assert line.value == "checked"
        await pilot.press("escape")
        await until(pilot, lambda: taken(app))


async def test_a_note_under_way_is_written_then_the_trigger_takes_the_screen(
    window: Stand,
) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("n", *"errors")
        await becomes(app, pilot, errors=4)
        await pilot.press("enter")
        await until(pilot, lambda: "note.written" in kinds(room))
        await until(pilot, lambda: taken(app))


async def test_a_dialog_without_text_is_covered_and_comes_back(window: Stand) -> None:
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("n")
        dialog = app.screen
        assert isinstance(dialog, Ask)
        await becomes(app, pilot, errors=4)
        await looked_on(app, pilot)
        assert app.screen is dialog
        await until(pilot, lambda: "▲ ROLLBACK TRIGGER" in shown(app).splitlines()[0])
        await becomes(app, pilot, errors=0)
        await until(pilot, lambda: "▲ ROLLBACK TRIGGER" not in shown(app))


async def test_the_guard_and_a_run_are_never_covered(window: Stand) -> None:
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("f9")
        await becomes(app, pilot, errors=4)
        await until(pilot, lambda: "› 1 ▲ TRUE" in shown(app))
        assert isinstance(app.screen, RollbackGuard)
        await pilot.press("escape")
        await looked_on(app, pilot)
        app.show_rollback()
        await becomes(app, pilot, errors=0)
        await settled(app, pilot)
        await becomes(app, pilot, errors=4)
        await until(pilot, lambda: "▲ ROLLBACK TRIGGER" in shown(app).splitlines()[0])
        assert isinstance(app.screen, RollbackScreen), "but it is said there"


async def test_while_its_rollback_runs_or_was_verified_it_takes_no_screen(
    window: Stand,
) -> None:
    window.past(*((60.0, event) for event in rolled_back()))
    async with console(adopt(window.open(), minutes(errors=4))) as (app, pilot):
        await settled(app, pilot)
        assert not taken(app), "what was before the rollback does not count"


async def test_it_gives_way_to_the_rollback_that_another_console_fires(window: Stand) -> None:
    room = adopt(window.open(), minutes(errors=4))
    async with console(room) as (app, pilot):
        await until(pilot, lambda: taken(app))
        window.past(*((1.0, event) for event in rolled_back()))
        room.record.refresh()
        await until(pilot, lambda: not taken(app))
        assert "ROLLED BACK" in shown(app)


async def test_a_trigger_after_a_verified_rollback_takes_the_screen_again(
    window: Stand,
) -> None:
    """It came undone, or what was restored is bad too."""
    room = adopt(window.open(), minutes(errors=4))
    async with console(room) as (app, pilot):
        await looked_on(app, pilot)
        window.past(*((1.0, event) for event in later(rolled_back())))
        room.record.refresh()
        await until(pilot, lambda: "ROLLBACK TRIGGER" not in shown(app))
        window.clock.moment += 3600
        bad = {number + 60: minute for number, minute in minutes(errors=4).items()}
        adopt(room, bad, window.clock.moment)
        await until(pilot, lambda: taken(app))


def later(events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """The same, verified just now."""
    *rest, last = events
    assert isinstance(last, e.RollbackFinished)
    end = e.RollbackFinished(last.rollback, "verified", last.why, utc(NOW), utc(NOW), 5.0)
    return (*rest, end)


async def test_the_room_is_asked_for_its_owner_with_hours(tmp_path: Path) -> None:
    def change(values: dict[str, Any]) -> None:
        for person in values["people"]:
            person["available"] = "day and night, by phone"

    standing = stand(tmp_path / "claims", change)
    standing.reach_full()
    room: WarRoom = adopt(standing.open(), minutes(errors=4))
    async with console(room, (80, 24)) as (app, pilot):
        await until(pilot, lambda: taken(app))
        assert "owner rollback owner, +44 20 7946 0012, day and night, by phone" in words(app)
        await pilot.press("f9")
        assert "owner rollback owner, +44 20 7946 0012, day and night, by phone" in words(app)


async def test_it_is_shown_over_what_lies_over_the_walls_screen(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("b")
        await pilot.press("R")
        await becomes(app, pilot, errors=10)
        await until(pilot, lambda: taken(app))
