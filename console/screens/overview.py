"""Overview: is it healthy, which phase, how long left, is anything owed, is the picture fresh?"""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from console.room import Picture
from console.screens import views
from console.screens.alertlist import Shown, listed
from console.screens.alerts import AlertsScreen
from console.screens.base import RoomScreen
from console.screens.entry import open_entry
from console.screens.summary import summary_items
from console.screens.tail import Tail
from widgets.alerts import AlertFeed
from widgets.items import Items
from widgets.journal import JournalLog
from widgets.line import dotted
from widgets.metrics import MetricBoard
from widgets.timeline import Timeline

TAIL = 200
TALL = 28
SUMMARY_ROWS = 3
LATELY = Shown(resolved_s=6 * 3600.0)


class OverviewScreen(RoomScreen):
    """The first screen."""

    CSS_PATH = "overview.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "Ack", id="alert.acknowledge", tooltip="take the alert in hand")
    ]

    timeline = getters.query_one(Timeline)
    board = getters.query_one(MetricBoard)
    feed = getters.query_one(AlertFeed)
    latest = getters.query_one(JournalLog)
    summary = getters.query_one("#summary", Items)

    def body(self) -> ComposeResult:
        """Timeline, metrics beside or above alerts, and the summary."""
        yield Timeline(id="timeline")
        with Container(id="panels"):
            metrics = MetricBoard(id="metrics", classes="panel")
            metrics.border_title = "metrics"
            yield metrics
            alerts = AlertFeed(id="alerts", classes="panel")
            alerts.border_title = "alerts"
            yield alerts
        latest = JournalLog(id="latest", classes="panel")
        latest.border_title = "latest entries"
        yield latest
        yield Items(id="summary")

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        currency = self.room.deployment.nfr.currency
        self.timeline.show(views.phase_views(picture, self.room.deployment))
        self.board.show(views.metric_views(picture, currency))
        found = listed(picture, self.room.recovering, LATELY, offline=self.room.offline)
        before = self.feed.first_id
        self.feed.show([item.view for item in found.items])
        if self.feed.first_id != before and not self.feed.has_focus:
            self.feed.cursor_id = self.feed.first_id  # what is newly the worst is in sight
            self.feed.jump(0)
        title = dotted("alerts", found.counts)
        if title != self.feed.border_title:  # setting it repaints the whole list
            self.feed.border_title = title
        self.tail.follow(self.room.record, self.latest)
        rows = SUMMARY_ROWS if self.size.height >= TALL else SUMMARY_ROWS - 1
        self.summary.show(summary_items(picture, self.room.recording), rows)

    def on_mount(self) -> None:
        """Begin on the metrics."""
        self.tail = Tail(last=TAIL)
        super().on_mount()

    @on(MetricBoard.Chosen)
    def open_metric(self, message: MetricBoard.Chosen) -> None:
        """Show the metric's chart."""
        self.console_app.open_metric(message.id)

    @on(AlertFeed.Chosen)
    def open_alert(self, message: AlertFeed.Chosen) -> None:
        """Show what is known of it on the Alerts screen."""
        chosen = message.id

        def choose() -> None:
            if isinstance(self.app.screen, AlertsScreen):
                self.app.screen.choose(chosen)

        self.app.switch_mode("alerts")
        self.app.call_after_refresh(choose)

    @on(JournalLog.Chosen)
    def open_entry(self, message: JournalLog.Chosen) -> None:
        """Show the entry whole."""
        open_entry(self.room, self.latest, message.id)

    def action_acknowledge(self) -> None:
        """Acknowledge the alert under the cursor, or the only one that waits."""
        waiting = [a.id for a in self.room.state.firing if a.acknowledged_at is None]
        chosen = self.feed.cursor_id
        if chosen not in waiting and len(waiting) == 1:
            chosen = waiting[0]
        if chosen in waiting:
            self.console_app.acknowledge(chosen)
        elif waiting:
            self.console_app.say(f"{len(waiting)} alerts wait: choose one in the alert feed first")
        else:
            self.console_app.say("no alert waits for an acknowledgement")
