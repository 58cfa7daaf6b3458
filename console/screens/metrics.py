"""Metrics: one metric over the last hour, with its limit and what was decided meanwhile."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from config.guide import metric_rules
from console.clean import clean
from console.domain.state import State
from console.room import METRICS, Picture
from console.room.picture import SHOWN_MINUTES
from console.screens import views
from console.screens.base import RoomScreen
from widgets.chart import ChartView, MetricChart
from widgets.metrics import MetricBoard
from widgets.words import Words


class MetricsScreen(RoomScreen):
    """The chart of the chosen metric above the board of all."""

    CSS_PATH = "metrics.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "step(-1)", "Previous", id="metric.previous", show=False),
        Binding("right_square_bracket", "step(1)", "Next", id="metric.next", show=False),
    ]

    chart = getters.query_one(MetricChart)
    board = getters.query_one(MetricBoard)
    about = getters.query_one("#about", Words)

    def body(self) -> ComposeResult:
        """Chart, its explanation, board."""
        yield MetricChart(id="chart")
        yield Words(id="about")
        yield MetricBoard(id="metrics", classes="panel")

    def on_mount(self) -> None:
        """The chart follows the board's cursor."""
        super().on_mount()
        self.watch(self.board, "cursor_id", self._show_chart, init=False)
        self.board.focus()

    def choose(self, metric: str) -> None:
        """Show `metric`."""
        self.board.cursor_id = metric

    def action_step(self, step: int) -> None:
        """The next or previous metric."""
        self.board.action_move(step)

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.board.show(views.metric_views(picture, self.room.deployment.nfr.currency))
        self._show_chart()

    def _show_chart(self) -> None:
        chosen = self.board.cursor_id
        if chosen not in METRICS:
            return
        metric = chosen
        picture = self.room.picture()
        factor, unit = views.chart_metric(metric)
        points = picture.points[metric]
        end = picture.now // 60 * 60
        start = end - (SHOWN_MINUTES - 1) * 60
        limit = picture.limits[metric]
        held = limit.over if limit.over is not None else limit.under
        self.chart.show(
            ChartView(
                title=metric.replace("-", " "),
                unit=unit,
                points=tuple(
                    (start + place * 60, None if point is None else point * factor)
                    for place, point in enumerate(points)
                ),
                threshold=None if held is None else held * factor,
                start=start,
                end=end,
                marks=marks(picture.state, start, end),
            )
        )
        rule = next(rule for rule in metric_rules() if rule.id == metric)
        reading = picture.readings[metric]
        told = ", ".join(role.replace("-", " ") for role in rule.recipients)
        self.about.say(
            Content.styled(f"{rule.name}: {rule.means}.", "bold")
            + Content(f"  {clean(reading.why)}. Feed {clean(reading.feed)}, told: {told}.")
        )


def marks(state: State, start: float, end: float) -> tuple[tuple[float, str], ...]:
    """Decisions, rollbacks and incidents in [start, end], as (unix seconds, label)."""
    found = [(a.entered_at, views.phase_label(a)) for a in state.attempts]
    found += [(r.triggered_at, "rollback") for r in state.rollbacks.values()]
    found += [(i.opened_at, "incident") for i in state.incidents.values() if not i.trigger]
    return tuple((at, label) for at, label in found if start <= at <= end)
