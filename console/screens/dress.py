"""How the console is dressed: its theme, and whether it draws signs that are not ASCII."""

import contextlib
import locale
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.filter import LineFilter, Monochrome, NoColor

from config.nearest import suggestion
from console.clean import clean
from console.journal.home import account_home
from console.screens.themes import DEFAULT, THEMES
from console.terminal import LastingApp

GLYPHS = ("unicode", "ascii")
PLAIN_TERMINALS = {"ansi", "linux", "vt100", "vt220"}  # sixteen colours or none, and few signs


class UnknownLook(Exception):
    """A theme or a set of signs that there is not; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen: a name of `THEMES`, and one of `GLYPHS`."""

    theme: str = DEFAULT
    glyphs: str = "unicode"


def look_of(
    theme: str,
    glyphs: str,
    environment: Mapping[str, str],
    encoding: str | None = None,
    chosen: str = "",
) -> Look:
    """The look that was asked for, else what the machine wishes, else what its terminal can show.

    `encoding` is the locale's; `chosen` the theme that was put on last, if any is remembered: a
    plain terminal keeps its own. Raises `UnknownLook`.
    """
    plain = environment.get("TERM", "") in PLAIN_TERMINALS
    narrow = (encoding or locale.getencoding()).casefold().replace("-", "") != "utf8"
    usual = "ansi" if plain else chosen or DEFAULT
    return Look(
        _known("theme", theme, environment, tuple(THEMES)) or usual,
        _known("glyphs", glyphs, environment, GLYPHS) or GLYPHS[plain or narrow],
    )


def _known(what: str, given: str, environment: Mapping[str, str], known: tuple[str, ...]) -> str:
    """What was given on the command line, else in the environment; empty where in neither."""
    variable = f"WARROOM_{what.upper()}"
    name, where = (given, f"--{what}") if given else (environment.get(variable, ""), variable)
    if name and name not in known:
        told = f'{where}: there are no glyphs "{clean(name, 40)}"'
        if what == "theme":
            told = f'{where}: there is no theme "{clean(name, 40)}"'
        raise UnknownLook(told + suggestion(name, known))
    return name


def theme_file() -> Path:
    """Where the account remembers the theme that it put on last."""
    return account_home() / "theme"


def chosen_theme() -> str:
    """The theme that was put on last; empty where none is remembered, or none of ours."""
    try:
        name = theme_file().read_bytes()[:100].decode().strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if name in THEMES else ""


def remember_theme(name: str) -> None:
    """Keep it for the next time; where that cannot be, it lasts until the console ends."""
    file = theme_file()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = file.with_name(f".theme.{os.getpid()}")
        scratch.write_text(f"{name}\n")
        scratch.replace(file)


class Dressed(LastingApp):
    """An app in one of our themes; the palette's Theme puts another on, which is remembered."""

    _worn = ""

    def __init__(self) -> None:
        """In the default."""
        super().__init__()
        for name in self.available_themes:
            self.unregister_theme(name)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = DEFAULT

    def action_toggle_dark(self) -> None:
        """Textual's own, which knows only Textual's themes."""
        self.theme = "light" if self.current_theme.dark else DEFAULT

    def watch_theme(self, name: str) -> None:
        """Remember what is put on after that which the app began with."""
        if self._worn and name != self._worn:
            self._worn = name
            self.run_worker(
                partial(remember_theme, name), name="theme", group="theme", thread=True,
                exit_on_error=False,
            )  # fmt: skip

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's. Without colours it would paint grey what is the terminal's own: black."""
        filters = super().get_line_filters()
        if self.no_color and self.native_ansi_color:
            return [NoColor() if isinstance(one, Monochrome) else one for one in filters]
        return filters

    def wear(self, look: Look) -> None:
        """Put `look` on."""
        self.theme = self._worn = look.theme
        self.ascii = look.glyphs == "ascii"
