"""F9 arms from every screen, dialog and text field, and no key map takes it away."""

import re
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from console.app import WarRoomApp
from console.screens import guard as guard_module
from console.screens.guard import Guard, RollbackGuard
from console.screens.trigger import TriggerScreen
from tests.app.everywhere import WAYS, AnyScreen, all_screens
from tests.app.rooms import (
    Stand,
    adopt,
    console,
    declare,
    done,
    minutes,
    shown,
    stand,
    suspension,
    until,
)

CODE = "BDFG"


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard's letters, the same every time."""
    monkeypatch.setattr(guard_module, "new_code", lambda: CODE)


@pytest.fixture
def suspending(tmp_path: Path) -> Stand:
    """In the window, with one suspension declared."""

    standing = declare(stand(tmp_path / "claims"), suspension("lookup", "policy lookup"))
    standing.reach_full()
    return standing


def armed(app: WarRoomApp) -> bool:
    return isinstance(app.screen, RollbackGuard)


def test_none_is_forgotten() -> None:
    assert set(all_screens()) == set(WAYS), "a new screen says in WAYS how to get there"


@pytest.mark.parametrize("kind", WAYS, ids=lambda kind: kind.__name__)
async def test_f9_arms_over_it_and_leaves_it_as_it_was(kind: AnyScreen, suspending: Stand) -> None:
    bad = kind is TriggerScreen
    room = adopt(suspending.open(), minutes(errors=4 if bad else 0))
    async with console(room) as (app, pilot):
        if not bad:
            await WAYS[kind](app, pilot)
            await done(app, pilot)
        await until(pilot, lambda: isinstance(app.screen, kind))
        below = app.screen
        await pilot.press("f9")
        assert armed(app)
        assert "ROLLBACK ARMED" in shown(app)
        assert sum(isinstance(screen, Guard) for screen in app.screen_stack) == 1
        await pilot.press("B", "escape")
        assert not isinstance(app.screen, Guard)
        assert issubclass(kind, Guard) or app.screen is below
        for field in list(app.screen.query("Input, TextArea")):
            assert isinstance(field, Input), f"{kind.__name__} has a text area: test that too"
            await from_within(field, app, pilot)
        assert room.rollback_run is None


async def from_within(field: Input, app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Arm while something is typed there, and find it as it was."""
    below = app.screen
    field.display = True
    field.focus()
    await pilot.pause()
    await pilot.press("x", "f9")
    assert armed(app)
    await pilot.press("B", "D", "escape")
    await pilot.pause()
    assert app.screen is below
    assert app.focused is field
    assert field.value == "x", "the guard's letters do not leak into the field"


FIELD = re.compile(r"yield (Input|OneLine|FilterLine)\(")


def test_there_are_text_fields_to_test() -> None:
    """So that the test above can fail."""
    source = Path(guard_module.__file__).parent
    holding = {path.stem for path in source.glob("*.py") if FIELD.search(path.read_text())}
    assert holding == {
        *("alerts", "assess", "calls", "checkin", "checklist", "command_line", "dialogs"),
        *("duties", "escalations", "gate", "help", "incidents", "journal", "postmortem"),
        "troubleshooting",
    }


class Scribble(Screen[None]):
    """A text area: none of the console's screens has one yet."""

    def compose(self) -> ComposeResult:
        """One."""
        yield TextArea("so far")


async def test_f9_arms_from_within_a_text_area(suspending: Stand) -> None:
    async with console(suspending.open()) as (app, pilot):
        app.push_screen(Scribble())
        await pilot.pause()
        area = app.screen.query_one(TextArea)
        area.focus()
        await pilot.press("x", "f9")
        assert armed(app)
        await pilot.press("B", "escape")
        assert area.text == "xso far"


async def test_an_armed_suspension_gives_way_to_the_rollback(suspending: Stand) -> None:
    async with console(suspending.open()) as (app, pilot):
        await pilot.press("X")
        assert "SUSPEND policy lookup ARMED" in shown(app)
        await pilot.press("f9")
        assert "ROLLBACK ARMED" in shown(app)
        await pilot.press("X", "escape")
        assert len(app.screen_stack) == 1


def bindings_of(owner: type[Any]) -> list[Binding]:
    """What a class and those that it refines bind."""
    given = (one for kind in owner.__mro__ for one in vars(kind).get("BINDINGS", []))
    return [one for one in given if isinstance(one, Binding)]


def ids() -> list[str]:
    """The ids of every binding that a key map could name."""
    owners: list[type[Any]] = [WarRoomApp, *all_screens()]
    return sorted({one.id for owner in owners for one in bindings_of(owner) if one.id})


KEYS = ("x", "enter", "b", "escape", "1", "f9", "f9,x", "F9", "ctrl+m", "f9,enter")


@pytest.mark.parametrize("way", ["set_keymap", "update_keymap"])
async def test_no_key_map_takes_f9_away_or_reaches_the_guard(way: str, suspending: Stand) -> None:
    room = suspending.open()
    assert len(ids()) > 60
    assert "rollback.arm" in ids()
    async with console(room) as (app, pilot):
        for key in KEYS:
            getattr(app, way)(dict.fromkeys(ids(), key))
            await pilot.press("f9")
            guard = app.screen
            assert isinstance(guard, RollbackGuard), f"{key}: F9 arms"
            await pilot.press(*CODE[:3])
            assert guard._typed == CODE[:3], f"{key}: the letters are the guard's"
            await pilot.press("4")
            assert "› 4" in shown(app), key
            await pilot.press(*CODE)
            assert guard._typed == CODE, key
            await pilot.press("escape")
            assert not isinstance(app.screen, Guard), f"{key}: Escape disarms"
            assert app._keymap["rollback.arm"] == "f9", key
        assert room.rollback_run is None


async def test_the_test_of_key_maps_can_fail(suspending: Stand) -> None:
    """Without the console's own care a key map does take F9 away."""
    async with console(suspending.open()) as (app, pilot):
        App.set_keymap(app, {"rollback.arm": "x"})
        await pilot.press("f9")
        assert not armed(app)


async def test_a_second_key_may_be_added(suspending: Stand) -> None:
    async with console(suspending.open()) as (app, pilot):
        app.set_keymap({"rollback.arm": "f12"})
        for key in ("f12", "f9"):
            await pilot.press(key)
            assert armed(app), key
            await pilot.press("escape")


def test_nothing_else_is_bound_to_f9_and_the_guard_has_no_bindings() -> None:
    assert not any("BINDINGS" in vars(kind) and kind.BINDINGS for kind in _kinds(Guard))
    for owner in all_screens():
        for binding in bindings_of(owner):
            assert "f9" not in binding.key.split(","), binding
            assert not binding.priority, binding


def _kinds(kind: type[DOMNode]) -> list[type[Any]]:
    return [kind, *(one for sub in kind.__subclasses__() for one in _kinds(sub))]
