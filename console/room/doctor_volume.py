"""Limits against the volume: what one call changes, and the false alarms to expect (Guide 3.3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from config.guide import MetricId
from config.model import Deployment
from console.domain.backtest_lint import thresholds
from console.domain.backtest_plan import plan_of
from console.domain.false_alarms import WATCHED_MIN, Expectation, Replay
from console.domain.minutes import Totals
from console.domain.series import Series
from console.room.finding import Finding

ENOUGH_MIN = 30
_SHARES = {"error-rate": "failed call", "escalation-rate": "escalation"}


def look_at_volume(deployment: Deployment, seen: Mapping[str, Series]) -> Iterator[Finding]:
    """Each limit on a share of calls, at the volume `seen` by feed, else at the forecast.

    The guide's own limits stay where they are: there the remedy is to look at n.
    """
    replays: dict[str, tuple[Replay, Totals, str] | None] = {}
    for key, threshold in thresholds(plan_of(deployment)):
        if threshold.name.startswith("trigger "):
            continue
        feed = deployment.feed_of(cast("MetricId", threshold.metric)).id
        if feed not in replays:
            replays[feed] = _volume(deployment, seen.get(feed))
        known = replays[feed]
        if known is None:
            why = "no volume to hold it against: write [forecast] calls_per_hour"
            yield Finding("threshold", threshold.name, "warn", why)
            continue
        replay, totals, whose = known
        own = totals.value(threshold.metric) if threshold.metric in _SHARES else None
        expected = replay.expectation(threshold, own)
        if expected is not None:
            yield _judged(deployment, key, expected, whose)


def _volume(deployment: Deployment, series: Series | None) -> tuple[Replay, Totals, str] | None:
    """The calls of each minute, their sums, and where they are from; None if nobody knows."""
    if series is not None and series.first is not None and series.last is not None:
        first = max(series.first, series.last + 1 - WATCHED_MIN)
        held = [series.minutes.get(number) for number in range(first, series.last + 1)]
        arrivals = [0 if minute is None else round(minute.calls) for minute in held]
        if len(arrivals) >= ENOUGH_MIN and any(arrivals):
            totals = Totals()
            for minute in held:
                if minute is not None:
                    totals.merge(minute)
            return Replay(arrivals), totals, "as recorded"
    hourly = deployment.forecast.calls_per_hour
    if not hourly:
        return None
    return Replay(_evenly(hourly)), Totals(), "as forecast"


def _evenly(hourly: float) -> Sequence[int]:
    """The calls of each minute of 48 hours, if they come evenly."""
    return [
        int((minute + 1) * hourly / 60) - int(minute * hourly / 60) for minute in range(WATCHED_MIN)
    ]


def _judged(deployment: Deployment, key: str, expected: Expectation, whose: str) -> Finding:
    held = expected.threshold
    limit = f"{held.limit:g} s" if held.p95 else f"{held.limit * 100:g} %"
    volume = f"{limit} at {expected.calls:,} calls in {held.window} min, {whose}"
    if expected.silent:
        rule = key.rpartition(".")[0]
        own = held.name.startswith("rule:")
        wider = f"raise {rule}.window_s" if own else "a feed with more calls can raise it"
        why = f"{volume}: it needs {held.least}, so that it never fires: {wider}"
        return Finding("threshold", held.name, "warn", why)
    alarms = expected.false_alarms / 2  # in 48 hours
    often = f"{alarms:.0f}" if alarms >= 3 else f"{alarms:.1f}"
    assumed = f"{expected.assumed * 100:.2g} % of the calls are bad"
    false = f"expect about {often} false alarms a day if {assumed}"
    if expected.finer:
        one = _SHARES.get(held.metric, "slower call")
        why = f"{volume}: one {one} is {expected.step * 100:.2g} %, and fires it; {false}"
    elif expected.false_alarms >= 1:
        why = f"{volume}: {false}"
    else:
        said = f"{volume}: {expected.needed:,} bad calls fire it"
        return Finding("threshold", held.name, "ok", f"{said}; hardly a false alarm")
    remedy = "look at n before acting on it"
    if held.metric in deployment.metrics or held.name.startswith("rule:"):
        remedy = f"raise {key}, or {remedy}"
    return Finding("threshold", held.name, "warn", f"{why}: {remedy}")
