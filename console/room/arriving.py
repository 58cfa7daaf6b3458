"""Whether the traffic arrives where it was sent: the calls since the switch, by who served them."""

from collections import Counter

import msgspec

from config.model import Deployment
from console.domain.arrival import Arrival, Split, arrival, touches
from console.domain.extra_rules import unread
from console.domain.minutes import Minute
from console.domain.readings import ENOUGH, Reading
from console.domain.series import Series
from console.domain.share import Target, target_of
from console.domain.state import State
from console.domain.traffic import RULE, arrival_reading
from console.room.eyes import Eyes

WINDOW_MIN = 60
TOLD_MIN = 1440


class Sent(msgspec.Struct, frozen=True):
    """Where the traffic was sent, and since when (unix seconds)."""

    target: Target
    since: float


def sent_to(state: State) -> Sent | None:
    """What the calls are held against: what the switch was asked for, else what was decided."""
    attempt = state.attempt
    if attempt.phase == "readiness":
        return None
    held = state.traffic.get(attempt.id)
    if held is None or held.outcome == "failed":
        return Sent(target_of(attempt), attempt.entered_at)
    since = held.set_at if held.set_at is not None else held.asked_at
    return Sent(Target(held.share, held.phase), since)


class Arriving:
    """Looks at the feed that counts the traffic. What it saw is kept until there is more to see."""

    def __init__(self, deployment: Deployment, eyes: Eyes, feed: str) -> None:
        """`feed` is the one that the metric traffic is read from."""
        self._deployment = deployment
        self._eyes = eyes
        self._feed = feed
        self._held: tuple[tuple[object, ...], Split] | None = None

    def look(self, state: State, now: float) -> Arrival | None:
        """What the calls up to `now` show of the share; None in readiness."""
        sent = sent_to(state)
        if sent is None:
            return None
        version = state.locked_version or self._deployment.agent.version
        return arrival(
            self._split(sent, version, now),
            sent.target,
            version,
            since=sent.since,
            now=now,
            within_s=self._deployment.traffic.arrive_within_s,
        )

    def read(self, state: State, now: float) -> dict[str, Reading]:
        """The rule `traffic-share`, where a share is looked for or its alert fires."""
        fires = any(alert.rule == RULE for alert in state.firing)
        if state.attempt.phase not in {"canary", "full"} and not fires:
            return {}
        reading = arrival_reading(self.look(state, now), self._feed, WINDOW_MIN * 60)
        fresh = self._eyes.each[self._feed].freshness(now)
        if fresh.state != "live":
            return {RULE: unread(reading, fresh)}
        return {RULE: msgspec.structs.replace(reading, age_s=fresh.age_s)}

    def _split(self, sent: Sent, version: str, now: float) -> Split:
        eye = self._eyes.each[self._feed]
        end, start = int(now // 60), int(-(-sent.since // 60))
        key = (end, start, version, sent.target, eye.taken)
        if self._held is None or self._held[0] != key:
            stable = self._deployment.agent.stable_version
            span = range(start, end)
            self._held = (key, split(eye.series, span, version, stable, sent.target.share))
        return self._held[1]


def split(series: Series, span: range, version: str, stable: str, share: int) -> Split:
    """The calls of the last hour by who served them, within the minutes of `span`.

    Where these are too few to tell of `share` (percent), all of it. An empty `stable` is the
    existing process, whose calls are control calls.
    """
    start, end = span.start, span.stop
    near = _counted(series, max(start, end - WINDOW_MIN), end, version, stable)
    n = near.candidate + near.stable
    if n < ENOUGH or (not near.candidate and touches(0, n, share / 100)):
        near = _counted(series, start, end, version, stable)
    told = near.stable or _tells_stable(series, min(start, end) - TOLD_MIN, end, stable)
    return msgspec.structs.replace(near, both=bool(told))


def _counted(series: Series, start: int, end: int, version: str, stable: str) -> Split:
    counts: Counter[str] = Counter()
    aside = named = calls = 0.0
    stable_at = None
    for number in range(start, end):
        if (minute := series.minutes.get(number)) is None:
            continue
        calls += minute.calls
        named += sum(minute.versions.values())
        for name, count in minute.versions.items():
            counts[name] += count
        control = _controls(minute)
        aside += control
        if control or (stable and minute.versions.get(stable)):
            stable_at = number * 60.0
    candidate = counts.pop(version, 0)
    return Split(
        candidate=candidate,
        stable=aside + (counts.pop(stable, 0) if stable else 0),
        stable_at=stable_at,
        others=dict(counts),
        unnamed=calls - named,
    )


def _tells_stable(series: Series, start: int, end: int, stable: str) -> bool:
    """Whether the log has told of the stable side lately."""
    held = series.minutes
    return any(
        _controls(held[number]) or (stable and held[number].versions.get(stable))
        for number in range(start, end)
        if number in held
    )


def _controls(minute: Minute) -> float:
    """How many control calls a minute had; synthetic ones are none."""
    return float(sum(arm.calls for arm in minute.controls.values()))
