"""What a person does with escalations (Guide 5.1): each on single ones, or on a whole group."""

import msgspec

from console.domain.events_escalation import FlagVerdict


class AcknowledgeEscalations(msgspec.Struct, frozen=True):
    """Take these in hand. `escalations` are ids, or ids of their calls; `group` is a group's id."""

    escalations: tuple[str, ...] = ()
    group: str = ""
    remark: str = ""


class AssignEscalations(msgspec.Struct, frozen=True):
    """Give these to another person; which they are is said as in `AcknowledgeEscalations`."""

    to: str
    escalations: tuple[str, ...] = ()
    group: str = ""
    why: str = ""


class HandEscalations(msgspec.Struct, frozen=True):
    """Give each of these to its backup; which they are is said as in `AcknowledgeEscalations`."""

    escalations: tuple[str, ...] = ()
    group: str = ""
    why: str = ""


class ResolveEscalations(msgspec.Struct, frozen=True):
    """Say what became of these; which they are is said as in `AcknowledgeEscalations`.

    The agent's own hand-overs need the `pattern` of their inputs too, flags a `verdict`.
    """

    outcome: str
    pattern: str = ""
    verdict: FlagVerdict = ""
    escalations: tuple[str, ...] = ()
    group: str = ""
