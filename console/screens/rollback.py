"""A run of the kill switch: stopwatch, steps, times, what is asked, what is left by hand."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from console.clean import clean
from console.domain.events_rollback import Answer
from console.domain.refused import Refused
from console.executor.lock import ROLLBACK
from console.room import WRITE_ERRORS, WarRoom
from console.screens import run_views as rv
from console.screens.dialogs import BACK, HELP, Ask, Dialog
from widgets.keybar import KeyBar
from widgets.labelled import Labelled, Told
from widgets.stopwatch import StepState, Stopwatch, StopwatchView
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

LOOK_S = 0.5
PAGE = 8
SAID: dict[Answer, str] = {
    "done": "It is done",
    "again": "Run it again",
    "not-done": "It is not done",
}
# A key pressed by chance gives nobody's word: Enter does.
PROMPT = "A remark, or nothing; Enter gives your word, which stays on record."


class RunScreen(Dialog[None]):
    """Shows a run live, whichever process carries it out, or the one that the journal tells of."""

    CSS_PATH = "rollback.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "answer('done')", "Done", id="run.done",
                tooltip="the step asked about is done"),
        Binding("r", "answer('again')", "Again", id="run.again",
                tooltip="run the step asked about once more"),
        Binding("x", "answer('not-done')", "Not done", id="run.not-done",
                tooltip="the step asked about is not done, and stays so"),
        Binding("y", "copy", "Copy commands", id="run.copy",
                tooltip="copy every command by hand, and write them to reports/"),
        Binding("up,k", "move(-1)", "Up", show=False, id="run.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="run.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="run.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="run.page-down"),
        BACK,
        HELP,
    ]  # fmt: skip

    watch_ = getters.query_one(Stopwatch)
    told = getters.query_one(Labelled)
    said = getters.query_one("#said", Words)
    page = getters.query_one(VerticalScroll)

    NAME = "run"
    NONE = ""

    def __init__(self, room: WarRoom) -> None:
        """Show the last run of `room`."""
        super().__init__()
        self.room = room
        self._seen: rv.Seen | None = None
        self._at = ""
        self._keys: tuple[bool, bool] = (False, False)

    def run_name(self) -> str:
        """What the run is called where it is carried out: "rollback", or a suspension's id."""
        return ROLLBACK

    @abstractmethod
    def seen(self) -> rv.Seen | None:
        """The run as it is now."""

    @abstractmethod
    def rows(self, seen: rv.Seen) -> tuple[Told, ...]:
        """What is told below the steps."""

    def compose(self) -> ComposeResult:
        """Stopwatch and what is known besides."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = self.NAME
            yield Stopwatch()
            yield Labelled()
            yield Words(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        """Keep the stopwatch going."""
        self.refresh_view()
        self.set_interval(LOOK_S, self.refresh_view)

    def refresh_view(self) -> None:
        """Show the run as it is now."""
        was, seen = self._seen, self.seen()
        self._seen = seen
        self.watch_.display = self.told.display = seen is not None
        if seen is None:
            handed = self.room.kill_switch.busy
            self.said.say(Content("The order is handed over." if handed else self.NONE))
            return
        if was is None:
            self.said.say(Content(""))
        asked = [step.id for step in seen.asked]
        if self._at not in asked:
            self._at = asked[0] if asked else ""
        place = next((n for n, s in enumerate(seen.steps) if s.id == self._at), None)
        steps = cast("tuple[tuple[str, StepState, str, str], ...]", rv.steps_text(seen.steps))
        self.watch_.show(
            StopwatchView(
                seen.elapsed,
                seen.budget,
                seen.state,
                steps,
                place if asked else None,
                self.NAME.upper(),
            )
        )
        self.told.show(tuple(row for row in self.rows(seen) if any(text for text, _ in row[1])))
        keys = (bool(asked), bool(seen.residual))
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key is there only while there is something to answer, or to copy."""
        asked, left = self._keys
        if action == "answer":
            return asked
        return left if action == "copy" else True

    def action_move(self, way: int) -> None:
        """To another question where there are several, else scroll."""
        asked = [step.id for step in self._seen.asked] if self._seen is not None else []
        if len(asked) > 1 and self._at in asked:
            self._at = asked[min(max(asked.index(self._at) + way, 0), len(asked) - 1)]
            self.refresh_view()
        else:
            self.page.scroll_relative(y=way, animate=False)

    def action_page(self, way: int) -> None:
        """Scroll."""
        self.page.scroll_relative(y=way * PAGE, animate=False)

    def action_answer(self, answer: Answer) -> None:
        """Ask for a remark and give a person's word on the step in question."""
        seen = self._seen
        step = next((s for s in seen.asked if s.id == self._at), None) if seen else None
        if step is None or answer not in SAID:
            return

        self._ask(step.id, answer, f"{SAID[answer]}: {clean(step.title, 80)}", step.detail)

    def _ask(
        self, step: str, answer: Answer, title: str, detail: str, text: str = "", why: str = ""
    ) -> None:
        def given(remark: str | None) -> None:
            if remark is not None:
                said = clean(remark.strip(), 500)
                again = partial(self._ask, step, answer, title, detail, said)
                self._work(self._answer(step, answer, said, again), "answer")

        prompt = f"{clean(detail, 300)}\n{PROMPT}"
        self.app.push_screen(Ask(title, prompt, text, why, optional=True), given)

    async def _answer(
        self, step: str, answer: Answer, remark: str, again: Callable[[str], None]
    ) -> None:
        try:
            await self.room.answer(step, answer, remark, self.run_name())
        except Refused as refused:
            why = "; ".join(refused.reasons)
            if remark:
                again(why)
            else:
                self._tell(why, wrong=True)
        except WRITE_ERRORS as error:
            self._tell(f"NOT RECORDED: {error}", wrong=True)
        except Exception as error:
            self._tell(f"NOT ANSWERED: a fault of ours ({type(error).__name__})", wrong=True)
        self.refresh_view()

    def action_copy(self) -> None:
        """Copy every command that is left, and write them beside the reports."""
        seen = self._seen
        if seen is not None and seen.residual:
            text = rv.residual_text(seen)
            self.app.copy_to_clipboard(text)
            path = self.room.directory / "reports" / rv.file_name(seen)
            if self.room.read_only:
                self._tell("copied to the terminal's clipboard; who only looks writes no file")
                return
            self._work(self._keep(path, text), "copy")

    async def _keep(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(write_private, path, text.encode())
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._tell(f"copied to the terminal's clipboard; {path} is not written: {why}",
                       wrong=True)  # fmt: skip
        else:
            self._tell(f"copied to the terminal's clipboard, and written to {path}")

    def _work(self, work: object, name: str) -> None:
        self.run_worker(work, name=name, group=f"run-{name}", exit_on_error=False)  # type: ignore[arg-type]  # a coroutine

    def _tell(self, text: str, *, wrong: bool = False) -> None:
        style = "bold $text-error" if wrong else "$text-success"
        cast("WarRoomApp", self.app).say(text, wrong=wrong)
        if self.is_attached:
            self.said.say(Content.styled(clean(text, 1000), style))
            self.call_after_refresh(self.said.scroll_visible, animate=False)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, in place of what was there."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


class RollbackScreen(RunScreen):
    """The rollback that runs or ran last."""

    NAME = "rollback"
    NONE = "There has been no rollback."

    def seen(self) -> rv.Seen | None:
        """See `RunScreen.seen`."""
        room = self.room
        clock = room.clock
        run, held = room.rollback_run, room.state.rollback
        return rv.seen_rollback(run, held, room.deployment, clock.now(), clock.monotonic())

    def rows(self, seen: rv.Seen) -> tuple[Told, ...]:
        """See `RunScreen.rows`."""
        return rv.rollback_rows(seen, self.room.state, self.room.clock.now())


class SuspensionScreen(RunScreen):
    """The suspension that runs or ran last."""

    NAME = "suspension"
    NONE = "Nothing has been suspended."

    def run_name(self) -> str:
        """See `RunScreen.run_name`."""
        run = next(reversed(self.room.kill_switch.suspensions), None)
        held = next(reversed(self.room.state.suspensions.values()), None)
        if run is not None and run.state == "running":
            return run.attempt.partition("/")[0]
        return held.suspension if held is not None else ""

    def seen(self) -> rv.Seen | None:
        """See `RunScreen.seen`."""
        room, clock = self.room, self.room.clock
        run = next(reversed(room.kill_switch.suspensions), None)
        held = next(reversed(room.state.suspensions.values()), None)
        return rv.seen_suspension(run, held, room.deployment, clock.now(), clock.monotonic())

    def rows(self, seen: rv.Seen) -> tuple[Told, ...]:
        """See `RunScreen.rows`."""
        return rv.suspension_rows(seen, self.room.clock.now())
