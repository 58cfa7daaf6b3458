"""Entries of the escalation queue (Guide 5.1): many escalations of one kind go into one entry."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Moment

FlagVerdict = Literal["", "true-positive", "false-positive"]
Answered = Literal["resolved", "acknowledged"]


class EscalationItem(msgspec.Struct, frozen=True):
    """One escalation: its event time `at`, its SLA's end `due`, and its `call`, "" without one."""

    id: str
    call: str
    at: Moment
    due: Moment


class EscalationRaised(msgspec.Struct, frozen=True, tag="escalation.raised"):
    """Escalations of one `row` of Guide 5.1, each with a clock of its own.

    `to` are the persons notified, `backup` is who takes over from them. `reason` is the SHA-256 of
    the evidence that holds the agent's reason, "" where it gave none: its words are an output.
    `what` names flags, tools or the alert; `about` is the id of the alert or incident behind it.
    `until` says what stops the clock.
    """

    row: str
    items: tuple[EscalationItem, ...]
    to: tuple[str, ...]
    backup: str = ""
    reason: str = ""
    what: str = ""
    about: str = ""
    until: Answered = "acknowledged"


class EscalationAcknowledged(msgspec.Struct, frozen=True, tag="escalation.acknowledged"):
    """Somebody has these in hand."""

    escalations: tuple[str, ...]
    remark: str = ""


class EscalationAssigned(msgspec.Struct, frozen=True, tag="escalation.assigned"):
    """These are another person's now."""

    escalations: tuple[str, ...]
    to: str
    why: str = ""


class EscalationResolved(msgspec.Struct, frozen=True, tag="escalation.resolved"):
    """What became of these, and the pattern of their inputs, in a person's own words.

    `verdict` says whether a flag was right.
    """

    escalations: tuple[str, ...]
    outcome: str
    pattern: str = ""
    verdict: FlagVerdict = ""


class EscalationMissed(msgspec.Struct, frozen=True, tag="escalation.missed"):
    """Nobody answered these within their SLA; `told` are the backups who are notified of it."""

    escalations: tuple[str, ...]
    told: tuple[str, ...] = ()
