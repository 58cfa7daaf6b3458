"""How sure the early warning is: how often it cries wolf, and how often it sees the wolf.

The large numbers are measured by `python -m tests.bench.bench_trend`; here so many windows that a
rule which broke its promise would be seen.
"""

import pytest

from console.demo.stage import as_minute
from console.demo.traffic import Profile, Routing, minute_bucket
from console.domain.bins import WATCHED, Watched
from console.domain.series import Series
from tests.domain.drifting import (
    A_DAY,
    FIRST,
    HOURS,
    KINDS,
    World,
    bins_of,
    drifting,
    warned_at,
    warnings_of,
)

# Each keeps 0.6 of the last half hour; six and a half percent are a point of escalations.
WORLD = World(memory=0.6, wander=0.065)
HEALTHY, DRIFTING = 100, 40
DEMO_DAYS, DEMO_HEALTHY, DEMO_DRIFTING = 2, 4, 8
ALL = Routing("v2.4.0", 100, "full")


def test_a_healthy_window_is_warned_of_in_under_5_percent() -> None:
    """All four metrics, hour by hour over 48 hours, with a daily shape and noise that remembers."""
    wrong = [seed for seed in range(HEALTHY) if warnings_of(seed, WORLD)]
    assert len(wrong) < 0.05 * HEALTHY


def test_a_drift_is_warned_of_within_the_window_in_over_80_percent() -> None:
    """Its limit is crossed after some 78 hours: whoever warns within 48 warns before."""
    hours = [warnings_of(seed, WORLD, drifting).get("escalation-rate") for seed in range(DRIFTING)]
    seen = [hour for hour in hours if hour is not None]
    assert len(seen) > 0.8 * DRIFTING
    assert all(drifting(hour) + 0.155 < KINDS["escalation-rate"].limit for hour in seen)


def traffic(seed: int, scenario: str) -> Series:
    """The simulated agent's minutes: days of health, then the window with the scenario in it."""
    start = (FIRST + DEMO_DAYS * A_DAY) * 30
    profile = Profile(seed=seed, scenario=scenario, onset=start * 60.0)
    series = Series()
    series.put_all(
        {
            number: as_minute(minute_bucket(profile, number, ALL))
            for number in range(FIRST * 30, start + HOURS * 60)
        }
    )
    return series


def warned_of(series: Series, *metrics: Watched) -> dict[str, float]:
    """What a window of the demo is warned of, and when."""
    found: dict[str, float] = {}
    for metric in metrics or WATCHED:
        numbers = range(FIRST, FIRST + DEMO_DAYS * A_DAY + HOURS * 2)
        bins = bins_of(series, metric, "v2.4.0", numbers)
        at = warned_at(bins, DEMO_DAYS, KINDS[metric].limit)
        if at is not None:
            found[metric] = at
    return found


@pytest.mark.parametrize("seed", range(DEMO_HEALTHY))
def test_a_healthy_demo_is_not_warned_of(seed: int) -> None:
    assert warned_of(traffic(seed, "healthy")) == {}


def test_the_demos_drift_is_warned_of_before_its_limit_is_crossed() -> None:
    seen = 0
    for seed in range(DEMO_DRIFTING):
        series = traffic(seed, "drift")
        at = warned_of(series, "escalation-rate").get("escalation-rate", 0.0)
        # The hours before the warning, as the alert reads them: none over the limit.
        start = (FIRST + DEMO_DAYS * A_DAY) * 30
        rates = series.rolling("escalation-rate", range(start, start + int(at) * 60 + 1), 60)
        seen += at > 0 and all(rate is not None and rate <= 0.25 for rate in rates)
    assert seen > 0.8 * DEMO_DRIFTING
