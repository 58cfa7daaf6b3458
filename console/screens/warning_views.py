"""Early warnings as the screens show them. Pure."""

from collections.abc import Mapping

from textual.content import Content

from config.guide import MetricRule, metric_rules
from console.clean import clean
from console.domain.bins import WATCHED, Watched
from console.domain.drift import Drift
from console.domain.drift_words import ahead, figure
from console.domain.early_warning import FIX_S, clock_of, due_text, open_warning
from console.domain.state import State
from console.domain.state_window import Warned
from console.domain.times import clock_text, span
from widgets import glyphs
from widgets.line import wrap

_RULES: dict[str, MetricRule] = {rule.id: rule for rule in metric_rules()}
_HOUR = 3600.0


def trend_text(state: State, metric: str, now: float, currency: str) -> str:
    """An open warning beside its metric, such as `↗ 25 % in ~6 h`; "" without one."""
    warning = open_warning(state, metric)
    if warning is None:
        return ""
    limit = figure(warning.limit, _unit(metric), currency)
    hours = max(0.0, warning.crosses - now) / _HOUR
    return f"{glyphs.RISING} {limit} in ~{hours:.0f} h"


def warnings_content(
    state: State,
    drifts: Mapping[Watched, Drift],
    chosen: Watched,
    now: float,
    currency: str,
    room: int = 0,
) -> Content:
    """Every watched metric in a line, and what is known and owed of the `chosen` one.

    With `room` (cells) what does not fit a line stands below itself.
    """
    lines = [
        _row(metric, state, drifts.get(metric), currency, room, marked=metric == chosen)
        for metric in WATCHED
    ]
    warning = open_warning(state, chosen) or _latest(state, chosen)
    said = [] if warning is None else _about(warning, now, currency)
    return Content("\n").join([*lines, Content(""), *said])


def _row(
    metric: Watched, state: State, drift: Drift | None, currency: str, room: int, *, marked: bool
) -> Content:
    sign = glyphs.CURSOR if marked else " "
    name = f"{sign} {metric.replace('-', ' '):<16}"
    warning = open_warning(state, metric)
    if warning is not None:
        said = f"{glyphs.RISING} WARNED {_now(drift, warning, metric, currency)}"
        return Content.assemble((name, "bold"), (said, "bold $text-warning"))
    if drift is None:
        return Content.assemble(name, ("…  is being looked at", "$text-muted"))
    word = {"drifts": f"{glyphs.RISING} rises", "steady": f"{glyphs.OK} steady"}.get(
        drift.verdict, f"{glyphs.TOO_FEW} waits"
    )
    told = "the next look must agree" if drift.verdict == "drifts" else drift.why
    indent = len(name) + len(word) + 2
    if room > indent:
        told = ("\n" + " " * indent).join(wrap(told, room - indent))
    return Content.assemble((name, "bold" if marked else ""), word, (f"  {told}", "$text-muted"))


def _now(drift: Drift | None, warning: Warned, metric: str, currency: str) -> str:
    """The projection as it is now, or as it was when the warning was raised."""
    first = None if drift is None else drift.crosses_from
    if drift is not None and drift.crosses is not None and first is not None:
        limit = figure(drift.limit, _unit(metric), currency)
        return f"{limit} {ahead(drift.at, drift.crosses, first, drift.crosses_to)}"
    when = ahead(warning.raised_at, warning.crosses, warning.crosses_from, warning.crosses_to)
    return f"{figure(warning.limit, _unit(metric), currency)} {when}, when it was raised"


def _about(warning: Warned, now: float, currency: str) -> list[Content]:
    """What a warning says, its evidence, and its clocks."""
    age = span(now - warning.raised_at)
    chance = "under 1 of 100,000" if warning.p < 1e-5 else f"1 of {1 / warning.p:,.0f}"
    clock = clock_of(warning, now)
    lines = []
    if clock.due is not None:
        style = "bold $text-error" if clock.overdue else "bold $text-warning"
        sign = glyphs.BREACH if clock.overdue else glyphs.STALE
        lines.append(Content.styled(f"{sign} {due_text(clock, now)}", style))
    lines += [
        Content(clean(warning.why, 300)),
        Content.styled(
            f"raised {clock_text(warning.raised_at)}, {age} ago; {warning.n} points; "
            f"by chance in {chance} looks",
            "$text-muted",
        ),
    ]
    if warning.reviewed_at is not None:
        fix = "a fix within 4 h" if warning.fix else "no fix within 4 h"
        by = clean(warning.reviewed_by, 30)
        lines.append(Content(f"{glyphs.OK} reviewed by {by}: {clean(warning.cause, 200)}; {fix}"))
    if warning.settled_at is not None:
        by, why = clean(warning.settled_by, 30), clean(warning.settled_why, 200)
        lines.append(Content(f"{glyphs.OK} settled by {by}: {warning.decision}. {why}"))
    if warning.cleared_at is not None:
        ago = span(now - warning.cleared_at)
        lines.append(Content(f"{glyphs.OK} over since {ago}: {clean(warning.cleared_why, 200)}"))
    return lines


def fix_until(warning: Warned) -> str:
    """By when a fix must be applied (Guide 6.3)."""
    return clock_text(warning.raised_at + FIX_S)


def _latest(state: State, metric: str) -> Warned | None:
    """The latest warning of this attempt, though it is over."""
    held = [
        one
        for one in state.warnings.values()
        if one.metric == metric and one.attempt == state.attempt.id
    ]
    return held[-1] if held else None


def _unit(metric: str) -> str:
    rule = _RULES.get(metric)
    return "" if rule is None else rule.unit
