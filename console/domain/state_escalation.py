"""What the journal amounts to, of escalations: a part of `State`."""

import msgspec

from console.domain.events_escalation import Answered, FlagVerdict


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """One escalation; times are unix seconds, the rest is as in `EscalationRaised`.

    `at` is its event time and `due` follows from it, so that a restart changes neither.
    Replaced, never changed: there may be ten thousand of them.
    """

    id: str
    row: str
    call: str
    at: float
    due: float
    raised_at: float
    to: tuple[str, ...]
    backup: str = ""
    reason: str = ""
    what: str = ""
    about: str = ""
    until: Answered = "acknowledged"
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    resolved_at: float | None = None
    resolved_by: str = ""
    outcome: str = ""
    pattern: str = ""
    verdict: FlagVerdict = ""
    missed_at: float | None = None
    assigned_at: float | None = None
    handed: int = 0

    @property
    def answered_at(self) -> float | None:
        """When its clock was stopped, or None while it runs."""
        if self.until == "resolved" or self.acknowledged_at is None:
            return self.resolved_at
        return self.acknowledged_at

    @property
    def group(self) -> tuple[str, str, str]:
        """What it has in common with others: its row, its reason, and what it names."""
        return (self.row, self.reason, self.what)
