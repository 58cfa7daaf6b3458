"""What an operator, or the watcher, can ask for. `decide` answers with events or a refusal."""

from datetime import date, datetime
from typing import Literal

import msgspec

from console.domain.commands_contested import AcknowledgeContested
from console.domain.commands_escalation import (
    AcknowledgeEscalations,
    AssignEscalations,
    HandEscalations,
    ResolveEscalations,
)
from console.domain.commands_incident import (
    ChangeIncident,
    CloseIncident,
    CompleteDuty,
    LinkToIncident,
    OpenIncident,
    RecordCaptures,
    RecordPostMortem,
    UpdateIncident,
)
from console.domain.commands_notices import LiftSilence, SilenceNotices
from console.domain.commands_warning import ReviewWarning, SettleWarning
from console.domain.commands_window import (
    AssessWindow,
    CheckIn,
    HandOver,
    NoteLimitation,
    TakeOver,
)
from console.domain.events import CriterionRecord, Evidence, FrozenStep, Judgement

__all__ = [
    "AcceptConfig",
    "AcceptItem",
    "AcknowledgeAlert",
    "AcknowledgeContested",
    "AcknowledgeEscalations",
    "AnswerPoll",
    "AskTraffic",
    "AssessWindow",
    "AssignEscalations",
    "ChangeIncident",
    "CheckIn",
    "CloseIncident",
    "Command",
    "CompleteDuty",
    "ConfirmEscalationTest",
    "ConfirmItem",
    "DecideGate",
    "DocumentBaseline",
    "DrawSample",
    "GiveBrief",
    "HandEscalations",
    "HandOver",
    "JudgeSample",
    "JudgeSatisfaction",
    "LiftSilence",
    "LinkToIncident",
    "NoteLimitation",
    "OpenIncident",
    "OpenPoll",
    "PlanItem",
    "RecordCaptures",
    "RecordPostMortem",
    "RecordProbe",
    "RecordSilence",
    "RecordTraffic",
    "ResolveEscalations",
    "RevealPoll",
    "ReviewWarning",
    "Sealed",
    "SendEscalationTest",
    "SettleWarning",
    "SilenceAlert",
    "SilenceNotices",
    "TakeOver",
    "TriggerRollback",
    "UpdateIncident",
    "WithdrawAnswer",
    "WriteNote",
]


class ConfirmItem(msgspec.Struct, frozen=True):
    """Confirm a checklist item with evidence; `role` is needed where the item has several.

    `dated` is the day of the evidence, where that is not today.
    """

    item: str
    evidence: Evidence
    role: str = ""
    on_behalf_of: str = ""
    dated: date | None = None


class PlanItem(msgspec.Struct, frozen=True):
    """Give an open item somebody who resolves it, and a day (Guide 1.2)."""

    item: str
    owner: str
    due: date
    note: str = ""


class AcceptItem(msgspec.Struct, frozen=True):
    """Leave a recommended item open, for a reason."""

    item: str
    reason: str


class AcceptConfig(msgspec.Struct, frozen=True):
    """Go on with another `warroom.toml` than the journal's; the room says in `changes` how so."""

    why: str = ""
    changes: tuple[str, ...] = ()


class RecordProbe(msgspec.Struct, frozen=True):
    """Put a live check's outcome on record; `sha256` is of what it found."""

    probe: str
    passed: bool
    summary: str
    sha256: str


class SendEscalationTest(msgspec.Struct, frozen=True):
    """Say that a reviewer is notified now, with this code."""

    code: str
    reviewer: str


class ConfirmEscalationTest(msgspec.Struct, frozen=True):
    """Say that the notice with this code arrived."""

    code: str


class OpenPoll(msgspec.Struct, frozen=True):
    """Ask every confirming role and the rollback owner: GO or NO-GO?"""


class AnswerPoll(msgspec.Struct, frozen=True):
    """Answer the open poll for a role, sealed with a random `nonce` that the room adds."""

    go: bool
    reason: str
    role: str = ""
    nonce: str = ""


class WithdrawAnswer(msgspec.Struct, frozen=True):
    """Take a sealed answer back, while others have not answered."""

    role: str = ""


class Sealed(msgspec.Struct, frozen=True):
    """An answer that this account has sealed."""

    poll: str
    role: str
    go: bool
    reason: str
    nonce: str


class RevealPoll(msgspec.Struct, frozen=True):
    """Open this account's seals, now that all have answered."""

    answers: tuple[Sealed, ...]


class DocumentBaseline(msgspec.Struct, frozen=True):
    """Write down what the existing process achieves; None marks a number as not applicable.

    `n` are the calls it was measured on and `sha256` is of the file, where it was measured.
    """

    accuracy: float | None
    latency_p95: float | None
    cost_per_call: float | None
    source: str
    n: int = 0
    sha256: str = ""


class GiveBrief(msgspec.Struct, frozen=True):
    """Record that the BU Operations Lead was told about the next transition (Guide 4.1).

    Without `text` it is the brief that the console makes; `how` says how they were told. `attempt`
    is the one that it was written in, as in `DecideGate`.
    """

    text: str = ""
    how: str = ""
    attempt: str = ""


class DrawSample(msgspec.Struct, frozen=True):
    """Put a sample on record that was drawn just now; the fields are those of `SampleDrawn`."""

    attempt: str
    n: int
    seed: str
    of: int
    from_at: datetime
    to_at: datetime
    feed: str
    calls: tuple[str, ...]
    whole: bool = True


class JudgeSample(msgspec.Struct, frozen=True):
    """Record judged outputs of the running attempt; `attempt` is the one they were seen in."""

    judgements: tuple[Judgement, ...]
    attempt: str = ""


class JudgeSatisfaction(msgspec.Struct, frozen=True):
    """Record the BU Operations Lead's judgement of the users' satisfaction.

    A lead who records it names them in `on_behalf_of`. `attempt` is as in `DecideGate`.
    """

    verdict: Literal["positive", "neutral", "negative"]
    why: str
    on_behalf_of: str = ""
    attempt: str = ""


class DecideGate(msgspec.Struct, frozen=True):
    """Advance through the gate, or hold with a reason (Guide 4.2).

    Where two people decide, the first advance is a proposal and the second one, by another lead,
    agrees to it; `agrees` refuses to be the first. `seen` are the criteria and `seen_alerts` the
    open alerts that were on the screen at `seen_at` (unix seconds): they go on record, if no
    verdict has changed since. `attempt` is the one that was on the screen: no other is decided.
    """

    decision: Literal["advance", "hold"]
    why: str = ""
    agrees: bool = False
    seen: tuple[CriterionRecord, ...] = ()
    seen_alerts: tuple[str, ...] = ()
    seen_at: float | None = None
    attempt: str = ""


class AskTraffic(msgspec.Struct, frozen=True):
    """Say that the switch is asked now for the candidate's share of the traffic, in percent.

    `before` is what it read, None if it could not be read; `forced`: whatever that is.
    """

    attempt: str
    share: int
    phase: str
    before: float | None
    why: str = ""
    forced: bool = False


class RecordTraffic(msgspec.Struct, frozen=True):
    """Put on record what came of asking the switch; `seen` is what it read last, in percent."""

    attempt: str
    key: str
    outcome: Literal["verified", "failed", "unknown"]
    seen: float | None
    detail: str


class WriteNote(msgspec.Struct, frozen=True):
    """A note, on an incident or free.

    Nothing is ever edited: what `corrects` an entry, named as `writer/seq`, is a note of its own.
    """

    text: str
    incident: str = ""
    occurred_at: datetime | None = None
    corrects: str = ""


class AcknowledgeAlert(msgspec.Struct, frozen=True):
    """Take an alert in hand."""

    alert: str
    remark: str = ""


class SilenceAlert(msgspec.Struct, frozen=True):
    """Have another system's alerts silenced there for `for_s` seconds.

    `alert` is the alert's id or rule here, or its name there; `feed` is needed where several
    Alertmanagers are read. `silence` is a new id.
    """

    silence: str
    alert: str
    for_s: float
    why: str
    feed: str = ""


class RecordSilence(msgspec.Struct, frozen=True):
    """Put on record what came of a silence that was asked for."""

    silence: str
    outcome: Literal["set", "failed", "unknown"]
    why: str
    their_id: str = ""


class TriggerRollback(msgspec.Struct, frozen=True):
    """Order the rollback, about `calls` if any. Nobody's approval is asked (Guide 3.5)."""

    rollback: str
    trigger: str
    why: str
    target: str
    steps: tuple[FrozenStep, ...]
    calls: tuple[str, ...] = ()


Command = (
    ConfirmItem
    | PlanItem
    | AcceptItem
    | AcceptConfig
    | RecordProbe
    | SendEscalationTest
    | ConfirmEscalationTest
    | OpenPoll
    | AnswerPoll
    | WithdrawAnswer
    | RevealPoll
    | DocumentBaseline
    | GiveBrief
    | DrawSample
    | JudgeSample
    | JudgeSatisfaction
    | DecideGate
    | AcknowledgeContested
    | AskTraffic
    | RecordTraffic
    | WriteNote
    | AcknowledgeAlert
    | AcknowledgeEscalations
    | AssignEscalations
    | HandEscalations
    | ResolveEscalations
    | SilenceAlert
    | RecordSilence
    | SilenceNotices
    | LiftSilence
    | CheckIn
    | HandOver
    | TakeOver
    | NoteLimitation
    | AssessWindow
    | OpenIncident
    | ChangeIncident
    | LinkToIncident
    | UpdateIncident
    | RecordCaptures
    | CloseIncident
    | CompleteDuty
    | TriggerRollback
    | RecordPostMortem
    | ReviewWarning
    | SettleWarning
)
