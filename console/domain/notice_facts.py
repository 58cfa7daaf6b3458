"""What people are to be told of, from the state: each thing once, with a key that lasts.

A rollback tells by itself, and what other systems raise they tell themselves: neither is here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from config.guide import (
    EscalationRow,
    MetricRule,
    NoticeRule,
    Role,
    escalation_rows,
    metric_rules,
    notice_rules,
    trigger_rules,
)
from config.model import Deployment
from console.domain.checkins import rounds_of
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.duties import update_due
from console.domain.outside import OUTSIDE
from console.domain.own_silence import silence_of
from console.domain.state import Alert, State
from console.domain.state_escalation import Escalation
from console.domain.state_incident import Duty, Incident
from console.domain.times import clock_text, iso, span
from console.domain.words import rule_words

SOON_S = 900.0

RULES: Mapping[str, NoticeRule] = {rule.id: rule for rule in notice_rules()}
"""What is critical, and whom it goes to: `config/guide/notices.toml`."""

_METRICS: Mapping[str, MetricRule] = {rule.id: rule for rule in metric_rules()}
_ROWS: Mapping[str, EscalationRow] = {row.id: row for row in escalation_rows()}
_OWN_RULES = {"safety-flag", "tool-misuse", "governance"}
LEADS: tuple[Role, ...] = ("agent-lead", "tech-lead")


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One thing to tell; `key` stands for it in the journal, whoever is told, after any restart.

    `rule` is the notice's row of the guide, `group` what it is told together with, `to` are names,
    `at` is unix seconds. It is said again while it is there if it `repeats`. `over` is the end of
    something that was told. `head` is a few words and `text` a line; neither is clean.
    """

    key: str
    rule: str
    group: str
    to: tuple[str, ...]
    at: float
    head: str
    text: str
    repeats: bool = True
    over: bool = False
    count: int = 1

    @property
    def critical(self) -> bool:
        """Whether it waits for nothing: what is over can wait."""
        return RULES[self.rule].critical and not self.over

    @property
    def held_when_quiet(self) -> bool:
        """Whether it waits for the end of quiet hours."""
        return not self.critical and (self.over or RULES[self.rule].quiet)


def facts_of(state: State, deployment: Deployment, now: float) -> list[Fact]:
    """All that is to be told at `now`, whether or not it has been; bounded by what is open."""
    every = (
        *_alerts(state, deployment, now),
        *_triggers(state, deployment),
        *_escalations(state, deployment),
        *_check_ins(state, deployment, now),
        *_shift(state),
        *_warnings(state, deployment),
        *_duties(state, deployment, now),
        *_incidents(state, deployment, now),
    )
    return [fact for fact in every if fact.to]


def names(deployment: Deployment, roles: Iterable[Role]) -> tuple[str, ...]:
    """Everybody who holds one of `roles`, each once."""
    held = (person.name for role in roles for person in deployment.holders(role))
    return tuple(dict.fromkeys(held))


def _moment(at: float) -> str:
    """A time as part of a key: what fell into one second stays apart."""
    return f"{round(at * 1e6)}"


# Alerts (Guide 3.3), and what became of those that were told.


def _alerts(state: State, deployment: Deployment, now: float) -> Iterator[Fact]:
    for alert in state.alerts.values():
        if alert.rule.startswith(OUTSIDE):
            continue
        key = f"alert:{alert.id}"
        rule, group = _alert_rule(alert)
        named = rule_words(alert.rule)
        if alert.resolved_at is not None:
            told = tuple(name for name, keys in state.told.items() if key in keys)
            if told:
                lasted = span(alert.resolved_at - alert.fired_at)
                head = f"{named} is resolved"
                text = f"RESOLVED {named}: it fired for {lasted}"
                over = Fact(f"{key}:over", rule, group, told, alert.resolved_at, head, text)
                yield msgspec.structs.replace(over, repeats=False, over=True)
        elif alert.acknowledged_at is None and not silence_of(state, alert.rule, now):
            to = names(deployment, alert_recipients(alert))
            text = f"FIRING {named} since {iso(alert.fired_at)}: {alert.why}"
            yield Fact(key, rule, group, to, alert.fired_at, f"{named} fires", text)


def _alert_rule(alert: Alert) -> tuple[str, str]:
    """The row of the guide that an alert is told by, and its group: what is critical is alone."""
    if alert.rule == "safety-flags":
        return "safety-flag", "safety-flag"
    if alert.severity == "page":
        return "page", f"page {alert.rule}"
    return "alert", "alerts"


def alert_recipients(alert: Alert) -> Sequence[Role]:
    """The roles that an alert goes to: its own rule's, its metric's, else both leads."""
    own: Sequence[Role] = alert.recipients  # type: ignore[assignment]  # as the rule named them
    if own:
        return own
    metric = _METRICS.get(alert.rule.removeprefix(CHECK))
    return LEADS if metric is None else metric.recipients


# Triggers (Guide 3.5): nobody can take one in hand but by a rollback.


def _triggers(state: State, deployment: Deployment) -> Iterator[Fact]:
    if state.rollback is not None and state.rollback.state == "running":
        return  # the people who are told of these are told of that
    called: dict[str, str] = {rule.id: rule.name for rule in trigger_rules()}
    owner = deployment.rollback.owner
    to = tuple(dict.fromkeys((owner, *names(deployment, RULES["trigger"].to))))
    for name, raised in state.triggers.items():
        said = called.get(name, name)
        text = f"ROLLBACK TRIGGER {said}, true since {iso(raised.since)}: {owner} decides"
        key = f"trigger:{name}:{_moment(raised.since)}"
        yield Fact(key, "trigger", f"trigger {name}", to, raised.at, f"TRIGGER {said}", text)


# Escalations (Guide 5.1): many of one kind are one fact, by the entry that raised them.


class _Sum(msgspec.Struct):
    first: Escalation
    count: int = 0
    due: float = float("inf")


_Kind = tuple[str, str, tuple[str, ...], float, bool]


def _count(sums: dict[_Kind, _Sum], kind: _Kind, one: Escalation) -> None:
    """There may be ten thousand, looked at twice a second."""
    held = sums.get(kind)
    if held is None:
        held = sums[kind] = _Sum(one)
    held.count += 1
    held.due = min(held.due, one.due)


def _escalations(state: State, deployment: Deployment) -> Iterator[Fact]:
    sums: dict[_Kind, _Sum] = {}
    for one in state.escalations.values():
        if one.acknowledged_at is not None or one.resolved_at is not None:
            continue
        since = one.raised_at if one.assigned_at is None else one.assigned_at
        _count(sums, (one.row, one.about, one.to, since, False), one)
        if one.missed_at is not None:
            backup = (one.backup,) if one.backup else ()
            _count(sums, (one.row, "", backup, one.missed_at, True), one)
    for (row, about, to, since, missed), found in sums.items():
        if missed:
            yield _missed(row, to or names(deployment, LEADS), since, found)
        elif people := to if found.first.handed else _but_of_alert(state, deployment, about, to):
            yield _escalation(row, people, since, found)


def _but_of_alert(
    state: State, deployment: Deployment, about: str, to: tuple[str, ...]
) -> tuple[str, ...]:
    """Who is not told already by the alert that an escalation is about."""
    alert = state.alerts.get(about)
    if alert is None:
        return to
    told = names(deployment, alert_recipients(alert))
    return tuple(name for name in to if name not in told)


def _row_name(row: str) -> str:
    known = _ROWS.get(row)
    return row if known is None else known.name


def _escalation(row: str, to: tuple[str, ...], since: float, found: _Sum) -> Fact:
    rule = row if row in _OWN_RULES else "escalation"
    many = f"{found.count:,} escalations" if found.count > 1 else "an escalation"
    what = f" ({found.first.what})" if found.first.what else ""
    text = f"{many.upper()}: {_row_name(row)}{what}, to be answered by {clock_text(found.due)}"
    key = f"escalation:{row}:{_moment(since)}"
    group = rule if rule in _OWN_RULES else f"escalations {row}"
    head = f"{many}: {_row_name(row)}"
    return Fact(key, rule, group, to, since, head, text, count=found.count)


def _missed(row: str, to: tuple[str, ...], since: float, found: _Sum) -> Fact:
    many = f"{found.count:,} escalations" if found.count > 1 else "an escalation"
    late = f"not answered by {clock_text(found.due)}"
    text = f"MISSED: {many} of {', '.join(found.first.to)}, {late}: {_row_name(row)}"
    key = f"missed:{row}:{_moment(since)}"
    head = f"{many} {late}"
    group = f"missed {row}"
    return Fact(key, "missed-sla", group, to, since, head, text, count=found.count)


# The window (Guide 6.1): check-ins, the shift, early warnings.


def _check_ins(state: State, deployment: Deployment, now: float) -> Iterator[Fact]:
    to = names(deployment, RULES["check-in"].to)
    due = rounds_of(state, now).next_due
    if due is not None and due - SOON_S <= now < due:
        text = f"A CHECK-IN is due at {clock_text(due)}: look, and say what you saw"
        head = f"check-in due at {clock_text(due)}"
        key = f"check-in:{due:.0f}"
        yield Fact(key, "check-in", "check-ins", to, due - SOON_S, head, text, repeats=False)
    last = max((one.at for one in state.checkins), default=0.0)
    for one in state.missed_checkins:
        if one.attempt == state.attempt.id and one.at > last:
            text = f"MISSED: nobody had checked in by {iso(one.due)}"
            head = f"check-in missed at {clock_text(one.due)}"
            key = f"check-in:{one.due:.0f}:missed"
            yield Fact(key, "check-in", "check-ins", to, one.at, head, text, repeats=False)


def _shift(state: State) -> Iterator[Fact]:
    shift = state.shift
    if shift is None or not shift.handed_to or shift.handed_at is None:
        return
    text = f"THE WATCH is handed to you by {shift.who}: say that you have it"
    key = f"shift:{_moment(shift.handed_at)}"
    to, head = (shift.handed_to,), "the watch is handed to you"
    yield Fact(key, "shift", "shift", to, shift.handed_at, head, text, repeats=False)


def _warnings(state: State, deployment: Deployment) -> Iterator[Fact]:
    to = names(deployment, RULES["warning"].to)
    for one in state.warnings.values():
        key, named = f"warning:{one.id}", rule_words(one.metric)
        if one.cleared_at is not None:
            told = tuple(name for name, keys in state.told.items() if key in keys)
            head, text = f"{named}: the trend is over", f"OVER: the trend of {named}"
            over = Fact(f"{key}:over", "warning", "warnings", told, one.cleared_at, head, text)
            yield msgspec.structs.replace(over, repeats=False, over=True)
        elif one.reviewed_at is None and one.settled_at is None and one.attempt == state.attempt.id:
            text = f"EARLY WARNING {named}: {one.why}. Both leads review it in 30 min"
            head = f"early warning: {named}"
            yield Fact(key, "warning", "warnings", to, one.raised_at, head, text)


# Incidents and duties (Guide 6.3, 6.4).


def _duties(state: State, deployment: Deployment, now: float) -> Iterator[Fact]:
    for duty in state.duties.values():
        if duty.done_at is None and duty.due < now:
            title = duty.title
            text = f"OVERDUE since {iso(duty.due)}: {title} ({duty.id})"
            to = _owners(duty, deployment)
            key = f"duty:{duty.id}"
            yield Fact(key, "duty", "duties", to, duty.due, f"overdue: {title}", text)


def _owners(duty: Duty, deployment: Deployment) -> tuple[str, ...]:
    owner: Role = duty.owner  # type: ignore[assignment]  # a role, or a text that nobody holds
    return names(deployment, [owner]) or names(deployment, RULES["duty"].to)


def _incidents(state: State, deployment: Deployment, now: float) -> Iterator[Fact]:
    leads = names(deployment, RULES["incident"].to)
    for one in state.incidents.values():
        if one.closed_at is None:
            title = one.title
            if not one.rollback:
                yield _incident(one, tuple(name for name in leads if name != one.by), title)
            due = update_due(one)
            if due is not None and now > due:
                text = f"OVERDUE since {iso(due)}: a status update on {one.id}, {title}"
                to = (one.lead,) if deployment.person(one.lead) else leads
                head = f"status update overdue: {title}"
                key, rule = f"update:{one.id}:{due:.0f}", "status-update"
                yield Fact(key, rule, "incidents", to, due, head, text, repeats=False)


def _incident(one: Incident, to: tuple[str, ...], title: str) -> Fact:
    grave = one.severity == 1
    key, rule = f"incident:{one.id}{':1' if grave else ''}", "severity-1" if grave else "incident"
    text = f"INCIDENT {one.id} of severity {one.severity}: {title}"
    group = "incidents of severity 1" if grave else "incidents"
    head = f"incident: {title}"
    return Fact(key, rule, group, to, one.opened_at, head, text, repeats=False)
