"""How the console is dressed: themes that can be read, and a terminal that knows only ASCII."""

import re
from pathlib import Path

import pytest
from textual.color import Color

import console
import widgets.glyphs
from console.screens.dress import Look, UnknownLook, chosen_theme, look_of, theme_file
from console.screens.themes import THEMES
from tests.app.rooms import Stand, done, shown
from tests.app.rooms import console as opened_console
from tests.app.terminal import F9, colours, opened
from widgets.ascii import plain
from widgets.letters import large
from widgets.metrics import MetricBoard

TONES = ("primary", "text-muted", "text-success", "text-warning", "text-error", "foreground")
# What a deuteranope sees of red, green and blue (Machado 2009, severity 1), in linear light.
DEUTERANOPE = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))


def linear(colour: Color) -> tuple[float, ...]:
    return tuple(
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )


def contrast(one: Color, other: Color) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    light, dark = sorted(
        (sum(map(float.__mul__, weights, linear(colour))) for colour in (one, other)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", [name for name, theme in THEMES.items() if not theme.ansi])
def test_every_tone_can_be_read_on_every_ground(name: str) -> None:
    theme = THEMES[name]
    known = {**theme.to_color_system().generate(), **theme.variables}
    for ground in ("background", "surface", "panel", "lit"):
        for tone in TONES:
            least = 7.0 if name == "high-contrast" else 4.5
            found = contrast(Color.parse(known[tone]), Color.parse(known[ground]))
            assert found >= least, f"{tone} on {ground}: {found:.1f}"


def test_the_colour_blind_tell_good_warning_and_bad_apart() -> None:
    def seen(tone: str) -> tuple[float, ...]:
        red, green, blue = linear(Color.parse(THEMES["colour-blind"].variables[tone]))
        return tuple(r * red + g * green + b * blue for r, g, b in DEUTERANOPE)

    tones = [seen(f"text-{tone}") for tone in ("success", "warning", "error")]
    for place, one in enumerate(tones):
        for other in tones[:place]:
            assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.25


def test_every_colour_is_the_themes() -> None:
    rule = re.compile(r"(?:color|background|border[a-z-]*): ([^;]+);")
    for path in Path(console.__file__).parent.rglob("*.tcss"):
        for value in rule.findall(path.read_text()):
            assert "$" in value or value in {"none", "bold", "transparent"}, f"{path.name}: {value}"


async def test_themes_are_changed_while_it_runs(window: Stand) -> None:
    async with opened_console(window.open()) as (app, pilot):
        assert set(app.available_themes) == set(THEMES)
        for name in THEMES:
            app.theme = name
            await pilot.pause()
            assert "F9 Rollback" in shown(app)
            assert app.screen.query_one("#metrics").styles.border_top[0] == "round"


async def test_a_row_takes_the_colours_of_the_theme_that_is_put_on(window: Stand) -> None:
    async with opened_console(window.open()) as (app, pilot):
        board = app.screen.query_one(MetricBoard)
        worn = set()
        for name in ("light", "dark"):
            app.theme = name
            await pilot.pause()
            worn.add(str(board.tone_style("muted").color))
            muted = {one.style.color for one in board.render_line(0) if one.style}
            assert board.tone_style("muted").color in muted
        assert len(worn) == 2


def test_what_is_asked_for_comes_before_what_the_terminal_can_show() -> None:
    plenty = {"TERM": "xterm-256color"}
    assert look_of("", "", plenty, "UTF-8") == Look("dark", "unicode")
    assert look_of("", "", plenty, "ISO-8859-1") == Look("dark", "ascii")
    assert look_of("", "", {"TERM": "linux"}, "UTF-8") == Look("ansi", "ascii")
    wished = {"WARROOM_THEME": "light", "WARROOM_GLYPHS": "unicode", "TERM": "linux"}
    assert look_of("", "", wished, "ISO-8859-1") == Look("light", "unicode")
    assert look_of("high-contrast", "ascii", wished) == Look("high-contrast", "ascii")


async def test_the_theme_put_on_last_is_remembered(window: Stand) -> None:
    rich = {"TERM": "xterm-256color"}
    async with opened_console(window.open()) as (app, pilot):
        app.wear(Look("light"))
        await done(app, pilot)
        assert chosen_theme() == "", "what was asked for is no choice"
        app.theme = "high-contrast"
        await done(app, pilot)
    assert chosen_theme() == "high-contrast"
    assert look_of("", "", rich, "UTF-8", chosen_theme()).theme == "high-contrast"
    assert look_of("light", "", rich, "UTF-8", chosen_theme()).theme == "light"
    wished = rich | {"WARROOM_THEME": "colour-blind"}
    assert look_of("", "", wished, "UTF-8", chosen_theme()).theme == "colour-blind"
    assert look_of("", "", {"TERM": "linux"}, "UTF-8", chosen_theme()).theme == "ansi"
    theme_file().write_bytes(b"\xff no theme")
    assert chosen_theme() == ""


def test_a_reload_keeps_the_theme(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", "--theme", "light") as terminal:
        terminal.shows("latest entries", "F9 Rollback")
        light = len(list(colours(terminal.raw)))
        terminal.send(":")
        terminal.shows("a screen or deed")
        terminal.send("theme high-contrast\r")
        terminal.until(lambda: (255, 255, 255) in list(colours(terminal.raw))[light:])
        terminal.send(":")
        terminal.shows("a screen or deed")
        terminal.send("reload\r")
        terminal.until(lambda: terminal.raw.count(b"\x1b[?1049h") == 2)
        again = terminal.raw.rindex(b"\x1b[?1049h")
        terminal.until(lambda: (255, 255, 255) in colours(terminal.raw[again:]))


def test_an_unknown_look_is_named_with_what_was_meant() -> None:
    with pytest.raises(
        UnknownLook, match='--theme: there is no theme "ligth"; did you mean "light"'
    ):
        look_of("ligth", "", {})
    with pytest.raises(UnknownLook, match='WARROOM_GLYPHS: there are no glyphs "asci"; did you'):
        look_of("", "", {"WARROOM_GLYPHS": "asci"})


def test_every_sign_has_a_likeness() -> None:
    signs = [sign for name, sign in vars(widgets.glyphs).items() if name.isupper()]
    signs += ["╭─╮│╰╯┏━┓┃┗┛", *(row for row in large("R"))]
    for sign in signs:
        found = plain(sign)
        assert found.isascii()
        assert len(found) == len(sign)
        assert sign == "?" or "?" not in found, sign
    assert plain("1.2 % ≤ 1 %") == "1.2 % <=1 %", "not another limit"
    assert plain("naïve 漢字 \u00a0ok") == "na?ve ???? " + " ok"


def test_a_terminal_that_knows_only_ascii_gets_nothing_else(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", "--glyphs", "ascii") as terminal:
        terminal.shows("latest entries", "F9 Rollback")
        for key, said in (("2", "HARD"), ("4", "accuracy"), ("8", "check-ins"), ("0", "intact")):
            terminal.send(key)
            terminal.shows(said)
        terminal.send(F9)
        terminal.shows("ROLLBACK ARMED")
        assert terminal.raw.isascii()


def test_no_colour_is_asked_of_a_plain_terminal_but_its_own(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", TERM="linux", COLORTERM="") as terminal:
        terminal.shows("latest entries", "F9 Rollback")
        asked = set(colours(terminal.raw))
        assert asked > {(36,), (39,)}
        assert all(len(colour) == 1 for colour in asked)


def test_where_no_colour_is_wanted_a_plain_terminal_keeps_its_own(
    window: Stand, home: Path
) -> None:
    with opened(window.directory, home, "--offline", TERM="linux", NO_COLOR="1") as terminal:
        terminal.shows("latest entries", "F9 Rollback")
        assert set(colours(terminal.raw)) <= {(39,)}
