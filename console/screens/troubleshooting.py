"""The troubleshooting table: what is seen, what is likely behind it, what to do. Offline."""

from collections.abc import Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from config.guide import TroubleRow, trouble_rows
from console.domain.troubleshooting import search
from console.screens.dialogs import BACK, COPY, HELP, Dialog
from widgets.keybar import KeyBar
from widgets.scrolling import Scroll
from widgets.words import Words


class TroubleshootingDialog(Dialog[None]):
    """The rows that hold every word of what is searched for; all of them at first."""

    CSS_PATH = "troubleshooting.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("slash", "search", "Search", id="table.search", key_display="/",
                tooltip="show only rows that hold these words"),
        COPY,
        HELP,
    ]  # fmt: skip

    line = getters.query_one(Input)
    rows = getters.query_one("#rows", Words)

    def __init__(self, text: str = "", rows: Sequence[TroubleRow] = ()) -> None:
        """Begin with the rows that hold `text`, or with these `rows`."""
        super().__init__()
        self._text = text
        self._first = tuple(rows)

    def compose(self) -> ComposeResult:
        """The rows above the line that searches them."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "troubleshooting"
            with Scroll(id="table"):
                yield Words(id="rows")
            yield Input(self._text, placeholder="search: words that a row holds",
                        select_on_focus=False, id="search")  # fmt: skip
        yield KeyBar()

    def on_mount(self) -> None:
        """Show them."""
        self.line.display = bool(self._text)
        self._show(self._text)

    def _show(self, text: str) -> None:
        found = search(text) if text or not self._first else self._first
        dialog = self.query_one(".dialog")
        dialog.border_title = f"troubleshooting · {len(found)} of {len(trouble_rows())} rows"
        if found:
            self.rows.say(rows_content(found))
        else:
            self.rows.say(Content("no row holds all of these words"))

    def action_search(self) -> None:
        """Open the line."""
        self.line.display = True
        self.line.focus()

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Search while it is typed."""
        self._show(event.value)

    @on(Input.Submitted)
    def keep(self) -> None:
        """Enter keeps the search and gives the arrows back."""
        self.query_one("#table").focus()


def rows_content(rows: Sequence[TroubleRow]) -> Content:
    """Rows of the table as literal text."""
    return Content("\n\n").join(map(_row, rows))


def _row(row: TroubleRow) -> Content:
    return Content("\n").join(
        [
            Content.styled(row.symptom, "bold"),
            Content.styled("likely  ", "bold $text-primary") + Content(row.cause),
            *(
                Content.styled(f"{place}. ", "bold $text-primary") + Content(step)
                for place, step in enumerate(row.fix, 1)
            ),
        ]
    )
