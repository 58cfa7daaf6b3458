"""The console on a past moment: marked everywhere, refusing every deed, moving by its keys."""

import os
import re
import sys
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Input
from textual.widgets._toast import Toast

from console.app import WarRoomApp
from console.replay import ReplayApp
from console.screens.alerts import AlertsScreen
from console.screens.base import SCREENS
from console.screens.dialogs import Ask
from console.screens.gate import GateDialog
from console.screens.guard import Guard
from console.screens.journal import JournalScreen
from console.screens.replay import NotLive, ReplayMark
from tests.app.everywhere import WAYS, AnyScreen, all_screens
from tests.app.replaying import live_through, moved, replaying
from tests.app.rooms import (
    NOW,
    Stand,
    adopt,
    done,
    minutes,
    rolled_back,
    rows,
    shown,
    until,
    words,
)
from tests.app.terminal import F9, Terminal, environment
from tests.room.test_past import tree
from widgets.timebar import TimeBar

MARK = "◀ REPLAY 2026-12-01 13:59:00Z · read-only · not live"
SIZES = [(80, 24), (200, 60)]


@pytest.fixture
async def lived(preparing: Stand) -> Stand:
    return await live_through(preparing)


# Each screen where there is least room; wide ones are of one make.
@pytest.mark.parametrize("size", SIZES[:1], ids=str)
@pytest.mark.parametrize("kind", WAYS, ids=lambda kind: kind.__name__)
async def test_every_screen_is_marked_and_f9_says_where_the_live_console_is(
    kind: AnyScreen, size: tuple[int, int], lived: Stand
) -> None:
    async with replaying(lived.directory, size=size) as (app, pilot):
        await WAYS[kind](app, pilot)
        await pilot.pause()
        await until(pilot, lambda: MARK in rows(app)[0])
        assert rows(app)[0].endswith("paused")
        if kind is NotLive:
            return
        await pilot.press("f9")
        await pilot.pause()
        assert isinstance(app.screen, NotLive)
        assert "is a replay of 2026-12-01T13:59:00Z. Nothing is armed here" in words(app)
        await until(pilot, lambda: MARK in rows(app)[0])
        assert not any(isinstance(screen, Guard) for screen in app.screen_stack)


@pytest.mark.parametrize("mode", SCREENS, ids=lambda mode: mode.name)
async def test_a_screen_has_the_bar_of_time_at_80_columns(mode: object, lived: Stand) -> None:
    async with replaying(lived.directory, size=(80, 24)) as (app, pilot):
        await pilot.press(getattr(mode, "key"))  # noqa: B009 - a fixture's parameter has no type
        await pilot.pause()
        text = shown(app)
        assert "rollback.finished" in text
        assert "┃" in text
        assert "◆ decision" in text
        assert ": go to" in text
        assert " REPLAY " in rows(app)[1]
        assert "◀ then live" in rows(app)[1]


REFUSED = "this is a replay of 2026-12-01T13:59:00Z; nothing can be recorded"


@pytest.mark.parametrize(
    "keys",
    [
        *(("n",), ("i",), ("1", "a"), ("2", "e"), ("2", "v"), ("g", "u")),
        *(("g", "b"), ("8", "l"), ("7", "o"), ("c",), ("g", "v"), ("g", "h"), ("g", "r")),
        *(("5", "a"), ("6", "a"), ("9", "r"), ("8", "A")),
    ],
    ids="-".join,
)
async def test_a_deed_is_refused_with_one_sentence(keys: tuple[str, ...], lived: Stand) -> None:
    state = Path(os.environ["XDG_STATE_HOME"])
    before = tree(lived.directory, state)
    async with replaying(lived.directory, size=(120, 40)) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: REFUSED in [told.message for told in app._notifications])
        assert not re.search(r"Ack|Note|Check in|Advance|Hold|Roll back|Assess", rows(app)[-1])
        assert not isinstance(app.screen, Ask)
    assert tree(lived.directory, state) == before


async def test_the_whole_console_writes_nothing(lived: Stand) -> None:
    state = Path(os.environ["XDG_STATE_HOME"])
    before = tree(lived.directory, state)
    async with replaying(lived.directory, size=(120, 40)) as (app, pilot):
        for mode in SCREENS:
            await pilot.press(mode.key)
            await moved(app, pilot, "comma", "full_stop")
        await pilot.press("2", "w")
        await pilot.pause()
        app.show_rollback()
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
    assert tree(lived.directory, state) == before


async def test_the_keys_go_from_entry_to_entry(lived: Stand) -> None:
    async with replaying(lived.directory, "first") as (app, pilot):
        count = len(app.past.timeline)
        assert f"#1 of {count} journal.opened" in shown(app)
        await moved(app, pilot, "full_stop")
        assert f"#2 of {count} gate.decided" in shown(app)
        await moved(app, pilot, "comma", "comma", "comma")
        assert f"#1 of {count} journal.opened" in shown(app)
        await moved(app, pilot, "ctrl+end")
        assert f"#{count} of {count} rollback.finished" in shown(app)
        await moved(app, pilot, "full_stop")
        assert app.past.spot.count == count
        await moved(app, pilot, "ctrl+home")
        assert app.past.spot.count == 1


async def test_the_keys_go_to_decisions_alerts_and_incidents(lived: Stand) -> None:
    async with replaying(lived.directory, "first", (120, 40)) as (app, pilot):
        await moved(app, pilot, "right_parenthesis")
        assert "alert.fired" in shown(app)
        assert "1 firing" in shown(app)
        assert app.past.clock.now() == NOW - 3600
        await moved(app, pilot, "right_curly_bracket")
        assert "incident.opened" in shown(app)
        await moved(app, pilot, "greater_than_sign")
        assert "gate.decided about to be recorded" in shown(app)
        assert app.past.clock.now() == NOW - 1800, "when the figures were on the screen"
        await moved(app, pilot, "greater_than_sign")
        assert "rollback.triggered about to be recorded" in shown(app)
        assert not app.past.state.rollbacks
        await moved(app, pilot, "full_stop")
        assert app.past.state.rollbacks
        await moved(app, pilot, "less_than_sign", "less_than_sign")
        assert "canary-100.1: advance to full" in shown(app)
        assert app.past.state.attempt.id == "canary-100.1"
        await moved(app, pilot, "left_curly_bracket")
        assert "no incident comes before this moment" in " ".join(shown(app).split())


async def test_what_is_typed_says_where_to_go(lived: Stand) -> None:
    async with replaying(lived.directory, "last") as (app, pilot):
        await pilot.press("colon")
        line = app.screen.query_one(Input)
        await pilot.press(*"-1h.,<>(){} :")
        assert line.value == "-1h.,<>(){} :", "the keys that move do not reach into a text field"
        assert "is no place in the record" in words(app)
        line.value = "-1h"
        await pilot.pause()
        assert "understood as 2026-12-01T12:59:00Z, after" in words(app)
        await pilot.press("enter")
        await done(app, pilot)
        assert app.past.clock.now() == NOW - 60 - 3600
        await pilot.press("colon")
        app.screen.query_one(Input).value = "2031-01-01T00:00:00Z"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        assert "is after the record, which ends at 2026-12-01T14:00:05Z" in words(app)
        app.screen.query_one(Input).value = "#2"
        await pilot.press("enter")
        await done(app, pilot)
        assert app.past.shown is not None
        assert app.past.shown.seq == 2
        await pilot.press("colon", *"checklist", "enter")
        await until(pilot, lambda: app.current_mode == "checklist")


async def test_the_time_passes_at_its_speed_and_stops(lived: Stand) -> None:
    async with replaying(lived.directory, "-1h") as (app, pilot):
        begun = app.past.clock.now()
        assert "‖ paused" in rows(app)[0]
        await pilot.press("plus", "plus", "plus")
        assert app.speed == 3600
        await pilot.press("space")
        assert "▶ 3600x" in rows(app)[0]
        await until(pilot, lambda: app.past.clock.now() > begun + 600)
        await pilot.press("space")
        await done(app, pilot)
        stood = app.past.clock.now()
        assert "‖ paused" in rows(app)[0]
        await pilot.press("minus", "minus", "minus", "minus", "minus", "minus", "minus")
        assert app.speed == 1
        assert app.past.clock.now() == stood
        await moved(app, pilot, "ctrl+end")
        await pilot.press(*["plus"] * 6, "space")
        await until(pilot, lambda: not app.playing, 30)
        assert app.past.clock.now() == app.replay.end


async def test_the_bar_of_time_takes_clicks_and_keys(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (120, 40)) as (app, pilot):
        bar = app.screen.query_one(TimeBar)
        await pilot.click(TimeBar, offset=(0, 1))
        await until(pilot, lambda: app.past.clock.now() == app.replay.start)
        bar.focus()
        await pilot.press("right")
        await until(pilot, lambda: app.past.clock.now() > app.replay.start)
        await pilot.press("end")
        await until(pilot, lambda: app.past.clock.now() == app.replay.end)
        await pilot.press("home", "left")
        await until(pilot, lambda: app.past.clock.now() == app.replay.start)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", ["1", "4", "9"])
async def test_a_key_leads_to_the_bar_and_back(
    mode: str, size: tuple[int, int], lived: Stand
) -> None:
    async with replaying(lived.directory, "last", size) as (app, pilot):
        await pilot.press(mode)
        await pilot.pause()
        before = app.focused
        await pilot.press("vertical_line", "home")
        await until(pilot, lambda: app.past.clock.now() == app.replay.start)
        await pilot.press("right")
        await until(pilot, lambda: app.past.clock.now() > app.replay.start)
        await pilot.press("vertical_line")
        assert app.focused is before


async def test_a_wrong_place_is_explained_once(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (80, 24)) as (app, pilot):
        await pilot.press("colon", *"noon", "enter")
        await pilot.pause()
        said = words(app)
        assert said.count('"noon" is no place in the record') == 1
        assert said.count("WRITER/123") == 1


async def test_a_firing_alert_has_a_row_at_80_columns(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (80, 24)) as (app, pilot):
        await moved(app, pilot, "left_parenthesis", "1")
        assert [row for row in rows(app) if "FIRING" in row and "error rate" in row]


async def test_no_message_covers_the_entry(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (80, 24)) as (app, pilot):
        entry = app.screen.query_one("#place").region
        await pilot.press("n")
        await until(pilot, lambda: bool(app.screen.query(Toast)))
        await until(pilot, lambda: app.screen.query_one(Toast).region.height > 0)
        assert app.screen.query_one(Toast).region.bottom <= entry.y


async def test_the_journal_goes_back_too(lived: Stand) -> None:
    async with replaying(lived.directory, "last") as (app, pilot):
        await pilot.press("0")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, JournalScreen)
        count = len(app.past.timeline)
        assert screen.log_.total == count
        await moved(app, pilot, "comma", "comma")
        assert screen.log_.total == count - 2
        await moved(app, pilot, "full_stop")
        assert screen.log_.total == count - 1
        assert app.past.record.journal.head[:16] in shown(app)


async def test_ages_are_reckoned_from_the_moment(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (120, 40)) as (app, pilot):
        await moved(app, pilot, "left_parenthesis")
        await moved(app, pilot, "colon")
        app.screen.query_one(Input).value = "+5m"
        await pilot.press("enter")
        await done(app, pilot)
        await moved(app, pilot, "5")
        assert isinstance(app.screen, AlertsScreen)
        assert "5 min" in shown(app)


async def test_a_gate_shows_what_its_decision_stored(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (120, 40)) as (app, pilot):
        await moved(app, pilot, "less_than_sign", "less_than_sign")
        await pilot.press("g")
        await pilot.pause()
        assert isinstance(app.screen, GateDialog)
        said = words(app)
        assert "gate.decided by agent lead: full.1: hold, errors rise" in said
        assert "reckoned again from the record: the same" in said


async def test_a_dialog_over_which_time_passes_follows(lived: Stand) -> None:
    async with replaying(lived.directory, "last", (120, 40)) as (app, pilot):
        await moved(app, pilot, "less_than_sign", "less_than_sign", "g")
        assert "as it stands in the journal" in shown(app)
        await moved(app, pilot, "comma")
        assert "as it stands in the journal" not in shown(app)
        assert app.screen.query_one(ReplayMark)


async def test_no_word_of_the_past_says_that_f9_arms(preparing: Stand) -> None:
    preparing.reach_full()
    room = preparing.open()
    room.eyes.record()
    adopt(room, minutes(errors=8))
    await room.close()
    preparing.past((10.0, rolled_back()[0]), (5.0, rolled_back("partial")[2]))
    async with replaying(preparing.directory, "last", (120, 40)) as (app, pilot):
        assert "ROLLBACK PARTIAL" in shown(app)
        await moved(app, pilot, "comma")
        assert "ROLLBACK RUNNING" in shown(app)
        await moved(app, pilot, "colon")
        app.screen.query_one(Input).value = "-1m"
        await pilot.press("enter")
        await done(app, pilot)
        app._repaint()
        await until(pilot, lambda: "ROLLBACK TRIGGER: error rate" in shown(app))
        assert not [row for row in rows(app) if "F9" in row and "F9 Not live" not in row]
        assert len(app.screen_stack) == 1, "a true trigger of the past takes no screen"


def bindings(kind: type[DOMNode]) -> dict[str, list[Binding]]:
    merged = kind._merged_bindings
    return {} if merged is None else merged.key_to_bindings


def test_the_keys_that_move_take_none_of_a_screens() -> None:
    replay = {
        key
        for key, bound in bindings(ReplayApp).items()
        if any((one.id or "").startswith("replay.") for one in bound)
    }
    kinds: list[type[DOMNode]] = [WarRoomApp, *all_screens()]
    others = {key for kind in kinds for key in bindings(kind)}
    assert len(replay) == 15
    # Paging and the sideways ends of a list, which have other keys too; and the line that asks
    # where to go takes all that the live console's takes.
    assert replay & others <= {"space", "ctrl+home", "ctrl+end", "colon"}


def test_a_real_terminal_shows_the_mark(window: Stand, home: Path) -> None:
    main = "import sys; from console.cli import main; sys.exit(main())"
    argv = [sys.executable, "-c", main, "replay", str(window.directory), "--at", "#3"]
    terminal = Terminal(argv, environment(home), (80, 24))
    try:
        terminal.until(lambda: "#3 of" in terminal.text)
        mark = terminal.screen.display[0]
        assert mark.startswith(" ◀ REPLAY 2026-11-")
        assert "read-only · not live" in mark
        under = {terminal.screen.buffer[0][column].bg for column in range(80)}
        assert len(under) == 1, "the mark goes from edge to edge"
        assert under != {terminal.screen.buffer[1][1].bg}
        terminal.send(F9)
        terminal.until(lambda: "Nothing is armed here" in terminal.text)
        assert terminal.screen.display[0] == mark
        terminal.send("\x1b")
        terminal.until(lambda: "Nothing is armed here" not in terminal.text)
        terminal.send("q")
        assert terminal.end() == 0
    finally:
        terminal.close()
