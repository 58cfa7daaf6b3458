"""The rows of the guide's tables as frozen, closed models; the data lies beside them as TOML."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Role = Literal[
    "agent-lead",
    "tech-lead",
    "rollback-owner",
    "bu-operations-lead",
    "legal",
    "executive-sponsor",
    "reviewer",
    "observer",
]
# Those that are computed from minutes of calls; people judge accuracy.
CountedMetric = Literal[
    "escalation-rate",
    "latency-p95",
    "error-rate",
    "cost-per-call",
    "spend-rate",
    "traffic",
    "safety-flags",
]
MetricId = Literal["accuracy", CountedMetric]
WatchId = Literal["version", "model", "one-source", "override", "huge-call", "budget-burn"]
PhaseName = Literal["readiness", "dark-launch", "shadow", "canary", "full"]
RowId = Literal["escalate", "safety-flag", "tool-misuse", "error-rate", "latency", "governance"]


class GuideModel(BaseModel):
    """Frozen and closed: a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MetricRule(GuideModel):
    """A metric of Guide 3.3 and the alert on it.

    Exactly one of `over`, `under`, `over_times` (of the forecast) and `any` tells
    when it is breached; rates are fractions, latency is seconds, money is in the deployment's
    currency.

    `fields` are the ways to have it from calls, each all the fields of a `Call` that it takes;
    `counts` are the counts of a minute that it takes, empty where a store must compute it.
    """

    id: MetricId
    name: str
    unit: Literal["ratio", "s", "money", "money/h", "calls/h", "flags"]
    window_s: int
    over: float | None = None
    over_complex_b2b: float | None = None
    under: float | None = None
    over_times: float | None = None
    silence_under_times: float | None = None
    silence_for_s: int | None = None
    any: bool = False
    recipients: tuple[Role, ...]
    check: str
    guide: str
    means: str
    fields: tuple[tuple[str, ...], ...]
    counts: tuple[str, ...] = ()


class TriggerRule(GuideModel):
    """A rollback trigger of Guide 3.5. `metric` is set when the console computes it."""

    id: Literal[
        "error-rate",
        "escalation-rate",
        "cost-runaway",
        "incorrect-outputs",
        "data-breach",
        "owner-judgement",
    ]
    name: str
    metric: MetricId | None = None
    over: float | None = None
    over_times: float | None = None
    window_s: int | None = None
    guide: str
    means: str


class Item(GuideModel):
    """Something to be confirmed with evidence before the rollout (Guide 1, 2.2, 3, 5).

    `hard` lists the contexts in which the item is a hard gate, any one of them being enough:
    "always", or flags of the context joined by "+" that must all hold. Elsewhere the item is what
    `otherwise` says. A confirmation of a `version_bound` item is for one version and one rollout,
    of a `config_bound` one for one text of `warroom.toml`, of a `procedure_bound` one for the ways
    back and the version that they restore, and lasts `expires_days` if that is set.
    `asks` is for items whose evidence has a form: the counts of the 50-input test, or the
    signature over the dimensions of the governance review. `probe` is the live check that yields
    evidence for it.
    """

    id: str
    category: str
    title: str
    confirm: str
    why: str
    evidence: str
    roles: tuple[Role, ...]
    hard: tuple[str, ...]
    otherwise: Literal["recommended", "not-applicable"] = "recommended"
    version_bound: bool = False
    config_bound: bool = False
    procedure_bound: bool = False
    expires_days: int | None = None
    asks: Literal["evidence", "counts", "sign-off"] = "evidence"
    probe: Literal["", "connections", "logging", "escalation", "load", "rollback-drill"] = ""
    guide: str


class GuideLine(GuideModel):
    """A line of the guide's own lists, such as A1; it asks nothing but what `links` name."""

    id: str
    text: str
    links: tuple[str, ...]


CriterionId = Literal[
    "accuracy",
    "accuracy-held",
    "cost-held",
    "cost-within-forecast",
    "escalation-rate",
    "latency-held",
    "metrics-within",
    "no-critical-failure",
    "no-governance-incident",
    "real-inputs",
    "satisfaction",
]


class CriterionRule(GuideModel):
    """One thing that must be true at a gate (Guide 4). `n` is the least sample it needs.

    `over` and `under` are strict limits. Against the baseline a value holds while it is at most
    `below_points` (a fraction) lower, or at most `times` as much.
    """

    id: CriterionId
    over: float | None = None
    under: float | None = None
    n: int = 0
    below_points: float | None = None
    times: float | None = None


class PhaseDuty(GuideModel):
    """What is owed once a phase was rolled back, and within how many seconds."""

    id: str
    title: str
    within_s: int
    owner: Role = "agent-lead"


class PhaseRule(GuideModel):
    """A phase of the rollout (Guide 4). `min_s` is its dwell: no gate opens before it is over.

    `users` is what users will see, with {share} for the canary's increment. `on_fail` is the
    response to a gate that fails, of which the `duty` rows are what remains owed after a rollback.
    """

    name: PhaseName
    label: str
    what: str
    users: str
    min_s: int
    max_s: int
    on_fail: str
    guide: str
    criterion: tuple[CriterionRule, ...]
    duty: tuple[PhaseDuty, ...] = ()


class EscalationRow(GuideModel):
    """A row of Guide 5.1: who is notified of what, and what they do.

    `sla_customer_s` and `sla_internal_s` are the seconds within which they respond, by the agent's
    exposure; 0 means at once. `metric` is set where a metric's limit fires it; `rollback` says that
    the rollback is fired before anything else. `answered` is what stops the clock.
    """

    id: RowId
    name: str
    notified: tuple[Role, ...]
    sla_customer_s: int
    sla_internal_s: int
    metric: MetricId | None = None
    rollback: bool = False
    answered: Literal["acknowledged", "resolved"]
    answered_why: str
    steps: tuple[str, ...]
    users: str
    guide: str


DutyAfter = Literal["rollback", "incident", "review-mark", "assessment", "subtle-issues"]
"""What starts duties: a rollback, an incident without one, the window's 24-hour mark, its
assessment, and subtle issues that its review found."""


class DutyRule(GuideModel):
    """Something owed `within_s` seconds `after` what starts it, by the holder of the role `owner`.

    `fact` is what else on record completes it, "" where only a person can say that it is done.
    """

    id: str
    after: DutyAfter
    title: str
    owner: Role
    within_s: int
    fact: Literal["", "post-mortem"] = ""
    guide: str


AssessedStatus = Literal["stable", "monitored", "rolled-back"]
SignalId = Literal["trigger", "early-warning", "subtle-issues", "healthy"]


class AssessmentRow(GuideModel):
    """A row of the decision framework of Guide 6.3: a signal, what it means, what is done."""

    id: SignalId
    name: str
    signal: str
    assessment: str
    action: tuple[str, ...]
    status: AssessedStatus
    guide: str


class NoticeRule(GuideModel):
    """What people are told of besides a rollback. The ids are those that `console.domain` uses.

    `critical` goes through quiet hours and waits for no group; of the rest `quiet` hours hold back
    what has it. `silence` says that it may be held back for a while. `to` are the roles told where
    nothing else names them.
    """

    id: Literal[
        "alert",
        "page",
        "safety-flag",
        "trigger",
        "escalation",
        "tool-misuse",
        "governance",
        "missed-sla",
        "check-in",
        "shift",
        "warning",
        "duty",
        "incident",
        "severity-1",
        "status-update",
    ]
    name: str
    critical: bool
    quiet: bool = True
    silence: bool = False
    to: tuple[Role, ...] = ()
    guide: str


class WatchRule(GuideModel):
    """Something that the guide's troubleshooting warns of, watched in calls and minutes."""

    id: WatchId
    name: str
    severity: Literal["page", "ticket", "info"]
    recipients: tuple[Role, ...]
    guide: str
    means: str


class TroubleRow(GuideModel):
    """A row of the guide's troubleshooting table.

    `matches` are what in the console looks like its symptom, each with its kind before a colon:
    `alert:` and a rule, `trigger:`, `row:` of the escalation protocol, `feed:` and its freshness.
    """

    id: str
    symptom: str
    cause: str
    fix: tuple[str, ...]
    matches: tuple[str, ...] = ()
