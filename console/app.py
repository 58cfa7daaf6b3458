"""The console: one app over one `WarRoom`, a mode for each screen, F9 from anywhere."""

import asyncio
import gc
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType, Keymap
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from config.load import ConfigError, load
from console.clean import clean
from console.domain.commands import AcceptConfig, AcknowledgeAlert, Command, WriteNote
from console.domain.refused import Refused
from console.domain.words import entry_words
from console.room import WRITE_ERRORS, WarRoom
from console.screens import rollback_deeds, rollout_deeds, warning_deeds, window_deeds
from console.screens.alerts import AlertsScreen
from console.screens.base import SCREENS, Follows, RoomScreen
from console.screens.bell import Bell
from console.screens.calls import UnderScreen
from console.screens.catalogue import palette
from console.screens.checklist import ChecklistScreen
from console.screens.crash import last_words
from console.screens.dialogs import Ask, Choose, in_columns
from console.screens.dress import Look
from console.screens.escalations import EscalationsScreen
from console.screens.incidents import IncidentsScreen
from console.screens.journal import JournalScreen
from console.screens.metrics import MetricsScreen
from console.screens.openings import Openings
from console.screens.overview import OverviewScreen
from console.screens.review import ReviewScreen
from console.screens.rollback import RollbackScreen, SuspensionScreen
from console.screens.rollout import RolloutScreen
from console.screens.trigger import TriggerWatch
from console.screens.walk import WalkScreen
from console.screens.window import WindowScreen
from console.sync.healed import Healed

# Repaints are gathered for this long, so that a burst of news costs one of them.
REPAINT_S = 0.1
CRASHED = 5
RELOAD = -1


class WarRoomApp(Openings):
    """The console of one deployment."""

    TITLE = "warroom"
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it as an instance's
        (0, "-narrow"),
        (100, "-wide"),
        (160, "-vast"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it as an instance's
        (0, "-low"),
        (28, "-tall"),
    ]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "overview": OverviewScreen,
        "checklist": ChecklistScreen,
        "rollout": RolloutScreen,
        "metrics": MetricsScreen,
        "alerts": AlertsScreen,
        "escalations": EscalationsScreen,
        "incidents": IncidentsScreen,
        "window": WindowScreen,
        "review": ReviewScreen,
        "journal": JournalScreen,
    }
    DEFAULT_MODE = "overview"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(mode.key, f"mode('{mode.id}')", mode.name, id=f"mode.{mode.id}", show=False,
                    tooltip=mode.about)
            for mode in SCREENS
        ),
        Binding(
            "f9",
            "arm",
            "Rollback",
            id="rollback.arm",
            priority=True,
            key_display="F9",
            tooltip="arm the rollback, or show the one that runs",
        ),
        Binding("X", "suspend", "Suspend", id="suspension.arm", show=False,
                tooltip="arm the suspension of a tool, or of the agent"),
        Binding("W", "warnings", "Early warnings", id="warning.show", show=False,
                tooltip="what drifts towards its limit, and what is owed for it"),
        Binding("question_mark", "help", "Help", id="help.show", key_display="?",
                tooltip="every key that works here"),
        Binding("g", "gate", "Gate", id="gate.decide", tooltip="decide the gate"),
        Binding("n", "note", "Note", id="note.write", tooltip="write a note to the journal"),
        Binding("c", "check_in", "Check in", id="checkin.make", tooltip="say that you have looked"),
        Binding("f", "feeds", "Feeds", id="feeds.show", tooltip="how fresh each feed is, and why"),
        Binding("b", "big", "Big", id="big.show", show=False, tooltip="the picture for the wall"),
        Binding("i", "identity", "Who", id="identity.switch", tooltip="say who is at the keys"),
        Binding("q", "leave", "Quit", id="app.quit", tooltip="leave the console"),
    ]  # fmt: skip

    def __init__(
        self, room: WarRoom, *, living: bool = True, walk: bool = False, mode: str = "",
        keymap: Keymap | None = None,
    ) -> None:  # fmt: skip
        """Show `room`, and keep it living while the app runs unless somebody else does.

        `walk` begins with the walk through the checklist, `mode` on that screen; `keymap` is none
        but one that `read_keymap` gave.
        """
        super().__init__(keymap)
        self.room = room
        self.fault = ""
        self._living = living
        self._walk = walk
        self._mode = mode
        self._leaving = False
        self._due = False
        self._triggers = TriggerWatch()
        self._bell, self._healed = Bell(), Healed()
        self._bell.follow(self)  # what is there already rings nothing

    def on_mount(self) -> None:
        """Start the room; leave cleanly when the terminal goes or the system asks."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_leave)
        self.room.subscribe(self._changed)
        if self._walk:
            self.action_walk()
        elif self._mode:
            self.switch_mode(self._mode)
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """The first screen stands: what had to wait for it begins."""
        # What was loaded stays: to look through it for garbage, now and later, would cost a frame.
        gc.freeze()
        gc.enable()
        if self._living:
            self.run_worker(self.room.run(), name="room", group="room", exit_on_error=False)

    def on_unmount(self) -> None:
        """Ask the room for nothing more."""
        self.room.unsubscribe(self._changed)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A room that stopped by a fault of ours is said so, loudly; the kill switch goes on."""
        if event.worker.name == "room" and event.state == WorkerState.ERROR:
            error = event.worker.error
            self.fault = f"readings have stopped by a fault of ours ({type(error).__name__})"
            self._changed()

    def _changed(self) -> None:
        if self._leaving and not rollback_deeds.must_stay(self):
            self.exit(0)
        if not self._due:
            self._due = True
            self.set_timer(REPAINT_S, self._repaint)

    def _repaint(self) -> None:
        self._due = False
        self._triggers.follow(self)
        self._bell.follow(self)
        if told := self._healed.look(self.room.machines.status, self.room.clock.now()):
            self.say(told)
        for screen in self.screen_stack:
            # One that is still being built shows the picture when it is done.
            if isinstance(screen, Follows) and screen.is_mounted:
                screen.refresh_view()

    # Deeds. Each asks for what it needs, then becomes a command in a worker of its own.

    def action_walk(self) -> None:
        """Walk the checklist; never away from a dialog or the armed guard."""
        if isinstance(self.screen, RoomScreen) and not isinstance(self.screen, WalkScreen):
            self.switch_mode("checklist")
            self.call_after_refresh(self._walk_on)

    def _walk_on(self) -> None:
        """Begin the walk, unless one was left standing when another screen was chosen."""
        if not any(isinstance(screen, WalkScreen) for screen in self.screen_stack):
            self.push_screen(WalkScreen())

    def action_mode(self, mode: str) -> None:
        """Go to a screen."""
        self.switch_mode(mode)

    def action_arm(self) -> None:
        """Arm the rollback, or show the one that runs. It takes more than this to fire."""
        rollback_deeds.arm(self)

    def action_suspend(self) -> None:
        """Arm a suspension of a tool, or of the agent."""
        rollback_deeds.suspend(self)

    def settled(self) -> None:
        """What was fired here is over: show it, and leave if that is waited for."""
        self._changed()
        if self._leaving:
            self.exit(0)

    def _told_to_leave(self) -> None:
        """The terminal went, or the system asks: go, but not with what was fired just now."""
        self._leaving = True
        self._changed()

    def show_rollback(self) -> None:
        """Show the rollback that runs or ran last."""
        rollback_deeds.show(self, RollbackScreen(self.room))

    def show_suspension(self) -> None:
        """Show the suspension that runs or ran last."""
        rollback_deeds.show(self, SuspensionScreen(self.room))

    def action_gate(self) -> None:
        """Decide the gate."""
        rollout_deeds.gate(self)

    def action_note(self) -> None:
        """Write a note."""
        self.ask("Note", "What happened? Enter writes it to the journal.", WriteNote)

    def action_check_in(self) -> None:
        """Say what was seen, with all that changed since the last time in view (Guide 6.1)."""
        window_deeds.check_in(self)

    def open_metric(self, metric: str, at: float | None = None) -> None:
        """Show a metric's chart, with the cursor on the minute before `at` (unix seconds)."""

        def choose() -> None:
            while isinstance(self.screen, UnderScreen) and len(self.screen_stack) > 1:
                self.pop_screen()
            if isinstance(self.screen, MetricsScreen):
                self.screen.choose(metric, at)

        self.switch_mode("metrics")
        self.call_after_refresh(choose)

    def acknowledge(self, alert: str) -> None:
        """Take an alert in hand."""
        self.carry_out(AcknowledgeAlert(alert))

    def action_identity(self) -> None:
        """Say who is at the keys."""
        people = self.room.deployment.people
        texts = in_columns([(clean(one.name, 40), ", ".join(one.roles)) for one in people])
        options = zip((one.name for one in people), texts, strict=True)

        def chosen(who: str | None) -> None:
            if who is not None:
                try:
                    self.room.become(who)
                except Refused as refused:
                    self.say(str(refused), wrong=True)
                    return
                how = "your key says so" if self.room.members.proved else "declared, not proved"
                self.say(f"you are {clean(who)} now: {how}")

        self.push_screen(Choose("Who is at the keys?", options), chosen)

    def action_warnings(self) -> None:
        """Show what drifts towards its limit (Guide 6.3)."""
        warning_deeds.warnings(self)

    def action_leave(self) -> None:
        """Quit. A rollback that runs here must not be left by chance."""
        if not self._busy():
            self.exit(0)

    def _busy(self) -> bool:
        """Whether a run of this console must be waited for; says so."""
        busy = rollback_deeds.must_stay(self)
        if busy:
            self.say(
                "what was fired still runs in this console itself: wait for its end", wrong=True
            )
        return busy

    async def action_quit(self) -> None:
        """Textual's own ctrl+q is no way round what `q` asks."""
        self.action_leave()

    def ask(
        self,
        title: str,
        prompt: str,
        command: Callable[[str], Command],
        hint: Callable[[str], str] | None = None,
    ) -> None:
        """Ask for one line and carry out the command made from it; ask again if it is refused."""

        def ask(text: str = "", refused: str = "") -> None:
            self.push_screen(Ask(title, prompt, text, refused, hint=hint), answered)

        def answered(text: str | None) -> None:
            if text is not None:
                self._work_on(lambda: command(clean(text, 4000)), lambda why: ask(text, why))

        ask()

    def action_accept_config(self) -> None:
        """Go on with a `warroom.toml` that the journal does not know."""
        self.ask("Accept warroom.toml", "Why was it changed?", AcceptConfig)

    def _refused(self, why: str) -> None:
        self.say(why, wrong=True)

    def action_reload(self) -> None:
        """Open the console again, on the `warroom.toml` as it is now."""
        if not self._busy() and isinstance(self.screen, RoomScreen):
            self.run_worker(self._reload(), name="reload", group="reload", exit_on_error=False)

    async def _reload(self) -> None:
        try:
            await asyncio.to_thread(load, self.room.directory)
        except ConfigError as error:
            self.say("\n".join(error.problems), wrong=True)
        else:
            self.exit(RELOAD)

    def carry_out(self, command: Command, refused: Callable[[str], None] | None = None) -> None:
        """Decide and journal `command`; say what came of it, or `refused` gets why not."""
        self._work_on(lambda: command, refused or self._refused)

    def _work_on(self, make: Callable[[], Command], refused: Callable[[str], None]) -> None:
        deed = self._carry_out(make, refused)
        self.run_worker(deed, name="deed", group="deeds", exit_on_error=False)

    async def _carry_out(self, make: Callable[[], Command], refused: Callable[[str], None]) -> None:
        """Make the command off the event loop, for it may copy a file, and carry it out.

        What was typed for it is not lost: `refused` gets the reasons, or why it is not on disk.
        """
        try:
            written = await self.room.do(await asyncio.to_thread(make))
        except Refused as refusal:
            refused("\n".join(refusal.reasons))
        except WRITE_ERRORS as error:
            refused(f"NOT RECORDED: {error}")
        except Exception as error:
            refused(f"NOT RECORDED: a fault of ours ({type(error).__name__})")
        else:
            acked = [one for one in written if one.kind.endswith(".acknowledged")]
            told = [clean(entry_words(one), 80) for one in acked]
            kinds = ", ".join(entry.kind for entry in written)
            self.say(": ".join([f"{kinds} recorded", *told[-1:]]))

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Tell the operator, as literal text.

        The latest word takes the place of those before, which would pile up over the screen; what
        went wrong stays until its time is over.
        """
        if all(told.severity == "information" for told in self._notifications):
            self.clear_notifications()
        self.notify(
            clean(text, 1000, lines=True),
            title="Refused" if wrong else "",
            severity="error" if wrong else "information",
            timeout=8 if wrong else 3,
            markup=False,
        )

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every screen and deed by name."""
        return palette(self)

    def _handle_exception(self, error: Exception) -> None:
        """A fault ends the console; but a screen that is closed before it is built is none."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Our own last words: the frames without their locals, which may hold secrets."""
        self._return_code = CRASHED
        self._exit_renderables.append(last_words(self._exception, self.room.directory))
        self._close_messages_no_wait()


def run_console(
    room: WarRoom, keymap: Keymap, look: Look, *, walk: bool = False, mode: str = ""
) -> tuple[int | WarRoom, Look]:
    """Run the console until the operator leaves; the exit code, `RELOAD`, or where to go on.

    With it the look that it had in the end.
    """
    app = WarRoomApp(room, walk=walk, mode=mode, keymap=keymap)
    app.wear(look)
    code = app.run()
    end = app.next_room or app.return_code or (code if code is not None else 0)
    return end, replace(look, theme=app.theme)
