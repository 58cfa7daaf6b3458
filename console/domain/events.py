"""Every kind of entry that the journal knows, with its fields: one table, `KINDS`.

Fields are JSON: times are RFC 3339 in UTC, numbers are plain, money is the deployment's currency.
No field ever holds the text of a user's input or output, nor a secret.
"""

from typing import Literal

import msgspec

from console.domain.entry import Actor, Draft
from console.domain.events_alerts import (
    AlertAcknowledged,
    AlertFired,
    AlertResolved,
    SilenceAnswered,
    SilenceAsked,
)
from console.domain.events_readiness import (
    EscalationTestReceived,
    EscalationTestSent,
    Evidence,
    GoLiveMoved,
    ItemAccepted,
    ItemConfirmed,
    ItemPlanned,
    PollAnswered,
    PollOpened,
    PollRevealed,
    PollWithdrawn,
    ProbeRan,
)
from console.domain.events_review import Judgement, SampleDrawn, SampleJudged
from console.domain.events_rollout import (
    BaselineDocumented,
    BriefGiven,
    CriterionRecord,
    GateDecided,
    GateProposed,
    SatisfactionJudged,
)
from console.domain.events_traffic import TrafficAsked, TrafficSet
from console.domain.fieldtypes import Count, Moment, Percent, Share

__all__ = [
    "KINDS",
    "AlertAcknowledged",
    "AlertFired",
    "AlertResolved",
    "BaselineDocumented",
    "BriefGiven",
    "Count",
    "CriterionRecord",
    "EscalationTestReceived",
    "EscalationTestSent",
    "Event",
    "Evidence",
    "GateDecided",
    "GateProposed",
    "GoLiveMoved",
    "ItemAccepted",
    "ItemConfirmed",
    "ItemPlanned",
    "Judgement",
    "Moment",
    "Percent",
    "PollAnswered",
    "PollOpened",
    "PollRevealed",
    "PollWithdrawn",
    "ProbeRan",
    "SampleDrawn",
    "SampleJudged",
    "SatisfactionJudged",
    "Share",
    "SilenceAnswered",
    "SilenceAsked",
    "TrafficAsked",
    "TrafficSet",
    "decode",
    "draft",
]


class FrozenStep(msgspec.Struct, frozen=True):
    """A step of a rollback as it was when the rollback was triggered."""

    id: str
    title: str
    what: str
    manual: str


class JournalOpened(msgspec.Struct, frozen=True, tag="journal.opened"):
    """A writer's first entry; `config` is the SHA-256 of `warroom.toml`.

    `clock` says whose time the entries tell: the machine's, or that of a demo, which runs fast.
    """

    config: str
    clock: Literal["system", "demo"] = "system"


class JournalRecovered(msgspec.Struct, frozen=True, tag="journal.recovered"):
    """A torn tail was fenced off: where, how long, and the SHA-256 of what is skipped.

    Where the tail was the writer's first entry, `config` and `clock` are as that one said.
    """

    offset: Count
    length: Count
    sha256: str
    config: str = ""
    clock: Literal["system", "demo", ""] = ""


class ConfigChanged(msgspec.Struct, frozen=True, tag="config.changed"):
    """Somebody accepted another `warroom.toml`; `config` is its SHA-256.

    `changes` say what differs from the one before, as far as that is known.
    """

    config: str
    changes: tuple[str, ...] = ()
    why: str = ""


class ClockJumped(msgspec.Struct, frozen=True, tag="clock.jumped"):
    """The machine's clock was set: `seconds` ahead, or back if negative."""

    seconds: float


class WatchGap(msgspec.Struct, frozen=True, tag="watch.gap"):
    """Nobody evaluated from `since` until `until`: the machine slept, or no console was open.

    What the feeds told of that time is on record; no alert could fire in it.
    """

    since: Moment
    until: Moment
    why: str


class NoteWritten(msgspec.Struct, frozen=True, tag="note.written"):
    """A note; `occurred_at` tells when it happened, where that is not now."""

    text: str
    incident: str = ""
    occurred_at: Moment | None = None


class TriggerRaised(msgspec.Struct, frozen=True, tag="trigger.raised"):
    """A computed rollback trigger became true (Guide 3.5), in the data since `since`."""

    trigger: str
    value: float | None
    limit: float | None
    n: Count
    since: Moment
    why: str


class TriggerCleared(msgspec.Struct, frozen=True, tag="trigger.cleared"):
    """A computed trigger is no longer true."""

    trigger: str


class CheckInMade(msgspec.Struct, frozen=True, tag="checkin.made"):
    """A lead looked at the dashboard (Guide 6.1)."""

    remark: str


class IncidentOpened(msgspec.Struct, frozen=True, tag="incident.opened"):
    """An incident log was opened."""

    incident: str
    severity: Literal[1, 2, 3]
    title: str
    trigger: str = ""
    rollback: str = ""


class IncidentClosed(msgspec.Struct, frozen=True, tag="incident.closed"):
    """An incident is over."""

    incident: str
    resolution: str


class DutyStarted(msgspec.Struct, frozen=True, tag="duty.started"):
    """Something is owed by `due`."""

    duty: str
    title: str
    due: Moment


class DutyDone(msgspec.Struct, frozen=True, tag="duty.done"):
    """What was owed is done."""

    duty: str
    remark: str


class RollbackTriggered(msgspec.Struct, frozen=True, tag="rollback.triggered"):
    """The order to go back (Guide 3.5), with its steps as they stood.

    `first_true` is when the trigger's condition first held in the data, `detected` when the console
    saw it; both are null for a trigger that a person declares.
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


class RollbackRetried(msgspec.Struct, frozen=True, tag="rollback.retried"):
    """Fired again after partial or unknown: the steps that are not verified run once more."""

    rollback: str
    why: str


class RollbackStep(msgspec.Struct, frozen=True, tag="rollback.step"):
    """What became of one step; `running` is its intent, written before it acts."""

    rollback: str
    step: str
    state: Literal["running", "verified", "failed", "unknown", "blocked"]
    key: str
    detail: str


class RollbackFinished(msgspec.Struct, frozen=True, tag="rollback.finished"):
    """The outcome, and the seconds from trigger to here."""

    rollback: str
    outcome: Literal["verified", "partial", "unknown"]
    why: str
    executed: Moment
    verified: Moment | None
    seconds: float


class PostMortemRecorded(msgspec.Struct, frozen=True, tag="postmortem.recorded"):
    """The three outputs of a blameless post-mortem (Guide 6.4)."""

    rollback: str
    root_cause: str
    change: str
    timeline: str
    cases: Count


Event = (
    JournalOpened
    | JournalRecovered
    | ConfigChanged
    | ClockJumped
    | WatchGap
    | ItemConfirmed
    | ItemPlanned
    | ItemAccepted
    | GoLiveMoved
    | PollOpened
    | PollAnswered
    | PollWithdrawn
    | PollRevealed
    | ProbeRan
    | EscalationTestSent
    | EscalationTestReceived
    | BaselineDocumented
    | BriefGiven
    | SampleDrawn
    | SampleJudged
    | SatisfactionJudged
    | GateProposed
    | GateDecided
    | TrafficAsked
    | TrafficSet
    | NoteWritten
    | AlertFired
    | AlertResolved
    | AlertAcknowledged
    | SilenceAsked
    | SilenceAnswered
    | TriggerRaised
    | TriggerCleared
    | CheckInMade
    | IncidentOpened
    | IncidentClosed
    | DutyStarted
    | DutyDone
    | RollbackTriggered
    | RollbackStep
    | RollbackRetried
    | RollbackFinished
    | PostMortemRecorded
)

KINDS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in Event.__args__}
_DECODERS = {tag: msgspec.json.Decoder(kind) for tag, kind in KINDS.items()}


def draft(actor: Actor, event: Event) -> Draft:
    """The event as a draft entry by `actor`."""
    data = msgspec.to_builtins(event)
    return Draft(actor, data.pop("type"), data)


def decode(kind: str, data: bytes) -> Event | None:
    """The event of an entry's raw `data`, or None if the kind or its fields are not known here."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
