"""Silences of our own notices: which alerts they may be of, and which hold now (Guide 5.1)."""

from config.guide import escalation_rows, metric_rules, trigger_rules, watch_rules
from config.model import Deployment
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.extra_rules import PREFIX as RULE
from console.domain.outside import OUTSIDE
from console.domain.state import OwnSilence, State
from console.domain.traffic import RULE as TRAFFIC
from console.domain.watch_rules import PREFIX as WATCH

LONGEST_S = 24 * 3600.0
SAFETY = "safety-flags"
_METRICS = {rule.id for rule in metric_rules()}
_TRIGGERS = {rule.id for rule in trigger_rules()} - _METRICS
_ROWS = {row.id for row in escalation_rows()} - _METRICS
_OURS = (RULE, WATCH, CHECK)


def rules_of(deployment: Deployment) -> list[str]:
    """Every rule of ours that may alarm here."""
    return [
        *(rule.id for rule in metric_rules()),
        *(f"{RULE}{own.id}" for own in deployment.rules),
        *(f"{WATCH}{rule.id}" for rule in watch_rules()),
        *(f"{CHECK}{metric}" for metric, own in deployment.metrics.items() if own.check),
        TRAFFIC,
    ]


def rule_named(state: State, name: str) -> str:
    """The rule of ours that `name` means, by the rule or by the id of an alert; "" if none is."""
    held = state.alerts.get(name)
    rule = name if held is None else held.rule
    if rule.startswith(OUTSIDE):
        return ""
    known = rule in _METRICS or rule == TRAFFIC or rule.startswith(_OURS)
    return rule if known or held is not None else ""


def never_silenced(name: str, deployment: Deployment) -> str:
    """Why nothing silences `name`, a rule, a trigger or a row of Guide 5.1; "" where it may be."""
    if name in _TRIGGERS or name.startswith("trigger"):
        return f"{name} is a rollback trigger: nothing silences it"
    if name in _ROWS:
        return f"{name} is answered by a person, within its time: nothing silences it"
    read = {f"{RULE}{own.id}" for own in deployment.rules if own.metric == SAFETY}
    if name in {SAFETY, f"{CHECK}{SAFETY}"} | read:
        return f"{name} is about safety flags: nothing silences these"
    return ""


def silence_of(state: State, rule: str, now: float) -> OwnSilence | None:
    """The silence that holds for `rule` at `now`: the one that lasts longest."""
    holding = [
        one
        for one in state.own_silences.values()
        if one.rule == rule and one.lifted_at is None and now < one.until
    ]
    return max(holding, key=lambda one: one.until, default=None)
