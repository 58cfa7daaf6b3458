"""The picture at one moment: everything that screens, status and decisions read, from one place."""

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from config.guide import MetricId, PhaseRule, metric_rules, trigger_rules
from config.limits import rule_of
from config.model import Deployment, Limit
from console.clock import Clock
from console.domain.assessment import Outlook, assess
from console.domain.checkins import Rounds, rounds_of
from console.domain.checklist import ItemStatus, Progress, checklist, progress
from console.domain.entry import Actor
from console.domain.escalations import Queue, queue_of
from console.domain.facts import Facts
from console.domain.gates import Gate, evaluate
from console.domain.golive import GoLive, go_live
from console.domain.hints import gate_pasted
from console.domain.locked import locked_rules
from console.domain.minutes import Totals
from console.domain.outside import Group, OutsideAlert, distinct, grouped, outside_readings
from console.domain.projection import Projection, project
from console.domain.readings import JUDGED, Freshness, Judged, Reading, read_metrics
from console.domain.series import Series
from console.domain.share import share_since
from console.domain.standing import Standing, standing_of
from console.domain.state import State
from console.domain.state_escalation import Escalation
from console.domain.times import utc
from console.domain.triggers import Trigger, read_triggers
from console.domain.wayback import way_back_hash
from console.evidence import Texts
from console.room.eyes import Eyes
from console.room.feedview import FeedView
from console.room.foreseeing import Foresight
from console.room.lookout import Lookout
from console.room.versus import Versus

METRICS: tuple[MetricId, ...] = tuple(rule.id for rule in metric_rules())
SHOWN_MINUTES = 60
READ_METRICS = tuple(metric for metric in METRICS if metric != "accuracy")


class Ground(msgspec.Struct, frozen=True):
    """What a picture is taken on besides state and feeds: who looks, config and journal."""

    actor: Actor
    config_sha256: str
    config_trouble: str
    head: str
    broken: frozenset[str] = frozenset()
    alone_since: float | None = None


class Picture(msgspec.Struct, frozen=True):
    """What is known at `now` (unix seconds).

    `points` holds each metric's value at the end of each minute of the last hour, `checks` what
    comparing two sources says, by the name of its alert. `reasons` are those of the open groups of
    the queue, by the SHA-256 of their evidence.
    """

    now: float
    state: State
    facts: Facts
    gate: Gate
    items: tuple[ItemStatus, ...]
    progress: Progress
    go_live: GoLive
    feeds: tuple[FeedView, ...]
    points: Mapping[str, list[float | None]]
    outside: tuple[OutsideAlert, ...] = ()
    groups: Mapping[str, Group] = {}
    checks: Mapping[str, Reading] = {}
    queue: Queue = Queue()
    reasons: Mapping[str, str] = {}

    @property
    def phase_rule(self) -> PhaseRule | None:
        """The phase that runs, as it is in force here; None in readiness."""
        return self.facts.deployment.phase_rule(self.state.attempt.phase)

    @property
    def projection(self) -> Projection:
        """Where the rollout's time went, and when it can end."""
        return project(self.state, self.facts.deployment, self.gate, self.now, self.facts.blind)

    @property
    def rounds(self) -> Rounds:
        """The check-ins of the 48-hour window (Guide 6.1)."""
        return rounds_of(self.state, self.now)

    @property
    def outlook(self) -> Outlook | None:
        """What the window amounts to by now (Guide 6.3), None where there is none."""
        return assess(self.state, self.facts)

    @property
    def readings(self) -> Mapping[str, Reading]:
        """The metrics by id."""
        return self.facts.readings

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """The triggers that the console computes."""
        return self.facts.triggers

    @property
    def limits(self) -> Mapping[str, Limit]:
        """What each metric is held against."""
        return self.facts.limits

    @property
    def freshness(self) -> Freshness:
        """The worst freshness of all feeds that metrics read."""
        order = {"live": 0, "stale": 1, "down": 2}
        return max(
            (view.fresh for view in self.feeds),
            key=lambda fresh: (order[fresh.state], fresh.age_s or 0.0),
        )


class Looker:
    """Takes pictures. Sums over the attempt are kept between two looks in the same minute."""

    def __init__(self, deployment: Deployment, eyes: Eyes, clock: Clock, directory: Path) -> None:
        """Look at what `eyes` see; evidence lies in the deployment's `directory`."""
        self.deployment = self._deployment = deployment
        self._texts, self._directory = Texts(directory), directory
        self._queue: tuple[Mapping[str, Escalation] | None, Queue] = (None, Queue())
        self._eyes = eyes
        self._clock = clock
        self._rules = locked_rules(deployment)
        self._way_back = way_back_hash(deployment)
        self._sources: dict[str, str] = {m: deployment.feed_of(m).id for m in METRICS}
        self.lookout = Lookout(deployment, eyes, self._sources)
        self.foresight = Foresight(deployment, eyes, self._sources)
        self._versus = Versus(deployment, eyes, self.lookout.calls_from, self._sources)
        self._limits = lru_cache(8)(
            lambda share: {str(m): deployment.limit(m, share) for m in METRICS}
        )
        self._items: tuple[State, Standing, tuple[ItemStatus, ...]] | None = None
        self._sums: dict[str, tuple[tuple[int, int, int], Totals]] = {}
        self._blinds: dict[str, tuple[tuple[int, int, int], int]] = {}
        self._groups: tuple[tuple[OutsideAlert, ...], Mapping[str, Group]] = ((), {})
        self._hour: tuple[tuple[int, int, int], Mapping[str, list[float | None]]] | None = None

    def series(self, metric: MetricId) -> Series:
        """The minutes that a metric is read from."""
        return self._eyes.each[self._sources[metric]].series

    def read(
        self, state: State, now: float
    ) -> tuple[dict[str, Reading], tuple[Trigger, ...], dict[str, Limit]]:
        """Readings, triggers and limits at `now`."""
        attempt = state.attempt
        eyes = self._eyes.each
        series = {name: eye.series for name, eye in eyes.items()}
        feeds = {name: eye.freshness(now) for name, eye in eyes.items()}
        limits = dict(self._limits(attempt.share))
        judged = [
            Judged(one.at, one.verdict != "wrong")
            for one in state.judged.get(attempt.id, {}).values()
        ]
        since = share_since(state, self._deployment.traffic)
        readings = read_metrics(
            metric_rules(),
            series=series,
            feeds=feeds,
            sources=self._sources,
            limits=limits,
            judged=judged,
            now=now,
            share_since=since,
        )
        forecast = self._deployment.forecast
        spend = None
        if forecast.cost_per_call is not None and forecast.calls_per_hour is not None:
            spend = forecast.cost_per_call * forecast.calls_per_hour * attempt.share
        verified = [r.verified_at for r in state.rollbacks.values() if r.verified_at is not None]
        triggers = read_triggers(
            trigger_rules(),
            series=series,
            feeds=feeds,
            sources=self._sources,
            forecast_spend=spend,
            now=now,
            restart_at=max(verified, default=None),
            share_since=since,
            currency=self._deployment.nfr.currency,
        )
        return {m: readings[m] for m in METRICS}, tuple(triggers.values()), limits

    def outside(self) -> tuple[OutsideAlert, ...]:
        """What other systems raise now, each alert once."""
        return distinct(alert for eye in self._eyes.each.values() for alert in eye.outside)

    def _grouped(self, outside: tuple[OutsideAlert, ...]) -> Mapping[str, Group]:
        """The same by name, made anew only when something has changed."""
        if self._groups[0] != outside:
            self._groups = (outside, grouped(outside))
        return self._groups[1]

    def read_outside(self, state: State, now: float) -> list[Reading]:
        """A reading for each alert name of other systems; see `outside_readings`."""
        eyes = {name: eye for name, eye in self._eyes.each.items() if eye.spec.tells_alerts}
        fresh = {name: eye.freshness(now) for name, eye in eyes.items()}
        return outside_readings(
            self.outside(),
            known=[alert.rule for alert in state.firing],
            silent={
                name: f"feed {name} is {held.state}"
                for name, held in fresh.items()
                if held.state != "live"
            },
            ages={name: held.age_s for name, held in fresh.items()},
        )

    def facts(self, state: State, ground: Ground) -> Facts:
        """What a command is decided on, now."""
        now = self._clock.now()
        readings, triggers, limits = self.read(state, now)
        totals: dict[str, Totals] = {m: self._attempt_totals(m, state, now) for m in READ_METRICS}
        used = {self._sources[metric] for metric in READ_METRICS}
        views = [view for view in self._views() if view.id in used]
        return Facts(
            now=now,
            attempt=state.attempt.id,
            actor=ground.actor,
            deployment=self._deployment,
            config_sha256=ground.config_sha256,
            readings=readings,
            limits=limits,
            triggers=triggers,
            totals=totals,
            age_s=_oldest(views),
            blind=max(self._blind(source, state, now) for source in used),
            versions=frozenset(totals["traffic"].versions),
            trouble=_trouble(views),
            head=ground.head,
            rules=self._rules,
            way_back=self._way_back,
            config_trouble=ground.config_trouble,
            broken=ground.broken,
            alone_since=ground.alone_since,
            p95_range=self._p95_range(state, now),
            arrival=self.lookout.arriving.look(state, now),
            comparison=self._versus.compared(state, now),
            cost_doubt=self._versus.cost(state, now),
        )

    def take(self, state: State, ground: Ground) -> Picture:
        """The picture now."""
        facts = self.facts(state, ground)
        outside, queue = self.outside(), self.queue(state)
        items = self._checklist(state, standing_of(facts))
        return Picture(
            now=facts.now,
            state=state,
            facts=facts,
            gate=gate_pasted(evaluate(state, facts), self._directory),
            items=items,
            progress=progress(items),
            go_live=go_live(items, self._deployment.agent.go_live, utc(facts.now).date()),
            feeds=self._views(),
            points=self._last_hour(state, facts.now),
            checks=self.lookout.checks(facts.now),
            outside=outside,
            groups=self._grouped(outside),
            queue=queue,
            reasons=self._texts.of(group.reason for group in queue.groups),
        )

    def _checklist(self, state: State, ground: Standing) -> tuple[ItemStatus, ...]:
        held = self._items
        if held is None or held[0] is not state or held[1] != ground:
            held = self._items = (state, ground, tuple(checklist(state, ground)))
        return held[2]

    def queue(self, state: State) -> Queue:
        """The escalation queue, sorted anew only when the journal has changed."""
        held, queue = self._queue
        if held is not state.escalations:
            queue = queue_of(state.escalations)
            self._queue = (state.escalations, queue)
        return queue

    def _views(self) -> tuple[FeedView, ...]:
        return tuple(eye.view() for eye in self._eyes.each.values())

    def _last_hour(self, state: State, now: float) -> Mapping[str, list[float | None]]:
        key = (int(now // 60), sum(e.taken for e in self._eyes.each.values()), state.entries)
        if self._hour is None or self._hour[0] != key:
            self._hour = (key, {m: self.points(state, m, SHOWN_MINUTES, now) for m in METRICS})
        return self._hour[1]

    def points(
        self, state: State, metric: MetricId, minutes: int, now: float
    ) -> list[float | None]:
        """A metric's value at the end of each of the last `minutes`, oldest first."""
        if metric == "accuracy":
            return _accuracy_points(state, minutes, now)
        window = rule_of(metric).window_s // 60
        end = int(now // 60)
        return self.series(metric).rolling(metric, range(end - minutes + 1, end + 1), window)

    def _attempt_totals(self, metric: MetricId, state: State, now: float) -> Totals:
        """The sums over the attempt to date, from the feed that `metric` reads."""
        source = self._sources[metric]
        if state.attempt.phase == "readiness":
            return Totals()  # nothing there is held against them, and it may last for weeks
        start, end = int(-(-state.attempt.entered_at // 60)), int(now // 60)
        key = (start, end, self._eyes.each[source].taken)
        held = self._sums.get(source)
        if held is None or held[0] != key:
            held = (key, self._eyes.each[source].series.window(end, max(0, end - start)))
            self._sums[source] = held
        return held[1]

    def _p95_range(self, state: State, now: float) -> tuple[float, float] | None:
        """The extremes of what a store said of hours within the attempt; None if it said none."""
        told = self.series("latency-p95").values.get("latency-p95")
        if told is None:
            return None
        first = int(-(-state.attempt.entered_at // 60)) + SHOWN_MINUTES
        within = [told[n] for n in range(first, int(now // 60) + 1) if n in told]
        return (min(within), max(within)) if within else None

    def _blind(self, source: str, state: State, now: float) -> float:
        """The fraction of the attempt's minutes that a feed told nothing about."""
        if state.attempt.phase == "readiness":
            return 0.0
        eye = self._eyes.each[source]
        start, end = int(-(-state.attempt.entered_at // 60)), int(now // 60)
        if end <= start:
            return 0.0
        age = eye.freshness(now).age_s
        known_to = start if age is None else min(end, int((now - age) // 60))
        held = self._blinds.get(source)
        if held is None or held[0] != (start, known_to, eye.taken):
            told = sum(self._told(eye.series, number) for number in range(start, known_to))
            held = ((start, known_to, eye.taken), told)
            self._blinds[source] = held
        return 1.0 - held[1] / (end - start)

    def blind_s(self, since: float, now: float) -> float:
        """The seconds since then of which a feed that metrics read told nothing; whole minutes.

        Those after its last answer are not read yet: they are not counted.
        """
        worst = 0
        for source in {self._sources[metric] for metric in READ_METRICS}:
            eye = self._eyes.each[source]
            age = eye.freshness(now).age_s
            start = int(-(-since // 60))
            end = start if age is None else int((now - age) // 60)
            worst = max(worst, sum(not self._told(eye.series, n) for n in range(start, end)))
        return worst * 60.0

    def _told(self, series: Series, number: int) -> bool:
        """Whether a feed told of this minute, or had nothing to tell because there was no call."""
        if series.covers(number) or any(number in held for held in series.values.values()):
            return True
        idle = self.series("traffic").minutes.get(number)
        return not series.minutes and idle is not None and not idle.calls


def _accuracy_points(state: State, minutes: int, now: float) -> list[float | None]:
    """Accuracy over the last 50 judged, as it stood at the end of each minute."""
    judged = sorted(state.judged.get(state.attempt.id, {}).values(), key=lambda one: one.at)
    times = [one.at for one in judged]
    end = int(now // 60)
    points: list[float | None] = []
    for minute in range(end - minutes + 1, end + 1):
        upto = bisect_right(times, minute * 60)
        last = judged[max(0, upto - JUDGED) : upto]
        right = sum(one.verdict != "wrong" for one in last)
        points.append(right / len(last) if last else None)
    return points


def _oldest(views: list[FeedView]) -> float | None:
    ages = [view.fresh.age_s for view in views]
    if any(age is None for age in ages):
        return None
    return max((age for age in ages if age is not None), default=None)


def _trouble(views: list[FeedView]) -> str:
    for view in views:
        if view.fresh.state != "live":
            return f"feed {view.id} is {view.fresh.state}" + (
                f": {view.fresh.error}" if view.fresh.error else ""
            )
    return ""
