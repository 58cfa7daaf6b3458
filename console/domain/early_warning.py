"""An early warning's life and its clocks (Guide 6.3, third signal).

Raised, it owes both leads' review within 30 minutes. With a fix in sight that is to be applied
within 4 h of the warning. Without one, or when the 4 h have passed, the rollback owner decides:
rollback, or maintain with increased monitoring. It is cleared when the trend is over, or when the
limit is crossed and the alert takes over; a cleared one owes nothing any more.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from config.guide import MetricRule, metric_rules
from console.domain import events as e
from console.domain.bins import Watched
from console.domain.drift import Drift, still_drifts
from console.domain.drift_words import said
from console.domain.state import State
from console.domain.state_window import Warned
from console.domain.times import span, stamp, utc

REVIEW_S = 30 * 60.0
FIX_S = 4 * 3600.0
DECIDE_S = 30 * 60.0
"""How soon the owner decides once it is theirs to decide: the guide says no number, so ours is
that of the review."""

Step = Literal["review", "fix", "decide", "none"]
_RULES: dict[str, MetricRule] = {rule.id: rule for rule in metric_rules()}
OWNERS = {"review": "agent-lead", "fix": "tech-lead", "decide": "rollback-owner"}


class Clock(msgspec.Struct, frozen=True):
    """What is due next of a warning, and by when (unix seconds); `due` is None of nothing."""

    step: Step
    due: float | None
    overdue: bool = False


def open_warnings(state: State) -> list[Warned]:
    """The warnings of the attempt that runs which are not cleared, the latest first."""
    return [
        held
        for held in reversed(state.warnings.values())
        if held.cleared_at is None and held.attempt == state.attempt.id
    ]


def open_warning(state: State, metric: str) -> Warned | None:
    """The open warning of a metric, if there is one."""
    return next((held for held in open_warnings(state) if held.metric == metric), None)


def clock_of(warning: Warned, now: float) -> Clock:
    """What is due next."""
    if warning.cleared_at is not None or warning.settled_at is not None:
        return Clock("none", None)
    until = warning.raised_at + FIX_S
    if warning.reviewed_at is not None and not warning.fix:
        due = warning.reviewed_at + DECIDE_S
        return Clock("decide", due, now > due)
    if now >= until:
        due = until + DECIDE_S
        return Clock("decide", due, now > due)
    if warning.reviewed_at is None:
        due = warning.raised_at + REVIEW_S
        return Clock("review", due, now > due)
    return Clock("fix", until)


def episode_since(state: State, metric: str) -> float:
    """Since when a trend of a metric counts: the attempt's start, or the end of the last warning.

    What was warned of once is over; a new warning needs a trend of its own.
    """
    ends = [
        held.cleared_at
        for held in state.warnings.values()
        if held.metric == metric and held.attempt == state.attempt.id
        if held.cleared_at is not None
    ]
    return max([state.attempt.entered_at, *ends])


def raised(state: State, metric: Watched, drift: Drift, currency: str, now: float) -> list[e.Event]:
    """The entries of a drift that was seen: none where the metric is warned of, or its alert fires.

    The clocks run from `now` on (unix seconds), when people can know.
    """
    trend = drift.trend
    if trend is None or drift.crosses is None or drift.crosses_from is None:
        return []
    if open_warning(state, metric) is not None:
        return []
    if any(alert.rule == metric for alert in state.firing):
        return []
    warning = f"{metric}-trend-{stamp(drift.at)}"
    if warning in state.warnings:
        return []
    rule = _RULES[metric]
    return [
        e.WarningRaised(
            warning=warning,
            metric=metric,
            value=trend.level,
            limit=drift.limit,
            slope=trend.slope,
            p=trend.p,
            n=trend.n,
            since=utc(drift.since),
            crosses=utc(drift.crosses),
            crosses_from=utc(drift.crosses_from),
            crosses_to=None if drift.crosses_to is None else utc(drift.crosses_to),
            why=said(rule.name, drift, rule.unit, currency),
        ),
        _duty(warning, "review", f"both leads review the drift of {_name(metric)}", now),
    ]


def over(state: State, warning: Warned, drift: Drift | None) -> str:
    """Why an open warning is over, "" while it is not; `drift` is None where nobody looked."""
    alert = next((a for a in state.firing if a.rule == warning.metric), None)
    if alert is not None:
        return f"the limit is crossed, alert {alert.id} takes over"
    if drift is not None and not still_drifts(drift):
        return f"the trend is over: {drift.why}"
    if drift is not None and _fell_back(warning, drift):
        return "the trend is over: half of the rise is gone"
    return ""


RECENT = 6
_LEAST_RECENT = 4


def _fell_back(warning: Warned, drift: Drift) -> bool:
    """Whether the last three hours lie half of the way back to where the trend began."""
    recent = sorted(value for _, value in drift.plain[-RECENT:])
    if len(recent) < _LEAST_RECENT or drift.at <= warning.raised_at:
        return False
    rise = warning.slope * (warning.raised_at - warning.since) / 3600
    return recent[len(recent) // 2] < warning.value - rise / 2


def cleared(state: State, warning: Warned, why: str) -> list[e.Event]:
    """The entries that end a warning: nobody owes anything for it then."""
    return [e.WarningCleared(warning.id, why), *done(state, warning.id, why)]


def ended(state: State) -> Iterator[tuple[Warned, str]]:
    """Warnings that are over because their attempt is, and why."""
    for warning in state.warnings.values():
        if warning.cleared_at is None and warning.attempt != state.attempt.id:
            yield warning, f"{warning.attempt} has ended"


def owner_decides(state: State, now: float) -> list[e.Event]:
    """The owner's duty of each warning whose 4 h have passed without an end (Guide 6.3)."""
    found: list[e.Event] = []
    for warning in open_warnings(state):
        if (
            clock_of(warning, now).step == "decide"
            and _id(warning.id, "decide") not in state.duties
        ):
            found.append(decision_owed(warning, warning.raised_at + FIX_S))
    return found


def decision_owed(warning: Warned, since: float) -> e.DutyStarted:
    """The rollback owner's duty to decide."""
    title = f"decide on the drift of {_name(warning.metric)}: rollback, or maintain"
    return _duty(warning.id, "decide", title, since)


def fix_owed(warning: Warned) -> e.DutyStarted:
    """The duty to apply the fix."""
    title = f"apply the fix for the drift of {_name(warning.metric)}"
    return _duty(warning.id, "fix", title, warning.raised_at)


def done(state: State, warning: str, remark: str, *only: Step) -> list[e.Event]:
    """That what is owed for a warning is done; `only` these steps, or all."""
    wanted = {_id(warning, step) for step in only or ("review", "fix", "decide")}
    return [
        e.DutyDone(duty.id, remark)
        for duty in state.duties.values()
        if duty.id in wanted and duty.done_at is None
    ]


def _id(warning: str, step: Step) -> str:
    return f"{step}-{warning}"


def _name(metric: str) -> str:
    """What people call a metric."""
    rule = _RULES.get(metric)
    return metric if rule is None else rule.name


def _duty(warning: str, step: Step, title: str, at: float) -> e.DutyStarted:
    within = {"review": REVIEW_S, "fix": FIX_S, "decide": DECIDE_S, "none": 0.0}[step]
    return e.DutyStarted(
        _id(warning, step), title, utc(at + within), owner=OWNERS[step], about=warning
    )


def due_text(clock: Clock, now: float) -> str:
    """What is due next in a clause, "" of nothing."""
    if clock.due is None:
        return ""
    what = {
        "review": "both leads' review",
        "fix": "the fix",
        "decide": "the rollback owner's decision",
        "none": "",
    }[clock.step]
    if clock.due < now:
        return f"{what} is overdue by {span(now - clock.due)}"
    return f"{what} is due in {span(clock.due - now)}"
