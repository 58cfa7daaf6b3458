"""What a backtest holds a log against: the thresholds of a deployment, or of a variant of it."""

import msgspec

from config.guide import MetricId, MetricRule, PhaseRule, TriggerRule, metric_rules, trigger_rules
from config.guide import phase_rules as guide_phases
from config.model import Deployment, Limit
from config.rule import Rule
from console.domain.watch_rules import error_budget

READ: tuple[MetricRule, ...] = tuple(rule for rule in metric_rules() if rule.id != "accuracy")
"""The metrics that calls tell; accuracy is judged by people."""


class Plan(msgspec.Struct, frozen=True):
    """All that an answer depends on besides the calls.

    `forecast_spend` is money an hour at the agent's share of the traffic, None where nothing is
    forecast; `budget` the agreed fraction of calls that may fail.
    """

    deployment: Deployment
    metrics: tuple[MetricRule, ...]
    limits: dict[MetricId, Limit]
    triggers: tuple[TriggerRule, ...]
    forecast_spend: float | None
    rules: tuple[Rule, ...]
    phases: tuple[PhaseRule, ...]
    budget: float | None


def plan_of(deployment: Deployment, share: float = 1.0) -> Plan:
    """What holds for `deployment` while it gets `share` (0 to 1) of all traffic."""
    forecast = deployment.forecast
    spend = None
    if forecast.cost_per_call is not None and forecast.calls_per_hour is not None:
        spend = forecast.cost_per_call * forecast.calls_per_hour * share
    phases = [deployment.phase_rule(rule.name) for rule in guide_phases()]
    return Plan(
        deployment=deployment,
        metrics=READ,
        limits={rule.id: deployment.limit(rule.id, share) for rule in metric_rules()},
        triggers=tuple(rule for rule in trigger_rules() if rule.metric is not None),
        forecast_spend=spend,
        rules=deployment.rules,
        phases=tuple(rule for rule in phases if rule is not None),
        budget=error_budget(deployment),
    )
