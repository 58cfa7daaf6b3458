"""Documents at the keys: each kind with a preview, and written to `reports/` with its seal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from config.load import ConfigError
from console.clean import clean
from console.domain.refused import Refused
from console.domain.times import stamp
from console.reports.document import Document
from console.reports.ground import Ground, Options
from console.reports.kinds import KINDS, make
from console.reports.written import AnyFormat, written
from console.room import OpenFailed, WarRoom
from console.room.reported import recorded_ground, sealed_for
from console.screens.dialogs import BACK, COPY, Choose, Dialog
from console.screens.help import Help
from console.screens.report_views import document_content
from console.screens.rollback import write_private
from widgets.keybar import KeyBar
from widgets.kinds import KindList, KindView
from widgets.waiting import Waiting
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

FORMATS = (
    ("html", "HTML: one file, for a browser and for paper"),
    ("pdf", "PDF"),
    ("md", "Markdown"),
    ("json", "JSON: the facts"),
)
REPORTS = "reports"
FAULTS = (Refused, OpenFailed, ConfigError, OSError, ValueError)


class ReportsScreen(Dialog[None]):
    """The kinds of document beside the one under the cursor, made anew as the record stands."""

    CSS_PATH = "reports.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        COPY,
        Binding("w", "write", "Write", id="reports.write", show=False,
                tooltip="write it to reports/, in a format that is asked for"),
        Binding("right_square_bracket,space", "read(1)", "Read on", id="reports.down",
                key_display="]", tooltip="scroll the preview"),
        Binding("left_square_bracket", "read(-1)", "Read back", id="reports.up", key_display="[",
                tooltip="scroll the preview back"),
        Binding("t", "again", "Again", id="reports.again", show=False,
                tooltip="make the preview anew, as the record stands now"),
        Binding("question_mark", "help", "Help", id="reports.help", key_display="?",
                tooltip="every key that works here"),
    ]  # fmt: skip

    kinds = getters.query_one(KindList)
    beside = getters.query_one("#beside", VerticalScroll)
    told = getters.query_one("#told", Words)

    def __init__(self, room: WarRoom) -> None:
        """Show the documents of `room`."""
        super().__init__()
        self.room = room
        self._made: dict[str, Document | str] = {}
        self._ground: Ground | None = None

    def compose(self) -> ComposeResult:
        """The kinds, and the preview."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "reports"
            with Horizontal():
                yield KindList()
                with VerticalScroll(id="beside", can_focus=False):
                    yield Waiting()
                    yield Words(id="told")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the Go-Live Report."""
        self.kinds.show([KindView(name, kind.what) for name, kind in KINDS.items()])
        self.kinds.focus()
        self.watch(self.kinds, "cursor_id", self._moved)

    def on_resize(self) -> None:
        """Lay the preview out anew."""
        self._show()

    def _moved(self) -> None:
        self.beside.scroll_home(animate=False)
        self._show()
        if self.kinds.cursor_id and self.kinds.cursor_id not in self._made:
            self.run_worker(
                self._make(self.kinds.cursor_id), name="preview", group="preview",
                exclusive=True, exit_on_error=False,
            )  # fmt: skip

    async def _make(self, kind: str) -> None:
        made: Document | str
        try:
            made = await asyncio.to_thread(self._document, kind)
        except FAULTS as error:
            made = _why(error)
        except Exception as error:
            made = f"it cannot be made, by a fault of ours ({type(error).__name__})"
        self._made[kind] = made
        self._show()

    def _document(self, kind: str) -> Document:
        if self._ground is None:
            self._ground = self._take()
        _, document = make(kind, self._ground, Options())
        return document

    def _take(self) -> Ground:
        """The record as it stands; its heads are those of the room, also in a replay."""
        journal = self.room.record.journal
        heads = dict(journal.heads) or None
        return recorded_ground(self.room.directory, self.room.clock.now(), heads)

    def _show(self) -> None:
        if not self.is_attached:
            return
        made = self._made.get(self.kinds.cursor_id)
        width = max(20, self.beside.scrollable_content_region.width - 2)
        if made is None:
            self.told.say(Content(""))
            self.query_one(Waiting).begin("it is being written; Esc leaves it")
            return
        self.query_one(Waiting).end()
        if isinstance(made, str):
            self.told.say(Content.styled(clean(made, 1000), "$text-warning"))
        else:
            self.told.say(document_content(made, width))

    def action_again(self) -> None:
        """Forget what was made, and make what is shown anew."""
        self._made, self._ground = {}, None
        self._moved()

    def action_read(self, way: int) -> None:
        """Scroll the preview by a page."""
        if way > 0:
            self.beside.scroll_page_down(animate=False)
        else:
            self.beside.scroll_page_up(animate=False)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Help(self.active_bindings.values()))

    def action_write(self) -> None:
        """Ask for the format, then write it."""
        self._ask()

    @on(KindList.Chosen)
    def _ask(self) -> None:
        app = cast("WarRoomApp", self.app)
        if self.room.read_only:
            app.say("nothing is written here: the console only looks; "
                    "`warroom report` writes elsewhere", wrong=True)  # fmt: skip
            return
        kind = self.kinds.cursor_id
        made = self._made.get(kind)
        if isinstance(made, str):
            app.say(f"not written: {made}", wrong=True)
            return

        def chosen(form: str | None) -> None:
            if form is not None:
                deed = self._write(kind, cast("AnyFormat", form))
                app.run_worker(deed, name="deed", group="deeds", exit_on_error=False)

        app.push_screen(Choose(f"Write: {KINDS[kind].what}", FORMATS), chosen)

    async def _write(self, kind: str, form: AnyFormat) -> None:
        app = cast("WarRoomApp", self.app)
        try:
            path = await asyncio.to_thread(self._written, kind, form)
        except FAULTS as error:
            app.say(f"not written: {_why(error)}", wrong=True)
        except Exception as error:
            app.say(f"not written, by a fault of ours ({type(error).__name__})", wrong=True)
        else:
            app.say(f"written to {path}")

    def _written(self, kind: str, form: AnyFormat) -> str:
        """Make it anew and write it, never over one that is there."""
        ground = self._take()
        seal = sealed_for(ground, kind, Options(), self.room.directory)
        data = written(ground, seal, form)
        path = self.room.directory / REPORTS / f"{kind}-{stamp(ground.now)}.{form}"
        write_private(path, data)
        return str(path)


def _why(error: BaseException) -> str:
    if isinstance(error, Refused):
        return "; ".join(error.reasons)
    if isinstance(error, OSError):
        return error.strerror or "the disk refuses"
    return str(error)
