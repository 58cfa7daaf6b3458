"""A backtest: a deployment's rules over the minutes of a past log, in one pass, for many variants.

It evaluates as the watcher does, every minute, at its end, on what had happened by then; with the
same functions. A rule with the same thresholds in two variants is evaluated once. Memory holds the
minutes of the longest window, however long the log.
"""

from array import array
from collections.abc import Mapping, Sequence
from math import fsum

import msgspec

from config.guide import MetricRule, TriggerRule
from config.model import Limit
from config.rule import Rule
from console.domain.backtest_lives import AlertLife, Fired, Raised, TriggerLife
from console.domain.backtest_plan import Plan
from console.domain.extra_rules import Points, judged, rule_samples
from console.domain.minutes import REST, Minute, Totals
from console.domain.readings import Freshness, Reading, beyond, read_metrics
from console.domain.seen import REMEMBERED_S
from console.domain.sliding import Sliding
from console.domain.triggers import Trigger, limit_of, measured, read_triggers
from console.domain.watch_rules import Expected, burn_points, names_points

FEED = "log"
LATE_MIN = int(REMEMBERED_S) // 60
CHUNK_MIN = 240
_SETTLES_MIN = 30  # after the longest window: what then still waits waits for a call
_LIVE = {FEED: Freshness("live", 0.0)}


class Outcome(msgspec.Struct, frozen=True):
    """What would have been with one plan.

    `readings` and `triggers` are those at the log's end; alerts and stretches are in the order of
    their times.
    """

    plan: Plan
    alerts: tuple[Fired, ...]
    raised: tuple[Raised, ...]
    readings: dict[str, Reading]
    triggers: tuple[Trigger, ...]


class Span(msgspec.Struct):
    """What the log held, besides its sums; minutes are unix seconds // 60.

    `empty` minutes have no call between the first and the last, the longest stretch of them begins
    at `gap_from` and lasts `gap`. `late` calls came over two hours out of order: they are in the
    sums, and no window that was over by then. `arrivals` are the calls of each minute that was
    evaluated.
    """

    first: int = 0
    last: int = 0
    empty: int = 0
    gap: int = 0
    gap_from: int = 0
    late: int = 0
    arrivals: "array[int]" = msgspec.field(default_factory=lambda: array("I"))


class _Metric(msgspec.Struct):
    rule: MetricRule
    limit: Limit
    life: AlertLife

    def read(self, series: Sliding, at: float) -> None:
        name = self.rule.id
        found = read_metrics(
            (self.rule,),
            series={FEED: series},
            feeds=_LIVE,
            sources={name: FEED},
            limits={name: self.limit},
            judged=(),
            now=at,
        )
        self.life.take(found[name], at)


class _Own(msgspec.Struct):
    rule: Rule
    life: AlertLife


class _Watched(msgspec.Struct):
    name: str
    key: object
    points: Points
    life: AlertLife


class _Trigger(msgspec.Struct):
    rule: TriggerRule
    limit: float | None
    life: TriggerLife


class Backtest:
    """Takes a log's minutes in, in their order but for two hours, and says what would have been."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        """`plans` are answered at once, the first of them first."""
        self._plans = plans
        self._metrics: list[_Metric] = []
        self._own: list[_Own] = []
        self._watched: list[_Watched] = []
        self._triggers: list[_Trigger] = []
        lengths = {r.window_s // 60 for p in plans for r in p.metrics if r.id == "latency-p95"}
        self.series = Sliding(latency=frozenset(lengths))
        self._lives = [self._enter(plan) for plan in plans]
        self._groups: dict[tuple[str, int], list[_Metric]] = {}
        for one in self._metrics:
            self._groups.setdefault((one.rule.id, one.rule.window_s // 60), []).append(one)
        self._reach = max(map(_longest, plans)) + _SETTLES_MIN
        self.totals = Totals()
        self.span = Span()
        self._begun = False
        self._busy = 0  # the last evaluated minute with a call
        self._money = array("d")

    def _enter(self, plan: Plan) -> tuple[list[AlertLife], list[TriggerLife]]:
        """The lives of the plan's rules; those that an earlier plan has too are shared."""
        alerts = [self._metric(rule, plan.limits[rule.id]) for rule in plan.metrics]
        alerts += [self._rule(rule) for rule in plan.rules]
        alerts += [self._watch(*one) for one in self._watches(plan)]
        triggers = [self._trigger(r, limit_of(r, plan.forecast_spend)) for r in plan.triggers]
        return alerts, triggers

    def _metric(self, rule: MetricRule, limit: Limit) -> AlertLife:
        for one in self._metrics:
            if (one.rule, one.limit) == (rule, limit):
                return one.life
        self._metrics.append(_Metric(rule, limit, AlertLife()))
        return self._metrics[-1].life

    def _rule(self, rule: Rule) -> AlertLife:
        for one in self._own:
            if one.rule == rule:
                return one.life
        self._own.append(_Own(rule, AlertLife()))
        return self._own[-1].life

    def _watches(self, plan: Plan) -> list[tuple[str, object, Points]]:
        """What `[watch]` looks for in minutes, with what it depends on."""
        agent, watch, series = plan.deployment.agent, plan.deployment.watch, self.series
        versions = frozenset({agent.version, agent.stable_version} - {""})
        models = frozenset({*watch.models, REST}) if watch.models else None
        known = Expected(versions, models, None)
        key = (known, watch.window_s, watch.unexplained_calls)
        found: list[tuple[str, object, Points]] = []
        found.append(("version", key, names_points("version", watch, series, FEED, known)))
        if models is not None:
            found.append(("model", key, names_points("model", watch, series, FEED, known)))
        if plan.budget is not None:
            burns = burn_points(watch, series, FEED, plan.budget)
            found.append(("budget-burn", plan.budget, burns))
        return [one for one in found if one[0] not in watch.off]

    def _watch(self, name: str, key: object, points: Points) -> AlertLife:
        for one in self._watched:
            if (one.name, one.key) == (name, key):
                return one.life
        self._watched.append(_Watched(name, key, points, AlertLife()))
        return self._watched[-1].life

    def _trigger(self, rule: TriggerRule, limit: float | None) -> TriggerLife:
        for one in self._triggers:
            if (one.rule.id, one.rule.window_s, one.limit) == (rule.id, rule.window_s, limit):
                return one.life
        self._triggers.append(_Trigger(rule, limit, TriggerLife(rule.id, limit)))
        return self._triggers[-1].life

    def take(self, minutes: Mapping[int, Minute], mark: float) -> None:
        """Take in more of the log; `mark` (unix seconds) is the latest time that it has reached."""
        late = [number for number in minutes if self._begun and number < self.series.at]
        for number in late:
            self._sum(minutes[number])
            self.span.late += round(minutes[number].calls)
        if late:
            minutes = {number: one for number, one in minutes.items() if number not in late}
        self.series.add(minutes)
        settled = int(mark // 60) - LATE_MIN
        start = self.series.at if self._begun else self.series.first
        if start is not None and settled - start >= CHUNK_MIN:
            self._evaluate(settled)

    def finish(self) -> list[Outcome]:
        """The rest of the log, and what would have been with each plan. Empty without any call."""
        series = self.series
        if series.first is None or series.last is None:
            return []
        self._evaluate(series.last + 1)
        # A limit that is met to the cent must not be missed by the rounding of a million sums.
        self.totals.cost = fsum(self._money)
        self.span.first, self.span.last = series.first, series.last
        answered = zip(self._plans, self._lives, strict=True)
        return [self._outcome(plan, *lives) for plan, lives in answered]

    def _evaluate(self, until: int) -> None:
        """Evaluate the ends of all minutes before `until`."""
        series = self.series
        if not self._begun:
            self._begun = True
            series.jump(series.first or 0)
            self._busy = series.at
        while series.at < until:
            if series.at - self._busy > self._reach:
                # Every window has been empty for so long that nothing changes until a call comes.
                following = min((n for n in series.minutes if n >= series.at), default=until)
                following = min(following, until)
                if following > series.at:
                    self._note_empty(following - series.at)
                    series.jump(following)
                    continue
            self._chunk(range(series.at + 1, min(series.at + CHUNK_MIN, until) + 1))

    def _chunk(self, ends: range) -> None:
        for number in range(ends.start - 1, ends.stop - 1):
            self._count(number)
        self._look_at_metrics(ends)
        self._look_at_triggers(ends)
        self._look_at_rules(ends)
        for one in self._watched:
            for end, reading in zip(ends, one.points(ends), strict=True):
                if not one.life.idle or reading.verdict == "breach":
                    one.life.take(reading, end * 60.0)
        self.series.forget(ends.stop - 1 - self._reach)

    def _count(self, number: int) -> None:
        minute = self.series.minutes.get(number)
        self.totals.covered += self.series.covers(number)
        self.span.arrivals.append(0 if minute is None else round(minute.calls))
        if minute is None:
            self._note_empty(1, number)
            return
        self._sum(minute)
        self._busy = number

    def _sum(self, minute: Minute) -> None:
        self.totals.merge(minute)
        self._money.append(minute.cost)

    def _note_empty(self, minutes: int, at: int | None = None) -> None:
        end = (self.series.at if at is None else at) + minutes
        self.span.empty += minutes
        lasting = end - self._busy - 1
        if lasting > self.span.gap:
            self.span.gap, self.span.gap_from = lasting, self._busy + 1

    def _look_at_metrics(self, ends: range) -> None:
        series = self.series
        for end in ends:
            series.advance()
            at = end * 60.0
            for (metric, length), ones in self._groups.items():
                # Flags count in the minute that runs too, as far as it is known: not at all.
                totals = series.window(end + (metric == "safety-flags"), length)
                value = totals.value(metric)
                for one in ones:
                    if (
                        one.life.idle
                        and one.limit.silence_under is None
                        and not beyond(one.limit, value)
                    ):
                        continue
                    one.read(series, at)

    def _look_at_triggers(self, ends: range) -> None:
        told: dict[tuple[str, int | None], list[_Trigger]] = {}
        for one in self._triggers:
            told.setdefault((one.rule.id, one.rule.window_s), []).append(one)
        for ones in told.values():
            points = measured(ones[0].rule, self.series, ends)
            for one in ones:
                one.life.take(ends, points)

    def _look_at_rules(self, ends: range) -> None:
        told: dict[tuple[str, int], list[_Own]] = {}
        for one in self._own:
            told.setdefault((one.rule.metric, one.rule.window_s), []).append(one)
        for ones in told.values():
            samples = rule_samples(ones[0].rule, self.series, ends)
            for one in ones:
                for end, sample in zip(ends, samples, strict=True):
                    value = sample.value
                    if one.life.idle and (value is None or not one.rule.broken_by(value)):
                        continue
                    one.life.take(judged(one.rule, FEED, sample), end * 60.0)

    def _outcome(self, plan: Plan, alerts: list[AlertLife], triggers: list[TriggerLife]) -> Outcome:
        sources: dict[str, str] = {rule.id: FEED for rule in plan.metrics}
        now = self.series.at * 60.0
        series: Mapping[str, Sliding] = {FEED: self.series}
        readings = read_metrics(
            plan.metrics,
            series=series,
            feeds=_LIVE,
            sources=sources,
            limits={str(metric): limit for metric, limit in plan.limits.items()},
            judged=(),
            now=now,
        )
        last = read_triggers(
            plan.triggers,
            series=series,
            feeds=_LIVE,
            sources=sources,
            forecast_spend=plan.forecast_spend,
            now=now,
            currency=plan.deployment.nfr.currency,
        )
        fired = (one for life in alerts for one in life.found)
        raised = (one for life in triggers for one in life.found)
        return Outcome(
            plan,
            tuple(sorted(fired, key=lambda one: (one.fired_at, one.rule))),
            tuple(sorted(raised, key=lambda one: (one.since, one.id))),
            readings,
            tuple(last.values()),
        )


def _longest(plan: Plan) -> int:
    """The minutes that the longest of all windows, and what must last, look back."""
    lengths = [rule.window_s for rule in plan.metrics]
    lengths += [limit.silence_for_s or 0 for limit in plan.limits.values()]
    lengths += [rule.window_s or 0 for rule in plan.triggers]
    lengths += [rule.window_s + rule.for_s for rule in plan.rules]
    lengths += [burn.long_s for burn in plan.deployment.watch.burn]
    return max([*lengths, plan.deployment.watch.window_s]) // 60
