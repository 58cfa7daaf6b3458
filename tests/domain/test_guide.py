"""The guide's own tables, written down a second time and held against the data we ship."""

import itertools
from typing import Any, Literal

import pytest

from config.guide import (
    MetricId,
    PhaseRule,
    checklist_items,
    dimensions,
    metric_rules,
    phase_rules,
    readiness_items,
    trigger_rules,
)
from config.model import Context
from console.domain.checklist import ItemStatus, checklist
from console.domain.standing import standing_of
from console.domain.state import State
from tests.domain.build import Desk, deployment

# Guide 1: item, category, who confirms, where it is a hard gate, what it is elsewhere.
ITEMS = [
    ("test-set", "Agent Quality", {"agent-lead"}, "everywhere", ""),
    ("regression", "Agent Quality", {"agent-lead", "tech-lead"}, "update", "recommended"),
    ("prompt-lock", "Agent Quality", {"agent-lead", "tech-lead"}, "everywhere", ""),
    ("credentials", "Infrastructure", {"tech-lead"}, "everywhere", ""),
    ("logging", "Infrastructure", {"tech-lead"}, "everywhere", ""),
    ("load-test", "Infrastructure", {"tech-lead"}, "customers", "recommended"),
    ("agreed-needs", "Infrastructure", {"tech-lead", "bu-operations-lead"}, "everywhere", ""),
    ("security", "Infrastructure", {"tech-lead"}, "customers", "recommended"),
    ("rollback-ready", "Infrastructure", {"tech-lead", "agent-lead"}, "everywhere", ""),
    (
        "escalation-protocol",
        "Escalation",
        {"agent-lead", "bu-operations-lead"},
        "customers or compliance",
        "recommended",
    ),
    ("escalation-test", "Escalation", {"agent-lead"}, "everywhere", ""),
    ("governance-review", "Governance", {"legal"}, "customers", "not-applicable"),
    ("data-sharing", "Governance", {"tech-lead", "legal"}, "parent data", "not-applicable"),
    ("bias-risk", "Governance", {"agent-lead", "legal"}, "regulated customers", "recommended"),
    ("rollout-plan", "Go-Live Plan", {"agent-lead"}, "everywhere", ""),
]
COMBINATIONS = list(itertools.product((False, True), repeat=5))


def hard_ids(
    customers: bool, regulated: bool, compliance: bool, update: bool, parent: bool
) -> set[str]:
    """The items that Guide 1 makes hard gates there."""
    holds = {
        "everywhere": True,
        "update": update,
        "customers": customers,
        "customers or compliance": customers or compliance,
        "parent data": parent,
        "regulated customers": customers and regulated,
    }
    return {name for name, _, _, where, _ in ITEMS if holds[where]}


def context(
    customers: bool, regulated: bool, compliance: bool, update: bool, parent: bool
) -> Context:
    """The context with these flags."""
    return Context(
        exposure="customer-facing" if customers else "internal",
        regulated=regulated,
        compliance_implications=compliance,
        update_of_existing=update,
        parent_data=parent,
    )


def fifteen(of: Context, state: State | None = None) -> list[ItemStatus]:
    """The items of Guide 1 as they stand in this context."""
    facts = Desk(deployment=deployment().model_copy(update={"context": of})).facts()
    ids = {name for name, *_ in ITEMS}
    items = checklist(state or State(), standing_of(facts))
    return [status for status in items if status.item.id in ids]


def test_there_are_the_fifteen_items_of_the_guide_with_who_confirms_them() -> None:
    ours = [(item.id, item.category, set(item.roles)) for item in readiness_items()]
    assert ours == [(name, category, roles) for name, category, roles, _, _ in ITEMS]
    assert len(ours) == 15


@pytest.mark.parametrize("flags", COMBINATIONS, ids=str)
def test_an_item_is_a_hard_gate_exactly_where_the_guide_says(flags: tuple[bool, ...]) -> None:
    items = fifteen(context(*flags))
    assert {status.item.id for status in items if status.hard} == hard_ids(*flags)
    assert {status.item.id for status in items if status.hard and status.missing} == hard_ids(
        *flags
    )


@pytest.mark.parametrize("flags", COMBINATIONS, ids=str)
def test_elsewhere_it_is_recommended_or_does_not_apply(flags: tuple[bool, ...]) -> None:
    hard = hard_ids(*flags)
    for status, (name, _, _, _, otherwise) in zip(fifteen(context(*flags)), ITEMS, strict=True):
        idle = name not in hard and otherwise == "not-applicable"
        assert status.state == ("not-applicable" if idle else "open"), name


# The guide's other asks: prerequisites and environment hold everywhere, but for these.
ONLY_WITH = {
    "failure-modes": ("tool_using", "not-applicable"),  # environment checks, the last
    "tool-misuse-path": ("tool_using", "not-applicable"),  # 5.1, third row
    "cross-market": ("cross_market", "not-applicable"),  # 2.2, first row's note
    "on-call-backup": ("high_criticality", "open"),  # 5.3
}
FLAGS = (
    "regulated",
    "compliance_implications",
    "update_of_existing",
    "parent_data",
    "personal_data",
    "tool_using",
    "cross_market",
    "high_criticality",
)
DIMENSIONS = {
    "data-localization",
    "disclosure",
    "autonomy",
    "security-posture",
    "bias",
    "personal-data",
    "human-override",
}


def others(of: Context) -> dict[str, ItemStatus]:
    """The items that are not rows of Guide 1, as they stand in this context."""
    facts = Desk(deployment=deployment().model_copy(update={"context": of})).facts()
    known = {name for name, *_ in ITEMS}
    items = checklist(State(), standing_of(facts))
    return {status.item.id: status for status in items if status.item.id not in known}


@pytest.mark.parametrize("exposure", ["customer-facing", "internal"])
def test_the_other_items_are_hard_exactly_where_the_guide_asks_for_them(
    exposure: Literal["customer-facing", "internal"],
) -> None:
    for held in itertools.product((False, True), repeat=len(FLAGS)):
        flags: dict[str, Any] = dict(zip(FLAGS, held, strict=True))
        found = others(Context(exposure=exposure, **flags))
        assert len(found) == 4 + 12 + 7
        for name, status in found.items():
            if name in ONLY_WITH:
                flag, otherwise = ONLY_WITH[name]
                wanted = (flags[flag], "open" if flags[flag] else otherwise)
            else:
                wanted = (name not in DIMENSIONS or exposure == "customer-facing", "open")
            assert (status.hard, status.state) == wanted, (name, flags)


def test_the_seven_dimensions_are_items_of_their_own() -> None:
    assert {item.id for item in dimensions()} == DIMENSIONS


def test_what_the_environment_must_not_lose_is_bound_to_its_version_or_config() -> None:
    bound = {i.id: (i.version_bound, i.config_bound, i.expires_days) for i in checklist_items()}
    assert bound["config-versioned"] == (True, False, None)
    assert bound["credentials"] == bound["integrations"] == (False, True, None)
    assert {name: days for name, (_, _, days) in bound.items() if days} == {"load-test": 30}


def test_after_a_rollback_the_next_rollout_is_an_update() -> None:
    first = context(customers=False, regulated=False, compliance=False, update=False, parent=False)
    again = fifteen(first, State(rollout=2))
    assert {status.item.id for status in again if status.hard} == hard_ids(
        customers=False, regulated=False, compliance=False, update=True, parent=False
    )


def test_what_the_guide_does_not_ask_for_makes_no_item_hard() -> None:
    plain = Context(exposure="internal")
    other = Context(
        exposure="internal",
        personal_data=True,
        tool_using=True,
        cross_market=True,
        high_criticality=True,
        workflow="complex-b2b",
    )
    hard = [{i.item.id for i in fifteen(one) if i.hard} for one in (plain, other)]
    assert hard[0] == hard[1]


def test_what_a_rollback_puts_in_doubt_is_confirmed_anew() -> None:
    bound = {item.id for item in readiness_items() if item.version_bound}
    assert bound == {
        "test-set",
        "regression",
        "prompt-lock",
        "load-test",
        "security",
        "rollback-ready",
        "bias-risk",
    }


# Guide 3.3: metric, over, under, times the forecast, told to, window in seconds.
METRICS: list[tuple[str, float | None, float | None, float | None, set[str], int]] = [
    ("accuracy", None, 0.85, None, {"agent-lead"}, 86400),
    ("escalation-rate", 0.25, None, None, {"agent-lead", "bu-operations-lead"}, 3600),
    ("latency-p95", 3.0, None, None, {"tech-lead"}, 3600),
    ("error-rate", 0.01, None, None, {"tech-lead"}, 3600),
    ("cost-per-call", None, None, 3.0, {"tech-lead", "agent-lead"}, 3600),
    ("spend-rate", None, None, 3.0, {"tech-lead", "agent-lead"}, 3600),
    ("traffic", None, None, 5.0, {"tech-lead"}, 3600),
    ("safety-flags", None, None, None, {"agent-lead"}, 3600),
]


def test_the_seven_metrics_and_the_spend_rate_have_the_guides_thresholds_and_recipients() -> None:
    ours = [
        (rule.id, rule.over, rule.under, rule.over_times, set(rule.recipients), rule.window_s)
        for rule in metric_rules()
    ]
    assert ours == METRICS


def test_only_any_safety_flag_is_enough_and_only_accuracy_is_looked_at_daily() -> None:
    assert [rule.id for rule in metric_rules() if rule.any] == ["safety-flags"]
    assert [rule.id for rule in metric_rules() if "daily" in rule.check] == ["accuracy"]
    assert {rule.check for rule in metric_rules()} - {"continuous"} == {
        "daily in the first week, then weekly"
    }


def test_silence_is_under_a_fifth_of_the_traffic_for_fifteen_minutes() -> None:
    quiet = [(r.id, r.silence_under_times, r.silence_for_s) for r in metric_rules()]
    assert [row for row in quiet if row[1] is not None] == [("traffic", 0.2, 900)]


@pytest.mark.parametrize(
    ("metric", "limit"),
    [
        ("escalation-rate", 0.25),
        ("error-rate", 0.01),
        ("latency-p95", 3.0),
        ("cost-per-call", 3 * 0.02),
        ("spend-rate", 3 * 0.02 * 1000),
        ("traffic", 5000),
        ("safety-flags", 0),
    ],
)
def test_a_deployment_is_held_against_the_guides_numbers(metric: MetricId, limit: float) -> None:
    assert deployment().limit(metric).over == pytest.approx(limit)


def test_a_complex_workflow_may_take_ten_seconds() -> None:
    slow = deployment().context.model_copy(update={"workflow": "complex-b2b"})
    assert deployment().model_copy(update={"context": slow}).limit("latency-p95").over == 10.0


# Guide 3.5: trigger, metric that the console computes it from, over, times, window in seconds.
TRIGGERS: list[tuple[str, str | None, float | None, float | None, int | None]] = [
    ("error-rate", "error-rate", 0.05, None, 30 * 60),
    ("escalation-rate", "escalation-rate", 0.50, None, 15 * 60),
    ("cost-runaway", "spend-rate", None, 3.0, 15 * 60),
    ("incorrect-outputs", None, None, None, None),
    ("data-breach", None, None, None, None),
    ("owner-judgement", None, None, None, None),
]


def test_there_are_the_six_triggers_of_the_guide() -> None:
    ours = [(r.id, r.metric, r.over, r.over_times, r.window_s) for r in trigger_rules()]
    assert ours == TRIGGERS


HOUR = 3600
# Guide 4: phase, least and most duration, criteria as (over, under, least sample).
PHASES: list[tuple[str, int, int, dict[str, tuple[float | None, float | None, int]]]] = [
    (
        "dark-launch",
        24 * HOUR,
        48 * HOUR,
        {
            "accuracy": (0.90, None, 50),
            "escalation-rate": (None, 0.25, 0),
            "no-governance-incident": (None, None, 0),
            "cost-within-forecast": (None, None, 0),
        },
    ),
    (
        "shadow",
        48 * HOUR,
        72 * HOUR,
        {
            "satisfaction": (None, None, 10),
            "accuracy-held": (None, None, 50),
            "cost-held": (None, None, 0),
            "escalation-rate": (None, 0.25, 0),
            "real-inputs": (None, None, 500),
        },
    ),
    (
        "canary",
        48 * HOUR,
        72 * HOUR,
        {
            "no-critical-failure": (None, None, 0),
            "escalation-rate": (None, 0.20, 0),
            "latency-held": (None, None, 0),
            "cost-held": (None, None, 0),
            "satisfaction": (None, None, 10),
        },
    ),
    (
        "full",
        48 * HOUR,
        48 * HOUR,
        {
            "no-critical-failure": (None, None, 0),
            "metrics-within": (None, None, 0),
            "accuracy-held": (None, None, 50),
            "latency-held": (None, None, 0),
            "cost-held": (None, None, 0),
        },
    ),
]


def criteria(rule: PhaseRule) -> dict[str, tuple[float | None, float | None, int]]:
    """A phase's criteria with their limits."""
    return {one.id: (one.over, one.under, one.n) for one in rule.criterion}


def test_the_four_phases_have_the_guides_durations_and_criteria() -> None:
    ours = [(rule.name, rule.min_s, rule.max_s, criteria(rule)) for rule in phase_rules()]
    assert ours == PHASES


def test_every_row_says_which_step_of_the_guide_it_comes_from() -> None:
    assert {rule.guide for rule in metric_rules()} == {"3.3"}
    assert {rule.guide for rule in trigger_rules()} == {"3.5"}
    assert {rule.guide for rule in phase_rules()} == {"4"}
