"""Alerts: everything that alarms in one list, ours and that of other systems, the worst first."""

from typing import ClassVar

import msgspec
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content

from console.clean import clean
from console.domain.commands import OpenIncident
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.escalations import Group as Escalated
from console.domain.extra_rules import PREFIX as RULE
from console.domain.outside import OUTSIDE
from console.domain.state import Alert
from console.domain.triggers import Trigger
from console.room import METRICS, Picture
from console.screens import escalation_deeds
from console.screens.alertlist import Found, Listed, Shown, listed
from console.screens.alertwords import alert_words
from console.screens.base import RoomScreen
from console.screens.silence_deeds import ours, theirs
from widgets.alerts import AlertFeed
from widgets.filterline import Filtering, FilterLine
from widgets.words import Words

LONG_S = 48 * 3600.0

MATCHES = "nothing matches"
EMPTY = (
    "What alarms stands here, the worst first: a rollback trigger, an alert over its limit, an "
    "escalation, a feed that is silent."
)


class AlertsScreen(RoomScreen, Filtering):
    """The list with its filter, and what is known of the row under the cursor."""

    CSS_PATH = "alerts.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "Ack", id="alerts.acknowledge",
                tooltip="take the alert in hand"),
        Binding("o", "incident", "Incident", id="alerts.incident",
                tooltip="open an incident that names it"),
        Binding("m", "metric", "Metric", id="alerts.metric",
                tooltip="go to the minute that raised it"),
        Binding("s", "silence", "Silence", id="alerts.silence", show=False,
                tooltip="tell nobody of it for a while, or silence another system's alert there"),
        Binding("z", "hidden", "Muted", id="alerts.hidden",
                tooltip="show or hide what is muted or resolved"),
        Binding("slash", "filter", "Filter", id="alerts.filter", key_display="/",
                tooltip="show only what holds a text; !text: what does not"),
        Binding("right_square_bracket", "read(1)", "Read on", id="alerts.down", key_display="]",
                show=False, tooltip="scroll down what is said of it"),
        Binding("left_square_bracket", "read(-1)", "Read back", id="alerts.up", key_display="[",
                show=False, tooltip="scroll up again"),
        Binding("escape", "clear", "Show all", id="alerts.clear", show=False),
    ]  # fmt: skip

    feed = getters.query_one(AlertFeed)
    told = getters.query_one("#told", Words)
    detail = getters.query_one("#detail", Words)

    shown = Shown()
    found = Found([], 0, 0, 0, 0)

    def body(self) -> ComposeResult:
        """The count, the list beside or above what is said of one, the filter."""
        yield Words(id="told")
        with Container(id="columns"):
            yield AlertFeed(id="list", classes="panel")
            with VerticalScroll(id="beside", classes="panel", can_focus=False):
                yield Words(id="detail")
        yield FilterLine("#list")

    def on_mount(self) -> None:
        """Follow the cursor."""
        super().on_mount()
        self.watch(self.feed, "cursor_id", self._show_detail, init=False)
        self.feed.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.found = listed(picture, self.room.recovering, self.shown, offline=self.room.offline)
        self.feed.show([item.view for item in self.found.items])
        self.feed.border_title = Content(self._title())
        firing, waiting = self.found.firing, self.found.waiting
        said = self.found.counts or "nothing fires"
        if firing:
            said += f", {waiting:,} not acknowledged"
        if self.found.muted:
            said += f" · {self.found.muted:,} muted{'' if self.shown.muted else ' (z shows them)'}"
        style = "bold $text-error" if waiting else "$text-muted"
        self.told.say(Content.styled(said, style))
        self._show_detail()

    def _title(self) -> str:
        said = ["alerts", f"filter: {self.shown.text}" if self.shown.text else ""]
        said.append("with muted and resolved" if self.shown.muted else "")
        return " · ".join(part for part in said if part)

    def choose(self, alert: str) -> None:
        """Put the cursor on it, even if it is muted or resolved."""
        if all(item.view.id != alert for item in self.found.items):
            self._show_only(text="", muted=True, resolved_s=LONG_S)
        self.feed.cursor_id = alert

    def item(self) -> Listed | None:
        """What is under the cursor."""
        chosen = self.feed.cursor_id
        return next((one for one in self.found.items if one.view.id == chosen), None)

    def _show_detail(self) -> None:
        item = self.item()
        if item is None:
            self.detail.say(Content.styled(MATCHES if self.shown.text else EMPTY, "$text-muted"))
            return
        self.detail.say(alert_words(item, self.room.picture(), self.room.deployment))

    def action_acknowledge(self) -> None:
        """Acknowledge what is under the cursor, or the only alert that waits."""
        item = self.item()
        waiting = () if item is None else item.waiting
        everywhere = [a.id for a in self.room.state.firing if a.acknowledged_at is None]
        if not waiting and len(everywhere) == 1:
            waiting = (everywhere[0],)
        if len(waiting) == 1:
            self.console_app.acknowledge(waiting[0])
        elif waiting:
            self.console_app.say(f"{len(waiting)} alerts stand behind this: z shows each of them")
        elif everywhere:
            self.console_app.say(f"{len(everywhere)} alerts wait: choose one first")
        else:
            self.console_app.say("no alert waits for an acknowledgement")

    def action_incident(self) -> None:
        """Open an incident that names what is under the cursor."""
        item = self.item()
        if item is None:
            self.console_app.say("nothing is chosen that an incident could be opened from")
            return
        about = item.about
        trigger = about.id if isinstance(about, Trigger) and about.state == "true" else ""
        named = item.view.title
        linked = (about.id,) if isinstance(about, Alert) else item.waiting
        if isinstance(about, Alert):
            named = f"{named} ({clean(about.id, 120)})"
        self.console_app.ask(
            f"Incident: {item.view.title}",
            f"What happens? Severity {1 if trigger else 2}. Enter opens it.",
            lambda text: OpenIncident(1 if trigger else 2, f"{named}: {text}", trigger, linked),
        )

    @on(AlertFeed.Chosen)
    def action_metric(self) -> None:
        """Go to the metric that raised it, at the minute when it did; or to the escalations."""
        item = self.item()
        about = None if item is None else item.about
        metric, at = "", None
        if isinstance(about, Escalated) or (item is not None and item.view.id == "escalations"):
            escalation_deeds.show(self.console_app, getattr(about, "id", ""))
            return
        if isinstance(about, Alert):
            metric, at = self._metric_of(about.rule), about.fired_at
        elif isinstance(about, Trigger):
            metric, at = {"cost-runaway": "spend-rate"}.get(about.id, about.id), about.since
        if metric in METRICS:
            self.console_app.open_metric(metric, at)
        else:
            self.console_app.say("this comes from no metric that is charted here")

    def _metric_of(self, rule: str) -> str:
        """The metric that a rule reads; of a team's own rule or a check, the one that it names."""
        own = {f"{RULE}{one.id}": one.reads for one in self.room.deployment.rules}
        return own.get(rule, rule.removeprefix(CHECK))

    def action_silence(self) -> None:
        """Silence our own notices of it, or have another system's alert silenced there."""
        item = self.item()
        about = None if item is None else item.about
        if item is not None and item.group is not None:
            if self.room.offline:
                self.console_app.say("this console asks no endpoint: it is offline", wrong=True)
            else:
                theirs(self.console_app, item.group.name, self._alertmanager(item))
        elif isinstance(about, Alert) and not about.rule.startswith(OUTSIDE):
            ours(self.console_app, about.rule)
        elif isinstance(about, Trigger):
            ours(self.console_app, f"trigger-{about.id}")
        else:
            self.console_app.say("only an alert can be silenced", wrong=True)

    def _alertmanager(self, item: Listed) -> str:
        """The feed of the Alertmanager that tells of it; empty if only another feed does."""
        feeds = self.room.deployment.feeds
        told = [] if item.group is None else [alert.feed for alert in item.group.alerts]
        return next((feed for feed in told if feeds[feed].kind == "alertmanager"), "")

    def action_hidden(self) -> None:
        """Show what is muted or was resolved, or hide it again."""
        muted = not self.shown.muted
        self._show_only(muted=muted, resolved_s=LONG_S if muted else 0.0)

    def _show_only(self, **what: object) -> None:
        self.shown = msgspec.structs.replace(self.shown, **what)
        self.refresh_view()

    def action_clear(self) -> None:
        """Leave the filter; hide what is muted and resolved."""
        self.line.leave()
        self._show_only(text="", muted=False, resolved_s=0.0)

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self._show_only(text=text)
