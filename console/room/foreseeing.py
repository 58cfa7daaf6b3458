"""The early warning's eyes: which metrics drift, looked at once an hour of event time."""

from collections.abc import Mapping
from threading import Lock

import msgspec

from config.model import Deployment
from console.domain import early_warning
from console.domain.bins import BIN_MIN, WATCHED, Bin, Watched, bin_of, stored
from console.domain.drift import HISTORY_DAYS, LEAST_H, MOST_H, Drift, look_for_drift
from console.domain.events import Event
from console.domain.series import Series
from console.domain.state import State
from console.room.eyes import Eyes

HOUR_MIN = 60
LATE_MIN = 120
"""Calls that come later than this are not counted: bins older than that stand."""


class _Kept(msgspec.Struct):
    """Bins of one metric, from one series and of one version, that will not change any more."""

    series: Series
    version: str
    bins: dict[int, Bin] = {}
    settled: int = 0


class Found(msgspec.Struct, frozen=True):
    """What a look saw: the metric at the end of an hour, and the hour before."""

    metric: Watched
    now: Drift
    before: Drift | None = None

    @property
    def sure(self) -> bool:
        """Whether both looks agree that it drifts."""
        before = self.before
        return self.now.verdict == "drifts" and before is not None and before.verdict == "drifts"


class Foresight:
    """Looks at the recorded minutes of the window; what is settled is computed once."""

    def __init__(self, deployment: Deployment, eyes: Eyes, sources: Mapping[str, str]) -> None:
        """`sources` names the feed of each of the guide's metrics."""
        self._deployment = deployment
        self._eyes = eyes
        self._sources = sources
        self._kept: dict[tuple[Watched, int], _Kept] = {}
        self._turn = Lock()  # the watcher looks in one thread, a screen in another
        self._looked: dict[str, int] = {}

    def look(self, state: State, known_to: Mapping[str, int]) -> list[Found]:
        """Every watched metric whose feed has told another whole hour; blocks for milliseconds.

        `known_to` is the minute up to which each feed has told everything. Only in the window
        (Guide 6.3), until it is assessed as stable.
        """
        if state.attempt.phase != "full" or state.stable_since is not None:
            return []
        found = []
        for metric in WATCHED:
            hour = known_to.get(self._sources[metric], 0) // HOUR_MIN
            name = f"{state.attempt.id} {metric}"
            if hour > self._looked.get(name, 0):
                self._looked[name] = hour
                found.append(self.seen(state, metric, hour))
        return found

    def seen(self, state: State, metric: Watched, hour: int) -> Found:
        """What is known of a metric at the end of an hour (its number is unix seconds // 3600)."""
        now = self.drift(state, metric, hour)
        before = self.drift(state, metric, hour - 1) if now.verdict == "drifts" else None
        return Found(metric, now, before)

    def latest(self, state: State) -> dict[Watched, Drift]:
        """Each watched metric as of the last whole hour that its feed has told; see `drift`."""
        found = {}
        for metric in WATCHED:
            told = self._eyes.each[self._sources[metric]].last_success
            found[metric] = self.drift(state, metric, int((told or 0.0) // 3600))
        return found

    def drift(self, state: State, metric: Watched, hour: int) -> Drift:
        """One look at the minutes before the end of an hour. Safe to ask in several threads."""
        if state.attempt.phase != "full":
            return Drift("waits", "the window has not begun", hour * 3600.0, 0.0)
        with self._turn:
            return self._drift(state, metric, hour)

    def _drift(self, state: State, metric: Watched, hour: int) -> Drift:
        limit = self._deployment.limit(metric, state.attempt.share).over
        at = hour * 3600.0
        if limit is None:
            return Drift("waits", "it has no limit", at, 0.0)
        series = self._eyes.each[self._sources[metric]].series
        length = HOUR_MIN if stored(series, metric) else self._length(state, metric, series, hour)
        first = -(-_first(state) // (length * 60))
        start = -(-early_warning.episode_since(state, metric) // (length * 60))
        end = hour * HOUR_MIN // length
        bins = self._bins(state, metric, series, length, end)
        return look_for_drift(bins, int(first), int(start), end, limit, length)

    def _length(self, state: State, metric: Watched, series: Series, hour: int) -> int:
        """Half hours, but whole ones where most half hours have too few calls."""
        end = hour * HOUR_MIN // BIN_MIN
        begin = end - LEAST_H * HOUR_MIN // BIN_MIN
        bins = self._bins(state, metric, series, BIN_MIN, end)
        known = sum(number in bins for number in range(begin, end))
        return BIN_MIN if known * 2 >= end - begin else HOUR_MIN

    def _bins(
        self, state: State, metric: Watched, series: Series, length: int, end: int
    ) -> Mapping[int, Bin]:
        """The bins that a look before `end` needs; only those not settled are computed anew."""
        version = state.locked_version or self._deployment.agent.version
        kept = self._kept.get((metric, length))
        if kept is None or kept.series is not series or kept.version != version:
            kept = self._kept[metric, length] = _Kept(series, version)
        oldest = end - (HISTORY_DAYS * 24 + MOST_H) * HOUR_MIN // length
        for number in range(max(oldest, kept.settled), end):
            found = bin_of(series, metric, version, number, length)
            if found is None:
                kept.bins.pop(number, None)
            else:
                kept.bins[number] = found
        kept.settled = max(kept.settled, end - LATE_MIN // length)
        return kept.bins

    def events(self, state: State, found: Found, now: float) -> list[Event]:
        """What a look means on `state`, at `now`: a warning raised, or one that is over."""
        warning = early_warning.open_warning(state, found.metric)
        if warning is not None:
            why = early_warning.over(state, warning, found.now)
            return early_warning.cleared(state, warning, why) if why else []
        if not found.sure:
            return []
        currency = self._deployment.nfr.currency
        return early_warning.raised(state, found.metric, found.now, currency, now)


def owed(state: State, now: float) -> list[Event]:
    """What the hours themselves bring: decisions that are owed now, warnings that are over."""
    found = early_warning.owner_decides(state, now)
    for warning, why in early_warning.ended(state):
        found += early_warning.cleared(state, warning, why)
    for warning in early_warning.open_warnings(state):
        why = early_warning.over(state, warning, None)
        if why:
            found += early_warning.cleared(state, warning, why)
    return found


def _first(state: State) -> float:
    """When the version that runs was first tried in this rollout (unix seconds)."""
    tried = [
        attempt.entered_at
        for attempt in state.attempts
        if attempt.rollout == state.attempt.rollout and attempt.phase != "readiness"
    ]
    return min(tried, default=state.attempt.entered_at)
