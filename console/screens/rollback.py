"""The rollback as it runs: stopwatch, steps, what is left to do by hand."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from console.clean import clean
from console.domain.state_rollback import Rollback
from console.domain.state_rollback import Step as StepState
from console.room import Run, WarRoom
from console.screens.dialogs import BACK, Dialog
from widgets.keybar import KeyBar
from widgets.stopwatch import StepState as StepKind
from widgets.stopwatch import Stopwatch, StopwatchView
from widgets.words import Words

StepRow = tuple[str, StepKind, str, str]


class RollbackScreen(Dialog[None]):
    """Shows this console's run, or the one that the journal tells of."""

    CSS_PATH = "rollback.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    watch_ = getters.query_one(Stopwatch)
    told = getters.query_one("#told", Words)

    def __init__(self, room: WarRoom) -> None:
        """Show the last rollback of `room`."""
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """Stopwatch and what is known besides."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "rollback"
            yield Stopwatch()
            yield Words(id="told")
        yield KeyBar()

    def on_mount(self) -> None:
        """Keep the stopwatch going."""
        self.refresh_view()
        self.set_interval(0.5, self.refresh_view)

    def refresh_view(self) -> None:
        """Show the run as it is now."""
        run, held = self._room.rollback_run, self._room.state.rollback
        # Another console may have rolled back since this one did.
        if run is not None and (held is None or held.id == run.id or run.state == "running"):
            self._show_run(run)
        elif held is not None:
            self._show_held(held)
        else:
            self.told.say(Content("There has been no rollback."))

    def _show_run(self, run: Run) -> None:
        end = run.ended if run.ended is not None else self._room.clock.monotonic()
        self.watch_.show(
            StopwatchView(end - run.started, run.budget_s, run.state, _steps(run.steps))
        )
        rows = [f"back to {run.target}, trigger {run.trigger}", run.why]
        if run.unjournalled:
            rows.append(f"UNJOURNALED: {run.unjournalled}")
        self._tell(rows)

    def _show_held(self, held: Rollback) -> None:
        now = self._room.clock.now()
        elapsed = held.seconds if held.seconds is not None else now - held.triggered_at
        budget = float(self._room.deployment.rollback.budget_s)
        self.watch_.show(StopwatchView(elapsed, budget, held.state, _steps(held.steps)))
        by = f"ordered by {held.by}" + (
            f" on behalf of {held.on_behalf_of}" if held.on_behalf_of else ""
        )
        self._tell([f"back to {held.target}, trigger {held.trigger}, {by}", held.outcome_why])

    def _tell(self, rows: list[str]) -> None:
        text = "\n".join(clean(row, 500) for row in rows if row)
        self.told.say(Content(text))


def _steps(steps: list[StepState]) -> tuple[StepRow, ...]:
    return tuple(
        (clean(s.title), s.state, clean(s.detail, 300), clean(s.manual, 1000)) for s in steps
    )
