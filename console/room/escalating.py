"""What the one watcher does for the escalation queue: raise each once, and say what was missed.

Notes of calls come from the feeds, with what the telemetry directory still owes the journal from
before a restart. Ids follow from what an escalation is about, so nothing is raised twice.
"""

from hashlib import sha256
from pathlib import Path

from config.feed import Feed
from config.guide import MetricId
from config.model import Deployment
from config.presets import preset
from console.clock import Clock
from console.domain import raising
from console.domain.escalations import escalation_id, next_due, overdue
from console.domain.events import Event
from console.domain.noted import Note
from console.domain.raising import Wanted
from console.domain.state import State
from console.evidence import keep_bytes
from console.room.eyes import Eyes
from console.room.lookout import GIVE_CALLS

GATHER_S = 3.0  # real seconds: a flood becomes few entries
FOLLOWED_S = 120.0  # real seconds: more than a machine that watches needs to raise one
LATEST_S = 300.0  # of deployment time: how long a note waits to see whether dark launch has begun
REAL_S = 8.0  # on a demo's clock a person has at least so long, however fast it runs
MOST_REASONS = 200
MOST_KINDS = 200
OTHER_REASONS = "other reasons"
OTHER_KINDS = "(others)"


class Escalating:
    """Holds what is to be raised until the journal has it."""

    def __init__(
        self, deployment: Deployment, directory: Path, eyes: Eyes, state: State, clock: Clock
    ) -> None:
        """Hold nothing yet: what is owed comes with the first look."""
        self._deployment = deployment
        self._directory = directory
        self._eyes = eyes
        self._clock = clock
        self._sources = {row: call_feeds(deployment, metric) for row, metric in READ_FROM.items()}
        calls = bool(self._sources["safety-flag"])
        self._alert_rows = raising.alert_rows(calls=calls)
        self._since = min(
            (eye.last_success for eye in eyes.each.values() if eye.last_success is not None),
            default=clock.now(),
        )
        self._pending: dict[str, tuple[Wanted, str]] = {}
        self._raised_at = self._missed_at = float("-inf")
        self._raises = self._misses = False
        known = state.escalations.values()
        self._reasons: dict[str, str] = {}
        self._known_reasons = {one.reason for one in known if one.reason}
        self._unkept: dict[str, bytes] = {}
        self._kinds = {one.what for one in known if one.what}
        self._quiet: tuple[int, float] = (-1, 0.0)

    @property
    def _patience_s(self) -> float:
        return REAL_S * self._clock.speed if self._clock.speed > 1 else 0.0

    def gather(self, state: State) -> None:
        """Take in what the feeds noted, and keep the reasons as evidence. Blocks."""
        for name, eye in self._eyes.each.items():
            done = []
            while eye.notes:
                note = eye.notes.popleft()
                if not self._take(note, name, state):
                    done.append(note.call)
            eye.settle(done)
        for digest, raw in list(self._unkept.items()):
            try:
                keep_bytes(self._directory, raw)
            except OSError:
                break  # tried again at the next look; the queue shows the hash meanwhile
            del self._unkept[digest]

    def _take(self, note: Note, feed: str, state: State) -> bool:
        """Hold what a note asks for; False if there is nothing of it to be raised."""
        taken = False
        for wanted in raising.wanted_of(note):
            if feed not in self._sources[wanted.row] or wanted.id in state.escalations:
                continue
            self._pending[wanted.id] = (self._bounded(wanted), feed)
            taken = True
        return taken

    def _bounded(self, wanted: Wanted) -> Wanted:
        """The same with its reason and kind, or with none of its own where there are too many."""
        reason, what = wanted.reason, wanted.what
        if reason and reason not in self._reasons:
            digest = sha256(reason.encode()).hexdigest()
            if digest not in self._known_reasons and len(self._known_reasons) >= MOST_REASONS:
                reason = OTHER_REASONS
                digest = sha256(reason.encode()).hexdigest()
            if reason not in self._reasons:
                self._reasons[reason] = digest
                self._known_reasons.add(digest)
                self._unkept[digest] = reason.encode()
        if what and what not in self._kinds:
            if len(self._kinds) >= MOST_KINDS:
                what = OTHER_KINDS
            self._kinds.add(what)
        return Wanted(wanted.id, wanted.row, wanted.call, wanted.at, reason, what, wanted.about)

    def due(self, state: State) -> list[Event]:
        """What is to be written on `state` now: nothing that it says already."""
        now = self._clock.now()
        ripe = self._ripe(self._settle(state, now))
        events: list[Event] = [
            *raising.raised(self._deployment, ripe, self._reasons, now, self._patience_s)
        ]
        events += self._of_state(state, now)
        return events

    def follow(self, state: State) -> None:
        """Hold what another machine may not have come to raise; what is older was its to do."""
        self.gather(state)
        now = self._clock.now()
        self._settle(state, now)
        oldest = now - FOLLOWED_S * self._clock.speed
        for one, (wanted, feed) in list(self._pending.items()):
            if wanted.at < oldest:
                del self._pending[one]
                self._eyes.each[feed].settle([wanted.call])
        self._since = max(self._since, oldest)

    def _settle(self, state: State, now: float) -> list[Wanted]:
        """Let go of what the journal has, or what no rollout asked for; what is left."""
        fresh, done = [], []
        for wanted, feed in self._pending.values():
            if wanted.id in state.escalations:
                done.append((wanted, feed))
            elif raising.under_way(state, wanted.at):
                fresh.append(wanted)
            elif wanted.at < now - LATEST_S:
                done.append((wanted, feed))
        for wanted, _ in done:
            del self._pending[wanted.id]
        for wanted, feed in done:
            if not any(escalation_id(row, wanted.call) in self._pending for row in READ_FROM):
                self._eyes.each[feed].settle([wanted.call])
        return fresh

    def _ripe(self, fresh: list[Wanted]) -> list[Wanted]:
        """What to write now: what is owed at once does not wait for others like it."""
        rested = self._clock.monotonic() - self._raised_at >= GATHER_S
        self._raises = rested and bool(fresh)
        return fresh if rested else [one for one in fresh if one.row == "tool-misuse"]

    def _of_state(self, state: State, now: float) -> list[Event]:
        """What follows from the journal alone: alerts, incidents, and what nobody answered."""
        self._misses = False
        entries, until = self._quiet
        if entries == state.entries and now < until:
            return []
        asked = raising.wanted_of_state(state, self._alert_rows, self._since)
        new = [one for one in asked if one.id not in state.escalations]
        rested = self._clock.monotonic() - self._missed_at >= GATHER_S
        late = overdue(state.escalations.values(), now) if rested else []
        self._misses = bool(late)
        events: list[Event] = [
            *raising.raised(self._deployment, new, {}, now, self._patience_s),
            *raising.missed(self._deployment, late),
        ]
        if not events and rested:
            self._quiet = (state.entries, next_due(state.escalations.values()))
        return events

    def written(self) -> None:
        """What was due is on record."""
        now = self._clock.monotonic()
        self._raised_at = now if self._raises else self._raised_at
        self._missed_at = now if self._misses else self._missed_at


READ_FROM: dict[str, MetricId] = {
    "escalate": "escalation-rate",
    "safety-flag": "safety-flags",
    "tool-misuse": "traffic",
}


def call_feeds(deployment: Deployment, metric: MetricId) -> frozenset[str]:
    """The feeds whose single calls are looked through for what `metric` counts.

    The metric's own, if it gives calls; else each that does, but for second sources.
    """
    giving = [name for name, feed in deployment.feeds.items() if gives_calls(feed)]
    own = deployment.feed_of(metric).id
    if own in giving:
        return frozenset({own})
    checks = {one.check for one in deployment.metrics.values()}
    return frozenset(giving) - checks


def gives_calls(feed: Feed) -> bool:
    """Whether a feed tells of single calls, and not of numbers alone."""
    if feed.kind not in GIVE_CALLS:
        return False
    counts = {*feed.minutes, *feed.values, *(preset(feed.preset).minutes if feed.preset else ())}
    return not (feed.kind == "loki" and counts)
