"""The console for who only looks: the same screens, and no deed behind any key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from textual.await_complete import AwaitComplete
from textual.binding import Keymap
from textual.dom import DOMNode
from textual.screen import Screen

from console.app import WarRoomApp
from console.domain.commands import Command
from console.room import LookedAt
from console.screens.base import Follows
from console.screens.dialogs import Ask, Choose
from console.screens.guard import Guard
from console.screens.postmortem import PostMortemDialog
from console.screens.probe import ProbeDialog
from console.screens.rollback import RollbackScreen, SuspensionScreen

LEADING_TO_DEEDS = (Guard, Ask, Choose, PostMortemDialog, ProbeDialog)
DEEDS = frozenset(
    f"{where}.{deed}"
    for where, deeds in {
        "alert": "acknowledge",
        "alerts": "acknowledge incident silence",
        "assess": "stable monitored rollback",
        "checkin": "make",
        "contested": "acknowledge",
        "escalations": "acknowledge resolve hand reassign",
        "gate": "advance hold rollback brief satisfaction baseline",
        "identity": "switch",
        "incidents": "open note update close post-mortem capture severity roles link correct",
        "item": "confirm plan probe record accept",
        "note": "write",
        "poll": "hold",
        "review": "right wrong subtle skip draw",
        "run": "done again not-done",
        "traffic": "set back though",
        "warning": "review settle",
        "window": "hand assess limitation duty",
    }.items()
    for deed in deeds.split()
)


class LookingApp(WarRoomApp):
    """The console over a room that is only looked at.

    Keys that would do something say why nothing can be done. The room refuses besides, whatever
    leads to it.
    """

    def __init__(
        self, room: LookedAt, *, living: bool = True, keymap: Keymap | None = None
    ) -> None:
        """Show `room`, and keep it living while the app runs unless somebody else does."""
        super().__init__(room, living=living, keymap=keymap)
        self._looked_at = room

    def on_mount(self) -> None:
        """Take the deeds from the app's keys, and from those of each screen as it comes."""
        super().on_mount()
        _disarm(self)
        self.screen_change_signal.subscribe(self, self._disarm_screen, immediate=True)
        self._disarm_screen(self.screen)

    def _disarm_screen(self, screen: Screen[Any]) -> None:
        _disarm(screen)
        screen.refresh_bindings()

    def _repaint(self) -> None:
        """No alarm is raised: who is called by it would have to act."""
        self._due = False
        for screen in self.screen_stack:
            if isinstance(screen, Follows) and screen.is_mounted:
                screen.refresh_view()

    def refuse(self) -> None:
        """Say why nothing can be done."""
        self.say(self._looked_at.refusal, wrong=True)

    def action_refuse(self) -> None:
        """Say it where a key would do something."""
        self.refuse()

    def push_screen(self, screen: Screen[Any] | str, *args: Any, **more: Any) -> Any:
        """As the console's, but nothing that only leads to a deed."""
        if isinstance(screen, LEADING_TO_DEEDS):
            self.refuse()
            return AwaitComplete()
        return self.show_over(screen, *args, **more)

    def show_over(self, screen: Screen[Any] | str, *args: Any, **more: Any) -> Any:
        """Put a screen over the others, whatever it leads to."""
        return super().push_screen(screen, *args, **more)

    def action_suspend(self) -> None:
        """Say where a suspension is armed."""
        self.action_arm()

    def ask(self, *_: object, **__: object) -> None:
        """Refuse."""
        self.refuse()

    def carry_out(self, command: Command, refused: Callable[[str], None] | None = None) -> None:
        """Refuse."""
        self.refuse()

    def action_identity(self) -> None:
        """Refuse: whoever is here only looks."""
        self.refuse()

    def action_accept_config(self) -> None:
        """Refuse."""
        self.refuse()

    def action_deployments(self) -> None:
        """Refuse: whoever only looks leaves first."""
        self.refuse()

    def action_reload(self) -> None:
        """Refuse: `warroom.toml` is read when this is opened."""
        self.refuse()

    def show_rollback(self) -> None:
        """Show the last rollback as it was."""
        self.push_screen(RollbackScreen(self.room))

    def show_suspension(self) -> None:
        """Show the last suspension as it was."""
        self.push_screen(SuspensionScreen(self.room))


def _disarm(node: DOMNode) -> None:
    """Take the deeds from its keys, which say then why nothing can be done."""
    held = node._bindings.key_to_bindings
    for key, bindings in list(held.items()):
        held[key] = [
            replace(one, action="app.refuse", show=False) if one.id in DEEDS else one
            for one in bindings
        ]  # a new list: the old one is the class's
