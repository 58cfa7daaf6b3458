"""The row of keys: what stays where room is short, what a click presses, and no markup."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.screen import Screen

from tests.widgets.host import MARKUP, shown
from widgets.keybar import KeyBar


class Keys(App[None]):
    """Remembers which keys were pressed."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "press('g')", "Gate"),
        Binding("w", "press('w')", "広い"),
        Binding("n", "press('n')", MARKUP),
        Binding("h", "press('h')", "Hidden", show=False),
        Binding("q", "press('q')", "Quit"),
        Binding("question_mark", "press('?')", "Help", key_display="?"),
        Binding("f9", "press('f9')", "Rollback", key_display="F9", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyBar()

    def action_press(self, key: str) -> None:
        self.pressed.append(key)


@asynccontextmanager
async def keys(width: int) -> AsyncIterator[tuple[Keys, Pilot[None]]]:
    app = Keys()
    async with app.run_test(size=(width, 5)) as pilot:
        await pilot.pause()
        yield app, pilot


def row(app: Keys) -> str:
    (line,) = shown(app.query_one(KeyBar))
    return line


class Counting(Screen[None]):
    """A key of it would act on several things."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "take", "Ack")]

    def compose(self) -> ComposeResult:
        yield KeyBar()

    def action_take(self) -> None:
        """Take them."""

    def count_of(self, action: str) -> int:
        return 1200 if action == "take" else 1


async def test_a_count_does_not_read_like_a_key() -> None:
    async with keys(200) as (app, pilot):
        await app.push_screen(Counting())
        await pilot.pause()
        (line,) = shown(app.screen.query_one(KeyBar))
    assert "a Ack (1,200)" in line


async def test_all_keys_that_are_shown_stand_there_as_literal_text() -> None:
    async with keys(200) as (app, _):
        assert MARKUP in row(app)
        for said in ("g Gate", "q Quit", "? Help", "F9 Rollback"):
            assert said in row(app)
        assert "Hidden" not in row(app)


@pytest.mark.parametrize("width", [120, 80, 60, 40, 22])
async def test_what_leads_on_and_what_saves_never_goes(width: int) -> None:
    async with keys(width) as (app, _):
        assert cell_len(row(app)) <= width
        assert "? Help" in row(app)
        assert "F9 Rollback" in row(app)


async def test_the_last_keys_go_first() -> None:
    async with keys(40) as (app, _):
        assert "g Gate" in row(app)
        assert "q Quit" not in row(app)


@pytest.mark.parametrize(("word", "key"), [("Gate", "g"), ("Quit", "q"), ("Rollback", "f9")])
async def test_a_click_presses_the_key_under_it(word: str, key: str) -> None:
    async with keys(200) as (app, pilot):
        text = row(app)
        column = cell_len(text[: text.index(word)])
        bar = app.query_one(KeyBar)
        await pilot.click(KeyBar, offset=(column + bar.styles.padding.left, 0))
        await pilot.pause()
        assert app.pressed == [key]
        await pilot.click(KeyBar, offset=(199, 0))
        await pilot.pause()
        assert app.pressed == [key], "where no key stands, a click is none"
