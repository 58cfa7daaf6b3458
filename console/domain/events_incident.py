"""Entries of incidents, post-mortems and duties (Guide 6.3, 6.4)."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Count, Moment

Severity = Literal[1, 2, 3]
Addressed = Literal["test-set", "prompt", "infrastructure"]


class IncidentOpened(msgspec.Struct, frozen=True, tag="incident.opened"):
    """An incident log was opened; `alerts`, `escalations` and `calls` are what it is about."""

    incident: str
    severity: Severity
    title: str
    trigger: str = ""
    rollback: str = ""
    alerts: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class IncidentChanged(msgspec.Struct, frozen=True, tag="incident.changed"):
    """Another severity, lead, scribe or cadence of updates (seconds); null leaves it as it was."""

    incident: str
    severity: Severity | None = None
    lead: str | None = None
    scribe: str | None = None
    cadence_s: Count | None = None
    why: str = ""


class IncidentLinked(msgspec.Struct, frozen=True, tag="incident.linked"):
    """More that the incident is about."""

    incident: str
    alerts: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class IncidentUpdated(msgspec.Struct, frozen=True, tag="incident.updated"):
    """A status update for those who are not at the keys."""

    incident: str
    text: str


class IncidentClosed(msgspec.Struct, frozen=True, tag="incident.closed"):
    """An incident is over."""

    incident: str
    resolution: str


class DutyStarted(msgspec.Struct, frozen=True, tag="duty.started"):
    """Something is owed by `due`, by the role `owner`; `about` is what it is owed for."""

    duty: str
    title: str
    due: Moment
    owner: str = ""
    about: str = ""


class DutyDone(msgspec.Struct, frozen=True, tag="duty.done"):
    """What was owed is done."""

    duty: str
    remark: str


class PostMortemRecorded(msgspec.Struct, frozen=True, tag="postmortem.recorded"):
    """The three outputs of a blameless post-mortem (Guide 6.4).

    It is of a `rollback`, or, where that is "", of an `incident` without one. `where` says what the
    change is made to.
    """

    rollback: str
    root_cause: str
    change: str
    timeline: str
    cases: Count
    incident: str = ""
    where: tuple[Addressed, ...] = ()
