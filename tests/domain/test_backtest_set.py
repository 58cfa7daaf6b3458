"""Other thresholds: what people may write, what it changes, and what they are told."""

import tomllib
from typing import Any

import pytest

from config.load import validate
from config.model import Deployment
from console.domain.backtest_plan import Plan, plan_of
from console.domain.backtest_set import BadSet, Variant, keys_of, variants_of
from tests.config.sample import SMALL
from tests.domain.test_backtest import MORE


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return validate(tomllib.loads(SMALL + MORE))


def one(deployment: Deployment, text: str) -> Variant:
    (variant,) = variants_of(deployment, [text])
    return variant


def criterion(plan: Plan, phase: str, name: str) -> Any:
    (rule,) = [rule for rule in plan.phases if rule.name == phase]
    return next(one for one in rule.criterion if one.id == name)


def test_each_set_is_a_variant_of_its_own(deployment: Deployment) -> None:
    found = variants_of(deployment, ["error-rate.limit=0.005", "latency-p95.limit=2"])
    assert [one.name for one in found] == ["error-rate.limit=0.005", "latency-p95.limit=2"]
    assert [one.plan.limits["error-rate"].over for one in found] == [0.005, 0.01]


def test_changes_with_a_comma_are_one_variant(deployment: Deployment) -> None:
    variant = one(deployment, "error-rate.limit=0.005, metrics.latency-p95.limit=2")
    assert variant.changes == {"error-rate.limit": 0.005, "latency-p95.limit": 2.0}
    assert variant.plan.limits["latency-p95"].over == 2.0


def test_a_range_is_a_variant_for_each_value(deployment: Deployment) -> None:
    found = variants_of(deployment, ["error-rate.limit=0.001..0.003/0.001"])
    assert [one.changes["error-rate.limit"] for one in found] == [0.001, 0.002, 0.003]


def test_a_fraction_may_be_a_percentage(deployment: Deployment) -> None:
    text = "error-rate.limit=0.7%,canary.escalation-rate.under=15 %,nfr.availability=99.5%"
    assert list(one(deployment, text).changes.values()) == [0.007, 0.15, 0.995]
    found = variants_of(deployment, ["error-rate.limit=1%..3%/1%"])
    assert [one.changes["error-rate.limit"] for one in found] == [0.01, 0.02, 0.03]


def test_limits_on_traffic_and_spend_are_those_of_the_share(deployment: Deployment) -> None:
    (small,) = variants_of(deployment, ["trigger.cost-runaway.over_times=2"], 0.05)
    full = one(deployment, "trigger.cost-runaway.over_times=2").plan
    for metric in ("traffic", "spend-rate"):
        assert small.plan.limits[metric].over == pytest.approx((full.limits[metric].over or 0) / 20)
    assert small.plan.limits["error-rate"] == full.limits["error-rate"]
    assert small.plan.forecast_spend == pytest.approx((full.forecast_spend or 0) / 20)


def test_what_is_agreed_changes_all_that_follows(deployment: Deployment) -> None:
    plan = one(deployment, "forecast.calls_per_hour=100").plan
    assert plan.limits["traffic"].over == 500.0
    assert plan.forecast_spend == pytest.approx(2.0)
    assert one(deployment, "nfr.error_budget=0.004").plan.budget == pytest.approx(0.004)
    assert one(deployment, "nfr.latency_sla_s=1.5").plan.limits["latency-p95"].over == 1.5


def test_windows_rules_triggers_and_criteria(deployment: Deployment) -> None:
    plan = one(
        deployment,
        "error-rate.window_s=1800,trigger.error-rate.limit=0.04,trigger.error-rate.window_s=600,"
        "rules.slow.over=1,rules.slow.for_s=0,rules.slow.window_s=60,traffic.silence_for_s=600,"
        "canary.escalation-rate.under=0.1,shadow.real-inputs.n=900",
    ).plan
    assert next(rule.window_s for rule in plan.metrics if rule.id == "error-rate") == 1800
    trigger = next(rule for rule in plan.triggers if rule.id == "error-rate")
    assert (trigger.over, trigger.window_s) == (0.04, 600)
    slow = next(rule for rule in plan.rules if rule.id == "slow")
    assert (slow.over, slow.for_s, slow.window_s) == (1.0, 0, 60)
    assert plan.limits["traffic"].silence_for_s == 600
    assert criterion(plan, "canary", "escalation-rate").under == 0.1
    assert criterion(plan, "shadow", "real-inputs").n == 900


def test_every_key_changes_the_plan(deployment: Deployment) -> None:
    base = plan_of(deployment)
    for key in keys_of(base):
        seconds = key.endswith(("window_s", "for_s"))
        assert (
            one(
                deployment,
                f"{key}={180 if seconds else 0.123 if not key.endswith(('.n', '_calls')) else 7}",
            ).plan
            != base
        )


def test_looser_than_the_guide_is_a_question_and_said(deployment: Deployment) -> None:
    assert one(deployment, "error-rate.limit=0.02").looser == (
        "error-rate.limit=0.02 is looser than the guide's 0.01",
    )
    assert one(deployment, "error-rate.limit=0.005").looser == ()
    assert one(deployment, "trigger.error-rate.limit=0.1").looser == (
        "trigger.error-rate.limit=0.1 is looser than the guide's 0.05",
    )
    assert one(deployment, "error-rate.window_s=600").looser == (
        "error-rate.window_s=600 is not the guide's 3600",
    )
    assert "looser" in one(deployment, "canary.escalation-rate.under=0.3").looser[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("error-rate.limit", "write KEY=VALUE"),
        ("error-rate.limit=", "write KEY=VALUE"),
        ("=0.1", "write KEY=VALUE"),
        ("error-rat.limit=0.1", 'did you mean "error-rate.limit"?'),
        ("trigger.errors.limit=0.1", 'did you mean "trigger.error-rate.limit"?'),
        ("rule.slow.over=1", 'did you mean "rules.slow.over"?'),
        ("zzz=1", "keys are like"),
        ("error-rate.limit=2", "write 0.02 for 2 %"),
        ("error-rate.limit=-1", "at least 0"),
        ("error-rate.limit=nan", "finite"),
        ("error-rate.limit=some", "is not a number"),
        ("latency-p95.limit=5%", "no fraction; write it without %"),
        ("error-rate.limit=1%..2", "is no range"),
        ("error-rate.window_s=90", "whole minutes"),
        ("rules.slow.for_s=86460", "whole minutes"),
        ("shadow.real-inputs.n=1.5", "whole number"),
        ("watch.unexplained_calls=1.5", "whole number"),
        ("error-rate.limit=0.1,error-rate.limit=0.2", "twice"),
        ("error-rate.limit=1..2", "is no range"),
        ("error-rate.limit=0.2..0.1/0.05", "is no range"),
        ("error-rate.limit=0.1..0.2/0", "is no range"),
        ("error-rate.limit=0.001..1/0.001", "over 50 variants"),
        ("safety-flags.limit=1", "is not known"),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(
    deployment: Deployment, text: str, words: str
) -> None:
    with pytest.raises(BadSet) as refused:
        variants_of(deployment, [text])
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_more_than_fifty_at_once(deployment: Deployment) -> None:
    with pytest.raises(BadSet, match="at most 50"):
        variants_of(deployment, ["error-rate.limit=0.01..0.3/0.01"] * 2)
