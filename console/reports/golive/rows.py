"""The Go-Live Report as facts (Guide 6.5): plain values, each with the numbers of its sources.

Times are RFC 3339 in UTC, lengths of time are seconds, rates are fractions of 1, money is in the
deployment's currency. None is what nobody knows.
"""

from typing import Literal

import msgspec

from console.domain.events import CriterionRecord
from console.reports.cites import SourceRow
from console.reports.ground import About

Marks = tuple[int, ...]
Status = Literal[
    "Preparing", "Rolling Out", "In Window", "To Assess", "Stable", "Monitored", "Rolled Back"
]


class Said(msgspec.Struct, frozen=True):
    """A sentence with its sources."""

    text: str
    sources: Marks = ()


class Proven(msgspec.Struct, frozen=True):
    """One role's confirmation of an item."""

    role: str
    by: str
    on_behalf_of: str
    at: str
    evidence: str
    kind: str
    sha256: str
    sources: Marks = ()


class ItemRow(msgspec.Struct, frozen=True):
    """A line of the readiness checklist as it stood at GO, or now where GO was not given."""

    id: str
    category: str
    title: str
    hard: bool
    state: str
    proven: tuple[Proven, ...]
    note: str = ""
    sources: Marks = ()


class Readiness(msgspec.Struct, frozen=True):
    """The checklist's completion (Guide 1). `as_of` is the moment it is told for."""

    as_of: str
    at_go: bool
    applicable: int
    confirmed: int
    hard_open: tuple[str, ...]
    items: tuple[ItemRow, ...]
    sources: Marks = ()


class GovernanceStatus(msgspec.Struct, frozen=True):
    """The clearance (Guide 2.3); `required` is for customer-facing agents."""

    required: bool
    state: str
    approvals: tuple[Proven, ...]
    dimensions: tuple[ItemRow, ...]


class AttemptRow(msgspec.Struct, frozen=True):
    """A phase or increment: when, how long, and the criteria on which it was left (Guide 4.2)."""

    attempt: str
    name: str
    entered: str
    ended: str
    seconds: float
    dwell_s: float
    outcome: str
    holds: int
    criteria: tuple[CriterionRecord, ...]
    decided_by: str
    record: str
    cautions: tuple[str, ...]
    briefed: str
    sources: Marks = ()


class HourPoint(msgspec.Struct, frozen=True):
    """A metric over the 60 minutes before `at`, unix seconds; None where nothing is known."""

    at: float
    value: float | None


class MetricRow(msgspec.Struct, frozen=True):
    """A metric over the whole stretch, its worst hour, what it is held against, and its alerts."""

    metric: str
    name: str
    unit: str
    value: float | None
    n: int | None
    worst: float | None
    worst_at: str
    over: float | None
    under: float | None
    alerts: int
    alerting_s: float
    verdict: str
    note: str = ""
    points: tuple[HourPoint, ...] = ()
    sources: Marks = ()
    alert_sources: Marks = ()
    silence_under: float | None = None
    silence_for_s: int | None = None


class AlertRow(msgspec.Struct, frozen=True):
    """An alert's life."""

    id: str
    rule: str
    fired: str
    resolved: str
    seconds: float
    value: float | None
    why: str
    acknowledged_by: str
    sources: Marks = ()


class IncidentRow(msgspec.Struct, frozen=True):
    """An incident in a line."""

    id: str
    severity: int
    title: str
    opened: str
    closed: str
    trigger: str
    resolution: str
    lead: str
    postmortem: str
    sources: Marks = ()


class CheckInRow(msgspec.Struct, frozen=True):
    """A check-in that was due: kept, late or missed (Guide 6.1)."""

    kind: str
    due: str
    at: str
    by: str
    remark: str
    sources: Marks = ()


class SignalRow(msgspec.Struct, frozen=True):
    """A row of the decision framework as it was seen at the assessment (Guide 6.3)."""

    signal: str
    verdict: str
    evidence: tuple[str, ...]
    against: tuple[str, ...]


class Stretch(msgspec.Struct, frozen=True):
    """The stretch whose metrics are told: the 48-hour window, or the attempt that ran last.

    `blind_minutes` are those without data, `unwatched_s` those with data that nobody evaluated.
    """

    name: str
    is_window: bool
    start: str
    end: str
    seconds: float
    calls: int | None
    blind_minutes: int
    unwatched_s: float
    metrics: tuple[MetricRow, ...]
    alerts: tuple[AlertRow, ...]
    blind_sources: Marks = ()
    unwatched_sources: Marks = ()


class Watch(msgspec.Struct, frozen=True):
    """The 48 hours as people kept them: check-ins, review, warnings, assessment, limitations."""

    kept: int
    late: int
    missed: int
    checkins: tuple[CheckInRow, ...]
    review: Said
    warnings: tuple[Said, ...]
    shifts: tuple[Said, ...]
    signals: tuple[SignalRow, ...]
    proposed: str
    caveats: tuple[str, ...]
    limitations: tuple[Said, ...]
    assessment_sources: Marks = ()
    checkin_sources: Marks = ()


class EscalationRow(msgspec.Struct, frozen=True):
    """Escalations of one row of Guide 5.1, and how they were answered.

    `late` were answered after their SLA, `open` not at all yet, `overdue` of those past it.
    `sla_s` is the shortest time that one of them had, `sla_most_s` the longest.
    """

    row: str
    title: str
    raised: int
    in_time: int
    late: int
    open: int
    overdue: int
    sla_s: float | None
    sla_most_s: float | None
    median_s: float | None
    p95_s: float | None
    worst_s: float | None
    true_flags: int
    false_flags: int
    sources: Marks = ()
    answer_sources: Marks = ()


class Escalations(msgspec.Struct, frozen=True):
    """The live protocol (Guide 5): its test, what was escalated, what came of it."""

    tested: Said | None
    rows: tuple[EscalationRow, ...]
    issues: tuple[Said, ...]
    patterns: tuple[Said, ...]


class FieldRow(msgspec.Struct, frozen=True):
    """A field that Guide 3.2 wants logged: what the check found, and of how many calls it is known.

    `share` is None where recorded minutes do not tell of this field.
    """

    field: str
    probed: str
    share: float | None
    of: int
    sources: Marks = ()


class Logging(msgspec.Struct, frozen=True):
    """The logging confirmation (Guide 3.2)."""

    verdict: str
    probe: Said | None
    item: Said | None
    fields: tuple[FieldRow, ...]


class RollbackRow(msgspec.Struct, frozen=True):
    """A rollback with its five times; "" is a time that nobody knows.

    `clock` says whose seconds are counted, where that is not the clock of the times.
    """

    id: str
    attempt: str
    trigger: str
    why: str
    by: str
    target: str
    first_true: str
    detected: str
    triggered: str
    executed: str
    verified: str
    seconds: float | None
    outcome: str
    steps: tuple[str, ...]
    root_cause: str
    change: str
    timeline: str
    sources: Marks = ()
    clock: str = ""


class DutyRow(msgspec.Struct, frozen=True):
    """Something owed: by whom and when, and whether it was done in time."""

    id: str
    title: str
    owner: str
    due: str
    state: str
    done: str
    by: str
    remark: str
    sources: Marks = ()


class GuideLineRow(msgspec.Struct, frozen=True):
    """A validation step, or a line of the master checklist, with its state."""

    id: str
    text: str
    state: str
    why: str
    links: tuple[str, ...]
    sources: Marks = ()


class TimelineRow(msgspec.Struct, frozen=True):
    """An entry of the journal in a line."""

    at: str
    entry: str
    h: str
    kind: str
    by: str
    text: str


class GoLiveReport(msgspec.Struct, frozen=True, tag_field="kind", tag="go-live"):
    """The whole of it. `missing` comes first: what is not there, in sentences.

    `demo`: the agent is simulated, and its time ran fast.
    """

    about: About
    rollout: int
    draft: bool
    demo: bool
    status: Status
    reason: Said
    missing: tuple[Said, ...]
    go: Said
    deployed: Said
    next_review: Said
    readiness: Readiness
    governance: GovernanceStatus
    attempts: tuple[AttemptRow, ...]
    stretch: Stretch | None
    watch: Watch | None
    incidents: tuple[IncidentRow, ...]
    escalations: Escalations
    logging: Logging
    rollbacks: tuple[RollbackRow, ...]
    deviations: tuple[Said, ...]
    stricter: tuple[Said, ...]
    duties: tuple[DutyRow, ...]
    validation: tuple[GuideLineRow, ...]
    checklist: tuple[GuideLineRow, ...]
    timeline: tuple[TimelineRow, ...]
    left_out: tuple[str, ...]
    sources: tuple[SourceRow, ...]
