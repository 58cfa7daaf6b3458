"""The documents at the keys: previewed, written with their seal, refused where one only looks."""

import asyncio
import re
from argparse import Namespace
from pathlib import Path

import pytest

from console.cli.report_verify import verify
from console.reports.kinds import KINDS
from console.screens.dialogs import Choose
from console.screens.help import Help
from console.screens.reports import FORMATS, ReportsScreen
from tests.app.rooms import Stand, adopt, console, done, minutes, shown, until, words


def places(standing: Stand) -> list[Path]:
    return sorted((standing.directory / "reports").glob("*"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_go_live_report_is_shown_with_what_is_missing_first(
    size: tuple[int, int], window: Stand
) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size=size) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "What is missing" in shown(app))
        said = shown(app)
        assert "DRAFT" in said
        assert "Go-Live Report: claims-triage" in said
        await pilot.press("right_square_bracket")
        await done(app, pilot)
        assert shown(app) != said


async def test_each_kind_has_a_preview_or_says_why_not(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size=(120, 40)) as (app, pilot):
        await pilot.press("R")
        for name in KINDS:
            screen = app.screen
            assert isinstance(screen, ReportsScreen)
            assert screen.kinds.cursor_id == name
            await until(pilot, lambda: "it is being written" not in words(app))
            assert "fault of ours" not in words(app), name
            await pilot.press("down")
            await done(app, pilot)


@pytest.mark.parametrize("form", [name for name, _ in FORMATS])
async def test_what_is_written_verifies(form: str, window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size=(120, 40)) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "What is missing" in shown(app))
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, Choose)
        place = [name for name, _ in FORMATS].index(form)
        await pilot.press(*["down"] * place, "enter")
        await until(pilot, lambda: bool(places(window)))
        await done(app, pilot)
    (path,) = places(window)
    assert re.fullmatch(rf"go-live-\d{{8}}T\d{{6}}\.{form}", path.name)
    assert path.stat().st_mode & 0o777 == 0o600
    assert await asyncio.to_thread(verify, Namespace(file=path, dir=window.directory)) == 0


async def test_what_cannot_be_made_is_refused_at_once_with_the_reason(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size=(120, 40)) as (app, pilot):
        await pilot.press("R")
        screen = app.screen
        assert isinstance(screen, ReportsScreen)
        screen.kinds.cursor_id = "postmortem"
        await until(pilot, lambda: "no incident is on record" in shown(app))
        for key in ("w", "enter"):
            await pilot.press(key)
            await until(pilot, lambda: "not written: no incident" in shown(app))
            assert app.screen is screen
            app.clear_notifications()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_keys_are_named_and_the_dialog_covers_what_is_below(
    size: tuple[int, int], window: Stand
) -> None:
    room = adopt(window.open(), minutes())
    async with console(room, size=size) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "What is missing" in shown(app))
        said = shown(app)
        for kind in KINDS.values():
            if size[1] > 24:
                assert kind.what in said
            assert len(kind.what) <= 22
        assert app.screen.query_one(".dialog").region.height == size[1] - 1
        assert {"Write", "Read on", "Read back", "Help"} <= {
            active.binding.description
            for active in app.screen.active_bindings.values()
            if active.binding.show
        }
        assert "Open" not in said.splitlines()[-1]
        await pilot.press("question_mark")
        await done(app, pilot)
        assert isinstance(app.screen, Help)
        await pilot.press("slash", *"scroll")
        assert "scroll the preview back" in words(app)
        await pilot.press("escape", "escape")
        await done(app, pilot)
        assert isinstance(app.screen, ReportsScreen)


async def test_a_console_that_only_looks_writes_nothing(window: Stand) -> None:
    room = adopt(window.open(read_only=True), minutes())
    async with console(room, size=(120, 40)) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "What is missing" in shown(app))
        await pilot.press("w")
        await until(pilot, lambda: "nothing is written" in shown(app))
        assert isinstance(app.screen, ReportsScreen)
    assert places(window) == []


async def test_to_leave_while_it_is_being_built_is_no_fault(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, _):
        app.push_screen(ReportsScreen(room))
        app.exit(0)
    assert app.return_code == 0
