"""The console behind a tab: it speaks to the page instead of a terminal, and only looks."""

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import messages
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.web_driver import WebDriver
from textual.screen import Screen

from console.looking import LookingApp
from console.room import ServedRoom
from console.screens.catalogue import palette
from console.screens.danger import running
from console.screens.rollback import RollbackScreen
from console.screens.served import NotArmed

# The palette's entries that do nothing but show; what is new there has to be weighed first.
SHOWS = frozenset({
    "warning.show", "duties.show", "troubleshooting.show", "reports.show", "feeds.show",
    "room.show", "rollback.show", "suspension.show", "app.theme", "help.show", "app.quit",
})  # fmt: skip


class ServedDriver(WebDriver):
    """Textual's own, which ends the app in order when the server was killed."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        """See `WebDriver`."""
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(self._write_whole)

    def _write_whole(self, data: bytes) -> int:
        """Write all of `data`; what nobody reads any more is dropped."""
        left = data
        with suppress(BrokenPipeError):
            while left:
                left = left[os.write(self.fileno, left) :]
        return len(data)

    def run_input_thread(self) -> None:
        """See `WebDriver`; the input ends without a word where nobody is left to send any."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())


class ServedApp(LookingApp):
    """The console over a `ServedRoom`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "arm", "Rollback", id="rollback.arm", priority=True, key_display="F9",
                tooltip="the rollback that runs, or whom to call who can arm it"),
    ]  # fmt: skip

    def __init__(self, room: ServedRoom) -> None:
        """Show `room`, and keep it living."""
        super().__init__(room)

    def get_driver_class(self) -> type[Driver]:
        """Never a terminal, whatever the environment says."""
        return ServedDriver

    def action_arm(self) -> None:
        """Show the rollback that runs, or who can arm it."""
        if running(self.room):
            if not isinstance(self.screen, RollbackScreen):
                self.show_rollback()
        elif not isinstance(self.screen, NotArmed):
            self.push_screen(NotArmed(self.room))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every screen by name, and no deed."""
        return palette(self, SHOWS)


def run_served(room: ServedRoom) -> int:
    """Run behind a tab until it is closed; the exit code."""
    app = ServedApp(room)
    code = app.run()
    return app.return_code or code or 0
