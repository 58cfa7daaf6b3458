"""The `:` line: everything that the palette offers by its name, and a few words of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Input

from config.nearest import nearest
from console.clean import clean
from console.screens.catalogue import UNSEEN, Deed, catalogue, where
from console.screens.dialogs import BACK, Dialog
from widgets.filterline import FilterLine
from widgets.journal import JournalLog
from widgets.keybar import KeyBar
from widgets.line import fit
from widgets.rowlist import RowList
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

QUITS = ("q", "qa", "quit", "exit")
THEME = "theme"
SHOWN = 8
OFFER = 13  # cells of a row besides the name and what it does
MOST_KEPT = 100
HOW = "a screen or deed · /filter · row number · theme NAME · q"


def same(text: str) -> str:
    """A name as it is compared: `Check in`, `check-in` and `checkin` are one."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def typed_name(deed: Deed, *, short: bool = False) -> str:
    """How a deed is typed; with `short` without the screen that it belongs to."""
    return (deed.name if short else deed.title.replace(":", "")).lower()


def found(text: str, deeds: Sequence[Deed]) -> list[Deed]:
    """The deeds that `text` may mean: those named or known by it, else all that begin with it,
    else all that hold it. Each screen's are found by `screen deed` too."""
    wanted = same(text)
    names = [(deed, _names_of(deed)) for deed in deeds]
    exact = [deed for deed, each in names if wanted in each]
    begun = [deed for deed, each in names if any(one.startswith(wanted) for one in each)]
    return exact or begun or [deed for deed, each in names if any(wanted in one for one in each)]


def _names_of(deed: Deed) -> tuple[str, ...]:
    return same(deed.name), same(deed.title), same(deed.id)


def too_little(text: str, deed: Deed) -> str:
    """Why `text` is not enough of a deed's name to do it; empty if it is.

    What only lies within a name is offered, not done; what is done at once is said in full.
    """
    wanted, names = same(text), _names_of(deed)
    begins = any(name.startswith(wanted) for name in names)
    if wanted in names or (begins and deed.id not in UNSEEN):
        return ""
    return f'"{clean(text, 40)}" does nothing; did you mean "{typed_name(deed)}"?'


def meant(text: str, deeds: Sequence[Deed], at: Sequence[str]) -> Deed | str:
    """The one deed that `text` means, or a sentence why none.

    Where several have it, those of the places `at` go before the others, the first of them first.
    """
    choices = found(text, deeds)
    if not choices:
        near = nearest(text, [deed.name for deed in deeds])
        hint = f'did you mean "{near.lower()}"?' if near else "ctrl+p lists all there is"
        return f'there is no command "{clean(text, 40)}"; {hint}'
    for screen in at:
        if len(own := [deed for deed in choices if deed.screen == screen]) == 1:
            return own[0]
    if len(choices) == 1:
        return choices[0]
    named = ", ".join(typed_name(deed) for deed in choices[:6])
    return f'"{clean(text, 40)}" may mean several; say which: {named}'


def obey(app: WarRoomApp, text: str) -> str:
    """Do what `text` says; a sentence why not, or nothing."""
    text = text.strip().removeprefix(":").strip()
    word, _, rest = text.partition(" ")
    why = ""
    if not text:
        return ""
    if word in QUITS and not rest:
        app.action_leave()
    elif text.startswith("/"):
        why = _filter(app.screen, text[1:])
    elif text.isdecimal():
        why = _row(app, int(text))
    elif word == THEME and rest:
        why = _theme(app, rest.strip())
    else:
        deed = meant(text, catalogue(app), (where(app), "", app.current_mode))
        if isinstance(deed, str):
            return deed
        why = too_little(text, deed)
        if not why:
            deed.run()
    return why


def _filter(screen: Screen[Any], text: str) -> str:
    try:
        line = screen.query_one(FilterLine)
    except NoMatches:
        return "this screen has nothing to filter"
    line.begin(text)
    return ""


def _row(app: WarRoomApp, number: int) -> str:
    held = app.focused
    if isinstance(held, RowList | JournalLog):
        held.go_to_row(number - 1)
        return ""
    return "no list has the focus, so there is no row to go to"


def _theme(app: WarRoomApp, name: str) -> str:
    if name in app.available_themes:
        app.theme = name
        return ""
    near = nearest(name, app.available_themes)
    hint = f'did you mean "{near}"?' if near else '"theme" alone lists them'
    return f'there is no theme "{clean(name, 40)}"; {hint}'


class CommandLine(Dialog[str | None]):
    """A line at the bottom with what it may mean above it; gives what was typed."""

    CSS_PATH = "command_line.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("tab", "complete(1)", "Complete", id="command.complete",
                tooltip="write the next name that begins so"),
        Binding("shift+tab", "complete(-1)", "Complete", id="command.complete-back", show=False),
        Binding("up", "past(-1)", "Earlier", id="command.earlier",
                tooltip="what was typed before"),
        Binding("down", "past(1)", "Later", id="command.later", show=False),
    ]  # fmt: skip

    def __init__(
        self, deeds: Sequence[Deed], here: str, themes: Sequence[str], past: Sequence[str],
        text: str = "", why: str = "",
    ) -> None:  # fmt: skip
        """Offer `deeds`, those of `here` by their short names, and `themes`.

        `past` was typed before, and `text` refused for `why`.
        """
        super().__init__()
        self._deeds = deeds
        self._here = here
        self._themes = themes
        self._past = [*past, text]
        self._at = len(past)
        self._text = text
        self._why = why
        self._stem = text
        self._turn = -1

    def compose(self) -> ComposeResult:
        """What may be meant, and the line."""
        with Vertical(id="command"):
            yield Words(id="offers")
            yield Input(self._text, max_length=200, select_on_focus=False, placeholder=HOW)
        yield KeyBar()

    def on_mount(self) -> None:
        """Say what is wrong with the last one, if it was refused."""
        self.query_one(Input).focus()
        self._offer()

    def _names(self) -> list[str]:
        """What the stem may be completed to, each as it is typed."""
        word, space, rest = self._stem.partition(" ")
        if word == THEME and space:
            return [f"{THEME} {name}" for name in self._themes if name.startswith(rest)]
        if not same(self._stem):
            return []
        names = [
            typed_name(deed, short=deed.screen == self._here)
            for deed in found(self._stem, self._deeds)
        ]
        return list(dict.fromkeys(names))

    def _offer(self) -> None:
        lines = []
        if self._why:
            lines.append(Content.styled(self._why, "bold $text-warning"))
        elif self._stem.startswith(f"{THEME} "):
            lines = [Content(name) for name in self._names()[:SHOWN]]
        elif same(self._stem):
            for deed in found(self._stem, self._deeds)[:SHOWN]:
                name = deed.title.lower()
                room = self.size.width - cell_len(name) - OFFER
                lines.append(
                    Content.styled(f"{deed.keys:>7}  ", "bold $text-primary")
                    + Content(name)
                    + Content.styled(f"  {fit(deed.says, room)}", "$text-muted")
                )
        offers = self.query_one("#offers", Words)
        offers.display = bool(lines)
        offers.say(Content("\n").join(lines))

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Offer what it may mean, unless it was completed just now."""
        names = self._names()
        if self._turn >= 0 and names and event.value == names[self._turn % len(names)]:
            return
        if event.value != self._text:
            self._why = ""
        self._stem, self._turn = event.value, -1
        self._offer()

    def _write(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def action_complete(self, way: int) -> None:
        """Write the next name that begins so, and the one after it at the next press."""
        if names := self._names():
            self._turn = (self._turn + way) % len(names) if self._turn >= 0 else min(way, 0)
            self._turn %= len(names)
            self._write(names[self._turn])

    def action_past(self, way: int) -> None:
        """Go through what was typed before."""
        self._at = min(max(self._at + way, 0), len(self._past) - 1)
        self._write(self._past[self._at])

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Give it; of an empty line nothing comes."""
        self.dismiss(event.value)


def command_line(app: WarRoomApp, text: str = "", why: str = "") -> None:
    """Ask for a command and obey it; ask again, with what is wrong, where it is refused."""

    def answered(said: str | None) -> None:
        if said is None or not said.strip():
            return
        if said in app.said:
            app.said.remove(said)
        app.said[:] = [*app.said, said][-MOST_KEPT:]
        if refused := obey(app, said):
            command_line(app, said, refused)

    deeds, themes = catalogue(app), sorted(app.available_themes)
    app.push_screen(CommandLine(deeds, where(app), themes, app.said, text, why), answered)
