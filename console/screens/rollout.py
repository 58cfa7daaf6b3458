"""Rollout: the phases, and what the gate of the present one asks (Guide 4)."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from console.room import Picture
from console.screens import rollout_deeds, views
from console.screens.base import RoomScreen
from console.screens.comparison_views import comparison_views
from console.screens.contested_views import contested_content
from console.screens.gate import missing_content
from console.screens.moments import moment_text
from console.screens.traffic import traffic
from console.screens.traffic_views import traffic_content
from widgets.gate import GateTable
from widgets.timeline import Timeline
from widgets.versus import Versus
from widgets.words import Words


class RolloutScreen(RoomScreen):
    """Timeline, phase, gate and history."""

    CSS_PATH = "rollout.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "traffic", "Traffic", id="rollout.traffic",
                tooltip="what the switch reads; set it again, or back"),
        Binding("a", "acknowledge", "Acknowledge", id="contested.acknowledge", show=False,
                tooltip="say that what stands of two decisions is known, and what was agreed"),
    ]  # fmt: skip

    timeline = getters.query_one(Timeline)
    phase = getters.query_one("#phase", Words)
    traffic = getters.query_one("#traffic", Words)
    table = getters.query_one(GateTable)
    missing = getters.query_one("#missing", Words)
    contested = getters.query_one("#contested", Words)
    versus = getters.query_one(Versus)
    history = getters.query_one("#history", Words)

    def body(self) -> ComposeResult:
        """From the whole rollout to the criteria of its present gate."""
        yield Timeline(id="timeline")
        yield Words(id="phase")
        yield Words(id="traffic")
        yield GateTable(id="criteria", classes="panel")
        with VerticalScroll(id="below", can_focus=False):
            yield Words(id="contested")
            yield Words(id="missing")
            versus = Versus(compact=True, id="versus")
            versus.can_focus = False  # the arrows are the criteria's
            yield versus
            yield Words(id="history")

    def action_traffic(self) -> None:
        """Show the traffic's dialog."""
        traffic(self.console_app)

    def action_acknowledge(self) -> None:
        """See to a contested decision."""
        rollout_deeds.acknowledge(self.console_app)

    def on_mount(self) -> None:
        """Begin on the criteria."""
        super().on_mount()
        self.table.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        state, gate = picture.state, picture.gate
        self.timeline.show(views.phase_views(picture, self.room.deployment))
        rule = self.room.deployment.phase_rule(state.attempt.phase)
        what = rule.what if rule else "Nothing is live yet: the checklist decides on GO."
        entered = moment_text(state.attempt.entered_at, picture.now)
        self.phase.say(
            Content.styled(views.phase_text(state), "bold")
            + Content(f"  {what}\n")
            + Content.styled(views.time_text(picture, entered), "$text-muted")
        )
        busy = self.room.traffic.busy
        self.traffic.say(traffic_content(picture, self.room.deployment, busy=busy))
        currency = self.room.deployment.nfr.currency
        self.table.show(views.criterion_views(gate.criteria, currency))
        self.table.border_title = f"gate · {gate.verdict.replace('-', ' ')}"
        self.missing.say(missing_content(picture))
        compared = comparison_views(picture)
        self.versus.display = bool(compared.said or compared.rows)
        self.versus.show(compared)
        contested = contested_content(picture)
        self.contested.display = bool(contested.plain)
        self.contested.say(contested)
        history = views.history_lines(state.attempts, picture.now)
        self.history.say(Content.styled("History\n", "bold") + Content("\n".join(history)))
