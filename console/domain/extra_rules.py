"""A team's own rules (`[[rules]]`): readings beside those of the guide, `rule:ID` by name."""

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Literal

import msgspec

from config.guide import metric_rules
from config.rule import Rule
from console.domain.minutes import Minute
from console.domain.readings import (
    COSTED_SHARE,
    ENOUGH,
    QUIET_MIN,
    Freshness,
    Reading,
    last_end,
)
from console.domain.series import Series
from console.domain.times import span

PREFIX = "rule:"
_UNITS: Mapping[str, str] = {
    **{rule.id: rule.unit for rule in metric_rules()},
    "tokens-per-call": "tokens",
    "feedback-negative-rate": "ratio",
}
# Sums over time: what they need is not many calls, but that every minute is known.
_SUMS = {"traffic", "spend-rate", "safety-flags"}
_NOTHING = Minute()


def read_rules(
    rules: Iterable[Rule],
    *,
    series: Mapping[str, Series],
    feeds: Mapping[str, Freshness],
    sources: Mapping[str, str],
    now: float,
) -> dict[str, Reading]:
    """Evaluate every rule at `now`; keyed by the reading's metric, `rule:ID`.

    `series`, `feeds` and `sources` are as in `read_metrics`. A reading that is too few, stale or
    down has no value: it neither fires nor resolves an alert.
    """
    readings = {}
    for rule in rules:
        feed = rule.feed or sources.get(rule.reads, "")
        if feed not in series or feed not in feeds:
            reading = _reading(rule, feed, "down", "no feed gives this metric")
        else:
            end = last_end(series[feed], feeds[feed], now)
            reading = seen_by(series[feed], feeds[feed], end, rule_points(rule, series[feed], feed))
        readings[reading.metric] = reading
    return readings


Points = Callable[[range], list[Reading]]


def seen_by(series: Series, fresh: Freshness, end: int, points: Points) -> Reading:
    """What `points` say at the minute `end`, unless the feed is too quiet to say it."""
    reading = points(range(end, end + 1))[0]
    if fresh.state != "live":
        return unread(reading, fresh)
    quiet = series.quiet_minutes(end)
    if quiet >= QUIET_MIN:
        return _muted(reading, "stale", f"no data for {quiet} min", quiet * 60.0)
    return msgspec.structs.replace(reading, age_s=fresh.age_s)


def unread(reading: Reading, fresh: Freshness) -> Reading:
    """`reading` as it stands while its feed is not live."""
    why = "not read yet" if fresh.age_s is None else f"nothing read for {span(fresh.age_s)}"
    state: Literal["stale", "down"] = "down" if fresh.state == "down" else "stale"
    return _muted(reading, state, why, fresh.age_s)


def _muted(
    reading: Reading, verdict: Literal["stale", "down"], why: str, age_s: float | None
) -> Reading:
    return msgspec.structs.replace(reading, verdict=verdict, value=None, why=why, age_s=age_s)


def rule_points(rule: Rule, series: Series, feed: str) -> Points:
    """The rule's reading at each of a range of end minutes (step 1), as if the feed were live.

    One pass over the minutes, however long the window.
    """
    return lambda ends: _over_time(rule, series, feed, ends)


class Sample(msgspec.Struct, frozen=True):
    """What a rule's window tells, before any limit.

    `n` of `calls` tell the metric; `whole` if every minute of the window is known.
    """

    value: float | None
    n: float
    calls: float
    whole: bool


def rule_samples(rule: Rule, series: Series, ends: range) -> list[Sample]:
    """What the window of `rule` tells at each of the end minutes `ends` (step 1)."""
    window = rule.window_s // 60
    values = series.rolling(rule.metric, ends, window)
    traffic = series.sums("traffic", ends, window)
    behind = _behind(rule, series, ends, window)
    return [
        Sample(value, n, calls, covered >= window)
        for value, n, (calls, covered) in zip(values, behind, traffic, strict=True)
    ]


def _over_time(rule: Rule, series: Series, feed: str, ends: range) -> list[Reading]:
    if rule.metric in series.values:
        guide = next((one.window_s for one in metric_rules() if one.id == rule.metric), 0)
        if rule.window_s != guide:
            why = f"the store gives this metric over {span(guide)} only: use window_s = {guide}"
            return [_reading(rule, feed, "too-few", why) for _ in ends]
    return [judged(rule, feed, sample) for sample in rule_samples(rule, series, ends)]


def _behind(rule: Rule, series: Series, ends: range, window: int) -> list[float]:
    """The calls that tell the metric, in the window before each of `ends`."""
    match rule.metric:
        case "latency-p95":
            counts = rolling_sum(series, ends, window, lambda minute: minute.timed)
            if rule.metric in series.values and not any(counts):
                return [calls for calls, _ in series.sums("traffic", ends, window)]
            return counts
        case "traffic":
            return [calls for calls, _ in series.sums("traffic", ends, window)]
        case "spend-rate":
            return [costed for _, costed in series.sums("cost-per-call", ends, window)]
        case metric:
            return [known for _, known in series.sums(metric, ends, window)]


def rolling_sum(
    series: Series,
    ends: range,
    window: int,
    count: Callable[[Minute], float],
    since: int | None = None,
) -> list[float]:
    """What `count` gives of each minute, summed over the window before each of `ends` (step 1).

    Minutes before `since` do not count.
    """
    first = ends.start - window
    each = [
        float(count(series.minutes.get(number, _NOTHING)))
        if since is None or number >= since
        else 0
        for number in range(first, ends.stop - 1)
    ]
    sums = list(accumulate(each, initial=0.0))
    return [sums[place + window] - sums[place] for place in range(len(ends))]


def judged(rule: Rule, feed: str, sample: Sample) -> Reading:
    """Beyond its limit only if the sample can say so; a rate of few calls says nothing."""
    value, n, calls = sample.value, sample.n, sample.calls
    if value is None or (calls and not n):
        why = f"none of {calls:,.0f} calls says it" if calls else "no calls"
        return _reading(rule, feed, "too-few", why, n=round(n))
    broken = rule.broken_by(value)
    short = ""
    if rule.metric in _SUMS:
        if not sample.whole and not (broken and rule.metric == "safety-flags"):
            short = f"not every minute of the last {span(rule.window_s)} is known"
        elif rule.metric == "spend-rate" and n < COSTED_SHARE * calls:
            short = f"only {n:,.0f} of {calls:,.0f} calls carry a cost"
    elif n < ENOUGH:
        short = f"{n:,.0f} calls, at least {ENOUGH} needed"
    if short:
        return _reading(rule, feed, "too-few", short, n=round(n))
    side = "over" if rule.over is not None else "under"
    text = said(rule.metric, value)
    text += f" {side} {said(rule.metric, rule.limit)}" if broken else ""
    why = f"{rule.metric} {text} in the last {span(rule.window_s)}, {n:,.0f} calls"
    return _reading(rule, feed, "breach" if broken else "ok", why, value, round(n))


def said(metric: str, value: float) -> str:
    """A metric's value with its unit, for a sentence."""
    return in_unit(_UNITS[metric], value)


def in_unit(unit: str, value: float, currency: str = "") -> str:
    """A value in one of `MetricRule.unit`, for a sentence; `currency` is that of money."""
    match unit:
        case "ratio":
            return f"{value * 100:.2f} %"
        case "s":
            return f"{value:.2f} s"
        case "money":
            return f"{value:.4f} {currency}".rstrip()
        case "money/h":
            return f"{value:,.2f} {currency}".rstrip() + "/h"
        case "calls/h":
            return f"{value:,.0f}/h"
        case _:
            return f"{value:,.0f}"


def _reading(
    rule: Rule,
    feed: str,
    verdict: Literal["ok", "breach", "too-few", "stale", "down"],
    why: str,
    value: float | None = None,
    n: int = 0,
) -> Reading:
    return Reading(
        f"{PREFIX}{rule.id}",
        verdict,
        value,
        _UNITS[rule.metric],
        rule.limit,
        rule.window_s,
        n,
        None,
        feed,
        why,
        for_s=rule.for_s,
        severity=rule.severity,
        recipients=(rule.recipient,),
    )
