"""The `:` line, jump mode and copying: everything by its name, and where the keys go."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console.screens.catalogue import catalogue
from console.screens.checkin import CheckInDialog
from console.screens.checklist import ChecklistScreen
from console.screens.command_line import CommandLine
from console.screens.copying import home_path, place
from console.screens.dialogs import Choose
from console.screens.guard import Guard, RollbackGuard
from console.screens.jump import JumpScreen
from console.screens.rollback import write_private
from tests.app.rooms import Stand, adopt, console, done, fired, kinds, minutes, shown, until


async def say(pilot: Pilot[int], text: str) -> None:
    """Type a command, as a whole, and Enter."""
    await pilot.press("colon")
    line = pilot.app.screen.query_one(Input)
    line.value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_name_goes_to_a_screen_or_does_a_deed(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await say(pilot, "journal")
        assert app.current_mode == "journal"
        await say(pilot, "checkin")
        assert isinstance(app.screen, CheckInDialog)
        await pilot.press("escape")
        await say(pilot, "incidents new")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        assert app.current_mode == "incidents"
        await pilot.press("escape")
        await say(pilot, "brief")
        await until(pilot, lambda: "How were they told?" in shown(app))
        await pilot.press("escape")
        await say(pilot, "rollback")
        assert isinstance(app.screen, RollbackGuard)
        await pilot.press("colon", "ctrl+o")
        assert isinstance(app.screen, RollbackGuard), "nothing covers the armed guard"
        await pilot.press("escape")
        await say(pilot, "q")
        assert app.return_code == 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("jurnal", 'there is no command "jurnal"; did you mean "journal"?'),
        ("filter", '"filter" may mean several; say which: '),
        ("/error", "this screen has nothing to filter"),
        ("theme drak", 'there is no theme "drak"'),
    ],
)
async def test_what_is_not_understood_is_told_and_may_be_mended(
    typed: str, told: str, window: Stand
) -> None:
    async with console(window.open(), (120, 40)) as (app, pilot):
        await say(pilot, typed)
        assert isinstance(app.screen, CommandLine)
        assert told in shown(app)
        assert app.screen.query_one(Input).value == typed
        await pilot.press("escape")
        assert not isinstance(app.screen, CommandLine)


async def test_a_word_by_chance_does_nothing_to_what_is_under_the_cursor(window: Stand) -> None:
    window.past((360.0, fired()))
    room = window.open()
    async with console(room, (120, 40)) as (app, pilot):
        await say(pilot, "alerts")
        for typed in ("now", "wled", "ac"):
            await say(pilot, typed)
            assert isinstance(app.screen, CommandLine), typed
            assert f'"{typed}" does nothing; did you mean "alerts ack' in shown(app)
            await pilot.press("escape")
        assert "alert.acknowledged" not in kinds(room)
        await say(pilot, "ack")
        await until(pilot, lambda: "alert.acknowledged" in kinds(room))


async def test_tab_completes_and_up_gives_back_what_was_typed(window: Stand) -> None:
    async with console(window.open(), (120, 40)) as (app, pilot):
        await say(pilot, "checklist")
        await pilot.press("colon", *"wa")
        assert "one item at a time" in shown(app)
        line = app.screen.query_one(Input)
        seen = []
        for _ in range(3):
            await pilot.press("tab")
            seen.append(line.value)
        assert seen[0] == "walk"
        assert seen[1] != "walk"
        await pilot.press("up")
        assert line.value == "checklist"


async def test_a_slash_filters_and_a_number_goes_to_a_row(preparing: Stand) -> None:
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        await say(pilot, "checklist")
        screen = app.screen
        assert isinstance(screen, ChecklistScreen)
        await say(pilot, "/security")
        assert "filter: security" in shown(app) or "security" in screen.line.value
        assert app.focused is screen.table
        await pilot.press("escape")
        await say(pilot, "4")
        assert screen.table.cursor_id == screen.table._keys[3]
        await pilot.press("G")
        assert screen.table.cursor_id == screen.table._keys[-1]


async def test_the_catalogue_holds_every_deed_with_keys_that_lead_to_it(window: Stand) -> None:
    async with console(window.open()) as (app, _):
        deeds = {deed.id: deed for deed in catalogue(app)}
        assert deeds["escalations.resolve"].keys == "6 x"
        assert deeds["gate.brief"].keys == "g b"
        assert deeds["alert.acknowledge"].keys == "a"
        assert not any(deed.id.endswith((".up", ".down", ".clear")) for deed in deeds.values())


async def test_a_letter_jumps_to_a_part_of_the_screen(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, (120, 40)) as (app, pilot):
        ways = app.screen.focus_chain
        assert len(ways) > 1
        await pilot.press("ctrl+o")
        assert isinstance(app.screen, JumpScreen)
        labels = [label.region.offset for label in app.screen.query(".letter")]
        assert labels == [widget.region.offset for widget in ways]
        await pilot.press("s")
        await pilot.pause()
        assert app.focused is ways[1]
        await pilot.press("ctrl+o", "escape")
        assert app.focused is ways[1]
        await pilot.press("9", "ctrl+o")
        assert not isinstance(app.screen, JumpScreen), "there is nothing to jump to"


async def test_y_copies_the_row_and_what_is_said_of_it(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    async with console(window.open(), (120, 40)) as (app, pilot):
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", sent.append)
        await pilot.press("2", "y")
        await done(app, pilot)
        file = place(app.room)
        kept = file.read_text()
        osc = next(text for text in sent if text.startswith("\x1b]52;c;"))
        assert base64.b64decode(osc[7:-1]).decode() == kept.rstrip("\n")
        assert app.screen.query_one("#list, #items").cursor_id in kept  # type: ignore[attr-defined]  # a list
        assert "Evidence" in kept
        for key, said in (("0", "gate.decided"), ("8", "of 48h")):
            await pilot.press(key, "y")
            await done(app, pilot)
            assert said in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert any(home_path(file) in told.message for told in app._notifications)


def test_two_copies_at_once_are_both_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda text: write_private(tmp_path / "kept" / "copied.txt", text), [b"it"] * 40
            )
        )
    assert [one.name for one in (tmp_path / "kept").iterdir()] == ["copied.txt"]


async def test_no_click_fires_or_disarms_what_is_armed(window: Stand) -> None:
    room = window.open()
    async with console(room, (80, 24)) as (app, pilot):
        bar = shown(app).splitlines()[-1]
        await pilot.click("KeyBar", offset=(bar.index("F9"), 0))
        assert isinstance(app.screen, Guard), "a click on F9 arms, no more"
        code = app.screen._code
        app.screen._typed = code
        for y in range(1, 24, 3):
            await pilot.click(offset=(7 * y % 79, y), times=2)
        assert isinstance(app.screen, Guard)
        assert app.screen._typed == code
        assert room.rollback_run is None
