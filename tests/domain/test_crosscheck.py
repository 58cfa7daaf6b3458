"""Two sources of a metric: when they disagree, and when nobody can tell."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.guide import MetricId
from console.domain.alerts import AlertMemory, step
from console.domain.crosscheck import CHANCE, Side, check_points, read_check, same_share
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.readings import Freshness, Reading
from console.domain.series import Series

END = 1000
LIVE = Freshness("live", 0.0)


def told(*minutes: Minute | None, end: int = END, store: bool = True) -> Series:
    """What a source told; the last of `minutes` is just before `end`. A store knows no absence."""
    held = Series(absent_is_zero=not store)
    held.first = end - len(minutes)
    for ago, one in enumerate(reversed(minutes), 1):
        if one is not None:
            held.put(end - ago, one)
    return held


def hour(one: Minute, minutes: int = 90) -> Series:
    return told(*[one] * minutes)


def check(
    metric: MetricId,
    first: Series,
    second: Series,
    *,
    fresh: tuple[Freshness, Freshness] = (LIVE, LIVE),
    end: int = END,
) -> Reading:
    return read_check(metric, (Side("calls", first), Side("store", second)), fresh, end * 60.0)


def failing(errors: float, calls: float = 20.0) -> Minute:
    return Minute(calls=calls, errors=errors)


def test_a_disagreement_names_both_and_what_they_say() -> None:
    seen = check("error-rate", hour(failing(0.24)), hour(failing(0.68)))
    assert (seen.metric, seen.verdict, seen.n) == ("cross-check:error-rate", "breach", 1200)
    assert seen.why == "sources disagree on error rate: calls 1.20 %, store 3.40 %"
    assert seen.value == pytest.approx(0.022)
    assert seen.limit == pytest.approx(0.0034)
    assert (seen.unit, seen.for_s, seen.severity) == ("ratio", 300, "ticket")
    assert seen.recipients == ("tech-lead",)


def test_what_chance_explains_is_no_disagreement() -> None:
    seen = check("error-rate", hour(failing(0.2)), hour(failing(0.4)))
    assert seen.verdict == "ok"
    assert seen.why == "error rate: calls 1.00 %, store 2.00 %, which chance explains"
    many = check("error-rate", hour(failing(20, 2000)), hour(failing(40, 2000)))
    assert many.verdict == "breach"


def test_a_small_difference_is_none_however_sure() -> None:
    relative = check("error-rate", hour(failing(2000, 20_000)), hour(failing(2180, 20_000)))
    absolute = check("error-rate", hour(failing(20, 20_000)), hour(failing(55, 20_000)))
    assert (relative.verdict, absolute.verdict) == ("ok", "ok")
    assert relative.why == "sources agree on error rate: calls 10.00 %, store 10.90 %"
    assert check("error-rate", hour(failing(20, 20_000)), hour(failing(65, 20_000))).value == (
        pytest.approx(0.00225)
    )


@pytest.mark.parametrize(
    ("metric", "one", "other"),
    [
        ("error-rate", failing(1, 20), failing(3, 20)),
        ("escalation-rate", Minute(calls=20, escalations=4), Minute(calls=20, escalations=6)),
        ("traffic", Minute(calls=20), Minute(calls=24)),
        ("cost-per-call", Minute(cost=1.0, costed=20), Minute(cost=1.2, costed=20)),
        (
            "spend-rate",
            Minute(calls=20, cost=1.0, costed=20),
            Minute(calls=20, cost=1.2, costed=20),
        ),
        ("safety-flags", Minute(calls=20, flags=1), Minute(calls=20, flags=2)),
        (
            "latency-p95",
            Minute(calls=20, timed=20, latency=histogram([(0.5, 10), (1.0, 10)])),
            Minute(calls=20, timed=20, latency=histogram([(0.5, 10), (2.0, 10)])),
        ),
    ],
)
def test_each_metric(metric: MetricId, one: Minute, other: Minute) -> None:
    assert check(metric, hour(one), hour(one)).verdict == "ok"
    assert check(metric, hour(one), hour(other)).verdict == "breach"
    assert check(metric, hour(other), hour(one)).verdict == "breach"


def test_one_flag_that_the_other_lacks() -> None:
    quiet = [Minute(calls=20)] * 90
    with_flag = [*quiet[:50], Minute(calls=20, flags=1), *quiet[51:]]
    seen = check("safety-flags", told(*quiet), told(*with_flag))
    assert seen.verdict == "breach"
    assert seen.why == "sources disagree on safety flags: calls 0, store 1"
    estimated = [*quiet[:50], Minute(calls=20, flags=1.07), *quiet[51:]]
    assert check("safety-flags", told(*with_flag), told(*estimated)).verdict == "ok"


def test_too_few_calls_say_nothing() -> None:
    rare = [failing(1, 1) if ago % 4 == 0 else failing(0, 0) for ago in range(60)]
    seen = check("error-rate", hour(failing(0)), told(*rare))
    assert (seen.verdict, seen.value) == ("too-few", None)
    assert seen.why == "not checked: 15 calls of feed store tell it, at least 20 needed"


def test_a_source_that_does_not_tell_it_is_no_zero() -> None:
    silent = Minute(calls=20, blank={"escalations": 20})
    seen = check("escalation-rate", hour(Minute(calls=20, escalations=5)), hour(silent))
    assert (seen.verdict, seen.value) == ("too-few", None)
    assert "0 calls of feed store" in seen.why


def test_a_source_that_counts_no_call_at_all_disagrees_on_traffic() -> None:
    assert check("traffic", hour(Minute(calls=20)), hour(Minute())).verdict == "breach"
    assert check("traffic", hour(Minute(calls=0.2)), hour(Minute())).verdict == "too-few"


@pytest.mark.parametrize("state", ["stale", "down"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_dead_source_is_no_agreement(state: str, place: int) -> None:
    dead = Freshness("down" if state == "down" else "stale", 600.0, "refused")
    fresh = (dead, LIVE) if place == 0 else (LIVE, dead)
    seen = check("error-rate", hour(failing(1)), hour(failing(1)), fresh=fresh)
    assert (seen.verdict, seen.value) == (state, None)
    assert seen.why == (
        f"not checked: feed {('calls', 'store')[place]} is {state}, nothing read for 10 min"
    )


def test_a_store_that_answers_without_numbers_is_no_agreement() -> None:
    stopped = told(*[failing(1)] * 60, end=END - 8)
    seen = check("error-rate", hour(failing(1)), stopped)
    assert (seen.verdict, seen.value) == ("stale", None)
    assert seen.why == "not checked: feed store is stale, no data for 8 min"


def test_a_silent_source_stops_both_clocks_of_the_alert() -> None:
    dead = Freshness("down", 600.0, "refused")
    good, bad = hour(failing(1)), hour(failing(10))
    breach, unknown = (
        check("error-rate", good, bad),
        check("error-rate", good, bad, fresh=(LIVE, dead)),
    )
    memory, fired = AlertMemory.firing(0.0), []
    for number in range(20):
        memory, changes = step(memory, unknown, number * 60.0)
        fired += changes
    assert (memory.active, fired) == (True, [])
    memory = AlertMemory()
    for number in range(20):
        memory, changes = step(memory, breach if number < 4 else unknown, number * 60.0)
        fired += changes
    assert fired == []


def test_only_the_minutes_that_both_told_are_compared() -> None:
    """An hour in which one source was away for the worst of it."""
    calls = [failing(0)] * 30 + [failing(20)] * 10 + [failing(0)] * 30
    missed = [one if one.errors == 0 else None for one in calls]
    assert check("error-rate", told(*calls), told(*missed)).verdict == "ok"
    late = told(*[None] * 60, *[failing(5)] * 14)
    seen = check("error-rate", hour(failing(0)), late)
    assert seen.why == "not checked: both told only 14 of the same 60 min"


def alerts(first: list[Minute], second: list[Minute], metric: MetricId = "error-rate") -> list[str]:
    """The changes of the alert's life, as minute after minute of both is over."""
    points = check_points(metric, Side("calls", told(*first)), Side("store", told(*second)))
    memory, found = AlertMemory(), list[str]()
    start = END - len(first) + 60
    for end, reading in enumerate(points(range(start, END + 1)), start):
        memory, changes = step(memory, reading, end * 60.0)
        found += [f"{change.kind} {end - start}" for change in changes]
    return found


def test_it_fires_when_it_has_lasted_five_minutes_and_resolves() -> None:
    good, bad = failing(0, 2000), failing(400, 2000)
    calls = [good] * 160
    assert alerts(calls, [good] * 60 + [bad] * 100) == ["fired 8"]  # apart from minute 3 on
    assert alerts(calls, [good] * 60 + [bad] * 5 + [good] * 95) == ["fired 8", "resolved 70"]


@pytest.mark.parametrize("behind", [1, 2])
def test_a_source_that_runs_behind_in_an_outage_does_not_disagree(behind: int) -> None:
    """Long calls are logged when they begin, and counted when they end."""
    calls = [failing(2, 2000)] * 60 + [failing(1500, 2000)] * 40 + [failing(2, 2000)] * 100
    late = [*calls[:behind], *calls[:-behind]]
    assert alerts(calls, late) == []
    assert alerts(late, calls) == []
    assert alerts(calls, [*calls[:9], *calls[:-9]]) != []


def split(rng: random.Random, calls: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(calls))


def test_a_source_that_samples_every_tenth_call_does_not_disagree_by_chance() -> None:
    rng = random.Random(4)
    calls, sample = [], []
    for _ in range(48 * 60):
        taken, rest = split(rng, 3, 0.02), split(rng, 27, 0.02)
        calls.append(failing(taken + rest, 30))
        sample.append(failing(taken, 3))
    assert alerts(calls, sample) == []
    lossy = [failing(one.errors * 0, 3) for one in sample]
    assert alerts(calls, lossy) == []  # 180 calls an hour cannot tell 2 % from none
    assert alerts(calls, [failing(0, 30)] * len(calls)) != []


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_costs_differ_by_chance_as_they_do_from_minute_to_minute(seed: int) -> None:
    rng = random.Random(seed)
    calls, sample, dear = [], [], []
    for _ in range(48 * 60):
        costs = [rng.lognormvariate(-4, 1) for _ in range(20)]
        calls.append(Minute(calls=20, cost=sum(costs), costed=20))
        sample.append(Minute(calls=4, cost=sum(costs[:4]), costed=4))
        dear.append(Minute(calls=20, cost=sum(costs) * 1.3, costed=20))
    assert alerts(calls, sample, "cost-per-call") == []
    assert alerts(calls, dear, "cost-per-call") == ["fired 5"]
    assert alerts(calls, dear, "spend-rate") == ["fired 5"]


def timed(*latencies: tuple[float, int]) -> Minute:
    n = sum(count for _, count in latencies)
    return Minute(calls=n, timed=n, latency=histogram(latencies))


def store_says(p95: float, calls: int = 20, minutes: int = 90) -> Series:
    held = hour(Minute(calls=calls), minutes)
    for number in range(END - minutes, END):
        held.put_value("latency-p95", number, p95)
    return held


def test_a_stores_own_p95_is_taken_as_coarse_as_buckets_are() -> None:
    calls = hour(timed((0.5, 12), (1.0, 6), (2.0, 2)))
    assert check("latency-p95", calls, store_says(2.4)).verdict == "ok"
    assert check("latency-p95", calls, store_says(3.9)).verdict == "ok"
    seen = check("latency-p95", calls, store_says(4.5))
    assert seen.verdict == "breach"
    assert seen.why == "sources disagree on latency p95: calls 2.02 s, store 4.50 s"
    assert check("latency-p95", store_says(4.5), calls).verdict == "breach"


def test_the_p95_of_few_calls_may_lie_anywhere() -> None:
    few = hour(timed((0.5, 1)))
    assert check("latency-p95", few, hour(timed((0.9, 1)))).verdict == "ok"
    assert check("latency-p95", hour(timed((0.5, 50))), hour(timed((0.9, 50)))).verdict == "breach"


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (store_says(1.0), store_says(9.0), "neither source tells how long single calls took"),
        (
            hour(timed((1.0, 20))),
            store_says(9.0, minutes=20),
            "both told only 20 of the same 60 min",
        ),
        (
            hour(timed((1.0, 20))),
            hour(Minute(calls=20)),
            "0 calls of feed store tell it, at least 20 needed",
        ),
    ],
)
def test_a_p95_that_cannot_be_checked(first: Series, second: Series, why: str) -> None:
    seen = check("latency-p95", first, second)
    assert (seen.verdict, seen.value, seen.why) == ("too-few", None, f"not checked: {why}")


def test_a_rate_that_a_store_computes_by_itself_is_not_checked() -> None:
    store = hour(failing(1))
    store.put_value("error-rate", END - 1, 0.5)
    seen = check("error-rate", hour(failing(1)), store)
    assert seen.verdict == "too-few"
    assert "feed store tells a figure of its own" in seen.why


def tail(hits: int, n: int, hits2: int, n2: int) -> Fraction:
    """The exact chance of a difference at least as great, to the same side."""
    if Fraction(hits, n) < Fraction(hits2, n2):
        hits, n, hits2, n2 = hits2, n2, hits, n
    every = hits + hits2
    ways = sum(comb(n, k) * comb(n2, every - k) for k in range(hits, min(every, n) + 1))
    return Fraction(ways, comb(n + n2, every))


@given(st.integers(20, 400), st.integers(20, 400), st.floats(0, 1), st.floats(0, 0.4))
@settings(max_examples=300)
def test_the_exact_test_is_exact(n: int, n2: int, share: float, more: float) -> None:
    hits, hits2 = round(n * share), min(n2, round(n2 * (share + more)))
    chance = tail(hits, n, hits2, n2)
    if abs(chance / Fraction(CHANCE / 2) - 1) > Fraction(1, 10**6):
        assert same_share(hits, n, hits2, n2) == (chance > CHANCE / 2)
        assert same_share(hits2, n2, hits, n) == same_share(hits, n, hits2, n2)


def test_the_exact_test_of_many_calls() -> None:
    n = 60_000_000
    assert same_share(600_000, n, 600_900, n)
    assert not same_share(600_000, n, 604_000, n)
    assert not same_share(0, 20, n, n)
