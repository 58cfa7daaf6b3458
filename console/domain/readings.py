"""What the metrics of Guide 3.3 say now, and how sure that is."""

from collections.abc import Mapping, Sequence
from math import ceil, isfinite
from typing import Literal

import msgspec

from config.guide import MetricRule
from config.model import Limit
from console.domain.doubt import of_proportion
from console.domain.minutes import Totals, parts
from console.domain.percent import percent
from console.domain.series import Series

Verdict = Literal["ok", "breach", "too-few", "stale", "down"]

ENOUGH = 20
JUDGED = 50
JUDGED_STALE_S = 86_400.0
PENDING_MIN = 5
NO_SAMPLE = "it answers, and none of its queries has given a sample yet"
QUIET_MIN = 5
COSTED_SHARE = 0.95


class Freshness(msgspec.Struct, frozen=True):
    """How far a feed can be trusted: `age_s` is the time since it was last read, None if never."""

    state: Literal["live", "stale", "down"]
    age_s: float | None
    error: str = ""


def freshness(
    last_success_at: float | None,
    *,
    stale_after_s: float,
    error: str,
    poll_s: float,
    speed: float,
    now: float,
) -> Freshness:
    """Live until max(`stale_after_s`, three polls); then down if the last poll failed, else stale.

    `poll_s` is real seconds, `speed` the deployment seconds in one; all else is deployment time.
    """
    if last_success_at is None:
        return Freshness("down" if error else "stale", None, error)
    age = max(0.0, now - last_success_at)
    if age <= max(stale_after_s, 3 * poll_s * speed):
        return Freshness("live", age, error)
    return Freshness("down" if error else "stale", age, error)


class Judged(msgspec.Struct, frozen=True):
    """One output that a person judged at `at`; subtly off counts as right."""

    at: float
    right: bool


class Reading(msgspec.Struct, frozen=True):
    """A metric's value with what is needed to trust it or not.

    Ratios are 0 to 1; `limit` is the one broken, else the one held against; `n` is the calls or
    outputs behind the value; `age_s` the time since they were read; `why` a clause in plain words.
    `pending`: it will be a breach if it lasts. A breach by silence (Guide 3.3: traffic) has the
    short window's rate as its value and the floor as its limit. A breach counts once it has lasted
    `for_s`. `severity` and `recipients` (roles) are empty where the guide's own hold.
    """

    metric: str
    verdict: Verdict
    value: float | None
    unit: str
    limit: float | None
    window_s: int
    n: int
    age_s: float | None
    feed: str
    why: str
    pending: bool = False
    for_s: int = 0
    severity: str = ""
    recipients: tuple[str, ...] = ()


class _Sample(msgspec.Struct, frozen=True):
    """A value before it is held against anything; `short` says why it cannot be `ok`, if so."""

    value: float | None
    n: int
    why: str
    short: str = ""


def read_metrics(
    rules: Sequence[MetricRule],
    *,
    series: Mapping[str, Series],
    feeds: Mapping[str, Freshness],
    sources: Mapping[str, str],
    limits: Mapping[str, Limit],
    judged: Sequence[Judged],
    now: float,
    share_since: float | None = None,
) -> dict[str, Reading]:
    """Evaluate every rule at `now`; the result is keyed by metric id.

    `series` and `feeds` are keyed by feed id, `sources` names the feed of a metric, `limits` the
    limit of a metric. `judged` are the outputs judged in this attempt, oldest first. Traffic and
    spend-rate look no further back than `share_since`, when the agent's share of traffic changed.

    Windows end with the last minute that had passed when the feed was last read, so that a minute
    half read is never taken for a quiet one. Safety flags also count in the minute that runs.
    """
    readings: dict[str, Reading] = {}
    for rule in rules:
        limit = limits.get(rule.id, Limit())
        if rule.id == "accuracy":
            readings[rule.id] = _read_accuracy(rule, limit, judged, now)
            continue
        feed = sources.get(rule.id, "")
        if feed not in series or feed not in feeds:
            readings[rule.id] = _reading(
                rule, limit, "down", _Sample(None, 0, ""), feed, None, "no feed gives this metric"
            )
            continue
        since = share_since if rule.id in {"spend-rate", "traffic"} else None
        readings[rule.id] = _read(rule, limit, series[feed], feeds[feed], feed, now, since)
    return readings


def last_end(series: Series, fresh: Freshness, now: float) -> int:
    """The end of the last minute that had passed when the feed was last read."""
    if fresh.age_s is None:
        return 0 if series.last is None else series.last + 1
    return int((now - fresh.age_s) // 60)


def first_minute(since: float | None) -> int | None:
    """The first minute that lies wholly after `since`."""
    return None if since is None else ceil(since / 60)


def _read(
    rule: MetricRule,
    limit: Limit,
    series: Series,
    fresh: Freshness,
    feed: str,
    now: float,
    share_since: float | None,
) -> Reading:
    end = last_end(series, fresh, now) + (rule.id == "safety-flags")
    since = first_minute(share_since)
    totals = series.window(end, rule.window_s // 60, since)
    if rule.id in series.values:
        sample = _direct(rule, series, end, totals)
    else:
        sample = _counted(rule, totals)
    age = fresh.age_s
    if fresh.state != "live":
        why = "not read yet" if age is None else f"nothing read for {_duration(age)}"
        return _reading(rule, limit, fresh.state, sample, feed, age, why)
    if series.last is None and not series.absent_is_zero:
        return _reading(rule, limit, "stale", sample, feed, None, NO_SAMPLE)
    quiet = series.quiet_minutes(end)
    if quiet >= QUIET_MIN:
        return _reading(
            rule, limit, "stale", sample, feed, quiet * 60.0, f"no data for {quiet} min"
        )
    verdict, why = _judge(sample, limit)
    pending = False
    if verdict != "breach" and limit.silence_under is not None and limit.silence_for_s is not None:
        rate = _lasting_rate(series, end, limit.silence_for_s // 60, since)
        if rate is not None and rate < limit.silence_under:
            return _silent(rule, limit, rate, sample.n, feed, age)
        hushed = _lasting_rate(series, end, PENDING_MIN, since)
        pending = hushed is not None and hushed < limit.silence_under
    return _reading(rule, limit, verdict, sample, feed, age, why, pending)


def _silent(
    rule: MetricRule, limit: Limit, rate: float, n: int, feed: str, age: float | None
) -> Reading:
    lasting = limit.silence_for_s or 0
    why = f"{rate:,.0f} calls/h over the last {lasting // 60} min"
    return Reading(
        rule.id, "breach", rate, rule.unit, limit.silence_under, lasting, n, age, feed, why
    )


def _lasting_rate(series: Series, end: int, length: int, since: int | None) -> float | None:
    totals = series.window(end, length, since)
    return totals.value("traffic") if totals.covered >= length else None


def _read_accuracy(rule: MetricRule, limit: Limit, judged: Sequence[Judged], now: float) -> Reading:
    last = judged[-JUDGED:]
    if not last:
        sample = _Sample(None, 0, "", "no output judged yet")
        return _reading(rule, limit, "too-few", sample, "reviews", None, sample.short)
    n = len(last)
    right = sum(one.right for one in last)
    value = right / n
    age = max(0.0, now - last[-1].at)
    short = "" if n >= ENOUGH else f"{n} judged, at least {ENOUGH} needed"
    # The guide's number decides; how sure so few can make anybody stands beside it.
    told = f"{percent(value)} of the last {n} judged, {of_proportion(right, n).said}"
    sample = _Sample(value, n, told, short)
    if age > JUDGED_STALE_S:
        why = f"nothing judged for {_duration(age)}"
        return _reading(rule, limit, "stale", sample, "reviews", age, why)
    verdict, why = _judge(sample, limit)
    return _reading(rule, limit, verdict, sample, "reviews", age, why)


def _judge(sample: _Sample, limit: Limit) -> tuple[Verdict, str]:
    """Over a limit is a breach at any n; a limit or a number that is not known is never ok."""
    if sample.value is None or not isfinite(sample.value):
        return "too-few", sample.short or "its value is no number"
    if beyond(limit, sample.value):
        return "breach", sample.why
    if limit.over is None and limit.under is None:
        return "too-few", "no forecast: limit unknown"
    if sample.short:
        return "too-few", sample.short
    return "ok", sample.why


def beyond(limit: Limit, value: float | None) -> bool:
    """Whether a known value breaks a known limit, by itself; silence is another matter."""
    if value is None or not isfinite(value):
        return False
    if limit.over is not None and value > limit.over:
        return True
    return limit.under is not None and value < limit.under


def _counted(rule: MetricRule, totals: Totals) -> _Sample:
    """A metric from the sums of its window."""
    value = totals.value(rule.id)
    minutes, calls = totals.covered, f"{totals.calls:,.0f} calls"
    match rule.id:
        case "traffic":
            return _Sample(value, round(totals.calls), f"{calls} in {minutes} min", _none(minutes))
        case "spend-rate":
            costed = totals.costed / totals.calls if totals.calls else 1.0
            short = (
                "" if costed >= COSTED_SHARE else f"only {percent(costed)} of {calls} carry a cost"
            )
            if totals.calls and not totals.costed:
                value = None
            n = round(totals.costed)
            return _Sample(value, n, f"{calls} in {minutes} min", _none(minutes) or short)
        case "latency-p95":
            known = float(totals.timed)
            why = f"95 of 100 in {known:,.0f} calls"
        case "safety-flags":
            known = totals.known("flags")
            why = f"{totals.flags:,.0f} in {known:,.0f} calls"
        case _:
            _, known = parts(rule.id, totals, minutes)
            why = _share_or_mean(rule, value, known)
    n = round(known)
    if not n and totals.calls:
        return _Sample(value, 0, why, f"none of {calls} says it")
    return _Sample(value, n, why, _few(n))


def _share_or_mean(rule: MetricRule, value: float | None, known: float) -> str:
    if rule.unit != "ratio":
        return f"mean of {known:,.0f} calls"
    places = 2 if rule.id == "error-rate" else 1
    return "" if value is None else f"{value * 100:.{places}f} % of {known:,.0f} calls"


def _direct(rule: MetricRule, series: Series, end: int, totals: Totals) -> _Sample:
    """A metric that its store computed; the calls behind it come from the minutes, if known."""
    points = series.values[rule.id]
    recent = (points.get(number) for number in range(end - 1, end - 1 - QUIET_MIN, -1))
    value = next((point for point in recent if point is not None), None)
    n = round(totals.calls)
    if value is None:
        return _Sample(None, n, "", f"no value in the last {QUIET_MIN} min")
    short = _few(n) if series.minutes else "number of calls unknown"
    return _Sample(value, n, f"the store's own figure for {n:,} calls", short)


def _few(n: int) -> str:
    if n >= ENOUGH:
        return ""
    calls = {0: "no calls", 1: "1 call"}.get(n, f"{n} calls")
    return f"{calls}, at least {ENOUGH} needed"


def _none(minutes: int) -> str:
    return "" if minutes else "no minute read yet"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def _reading(
    rule: MetricRule,
    limit: Limit,
    verdict: Verdict,
    sample: _Sample,
    feed: str,
    age_s: float | None,
    why: str,
    pending: bool = False,
) -> Reading:
    held = limit.over if limit.over is not None else limit.under
    return Reading(
        rule.id,
        verdict,
        sample.value,
        rule.unit,
        held,
        rule.window_s,
        sample.n,
        age_s,
        feed,
        why,
        pending,
    )
