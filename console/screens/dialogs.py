"""Small dialogs: ask for a line, choose from a list, show the keys. Escape always goes back."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.clean import clean
from widgets.keybar import KeyBar
from widgets.line import widest
from widgets.oneline import OneLine
from widgets.titled import Titled
from widgets.words import Words

T = TypeVar("T")
BACK = Binding("escape", "dismiss(None)", "Back", id="dialog.back")
COPY = Binding("y", "app.copy", "Copy", id="copy.take", show=False,
               tooltip="copy what is said here, and keep a file")  # fmt: skip
HELP = Binding("question_mark", "app.help", "Help", id="help.show", show=False, key_display="?",
               tooltip="every key that works here")  # fmt: skip


class Dialog(ModalScreen[T]):
    """What lies over a screen. It can be left once, however fast the keys come."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon", "app.command_line", "Command", id="command.open", show=False,
                key_display=":", tooltip="say by name what is to be done"),
        Binding("ctrl+o", "app.label", "Jump", id="jump.open", show=False,
                tooltip="a letter on each part of the dialog; it puts the keys there"),
    ]  # fmt: skip

    _dismissed = False

    @property
    def on_top(self) -> bool:
        """Whether nothing lies over it. (For the toolkit what shines through is current too.)"""
        screens = self.app.screen_stack
        return bool(screens) and screens[-1] is self

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with `result`. Of a second key, sent before the first took effect, nothing comes.

        Textual would take away whatever is uppermost, and end the app where nothing is left.
        """
        if not self.on_top or self._dismissed:
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)


class Ask(Dialog[str | None]):
    """Ask for one line of text; Enter gives it, Escape gives nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(
        self,
        title: str,
        prompt: str,
        text: str = "",
        refused: str = "",
        *,
        optional: bool = False,
        hint: Callable[[str], str] | None = None,
    ) -> None:
        """All are literal text; `text` was typed before and `refused` says why it was not taken.

        With `optional` an empty line is an answer too. `hint` says how what is typed is understood.
        """
        super().__init__()
        self._hint = hint
        self._optional = optional
        self._title = title
        self._prompt = prompt
        self._text = text
        self._refused = refused

    def compose(self) -> ComposeResult:
        """Title, prompt and the line."""
        with Titled(classes="dialog") as dialog:
            dialog.entitle(self._title)
            yield Static(Content(self._prompt), classes="prompt")
            if self._refused:
                said = clean(self._refused, 1000, lines=True)
                yield Static(Content.styled(said, "bold $text-warning"), classes="refused")
            yield OneLine(self._text, max_length=4000, select_on_focus=False)
            if self._hint is not None:
                yield Words(id="hint")
        yield KeyBar()

    @on(Input.Changed)
    def understand(self, event: Input.Changed) -> None:
        """Say how it is understood while it is typed."""
        if self._hint is not None:
            self.query_one("#hint", Words).say(Content(clean(self._hint(event.value), 300)))

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """An empty line is no answer, unless it may be empty."""
        if event.value.strip() or self._optional:
            self.dismiss(event.value)


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Each row's texts as one, those of all rows below each other."""
    widths = [widest(column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{text}{'':{width - cell_len(text)}}" for text, width in
                  zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]  # fmt: skip


class Choices(OptionList):
    """Stops at both ends: a key too many would choose what is farthest away."""

    def action_cursor_up(self) -> None:
        """See `OptionList`."""
        if self.highlighted != 0:
            super().action_cursor_up()

    def action_cursor_down(self) -> None:
        """See `OptionList`."""
        if self.highlighted != self.option_count - 1:
            super().action_cursor_down()


class Choose(Dialog[str | None]):
    """Choose one of several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("j", "move('cursor_down')", "Down", show=False, id="choose.down"),
        Binding("k", "move('cursor_up')", "Up", show=False, id="choose.up"),
        Binding("ctrl+d", "move('page_down')", "Page down", show=False, id="choose.page-down"),
        Binding("ctrl+u", "move('page_up')", "Page up", show=False, id="choose.page-up"),
        Binding("G", "move('last')", "Last", show=False, id="choose.last"),
    ]

    def __init__(self, title: str, options: Iterable[tuple[str, str]]) -> None:
        """`options` are (value, text); both are literal."""
        super().__init__()
        self._title = title
        self._options = list(options)

    def compose(self) -> ComposeResult:
        """The list."""
        with Titled(classes="dialog") as dialog:
            dialog.entitle(self._title)
            yield Choices(*(Option(Content(text)) for _, text in self._options))
        yield KeyBar()

    def action_move(self, way: str) -> None:
        """Move like the arrows and their neighbours."""
        getattr(self.query_one(OptionList), f"action_{way}")()

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Give the value that was chosen."""
        self.dismiss(self._options[event.option_index][0])
