"""What the journal amounts to, of rollbacks and suspensions: a part of `State`."""

from typing import Literal

import msgspec

RunState = Literal["running", "verified", "partial", "unknown"]
StepState = Literal["waiting", "running", "asked", "verified", "failed", "unknown", "blocked"]


class Step(msgspec.Struct):
    """A step of a procedure and what became of it."""

    id: str
    title: str
    what: str
    manual: str
    state: StepState = "waiting"
    detail: str = ""


class Raised(msgspec.Struct, frozen=True):
    """A computed trigger that is true: since when in the data, and when it was seen."""

    since: float
    at: float


class Notice(msgspec.Struct, frozen=True):
    """The latest try to tell a person of a rollback."""

    outcome: Literal["delivered", "failed"]
    detail: str
    tries: int
    at: float


class Rollback(msgspec.Struct):
    """A rollback from its trigger to its outcome; times are unix seconds.

    `attached` are triggers that were fired while it ran, `notices` are keyed by person, `captured`
    maps a call's id to the evidence that holds it, or to an empty text.
    """

    id: str
    attempt: str
    trigger: str
    why: str
    by: str
    on_behalf_of: str
    target: str
    triggered_at: float
    steps: list[Step]
    first_true: float | None = None
    detected: float | None = None
    phase: str = ""
    config: str = ""
    calls: tuple[str, ...] = ()
    state: RunState = "running"
    executed_at: float | None = None
    verified_at: float | None = None
    finished_at: float | None = None
    seconds: float | None = None
    outcome_why: str = ""
    metric: str = "none"
    metric_why: str = ""
    attached: list[str] = []
    resumed: int = 0
    notices: dict[str, Notice] = {}
    captured: dict[str, str] = {}
    postmortem: bool = False


class SuspensionRun(msgspec.Struct):
    """One firing of a suspension."""

    id: str
    suspension: str
    title: str
    why: str
    by: str
    at: float
    steps: list[Step]
    users: str = ""
    state: RunState = "running"
    seconds: float | None = None
    outcome_why: str = ""
    notices: dict[str, Notice] = {}
