"""A live check while it runs, what it found, and its use as evidence."""

from pathlib import Path
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from console.clean import clean
from console.domain.refused import Refused
from console.probes import ProbeName, Result
from console.room import WRITE_ERRORS, WarRoom
from console.room.prober import probe
from console.screens.dialogs import BACK, HELP, Dialog
from widgets.keybar import KeyBar
from widgets.scrolling import Scroll
from widgets.waiting import Waiting
from widgets.words import Words

LOOKS = {"ok": ("✓", "$text-success"), "warn": ("!", "$text-warning"), "fail": ("✗", "$text-error")}


class ProbeDialog(Dialog[bool]):
    """Runs a probe; gives True if it passed and is to confirm the item."""

    CSS_PATH = "probe.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        HELP,
        Binding("enter", "use", "Confirm with it", id="probe.use"),
    ]

    words = getters.query_one("#found", Words)

    def __init__(self, room: WarRoom, name: ProbeName, file: Path | None) -> None:
        """Run the probe `name` on `room`; `file` is the load probe's."""
        super().__init__()
        self._room = room
        self._name: ProbeName = name
        self._file = file
        self._lines: list[Content] = []
        self._passed = False

    def compose(self) -> ComposeResult:
        """What goes on, and what was found."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"{self._name} probe"
            with Scroll():
                yield Words(id="found")
            yield Waiting()
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(Waiting).begin("the probe runs; Esc stops it")
        self.run_worker(self._run(), name="probe", group="probe", exit_on_error=False)

    async def _run(self) -> None:
        try:
            result = await probe(self._room, self._name, self._say, file=self._file)
        except Refused as refused:
            self._end("; ".join(refused.reasons))
        except WRITE_ERRORS as error:
            self._end(f"NOT RECORDED: {error}")
        except Exception as error:
            self._end(f"the probe stopped by a fault of ours ({type(error).__name__})")
        else:
            self._show(result)
        finally:
            if self.is_attached:
                self.query_one(Waiting).end()

    def _say(self, line: str) -> None:
        self._add(Content.styled(f"… {clean(line, 300)}", "$text-muted"))

    def _show(self, result: Result) -> None:
        self._passed = result.passed
        for row in result.rows:
            mark, style = LOOKS[row.verdict]
            told = f" {row.verdict}  {clean(row.name, 80)}: {clean(row.detail, 300)}"
            self._lines.append(Content.styled(mark, style) + Content(told))
        text, style = "FAILED: mend it and run the probe again", "bold $text-error"
        if result.passed:
            text, style = "PASSED: Enter confirms the item with it", "bold $text-success"
        self._add(Content.styled(text, style))

    def _end(self, why: str) -> None:
        self._add(Content.styled(clean(why, 500), "bold $text-error"))

    def _add(self, line: Content) -> None:
        self._lines.append(line)
        if self.is_mounted:
            self.words.say(Content("\n").join(self._lines))

    def action_use(self) -> None:
        """Confirm the item with what was found, if it passed."""
        if self._passed:
            self.dismiss(True)
