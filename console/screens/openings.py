"""What the console's app opens over whatever screen is shown: one action for each dialog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import ActiveBinding, Binding, BindingType

from console.room import WarRoom
from console.screens import deployment_deeds
from console.screens.base import SCREENS
from console.screens.big import BigScreen
from console.screens.bound import held
from console.screens.command_line import CommandLine, command_line
from console.screens.copying import copy
from console.screens.duties import DutiesDialog
from console.screens.feeds import FeedsDialog
from console.screens.help import Help
from console.screens.jump import JumpScreen, places
from console.screens.reports import ReportsScreen
from console.screens.room import RoomDialog
from console.screens.shield import Shield
from console.screens.troubleshooting import TroubleshootingDialog

if TYPE_CHECKING:
    from console.app import WarRoomApp


class Openings(Shield):
    """The app's ground with the dialogs that need nothing but the room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("H", "room", "Here", id="room.show", show=False,
                tooltip="who is here, since when, and how it stands with other machines"),
        Binding("D", "duties", "Owed", id="duties.show", show=False,
                tooltip="all that is owed, by whom and by when"),
        Binding("T", "troubleshoot", "Table", id="troubleshooting.show", show=False,
                tooltip="the troubleshooting table, to search in"),
        Binding("R", "reports", "Reports", id="reports.show", show=False,
                tooltip="the Go-Live Report and the other documents, with a preview"),
        Binding("O", "deployments", "Deployments", id="deployments.show", show=False,
                tooltip="the other deployments in this directory, and over to one"),
        Binding("y", "copy", "Copy", id="copy.take", show=False,
                tooltip="copy what is under the cursor, with what is said of it, and keep a file"),
        Binding("colon", "command_line", "Command", id="command.open", show=False,
                key_display=":", tooltip="say by name what is to be done"),
        Binding("ctrl+o", "label", "Jump", id="jump.open", show=False,
                tooltip="a letter on each part of the screen; it puts the keys there"),
    ]  # fmt: skip

    room: WarRoom
    next_room: WarRoom | None = None  # what the console goes on with once this app has ended

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        """`keymap` gives bindings other keys, by their ids."""
        super().__init__()
        self.said: list[str] = []
        """What was typed into the `:` line, the latest last."""
        self._mapped = dict(keymap or {})

    def on_mount(self) -> None:
        """Give the bindings their keys."""
        self.set_keymap(self._mapped)

    def keys_of(self, binding: Binding) -> str:
        """The keys of a binding under the key map, with commas between."""
        return self._keymap.get(binding.id or "", binding.key)

    @property
    def _console(self) -> WarRoomApp:
        return cast("WarRoomApp", self)

    def action_command_line(self) -> None:
        """Open the `:` line, unless it is open."""
        if not isinstance(self.screen, CommandLine | JumpScreen):
            command_line(self._console)

    def action_label(self) -> None:
        """Put a letter on each part of the screen that takes keys."""
        if isinstance(self.screen, CommandLine | JumpScreen):
            return
        if found := places(self.screen):
            self.push_screen(JumpScreen(found))
        else:
            self._console.say("nothing here takes the keys")

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        copy(self._console)

    def action_big(self) -> None:
        """Show the picture for the wall."""
        self.push_screen(BigScreen())

    def action_feeds(self) -> None:
        """Show how fresh each feed is."""
        self.push_screen(FeedsDialog(self.room))

    def action_room(self) -> None:
        """Show who is here."""
        self.push_screen(RoomDialog(self.room))

    def action_duties(self) -> None:
        """Show what is owed."""
        self.push_screen(DutiesDialog(self.room))

    def action_troubleshoot(self) -> None:
        """Show the troubleshooting table."""
        self.push_screen(TroubleshootingDialog())

    def action_reports(self) -> None:
        """Show the documents, the Go-Live Report first."""
        self.push_screen(ReportsScreen(self.room))

    def action_help(self) -> None:
        """Show every key that works here, from the bindings themselves."""
        here = list(self.screen.active_bindings.values())
        known = {active.binding.id for active in here}
        # The toolkit leaves them out under a dialog, where they work all the same.
        here += [
            ActiveBinding(self, one, True, one.tooltip)
            for one in held(self)
            if one.priority and one.id not in known
        ]
        alone = len(self.screen_stack) == 1
        mode = next(one for one in SCREENS if one.id == self.current_mode)
        self.push_screen(Help(here, f"{mode.name}: {mode.about}." if alone else ""))

    def action_deployments(self) -> None:
        """Show the deployments beside this one, to go over to one of them."""
        deployment_deeds.deployments(self._console)
