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
| `assessment.toml` | 6.3: what the window can amount to, and what is owed then |
| `watched.toml` | troubleshooting: what else is watched, with default limits |
| `duties.toml` | 6: what is owed after a rollback, an incident, the window |
| `troubleshooting.toml` | the troubleshooting table: symptoms, causes, fixes |
| `notices.toml` | 3.3, 3.5, 5.1, 6: what people are told of, and which of it is critical |
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from config.guide.rows import (
    AssessedStatus,
    AssessmentRow,
    CountedMetric,
    CriterionId,
    CriterionRule,
    DutyAfter,
    DutyRule,
    EscalationRow,
    GuideLine,
    GuideModel,
    Item,
    MetricId,
    MetricRule,
    NoticeRule,
    PhaseDuty,
    PhaseName,
    PhaseRule,
    Role,
    RowId,
    SignalId,
    TriggerRule,
    TroubleRow,
    WatchId,
    WatchRule,
)

__all__ = [
    "AssessedStatus",
    "AssessmentRow",
    "CountedMetric",
    "CriterionId",
    "CriterionRule",
    "DutyAfter",
    "DutyRule",
    "EscalationRow",
    "GuideLine",
    "GuideModel",
    "Item",
    "MetricId",
    "MetricRule",
    "NoticeRule",
    "PhaseDuty",
    "PhaseName",
    "PhaseRule",
    "Role",
    "RowId",
    "SignalId",
    "TriggerRule",
    "TroubleRow",
    "WatchId",
    "WatchRule",
    "assessment_rows",
    "checklist_items",
    "dimensions",
    "duty_rules",
    "escalation_rows",
    "guide_lines",
    "metric_rules",
    "notice_rules",
    "phase_rules",
    "readiness_items",
    "trigger_rules",
    "trouble_rows",
    "watch_limits",
    "watch_rules",
]


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
def duty_rules() -> tuple[DutyRule, ...]:
    """What is owed (Guide 6), in the order in which it falls due."""
    return tuple(DutyRule(**row) for row in _read("duties.toml")["duty"])


@cache
def trouble_rows() -> tuple[TroubleRow, ...]:
    """The eleven rows of the troubleshooting table, in the guide's order."""
    return tuple(TroubleRow(**row) for row in _read("troubleshooting.toml")["row"])


@cache
def assessment_rows() -> tuple[AssessmentRow, ...]:
    """The four rows of Guide 6.3, the one that weighs most first."""
    return tuple(AssessmentRow(**row) for row in _read("assessment.toml")["row"])


@cache
def notice_rules() -> tuple[NoticeRule, ...]:
    """What people are told of, and which of it is critical."""
    return tuple(NoticeRule(**row) for row in _read("notices.toml")["notice"])


@cache
def watch_rules() -> tuple[WatchRule, ...]:
    """What is watched besides metrics."""
    return tuple(WatchRule(**row) for row in _read("watched.toml")["watch"])


def watch_limits() -> dict[str, Any]:
    """The default limits of what is watched, as TOML gives them."""
    limits: dict[str, Any] = _read("watched.toml")["limits"]
    return limits
