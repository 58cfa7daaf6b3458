"""Triggers of Guide 3.5: true on the data, possible on little of it, unknown without."""

import pytest

from config.guide import TriggerRule, trigger_rules
from console.domain.minutes import Minute
from console.domain.readings import Freshness
from console.domain.series import Series
from console.domain.triggers import Episode, Trigger, episodes, read_triggers
from console.telemetry.fold import apply_minutes

RULES = {rule.id: rule for rule in trigger_rules()}
END = 6000
NOW = END * 60.0
LIVE = Freshness("live", 0.0)
SPEND = 24.0


def record(*stretches: tuple[int, Minute]) -> Series:
    """Equal minutes, stretch after stretch, that end at `NOW`."""
    series = Series()
    number = END - sum(length for length, _ in stretches)
    for length, minute in stretches:
        for _ in range(length):
            series.put(number, minute)
            number += 1
    return series


def look(
    series: Series,
    fresh: Freshness = LIVE,
    *,
    spend: float | None = SPEND,
    now: float = NOW,
    restart_at: float | None = None,
    share_since: float | None = None,
) -> dict[str, Trigger]:
    """All computed triggers of one feed."""
    return read_triggers(
        tuple(RULES.values()),
        series={"calls": series},
        feeds={"calls": fresh},
        sources=dict.fromkeys(("error-rate", "escalation-rate", "spend-rate"), "calls"),
        forecast_spend=spend,
        now=now,
        restart_at=restart_at,
        share_since=share_since,
    )


def good(calls: float = 20) -> Minute:
    """A minute without trouble."""
    return Minute(calls=calls, costed=calls, cost=0.02 * calls)


def failing(errors: float = 2) -> Minute:
    """A minute of 20 calls with errors."""
    return Minute(calls=20, errors=errors, costed=20, cost=0.4)


def test_only_what_the_console_computes() -> None:
    found = look(record((60, good())))
    assert set(found) == {"error-rate", "escalation-rate", "cost-runaway"}
    assert {trigger.state for trigger in found.values()} == {"false"}


def test_errors_over_five_percent_of_thirty_minutes() -> None:
    at_the_limit = record((30, good()), (15, good()), (15, failing()))
    assert look(at_the_limit)["error-rate"].state == "false"
    over = look(record((30, good()), (14, good()), (16, failing())))["error-rate"]
    assert (over.state, over.n, over.limit, over.window_s) == ("true", 600, 0.05, 1800)
    assert over.value == pytest.approx(32 / 600)
    assert over.since == NOW
    assert over.why == "5.3 % over the last 30 min, 600 calls"


@pytest.mark.parametrize("failing_for", [17, 60, 300, 2000])
def test_since_is_the_first_minute_at_which_it_was_true(failing_for: int) -> None:
    found = look(record((60, good()), (failing_for, failing())))["error-rate"]
    assert found.since == (END - failing_for + 16) * 60


def test_since_starts_anew_after_a_break() -> None:
    series = record((40, failing(20)), (120, good()), (20, failing(20)))
    assert look(series)["error-rate"].since == (END - 20 + 2) * 60


def test_any_thirty_minute_window_counts() -> None:
    series = record((60, good()), (20, failing(3)), (100, good()))
    assert look(series)["error-rate"].state == "false"
    found = episodes(RULES["error-rate"], series, 0.05, range(END - 200, END + 1))
    start = END - 120
    assert found == [Episode((start + 11) * 60, (start + 40) * 60, 0.1)]


def test_an_episode_that_lasts_has_no_end() -> None:
    series = record((60, good()), (20, failing(20)))
    found = episodes(RULES["error-rate"], series, 0.05, range(END - 60, END + 1))
    assert [episode.end for episode in found] == [None]


def test_escalations_over_half_for_fifteen_minutes() -> None:
    half = record((60, good()), (15, Minute(calls=20, escalations=10)))
    assert look(half)["escalation-rate"].state == "false"
    most = record((60, good()), (15, Minute(calls=20, escalations=11)))
    assert look(most)["escalation-rate"].state == "true"


def test_spend_over_three_times_the_forecast_for_fifteen_minutes() -> None:
    dear = Minute(calls=20, costed=20, cost=1.21)
    found = look(record((60, good()), (15, dear)))["cost-runaway"]
    assert (found.state, found.limit) == ("true", 72.0)
    assert found.value == pytest.approx(72.6)
    assert look(record((60, good()), (14, dear), (1, good())))["cost-runaway"].state == "false"
    assert (
        look(record((75, Minute(calls=20, costed=20, cost=1.2))))["cost-runaway"].state == "false"
    )


def test_without_a_forecast_cost_is_unknown() -> None:
    found = look(record((60, good())), spend=None)["cost-runaway"]
    assert (found.state, found.why) == ("unknown", "no forecast: limit unknown")


def test_calls_without_a_cost_leave_it_unknown() -> None:
    assert look(record((60, Minute(calls=20))))["cost-runaway"].state == "unknown"


def test_fewer_than_twenty_calls_make_it_possible() -> None:
    assert look(record((1, Minute(calls=19, errors=19))))["error-rate"].state == "possible"
    assert look(record((1, Minute(calls=20, errors=2))))["error-rate"].state == "true"
    assert look(record((1, Minute(calls=19))))["error-rate"].state == "false"


def test_what_must_last_is_only_possible_in_a_young_record() -> None:
    bad = Minute(calls=20, escalations=20, costed=20, cost=9.0)
    young, old = look(record((14, bad))), look(record((15, bad)))
    for name in ("escalation-rate", "cost-runaway"):
        assert (young[name].state, old[name].state) == ("possible", "true")


def test_windows_restart_at_a_verified_rollback() -> None:
    series = record((60, failing(20)), (10, good()))
    assert look(series)["error-rate"].state == "true"
    verified = (END - 10) * 60.0
    found = look(series, restart_at=verified)["error-rate"]
    assert (found.state, found.n, found.value) == ("false", 200, 0)
    # The minute in which it was verified does not count either.
    assert look(series, restart_at=verified - 61)["error-rate"].n == 220
    assert look(series, restart_at=verified + 1)["error-rate"].n == 180
    assert look(series, restart_at=NOW)["error-rate"].state == "false"


def test_cost_looks_no_further_back_than_the_share_change() -> None:
    series = record((60, Minute(calls=900, costed=900, cost=60.0)), (15, good()))
    assert look(series, now=NOW)["cost-runaway"].state == "false"
    series = record((60, Minute(calls=900, costed=900, cost=60.0)), (10, good()))
    assert look(series)["cost-runaway"].state == "true"
    assert look(series, share_since=(END - 10) * 60.0)["cost-runaway"].state == "false"
    assert look(series, share_since=(END - 10) * 60.0)["error-rate"].n == 20 * 900 + 200


@pytest.mark.parametrize("fresh", [Freshness("stale", 600.0), Freshness("down", 600.0, "refused")])
def test_a_quiet_feed_keeps_true_and_makes_the_rest_unknown(fresh: Freshness) -> None:
    later = NOW + 600
    assert look(record((60, good())), fresh, now=later)["error-rate"].state == "unknown"
    few = record((1, Minute(calls=19, errors=19)))
    assert look(few, fresh, now=later)["error-rate"].state == "unknown"
    was_true = look(record((60, good()), (20, failing(20))), fresh, now=later)["error-rate"]
    assert (was_true.state, was_true.since) == ("true", (END - 20 + 2) * 60)


def test_no_data_is_unknown() -> None:
    never = Freshness("stale", None)
    assert {trigger.state for trigger in look(Series(), never).values()} == {"unknown"}
    assert {trigger.state for trigger in look(Series()).values()} == {"unknown"}
    nowhere = read_triggers(
        tuple(RULES.values()), series={}, feeds={}, sources={}, forecast_spend=1.0, now=NOW
    )
    assert {trigger.state for trigger in nowhere.values()} == {"unknown"}


def test_a_metric_store_without_the_count_or_new_samples_is_unknown() -> None:
    series = Series()
    counts = {number: {"calls": 20.0, "errors": 0.0} for number in range(END - 60, END)}
    apply_minutes(series, counts, {})
    found = look(series)
    assert found["error-rate"].state == "false"
    assert found["escalation-rate"].state == "unknown"
    assert look(series, now=NOW + 600)["error-rate"].why == "no data for 10 min"


def test_a_declared_trigger_is_not_computed() -> None:
    declared: TriggerRule = RULES["data-breach"]
    assert declared.metric is None
    assert declared.id not in look(record((60, good())))
