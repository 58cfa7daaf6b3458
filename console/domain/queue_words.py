"""The escalation queue in words, the same on screens, in commands and in notices."""

from collections.abc import Mapping, Sequence

from console.domain.escalations import Group, Queue
from console.domain.percent import percent
from console.domain.rota import Gap
from console.domain.state import State
from console.domain.state_escalation import Escalation
from console.domain.times import span, utc
from console.domain.words import rule_words

ROWS: Mapping[str, str] = {
    "escalate": "handed over",
    "safety-flag": "safety flag",
    "tool-misuse": "tool misuse",
    "error-rate": "error rate",
    "latency": "latency",
    "governance": "governance",
}


def left_text(due: float, now: float) -> str:
    """How long is left until `due`, such as `9:12 left`, `LATE by 4 min`; unix seconds."""
    left = due - now
    if left < 0:
        return f"LATE by {span(-left)}"
    if left >= 3600:
        return f"{span(left)} left"
    minutes, seconds = divmod(int(left), 60)
    return f"{minutes}:{seconds:02d} left"


def reason_text(row: str, reason: str, what: str, reasons: Mapping[str, str]) -> str:
    """What a group is about. A reason whose evidence is missing goes by the start of its hash."""
    if reason:
        known = reasons.get(reason)
        return f'"{known}"' if known else f"reason {reason[:8]}, its evidence is missing"
    if what:
        alert = row in {"error-rate", "latency"}
        return rule_words(what) if alert else f"{ROWS.get(row, row)}: {what}"
    return "no reason given" if row == "escalate" else ROWS.get(row, row)


def group_text(group: Group, reasons: Mapping[str, str]) -> str:
    """What a group is about."""
    return reason_text(group.row, group.reason, group.what, reasons)


def to_text(to: Sequence[str], most: int = 2) -> str:
    """Who has them."""
    more = f" and {len(to) - most} more" if len(to) > most else ""
    return ", ".join(to[:most]) + more


def state_text(one: Escalation, now: float) -> str:
    """How a single one stands."""
    if one.resolved_at is not None:
        return f"resolved by {one.resolved_by}"
    if one.answered_at is None:
        taken = f", {one.acknowledged_by} has it" if one.acknowledged_at is not None else ""
        return left_text(one.due, now) + taken
    return f"acknowledged by {one.acknowledged_by}"


def stands_text(group: Group, now: float) -> str:
    """How a group stands: its most urgent one, or that all are answered."""
    if group.due is None:
        return "answered, not resolved"
    late = group.late(now)
    more = f" ({late:,} late)" if late > 1 else ""
    return left_text(group.due, now) + more


def alert_text(group: Group, state: State) -> str:
    """What became of the alert behind it; empty where there is none."""
    alerts = [state.alerts[name] for name in group.about if name in state.alerts]
    if not alerts:
        return ""
    firing = sum(alert.resolved_at is None for alert in alerts)
    return "the alert fires" if firing else "the alert has resolved"


def counts_text(queue: Queue, now: float) -> str:
    """The queue's figures in a line."""
    late = queue.late(now)
    parts = [f"{queue.open:,} open", f"{late:,} LATE" if late else "none late"]
    share = queue.share_in_time(now)
    if share is not None:
        counted = queue.answered + late
        parts.append(f"answered within SLA {percent(share, 1)} of {counted:,}")
    if queue.median_s is not None:
        parts.append(f"median response {span(queue.median_s)}")
    return " · ".join(parts)


def sentence(queue: Queue, now: float) -> str:
    """The queue in a sentence; empty if nothing was ever raised."""
    if not queue.total:
        return ""
    return f"Escalations: {counts_text(queue, now)}."


def gap_text(gap: Gap) -> str:
    """Uncovered hours, such as `reviewer: Sat 12-05 20:00 to Sun 12-06 08:00Z (12h)`."""
    start, end = utc(gap.start), utc(gap.end)
    length = span(gap.end - gap.start)
    return f"{gap.role}: {start:%a %m-%d %H:%M} to {end:%a %m-%d %H:%M}Z ({length})"
