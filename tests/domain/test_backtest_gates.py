"""Gates over a log: the criteria that calls tell, and a plain word where they tell nothing."""

import tomllib

import pytest

from config.guide import PhaseName
from config.load import validate
from config.model import Deployment
from console.domain.backtest import Backtest
from console.domain.backtest_gates import PhaseGate, gates_over
from console.domain.backtest_plan import plan_of
from console.domain.backtest_set import variants_of
from console.domain.events import CriterionRecord
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.state_rollout import Baseline
from tests.config.sample import SMALL

START = 1_000_000
FORECAST = "\n[forecast]\ncost_per_call = 0.02\ncalls_per_hour = 600\n"
BASELINE = Baseline(0.9, 1.0, 0.02, "the old process", 0.0)


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return validate(tomllib.loads(SMALL + FORECAST))


def minute(**changed: object) -> Minute:
    return Minute(
        **{
            "calls": 10,
            "cost": 0.2,
            "costed": 10,
            "timed": 10,
            "latency": histogram([(1.0, 10)]),
            "escalations": 1,
            "positive": 1,
            **changed,
        }  # type: ignore[arg-type]  # fields of a minute by their names
    )


def gates(
    deployment: Deployment,
    log: dict[int, Minute],
    baseline: Baseline | None = BASELINE,
    sets: tuple[str, ...] = (),
) -> list[dict[PhaseName, PhaseGate]]:
    """By phase; those in force, then of each variant."""
    plans = [plan_of(deployment), *(one.plan for one in variants_of(deployment, sets))]
    backtest = Backtest(plans)
    backtest.take(log, max(log) * 60.0)
    found = []
    for outcome in backtest.finish():
        span = backtest.span
        told = gates_over(outcome, backtest.totals, span.first, span.last, baseline)
        found.append({gate.phase: gate for gate in told})
    return found


def criterion(gate: PhaseGate, name: str) -> CriterionRecord:
    return next(one for one in gate.criteria if one.id == name)


def test_a_good_log_meets_what_calls_tell(deployment: Deployment) -> None:
    log = {START + i: minute() for i in range(3000)}
    (told,) = gates(deployment, log)
    verdicts = {one.id: one.verdict for one in told["canary"].criteria}
    assert set(verdicts.values()) == {"met"}
    assert (told["canary"].verdict, told["canary"].dwell) == ("met", True)
    assert criterion(told["dark-launch"], "cost-within-forecast").verdict == "met"
    assert (
        told["dark-launch"].verdict == told["shadow"].verdict == told["full"].verdict == "unknown"
    )
    accuracy = criterion(told["shadow"], "accuracy-held")
    assert accuracy.why == "no output is judged in a log: accuracy is for people"


def test_a_cost_that_is_just_the_forecast_is_within_it(deployment: Deployment) -> None:
    log = {START + i: minute(calls=1, cost=0.02, costed=1, escalations=0) for i in range(4001)}
    (told,) = gates(deployment, log)
    assert criterion(told["dark-launch"], "cost-within-forecast").verdict == "met"


def test_a_true_trigger_is_a_critical_failure_for_good(deployment: Deployment) -> None:
    log = {START + i: minute(errors=5 if 100 <= i < 140 else 0) for i in range(3000)}
    (told,) = gates(deployment, log)
    critical = criterion(told["canary"], "no-critical-failure")
    assert (critical.verdict, told["canary"].verdict) == ("not-met", "not-met")
    assert "trigger error-rate" in critical.why


def test_an_alert_that_still_fires_at_the_end_is_not_within_limits(deployment: Deployment) -> None:
    log = {START + i: minute(errors=1 if i > 2990 else 0) for i in range(3000)}
    (told,) = gates(deployment, log)
    within = criterion(told["full"], "metrics-within")
    assert within.verdict == "not-met"
    assert "error-rate" in within.why


def test_without_a_baseline_nothing_is_held_against_it(deployment: Deployment) -> None:
    (told,) = gates(deployment, {START + i: minute() for i in range(100)}, None)
    assert criterion(told["canary"], "latency-held").verdict == "unknown"
    assert not told["canary"].dwell


def test_what_the_records_do_not_tell_is_unknown(deployment: Deployment) -> None:
    log = {START + i: minute(escalations=0, blank={"escalations": 10}) for i in range(100)}
    (told,) = gates(deployment, log)
    assert criterion(told["canary"], "escalation-rate").verdict == "unknown"


def test_a_variant_has_its_own_gates(deployment: Deployment) -> None:
    log = {START + i: minute() for i in range(3000)}
    sets = (
        "canary.escalation-rate.under=0.05",
        "forecast.cost_per_call=0.01",
        "latency-p95.limit=0.5",
    )
    now, stricter, cheaper, quicker = gates(deployment, log, sets=sets)
    assert now["canary"].verdict == "met"
    assert criterion(stricter["canary"], "escalation-rate").verdict == "not-met"
    assert criterion(cheaper["dark-launch"], "cost-within-forecast").verdict == "not-met"
    assert criterion(quicker["canary"], "latency-held").verdict == "not-met"
