"""What other rollout tools got wrong at their gates, and what ours does there."""

from math import nan

import pytest

from console.domain import commands as c
from console.domain.minutes import Totals
from console.domain.refused import Refused
from tests.domain.build import LEAD, OWNER, Desk, at, deployment, readings, sums, totals, triggers

EVERY = ["dark-launch.1", "shadow.1", "canary-1.1", "canary-100.1", "full.1"]
MEASURED = {"escalation-rate", "cost-within-forecast", "cost-held", "latency-held"}


@pytest.mark.parametrize("attempt", EVERY)
def test_no_measurement_at_all_is_no_success(attempt: str) -> None:
    """Argo Rollouts: an analysis without a measurement was Successful; Kayenta scored it 100."""
    desk = at(attempt, readings=readings(latency_p95="too-few", error_rate="too-few"))
    desk.held["totals"] = sums(Totals())
    gate = desk.gate()
    assert gate.missing
    assert not [one.id for one in gate.criteria if one.id in MEASURED and one.verdict == "met"]
    if attempt == "full.1":
        assert desk.criterion("metrics-within").verdict == "unknown"


def test_what_is_not_a_number_is_under_no_threshold() -> None:
    """Flagger: without traffic NaN counted as within the limit."""
    desk = at("canary-5.1")
    desk.held["totals"] = sums(totals(cost=nan))
    assert desk.criterion("cost-held").verdict == "unknown"


def test_nothing_skips_a_phase() -> None:
    """Argo Rollouts: `promote --full` skipped every analysis that was left."""
    desk = at("canary-1.1")
    desk.do(c.GiveBrief(how="by mail"))
    desk.do(c.DecideGate("advance"))
    assert desk.state.attempt.id == "canary-5.1"
    with pytest.raises(Refused, match="dwell"):
        desk.do(c.DecideGate("advance"))


def test_the_time_that_is_left_is_told() -> None:
    """Argo Rollouts: nobody could see how long a step still takes."""
    desk = Desk().to("canary-1.1")
    desk.now += 3600
    assert desk.gate().left_s == 47 * 3600


@pytest.mark.parametrize("attempt", EVERY)
def test_a_rollout_that_waits_at_a_gate_can_be_rolled_back(attempt: str) -> None:
    """Flagger: failures while waiting did nothing, and a stuck phase could not be rolled back."""
    desk = at(attempt)
    desk.held["triggers"] = triggers("error-rate")
    assert any("error-rate is true" in why for why in desk.gate().missing)
    desk.roll_back("error-rate", OWNER)
    assert desk.state.attempt.id == "readiness.2"


def test_agreement_does_not_shorten_the_dwell() -> None:
    """Kargo: a manual approval voided the soak time."""
    desk = Desk().to("shadow.1")
    desk.ready()
    desk.do(c.GiveBrief(how="by mail"))
    desk.held["deployment"] = deployment(two_people=True)
    desk.now = desk.state.attempt.entered_at + 48 * 3600 - 1
    with pytest.raises(Refused, match="the dwell of 48h is not over: 1 s left"):
        desk.do(c.DecideGate("advance"), LEAD)
    assert not desk.state.proposals


def test_what_stays_unclear_to_the_end_ships_nothing() -> None:
    """GrowthBook: still inconclusive when the time was over meant ship."""
    desk = at("full.1", readings=readings(accuracy="too-few"))
    desk.now += 30 * 24 * 3600
    with pytest.raises(Refused, match=r"not known: accuracy \(too-few: judge more outputs\)"):
        desk.do(c.DecideGate("advance"))
