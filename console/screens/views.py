"""From the picture to what widgets show. Pure: no screen, no clock, no I/O."""

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from config.guide import phase_rules
from config.model import Deployment
from console.clean import clean
from console.domain.checklist import ItemStatus, hard_stop
from console.domain.entry import Entry
from console.domain.events import CriterionRecord
from console.domain.golive import go_now, golive_text
from console.domain.poll import poll_text
from console.domain.readings import Freshness, Reading
from console.domain.state import State
from console.domain.state_rollout import Attempt
from console.domain.times import clock_text
from console.domain.words import entry_words
from console.room import METRICS, Picture
from console.screens.moments import planned
from console.screens.room_views import company_text, sync_text
from console.screens.warning_views import trend_text
from console.sync.status import OFF, SyncStatus
from widgets.checklist import ItemView
from widgets.format import age, duration, percent, value_text
from widgets.gate import CriterionView
from widgets.journal import EntryView
from widgets.line import dotted
from widgets.metrics import MetricView
from widgets.status import StatusView
from widgets.timeline import PhaseView

MOST_NAMED = 5


def limit_text(reading: Reading, currency: str) -> str:
    """What the value is held against, such as `≤ 25 %`, `≥ 85 %` or `none`."""
    if reading.metric == "safety-flags":
        return "none"
    if reading.limit is None:
        return "no limit"
    text = value_text(reading.unit, reading.limit, currency)
    text = text.replace(".00 %", " %").replace(".0 %", " %").replace(".00 s", " s")
    silent = reading.verdict == "breach" and (reading.value or 0.0) < reading.limit
    return f"{'≥' if reading.metric == 'accuracy' or silent else '≤'} {text}"


def metric_views(picture: Picture, currency: str) -> list[MetricView]:
    """The metrics in the guide's order, those that breach where they stand."""
    loud = {alert.rule for alert in picture.state.firing if alert.acknowledged_at is None}
    views = []
    for metric in METRICS:
        reading, limit = picture.readings[metric], picture.limits[metric]
        points = tuple(picture.points[metric])
        known = [point for point in points if point is not None]
        top = max([*known, limit.over or limit.under or 0.0], default=0.0)
        views.append(
            MetricView(
                id=metric,
                name=metric.replace("-", " "),
                verdict=reading.verdict,
                value=value_text(reading.unit, reading.value, currency),
                limit=limit_text(reading, currency),
                n=f"n {reading.n:,}",
                age=age(reading.age_s),
                points=points,
                scale=f"0–{value_text(reading.unit, top, currency)}" if top else "",
                window=f"last {duration(reading.window_s)}",
                over=limit.over,
                under=limit.under,
                alerting=metric in loud,
                trend=trend_text(picture.state, metric, picture.now, currency),
            )
        )
    return views


def phase_label(attempt: Attempt) -> str:
    """The attempt's name for people, such as `canary 5 %`."""
    name = attempt.phase.replace("-", " ")
    return name if attempt.increment is None else f"{name} {attempt.increment} %"


def phase_views(picture: Picture, deployment: Deployment) -> tuple[PhaseView, ...]:
    """The rollout from dark launch to full, as this rollout's attempts went."""
    state = picture.state
    # Right after a rollback, what was reached and lost says more than an empty line.
    shown = state.rollout - (state.attempt.phase == "readiness" and state.rollout > 1)
    ran = {(a.phase, a.increment): a for a in state.attempts if a.rollout == shown}
    views = []
    for rule in phase_rules():
        increments = deployment.traffic.shares if rule.name == "canary" else (None,)
        for increment in increments:
            label = rule.label if increment is None else f"{increment}%"
            attempt = ran.get((rule.name, increment))
            views.append(_phase_view(rule.name, label, attempt, picture))
    return tuple(views)


def _phase_view(name: str, label: str, attempt: Attempt | None, picture: Picture) -> PhaseView:
    if attempt is None:
        return PhaseView(name, label, "next")
    if attempt.ended_at is not None:
        took = duration(attempt.ended_at - attempt.entered_at)
        return PhaseView(name, label, "done" if attempt.outcome == "advanced" else "failed", took)
    gate = picture.gate
    left = gate.dwell_s - gate.elapsed_s
    return PhaseView(
        name,
        label,
        "current",
        duration(gate.elapsed_s),
        # Finer than any bar is drawn: a step that nobody sees would draw the row anew.
        min(1.0, round(gate.elapsed_s / gate.dwell_s, 3)) if gate.dwell_s else None,
        f"{duration(left)} left" if left > 0 else "dwell over",
    )


def status_view(
    picture: Picture,
    deployment: Deployment,
    operator: str,
    *,
    speed: float,
    lock: str,
    off: bool,
    past: bool = False,
    others: int = 0,
    sync: SyncStatus = OFF,
) -> StatusView:
    """The status line; of the `past` it says how fresh the feeds were then.

    `others` is how many are here besides this process.
    """
    attempt, gate = picture.state.attempt, picture.gate
    fresh = picture.freshness
    phase_time = duration(gate.elapsed_s)
    if gate.dwell_s:
        phase_time += f" of {duration(gate.dwell_s)}"
    traffic, told = "", f"{fresh.state} {freshness_text(fresh)}"
    if attempt.phase in {"canary", "full"}:
        traffic = percent(attempt.share, 0)
    return StatusView(
        agent=clean(deployment.agent.name, 40),
        context=deployment.context.exposure,
        phase=phase_text(picture.state),
        traffic=traffic,
        phase_time=phase_time,
        freshness="then" if past else "off" if off else fresh.state,
        freshness_text=told if past else "" if off else freshness_text(fresh),
        operator=operator,
        clock=clock_text(picture.now),
        speed=f"{speed:g}x" if speed != 1 and not past else "",
        lock=lock,
        company=company_text(others),
        sync=sync_text(sync, picture.now),
    )


def phase_text(state: State) -> str:
    """The phase, or what the rollout came to."""
    if state.status in {"stable", "monitored", "rolled-back"}:
        return state.status.replace("-", " ")
    return phase_label(state.attempt)


def freshness_text(fresh: Freshness) -> str:
    """How old the oldest feed's last answer is."""
    return "never read" if fresh.age_s is None else age(fresh.age_s)


def item_views(items: Sequence[ItemStatus], *, by_day: bool = False) -> list[ItemView]:
    """The checklist, by category or by the days by which items are resolved."""
    if by_day:
        items = sorted(items, key=lambda s: str(s.plan.due) if s.plan else "9999")
    return [
        ItemView(
            id=status.item.id,
            category=_day_of(status) if by_day else status.item.category,
            title=status.item.title,
            hard=status.hard,
            state=status.state,
            roles=" + ".join(status.item.roles),
            who=_hands(status),
        )
        for status in items
    ]


def _day_of(status: ItemStatus) -> str:
    return f"by {status.plan.due}" if status.plan is not None else "without a day"


def _hands(status: ItemStatus) -> str:
    """Who has confirmed the item, or who resolves it until when."""
    plan = status.plan
    if plan is not None:
        return f"{clean(plan.owner, 40)} by {plan.due}"
    return ", ".join(dict.fromkeys(clean(c.by, 40) for c in status.confirmations))


def _what_holds(picture: Picture) -> str:
    """The hard items that are open: by name if they are few, else so many of each category."""
    ids = picture.progress.open_hard
    if len(ids) <= MOST_NAMED:
        return ", ".join(ids)
    counts = Counter(i.item.category for i in picture.items if i.item.id in ids)
    return ", ".join(f"{category} {count}" for category, count in counts.items())


def _still_confirmed(picture: Picture) -> Content:
    """Once the rollout runs: whether what GO was given on still holds."""
    if lost := picture.progress.open_hard:
        text = f"▲ {len(lost)} hard items no longer hold: {_what_holds(picture)}"
        return Content.styled(text, "bold $text-warning")
    return Content.styled("✓ no hard item is open", "bold $text-success")


def go_words(picture: Picture) -> Content:
    """GO or NO-GO with what holds it; a hard stop; the go-live's day; the poll."""
    got = picture.progress
    count = Content.styled(f"   {got.confirmed} of {got.total} confirmed", "$text-muted")
    if picture.state.attempt.phase != "readiness":
        return _still_confirmed(picture) + count
    verdict, why = go_now(got.open_hard, picture.gate.criteria)
    if got.open_hard:
        why = f"{why}: {_what_holds(picture)}"
    text = {"no-go": "NO-GO  {}", "possible": "GO is possible: {}", "go": "✓ GO {}"}[verdict]
    style = "bold $text-warning" if verdict == "no-go" else "bold $text-success"
    lines = [Content.styled(text.format(clean(why, 300)), style) + count]
    if stop := hard_stop(picture.items):
        lines.append(Content.styled(stop, "bold $text-error"))
    poll = picture.state.poll
    said = [golive_text(picture.go_live)]
    said.append("no poll was held" if poll is None else clean(poll_text(poll), 400))
    lines.append(Content.styled(" · ".join(said), "$text-muted"))
    return Content("\n").join(lines)


def criterion_views(criteria: Sequence[CriterionRecord], currency: str) -> list[CriterionView]:
    """The criteria of a gate."""
    return [_criterion_view(criterion, currency) for criterion in criteria]


# How a criterion's value is written, and on which side of its limit it is met.
_MEASURED = {
    "accuracy": ("ratio", ">"),
    "accuracy-held": ("ratio", "≥"),
    "cost-held": ("money", "≤"),
    "cost-within-forecast": ("money", "≤"),
    "escalation-rate": ("ratio", "<"),
    "latency-held": ("s", "≤"),
}


def _criterion_view(criterion: CriterionRecord, currency: str) -> CriterionView:
    unit, side = _MEASURED.get(criterion.id, ("", ""))
    return CriterionView(
        id=criterion.id,
        name=criterion.id.replace("-", " "),
        verdict="n/a" if criterion.verdict == "not-applicable" else criterion.verdict,
        value=value_text(unit, criterion.value, currency) if unit else "",
        limit=f"{side} {value_text(unit, criterion.limit, currency)}" if unit else "",
        n=f"n {criterion.n:,}" if criterion.n else "",
        age=age(criterion.age_s) if criterion.age_s is not None else "",
        detail=clean(dotted(criterion.why, criterion.doubt), 400),
    )


def entry_view(entry: Entry, several: bool) -> EntryView:
    """A journal entry's row; `several` writers are told apart."""
    seq = f"{entry.writer[-4:]}/{entry.seq}" if several else str(entry.seq)
    return EntryView(
        seq=seq,
        at=entry.at.strftime("%m-%d %H:%M:%SZ"),
        actor=clean(entry.actor.name, 40),
        kind=clean(entry.kind, 40),
        text=clean(entry_words(entry), 1000),
        id=entry.h,
    )


def time_text(picture: Picture, entered: str) -> str:
    """When the attempt began, how it was watched, and what is left of the whole rollout."""
    state, times = picture.state, picture.projection
    if state.attempt.phase == "readiness":
        return f"entered {entered}" if state.attempt.entered_at else "nothing is on record yet"
    parts = [f"entered {entered}"]
    if picture.gate.dwell_s and picture.gate.left_s <= 0:
        parts.append(
            f"dwell over, waiting {duration(picture.gate.elapsed_s - picture.gate.dwell_s)}"
        )
    parts.append(f"blind {percent(times.blind, 1)}")
    parts.append(f"unwatched {duration(times.unwatched_s)}")
    parts.append(f"rollout: {duration(times.running_s)} run, {duration(times.waiting_s)} waited")
    if times.ends_at is not None:
        end = planned(times.ends_at, picture.now)
        parts.append(f"ends {end} at the earliest (in {duration(times.left_s)})")
    return " · ".join(parts)


def history_lines(attempts: Sequence[Attempt], now: float) -> list[str]:
    """The phases in rows, one column a rollout: how long each attempt took and how it ended."""
    rollouts = sorted({attempt.rollout for attempt in attempts})
    cells: dict[str, dict[int, str]] = {}
    times = [duration((one.ended_at or now) - one.entered_at) for one in attempts]
    longest = max(map(len, times), default=0)
    for attempt, took in zip(attempts, times, strict=True):
        held = f", held {attempt.holds}x" if attempt.holds else ""
        text = f"{took:>{longest}} {attempt.outcome or 'runs'}{held}"
        cells.setdefault(phase_label(attempt), {})[attempt.rollout] = text
    side = max((len(name) for name in cells), default=0)
    wide = max((len(text) for row in cells.values() for text in row.values()), default=0)
    lines = []
    if len(rollouts) > 1:
        heads = "  ".join(f"rollout {number}".ljust(wide) for number in rollouts)
        lines.append(f"{'':{side}}  {heads}".rstrip())
    for name, row in cells.items():
        shown = "  ".join(row.get(number, "–").ljust(wide) for number in rollouts)
        lines.append(f"{name:{side}}  {shown}".rstrip())
    return lines
