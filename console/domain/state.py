"""What the journal amounts to: the state that `evolve` builds and everything else reads."""

import hashlib
from datetime import date
from typing import Literal

import msgspec

from console.domain.events_readiness import Evidence
from console.domain.state_contested import Contested, Decision
from console.domain.state_escalation import Escalation
from console.domain.state_incident import Duty, Incident, PostMortem
from console.domain.state_review import Judged, Sample, Skipped
from console.domain.state_rollback import Notice, Raised, Rollback, SuspensionRun
from console.domain.state_rollout import Attempt, Baseline, Brief, Proposal, Satisfaction
from console.domain.state_traffic import Astray, Switched
from console.domain.state_window import (
    Assessment,
    CheckIn,
    Limitation,
    MissedCheckIn,
    Shift,
    Warned,
)

Status = Literal["preparing", "rolling-out", "in-window", "stable", "monitored", "rolled-back"]


class Confirmation(msgspec.Struct, frozen=True):
    """One role's confirmation of an item. `at` is unix seconds.

    `version`, `config` and `rollout` are those it was given for; the rest is as in `ItemConfirmed`.
    """

    role: str
    by: str
    at: float
    evidence: Evidence
    on_behalf_of: str = ""
    rollout: int = 1
    dated: date | None = None
    version: str = ""
    config: str = ""
    signed: dict[str, str] = {}


class Plan(msgspec.Struct, frozen=True):
    """Who resolves an open item, and by when (Guide 1.2)."""

    owner: str
    due: date
    note: str
    by: str
    at: float


class Acceptance(msgspec.Struct, frozen=True):
    """A recommended item that stays open in one rollout: by whose decision, and why."""

    by: str
    reason: str
    at: float
    rollout: int = 1


class ProbeRun(msgspec.Struct, frozen=True):
    """The latest run of a live check; `version` is the config tag it was made of.

    `subject` is as in `ProbeRan`.
    """

    passed: bool
    summary: str
    sha256: str
    version: str
    by: str
    at: float
    rollout: int = 1
    subject: str = ""


class EscalationTest(msgspec.Struct):
    """A notice of a test, and who confirmed it; times are unix seconds."""

    code: str
    reviewer: str
    at: float
    received_by: str = ""
    received_at: float | None = None


class Answer(msgspec.Struct):
    """One role's answer to a poll: sealed, then revealed. `go` is None until it is."""

    by: str
    seal: str
    at: float
    go: bool | None = None
    reason: str = ""


class Poll(msgspec.Struct):
    """A GO/NO-GO poll of a rollout, for one config tag and one text of `warroom.toml`."""

    id: str
    roles: tuple[str, ...]
    by: str
    at: float
    version: str
    config: str
    rollout: int
    answers: dict[str, Answer] = {}


class Alert(msgspec.Struct):
    """An alert's life. `resolved_at` is None while it fires; the rest is as in `AlertFired`."""

    id: str
    rule: str
    fired_at: float
    value: float | None
    limit: float | None
    n: int
    why: str
    resolved_at: float | None = None
    acknowledged_by: str = ""
    acknowledged_at: float | None = None
    severity: str = ""
    recipients: tuple[str, ...] = ()
    feed: str = ""


class Silence(msgspec.Struct):
    """A silence asked of another system; times are unix seconds, `outcome` is empty until known."""

    id: str
    feed: str
    name: str
    until: float
    why: str
    by: str
    at: float
    outcome: Literal["", "set", "failed", "unknown"] = ""
    told: str = ""
    their_id: str = ""


class OwnSilence(msgspec.Struct):
    """Nobody is notified of alerts of `rule` meanwhile; times are unix seconds."""

    id: str
    rule: str
    until: float
    why: str
    by: str
    at: float
    lifted_at: float | None = None


class Conflict(msgspec.Struct, frozen=True):
    """An entry that no longer applied when its turn came; shown, never dropped."""

    writer: str
    seq: int
    kind: str
    at: float
    why: str


class State(msgspec.Struct):
    """The fold of all entries. Owned by whoever folds: `evolve` changes it in place.

    `baseline_by` holds, by role, what each lead documented last; `baseline` is what stands.
    `go_live` is the day that the journal last moved the go-live to.
    `traffic` is the latest that the switch was asked for, by attempt, the last one last; `astray`
    is what it was asked for in attempts that did not run, by entry as `writer/seq`.
    `clock` is whose time the entries tell: "system", "demo", or nobody's yet.
    `decisions` are those on each attempt, taken back or not, also some that `fold` knows to come;
    `contested` are those without effect. `joined` names, for a rollback that was fired where
    another was not known, and for its incident and duties, what it is one with.
    `notices` are the latest, by what they are about and by person, but for those of a rollback or
    a suspension, which holds its own. `told` and `untold` are what each person was told, and could
    not be told, by person and key, with the time.
    """

    attempts: list[Attempt] = []
    items: dict[str, dict[str, Confirmation]] = {}
    plans: dict[str, Plan] = {}
    accepted: dict[str, Acceptance] = {}
    go_live: date | None = None
    probes: dict[str, ProbeRun] = {}
    escalation_tests: dict[str, EscalationTest] = {}
    polls: dict[str, Poll] = {}
    baseline: Baseline | None = None
    baseline_by: dict[str, Baseline] = {}
    briefs: dict[str, Brief] = {}
    proposals: dict[str, Proposal] = {}
    judged: dict[str, dict[str, Judged]] = {}
    skipped: dict[str, dict[str, Skipped]] = {}
    samples: dict[str, Sample] = {}
    satisfaction: dict[str, Satisfaction] = {}
    traffic: dict[str, Switched] = {}
    astray: dict[str, Astray] = {}
    alerts: dict[str, Alert] = {}
    silences: dict[str, Silence] = {}
    own_silences: dict[str, OwnSilence] = {}
    notices: dict[str, dict[str, Notice]] = {}
    told: dict[str, dict[str, float]] = {}
    untold: dict[str, dict[str, float]] = {}
    escalations: dict[str, Escalation] = {}
    triggers: dict[str, Raised] = {}
    incidents: dict[str, Incident] = {}
    rollbacks: dict[str, Rollback] = {}
    suspensions: dict[str, SuspensionRun] = {}
    duties: dict[str, Duty] = {}
    postmortems: list[PostMortem] = []
    checkins: list[CheckIn] = []
    missed_checkins: list[MissedCheckIn] = []
    shift: Shift | None = None
    warnings: dict[str, Warned] = {}
    assessments: list[Assessment] = []
    limitations: list[Limitation] = []
    decisions: dict[str, list[Decision]] = {}
    contested: dict[str, Contested] = {}
    joined: dict[str, str] = {}
    conflicts: list[Conflict] = []
    unwatched: list[tuple[float, float]] = []
    locked_version: str = ""
    locked_rules: dict[str, str] = {}
    stable_since: float | None = None
    rollout: int = 1
    entries: int = 0
    last_at: float = 0.0
    config_sha256: str = ""
    clock: str = ""

    @property
    def attempt(self) -> Attempt:
        """The attempt that runs now; before anything happened, readiness that never began."""
        if self.attempts:
            return self.attempts[-1]
        return Attempt("readiness.1", "readiness", None, 1, self.last_at)

    @property
    def poll(self) -> Poll | None:
        """The latest poll of this rollout."""
        latest = next(reversed(self.polls.values()), None)
        return latest if latest is not None and latest.rollout == self.rollout else None

    @property
    def rollback(self) -> Rollback | None:
        """The latest rollback."""
        return next(reversed(self.rollbacks.values()), None)

    @property
    def status(self) -> Status:
        """The deployment's status in one word."""
        if self.stable_since is not None:
            held = self.assessment
            return "monitored" if held is not None and held.status == "monitored" else "stable"
        attempt = self.attempt
        if attempt.phase == "readiness":
            return "rolled-back" if self.rollbacks else "preparing"
        return "in-window" if attempt.phase == "full" else "rolling-out"

    @property
    def assessment(self) -> Assessment | None:
        """The latest assessment of the attempt that runs or ran last (Guide 6.3)."""
        latest = self.assessments[-1] if self.assessments else None
        return latest if latest is not None and latest.attempt == self.attempt.id else None

    def rollback_of(self, name: str) -> Rollback | None:
        """The rollback of that id, or the one that it was joined to."""
        return self.rollbacks.get(self.joined.get(name, name))

    @property
    def firing(self) -> list[Alert]:
        """The alerts that fire now, the latest first."""
        return [a for a in reversed(self.alerts.values()) if a.resolved_at is None]


def state_hash(state: State) -> str:
    """SHA-256 of all that the state holds: the same wherever the same entries are."""
    return hashlib.sha256(msgspec.json.encode(state)).hexdigest()


def attempt_id(phase: str, increment: int | None, rollout: int) -> str:
    """The name of an attempt, e.g. `canary-5.1` for the 5 % increment of the first rollout."""
    return f"{phase}{'' if increment is None else f'-{increment}'}.{rollout}"
