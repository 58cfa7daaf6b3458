"""What F9 shows in a browser: that nothing is armed there, and who can."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.room import WarRoom
from console.screens.dialogs import BACK, Dialog
from console.screens.guard_views import person_text
from widgets.keybar import KeyBar


class NotArmed(Dialog[None]):
    """Whom to call: the rollback owner, and the deputies."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(self, room: WarRoom) -> None:
        """The people are those of the room's deployment."""
        super().__init__()
        deployment = room.deployment
        back = deployment.rollback
        self._people = [
            f"  {role}: {person_text(deployment, name)}"
            for role, name in (
                ("rollback owner", back.owner),
                *(("deputy", deputy) for deputy in back.deputy),
            )
        ]

    def compose(self) -> ComposeResult:
        """What to do instead."""
        told = (
            "This is a read-only view in a browser. Nothing is armed here, and nothing can fire.\n"
            "\n"
            "Whoever has the console open arms the rollback with F9. Call:\n"
        )
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "not armed"
            yield Static(Content("\n".join([told, *self._people])))
        yield KeyBar()
