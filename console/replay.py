"""The console on a past moment: the same screens, no deed, keys that move through the record."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType, Keymap
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from console.domain.places import FORMS, Kind
from console.domain.refused import Refused
from console.looking import LookingApp
from console.room import SPEEDS, Replay
from console.screens.base import RoomScreen
from console.screens.command_line import obey
from console.screens.dialogs import Ask
from console.screens.dress import Look
from console.screens.replay import (
    NotLive,
    ReplayMark,
    ReplayPanel,
    add_to,
    hint_of,
    legend,
)
from widgets.timebar import TimeBar

TURN_S = 0.25


def _key(keys: str, action: str, name: str, word: str, tip: str, show: str = "") -> Binding:
    """A key that moves. It works over dialogs too, but in no text field."""
    return Binding(
        keys, action, word, id=f"replay.{name}", show=False, priority=True, tooltip=tip,
        key_display=show or None,
    )  # fmt: skip


class ReplayApp(LookingApp):
    """The console over a `PastRoom`."""

    CSS = """
    #status { margin-top: 1; }
    ToastRack { margin-bottom: 5; }
    OverviewScreen #summary { display: none; }
    OverviewScreen.-tall #summary { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "arm", "Not live", id="rollback.arm", priority=True, key_display="F9",
                tooltip="where the live console is, in which the rollback is armed"),
        _key("full_stop", "step(1)", "next-entry", "Next entry",
             "let the next entry be recorded", "."),
        _key("comma", "step(-1)", "previous-entry", "Previous entry",
             "back to the entry before", ","),
        _key("greater_than_sign", "jump('decision', 1)", "next-decision", "Next decision",
             "to the moment in which the next decision was taken", ">"),
        _key("less_than_sign", "jump('decision', -1)", "previous-decision", "Previous decision",
             "to the decision before", "<"),
        _key("right_parenthesis", "jump('alert', 1)", "next-alert", "Next alert",
             "to the next alert, or true trigger", ")"),
        _key("left_parenthesis", "jump('alert', -1)", "previous-alert", "Previous alert",
             "to the alert before", "("),
        _key("right_curly_bracket", "jump('incident', 1)", "next-incident", "Next incident",
             "to the next incident", "}"),
        _key("left_curly_bracket", "jump('incident', -1)", "previous-incident",
             "Previous incident", "to the incident before", "{"),
        _key("space", "play", "play", "Play", "let the time pass, or stop it", "space"),
        # No priority: the toolkit would take these two out of text fields.
        Binding("plus", "speed(1)", "Faster", id="replay.faster", show=False, key_display="+",
                tooltip="let the time pass faster"),
        Binding("minus", "speed(-1)", "Slower", id="replay.slower", show=False, key_display="-",
                tooltip="let the time pass slower"),
        _key("colon", "go_to", "go-to", "Go to", "to a time or an entry", ":"),
        _key("vertical_line", "bar", "bar", "Time bar",
             "to the time bar, on which the arrows move, and back", "|"),
        _key("ctrl+home", "end('first')", "first", "First entry", "to the first entry"),
        _key("ctrl+end", "end('last')", "last", "Last entry", "to the last entry"),
    ]  # fmt: skip

    def __init__(
        self, replay: Replay, *, speed: float = 60.0, living: bool = True,
        keymap: Keymap | None = None,
    ) -> None:  # fmt: skip
        """Show where `replay` stands; playing begins at `speed` recorded seconds a second."""
        super().__init__(replay.room, living=living, keymap=keymap)
        self.past = replay.room
        self.replay = replay
        self.speed = speed
        self._turn = asyncio.Lock()
        self._timer: Timer | None = None
        self._left: Widget | None = None
        self._played_at: float | None = None

    @property
    def playing(self) -> bool:
        """Whether the time passes."""
        return self._played_at is not None

    def on_mount(self) -> None:
        """Mark the first screen, and every other one as it comes."""
        super().on_mount()
        self.screen_change_signal.subscribe(self, self._mark, immediate=True)
        self._timer = self.set_interval(TURN_S, self._play_on, pause=True)
        self._mark(self.screen)

    def _mark(self, screen: Screen[Any]) -> None:
        speed = self.speed if self.playing else None
        whole = isinstance(screen, RoomScreen)
        add_to(screen, self.replay, legend(self._key_of), speed, panel=whole)
        self._tell()  # where one stood under others, time has passed

    def _key_of(self, name: str) -> str:
        for bindings in self._bindings.key_to_bindings.values():
            for binding in bindings:
                if binding.id == name:
                    return self.get_key_display(binding)
        return ""

    def _tell(self) -> None:
        """Say the moment on everything that is shown."""
        at, speed = self.room.clock.now(), self.speed if self.playing else None
        for screen in self.screen_stack:
            for mark in screen.query(ReplayMark):
                mark.show(at, speed)
            for panel in screen.query(ReplayPanel):
                panel.refresh_view()

    def _repaint(self) -> None:
        """Say the moment too."""
        self._tell()
        super()._repaint()

    # Moving.

    def move(self, how: Callable[[], object]) -> None:
        """Move in a thread, one move after another; say why not where there is no way."""
        self.run_worker(self._move(how), name="move", group="moves", exit_on_error=False)

    async def _move(self, how: Callable[[], object]) -> None:
        async with self._turn:
            try:
                await asyncio.to_thread(how)
            except Refused as refused:
                self.say("; ".join(refused.reasons), wrong=True)
        self._changed()

    def action_step(self, way: int) -> None:
        """Go to the next entry, or the one before."""
        self.pause()
        self.move(partial(self.replay.step, way))

    def action_jump(self, kind: Kind, way: int) -> None:
        """Go to the next decision, alert or incident, or the one before."""
        self.pause()
        self.move(partial(self.replay.jump, kind, way))

    def action_end(self, text: str) -> None:
        """Go to the first or the last entry."""
        self.pause()
        self.move(partial(self.replay.to, text))

    @on(TimeBar.Chosen)
    def scrub(self, message: TimeBar.Chosen) -> None:
        """Go where the time bar was clicked."""
        self.move(partial(self.replay.to_time, message.at))

    def action_bar(self) -> None:
        """Go to the time bar, or back to where the keys went before."""
        bar = next(iter(self.screen.query(TimeBar)), None)
        if bar is None:
            return
        if bar.has_focus:
            self.screen.set_focus(self._left)
        else:
            self._left = self.focused
            bar.focus()

    def action_command_line(self) -> None:
        """The line asks where to go; it takes commands too."""
        self.action_go_to()

    def action_go_to(self) -> None:
        """Ask for a time or an entry, and go there."""
        if isinstance(self.screen, Ask):
            return
        self.pause()
        show = self.show_over  # for this one leads to no deed
        prompt = f"{FORMS[0].upper()}{FORMS[1:]}"

        def ask(text: str = "", refused: str = "") -> None:
            hint = partial(hint_of, self.replay, refused=refused)
            show(Ask("Go to", prompt, text, refused, hint=hint), answered)

        def answered(text: str | None) -> None:
            if text is None:
                return
            try:
                self.replay.meant(text)
            except Refused as refused:
                # What is no place may be a command, as on the `:` line of the live console.
                if obey(self, text):
                    ask(text, refused.reasons[0])
            else:
                self.move(partial(self.replay.to, text))

        ask()

    # Playing.

    def action_play(self) -> None:
        """Let the time pass, or stop it."""
        if self.playing:
            self.pause()
        else:
            self._played_at = self.room.clock.monotonic()
            if self._timer is not None:
                self._timer.resume()
        self._tell()

    def pause(self) -> None:
        """Let the time stand."""
        self._played_at = None
        if self._timer is not None:
            self._timer.pause()

    def action_speed(self, way: int) -> None:
        """Play faster or slower."""
        places = [place for place, speed in enumerate(SPEEDS) if (speed - self.speed) * way > 0]
        if places:
            self.speed = SPEEDS[places[0] if way > 0 else places[-1]]
        self._tell()

    def _play_on(self) -> None:
        if self._played_at is None or self._turn.locked():
            return  # what a slow move costs is made up for by the next
        now = self.room.clock.monotonic()
        passed, self._played_at = now - self._played_at, now
        self.move(partial(self._pass, passed * self.speed))

    def _pass(self, seconds: float) -> None:
        if not self.replay.play(seconds):
            self.call_from_thread(self.pause)

    def action_arm(self) -> None:
        """Say where the rollback is armed."""
        if not isinstance(self.screen, NotLive):
            where = str(self.room.directory)
            self.push_screen(NotLive(self.room.clock.now(), where))


def run_replay(replay: Replay, speed: float, keymap: Keymap, look: Look) -> int:
    """Run the replay until the reader leaves; the exit code."""
    app = ReplayApp(replay, speed=speed, keymap=keymap)
    app.wear(look)
    code = app.run()
    return app.return_code or (code if code is not None else 0)
