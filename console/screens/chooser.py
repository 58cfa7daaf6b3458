"""Where the console begins when it is given several deployments: choose one."""

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.room.several import deployments_in
from console.screens.deployments import DeploymentsDialog
from console.screens.dress import Dressed, Look


class Chooser(Dressed):
    """An app of the one dialog. `chosen` is the directory that was chosen, None if none was."""

    TITLE = "warroom"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "../app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "not_yet", "Rollback", id="rollback.arm", priority=True, key_display="F9",
                tooltip="open a deployment first"),
        Binding("q", "quit", "Quit", id="app.quit"),
    ]  # fmt: skip

    def __init__(self, directory: Path) -> None:
        """Choose among the deployments in `directory`."""
        super().__init__()
        self.directory = directory
        self.chosen: Path | None = None

    def on_mount(self) -> None:
        """Show them."""
        dialog = DeploymentsDialog(lambda: deployments_in(self.directory))
        self.push_screen(dialog, self._chose)

    def _chose(self, directory: Path | None) -> None:
        self.chosen = directory
        self.exit(0)

    def action_not_yet(self) -> None:
        """Say what F9 needs."""
        self.notify("open a deployment first: F9 arms its rollback", markup=False, timeout=5)


def choose(directory: Path, look: Look) -> Path | None:
    """The deployment in `directory` that the operator chooses, None if they leave."""
    app = Chooser(directory)
    app.wear(look)
    app.run()
    return app.chosen
