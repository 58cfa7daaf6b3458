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
    NoticesSilenced,
    SilenceAnswered,
    SilenceAsked,
    SilenceLifted,
)
from console.domain.events_escalation import (
    EscalationAcknowledged,
    EscalationAssigned,
    EscalationItem,
    EscalationMissed,
    EscalationRaised,
    EscalationResolved,
)
from console.domain.events_incident import (
    DutyDone,
    DutyStarted,
    IncidentChanged,
    IncidentClosed,
    IncidentLinked,
    IncidentOpened,
    IncidentUpdated,
    PostMortemRecorded,
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
from console.domain.events_rollback import (
    CallCaptured,
    FrozenStep,
    NoticeSent,
    RollbackAnswered,
    RollbackAttached,
    RollbackFinished,
    RollbackMetric,
    RollbackResumed,
    RollbackRetried,
    RollbackStep,
    RollbackTriggered,
    SuspensionFinished,
    SuspensionStep,
    SuspensionTriggered,
)
from console.domain.events_rollout import (
    BaselineDocumented,
    BriefGiven,
    ContestedAcknowledged,
    CriterionRecord,
    GateDecided,
    GateProposed,
    SatisfactionJudged,
)
from console.domain.events_traffic import TrafficAsked, TrafficSet
from console.domain.events_window import (
    CheckInMade,
    CheckInMissed,
    LimitationNoted,
    ShiftHanded,
    ShiftTaken,
    SignalRecord,
    WarningCleared,
    WarningRaised,
    WarningReviewed,
    WarningSettled,
    WindowAssessed,
)
from console.domain.fieldtypes import Count, Moment, Percent, Share

__all__ = [
    "KINDS",
    "AlertAcknowledged",
    "AlertFired",
    "AlertResolved",
    "BaselineDocumented",
    "BriefGiven",
    "CallCaptured",
    "CheckInMade",
    "CheckInMissed",
    "ClockJumped",
    "ConfigChanged",
    "ContestedAcknowledged",
    "Count",
    "CriterionRecord",
    "DutyDone",
    "DutyStarted",
    "EscalationAcknowledged",
    "EscalationAssigned",
    "EscalationItem",
    "EscalationMissed",
    "EscalationRaised",
    "EscalationResolved",
    "EscalationTestReceived",
    "EscalationTestSent",
    "Event",
    "Evidence",
    "FrozenStep",
    "GateDecided",
    "GateProposed",
    "GoLiveMoved",
    "IncidentChanged",
    "IncidentClosed",
    "IncidentLinked",
    "IncidentOpened",
    "IncidentUpdated",
    "ItemAccepted",
    "ItemConfirmed",
    "ItemPlanned",
    "JournalOpened",
    "JournalRecovered",
    "JournalSigned",
    "Judgement",
    "LimitationNoted",
    "Moment",
    "NoteWritten",
    "NoticeSent",
    "NoticesSilenced",
    "Percent",
    "PollAnswered",
    "PollOpened",
    "PollRevealed",
    "PollWithdrawn",
    "PostMortemRecorded",
    "ProbeRan",
    "RollbackAnswered",
    "RollbackAttached",
    "RollbackFinished",
    "RollbackMetric",
    "RollbackResumed",
    "RollbackRetried",
    "RollbackStep",
    "RollbackTriggered",
    "SampleDrawn",
    "SampleJudged",
    "SatisfactionJudged",
    "Share",
    "ShiftHanded",
    "ShiftTaken",
    "SignalRecord",
    "SilenceAnswered",
    "SilenceAsked",
    "SilenceLifted",
    "SuspensionFinished",
    "SuspensionStep",
    "SuspensionTriggered",
    "TrafficAsked",
    "TrafficSet",
    "TriggerCleared",
    "TriggerRaised",
    "WarningCleared",
    "WarningRaised",
    "WarningReviewed",
    "WarningSettled",
    "WatchGap",
    "WindowAssessed",
    "decode",
    "draft",
]


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


class JournalSigned(msgspec.Struct, frozen=True, tag="journal.signed"):
    """The writer's own entries up to number `seq`, whose hash is `h`, are signed.

    `signature` is an armored SSH signature over the statement of this writer's head alone, said
    at `said_at`, to the second.
    """

    seq: Count
    h: str
    said_at: Moment
    signature: str


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
    """A note; `occurred_at` tells when it happened, where that is not now.

    `corrects` is the entry that it corrects, as `writer/seq`: no entry is ever edited.
    """

    text: str
    incident: str = ""
    occurred_at: Moment | None = None
    corrects: str = ""


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


Event = (
    JournalOpened
    | JournalRecovered
    | JournalSigned
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
    | ContestedAcknowledged
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
    | NoticesSilenced
    | SilenceLifted
    | EscalationRaised
    | EscalationAcknowledged
    | EscalationAssigned
    | EscalationResolved
    | EscalationMissed
    | CheckInMade
    | CheckInMissed
    | ShiftHanded
    | ShiftTaken
    | WarningRaised
    | WarningCleared
    | WarningReviewed
    | WarningSettled
    | WindowAssessed
    | LimitationNoted
    | IncidentOpened
    | IncidentChanged
    | IncidentLinked
    | IncidentUpdated
    | IncidentClosed
    | DutyStarted
    | DutyDone
    | RollbackTriggered
    | RollbackStep
    | RollbackRetried
    | RollbackFinished
    | RollbackMetric
    | RollbackAttached
    | RollbackResumed
    | RollbackAnswered
    | SuspensionTriggered
    | SuspensionStep
    | SuspensionFinished
    | NoticeSent
    | CallCaptured
    | PostMortemRecorded
)

KINDS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in Event.__args__}
# Fields that only lines of several writers have: one alone writes what it always wrote.
_LEFT_OUT = ("alone_since", "knew", "minutes", "instead_of")
_DECODERS = {tag: msgspec.json.Decoder(kind) for tag, kind in KINDS.items()}


def draft(actor: Actor, event: Event) -> Draft:
    """The event as a draft entry by `actor`."""
    data = msgspec.to_builtins(event)
    for name in _LEFT_OUT:
        if not data.get(name, True):
            del data[name]
    return Draft(actor, data.pop("type"), data)


def decode(kind: str, data: bytes | msgspec.Raw) -> Event | None:
    """The event of an entry's raw `data`, or None if the kind or its fields are not known here."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
