"""The window, the escalations and the logging of the Go-Live Report, with their charts."""

from console.domain.queue_words import ROWS
from console.domain.words import rule_words
from console.reports.document import (
    Block,
    Chart,
    Cited,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Table,
    table_or,
)
from console.reports.golive.document_parts import (
    bounds_words,
    cited,
    cites,
    count,
    date,
    seconds,
    value,
)
from console.reports.golive.rows import (
    CheckInRow,
    EscalationRow,
    FieldRow,
    GoLiveReport,
    MetricRow,
    Stretch,
    Watch,
)
from widgets.format import UNKNOWN, percent

CHARTED = ("escalation-rate", "error-rate", "latency-p95", "cost-per-call", "traffic")
UNITS = {"ratio": ("%", 100.0), "s": ("s", 1.0), "calls/h": ("calls/h", 1.0)}


def window_blocks(report: GoLiveReport, currency: str) -> list[Block]:
    """Metrics, charts, alerts, then how people kept the watch, incidents, limitations."""
    held = report.stretch
    if held is None:
        return [Heading("48-hour window"), Paragraph("Not reached: the rollout has not begun.")]
    blocks: list[Block] = [
        Heading("48-hour window"),
        *([] if held.is_window else [Paragraph(f"Not reached. The figures are of {held.name}.")]),
        Table(("What", "On record"), _facts(report, held)),
        Heading("Key metrics", 3),
        Table(
            (
                "Metric",
                "Over the whole",
                "Worst hour",
                "May be",
                "Verdict",
                "n",
                "Alerts",
                "Source",
            ),
            tuple(_metric(row, currency) for row in held.metrics),
        ),
        *_charts(held, currency),
        Heading("Alerts", 3),
        table_or(
            ("Rule", "Fired", "Resolved", "Lasted", "Why", "Acknowledged by", "Source"),
            tuple(
                (
                    rule_words(row.rule),
                    date(row.fired),
                    date(row.resolved) or "fires still",
                    seconds(row.seconds),
                    row.why,
                    row.acknowledged_by or "nobody",
                    cites(row.sources),
                )
                for row in held.alerts
            ),
            "No alert fired.",
        ),
    ]
    if report.watch is not None:
        blocks += _watch(report.watch)
    return [*blocks, *_incidents(report), *_limitations(report)]


def _facts(report: GoLiveReport, held: Stretch) -> tuple[tuple[Inline, ...], ...]:
    rows: list[tuple[Inline, ...]] = [
        ("From, to", f"{date(held.start)} to {date(held.end)}"),
        ("Lasted", seconds(held.seconds)),
        ("Calls", Cited(count(held.calls), held.blind_sources)),
        ("Blind", Cited(f"{held.blind_minutes:,} minutes without data", held.blind_sources)),
        ("Unwatched", Cited(f"{seconds(held.unwatched_s)} with data that nobody evaluated",
                            held.unwatched_sources)),
    ]  # fmt: skip
    if (kept := report.watch) is not None:
        words = f"{kept.kept} kept, {kept.late} late, {kept.missed} missed"
        rows.append(("Check-ins", Cited(words, kept.checkin_sources)))
    return tuple(rows)


def _metric(row: MetricRow, currency: str) -> tuple[Inline, ...]:
    worst = value(row.metric, row.worst, currency)
    alerts: Inline = "none"
    if row.alerts:
        alerts = Cited(f"{row.alerts}, {seconds(row.alerting_s)}", row.alert_sources)
    note = f" ({row.note})" if row.note else ""
    return (
        row.name,
        f"{value(row.metric, row.value, currency)}{note}",
        f"{worst}, to {date(row.worst_at)}" if row.worst_at and row.worst else worst,
        _bounds(row, currency),
        row.verdict,
        count(row.n),
        alerts,
        cites(row.sources),
    )


def _bounds(row: MetricRow, currency: str) -> str:
    """What the metric may be, silence among it."""
    told = bounds_words(row.metric, row.over, row.under, currency)
    if row.silence_under is None or row.silence_for_s is None:
        return told
    quiet = value(row.metric, row.silence_under, currency)
    return f"{told}, not under {quiet} for {seconds(row.silence_for_s)}"


def _charts(held: Stretch, currency: str) -> list[Block]:
    blocks: list[Block] = []
    for row in held.metrics:
        if row.metric not in CHARTED or not row.points:
            continue
        unit, times = UNITS.get(row.unit, (currency, 1.0))
        limit = row.over if row.over is not None else row.under
        worst = f"worst {value(row.metric, row.worst, currency)}" if row.worst_at else ""
        blocks.append(
            Chart(
                f"{row.name} over 60 minutes, the worst of each {_step(row)}",
                unit,
                tuple(
                    (one.at, None if one.value is None else one.value * times) for one in row.points
                ),
                None if limit is None else limit * times,
                row.points[0].at,
                row.points[-1].at,
                f"{worst} at {date(row.worst_at)}; may be {_bounds(row, currency)}; "
                f"source {', '.join(f'[{mark}]' for mark in row.sources)}",
            )
        )
    return blocks


def _step(row: MetricRow) -> str:
    """For how long a point of the chart stands."""
    if len(row.points) < 2:
        return "minute"
    return seconds(row.points[1].at - row.points[0].at)


def _watch(held: Watch) -> list[Block]:
    rows = tuple(_checkin(row) for row in held.checkins)
    signals = tuple(
        (
            row.signal.replace("-", " "),
            row.verdict.replace("-", " "),
            "; ".join(row.evidence) or UNKNOWN,
            "; ".join(row.against) or UNKNOWN,
        )
        for row in held.signals
    )
    blocks: list[Block] = [
        Heading("Check-ins", 3),
        Paragraph(
            "Each due is recorded as missed when it passes; who looks before the next one is due "
            "is late and not missed."
        ),
        table_or(("Due", "Came", "By", "Remark", "Source"), rows, "None was due yet."),
        Heading("Review of 50 outputs at 24 h", 3),
        Paragraph(cited(held.review)),
        Heading("Early warnings", 3),
        Listing(tuple(cited(x) for x in held.warnings)) if held.warnings else Paragraph("None."),
        Heading("Shifts", 3),
        Listing(tuple(cited(x) for x in held.shifts)) if held.shifts else Paragraph("None taken."),
        Heading("Assessment", 3),
    ]
    if not held.signals:
        return [*blocks, Paragraph("The window has not been assessed.")]
    words = f"The evidence proposed {held.proposed}."
    caveats = tuple(held.caveats)
    admitted = "Admitted by those who decided, as it stood then:"
    return [
        *blocks,
        Paragraph(Cited(words, held.assessment_sources)),
        Table(("Signal", "Verdict", "For it", "Against it"), signals),
        Paragraph(admitted if caveats else "No caveat was admitted."),
        *([Listing(caveats)] if caveats else []),
    ]


def _checkin(row: CheckInRow) -> tuple[Inline, ...]:
    came = f"{row.kind.upper() if row.kind != 'kept' else row.kind} {date(row.at)}".rstrip()
    return (date(row.due), came, row.by or "nobody", row.remark, cites(row.sources))


def _incidents(report: GoLiveReport) -> list[Block]:
    rows = tuple(
        (
            f"{row.title} ({row.id})",
            str(row.severity),
            date(row.opened),
            date(row.closed) or "OPEN",
            row.resolution or UNKNOWN,
            row.postmortem,
            cites(row.sources),
        )
        for row in report.incidents
    )
    head = ("Incident", "Severity", "Opened", "Closed", "Resolution", "Post-mortem", "Source")
    return [Heading("Incidents", 3), table_or(head, rows, "None was opened.")]


def _limitations(report: GoLiveReport) -> list[Block]:
    held = report.watch.limitations if report.watch is not None else ()
    told: Block = Listing(tuple(cited(one) for one in held)) if held else Paragraph("None named.")
    return [Heading("Known limitations", 3), told]


def escalation_blocks(report: GoLiveReport) -> list[Block]:
    """The protocol's test, what was escalated, and how soon people answered."""
    held = report.escalations
    rows = tuple(_row(row) for row in held.rows)
    head = ("Row", "Raised", "In time", "Late", "Not answered", "SLA", "Median", "p95", "Source")
    issues = tuple(cited(one) for one in held.issues)
    patterns = tuple(cited(one) for one in held.patterns)
    return [
        Heading("Live escalation protocol"),
        Paragraph(
            Cited(date(f"Tried end to end: {held.tested.text}"), held.tested.sources)
            if held.tested is not None
            else "No test from end to end is on record."
        ),
        Table(head, rows),
        Paragraph("Issues:" if issues else "No issue on record."),
        *([Listing(issues)] if issues else []),
        *([Paragraph("Patterns of inputs that people noted:")] if patterns else []),
        *([Listing(patterns)] if patterns else []),
    ]


def _row(row: EscalationRow) -> tuple[Inline, ...]:
    sla = UNKNOWN
    if row.sla_s is not None:
        sla = seconds(row.sla_s)
        if row.sla_most_s is not None and seconds(row.sla_most_s) != sla:
            sla = f"{sla} to {seconds(row.sla_most_s)}"
    flags = ""
    if row.true_flags or row.false_flags:
        flags = f" ({row.true_flags} rightly flagged, {row.false_flags} wrongly)"
    return (
        f"{ROWS.get(row.row, row.row)}{flags}",
        f"{row.raised:,}",
        f"{row.in_time:,}",
        f"{row.late:,}",
        f"{row.open:,}, {row.overdue:,} past their time" if row.open else "0",
        sla,
        seconds(row.median_s),
        seconds(row.p95_s),
        cites((*row.sources, *row.answer_sources)),
    )


def logging_blocks(report: GoLiveReport) -> list[Block]:
    """The logging confirmation, field by field (Guide 3.2)."""
    held = report.logging
    said: list[Inline] = [f"Production logging: {held.verdict}."]
    if held.probe is not None:
        said.append(Cited(f"Check: {held.probe.text}", held.probe.sources))
    if held.item is not None:
        said.append(Cited(f"Confirmed: {held.item.text}", held.item.sources))
    rows = tuple(_field(row) for row in held.fields)
    head = ("Field", "Five synthetic inputs", "Calls that carry it", "Source")
    return [Heading("Production logging"), Listing(tuple(said)), Table(head, rows)]


def _field(row: FieldRow) -> tuple[Inline, ...]:
    share = "not counted in the minutes"
    if row.share is not None:
        share = f"{percent(row.share, 2)} of {row.of:,}"
    return (row.field, row.probed or "not checked", share, cites(row.sources))
