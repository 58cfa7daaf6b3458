"""The guide as data: frozen models over the TOML files that lie beside this module.

| file | guide steps |
|---|---|
| `prerequisites.toml` | what must be complete before the walk |
| `environment.toml` | the environment checks, 3, and what only the master checklist asks |
| `readiness.toml` | 1: the go-live readiness checklist |
| `governance.toml` | 2.2: the seven dimensions of the governance review |
| `lines.toml` | prerequisites, master checklist A to D and validation steps, linked to items |
| `metrics.toml` | 3.3: the seven metrics with thresholds and recipients |
| `triggers.toml` | 3.5: what is enough for a rollback |
| `phases.toml` | 4: phases, dwell and gate criteria |
| `escalation.toml` | 5.1: what is escalated, to whom, how soon they respond |
| `watched.toml` | troubleshooting: what else is watched, with default limits |
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

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
MetricId = Literal[
    "accuracy",
    "escalation-rate",
    "latency-p95",
    "error-rate",
    "cost-per-call",
    "spend-rate",
    "traffic",
    "safety-flags",
]
WatchId = Literal["version", "model", "one-source", "override", "huge-call", "budget-burn"]
PhaseName = Literal["readiness", "dark-launch", "shadow", "canary", "full"]


class GuideModel(BaseModel):
    """Frozen and closed: a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MetricRule(GuideModel):
    """A metric of Guide 3.3 and the alert on it.

    Exactly one of `over`, `under`, `over_times` (of the forecast) and `any` tells
    when it is breached; rates are fractions, latency is seconds, money is in the deployment's
    currency.
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
    the rollback is fired before anything else.
    """

    id: Literal["escalate", "safety-flag", "tool-misuse", "error-rate", "latency", "governance"]
    name: str
    notified: tuple[Role, ...]
    sla_customer_s: int
    sla_internal_s: int
    metric: MetricId | None = None
    rollback: bool = False
    steps: tuple[str, ...]
    users: str
    guide: str


class WatchRule(GuideModel):
    """Something that the guide's troubleshooting warns of, watched in calls and minutes."""

    id: WatchId
    name: str
    severity: Literal["page", "ticket", "info"]
    recipients: tuple[Role, ...]
    guide: str
    means: str


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def metric_rules() -> tuple[MetricRule, ...]:
    """The metrics of Guide 3.3, in the guide's order, spend-rate beside cost-per-call."""
    return tuple(MetricRule(**row) for row in _read("metrics.toml")["metric"])


@cache
def trigger_rules() -> tuple[TriggerRule, ...]:
    """The six rollback triggers of Guide 3.5."""
    return tuple(TriggerRule(**row) for row in _read("triggers.toml")["trigger"])


def _items(name: str) -> tuple[Item, ...]:
    return tuple(Item(**row) for row in _read(name)["item"])


@cache
def readiness_items() -> tuple[Item, ...]:
    """The 15 items of the readiness checklist (Guide 1)."""
    return _items("readiness.toml")


@cache
def dimensions() -> tuple[Item, ...]:
    """The seven dimensions of the governance review (Guide 2.2)."""
    return _items("governance.toml")


@cache
def checklist_items() -> tuple[Item, ...]:
    """All items in the order in which they are walked: what is signed comes after what it is on."""
    items = list(readiness_items())
    signed = next(place for place, item in enumerate(items) if item.category == "Governance")
    first = (*_items("prerequisites.toml"), *_items("environment.toml"))
    return (*first, *items[:signed], *dimensions(), *items[signed:])


@cache
def guide_lines() -> tuple[GuideLine, ...]:
    """Prerequisites, environment checks, master checklist A to D, validation steps."""
    return tuple(GuideLine(**row) for row in _read("lines.toml")["line"])


@cache
def phase_rules() -> tuple[PhaseRule, ...]:
    """The four phases of Guide 4 in their order."""
    return tuple(PhaseRule(**row) for row in _read("phases.toml")["phase"])


@cache
def escalation_rows() -> tuple[EscalationRow, ...]:
    """The six rows of the live escalation protocol (Guide 5.1) in their order."""
    return tuple(EscalationRow(**row) for row in _read("escalation.toml")["row"])


@cache
def watch_rules() -> tuple[WatchRule, ...]:
    """What is watched besides metrics."""
    return tuple(WatchRule(**row) for row in _read("watched.toml")["watch"])


def watch_limits() -> dict[str, Any]:
    """The default limits of what is watched, as TOML gives them."""
    limits: dict[str, Any] = _read("watched.toml")["limits"]
    return limits
