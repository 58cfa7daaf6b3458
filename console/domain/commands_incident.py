"""What can be asked for about incidents, post-mortems and duties (Guide 6.3, 6.4)."""

from typing import Literal

import msgspec

from console.domain.events_incident import Addressed
from console.domain.events_rollback import CallCaptured

Severity = Literal[1, 2, 3]


class OpenIncident(msgspec.Struct, frozen=True):
    """Open an incident log; alerts, escalations and calls are ids of what it is about."""

    severity: Severity
    title: str
    trigger: str = ""
    alerts: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class ChangeIncident(msgspec.Struct, frozen=True):
    """Change its severity (with why), lead, scribe or cadence (seconds, 0: the severity's own)."""

    incident: str
    severity: Severity | None = None
    lead: str | None = None
    scribe: str | None = None
    cadence_s: int | None = None
    why: str = ""


class LinkToIncident(msgspec.Struct, frozen=True):
    """Say what else it is about."""

    incident: str
    alerts: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class UpdateIncident(msgspec.Struct, frozen=True):
    """Tell those who are not at the keys how it stands."""

    incident: str
    text: str


class RecordCaptures(msgspec.Struct, frozen=True):
    """Put on record which of an incident's calls were kept as evidence, and which could not be."""

    incident: str
    captured: tuple[CallCaptured, ...]


class CloseIncident(msgspec.Struct, frozen=True):
    """Close an incident with its resolution."""

    incident: str
    resolution: str


class CompleteDuty(msgspec.Struct, frozen=True):
    """Say that something owed is done."""

    duty: str
    remark: str


class RecordPostMortem(msgspec.Struct, frozen=True):
    """The post-mortem's three outputs (Guide 6.4) and how many failing inputs became tests.

    `where` says what the change is made to. Without `rollback` and `incident` it is about the first
    one whose post-mortem is owed.
    """

    root_cause: str
    change: str
    timeline: str
    cases: int
    rollback: str = ""
    incident: str = ""
    where: tuple[Addressed, ...] = ()
