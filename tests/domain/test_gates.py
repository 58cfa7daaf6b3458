"""Each criterion at its exact boundary; nothing measured is never a pass."""

from typing import Any

import pytest

from config.guide import trigger_rules
from console.domain import commands as c
from console.domain import events as e
from console.domain.state_rollout import Baseline
from console.domain.times import utc
from tests.domain.build import (
    BUSINESS,
    NOW,
    REVIEWER,
    Desk,
    at,
    deployment,
    judgements,
    readings,
    sums,
    totals,
    triggers,
)

NAN = float("nan")


def sampled(attempt: str, right: int, wrong: int, subtle: int = 0, skip: int = 0) -> Desk:
    """A desk with this sample judged and nothing else."""
    desk = Desk().to(attempt)
    desk.do(judgements(right, wrong, subtle, skip), REVIEWER)
    return desk


@pytest.mark.parametrize(
    ("right", "wrong", "subtle", "skip", "verdict"),
    [
        (46, 4, 0, 0, "met"),
        (45, 5, 0, 0, "not-met"),
        (40, 4, 6, 0, "met"),
        (49, 0, 0, 0, "unknown"),
        (49, 0, 0, 30, "unknown"),
        (0, 50, 0, 0, "not-met"),
        (0, 0, 0, 0, "unknown"),
    ],
)
def test_dark_launch_wants_over_90_percent_of_50_judged(
    right: int, wrong: int, subtle: int, skip: int, verdict: str
) -> None:
    if right + wrong + subtle + skip == 0:
        desk = Desk().to("dark-launch.1")
    else:
        desk = sampled("dark-launch.1", right, wrong, subtle, skip)
    accuracy = desk.criterion("accuracy")
    assert (accuracy.verdict, accuracy.n) == (verdict, right + wrong + subtle)


def test_what_was_judged_in_an_earlier_attempt_does_not_count(shadow: Desk) -> None:
    fresh = Desk().to("shadow.1")
    assert fresh.criterion("accuracy-held").verdict == "unknown"
    assert fresh.criterion("accuracy-held").n == 0
    assert shadow.criterion("accuracy-held").n == 50


@pytest.mark.parametrize(("right", "verdict"), [(45, "met"), (44, "not-met")])
@pytest.mark.parametrize("attempt", ["shadow.1", "full.1"])
def test_accuracy_may_fall_two_points_and_no_more(attempt: str, right: int, verdict: str) -> None:
    desk = sampled(attempt, right, 50 - right)
    assert desk.criterion("accuracy-held").verdict == verdict


@pytest.mark.parametrize("hundredths", range(52, 101))
def test_two_points_are_two_points_for_every_baseline(hundredths: int) -> None:
    desk = Desk().to("shadow.1")
    desk.state.baseline = Baseline(hundredths / 100, 2.0, 0.02, "last quarter's figures", NOW)
    desk.do(judgements(hundredths - 2, 102 - hundredths), REVIEWER)
    assert desk.criterion("accuracy-held").verdict == "met"


@pytest.mark.parametrize(("attempt", "limit"), [("dark", 0.25), ("shadow", 0.25), ("canary", 0.20)])
def test_the_escalation_rate_must_be_under_its_limit(
    attempt: str, limit: float, request: pytest.FixtureRequest
) -> None:
    desk: Desk = request.getfixturevalue(attempt)
    equal = desk.criterion("escalation-rate", totals=sums(totals(escalated=limit)))
    under = desk.criterion("escalation-rate", totals=sums(totals(escalated=limit - 0.001)))
    assert (equal.verdict, equal.value, equal.limit) == ("not-met", limit, limit)
    assert under.verdict == "met"


@pytest.mark.parametrize(("calls", "verdict"), [(0, "unknown"), (19, "unknown"), (20, "met")])
def test_a_rate_needs_twenty_calls(dark: Desk, calls: int, verdict: str) -> None:
    few = sums(totals(calls))
    assert dark.criterion("escalation-rate", totals=few).verdict == verdict
    assert dark.criterion("cost-within-forecast", totals=few).verdict == verdict


def test_calls_that_do_not_say_whether_they_escalated_count_for_nothing(dark: Desk) -> None:
    mute = sums(totals(escalations=0, blank={"escalations": 1190}))
    got = dark.criterion("escalation-rate", totals=mute)
    assert (got.verdict, got.n) == ("unknown", 10)


@pytest.mark.parametrize(
    ("cost", "verdict"), [(0.02, "met"), (0.0201, "not-met"), (NAN, "unknown")]
)
def test_dark_launch_must_stay_within_the_forecast(dark: Desk, cost: float, verdict: str) -> None:
    sample = sums(totals(100, costed=100, cost=cost))
    sample["cost-per-call"].cost = cost * 100
    assert dark.criterion("cost-within-forecast", totals=sample).verdict == verdict


def test_without_a_forecast_the_cost_is_unknown(dark: Desk) -> None:
    plain = dark.held["deployment"].model_copy(update={"forecast": type(deployment().forecast)()})
    got = dark.criterion("cost-within-forecast", deployment=plain)
    assert got.verdict == "unknown"
    assert "[forecast] cost_per_call" in got.why


COSTS = [(1.10, "met"), (1.11, "not-met"), (NAN, "unknown")]


@pytest.mark.parametrize(("times", "verdict"), COSTS)
@pytest.mark.parametrize("attempt", ["shadow", "canary", "full"])
def test_cost_may_rise_by_a_tenth_and_no_more(
    attempt: str, times: float, verdict: str, request: pytest.FixtureRequest
) -> None:
    desk: Desk = request.getfixturevalue(attempt)
    sample = sums(totals(100))
    sample["cost-per-call"].cost = 0.02 * 1.1 * 100 if times == 1.10 else 0.02 * times * 100
    assert desk.criterion("cost-held", totals=sample).verdict == verdict


def test_a_few_costed_calls_do_not_speak_for_the_rest(dark: Desk, canary: Desk) -> None:
    three = sums(totals(1200, costed=3))
    three["cost-per-call"].cost = 0.03
    for got in (
        dark.criterion("cost-within-forecast", totals=three),
        canary.criterion("cost-held", totals=three),
    ):
        assert (got.verdict, got.n) == ("unknown", 3)


def test_a_few_timed_calls_do_not_speak_for_the_rest(canary: Desk) -> None:
    few = totals(3)
    few.calls = 1200
    got = canary.criterion("latency-held", totals=sums(few))
    assert (got.verdict, got.n) == ("unknown", 3)


def stored(least: float, most: float, n: int = 1200) -> dict[str, Any]:
    """Facts where the store computes the p95 itself, so that there is no histogram."""
    return {"totals": sums(totals(n, places={}, timed=0)), "p95_range": (least, most)}


@pytest.mark.parametrize(
    ("value", "n", "verdict"),
    [
        (2.15, 1200, "met"),
        (2.25, 1200, "not-met"),
        (1.0, 19, "unknown"),
        (1.0, 20, "met"),
    ],
)
@pytest.mark.parametrize("attempt", ["canary", "full"])
def test_latency_may_rise_by_a_tenth_and_no_more(
    attempt: str, value: float, n: int, verdict: str, request: pytest.FixtureRequest
) -> None:
    desk: Desk = request.getfixturevalue(attempt)
    assert desk.criterion("latency-held", totals=sums(totals(n, p95=value))).verdict == verdict


@pytest.mark.parametrize(
    ("least", "most", "n", "verdict"),
    [
        (1.0, 2.2, 1200, "met"),
        (2.21, 9.0, 1200, "not-met"),
        (2.0, 2.21, 1200, "unknown"),
        (1.0, 2.0, 19, "unknown"),
        (1.0, NAN, 1200, "unknown"),
    ],
)
def test_a_stores_percentiles_of_the_hours_bound_that_of_the_attempt(
    least: float, most: float, n: int, verdict: str, canary: Desk
) -> None:
    assert canary.criterion("latency-held", **stored(least, most, n)).verdict == verdict


def test_a_latency_that_nobody_told_is_unknown(canary: Desk) -> None:
    untold = totals(places={}, timed=0)
    assert canary.criterion("latency-held", totals=sums(untold)).verdict == "unknown"


def test_latency_is_measured_over_the_attempt_where_the_calls_are_known(canary: Desk) -> None:
    slow = canary.criterion("latency-held", totals=sums(totals(p95=2.5)))
    assert slow.verdict == "not-met"
    assert slow.value == pytest.approx(2.5, rel=0.01)


def test_the_agreed_needs_hold_where_they_are_stricter_than_the_baseline(canary: Desk) -> None:
    strict = deployment(extra="[nfr]\nlatency_sla_s = 1.9\ncost_per_call = 0.015")
    assert canary.criterion("latency-held", deployment=strict).verdict == "not-met"
    assert canary.criterion("latency-held", deployment=strict).limit == 1.9
    assert canary.criterion("cost-held", deployment=strict).verdict == "not-met"


def test_a_number_that_the_baseline_lacks_is_not_applicable() -> None:
    desk = Desk().to("full.1")
    desk.state.baseline = Baseline(None, None, None, "there was no process before", NOW)
    for name in ("accuracy-held", "latency-held", "cost-held"):
        assert desk.criterion(name).verdict == "not-applicable"


def test_without_a_baseline_nothing_is_held_against_it() -> None:
    desk = at("full.1")
    desk.state.baseline = None
    for name in ("accuracy-held", "latency-held", "cost-held"):
        assert desk.criterion(name).verdict == "unknown"
    assert desk.gate().verdict == "unknown"


@pytest.mark.parametrize(("calls", "verdict"), [(499, "not-met"), (500, "met")])
def test_shadow_wants_500_real_inputs(shadow: Desk, calls: int, verdict: str) -> None:
    assert shadow.criterion("real-inputs", totals=sums(totals(calls))).verdict == verdict


@pytest.mark.parametrize(
    ("judged", "verdict"), [("positive", "met"), ("neutral", "met"), ("negative", "not-met")]
)
@pytest.mark.parametrize("attempt", ["shadow.1", "canary-1.1"])
def test_users_must_not_be_unhappy(attempt: str, judged: Any, verdict: str) -> None:
    desk = Desk().to(attempt)
    assert desk.criterion("satisfaction").verdict == "unknown"
    desk.do(c.JudgeSatisfaction(judged, "asked at the stand-up"), BUSINESS)
    assert desk.criterion("satisfaction").verdict == verdict


@pytest.mark.parametrize(
    ("severity", "trigger", "verdict"),
    [(1, "", "not-met"), (2, "", "met"), (3, "", "met"), (2, "data-breach", "not-met")],
)
@pytest.mark.parametrize("attempt", ["canary-1.1", "full.1"])
def test_a_severity_1_incident_or_a_declared_trigger_is_a_critical_failure(
    attempt: str, severity: Any, trigger: str, verdict: str
) -> None:
    desk = Desk().to(attempt)
    desk.do(c.OpenIncident(severity, "records of others were shown", trigger))
    assert desk.criterion("no-critical-failure").verdict == verdict


def test_a_critical_failure_stays_when_its_trigger_has_cleared() -> None:
    desk = Desk().to("canary-1.1")
    raised = e.TriggerRaised("error-rate", 0.06, 0.05, 300, utc(desk.now), "6 %")
    desk.write(raised, e.TriggerCleared("error-rate"))
    assert desk.state.triggers == {}
    assert desk.criterion("no-critical-failure").verdict == "not-met"


@pytest.mark.parametrize(
    ("trigger", "verdict"),
    [("data-breach", "not-met"), ("", "met"), ("incorrect-outputs", "met")],
)
def test_dark_launch_wants_no_governance_incident(trigger: str, verdict: str) -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(c.OpenIncident(2, "something was seen", trigger))
    assert desk.criterion("no-governance-incident").verdict == verdict


@pytest.mark.parametrize(
    ("how", "verdict"), [("true", "not-met"), ("possible", "unknown"), ("unknown", "unknown")]
)
def test_a_possible_trigger_is_not_known_to_be_a_failure(
    canary: Desk, how: Any, verdict: str
) -> None:
    got = canary.criterion("no-critical-failure", triggers=triggers("error-rate", how))
    assert got.verdict == verdict


def test_a_true_trigger_is_named_though_another_is_only_unknown(canary: Desk) -> None:
    both = (*triggers("error-rate", "unknown")[:1], *triggers("cost-runaway")[1:])
    got = canary.criterion("no-critical-failure", triggers=both)
    spend = next(rule for rule in trigger_rules() if rule.id == "cost-runaway")
    assert (got.verdict, got.why) == ("not-met", f"true: {spend.name}")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("ok", "met"),
        ("breach", "not-met"),
        ("too-few", "unknown"),
        ("stale", "unknown"),
        ("down", "unknown"),
    ],
)
@pytest.mark.parametrize("metric", ["accuracy", "traffic", "spend_rate", "safety_flags"])
def test_the_window_ends_with_all_metrics_within(
    full: Desk, metric: str, verdict: Any, expected: str
) -> None:
    seen = readings(**{metric: verdict})
    assert full.criterion("metrics-within", readings=seen).verdict == expected


def test_a_window_without_a_single_reading_is_unknown(full: Desk) -> None:
    empty = {"latency-p95": readings()["latency-p95"]}
    got = full.criterion("metrics-within", readings=empty)
    assert got.verdict == "unknown"
    assert "accuracy" in got.why


def test_an_alert_that_still_fires_holds_the_window() -> None:
    desk = Desk().to("full.1")
    desk.write(e.AlertFired("a", "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 %"))
    assert desk.criterion("metrics-within").verdict == "not-met"
    desk.write(e.AlertResolved("a", 0.001, "back"))
    assert desk.criterion("metrics-within").verdict == "met"


def test_alerts_beside_the_guides_hold_no_gate() -> None:
    desk = Desk().to("full.1")
    for name in ("rule:dear-calls", "watch:one-source"):
        desk.write(e.AlertFired(name, name, 0.02, 0.01, 1200, 3600, "calls", "2 %", "page"))
    assert len(desk.state.firing) == 2
    assert desk.criterion("metrics-within").verdict == "met"
