"""That every screen and dialog can be read in every theme: found by its colours, not listed."""

from collections.abc import Iterator

import pytest
from textual.color import Color
from textual.command import CommandPalette
from textual.content import Content

from console.app import WarRoomApp
from console.screens.themes import THEMES
from console.screens.trigger import TriggerScreen
from tests.app.everywhere import WAYS, AnyScreen, all_screens
from tests.app.rooms import Stand, console, declare, done, rows, suspension
from tests.app.test_dress import contrast
from tests.app.test_screens import firing, triggered
from widgets.words import Words

# What lies over a screen; the rest of such a picture is dimmed on purpose.
OVER = ".dialog, #command, CommandInput, CommandList"


def faint(app: WarRoomApp, least: float) -> Iterator[str]:
    """Texts that are not told well from their ground: with less contrast than `least` to 1."""
    over = [widget.region for widget in app.screen.query(OVER)]
    for y, strip in enumerate(app.screen._compositor.render_strips(app.size)):
        x = 0
        for text, style, _ in strip:
            start, x = x, x + len(text)
            if app.screen.is_modal and not any(
                region.contains(start, y) and region.contains(x - 1, y) for region in over
            ):
                continue
            if not any(map(str.isalnum, text)) or style is None:
                continue
            assert style.color is not None
            assert style.bgcolor is not None
            tone, ground = (Color(*one.get_truecolor()) for one in (style.color, style.bgcolor))
            if (found := contrast(tone, ground)) < least:
                yield f"{found:.1f}: {text.strip()!r}"


@pytest.mark.parametrize("kind", all_screens(), ids=lambda kind: kind.__name__)
async def test_every_text_is_read_in_every_theme(kind: AnyScreen, preparing: Stand) -> None:
    make = triggered if kind is TriggerScreen else firing
    room = make(declare(preparing, suspension("mail", "Mail")))
    async with console(room, (80, 24)) as (app, pilot):
        await WAYS[kind](app, pilot)
        await done(app, pilot)
        seen = rows(app)
        for name, theme in THEMES.items():
            app.theme = name
            await pilot.pause()
            if theme.ansi:
                # Nothing can be dimmed there, and nothing may be hidden for it.
                assert rows(app) == seen
            else:
                assert not list(faint(app, 7.0 if name == "high-contrast" else 4.5)), name


async def test_what_is_faint_is_found(preparing: Stand) -> None:
    async with console(firing(preparing), (80, 24)) as (app, pilot):
        told = Words()
        await app.screen.mount(told, before=0)
        told.say(Content("faint"))
        await pilot.pause()
        assert not list(faint(app, 4.5))
        told.styles.color = app.screen.styles.background.lighten(0.2)
        await pilot.pause()
        assert any("faint" in one for one in faint(app, 4.5))


async def test_the_palette_is_read_in_each_theme_that_it_is_opened_in(preparing: Stand) -> None:
    async with console(firing(preparing), (80, 24)) as (app, pilot):
        for name, theme in THEMES.items():
            app.theme = name
            app.action_command_palette()
            await done(app, pilot)
            assert isinstance(app.screen, CommandPalette)
            if not theme.ansi:
                assert not list(faint(app, 7.0 if name == "high-contrast" else 4.5)), name
            await pilot.press("escape")
