"""The metrics of the 48-hour window, or of the attempt that ran last (Guide 3.3, 6)."""

from collections.abc import Sequence

from config.guide import MetricId, MetricRule, metric_rules
from config.limits import Limit
from console.domain import events as e
from console.domain.entry import Entry
from console.domain.gate_record import attempt_label
from console.domain.gates import BLIND_LIMIT
from console.domain.minutes import parts
from console.domain.projection import unwatched_within
from console.domain.readings import ENOUGH
from console.domain.series import Series
from console.domain.state import Alert
from console.domain.state_rollout import Attempt
from console.domain.times import iso
from console.reports.golive.rows import AlertRow, HourPoint, Marks, MetricRow, Said, Stretch
from console.reports.golive.subject import Subject

HOUR_MIN = 60
MOST_POINTS = 120


def bounds(told: Subject) -> tuple[int, int]:
    """The minutes of the stretch: the first, and the one after the last whole one."""
    attempt = _last(told)
    if attempt is None:
        return 0, 0
    start = int(-(-attempt.entered_at // 60))
    return start, max(start, int(told.kept_until // 60))


def _last(told: Subject) -> Attempt | None:
    return told.attempts[-1] if told.attempts else None


def stretch(told: Subject) -> Stretch | None:
    """The figures of the window or the last attempt; None before the dark launch."""
    attempt = _last(told)
    if attempt is None:
        return None
    start, end = bounds(told)
    alerts = alert_rows(told, attempt.entered_at)
    rows = tuple(_metric(told, rule, attempt, start, end, alerts) for rule in metric_rules())
    calls = next((row.n for row in rows if row.metric == "traffic"), None)
    blind, marks = _blind(told, start, end)
    gaps = told.tale.entries(
        e.WatchGap,
        lambda gap: (
            gap.until.timestamp() > attempt.entered_at and gap.since.timestamp() < told.kept_until
        ),
    )
    window = attempt.phase == "full"
    return Stretch(
        "the 48-hour window" if window else attempt_label(attempt),
        window,
        iso(attempt.entered_at),
        iso(told.kept_until),
        told.kept_until - attempt.entered_at - attempt.jumped_s,
        calls,
        blind,
        unwatched_within(told.closing.unwatched, attempt.entered_at, told.kept_until),
        rows,
        alerts,
        marks,
        told.cites.of(*gaps),
    )


def _blind(told: Subject, start: int, end: int) -> tuple[int, tuple[int, ...]]:
    """The minutes of which the worst of the feeds told nothing."""
    worst, marks = 0, Marks()
    for metric, series in _feeds(told).items():
        held = [series.values.get(name, {}) for name in series.values]
        untold = sum(
            not series.covers(number) and not any(number in points for points in held)
            for number in range(start, end)
        )
        if untold >= worst:
            worst = untold
            marks = told.cites.minutes(told.ground.feeds[metric], start, end, series)
    return worst, marks


def _feeds(told: Subject) -> dict[str, Series]:
    """One metric for each feed that metrics are read from, with its minutes."""
    by_feed = {feed: metric for metric, feed in told.ground.feeds.items() if metric != "accuracy"}
    return {m: told.ground.minutes[m] for m in by_feed.values() if m in told.ground.minutes}


def _metric(  # a metric's row is made of all that the stretch is
    told: Subject,
    rule: MetricRule,
    attempt: Attempt,
    start: int,
    end: int,
    alerts: Sequence[AlertRow],
) -> MetricRow:
    limit = told.ground.deployment.limit(rule.id, attempt.share)
    mine = [alert for alert in alerts if alert.rule == rule.id]
    marks = tuple(mark for alert in mine for mark in alert.sources)
    seconds = sum(alert.seconds for alert in mine)
    if rule.id == "accuracy":
        return _accuracy(told, rule, attempt, limit, len(mine), seconds, marks)
    series = told.ground.minutes.get(rule.id)
    points, worst = _hours(rule.id, series, start, end, limit)
    value, n, note = _whole(rule.id, series, start, end)
    quiet = _silence(rule.id, series, start, end, limit)
    sources = Marks()
    if series is not None and end > start:
        sources = told.cites.minutes(told.ground.feeds[rule.id], start, end, series)
    return MetricRow(
        rule.id,
        rule.name,
        rule.unit,
        value,
        n,
        worst.value,
        iso(worst.at) if worst.value is not None else "",
        limit.over,
        limit.under,
        len(mine),
        seconds,
        _verdict(worst.value, limit, n, quiet, _untold(rule.id, series, start, end)),
        "; ".join(filter(None, (note, quiet))),
        points,
        sources,
        marks,
        limit.silence_under,
        limit.silence_for_s,
    )


def _whole(
    metric: MetricId, series: Series | None, start: int, end: int
) -> tuple[float | None, int | None, str]:
    """The metric over all of the stretch, with how many calls it is made of, and a remark.

    None for a number that the source does not tell.
    """
    if series is None or end <= start:
        return None, 0, "no minute of it is recorded"
    totals = series.window(end, end - start)
    counted = bool(series.minutes)
    if metric in series.values:
        told = sorted(v for at, v in series.values[metric].items() if start <= at < end)
        n = round(totals.calls) if counted else None
        if not told:
            return None, n, "the metric store gave no value"
        if metric == "safety-flags":
            return told[-1], n, "the most of an hour that the metric store gave"
        words = f"the middle one of {len(told):,} values that the metric store gave"
        return told[len(told) // 2], n, words
    if metric == "latency-p95":
        return totals.p95, totals.timed, ""
    _, below = parts(metric, totals, totals.covered)
    calls = totals.calls if metric in {"traffic", "spend-rate"} else below
    return totals.value(metric), round(calls), ""


def _untold(metric: MetricId, series: Series | None, start: int, end: int) -> float:
    """Of what part of the stretch nothing is known."""
    if series is None or end <= start:
        return 1.0
    held = series.values.get(metric, {})
    gone = sum(not series.covers(number) and number not in held for number in range(start, end))
    return gone / (end - start)


def _hours(
    metric: MetricId, series: Series | None, start: int, end: int, limit: Limit
) -> tuple[tuple[HourPoint, ...], HourPoint]:
    """Hours of the stretch for the chart, the worst of several each, and the worst of all.

    What a metric store computes by itself is taken from the first minute on.
    """
    first = start + (1 if series is not None and metric in series.values else HOUR_MIN)
    if series is None or end < first:
        return (), HourPoint(end * 60.0, None)
    ends = range(first, end + 1)
    values = series.rolling(metric, ends, HOUR_MIN, start)
    told = [HourPoint(at * 60.0, value) for at, value in zip(ends, values, strict=True)]
    low = limit.under is not None and limit.over is None
    step = max(1, -(-len(told) // MOST_POINTS))
    drawn = [_worst(told[at : at + step], low=low) for at in range(0, len(told), step)]
    # Each stands at the end of its stretch, so that they are evenly apart; a gap stays a gap.
    shown = tuple(
        HourPoint(told[min(at * step + step, len(told)) - 1].at, point.value)
        for at, point in enumerate(drawn)
    )
    return shown, _worst(told, low=low)


def _worst(points: Sequence[HourPoint], *, low: bool) -> HourPoint:
    """The point that comes nearest to the limit or goes furthest beyond it."""
    known = [point for point in points if point.value is not None]
    if not known:
        return HourPoint(points[-1].at, None)
    pick = min if low else max
    return pick(known, key=lambda point: point.value or 0.0)


def _silence(metric: MetricId, series: Series | None, start: int, end: int, limit: Limit) -> str:
    """That traffic fell silent for as long as the guide calls news; "" where it did not."""
    if series is None or limit.silence_under is None or limit.silence_for_s is None:
        return ""
    length = limit.silence_for_s // 60
    ends = range(start + length, end + 1)
    least = [value for value in series.rolling(metric, ends, length, start) if value is not None]
    if not least or min(least) >= limit.silence_under:
        return ""
    silent = sum(value < limit.silence_under for value in least)
    return f"silent: under {limit.silence_under:,.0f} calls/h at the end of {silent:,} minutes"


def _verdict(worst: float | None, limit: Limit, n: int | None, quiet: str, untold: float) -> str:
    """A breach is one at any n; within the limits only what is known well enough is."""
    if worst is not None:
        over = limit.over is not None and worst > limit.over
        under = limit.under is not None and worst < limit.under
        if over or under or quiet:
            return "breached"
    if worst is None or untold > BLIND_LIMIT:
        return "unknown"
    if limit.over is None and limit.under is None:
        return "no limit"
    return "too few" if n is not None and n < ENOUGH else "within"


def _accuracy(  # the same row, from people's verdicts
    told: Subject,
    rule: MetricRule,
    attempt: Attempt,
    limit: Limit,
    alerts: int,
    seconds: float,
    marks: tuple[int, ...],
) -> MetricRow:
    judged = list(told.closing.judged.get(attempt.id, {}).values())
    right = sum(one.verdict != "wrong" for one in judged)
    entries = told.tale.entries(e.SampleJudged, lambda sample: sample.attempt == attempt.id)
    value = right / len(judged) if judged else None
    return MetricRow(
        rule.id,
        rule.name,
        rule.unit,
        value,
        len(judged),
        value,
        "",
        limit.over,
        limit.under,
        alerts,
        seconds,
        _verdict(value, limit, len(judged), "", 0.0),
        "people's verdicts; subtly off counts as right" if judged else "nothing was judged",
        (),
        told.cites.of(*entries),
        marks,
    )


def alert_rows(told: Subject, since: float) -> tuple[AlertRow, ...]:
    """The alerts that fired from `since` to the end of the stretch."""
    entries: dict[str, list[Entry]] = {}
    for entry, event in told.tale.every(e.AlertFired):
        entries.setdefault(event.alert, []).append(entry)
    for entry, resolved in told.tale.every(e.AlertResolved):
        entries.setdefault(resolved.alert, []).append(entry)
    for entry, taken in told.tale.every(e.AlertAcknowledged):
        entries.setdefault(taken.alert, []).append(entry)
    held = told.ground.state.alerts.values()
    within = [alert for alert in held if since <= alert.fired_at <= told.kept_until]
    return tuple(_alert(told, alert, entries.get(alert.id, [])) for alert in within)


def _alert(told: Subject, alert: Alert, entries: Sequence[Entry]) -> AlertRow:
    over = alert.resolved_at
    return AlertRow(
        alert.id,
        alert.rule,
        iso(alert.fired_at),
        "" if over is None else iso(over),
        max(0.0, (told.kept_until if over is None else over) - alert.fired_at),
        alert.value,
        alert.why,
        alert.acknowledged_by,
        told.cites.of(*entries),
    )


def missing_stretch(told: Subject, held: Stretch | None) -> list[Said]:
    """What the record of the stretch lacks."""
    if held is None:
        return []
    found = []
    if held.blind_minutes:
        words = f"{held.blind_minutes:,} blind minutes: nothing is known of them"
        found.append(Said(f"{held.name}: {words}", held.blind_sources))
    unknown = [row.name for row in held.metrics if row.value is None]
    if unknown:
        found.append(Said(f"{held.name}: nothing is known of {', '.join(unknown)}"))
    if held.calls is None:
        found.append(Said(f"{held.name}: the feeds do not tell how many calls there were"))
    if not held.is_window:
        found.append(
            Said("the rollout did not come to full deployment: there is no 48-hour window")
        )
    return found
