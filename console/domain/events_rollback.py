"""Entries of the kill switch: a rollback, a suspension, who was told, what was captured."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Count, Moment

StepState = Literal["running", "asked", "verified", "failed", "unknown", "blocked"]
Outcome = Literal["verified", "partial", "unknown"]
Answer = Literal["done", "again", "not-done"]
MetricProof = Literal["left", "not-yet", "unknown", "none"]


class FrozenStep(msgspec.Struct, frozen=True):
    """A step of a procedure as it was when it was fired."""

    id: str
    title: str
    what: str
    manual: str


class RollbackTriggered(msgspec.Struct, frozen=True, tag="rollback.triggered"):
    """The order to go back (Guide 3.5), with its steps as they stood.

    `first_true` is when the trigger's condition first held in the data, `detected` when the console
    saw it; both are null for a trigger that a person declares. `phase` is the one whose procedure
    it is. `calls` are the ids of the calls that it is about. `knew` is as in `gate.decided`.
    """

    rollback: str
    attempt: str
    trigger: str
    why: str
    target: str
    steps: tuple[FrozenStep, ...]
    on_behalf_of: str = ""
    first_true: Moment | None = None
    detected: Moment | None = None
    config: str = ""
    phase: str = ""
    calls: tuple[str, ...] = ()
    knew: dict[str, Count] = {}


class RollbackRetried(msgspec.Struct, frozen=True, tag="rollback.retried"):
    """Fired again after partial or unknown: the steps that are not verified run once more."""

    rollback: str
    why: str


class RollbackAttached(msgspec.Struct, frozen=True, tag="rollback.attached", omit_defaults=True):
    """A second trigger, fired while the rollback ran; `calls` as in `rollback.triggered`."""

    rollback: str
    trigger: str
    why: str
    calls: tuple[str, ...] = ()


class RollbackResumed(msgspec.Struct, frozen=True, tag="rollback.resumed"):
    """The process that carried it out is gone; another one goes on, looking first."""

    rollback: str


class RollbackStep(msgspec.Struct, frozen=True, tag="rollback.step"):
    """What became of one step; `running` is its intent, written before it acts.

    `asked`: a person must say whether it is done.
    """

    rollback: str
    step: str
    state: StepState
    key: str
    detail: str


class RollbackAnswered(msgspec.Struct, frozen=True, tag="rollback.answered"):
    """A person's word on a step that was asked about; `again` has it run once more."""

    rollback: str
    step: str
    answer: Answer
    remark: str = ""


class RollbackFinished(msgspec.Struct, frozen=True, tag="rollback.finished"):
    """The outcome, and the seconds from trigger to here.

    `metric` says whether the trigger's metric has left the danger zone in the calls since.
    """

    rollback: str
    outcome: Outcome
    why: str
    executed: Moment
    verified: Moment | None
    seconds: float
    metric: MetricProof = "none"
    metric_why: str = ""


class RollbackMetric(msgspec.Struct, frozen=True, tag="rollback.metric"):
    """What the calls came to show of the trigger's metric, after a verified outcome."""

    rollback: str
    metric: MetricProof
    why: str


class SuspensionTriggered(msgspec.Struct, frozen=True, tag="suspension.triggered"):
    """A tool, or the agent, is taken out of use; `run` is this run's id."""

    run: str
    suspension: str
    title: str
    why: str
    steps: tuple[FrozenStep, ...]
    users: str = ""


class SuspensionStep(msgspec.Struct, frozen=True, tag="suspension.step"):
    """What became of one step, as in `rollback.step`."""

    run: str
    step: str
    state: StepState
    key: str
    detail: str


class SuspensionFinished(msgspec.Struct, frozen=True, tag="suspension.finished"):
    """The outcome, and the seconds from the order to here."""

    run: str
    outcome: Outcome
    why: str
    seconds: float


class NoticeSent(msgspec.Struct, frozen=True, tag="notice.sent"):
    """Somebody was told, or could not be; `tries` counts from 1.

    `about` is the rollback or run, else what was told together, such as `alerts`; then `covers` are
    the keys of what this one said.
    """

    about: str
    person: str
    outcome: Literal["delivered", "failed"]
    detail: str
    tries: Count = 1
    covers: tuple[str, ...] = ()


class CallCaptured(msgspec.Struct, frozen=True, tag="call.captured"):
    """The full input and output of a call, kept in `evidence/` under `sha256`.

    Where it could not be had, `sha256` is empty and `why` says so.
    """

    about: str
    call: str
    sha256: str
    why: str = ""
