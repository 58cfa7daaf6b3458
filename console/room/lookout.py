"""What is looked at besides the guide's metrics: own rules, second sources, and warnings."""

from collections.abc import Iterator, Mapping

import msgspec

from config.feed import FeedKind
from config.guide import MetricId
from config.model import Deployment
from console.domain.alerts import AlertMemory, step
from console.domain.crosscheck import PREFIX as CHECK
from console.domain.crosscheck import Side, check_points, read_check
from console.domain.extra_rules import PREFIX as RULE
from console.domain.extra_rules import Points, read_rules, rule_points, seen_by, unread
from console.domain.readings import Reading, last_end
from console.domain.state import State
from console.domain.traffic import RULE as TRAFFIC
from console.domain.watch_rules import PREFIX as WATCH
from console.domain.watch_rules import (
    Phrases,
    burn_points,
    error_budget,
    expected,
    latest,
    names_points,
    read_calls,
)
from console.room.arriving import Arriving
from console.room.eyes import RECENT_CALLS, Eye, Eyes

GIVE_CALLS: frozenset[FeedKind] = frozenset({"jsonl", "jsonl-http", "json-pages", "loki", "otlp"})
PREVIEW_MIN = 2880


class Episode(msgspec.Struct, frozen=True):
    """An alert that would have been: unix seconds; `resolved_at` is None if it lasts."""

    fired_at: float
    resolved_at: float | None


class Preview(msgspec.Struct, frozen=True):
    """How a rule would have done over the recorded minutes before `until` (unix seconds).

    `reading` is what it says now. `episodes` is None where the record cannot tell. What hangs on
    decisions is looked at since the last one.
    """

    rule: str
    reading: Reading
    since: float
    until: float
    episodes: tuple[Episode, ...] | None


class Lookout:
    """Reads what `[[rules]]`, `[watch]` and `check` ask for."""

    def __init__(self, deployment: Deployment, eyes: Eyes, sources: Mapping[str, str]) -> None:
        """`sources` names the feed of each of the guide's metrics.

        `calls_from` is the feed whose single calls are read, "" if none gives them.
        """
        self._deployment = deployment
        self._eyes = eyes
        self._sources = sources
        self.arriving = Arriving(deployment, eyes, sources["traffic"])
        self._phrases = Phrases(deployment.watch.phrases, RECENT_CALLS)
        self.calls_from = next(
            (
                name
                for name in (sources["traffic"], *deployment.feeds)
                if deployment.feeds[name].kind in GIVE_CALLS
            ),
            "",
        )

    def read(self, state: State, now: float) -> dict[str, Reading]:
        """Every rule at `now`, by the name of its alert. Reads the latest calls: once a minute."""
        eyes = self._eyes.each
        readings = read_rules(
            self._deployment.rules,
            series={name: eye.series for name, eye in eyes.items()},
            feeds={name: eye.freshness(now) for name, eye in eyes.items()},
            sources=self._sources,
            now=now,
        )
        off = {f"{WATCH}{name}" for name in self._deployment.watch.off}
        readings |= self.checks(now)
        readings |= self.arriving.read(state, now)
        watched = self._watched(state, now)
        readings |= {one.metric: one for one in watched if one.metric not in off}
        gone = [
            alert.rule
            for alert in state.firing
            if alert.rule.startswith((RULE, WATCH, CHECK)) and alert.rule not in readings
        ]
        return readings | {rule: _removed(rule) for rule in gone}

    def _sides(self) -> Iterator[tuple[MetricId, tuple[Side, Side]]]:
        """The metrics that have a second source, and both."""
        for metric, override in self._deployment.metrics.items():
            if override.check is not None:
                names = self._sources[metric], override.check
                first, second = (Side(name, self._eyes.each[name].series) for name in names)
                yield metric, (first, second)

    def checks(self, now: float) -> dict[str, Reading]:
        """Each metric that has a second source, held against it; by the name of its alert."""
        found = {}
        for metric, (first, second) in self._sides():
            one, other = (self._eyes.each[side.feed].freshness(now) for side in (first, second))
            reading = read_check(metric, (first, second), (one, other), now)
            found[reading.metric] = reading
        return found

    def _watched(self, state: State, now: float) -> Iterator[Reading]:
        for source, points, _ in self._by_minutes(state).values():
            eye = self._eyes.each[source]
            fresh = eye.freshness(now)
            yield seen_by(eye.series, fresh, last_end(eye.series, fresh, now), points)
        if self.calls_from:
            yield from self._by_calls(self._eyes.each[self.calls_from], now)

    def _by_minutes(self, state: State) -> dict[str, tuple[str, Points, int]]:
        """What the record of minutes can tell: the feed that is read, how, and from when on."""
        watch = self._deployment.watch
        counted, failed = self._sources["traffic"], self._sources["error-rate"]
        series = self._eyes.each[counted].series
        known = expected(state, self._deployment, series)
        budget = error_budget(self._deployment)
        errors = self._eyes.each[failed].series
        since = known.since or 0
        versions = names_points("version", watch, series, counted, known)
        models = names_points("model", watch, series, counted, known)
        return {
            f"{WATCH}version": (counted, versions, since),
            f"{WATCH}model": (counted, models, since),
            f"{WATCH}budget-burn": (failed, burn_points(watch, errors, failed, budget), 0),
        }

    def _by_calls(self, eye: Eye, now: float) -> list[Reading]:
        watch, fresh = self._deployment.watch, eye.freshness(now)
        found = latest(tuple(eye.recent), RECENT_CALLS, now, watch.window_s)
        readings = read_calls(watch, found, eye.spec.id, self._phrases)
        if fresh.state != "live":
            return [unread(reading, fresh) for reading in readings]
        return [msgspec.structs.replace(one, age_s=fresh.age_s) for one in readings]

    def previews(self, state: State, now: float) -> list[Preview]:
        """Each rule over the last 48 h of the record: when it would have fired and resolved."""
        readings = self.read(state, now)
        readings.pop(TRAFFIC, None)  # what was asked of the switch is not recorded by the minute
        told = self._by_minutes(state)
        for rule in self._deployment.rules:
            source = rule.feed or self._sources.get(rule.reads, "")
            if source in self._eyes.each:
                series = self._eyes.each[source].series
                told[f"{RULE}{rule.id}"] = (source, rule_points(rule, series, source), 0)
        for metric, (first, second) in self._sides():
            told[f"{CHECK}{metric}"] = (first.feed, check_points(metric, first, second), 0)
        return [self._preview(reading, told.get(name), now) for name, reading in readings.items()]

    def _preview(
        self, reading: Reading, told: tuple[str, Points, int] | None, now: float
    ) -> Preview:
        until = now
        if told is None:
            return Preview(reading.metric, reading, now, now, None)
        source, points, since = told
        eye = self._eyes.each[source]
        end = last_end(eye.series, eye.freshness(now), now)
        first = eye.series.first
        start, until = max(first or 0, end - PREVIEW_MIN, since), end * 60.0
        if first is None or start >= end:
            return Preview(reading.metric, reading, now, now, None)
        episodes = episodes_of(points(range(start + 1, end + 1)), (start + 1) * 60.0)
        return Preview(reading.metric, reading, start * 60.0, until, tuple(episodes))


def episodes_of(readings: list[Reading], first_at: float) -> list[Episode]:
    """The alerts that these readings, a minute apart from `first_at` on, would have been."""
    memory, found = AlertMemory(), list[Episode]()
    for place, reading in enumerate(readings):
        memory, changes = step(memory, reading, first_at + place * 60.0)
        for change in changes:
            if change.kind == "fired":
                found.append(Episode(change.at, None))
            else:
                found[-1] = Episode(found[-1].fired_at, change.at)
    return found


def _removed(rule: str) -> Reading:
    """Within any limit: an alert whose rule is gone from `warroom.toml` resolves."""
    return Reading(rule, "ok", 0.0, "", 0.0, 0, 0, None, "", "the rule is not in warroom.toml now")
