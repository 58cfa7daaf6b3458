"""A backtest says what the watcher would have said, minute by minute, however the log is given."""

import random
import tomllib
from collections.abc import Iterator, Mapping

import pytest

from config.load import validate
from config.model import Deployment
from console.domain.alerts import AlertMemory, step
from console.domain.backtest import CHUNK_MIN, LATE_MIN, Backtest, Outcome
from console.domain.backtest_plan import Plan, plan_of
from console.domain.backtest_set import variants_of
from console.domain.extra_rules import read_rules
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.readings import Freshness, Reading, read_metrics
from console.domain.series import Series
from console.domain.triggers import read_triggers
from tests.config.sample import SMALL

FEED = "calls"
LIVE = {FEED: Freshness("live", 0.0)}
START = 1_000_000
MORE = """
[forecast]
cost_per_call = 0.02
calls_per_hour = 300

[nfr]
error_budget = 0.01

[[rules]]
id = "slow"
metric = "latency-p95"
window_s = 900
over = 2.0
for_s = 300
recipient = "rollback-owner"

[[rules]]
id = "few"
metric = "traffic"
window_s = 1200
under = 200.0
recipient = "rollback-owner"
"""
SET = (
    "error-rate.limit=0.03",
    "error-rate.window_s=900",
    "latency-p95.limit=2.5,trigger.error-rate.limit=0.03",
    "trigger.cost-runaway.over_times=1.2",
    "traffic.silence_under=100,traffic.silence_for_s=600",
    "rules.slow.over=1.5,rules.slow.for_s=0",
    "forecast.calls_per_hour=200",
    "nfr.error_budget=0.003",
)


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return validate(tomllib.loads(SMALL + MORE))


def minutes(seed: int, length: int = 500) -> dict[int, Minute]:
    """Calls that come in bursts, with bad hours, quiet ones, and some without any call."""
    draw = random.Random(seed)
    found: dict[int, Minute] = {}
    for number in range(START, START + length):
        hour = random.Random(seed * 1000 + (number - START) // 50)
        calls = int(draw.expovariate(1 / hour.choice((0.3, 3, 6, 12))))
        if not calls:
            continue
        bad, slow, dear = (
            hour.choice((0.0, 0.01, 0.2)),
            hour.choice((0.8, 3.0)),
            hour.random() < 0.2,
        )
        errors = sum(draw.random() < bad for _ in range(calls))
        found[number] = Minute(
            calls=calls,
            errors=errors,
            escalations=sum(draw.random() < hour.choice((0.1, 0.7)) for _ in range(calls)),
            flags=int(draw.random() < 0.003),
            cost=calls * (0.1013 if dear else 0.0207),  # never just at a limit
            costed=calls - (draw.random() < 0.1),
            timed=calls,
            latency=histogram((draw.lognormvariate(0, 0.4) * slow, 1) for _ in range(calls)),
            versions={
                draw.choice(("v2.4.0", "v9") if draw.random() < 0.02 else ("v2.4.0",)): calls
            },
        )
    return found


def answers(plans: list[Plan], log: Mapping[int, Minute], piece: int = 97) -> list[Outcome]:
    """The log given piece by piece, in its order."""
    backtest = Backtest(plans)
    numbers = sorted(log)
    for start in range(0, len(numbers), piece):
        some = {number: log[number] for number in numbers[start : start + piece]}
        backtest.take(some, max(some) * 60.0)
    return backtest.finish()


class Watched:
    """What the watcher's functions say when minute after minute comes in, and nothing else."""

    def __init__(self, plan: Plan, log: Mapping[int, Minute]) -> None:
        self.alerts: list[tuple[str, float, float | None]] = []
        self.true: list[tuple[str, float]] = []
        self._memory: dict[str, AlertMemory] = {}
        self._raised: set[str] = set()
        series = Series()
        for number in range(min(log), max(log) + 1):
            if number in log:
                series.put(number, log[number])
            at = (number + 1) * 60.0
            for reading in self._readings(plan, series, at):
                self._step(reading, at)
            self._triggers(plan, series, at)

    def _readings(self, plan: Plan, series: Series, at: float) -> Iterator[Reading]:
        sources: dict[str, str] = {rule.id: FEED for rule in plan.metrics}
        limits = {str(metric): limit for metric, limit in plan.limits.items()}
        held = {FEED: series}
        yield from read_metrics(
            plan.metrics,
            series=held,
            feeds=LIVE,
            sources=sources,
            limits=limits,
            judged=(),
            now=at,
        ).values()
        yield from read_rules(plan.rules, series=held, feeds=LIVE, sources=sources, now=at).values()

    def _step(self, reading: Reading, at: float) -> None:
        memory = self._memory.get(reading.metric, AlertMemory())
        self._memory[reading.metric], changes = step(memory, reading, at)
        for change in changes:
            if change.kind == "fired":
                self.alerts.append((reading.metric, at, None))
            else:
                (open_,) = [a for a in self.alerts if a[0] == reading.metric and a[2] is None]
                self.alerts[self.alerts.index(open_)] = (open_[0], open_[1], at)

    def _triggers(self, plan: Plan, series: Series, at: float) -> None:
        for trigger in read_triggers(
            plan.triggers,
            series={FEED: series},
            feeds=LIVE,
            sources={rule.id: FEED for rule in plan.metrics},
            forecast_spend=plan.forecast_spend,
            now=at,
        ).values():
            if trigger.state == "true" and trigger.id not in self._raised:
                self._raised.add(trigger.id)
                self.true.append((trigger.id, at))
            elif trigger.state == "false":
                self._raised.discard(trigger.id)


def of_metrics_and_rules(outcome: Outcome) -> list[tuple[str, float, float | None]]:
    return sorted(
        (one.rule, one.fired_at, one.resolved_at)
        for one in outcome.alerts
        if not one.rule.startswith("watch:")
    )


def stretches(outcome: Outcome) -> list[tuple[str, float, float | None, float | None]]:
    """Money is summed in another order in other pieces: the last digit of a value may differ."""
    return [(one.id, one.since, one.at, one.until) for one in outcome.raised]


@pytest.mark.parametrize("seed", range(3))
def test_alerts_and_triggers_are_those_of_the_watcher(deployment: Deployment, seed: int) -> None:
    log = minutes(seed)
    plans = [plan_of(deployment), *(one.plan for one in variants_of(deployment, SET))]
    fired = set()
    for plan, outcome in zip(plans, answers(plans, log), strict=True):
        watched = Watched(plan, log)
        assert of_metrics_and_rules(outcome) == sorted(watched.alerts)
        true = [(one.id, one.at) for one in outcome.raised if one.at is not None]
        assert sorted(true) == sorted(watched.true)
        fired |= {rule for rule, _, _ in watched.alerts}
    assert {"error-rate", "latency-p95", "rule:slow", "rule:few", "traffic"} <= fired


def test_variants_at_once_say_what_each_says_alone(deployment: Deployment) -> None:
    log = minutes(9)
    plans = [plan_of(deployment), *(one.plan for one in variants_of(deployment, SET))]
    alone = [answers([plan], log)[0] for plan in plans]
    together = [(one.alerts, one.raised) for one in answers(plans, log)]
    assert together == [(one.alerts, one.raised) for one in alone]
    assert sum(one != together[0] for one in together) > len(SET) // 2


@pytest.mark.parametrize("piece", [1, 13, 1000])
def test_it_does_not_matter_in_which_pieces_the_log_comes(
    deployment: Deployment, piece: int
) -> None:
    plan, log = plan_of(deployment), minutes(5)
    whole, parts = answers([plan], log), answers([plan], log, piece)
    assert [(o.alerts, stretches(o)) for o in whole] == [(o.alerts, stretches(o)) for o in parts]


def test_calls_two_hours_out_of_order_are_in_their_minutes(deployment: Deployment) -> None:
    plan, log = plan_of(deployment), minutes(6, 1500)
    backtest, draw = Backtest([plan]), random.Random(1)
    order = sorted(log, key=lambda number: number + draw.uniform(0, LATE_MIN - 1))
    mark = 0
    for number in order:
        mark = max(mark, number)
        backtest.take({number: log[number]}, mark * 60.0)
    (outcome,) = backtest.finish()
    (sorted_,) = answers([plan], log)
    assert (outcome.alerts, stretches(outcome)) == (sorted_.alerts, stretches(sorted_))
    assert backtest.span.late == 0


def test_what_comes_later_than_that_counts_in_the_totals_alone(deployment: Deployment) -> None:
    log = minutes(7, 1500)
    backtest = Backtest([plan_of(deployment)])
    late = {number: one for number, one in log.items() if number % 10 == 0 and number < START + 300}
    for number in sorted(log.keys() - late.keys()):
        backtest.take({number: log[number]}, number * 60.0)
    backtest.take(late, max(log) * 60.0)
    backtest.finish()
    assert backtest.span.late == sum(one.calls for one in late.values()) > 0
    assert backtest.totals.calls == sum(one.calls for one in log.values())
    assert backtest.totals.cost == pytest.approx(sum(one.cost for one in log.values()), rel=1e-12)


def test_it_holds_the_minutes_of_the_longest_window_alone(deployment: Deployment) -> None:
    backtest, most = Backtest([plan_of(deployment)]), 0
    for number in range(START, START + 5000):
        backtest.take({number: Minute(calls=1)}, number * 60.0)
        most = max(most, len(backtest.series.minutes))
    assert most <= 360 + 30 + LATE_MIN + 2 * CHUNK_MIN
    backtest.finish()
    assert backtest.totals.calls == 5000


def test_a_call_years_apart_takes_no_longer(deployment: Deployment) -> None:
    plan = plan_of(deployment)
    log = minutes(3, 300) | {number + 10_000_000: one for number, one in minutes(4, 300).items()}
    backtest = Backtest([plan])
    for number in sorted(log):
        backtest.take({number: log[number]}, number * 60.0)
    (outcome,) = backtest.finish()
    assert len(backtest.span.arrivals) < 3000
    assert backtest.span.gap > 9_999_000
    assert backtest.span.empty == max(log) + 1 - min(log) - len(log)
    late = [one for one in outcome.alerts if one.fired_at > (START + 9_000_000) * 60.0]
    apart = minutes(3, 300) | {n + 3_000: one for n, one in minutes(4, 300).items()}
    (near,) = answers([plan], apart)
    shift = (10_000_000 - 3_000) * 60.0
    assert [(one.rule, one.fired_at) for one in late] == [
        (one.rule, one.fired_at + shift)
        for one in near.alerts
        if one.fired_at > (START + 3_000) * 60.0
    ]


def test_a_log_without_a_call_has_no_outcome(deployment: Deployment) -> None:
    assert Backtest([plan_of(deployment)]).finish() == []


def test_a_version_that_nobody_decided_fires(deployment: Deployment) -> None:
    log = {START + i: Minute(calls=30, versions={"v9": 30}) for i in range(20)}
    (outcome,) = answers([plan_of(deployment)], log)
    assert ("watch:version", (START + 1) * 60.0) in [(o.rule, o.fired_at) for o in outcome.alerts]


def test_how_many_of_them_can_be_asked(deployment: Deployment) -> None:
    log = {START + i: Minute(calls=1, versions={"v9": 1}) for i in range(60)}
    (more,) = variants_of(deployment, ["watch.unexplained_calls=10"])
    now, then = answers([plan_of(deployment), more.plan], log)
    first = [
        next(one.fired_at for one in o.alerts if one.rule == "watch:version") for o in (now, then)
    ]
    assert first == [(START + 3) * 60.0, (START + 10) * 60.0]


def test_a_trigger_of_few_calls_is_possible_until_there_are_enough(deployment: Deployment) -> None:
    log = {START + i: Minute(calls=2, errors=1) for i in range(15)}
    log |= {START + 15 + i: Minute(calls=20) for i in range(40)}
    (outcome,) = answers([plan_of(deployment)], log)
    (one,) = [one for one in outcome.raised if one.id == "error-rate"]
    assert (one.since, one.at, one.state) == ((START + 1) * 60.0, (START + 10) * 60.0, "true")
    assert one.until is not None
    few = {START + i: Minute(calls=2, errors=1) for i in range(9)}
    (outcome,) = answers([plan_of(deployment)], few)
    (one,) = [one for one in outcome.raised if one.id == "error-rate"]
    assert (one.at, one.until, one.state) == (None, None, "possible")
