"""From minutes and the journal to a metric's chart and what its cursor reads. Pure, and slow
enough (some 10 ms for 48 hours) to be called in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.guide import MetricId
from config.limits import rule_of
from console.clean import clean
from console.domain.histogram import pairs, quantile
from console.domain.minutes import Minute
from console.domain.series import Series
from console.domain.state import State
from console.domain.times import utc
from console.domain.words import rule_words
from console.screens.views import phase_label
from widgets.facts import Fact
from widgets.format import SYMBOLS, ago, duration, money, number, percent, value_text
from widgets.line import Tone
from widgets.plot import ChartView

MINUTE = 60.0
RANGES = (900.0, 3600.0, 6 * 3600.0, 48 * 3600.0)
REACH_S = RANGES[-1]
MOST_VERSIONS = 3

Marks = tuple[tuple[float, str], ...]


def frame_end(newest: float, length: float, cursor: float | None, held: float | None) -> float:
    """Where a chart of `length` seconds ends: at `newest`, or where it `held` before, as long as
    the cursor is within; else with the cursor in its middle. None as cursor follows the newest."""
    if cursor is None:
        return newest
    for end in (newest, held):
        if end is not None and end - length <= cursor <= end <= newest:
            return end
    middle = cursor + length // 2 // MINUTE * MINUTE
    return min(newest, max(middle, newest - REACH_S + length))


def range_for(age_s: float) -> float:
    """The shortest range that reaches so far back, with something around it."""
    return next((length for length in RANGES if age_s <= length * 0.8), RANGES[-1])


def range_text(length: float, end: float, newest: float) -> str:
    """A range as people say it: `last 6h`, or `6h until Tue 12:10Z`."""
    if end == newest:
        return f"last {duration(length)}"
    return f"{duration(length)} until {utc(end):%a %H:%MZ}"


def decisions(state: State) -> Marks:
    """Phase changes, rollbacks and incidents, as (unix seconds, label)."""
    found = [(a.entered_at, phase_label(a)) for a in state.attempts]
    for run in state.rollbacks.values():
        found.append((run.triggered_at, "rollback"))
        if run.verified_at is not None:
            found.append((run.verified_at, "rollback verified"))
    for incident in state.incidents.values():
        if not incident.trigger:
            found.append((incident.opened_at, f"incident {clean(incident.title, 40)}"))
        if incident.closed_at is not None:
            found.append((incident.closed_at, "incident closed"))
    return tuple(sorted(found))


def notes(state: State, metric: str) -> Marks:
    """Alerts, those of `metric` first, and check-ins, as (unix seconds, label)."""
    found = []
    alerts = sorted(state.alerts.values(), key=lambda alert: (alert.rule != metric, alert.fired_at))
    for alert in alerts:
        name = clean(rule_words(alert.rule), 40)
        found.append((alert.fired_at, f"{name} fired"))
        if alert.resolved_at is not None:
            found.append((alert.resolved_at, f"{name} resolved"))
    found += [(check.at, "check-in") for check in state.checkins]
    return tuple(found)


def within(marks: Marks, start: float, end: float) -> Marks:
    """The marks in [start, end]."""
    return tuple(mark for mark in marks if start <= mark[0] <= end)


def nearest(marks: Marks, moment: float) -> tuple[float, str] | None:
    """The mark nearest to `moment`."""
    return min(marks, key=lambda mark: abs(mark[0] - moment), default=None)


def tells(series: Series, metric: str, number: int, read_to: int) -> bool:
    """Whether it is known what `metric` was in this minute; the feed was read up to before the
    minute `read_to`."""
    if metric in series.values:
        return number in series.values[metric]
    return number < read_to and series.covers(number)


def blind_stretches(
    series: Series, metric: str, start: float, end: float, read_to: int
) -> tuple[tuple[float, float], ...]:
    """The stretches between `start` and `end` (unix seconds) of which nothing is known."""
    stretches: list[tuple[float, float]] = []
    for minute in range(int(start // 60), int(end // 60)):
        if tells(series, metric, minute, read_to):
            continue
        begin, stop = minute * MINUTE, (minute + 1) * MINUTE
        if stretches and stretches[-1][1] == begin:
            begin = stretches.pop()[0]
        stretches.append((begin, stop))
    return tuple(stretches)


def baseline_of(state: State, metric: str) -> float | None:
    """What the existing process achieves in `metric`, as documented."""
    if state.baseline is None:
        return None
    named = {"accuracy": "accuracy", "latency-p95": "latency", "cost-per-call": "cost"}
    return state.baseline.numbers.get(named.get(metric, ""))


def unit_of(metric: MetricId, currency: str) -> tuple[float, str, str]:
    """The factor, the unit and what stands before a value where `metric` is charted."""
    unit = rule_of(metric).unit
    if unit.startswith("money"):
        symbol = SYMBOLS.get(currency, "")
        an_hour = unit.removeprefix("money")
        return 1.0, an_hour if symbol else f"{currency}{an_hour}", symbol
    if unit == "ratio":
        return 100.0, "%", ""
    return 1.0, {"calls/h": "/h"}.get(unit, unit), ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric at the end of each minute from `start` to `end`, in its own unit; None where it is
    not known. `blind` are the stretches without a reading."""

    metric: MetricId
    start: float
    end: float
    values: tuple[float | None, ...]
    blind: tuple[tuple[float, float], ...]

    def at(self, moment: float) -> float | None:
        """The value at a moment."""
        place = int((moment - self.start) // MINUTE)
        return self.values[place] if 0 <= place < len(self.values) else None


def curve_of(
    metric: MetricId,
    values: Sequence[float | None],
    series: Series,
    read_to: int,
    end: float,
) -> Curve:
    """The curve of `values`, which end at `end`, with what nobody told taken out of it."""
    start = end - (len(values) - 1) * MINUTE
    if metric == "accuracy":  # people tell it, no minute does
        return Curve(metric, start, end, tuple(values), ())
    first = int(start // 60)
    known = tuple(
        value if tells(series, metric, first + place - 1, read_to) else None
        for place, value in enumerate(values)
    )
    return Curve(metric, start, end, known, blind_stretches(series, metric, start, end, read_to))


def chart_view(
    curve: Curve,
    state: State,
    *,
    threshold: float | None,
    currency: str,
    newest: float,
) -> ChartView:
    """The chart of `curve`."""
    metric, start, end = curve.metric, curve.start, curve.end
    factor, unit, prefix = unit_of(metric, currency)
    baseline = baseline_of(state, metric)
    rule = rule_of(metric)
    window = "the last 50 judged" if metric == "accuracy" else f"the {duration(rule.window_s)}"
    length = range_text(end - start, end, newest)
    return ChartView(
        title=f"{metric.replace('-', ' ')} · {length} · each point over {window} before it",
        unit=unit,
        prefix=prefix,
        points=tuple(
            (start + place * MINUTE, None if value is None else value * factor)
            for place, value in enumerate(curve.values)
        ),
        threshold=None if threshold is None else threshold * factor,
        baseline=None if baseline is None else baseline * factor,
        start=start,
        end=end,
        marks=within(decisions(state), start, end),
        notes=within(notes(state, metric), start, end),
        blind=curve.blind,
        reach=(newest - REACH_S, newest),
    )


@dataclass(frozen=True, slots=True)
class MinuteRead:
    """A minute as the feeds tell it: each count from the feed that its metric is read from, None
    where that feed says nothing."""

    calls: float | None
    errors: float | None
    escalations: float | None
    flags: float | None
    cost: float | None
    p95: float | None
    versions: tuple[tuple[str, int], ...]


_EMPTY = Minute()


def read_minute(sources: dict[str, tuple[Series, int]], minute: int) -> MinuteRead:
    """What is known of one minute. `sources` are, by metric id, the series it is read from and the
    minute that its feed was read up to."""

    def bucket(metric: str) -> Minute | None:
        series, read_to = sources[metric]
        if minute in series.minutes:
            return series.minutes[minute]
        known = minute < read_to and series.covers(minute) and series.absent_is_zero
        return _EMPTY if known else None

    def count(metric: str, name: str) -> float | None:
        held = bucket(metric)
        if held is None or held.blank.get(name, 0) >= held.calls > 0:
            return None
        return float(getattr(held, name))

    timed, traffic = bucket("latency-p95"), bucket("traffic")
    costed = bucket("cost-per-call")
    direct = sources["latency-p95"][0].values.get("latency-p95", {}).get(minute)
    return MinuteRead(
        calls=None if traffic is None else traffic.calls,
        errors=count("error-rate", "errors"),
        escalations=count("escalation-rate", "escalations"),
        flags=count("safety-flags", "flags"),
        cost=costed.cost if costed is not None and (costed.costed or not costed.calls) else None,
        p95=quantile(dict(pairs(timed.latency)), 95) if timed and timed.latency else direct,
        versions=()
        if traffic is None
        else tuple(sorted(traffic.versions.items(), key=lambda one: -one[1])),
    )


def readout(
    curve: Curve, cursor: float, now: float, read: MinuteRead, marks: Marks, currency: str
) -> tuple[str, list[Fact]]:
    """What the cursor reads: a heading, and the facts of its minute."""
    rule = rule_of(curve.metric)
    begin = cursor - MINUTE
    same_day = utc(begin).date() == utc(now).date()
    day = "" if same_day else utc(begin).strftime("%a ")
    title = f"{day}{utc(begin):%H:%M}–{utc(cursor):%H:%MZ}, {ago(now - cursor)}"
    value = curve.at(cursor)
    window = "" if curve.metric == "accuracy" else f" over {duration(rule.window_s)}"
    said = value_text(rule.unit, value, currency) if value is not None else "not known"
    facts = [Fact(f"{rule.name}{window}", said, "strong" if value is not None else "warn")]
    if all(v is None for v in (read.calls, read.errors, read.cost, read.p95)):
        facts.append(Fact("", "nothing is known of this minute", "warn"))
    elif read.calls == 0:
        facts.append(Fact("", "no call in this minute"))
    else:
        facts += [
            Fact("n", number(read.calls)),
            _count("errors", read.errors, read.calls, "warn"),
            _count("escalations", read.escalations, read.calls, "warn"),
            _count("flags", read.flags, None, "warn"),
            Fact("cost", money(read.cost, currency)),
            Fact("p95", number(read.p95, 2, "s")),
        ]
        shown = [f"{clean(name, 40)} ({n:,})" for name, n in read.versions[:MOST_VERSIONS]]
        more = len(read.versions) - len(shown)
        if shown:
            facts.append(Fact("versions", ", ".join(shown) + (f" and {more} more" if more else "")))
    mark = nearest(marks, cursor)
    if mark is not None:
        facts.append(Fact("nearest", f"{mark[1]} {_apart(mark[0] - cursor)}"))
    return title, facts


def _count(name: str, count: float | None, calls: float | None, tone: Tone) -> Fact:
    if count is None:
        return Fact(name, "not known", "warn")
    share = f" ({percent(count / calls, 1)})" if count and calls else ""
    return Fact(name, f"{number(count)}{share}", tone if count else "")


def _apart(seconds: float) -> str:
    if abs(seconds) < MINUTE:
        return "in this minute"
    return f"{duration(abs(seconds))} {'later' if seconds > 0 else 'before'}"
