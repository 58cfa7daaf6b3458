"""Early warnings: what drifts towards its limit, the evidence, the clocks, and the two deeds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from console.domain.bins import WATCHED, Watched
from console.domain.drift import Drift
from console.domain.early_warning import open_warnings
from console.room import WarRoom
from console.screens.dialogs import BACK, COPY, HELP, Dialog
from console.screens.warning_chart import drift_chart
from console.screens.warning_views import warnings_content
from widgets.chart import MetricChart
from widgets.keybar import KeyBar
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

LOOK_S = 0.5


class Deed(NamedTuple):
    """What the dialog was left for, and about which warning."""

    kind: Literal["review", "settle"]
    warning: str


class WarningDialog(Dialog[Deed | None]):
    """Every watched metric with its look; it follows while it is open."""

    CSS_PATH = "warning.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        COPY,
        HELP,
        Binding("down,j", "move(1)", "Metric", id="warning.next", key_display="↑↓"),
        Binding("up,k", "move(-1)", "Metric", id="warning.previous", show=False),
        Binding("r", "deed('review')", "Review", id="warning.review",
                tooltip="record the leads' review: the root cause, and whether a fix is in sight"),
        Binding("x", "deed('settle')", "Settle", id="warning.settle",
                tooltip="say that it is fixed, or what the rollback owner decides"),
    ]  # fmt: skip

    words = getters.query_one("#warnings", Words)
    chart = getters.query_one(MetricChart)

    def __init__(self, room: WarRoom, metric: str = "") -> None:
        """Show the warnings of `room`, that of `metric` first, or the latest."""
        super().__init__()
        self._room = room
        held = [metric, *(one.metric for one in open_warnings(room.state))]
        self._chosen: Watched = next((one for name in held for one in WATCHED if one == name),
                                     WATCHED[0])  # fmt: skip
        self._drifts: dict[Watched, Drift] = {}
        self._looked: tuple[int, int] = (-1, -1)
        self._looking = False

    def compose(self) -> ComposeResult:
        """The metrics, what is known of the chosen one, and its chart."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "early warnings"
            with VerticalScroll(id="about", can_focus=False):
                yield Words(id="warnings")
            chart = MetricChart(id="drift")
            chart.can_focus = False
            yield chart
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow."""
        self._follow()
        self.set_interval(LOOK_S, self._follow)

    def on_resize(self) -> None:
        """Break the rows anew, once the new width is known."""
        self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        """Show what is known, and look anew where an hour has passed or the journal has grown."""
        picture = self._room.picture()
        currency = self._room.deployment.nfr.currency
        room = self.words.content_size.width
        self.words.say(
            warnings_content(picture.state, self._drifts, self._chosen, picture.now, currency, room)
        )
        now = (int(picture.now // 3600), picture.state.entries)
        if now != self._looked and not self._looking:
            self._looked, self._looking = now, True
            self.run_worker(self._look(), name="drifts", group="drifts", exit_on_error=False)

    async def _look(self) -> None:
        """Some ten milliseconds, the first time more: not on the event loop."""
        try:
            found = await asyncio.to_thread(self._room.looker.foresight.latest, self._room.state)
        finally:
            self._looking = False
        self._drifts = found
        if self.is_attached:
            self._follow()
            self._draw()

    def _draw(self) -> None:
        drift = self._drifts.get(self._chosen)
        currency = self._room.deployment.nfr.currency
        view = None if drift is None else drift_chart(self._chosen, drift, currency)
        self.chart.display = view is not None
        if view is not None:
            self.chart.show(view)

    def action_move(self, by: int) -> None:
        """Choose the next metric, or the one before."""
        self._chosen = WATCHED[(WATCHED.index(self._chosen) + by) % len(WATCHED)]
        self._follow()
        self._draw()

    def action_deed(self, kind: Literal["review", "settle"]) -> None:
        """Leave, to say what came of the chosen metric's warning."""
        held = [
            one
            for one in self._room.state.warnings.values()
            if one.metric == self._chosen and one.attempt == self._room.state.attempt.id
        ]
        if held:
            self.dismiss(Deed(kind, held[-1].id))
        else:
            app: WarRoomApp = self.app  # type: ignore[assignment]  # there is no other
            app.say(f"there is no early warning of {self._chosen}")
