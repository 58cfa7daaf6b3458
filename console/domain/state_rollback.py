"""What the journal amounts to, of rollbacks and suspensions: a part of `State`."""

from typing import Literal

import msgspec

from console.domain.times import iso

RunState = Literal["running", "verified", "partial", "unknown"]
MOST_CALLS = 6
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
    """The latest try to tell a person of something; `delivered_at` is when one was taken last."""

    outcome: Literal["delivered", "failed"]
    detail: str
    tries: int
    at: float
    delivered_at: float | None = None


class Joined(msgspec.Struct):
    """A rollback of the same attempt, fired by somebody who did not know of the first.

    `state` and `seconds` are of its own run, `steps` is what that reported; `writer` wrote it.
    """

    id: str
    writer: str
    trigger: str
    why: str
    by: str
    on_behalf_of: str
    triggered_at: float
    steps: list[Step]
    state: RunState = "running"
    seconds: float | None = None
    outcome_why: str = ""


def joined_words(one: Joined) -> str:
    """A joined rollback in a few words."""
    behalf = f" on behalf of {one.on_behalf_of}" if one.on_behalf_of else ""
    why = f": {one.outcome_why}" if one.outcome_why else ""
    fired = f"{one.trigger}, fired too by {one.by}{behalf} at {iso(one.triggered_at)}"
    return f"{fired} as {one.id}, whose own run is {one.state}{why}"


class FiredToo(msgspec.Struct, frozen=True):
    """A trigger that was fired while the rollback ran: by whom, and about which calls."""

    trigger: str
    by: str
    calls: tuple[str, ...] = ()


def fired_too_words(one: FiredToo) -> str:
    """It in a few words."""
    return f"{one.trigger}, fired too by {one.by}{calls_words(one.calls)}"


def calls_words(calls: tuple[str, ...]) -> str:
    """Which calls something is about, to stand behind it; empty where none is named."""
    more = f" and {len(calls) - MOST_CALLS} more" if len(calls) > MOST_CALLS else ""
    return f" (calls {', '.join(calls[:MOST_CALLS])}{more})" if calls else ""


class Rollback(msgspec.Struct):
    """A rollback from its trigger to its outcome; times are unix seconds.

    `attached` are triggers that were fired while it ran, `notices` are keyed by person, `captured`
    maps a call's id to the evidence that holds it, or to an empty text. `joined` are rollbacks of
    the same attempt that others fired without knowing of this one: one effect, one outcome.
    `order` is its place in the fold, `ended` the attempt that it ended, where that is another than
    `attempt`. `runner` is the writer whose machine carries it out, `touched` when that last wrote
    of it.
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
    attached: list[FiredToo] = []
    resumed: int = 0
    notices: dict[str, Notice] = {}
    captured: dict[str, str] = {}
    postmortem: bool = False
    joined: list[Joined] = []
    order: tuple[int, str, int] = (0, "", 0)
    ended: str = ""
    runner: str = ""
    touched: float = 0.0


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
