"""Several deployments: what the list says of each, and going over to one without leaving."""

import threading
from pathlib import Path

import pytest

from console.room import WarRoom
from console.screens import deployments as dialog_module
from console.screens import guard
from console.screens.chooser import Chooser
from console.screens.deployment_deeds import deployments
from console.screens.deployments import DeploymentsDialog
from tests.app.rooms import Stand, console, done, fired, shown, stand, until, words


@pytest.fixture
def others(window: Stand) -> Stand:
    """Beside the window an internal one with an alert, and one that does not parse."""
    beside = window.directory.parent
    other = stand(
        beside / "router",
        lambda values: (
            values["agent"].update(name="ticket-router"),
            values["context"].update(exposure="internal"),
            values.update(deployment="0123456789abcdef"),
        ),
    )
    other.past((360.0, fired()))
    broken = stand(beside / "broken").directory / "warroom.toml"
    broken.write_text("version = [")
    return window


async def test_the_list_tells_of_each_and_enter_goes_over(others: Stand) -> None:
    room = others.open()
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("O")
        await done(app, pilot)
        said = words(app)
        order = [said.index(name) for name in ("ticket-router", "claims-triage", "broken")]
        assert order == sorted(order), "internal first"
        assert "internal · router" in said
        assert "1 alert firing: error rate" in said
        assert "customer-facing · claims · here" in said
        assert "in-window · full for " in said
        assert "cannot be read: warroom.toml:1: is not TOML" in said
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.next_room is not None)
    other = app.next_room
    assert isinstance(other, WarRoom)
    assert (other.deployment.agent.name, other.actor.name) == ("ticket-router", "agent lead")
    assert other.offline, "as the one before"
    other.record.journal.close()


async def test_what_cannot_be_read_is_said_and_not_opened(others: Stand) -> None:
    async with console(others.open()) as (app, pilot):
        await pilot.press("O")
        await done(app, pilot)
        await pilot.press("end", "enter")
        await done(app, pilot)
        assert "It cannot be opened: warroom.toml:1: is not TOML" in words(app)
        await pilot.press("k", "enter")
        await done(app, pilot)
        assert not isinstance(app.screen, DeploymentsDialog), "this one is shown already"
        assert app.next_room is None


async def test_a_disk_that_hangs_is_said(others: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialog_module, "HANGS_S", 0.05)
    answer = threading.Event()
    monkeypatch.setattr(dialog_module, "standings", lambda found: answer.wait() and [])
    async with console(others.open()) as (app, pilot):
        await pilot.press("O")
        await until(pilot, lambda: dialog_module.HANGS in words(app))
        await pilot.press("escape")
        assert not isinstance(app.screen, DeploymentsDialog)
    answer.set()


async def test_nobody_goes_away_from_an_armed_guard(
    others: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "new_code", lambda: "BDFG")
    async with console(others.open()) as (app, pilot):
        deployments(app)
        await until(pilot, lambda: isinstance(app.screen, DeploymentsDialog))
        await done(app, pilot)
        dialog = app.screen
        assert isinstance(dialog, DeploymentsDialog)
        await pilot.press("home")
        await pilot.press("f9")
        dialog.list_.action_choose()
        await done(app, pilot)
        assert isinstance(app.screen, guard.RollbackGuard)
        assert app.next_room is None


async def test_nobody_goes_away_from_a_rollback(
    others: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.screens.deployment_deeds.running", lambda room: True)
    async with console(others.open()) as (app, pilot):
        await pilot.press("O")
        await done(app, pilot)
        await pilot.press("home", "enter")
        await done(app, pilot)
        await until(pilot, lambda: "armed or runs here" in shown(app))
        assert app.next_room is None


@pytest.mark.parametrize(("keys", "chosen"), [(("enter",), "router"), (("escape",), None)])
async def test_one_is_chosen_before_there_is_a_console(
    others: Stand, keys: tuple[str, ...], chosen: str | None
) -> None:
    place: Path = others.directory.parent
    app = Chooser(place)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeploymentsDialog))
        dialog = app.screen
        assert isinstance(dialog, DeploymentsDialog)
        await until(pilot, lambda: dialog.list_.cursor_id.endswith("router"))
        await pilot.press("f9", *keys)
        await pilot.pause()
    assert app.chosen == (None if chosen is None else place / chosen)
