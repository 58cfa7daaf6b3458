"""What is said of one row of the alerts: why, how much, since when, who knows, what to look at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from textual.content import Content

from config.guide import MetricRule, TroubleRow, metric_rules
from config.model import Deployment
from console.clean import clean
from console.domain import queue_words
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.escalations import Group as Escalated
from console.domain.extra_rules import PREFIX as RULE
from console.domain.outside import OUTSIDE, Group, OutsideAlert
from console.domain.own_silence import silence_of
from console.domain.state import Alert, Conflict, Silence
from console.domain.state_rollback import Rollback
from console.domain.triggers import Trigger
from console.domain.troubleshooting import rows_for
from console.domain.words import rule_words
from console.room import Picture
from console.screens.alertlist import About, Cause, Listed
from console.screens.moments import moment_text
from widgets.format import duration, value_text

MOST_ALERTS = 20
MOST_SILENCES = 3
_RULES: Mapping[str, MetricRule] = {rule.id: rule for rule in metric_rules()}

Fact = tuple[str, str]
"""A label and its text; without a label the text stands alone."""


def alert_words(listed: Listed, picture: Picture, deployment: Deployment) -> Content:
    """All that is known of it, as literal text."""
    lines = [Content.styled(listed.view.title, "bold")]
    for label, text in _facts(listed, picture, deployment):
        head = Content.styled(f"{label}  ", "bold $text-primary") if label else Content()
        lines.append(head + Content(text))
    return Content("\n").join(lines)


def _facts(listed: Listed, picture: Picture, deployment: Deployment) -> Iterator[Fact]:
    match listed.about:
        case Alert() as alert:
            yield from _alert(alert, picture, deployment)
        case Trigger() as trigger:
            yield from _trigger(trigger, picture, deployment)
        case Cause() as cause:
            yield from _cause(cause)
        case Conflict() as conflict:
            yield "Why", clean(conflict.why)
            yield "Entry", f"{clean(conflict.kind, 40)}, {conflict.writer} {conflict.seq}"
            yield "Since", moment_text(conflict.at, picture.now)
        case Rollback() as rollback:
            yield "Outcome", f"{rollback.state}: {clean(rollback.outcome_why or 'it goes on')}"
            yield "Since", moment_text(rollback.triggered_at, picture.now)
            yield "By", f"{clean(rollback.by, 40)}, trigger {clean(rollback.trigger, 40)}"
        case Escalated() as group:
            yield "Waits", f"{len(group.waiting):,}, {queue_words.stands_text(group, picture.now)}"
            yield "Who", clean(", ".join(group.to), 200)
            yield "", "Enter shows them on the screen Escalations (6)"
        case Group() | None:
            pass
    if listed.group is not None:
        yield from _group(listed.group, picture)
    yield from trouble_facts(_rows(listed.about, deployment))


def _rows(about: About, deployment: Deployment) -> tuple[TroubleRow, ...]:
    """The rows of the troubleshooting table that look like it."""
    match about:
        case Alert() as alert:
            own = {f"{RULE}{rule.id}": str(rule.reads) for rule in deployment.rules}
            return rows_for("alert", own.get(alert.rule, alert.rule))
        case Trigger() as trigger:
            return rows_for("trigger", trigger.id)
        case Rollback() as rollback:
            return rows_for("trigger", rollback.trigger)
        case Cause() as cause:
            return rows_for("feed", cause.feed.fresh.state)
        case _:
            return ()


def trouble_facts(rows: Iterable[TroubleRow]) -> Iterator[Fact]:
    """Rows of the troubleshooting table beneath what they look like."""
    for row in rows:
        yield "", ""
        yield "Symptom", row.symptom
        yield "Likely", row.cause
        for place, step in enumerate(row.fix, 1):
            yield f"{place}.", step


def _alert(alert: Alert, picture: Picture, deployment: Deployment) -> Iterator[Fact]:
    now, currency = picture.now, deployment.nfr.currency
    rule = _RULES.get(alert.rule)
    reading = picture.readings.get(alert.rule) or picture.checks.get(alert.rule)
    measured = _RULES.get(alert.rule.removeprefix(CHECK))
    unit = measured.unit if measured is not None else ""
    yield "", clean(alert.id, 120)
    yield "Why", clean(alert.why)
    if reading is not None and alert.resolved_at is None:
        yield "Now", f"{reading.verdict}: {clean(reading.why)}"
    if not alert.rule.startswith(OUTSIDE):
        yield (
            "Apart" if alert.rule.startswith(CHECK) else "Value",
            _held(unit, alert.value, alert.limit, alert.n, currency),
        )
    yield "Since", moment_text(alert.fired_at, now)
    if alert.resolved_at is not None:
        lasted = duration(alert.resolved_at - alert.fired_at)
        yield "Resolved", f"{moment_text(alert.resolved_at, now)}, after {lasted}"
    if alert.acknowledged_at is not None:
        when = moment_text(alert.acknowledged_at, now)
        yield "Acknowledged", f"by {clean(alert.acknowledged_by, 40)}, {when}"
    elif alert.resolved_at is None:
        yield "Acknowledged", "by nobody yet: a takes it in hand"
    if (held := silence_of(picture.state, alert.rule, now)) is not None:
        left, by = duration(held.until - now), clean(held.by, 40)
        yield "Silenced", f"by {by}, over in {left}: {clean(held.why)}; nobody is told. s lifts it"
    if notified := _notified(alert, picture):
        yield "Notified", notified
    if rule is not None:
        yield "Told", _told(rule.recipients, deployment)
        yield "Check", rule.check
        yield "Guide", rule.guide
    elif alert.recipients:
        yield "Severity", clean(alert.severity, 20)
        yield "Told", _told(alert.recipients, deployment)
    elif alert.rule.startswith(OUTSIDE):
        yield "Told", "whom its own system tells"
        yield from _silences(alert.rule.removeprefix(OUTSIDE), picture)


def _held(unit: str, value: float | None, limit: float | None, n: int, currency: str) -> str:
    if not unit:  # a rule beside the guide: its number as it is
        return f"{_plain(value)} · limit {_plain(limit)} · n {n:,}"
    said = value_text(unit, value, currency)
    return f"{said} · limit {value_text(unit, limit, currency)} · n {n:,}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _told(recipients: Sequence[str], deployment: Deployment) -> str:
    """The roles that an alert goes to, with the people who hold them."""
    parts = []
    for role in recipients:
        held = (person for person in deployment.people if role in person.roles)
        names = ", ".join(clean(person.name, 40) for person in held)
        parts.append(f"{clean(role, 40).replace('-', ' ')} ({names or 'nobody'})")
    return ", ".join(parts)


def _notified(alert: Alert, picture: Picture) -> str:
    """Who has the notice since when, and whom none reached."""
    key, state = f"alert:{alert.id}", picture.state
    reached = [
        f"{clean(name, 40)} {duration(picture.now - keys[key])} ago"
        for name, keys in state.told.items()
        if key in keys
    ]
    missed = [
        f"{clean(name, 40)} NOT reached" for name, keys in state.untold.items() if key in keys
    ]
    return ", ".join((*reached, *missed))


def _trigger(trigger: Trigger, picture: Picture, deployment: Deployment) -> Iterator[Fact]:
    unit = "money/h" if trigger.id == "cost-runaway" else "ratio"
    yield "Why", clean(trigger.why)
    currency = deployment.nfr.currency
    yield "Value", _held(unit, trigger.value, trigger.limit, trigger.n, currency)
    if trigger.since is not None:
        yield "Since", moment_text(trigger.since, picture.now)
    owner, deputy = deployment.rollback.owner, ", ".join(deployment.rollback.deputy)
    yield "Told", clean(f"rollback owner: {owner}" + (f", deputy: {deputy}" if deputy else ""))


def _cause(cause: Cause) -> Iterator[Fact]:
    fresh, wait = cause.feed.fresh, cause.feed.next_s
    yield "Why", clean(fresh.error) or "it has not been read"
    if wait is not None:
        yield "Next try", f"in {wait:.0f} s"
    if cause.metrics:
        yield "Unknown", ", ".join(metric.replace("-", " ") for metric in cause.metrics)
    for alert in cause.alerts:
        taken = f"acknowledged by {clean(alert.acknowledged_by, 40)}"
        said = taken if alert.acknowledged_at is not None else "not acknowledged"
        yield "Fired", f"{clean(rule_words(alert.rule), 60)}: {clean(alert.why)}; {said}"
    if cause.alerts:
        yield "", "Nothing resolves while it is not read. z shows each of them."


def _group(group: Group, picture: Picture) -> Iterator[Fact]:
    yield "There", group.counts
    for alert in group.alerts[:MOST_ALERTS]:
        yield from _outside(alert, picture.now)
    if (more := len(group.alerts) - MOST_ALERTS) > 0:
        yield "", f"and {more:,} more"
    if OUTSIDE + group.name not in {alert.rule for alert in picture.state.firing}:
        yield from _silences(group.name, picture)


def _outside(alert: OutsideAlert, now: float) -> Iterator[Fact]:
    muted = f" by {alert.muted_by}" if alert.muted_by else ""
    severity = f"{alert.severity} · " if alert.severity else ""
    labels = ", ".join(f"{name}={value}" for name, value in alert.labels)
    since = moment_text(alert.since, now)
    yield "", f"· {severity}{alert.state}{muted} at {alert.feed} since {since}"
    if alert.summary:
        yield "", f"  {alert.summary}"
    if labels:
        yield "", f"  {labels}"
    for name, link in alert.links:
        yield "", f"  {name} {link}"


def _silences(name: str, picture: Picture) -> Iterator[Fact]:
    """What was asked of the other system from here."""
    asked = [silence for silence in picture.state.silences.values() if silence.name == name]
    for silence in asked[-MOST_SILENCES:]:
        yield "Silence", _silence(silence, picture.now)


def _silence(silence: Silence, now: float) -> str:
    left = silence.until - now
    said = {
        "": "asked for, nothing known yet",
        "set": f"over in {duration(left)}" if left > 0 else "over",
        "failed": f"NOT set: {clean(silence.told)}",
        "unknown": f"not known whether it is set: {clean(silence.told)}",
    }[silence.outcome]
    return f"{said}; by {clean(silence.by, 40)}: {clean(silence.why)}"
