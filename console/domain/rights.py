"""Who may write which kind of entry: what `decide` asks of a person, said of the entry alone.

`decide` refuses before anything is written. What other machines wrote comes here written already,
and is held against the same rules by whoever knows whose keys signed it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import get_args

from config.guide import Role
from console.domain import events as e
from console.domain.entry import Entry
from console.domain.refused import LEADS

OWNER = "rollback-owner"
BUSINESS = "bu-operations-lead"
EVERY_ROLE = frozenset(get_args(Role))
ACTING = EVERY_ROLE - {"observer"}
# The parts of the console that write under no person's name, on any member's machine.
MACHINES = frozenset({"watcher", "executor"})


@dataclass(frozen=True, slots=True)
class Right:
    """It takes one of `roles`, or with `machines` a member's watcher or executor.

    `anybody` may do it whom nobody knows. `words` say who, as in "it takes ...".
    """

    words: str
    roles: frozenset[str] = frozenset()
    machines: bool = False
    anybody: bool = False

    def lacks(self, name: str, held: Collection[str] | None) -> bool:
        """Whether `name` may not, who holds the roles `held`; None for who is no known person."""
        if self.anybody:
            return False
        if held is None:
            return not (self.machines and name in MACHINES)
        return self.roles.isdisjoint(held)


ANYBODY = Right("anybody", anybody=True)
MACHINE = Right("the watcher or the executor", machines=True)
PERSON = Right("one of the people", EVERY_ROLE)
ACTIVE = Right("a person with a role", ACTING)
EITHER = Right("a person with a role, or the watcher or the executor", ACTING, machines=True)
LEAD = Right("a lead", LEADS)
LEAD_OR_OWNER = Right("a lead or the rollback owner", LEADS | {OWNER})
OWNERS = Right("the rollback owner", frozenset({OWNER}))


def _confirmed(event: e.ItemConfirmed) -> Right:
    return LEAD if event.on_behalf_of else _role(event.role)


def _asked(event: e.PollAnswered | e.PollWithdrawn) -> Right:
    return _role(event.role)


def _judged(event: e.SatisfactionJudged) -> Right:
    return LEAD if event.on_behalf_of else _role(BUSINESS)


def _gate(event: e.GateDecided) -> Right:
    """A hold takes one person; the record of a rollback goes with its order."""
    return {"advance": LEAD, "hold": ACTIVE, "rollback": ANYBODY}[event.decision]


def _settled(event: e.WarningSettled) -> Right:
    return LEAD_OR_OWNER if event.decision == "fixed" else OWNERS


def _incident(event: e.IncidentOpened) -> Right:
    return ANYBODY if event.rollback else ACTIVE


def _role(role: str) -> Right:
    return Right(f"the role {role}", frozenset({role}))


_RIGHTS: dict[type, Right | Callable[..., Right]] = {
    e.JournalOpened: ANYBODY,
    e.JournalRecovered: ANYBODY,
    e.JournalSigned: ANYBODY,
    e.ConfigChanged: LEAD,
    e.ClockJumped: MACHINE,
    e.WatchGap: MACHINE,
    e.ItemConfirmed: _confirmed,
    e.ItemPlanned: ACTIVE,
    e.ItemAccepted: LEAD,
    e.GoLiveMoved: ACTIVE,
    e.PollOpened: LEAD,
    e.PollAnswered: _asked,
    e.PollWithdrawn: _asked,
    e.PollRevealed: ANYBODY,  # only what fits its seal counts
    e.ProbeRan: ACTIVE,
    e.EscalationTestSent: ACTIVE,
    e.EscalationTestReceived: PERSON,
    e.BaselineDocumented: LEAD,
    e.BriefGiven: LEAD,
    e.SampleDrawn: ACTIVE,
    e.SampleJudged: ACTIVE,
    e.SatisfactionJudged: _judged,
    e.GateProposed: LEAD,
    e.GateDecided: _gate,
    e.ContestedAcknowledged: ACTIVE,
    e.TrafficAsked: LEAD_OR_OWNER,
    e.TrafficSet: ACTIVE,
    e.NoteWritten: ACTIVE,
    e.AlertFired: MACHINE,
    e.AlertResolved: MACHINE,
    e.AlertAcknowledged: ACTIVE,
    e.SilenceAsked: ACTIVE,
    e.SilenceAnswered: ACTIVE,
    e.TriggerRaised: MACHINE,
    e.TriggerCleared: MACHINE,
    e.NoticesSilenced: ACTIVE,
    e.SilenceLifted: ACTIVE,
    e.EscalationRaised: MACHINE,
    e.EscalationAcknowledged: ACTIVE,
    e.EscalationAssigned: ACTIVE,
    e.EscalationResolved: ACTIVE,
    e.EscalationMissed: MACHINE,
    e.CheckInMade: LEAD,
    e.CheckInMissed: EITHER,
    e.ShiftHanded: LEAD,
    e.ShiftTaken: LEAD,
    e.WarningRaised: MACHINE,
    e.WarningCleared: MACHINE,
    e.WarningReviewed: LEAD,
    e.WarningSettled: _settled,
    e.WindowAssessed: LEAD,
    e.LimitationNoted: ACTIVE,
    e.IncidentOpened: _incident,
    e.IncidentChanged: ACTIVE,
    e.IncidentLinked: ACTIVE,
    e.IncidentUpdated: ACTIVE,
    e.IncidentClosed: ACTIVE,
    e.DutyStarted: ANYBODY,  # goes with every rollback
    e.DutyDone: EITHER,
    e.RollbackTriggered: ANYBODY,
    e.RollbackStep: ANYBODY,
    e.RollbackRetried: ANYBODY,
    e.RollbackFinished: ANYBODY,
    e.RollbackMetric: ANYBODY,
    e.RollbackAttached: ANYBODY,
    e.RollbackResumed: ANYBODY,
    e.RollbackAnswered: ANYBODY,
    e.SuspensionTriggered: ANYBODY,
    e.SuspensionStep: ANYBODY,
    e.SuspensionFinished: ANYBODY,
    e.NoticeSent: MACHINE,
    e.CallCaptured: EITHER,
    e.PostMortemRecorded: LEAD,
}


def overstepped(entry: Entry, held: Collection[str] | None) -> str:
    """Whom `entry` takes, where that is not its actor, who holds the roles `held`; else empty.

    `held` is None for who is no known person. What this version cannot read changes nothing, and
    is anybody's.
    """
    kind = e.KINDS.get(entry.kind)
    right = None if kind is None else _RIGHTS[kind]
    if right is not None and not isinstance(right, Right):  # most are said without a look inside
        event = e.decode(entry.kind, entry.data)
        right = None if event is None else right(event)
    return right.words if right is not None and right.lacks(entry.actor.name, held) else ""
