"""The `:` line and jump mode where a dialog lies over the screen, and what dialogs ask for."""

from typing import Any

import pytest
from textual.screen import Screen

from console.screens.assess import AssessDialog
from console.screens.dialogs import Ask, Choose
from console.screens.feeds import FeedsDialog
from console.screens.gate import GateDialog
from console.screens.guard import Guard
from console.screens.jump import JumpScreen
from console.screens.overview import OverviewScreen
from console.screens.reports import ReportsScreen
from console.screens.traffic import TrafficDialog
from console.screens.troubleshooting import TroubleshootingDialog
from console.screens.warning import WarningDialog
from tests.app.rooms import Stand, adopt, console, minutes, shown, until
from tests.app.test_command_line import say
from widgets.kinds import KindList


async def test_over_a_dialog_the_line_does_what_the_dialog_asks_for(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("g")
        await say(pilot, "hold")
        assert isinstance(app.screen, GateDialog)
        assert "HOLD: " in shown(app)
        await pilot.press("escape", "f")
        await say(pilot, "note")
        await until(pilot, lambda: isinstance(app.screen, Ask))


async def test_a_deed_of_a_screen_waits_for_what_lies_over_it(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("f")
        await say(pilot, "overview ack")
        await until(pilot, lambda: "leave first what lies over the screen" in shown(app))
        assert isinstance(app.screen, FeedsDialog)


@pytest.mark.parametrize(
    ("said", "dialog"),
    [
        ("reports write", Choose),
        ("table search", TroubleshootingDialog),
        ("assessment stable", AssessDialog),
        ("traffic set", TrafficDialog),
        ("warning review", WarningDialog),
    ],
)
async def test_what_dialogs_ask_for_is_done_from_anywhere(
    said: str, dialog: type[Screen[Any]], window: Stand
) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("0")
        await say(pilot, said)
        await until(pilot, lambda: isinstance(app.screen, dialog))
        if dialog is TrafficDialog:
            await until(pilot, lambda: "s does it, as it is shown here" in shown(app))
        assert room.record.state.traffic == {}


async def test_a_letter_jumps_within_a_dialog(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("R", "ctrl+o")
        assert isinstance(app.screen, JumpScreen)
        await pilot.press("ctrl+o", "colon", "a")
        await until(pilot, lambda: isinstance(app.screen, ReportsScreen))
        assert isinstance(app.focused, KindList)


async def test_no_command_is_said_over_the_guard(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("f9", "colon", "ctrl+o")
        assert isinstance(app.screen, Guard)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
