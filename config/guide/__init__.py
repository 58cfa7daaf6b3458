"""The guide as data: frozen models over the TOML files that lie beside this module.

| file | guide steps |
|---|---|
| `readiness.toml` | 1: the go-live readiness checklist |
| `metrics.toml` | 3.3: the seven metrics with thresholds and recipients |
| `triggers.toml` | 3.5: what is enough for a rollback |
| `phases.toml` | 4: phases, dwell and gate criteria |
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


class ReadinessItem(GuideModel):
    """A line of the readiness checklist (Guide 1).

    `hard` lists the contexts in which the item is a hard gate, any one of them being enough:
    "always", or flags of the context joined by "+" that must all hold. Elsewhere the item is what
    `otherwise` says. A `version_bound` item must be confirmed anew after a rollback.
    """

    id: str
    category: str
    title: str
    confirm: str
    why: str
    evidence: str
    roles: tuple[Role, ...]
    hard: tuple[str, ...]
    otherwise: Literal["recommended", "not-applicable"]
    version_bound: bool


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
    """One thing that must be true at a gate (Guide 4). `n` is the least sample it needs."""

    id: CriterionId
    over: float | None = None
    under: float | None = None
    n: int = 0


class PhaseRule(GuideModel):
    """A phase of the rollout (Guide 4). `min_s` is its dwell: no gate opens before it is over."""

    name: PhaseName
    label: str
    what: str
    min_s: int
    max_s: int
    on_fail: str
    guide: str
    criterion: tuple[CriterionRule, ...]


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


@cache
def readiness_items() -> tuple[ReadinessItem, ...]:
    """The 15 items of the readiness checklist (Guide 1)."""
    return tuple(ReadinessItem(**row) for row in _read("readiness.toml")["item"])


@cache
def phase_rules() -> tuple[PhaseRule, ...]:
    """The four phases of Guide 4 in their order."""
    return tuple(PhaseRule(**row) for row in _read("phases.toml")["phase"])
