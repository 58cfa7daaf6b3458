"""The one list of everything that alarms, from the picture. Pure: no screen, no clock, no I/O."""

from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from console.clean import clean
from console.domain import queue_words
from console.domain.escalations import Group as Escalated
from console.domain.outside import OUTSIDE, REST, Group
from console.domain.own_silence import silence_of
from console.domain.state import Alert, Conflict
from console.domain.state_rollback import Rollback
from console.domain.triggers import Trigger
from console.domain.words import counted, rule_words
from console.room import METRICS, Picture
from console.room.feedview import FeedView
from console.screens.moments import moment_text
from widgets.alerts import AlertView
from widgets.filterline import lets
from widgets.format import age, duration
from widgets.line import dotted

MOST_GROUPS = 1000
MOST_RESOLVED = 500
MOST_CONFLICTS = 20
MOST_ESCALATED = 12


class Cause(msgspec.Struct, frozen=True):
    """A feed that is not live, with what cannot be known because of it.

    `outside`: it told of alerts of other systems, and nobody knows what became of them.
    """

    feed: FeedView
    metrics: tuple[str, ...]
    alerts: tuple[Alert, ...]
    outside: bool


About = Alert | Trigger | Group | Cause | Conflict | Rollback | Escalated | None


class Listed(msgspec.Struct, frozen=True):
    """A row of the list and what it is about.

    `waiting` are the alerts on record that an acknowledgement of it takes in hand. `group` is what
    other systems tell of it now.
    """

    view: AlertView
    about: About
    waiting: tuple[str, ...] = ()
    group: Group | None = None
    hay: str = ""


class Shown(msgspec.Struct, frozen=True):
    """Which are shown: those that hold `text` (`!text`: that do not), also what is muted, and what
    was resolved in the last `resolved_s` seconds."""

    text: str = ""
    muted: bool = False
    resolved_s: float = 0.0

    def lets(self, hay: str) -> bool:
        """Whether the text lets `hay` through."""
        return lets(self.text, hay)


class Found(msgspec.Struct, frozen=True):
    """The list; how many triggers are true; how many alerts fire, and of those wait; the muted."""

    items: list[Listed]
    true: int
    firing: int
    waiting: int
    muted: int

    @property
    def counts(self) -> str:
        """What is true and what fires, in words; empty if nothing is and does."""
        triggers = counted(self.true, "trigger") if self.true else ""
        return dotted(triggers, f"{self.firing:,} firing" if self.firing else "")


def listed(picture: Picture, recovering: frozenset[str], shown: Shown, *, offline: bool) -> Found:
    """The list now, worst first: within a state, what nobody has taken in hand.

    `offline`: no feed is asked, so that none is at fault for being old.
    """
    state, groups = picture.state, picture.groups
    causes = [] if offline else _causes(picture)
    folded = {alert.id: cause for cause in causes for alert in cause.alerts}
    firing = sorted(state.firing, key=lambda alert: alert.acknowledged_at is not None)
    items = [
        *_rollback(picture),
        *_triggers(picture),
        *(
            _on_record(alert, picture, alert.rule in recovering, groups)
            for alert in firing
            if alert.id not in folded
        ),
        *_escalated(picture),
        *(_cause(cause) for cause in causes),
        *_conflicts(picture),
    ]
    if shown.muted:
        items += [_folded(alert, folded[alert.id]) for alert in firing if alert.id in folded]
    if shown.resolved_s:
        items += _resolved(picture, shown.resolved_s)
    items = [listed for listed in items if shown.lets(listed.hay or _hay(listed.view))]
    items += _others(picture, shown, {alert.rule for alert in firing})
    return Found(
        items,
        true=sum(trigger.state == "true" for trigger in picture.triggers),
        firing=len(firing),
        waiting=sum(alert.acknowledged_at is None for alert in firing),
        muted=sum(map(_is_muted, groups.values())) + len(folded),
    )


def _others(picture: Picture, shown: Shown, rules: set[str]) -> list[Listed]:
    """What other systems tell that has no alert of its own on record: the worst of it."""
    groups = [
        group
        for group in picture.groups.values()
        if (shown.muted or not _is_muted(group))
        and OUTSIDE + group.name not in rules
        and shown.lets(group.hay)
    ]
    together = OUTSIDE + REST in rules
    items = [_group(group, picture.now, together) for group in groups[:MOST_GROUPS]]
    if len(groups) > MOST_GROUPS:
        title = f"and {len(groups) - MOST_GROUPS:,} more names: / finds them"
        items.append(Listed(AlertView("more", "info", title, acknowledged=None), None))
    return items


def _is_muted(group: Group) -> bool:
    return group.state in {"silenced", "inhibited"}


def _hay(view: AlertView) -> str:
    return " ".join((view.id, view.state, view.title, view.detail, view.who)).casefold()


def _rollback(picture: Picture) -> Iterator[Listed]:
    """A rollback that runs, or that is not verified: it mutes nothing, and stands on top."""
    held = picture.state.rollback
    if held is None or held.state == "verified":
        return
    view = AlertView(
        f"rollback-{held.id}",
        "rollback",
        f"{held.state} to {clean(held.target, 40)}",
        clean(held.outcome_why or held.why),
        duration(picture.now - held.triggered_at),
        acknowledged=None,
        who="F9 shows it" if held.state == "running" else "F9 arms it",
    )
    yield Listed(view, held)


def _triggers(picture: Picture) -> Iterator[Listed]:
    for trigger in picture.triggers:
        if trigger.state in {"true", "possible"}:
            true = trigger.state == "true"
            view = AlertView(
                f"trigger-{trigger.id}",
                "trigger" if true else "info",
                trigger.name if true else f"possible trigger: {trigger.name}",
                trigger.why,
                "" if trigger.since is None else duration(picture.now - trigger.since),
                acknowledged=None,
                who="F9 rolls back" if true else "",
            )
            yield Listed(view, trigger)


def _on_record(
    alert: Alert, picture: Picture, recovering: bool, groups: Mapping[str, Group]
) -> Listed:
    reading = picture.readings.get(alert.rule) or picture.checks.get(alert.rule)
    group = groups.get(alert.rule.removeprefix(OUTSIDE)) if alert.rule[:8] == OUTSIDE else None
    silenced, by_whom = _silenced(alert, picture)
    view = AlertView(
        id=alert.id,
        state="recovering" if recovering else "firing",
        title=clean(rule_words(alert.rule), 60) + silenced,
        detail=by_whom + clean(alert.why if reading is None else reading.why),
        age=duration(picture.now - alert.fired_at),
        acknowledged=alert.acknowledged_at is not None,
        who=_for_whom(alert),
    )
    waiting = () if alert.acknowledged_at is not None else (alert.id,)
    hay = f"{_hay(view)} {group.hay if group else ''}"
    return Listed(view, alert, waiting, group, hay)


def _silenced(alert: Alert, picture: Picture) -> tuple[str, str]:
    """Until when nobody is told of it, and by whom and why; both empty if no silence holds."""
    held = silence_of(picture.state, alert.rule, picture.now)
    if held is None:
        return "", ""
    why, by = clean(held.why, 80), clean(held.by, 40)
    return (
        f" · SILENCED until {moment_text(held.until, picture.now)}",
        f"silenced by {by}: {why} · ",
    )


def _for_whom(alert: Alert) -> str:
    """Who has it in hand, else how grave an alert of a rule beside the guide is, and whose."""
    if alert.acknowledged_by:
        return f"by {clean(alert.acknowledged_by, 40)}"
    to = clean(", ".join(alert.recipients), 60)
    return f"{clean(alert.severity, 10)} to {to}" if alert.severity else ""


def _causes(picture: Picture) -> list[Cause]:
    """The feeds that are not live although they were asked, with what is derived from each."""
    found = []
    for feed in picture.feeds:
        fresh = feed.fresh
        if fresh.state == "live" or (fresh.state == "stale" and fresh.age_s is None):
            continue
        unknown = tuple(
            metric
            for metric, reading in picture.readings.items()
            if reading.feed == feed.id and reading.verdict in {"stale", "down"}
        )
        alerts = tuple(
            alert for alert in picture.state.firing if _hangs_on(alert, feed.id, unknown)
        )
        outside = any(alert.feed == feed.id for alert in picture.outside)
        found.append(Cause(feed, unknown, alerts, outside))
    return found


def _hangs_on(alert: Alert, feed: str, unknown: tuple[str, ...]) -> bool:
    """Whether nothing new of the alert can be known without `feed`.

    Another system's alert may be told of by several feeds: it stays for itself.
    """
    if alert.rule in METRICS:
        return alert.rule in unknown
    return alert.feed == feed and not alert.rule.startswith(OUTSIDE)


def _cause(cause: Cause) -> Listed:
    """One row for a feed that is not live, in place of one for each thing it would tell."""
    fresh, lost = cause.feed.fresh, len(cause.metrics)
    since = ", never read" if fresh.age_s is None else f" {duration(fresh.age_s)}"
    title = f"feed {clean(cause.feed.id, 40)} {fresh.state}{since}"
    if lost:
        title += f": {lost} metric{'s' * (lost != 1)} unknown"
    count = len(cause.alerts)
    waiting = tuple(alert.id for alert in cause.alerts if alert.acknowledged_at is None)
    said = "its alerts stand as it told of them last" if cause.outside else ""
    if count:
        names = ", ".join(clean(rule_words(alert.rule), 40) for alert in cause.alerts)
        said = f"fired when last read: {names}"
        said += f" ({len(waiting)} not acknowledged)" if waiting else ""
    view = AlertView(
        f"feed-{cause.feed.id}",
        "down" if fresh.state == "down" else "stale",
        title,
        said,
        acknowledged=None,
        who=clean(fresh.error, 200),
    )
    return Listed(view, cause, waiting)


def _folded(alert: Alert, cause: Cause) -> Listed:
    """An alert that nothing can be said of while its feed is not live."""
    view = AlertView(
        alert.id,
        "muted",
        clean(rule_words(alert.rule), 60),
        f"fired when last read, feed {clean(cause.feed.id, 40)} is {cause.feed.fresh.state}",
        acknowledged=alert.acknowledged_at is not None,
        who=clean(alert.why, 200),
    )
    waiting = () if alert.acknowledged_at is not None else (alert.id,)
    return Listed(view, alert, waiting)


def _group(group: Group, now: float, together: bool) -> Listed:
    """What other systems tell under one name; `together`: it fires with others here."""
    first = group.alerts[0]
    state = "muted" if _is_muted(group) else "pending" if group.state == "pending" else "firing"
    who = ""
    if state == "firing":
        who = "acknowledged with the others" if together else "not on record yet"
    elif first.muted_by:
        who = f"by {first.muted_by}"
    view = AlertView(
        OUTSIDE + group.name,
        state,  # type: ignore[arg-type]  # one of its words
        clean(rule_words(OUTSIDE + group.name), 60),
        f"{group.counts}: {first.summary}" if first.summary else group.counts,
        duration(now - first.since),
        acknowledged=None,
        who=who,
    )
    return Listed(view, group, group=group)


def _escalated(picture: Picture) -> Iterator[Listed]:
    """A line for each group of escalations that waits for a person, the most urgent first."""
    waiting = [group for group in picture.queue.groups if group.due is not None]
    for group in waiting[:MOST_ESCALATED]:
        count = f"{len(group.waiting):,} × " if len(group.waiting) > 1 else ""
        said = f"{count}{queue_words.group_text(group, picture.reasons)}"
        left = queue_words.left_text(group.due or 0.0, picture.now)
        view = AlertView(
            f"escalation-{group.id}",
            "late" if group.late(picture.now) else "escalation",
            clean(said, 80),
            age=left,
            acknowledged=None,
            who=clean(queue_words.to_text(group.to), 40),
        )
        yield Listed(view, group)
    if len(waiting) > MOST_ESCALATED:
        more = len(waiting) - MOST_ESCALATED
        title = f"and {more:,} more groups of escalations: 6 shows them"
        yield Listed(AlertView("escalations", "escalation", title, acknowledged=None), None)


def _conflicts(picture: Picture) -> Iterator[Listed]:
    for one in picture.state.conflicts[-MOST_CONFLICTS:]:
        view = AlertView(
            f"conflict-{one.writer}-{one.seq}",
            "info",
            f"conflict: {clean(one.kind, 40)}",
            clean(one.why),
            age(picture.now - one.at),
        )
        yield Listed(view, one)


def _resolved(picture: Picture, within_s: float) -> Iterator[Listed]:
    now = picture.now
    over = (
        alert
        for alert in reversed(picture.state.alerts.values())
        if alert.resolved_at is not None and now - alert.resolved_at < within_s
    )
    for alert in islice(over, MOST_RESOLVED):
        view = AlertView(
            alert.id,
            "resolved",
            clean(rule_words(alert.rule), 60),
            clean(alert.why),
            duration(now - (alert.resolved_at or now)) + " ago",
            alert.acknowledged_at is not None,
        )
        yield Listed(view, alert)
