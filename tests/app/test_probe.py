"""A live check from the Checklist: it runs on a real agent, and confirms the item."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.app import WarRoomApp
from console.demo.run import Demo
from console.room import WarRoom
from console.screens.checklist import ChecklistScreen
from console.screens.probe import ProbeDialog
from tests.app.rooms import Stand, console, done, kinds, shown, until


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo in readiness whose agent answers."""
    running = Demo.start(tmp_path / "demo", stage="readiness", calls_per_hour=300)
    yield running
    running.stop()


def at(app: WarRoomApp, item: str) -> None:
    """Put the cursor on an item of the checklist."""
    assert isinstance(app.screen, ChecklistScreen)
    app.screen.table.cursor_id = item


async def test_x_runs_the_probe_and_enter_confirms_with_it(demo: Demo) -> None:
    room = WarRoom.open(demo.directory, who="tech lead", offline=True)
    async with console(room, (100, 40)) as (app, pilot):
        await pilot.press("2")
        at(app, "logging")
        await pilot.press("t")
        assert isinstance(app.screen, ProbeDialog)
        await pilot.press("enter")
        assert isinstance(app.screen, ProbeDialog), "nothing is confirmed before it passed"
        await until(pilot, lambda: "PASSED: Enter confirms" in shown(app))
        assert shown(app).count("in the log after") == 5
        await pilot.press("enter")
        await done(app, pilot)
        assert kinds(room)[-2:] == ["probe.ran", "item.confirmed"]
        assert "logging probe passed, 16 checks" in shown(app)


async def test_a_failed_probe_confirms_nothing(demo: Demo) -> None:
    body = json.dumps({"drop_field": "user"}).encode()
    broken = urllib.request.Request(f"{demo.url}/control/faults", body, method="PUT")  # noqa: S310 - our own agent
    urllib.request.urlopen(broken, timeout=10).close()  # noqa: ASYNC210, S310 - our own agent
    room = WarRoom.open(demo.directory, who="tech lead", offline=True)
    async with console(room, (100, 40)) as (app, pilot):
        await pilot.press("2")
        at(app, "logging")
        await pilot.press("t")
        await until(pilot, lambda: "FAILED: mend it" in shown(app))
        assert "✗ fail  user identifier: missing in 5 of 5 records" in shown(app)
        await pilot.press("enter")
        assert isinstance(app.screen, ProbeDialog)
        await pilot.press("escape")
        await done(app, pilot)
        assert kinds(room)[-1] == "probe.ran"


async def test_an_item_without_a_probe_says_so(preparing: Stand) -> None:
    async with console(preparing.open(), (100, 30)) as (app, pilot):
        await pilot.press("2")
        at(app, "security")
        await pilot.press("t")
        await until(pilot, lambda: "no live check yields evidence" in shown(app))
        at(app, "load-test")
        await pilot.press("t")
        await until(pilot, lambda: "The file that k6, Locust or hey wrote" in shown(app))


async def test_the_rollback_is_drilled_from_its_item(demo: Demo) -> None:
    room = WarRoom.open(demo.directory, who="tech lead", offline=True)
    async with console(room, (100, 40)) as (app, pilot):
        await pilot.press("2")
        at(app, "rollback-ready")
        await pilot.press("t")
        await until(pilot, lambda: "PASSED: Enter confirms" in shown(app))
        assert "✓ ok  time: 0." in shown(app)
        await pilot.press("enter")
        await done(app, pilot)
        assert kinds(room)[-2:] == ["probe.ran", "item.confirmed"]
        # Enter has not reset the target, so a second drill has nothing to bring about.
        await pilot.press("t")
        await until(pilot, lambda: "FAILED: mend it" in shown(app))
        assert "reset the drill target first" in " ".join(shown(app).split())
