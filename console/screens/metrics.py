"""Metrics: one metric over time, what was decided meanwhile, and what a range is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from config.guide import MetricId
from config.limits import rule_of
from console.clean import clean
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.readings import last_end
from console.domain.series import Series
from console.room import METRICS, Picture
from console.screens import metric_parts as parts
from console.screens import metric_views as mv
from console.screens import views
from console.screens.base import RoomScreen
from console.screens.calls import CallScreen, CallsScreen, held_of
from console.screens.compare import CompareScreen
from widgets.breakdown import Breakdown, PartView
from widgets.chart import MetricChart
from widgets.facts import Facts
from widgets.histogram import Histogram, HistogramView
from widgets.metrics import MetricBoard
from widgets.plot import ChartView
from widgets.words import Words

PANES = ("chart", "breakdown", "latency")


@dataclass(frozen=True)
class Study:
    """What is shown of one metric over one range; `key` is what it was made from."""

    key: tuple[object, ...]
    curve: mv.Curve
    marks: mv.Marks
    chart: ChartView
    parts: list[PartView]
    latency: HistogramView


class MetricsScreen(RoomScreen):
    """The chart of the chosen metric under a cursor, its range taken apart, and the board of all.

    The study of a range is made in a thread; keys move the cursor over what is there already.
    """

    CSS_PATH = "metrics.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "range(1)", "Range", id="metric.longer", key_display="z/Z",
                tooltip="a longer range: 15 min, 1 h, 6 h, 48 h"),
        Binding("Z", "range(-1)", "Shorter range", id="metric.shorter", show=False,
                tooltip="a shorter range, around the cursor"),
        Binding("enter", "drill", "Calls", id="metric.drill",
                tooltip="the calls of the minute under the cursor"),
        Binding("tab", "pane(1)", "Pane", id="metric.pane", key_display="tab",
                tooltip="chart, breakdown of the range, latencies"),
        Binding("shift+tab", "pane(-1)", "Pane before", id="metric.pane-back", show=False),
        Binding("v", "compare", "Versions", id="metric.compare",
                tooltip="versions and variants side by side"),
        Binding("left_square_bracket,up,k", "step(-1)", "Previous metric", id="metric.previous",
                show=False),
        Binding("right_square_bracket,down,j", "step(1)", "Next metric", id="metric.next",
                show=False),
        Binding("left", "move(-1)", "Minute", id="metric.left", show=False),
        Binding("right", "move(1)", "Minute", id="metric.right", show=False),
        Binding("shift+left,ctrl+left", "hour(-1)", "An hour back", id="metric.hour-back",
                show=False),
        Binding("shift+right,ctrl+right", "hour(1)", "An hour on", id="metric.hour-on", show=False),
    ]  # fmt: skip

    chart = getters.query_one(MetricChart)
    breakdown = getters.query_one(Breakdown)
    latency = getters.query_one(Histogram)
    readout = getters.query_one(Facts)
    board = getters.query_one(MetricBoard)
    about = getters.query_one("#about", Words)

    _length = mv.RANGES[1]
    _end: float | None = None
    _studying = False
    _outdated = False
    _study: Study | None = None

    def body(self) -> ComposeResult:
        """The panes, what the cursor reads, what the metric means, the board."""
        with Container(id="study", classes="-chart"):
            yield MetricChart(id="chart")
            yield Breakdown(id="breakdown")
            yield Histogram(id="latency")
        yield Facts(id="readout")
        yield Words(id="about")
        yield MetricBoard(id="metrics", classes="panel")

    def on_mount(self) -> None:
        """The chart follows the board's cursor."""
        super().on_mount()
        self.watch(self.board, "cursor_id", self._other_metric, init=False)
        self.board.always_marked = True
        self.chart.focus()

    def choose(self, metric: str, at: float | None = None) -> None:
        """Show `metric`, with the cursor on the minute that had passed `at` (unix seconds)."""
        self.board.cursor_id = metric
        if at is not None:
            now = self.room.picture().now
            moment = min(max(at, now - mv.REACH_S), now)
            self.chart.hold(moment // mv.MINUTE * mv.MINUTE)
            self._end = None
            if now - moment > self._length * 0.8:
                self._length = mv.range_for(now - moment)
        self._refresh_study()

    def _other_metric(self) -> None:
        self._tell_about(self.room.picture())
        self._refresh_study()

    # What is shown

    @property
    def _held(self) -> float | None:
        """The moment that the operator looks at; None while the cursor follows the clock."""
        return None if self.chart.following else self.chart.cursor

    @property
    def metric(self) -> MetricId:
        """The chosen metric."""
        chosen = self.board.cursor_id
        return chosen if chosen in METRICS else METRICS[0]

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.board.show(views.metric_views(picture, self.room.deployment.nfr.currency))
        self._tell_about(picture)
        self._refresh_study()

    def _sources(self) -> dict[str, tuple[Series, int]]:
        """By metric, the minutes it is read from and the minute its feed was read up to."""
        now = self.room.picture().now
        found: dict[str, tuple[Series, int]] = {}
        for metric in METRICS:
            eye = self.room.eyes.each[self.room.deployment.feed_of(metric).id]
            found[metric] = (eye.series, last_end(eye.series, eye.freshness(now), now))
        return found

    def _newest(self, picture: Picture) -> float:
        """The end of the latest minute to show: the last one read while the feed lives, else now,
        so that a feed which went quiet is seen to be."""
        now = picture.now // mv.MINUTE * mv.MINUTE
        eye = self.room.eyes.each[self.room.deployment.feed_of(self.metric).id]
        if self.metric == "accuracy" or eye.freshness(picture.now).state != "live":
            return now
        read_to = last_end(eye.series, eye.freshness(picture.now), picture.now) * mv.MINUTE
        return min(now, max(read_to, self._held or 0.0))

    def _refresh_study(self) -> None:
        """Study what there is to show now, unless that is what is shown."""
        if not self.board.cursor_id:
            return
        picture = self.room.picture()
        newest = self._newest(picture)
        held = self._held
        if held is not None:
            held = max(held, newest - mv.REACH_S)
        self._end = mv.frame_end(newest, self._length, held, self._end)
        # The minute that runs is not shown, so what only adds to it is no news.
        every = [eye.series for eye in self.room.eyes.each.values()]
        told = sum(len(s.minutes) + sum(map(len, s.values.values())) for s in every)
        key = (self.metric, self._length, self._end, newest, told, picture.state.entries)
        if self._study is not None and self._study.key == key:
            self._read()
            return
        self._outdated = self._studying
        if self._studying:
            return
        self._studying = True
        make = partial(
            self._make_study, key, picture, newest, self._end, self._sources(), held_of(self.room)
        )
        # Without a description the toolkit would put all that is studied into words, for a second.
        self.run_worker(make, name="study", group="study", description="study", thread=True,
                        exit_on_error=False)  # fmt: skip

    def _make_study(
        self,
        key: tuple[object, ...],
        picture: Picture,
        newest: float,
        end: float,
        sources: dict[str, tuple[Series, int]],
        held: Sequence[parts.Held],
    ) -> Study:
        """Runs in a thread."""
        metric, length = cast("MetricId", key[0]), cast("float", key[1])
        state, currency = picture.state, self.room.deployment.nfr.currency
        minutes = int(length // mv.MINUTE)
        values = self.room.looker.points(state, metric, minutes + 1, end)
        series, read_to = sources[metric]
        curve = mv.curve_of(metric, values, series, read_to, end)
        limit = picture.limits[metric]
        threshold = limit.over if limit.over is not None else limit.under
        spanned = range(int(end // mv.MINUTE) - minutes, int(end // mv.MINUTE))
        each = {name: series for name, (series, _) in sources.items()}
        return Study(
            key,
            curve,
            (*mv.decisions(state), *mv.notes(state, metric)),
            mv.chart_view(curve, state, threshold=threshold, currency=currency, newest=newest),
            parts.breakdown(each, spanned, parts.held_calls(held, spanned), currency),
            parts.latency_view(
                each["latency-p95"],
                spanned,
                mv.range_text(length, end, newest),
                picture.limits["latency-p95"].over,
            ),
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what the study came to; begin the next one if there is newer to show."""
        if event.worker.name != "study" or not event.worker.is_finished:
            return
        event.stop()
        self._studying = False
        if event.state == WorkerState.SUCCESS and event.worker.result is not None:
            self._study = study = event.worker.result
            self.chart.show(study.chart)
            self.breakdown.show(study.parts)
            self.latency.show(study.latency)
            self._read()
        elif event.state == WorkerState.ERROR:
            kind = type(event.worker.error).__name__
            said = f"the chart is not brought up to date by a fault of ours ({kind})"
            self.about.say(Content.styled(said, "bold $text-error"))
        if self._outdated:
            self._refresh_study()

    def _here(self) -> float:
        """The moment under the cursor."""
        now = self.room.picture().now // mv.MINUTE * mv.MINUTE
        return now if self.chart.cursor is None else self.chart.cursor

    def _read(self) -> None:
        """Say what the cursor reads."""
        study = self._study
        if study is None:
            return
        here = self._here()
        minute = mv.read_minute(self._sources(), int(here // mv.MINUTE) - 1)
        now, currency = self.room.picture().now, self.room.deployment.nfr.currency
        self.readout.show(*mv.readout(study.curve, here, now, minute, study.marks, currency))

    def _tell_about(self, picture: Picture) -> None:
        rule = rule_of(self.metric)
        reading = picture.readings[self.metric]
        check = picture.checks.get(f"{CHECK}{self.metric}")
        told = ", ".join(role.replace("-", " ") for role in rule.recipients)
        self.about.say(
            Content.styled(f"{rule.name}: {rule.means}.", "bold")
            + Content(f"  {clean(reading.why)}. Feed {clean(reading.feed)}, told: {told}.")
            + Content(f" Second source: {clean(check.why)}." if check is not None else "")
        )

    # What the keys do

    @on(MetricChart.Moved)
    def follow_cursor(self) -> None:
        """Read the minute that the cursor came to, once it is seen to have come there."""
        self.call_after_refresh(self._refresh_study)

    def action_move(self, columns: int) -> None:
        """As in the chart."""
        self.chart.action_move(columns)

    def action_hour(self, hours: int) -> None:
        """As in the chart."""
        self.chart.action_hour(hours)

    def action_step(self, step: int) -> None:
        """The next or previous metric."""
        self.board.action_move(step)

    def action_range(self, step: int) -> None:
        """A longer or shorter range; after the longest comes the shortest."""
        place = (mv.RANGES.index(self._length) + step) % len(mv.RANGES)
        self._length = mv.RANGES[place]
        self._refresh_study()

    def action_pane(self, step: int) -> None:
        """Bring the next pane to the front."""
        pane = self.query_one("#study")
        here = next(name for name in PANES if pane.has_class(f"-{name}"))
        to = PANES[(PANES.index(here) + step) % len(PANES)]
        pane.set_classes(f"-{to}")
        self.query_one(f"#{to}", Widget).focus()

    def _minutes(self) -> range:
        end = int((self._end or self._here()) // mv.MINUTE)
        return range(end - int(self._length // mv.MINUTE), end)

    @on(MetricBoard.Chosen)
    def action_drill(self) -> None:
        """Show the calls of the minute under the cursor."""
        minute = int(self._here() // mv.MINUTE) - 1
        self.app.push_screen(CallsScreen(range(minute, minute + 1)))

    @on(Breakdown.Chosen)
    def open_part(self, message: Breakdown.Chosen) -> None:
        """Show the calls of a kind, or a call."""
        kind, _, name = message.id.partition(":")
        minutes = self._minutes()
        if kind == "call":
            calls = parts.held_calls(held_of(self.room), minutes)
            call = next((call for call in calls if call.id == name), None)
            if call is None:
                self.console_app.say("this call is no longer held")
            else:
                self.app.push_screen(CallScreen(call))
        else:
            self.app.push_screen(CallsScreen(minutes, cast("parts.Kind", kind), name))

    def action_compare(self) -> None:
        """Show versions and variants side by side."""
        newest = self._newest(self.room.picture())
        said = mv.range_text(self._length, self._end or newest, newest)
        self.app.push_screen(CompareScreen(self._minutes(), said))
