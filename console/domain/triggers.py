"""The rollback triggers that the console computes (Guide 3.5); the others a person declares."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from config.guide import TriggerRule
from console.domain.readings import (
    ENOUGH,
    QUIET_MIN,
    Freshness,
    first_minute,
    last_end,
)
from console.domain.series import Series

LOOK_BACK_MIN = 2880
# These must hold for their whole window; the error rate counts in any window, however young.
_LASTING = {"escalation-rate", "cost-runaway"}


class Trigger(msgspec.Struct, frozen=True):
    """A computed trigger now.

    `possible`: over the limit, but with fewer than 20 calls or for less than its window; gates
    hold, the screen is not taken. `unknown`: the feed went quiet or the limit is not known.
    `value` and `limit` are a ratio, or money an hour; `since` is the end (unix seconds) of the
    first minute from which it has been true without a break.
    """

    id: str
    name: str
    state: Literal["true", "possible", "false", "unknown"]
    value: float | None
    limit: float | None
    n: int
    window_s: int
    since: float | None
    feed: str
    why: str


class Episode(msgspec.Struct, frozen=True):
    """A stretch of time in which a trigger was true.

    `start` and `end` (unix seconds) are the ends of its first minute and of the first minute after
    it; `end` is None if it had not ended. `worst` is its highest value.
    """

    start: float
    end: float | None
    worst: float


class _Point(msgspec.Struct, frozen=True):
    value: float | None
    n: int
    over: bool
    sure: bool


def read_triggers(
    rules: Sequence[TriggerRule],
    *,
    series: Mapping[str, Series],
    feeds: Mapping[str, Freshness],
    sources: Mapping[str, str],
    forecast_spend: float | None,
    now: float,
    restart_at: float | None = None,
    share_since: float | None = None,
    currency: str = "",
) -> dict[str, Trigger]:
    """The computed triggers at `now`, keyed by trigger id.

    `sources` names the feed of a metric; `forecast_spend` is money an hour at the agent's present
    share. Minutes before `restart_at`, when a rollback was verified, do not count; nor, for
    cost-runaway, those before `share_since`, when the share changed. `currency` is that of money.
    """
    found: dict[str, Trigger] = {}
    for rule in rules:
        if rule.metric is None or rule.window_s is None:
            continue
        feed = sources.get(rule.metric, "")
        limit = limit_of(rule, forecast_spend)
        since = _latest(restart_at, share_since if rule.over_times is not None else None)
        known = feed in series and feed in feeds
        found[rule.id] = (
            _read(rule, limit, series[feed], feeds[feed], feed, now, first_minute(since), currency)
            if known
            else _trigger(rule, "unknown", limit, feed, "no feed gives this metric")
        )
    return found


def limit_of(rule: TriggerRule, forecast_spend: float | None) -> float | None:
    """What a computed trigger is held against, strictly; None if that needs a missing forecast."""
    if rule.over_times is None:
        return rule.over
    return None if forecast_spend is None else rule.over_times * forecast_spend


def _latest(*times: float | None) -> float | None:
    return max((at for at in times if at is not None), default=None)


def _read(
    rule: TriggerRule,
    limit: float | None,
    series: Series,
    fresh: Freshness,
    feed: str,
    now: float,
    since: int | None,
    currency: str,
) -> Trigger:
    if limit is None:
        return _trigger(rule, "unknown", limit, feed, "no forecast: limit unknown")
    end = last_end(series, fresh, now)
    point = _points(rule, series, limit, range(end, end + 1), since)[0]
    if point.over and point.sure:
        began = _began(rule, series, limit, end, since)
        said = _said(rule, point.value, currency)
        why = f"{said} over the last {_window(rule)} min, {point.n:,} calls"
        return _trigger(rule, "true", limit, feed, why, point, began)
    blind = _blind(series, fresh, end, point)
    if blind:
        return _trigger(rule, "unknown", limit, feed, blind, point)
    if point.over:
        lasts = " or not for the whole window" if rule.id in _LASTING else ""
        why = f"{_said(rule, point.value, currency)}, but from fewer than {ENOUGH} calls{lasts}"
        return _trigger(rule, "possible", limit, feed, why, point)
    why = (
        "no calls"
        if point.value is None
        else f"{_said(rule, point.value, currency)}, {point.n:,} calls"
    )
    return _trigger(rule, "false", limit, feed, why, point)


def _blind(series: Series, fresh: Freshness, end: int, point: _Point) -> str:
    """Why the data cannot say that a trigger is false; empty if it can."""
    quiet = series.quiet_minutes(end)
    if fresh.state != "live":
        return "the feed is not read"
    if quiet >= QUIET_MIN:
        return f"no data for {quiet} min"
    if point.value is None and point.n:
        return f"none of {point.n:,} calls says it"
    if point.value is None and not series.covers(end - 1):
        return "no minute read yet"
    return ""


def _began(rule: TriggerRule, series: Series, limit: float, end: int, since: int | None) -> float:
    """The end of the first minute of the stretch that lasts until `end`, looking back 48 h."""
    back = 64
    while True:
        began = episodes(rule, series, limit, range(end - back, end + 1), since)[-1].start
        if began > (end - back) * 60 or back >= LOOK_BACK_MIN:
            return began
        back = min(4 * back, LOOK_BACK_MIN)


def episodes(
    rule: TriggerRule, series: Series, limit: float, ends: range, since: int | None = None
) -> list[Episode]:
    """When a computed trigger was true, evaluated at the end minutes `ends` (step 1), in order.

    Minutes before `since` do not count.
    """
    found: list[Episode] = []
    running: Episode | None = None
    for end, point in zip(ends, _points(rule, series, limit, ends, since), strict=True):
        if point.over and point.sure and point.value is not None:
            if running is None:
                running = Episode(end * 60.0, None, point.value)
            elif point.value > running.worst:
                running = Episode(running.start, None, point.value)
        elif running is not None:
            found.append(Episode(running.start, end * 60.0, running.worst))
            running = None
    return found if running is None else [*found, running]


class Measured(msgspec.Struct, frozen=True):
    """What a trigger's window tells, before any limit: `sure` if it is enough to be believed."""

    value: float | None
    n: int
    sure: bool

    def over(self, limit: float) -> bool:
        """Whether it is known to be beyond `limit`, however few calls say so."""
        return self.value is not None and self.value > limit


def measured(
    rule: TriggerRule, series: Series, ends: range, since: int | None = None
) -> list[Measured]:
    """What the window of a computed trigger tells at each of the end minutes `ends` (step 1).

    Minutes before `since` do not count.
    """
    metric, window = str(rule.metric), _window(rule)
    money = rule.over_times is not None
    pairs = series.sums(metric, ends, window, since)
    traffic = series.sums("traffic", ends, window, since)
    costed = series.sums("cost-per-call", ends, window, since) if money else traffic
    found = []
    for (above, below), (calls, covered), (_, priced) in zip(pairs, traffic, costed, strict=True):
        if money:
            value = above / below * 60 if below > 0 and (priced or not calls) else None
            n = round(priced if value is not None else calls)
        else:
            value = above / below if below > 0 else None
            n = round(below if value is not None else calls)
        lasted = rule.id not in _LASTING or covered >= window
        found.append(Measured(value, n, n >= ENOUGH and lasted))
    return found


def _points(
    rule: TriggerRule, series: Series, limit: float, ends: range, since: int | None
) -> list[_Point]:
    return [
        _Point(one.value, one.n, one.over(limit), one.sure)
        for one in measured(rule, series, ends, since)
    ]


def _window(rule: TriggerRule) -> int:
    return (rule.window_s or 0) // 60


def _said(rule: TriggerRule, value: float | None, currency: str) -> str:
    if value is None:
        return "nothing"
    return (
        f"{value * 100:.1f} %" if rule.over_times is None else f"{currency} {value:,.2f}/h".strip()
    )


def _trigger(
    rule: TriggerRule,
    state: Literal["true", "possible", "false", "unknown"],
    limit: float | None,
    feed: str,
    why: str,
    point: _Point | None = None,
    since: float | None = None,
) -> Trigger:
    return Trigger(
        rule.id,
        rule.name,
        state,
        point.value if point else None,
        limit,
        point.n if point else 0,
        rule.window_s or 0,
        since,
        feed,
        why,
    )
