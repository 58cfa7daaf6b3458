"""A tiny app around one widget, and example values for every widget."""

from textual import on
from textual.app import App, ComposeResult
from textual.widget import Widget

from widgets.alerts import AlertFeed, AlertView
from widgets.breakdown import Breakdown, PartView
from widgets.calls import CallList, CallView
from widgets.chart import ChartView, MetricChart
from widgets.checklist import ChecklistTable, ItemView
from widgets.compare import CompareTable, CompareView
from widgets.duties import DutyList, DutyView
from widgets.facts import Fact, Facts
from widgets.gate import CriterionView, GateTable
from widgets.guard import GuardPanel, GuardStep, GuardView, TriggerChoice
from widgets.histogram import Histogram, HistogramView
from widgets.incidents import IncidentList, IncidentView, MomentList, MomentView
from widgets.journal import EntryView, JournalLog
from widgets.metrics import MetricBoard, MetricView
from widgets.status import StatusLine, StatusView
from widgets.stopwatch import Stopwatch, StopwatchView
from widgets.timeline import PhaseView, Timeline

WIDTHS = (60, 80, 120, 200)
MARKUP = "[b]bold[/x] [@click=app.bell]click[/] [/var/log]"
START = 1_700_000_000.0


class Host(App[None]):
    """Shows one widget on the whole screen and remembers what was chosen in it."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.chosen: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    @on(MetricBoard.Chosen)
    def metric(self, event: MetricBoard.Chosen) -> None:
        self.chosen.append(("metric", event.id))

    @on(AlertFeed.Chosen)
    def alert(self, event: AlertFeed.Chosen) -> None:
        self.chosen.append(("alert", event.id))

    @on(Breakdown.Chosen)
    def part(self, event: Breakdown.Chosen) -> None:
        self.chosen.append(("part", event.id))

    @on(CallList.Chosen)
    def call(self, event: CallList.Chosen) -> None:
        self.chosen.append(("call", event.id))

    @on(MetricChart.Moved)
    def moved(self, event: MetricChart.Moved) -> None:
        self.chosen.append(("moved", f"{event.moment:.0f}"))

    @on(ChecklistTable.Chosen)
    def item(self, event: ChecklistTable.Chosen) -> None:
        self.chosen.append(("item", event.id))

    @on(GateTable.Chosen)
    def criterion(self, event: GateTable.Chosen) -> None:
        self.chosen.append(("criterion", event.id))


def shown(widget: Widget) -> list[str]:
    """The rows of the widget as they stand on the screen."""
    strips = widget.render_lines(widget.size.region)
    return [strip.text.rstrip() for strip in strips]


def metric(ident: str = "error-rate", **changes: object) -> MetricView:
    """A metric within its limit, unless changed."""
    values: dict[str, object] = {
        "name": "error rate",
        "verdict": "ok",
        "value": "0.4 %",
        "limit": "≤ 1 %",
        "n": "n 1,204",
        "age": "2s",
        "points": (0.002, 0.003, None, 0.004),
        "scale": "0–1 %",
        "window": "last 60 min",
        "over": 0.01,
    }
    return MetricView(ident, **(values | changes))  # type: ignore[arg-type]  # a test's keywords


BOARD = (
    metric("escalation-rate", name="escalation rate", value="18.2 %", limit="≤ 25 %"),
    metric("error-rate", verdict="breach", value="1.8 %", alerting=True),
    metric("latency-p95", name="latency p95", value="2.31 s", limit="≤ 3 s"),
    metric("cost-per-call", name="cost per call", verdict="breach", value="$0.071"),
    metric("spend-rate", name="spend rate", verdict="stale", value="$25.2/h", age="6m"),
    metric("traffic", name="traffic", value="1,204/h", limit="≤ 5,500/h"),
    metric("safety-flags", name="safety flags", verdict="down", value="0", limit="none"),
    metric("accuracy", name="accuracy", verdict="too-few", value="94 %", n="n 12", age="5h"),
)
STATUS = StatusView(
    agent="claims-triage",
    context="customer-facing",
    phase="full",
    traffic="100 %",
    phase_time="window 29h48m of 48h",
    freshness="live",
    freshness_text="2s",
    operator="agent-lead",
    clock="14:02:31Z",
    speed="60x",
)
PHASES = (
    *(
        PhaseView(name, name, "done", elapsed)
        for name, elapsed in (
            ("dark", "26h"),
            ("shadow", "51h"),
            ("1 %", "49h"),
            ("5 %", "50h"),
            ("20 %", "48h"),
            ("50 %", "48h"),
        )
    ),
    PhaseView("100", "100 %", "current", "12h3m", 0.5, "12h left"),
    PhaseView("full", "full", "next"),
)
ALERTS = (
    AlertView("latency", "resolved", "latency p95 3.4 s > 3 s", "lasted 12 min", "1 h"),
    AlertView("errors", "firing", "error rate 1.8 % > 1 %", "n 1,204", "6 min", False, "lead told"),
    AlertView("review", "info", "ESCALATION policy unclear", "reviewer", "51 s"),
    AlertView("cost", "firing", "cost per call over", "n 1,204", "26 min", True, "agent lead"),
    AlertView("traffic", "recovering", "traffic 5,900/h > 5,500/h", "", "3 min"),
)
ITEMS = (
    ItemView("data.1", "Data", "PII handling agreed", True, "confirmed", "legal", "legal"),
    ItemView("data.2", "Data", "Retention period of the call logs set", True, "open", "tech lead"),
    ItemView(
        "esc.1", "Escalation", "A reviewer answers within the SLA", True, "partly", "reviewer"
    ),
    ItemView("esc.2", "Escalation", "Fallback channel", False, "in-progress", "operations lead"),
    ItemView("esc.3", "Escalation", "Cross-market wording", False, "not-applicable", "legal"),
    ItemView("esc.4", "Escalation", "Rollback drill", True, "expired", "rollback owner", "owner"),
)
CRITERIA = (
    CriterionView("acc", "accuracy held", "not-met", "89 %", "≥ 92 %", "n 50", "5h", "too low"),
    CriterionView("err", "error rate", "met", "0.4 %", "≤ 1 %", "n 1,204", "2s"),
    CriterionView("sat", "satisfaction", "unknown", "–", "≥ 0", "n 4", "2s", "needs n ≥ 10"),
    CriterionView("cost", "cost held", "n/a"),
)
CHART = ChartView(
    title="error rate",
    unit="%",
    points=tuple((START + 60 * i, 0.5 + (i % 7) / 10) for i in range(120)),
    threshold=1.0,
    start=START,
    end=START + 7200,
    marks=((START + 3600, "50 %"),),
)
GUARD = GuardView(
    title="ROLLBACK ARMED",
    target="v1.4.2",
    choices=(
        TriggerChoice("1", "error rate over 5 % in 30 min", "true", "6.1 %, n 928", chosen=True),
        TriggerChoice("2", "escalation rate over 50 % for 15 min", "false", "13.9 %, n 455"),
        TriggerChoice("3", "spend over 3x forecast for 15 min", "unknown", "no data for 6 min"),
        TriggerChoice("4", "incorrect outputs confirmed", "declared", "1 judged wrong: c-12"),
        TriggerChoice("5", "data breach or exposure", "declared"),
        TriggerChoice("6", "rollback owner's judgement", "declared"),
    ),
    because="error rate over 5 % in 30 min: 6.1 % over the last 30 min, 928 calls",
    steps=(GuardStep("traffic to 0 %", "sets the weights, then reads them back"),),
    owner="rollback owner, +49 30 1234, always",
    deputies=("deputy owner, +49 30 5678, by day",),
    missing=("SWITCH_TOKEN is not set: step 1 cannot run",),
    code="KQWZ",
    typed="KQ",
    seconds_left=47,
)
STOPWATCH = StopwatchView(
    elapsed_s=192,
    budget_s=900,
    outcome="running",
    steps=(
        ("traffic to 0 %", "verified", "read back as 0", "by hand one"),
        ("restore v1.4.2", "unknown", "no answer within 10 s", "curl -X PUT https://flows.example"),
        ("tell the leads", "running", "", ""),
        ("fresh calls", "waiting", "", ""),
    ),
)
PARTS = (
    PartView("errors of 1,204 calls", "timeout", "8 67 %", 0.67, "bad", "error:timeout"),
    PartView("errors of 1,204 calls", "rate limited", "4 33 %", 0.33, "bad", "error:rate limited"),
    PartView("cost by model", "others", "$1.20 100 %", 1.0),
    PartView("slowest calls", "no call of this range is held"),
)
CALLS = (
    CallView("c-1", "14:02:31", "11.60 s", "$0.021", "1,800+300 tok", "triage-large-2", "v2.4.0",
             "✗ failed: timeout", "bad", "policy lookup, ✗ history failed"),
    CallView("c-2", "14:02:11", "0.60 s", version="v2.4.0", trouble="✓ answered"),
)  # fmt: skip
FACTS = (Fact("errors", "2 (6.5 %)", "bad"), Fact("", "no call"), Fact("cost", "$0.57"))
LATENCIES = HistogramView(
    "latency, last hour, n 95",
    ((0.3, 20), (0.9, 60), (1.4, 10), (4.0, 5)),
    (("p50", 0.9), ("p95", 1.4), ("p99", 4.0)),
    3.0,
)
COMPARED = CompareView(
    "of the latest calls",
    ("v2.4.0", "v2.3.1 control"),
    (("calls", ("1,204", "1,190")), ("error rate", ("0.4 % (0.1–1.2 %)", "0.5 % (0.2–1.3 %)"))),
    (("0.5–1 s", (0.6, 0.5)), ("1–2 s", (0.4, 0.0))),
)
ENTRIES = tuple(
    EntryView(f"#{i}", "14:02:31Z", "agent lead", "note.added", f"entry {i} about the errors")
    for i in range(1, 201)
)


INCIDENTS = (
    IncidentView("inc-1", 1, "severity 1 critical", "records were shown", "open 6 min",
                 "update OVERDUE by 6 min", late=True, people="lead agent lead"),
    IncidentView("inc-2", 3, "severity 3 minor", "one answer was late", "took 2h",
                 closed=True),
)  # fmt: skip
MOMENTS = (
    MomentView("w/1", "14:02:31Z", "alert fired", "watcher", "the error rate is over 1 %"),
    MomentView("w/2", "14:04:00Z", "note", "agent lead", "the cache was emptied by hand",
               "recorded 14:20:00Z, 16 min later", "corrected by 14:21:00Z w/3"),
)  # fmt: skip
DUTIES = (
    DutyView("a", "tell the sponsor", "OVERDUE by 6 min", "14:00Z", "agent lead", late=True),
    DutyView("b", "hold the review", "", "15:00Z", "", done="14:10Z by agent lead: held"),
)


def lists(
    held: tuple[IncidentView, ...],
    happened: tuple[MomentView, ...],
    owed: tuple[DutyView, ...],
) -> list[Widget]:
    """The widgets of the Incidents screen."""
    incidents, moments, duties = IncidentList(), MomentList(), DutyList()
    incidents.show(held)
    moments.show(happened)
    duties.show(owed)
    return [incidents, moments, duties]


def filled() -> list[Widget]:
    """One of each widget with its example value. They must be mounted before they are read."""
    status, line, board, feed = StatusLine(), Timeline(), MetricBoard(), AlertFeed()
    checklist, gate, chart, journal = ChecklistTable(), GateTable(), MetricChart(), JournalLog()
    guard, stopwatch = GuardPanel(), Stopwatch()
    status.show(STATUS)
    line.show(PHASES)
    board.show(BOARD)
    feed.show(ALERTS)
    checklist.show(ITEMS)
    gate.show(CRITERIA)
    guard.show(GUARD)
    stopwatch.show(STOPWATCH)
    journal.append(ENTRIES)
    first: list[Widget] = [status, line, board, feed, checklist, gate, chart, journal]
    return [
        *first,
        guard,
        stopwatch,
        *lists(INCIDENTS, MOMENTS, DUTIES),
        *panes(PARTS, CALLS, FACTS, LATENCIES, COMPARED),
    ]


def panes(
    parts: tuple[PartView, ...],
    calls: tuple[CallView, ...],
    facts: tuple[Fact, ...],
    latencies: HistogramView,
    compared: CompareView,
) -> list[Widget]:
    """The widgets of the Metrics screen, but for chart and board."""
    breakdown, held, readout = Breakdown(), CallList(), Facts()
    histogram, table = Histogram(), CompareTable()
    breakdown.show(parts)
    held.show(calls)
    readout.show("14:02–14:03Z", facts)
    histogram.show(latencies)
    table.show(compared)
    return [breakdown, held, readout, histogram, table]
