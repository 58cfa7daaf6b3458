"""What the console's app opens over whatever screen is shown: one action for each dialog."""

from console.room import WarRoom
from console.screens.big import BigScreen
from console.screens.dialogs import Help
from console.screens.duties import DutiesDialog
from console.screens.feeds import FeedsDialog
from console.screens.reports import ReportsScreen
from console.screens.room import RoomDialog
from console.screens.shield import Shield
from console.screens.troubleshooting import TroubleshootingDialog


class Openings(Shield):
    """The app's ground with the dialogs that need nothing but the room."""

    room: WarRoom

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
        self.push_screen(Help(self.screen.active_bindings.values()))
