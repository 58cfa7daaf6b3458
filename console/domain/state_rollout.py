"""What the journal amounts to, of phases and gates: a part of `State`."""

from typing import Literal

import msgspec

from config.guide import PhaseName
from console.domain.events_rollout import CriterionRecord


class Attempt(msgspec.Struct):
    """One run of a phase or increment; times are unix seconds.

    `jumped_s` are seconds by which the clock was set ahead meanwhile: they never passed. `begun` is
    the place in the fold of the decision that it began with.
    """

    id: str
    phase: PhaseName
    increment: int | None
    rollout: int
    entered_at: float
    ended_at: float | None = None
    outcome: Literal["", "advanced", "rolled-back"] = ""
    holds: int = 0
    critical: list[str] = []
    criteria: tuple[CriterionRecord, ...] = ()
    jumped_s: float = 0.0
    begun: tuple[int, str, int] | None = None

    @property
    def share(self) -> float:
        """The fraction of the traffic that this attempt serves."""
        if self.phase == "canary" and self.increment is not None:
            return self.increment / 100
        return 1.0


class Baseline(msgspec.Struct, frozen=True):
    """What the existing process achieves; None is "not applicable"."""

    accuracy: float | None
    latency_p95: float | None
    cost_per_call: float | None
    source: str
    at: float
    n: int = 0
    sha256: str = ""

    @property
    def numbers(self) -> dict[str, float | None]:
        """The three values by the names that the criteria use."""
        return {
            "accuracy": self.accuracy,
            "latency": self.latency_p95,
            "cost": self.cost_per_call,
        }


class Brief(msgspec.Struct, frozen=True):
    """What the BU Operations Lead was told before a transition, when, how and by whom."""

    to: str
    text: str
    at: float
    by: str
    into: str = ""
    how: str = ""


class Proposal(msgspec.Struct, frozen=True):
    """A lead's wish to advance, which a second lead has not agreed to yet."""

    by: str
    roles: tuple[str, ...]
    at: float
    into: str
    why: str


class Satisfaction(msgspec.Struct, frozen=True):
    """The BU Operations Lead's judgement, and who recorded it for them."""

    verdict: Literal["positive", "neutral", "negative"]
    at: float
    by: str
    on_behalf_of: str = ""
