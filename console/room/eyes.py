"""The feeds on a schedule: poll, fold in a thread, record, and know how fresh each one is."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType

import msgspec

from config.model import Feed as FeedSpec
from config.model import Price
from console.clock import Clock
from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.notable import Notable
from console.domain.noted import Note, noted
from console.domain.outside import OutsideAlert
from console.domain.prices import Pricer
from console.domain.readings import Freshness, freshness
from console.domain.seen import REMEMBERED_S, Seen
from console.domain.series import Series
from console.feeds import Batch, Feed, FeedError, Listener, make_feed, untold
from console.feeds.fields import RecordReader
from console.net import Backoff, Http
from console.room.arrivals import ANSWER_S, SKEW_S, Arrivals
from console.room.feedview import FeedView
from console.room.following import Following
from console.telemetry import Reader, Recorder, apply_minutes, fold
from console.telemetry.fold import AHEAD_S, Delta

RECENT_CALLS = 2000
CATCH_UP_PAUSE_S = 0.001


class Eye:
    """One feed: where it was read to, what it gave, and when it last answered."""

    def __init__(
        self,
        spec: FeedSpec,
        http: Http,
        deployment: str,
        directory: Path,
        clock: Clock,
        prices: Mapping[str, Price],
        scope: frozenset[str] | None = None,
    ) -> None:
        """Take up the recorded minutes of the feed and the place to go on reading."""
        self._scope = scope
        self.spec = spec
        self._pricer = Pricer(prices)
        self.outside: tuple[OutsideAlert, ...] = ()
        self._clock = clock
        self._directory = directory
        self._http = http
        self._deployment = deployment
        self._feed: Feed | None = None
        self._untold: tuple[str, ...] = ()
        self._recorder: Recorder | None = None
        self._next_recorder: Recorder | None = None
        self.error = ""
        held = Reader(directory, spec.id)
        try:
            held.read_new()
        except OSError as error:
            self.error = f"telemetry of feed {spec.id} cannot be read: {error.strerror}"
        self.series: Series = held.series
        self._seen: Seen = held.seen
        self._cursor = held.cursor
        self.recent: deque[Call] = deque(maxlen=RECENT_CALLS)
        self.notable = Notable()
        self.notes: deque[Note] = deque()
        self._noted_since = self._begun = 0.0
        self.recorded_to = held.series.last
        self.last_success: float | None = held.read_at
        self._next_try: float | None = None
        self._waits_since: float | None = None
        self._backoff = Backoff()
        self._turn = asyncio.Lock()
        self.taken = 0
        self.calls_read = 0
        self.bad = 0
        self.bad_sample = ""
        self.repeated = 0
        self.arrivals = Arrivals()
        self.behind = self._waited = False
        self.answered = False
        self._quiet = ""
        # A port has one owner, the process that records; the others read what that one writes.
        self._following = Following(directory, held) if spec.kind == "otlp" else None

    @property
    def cursor(self) -> dict[str, object]:
        """Where the feed was read to."""
        return dict(self._cursor)

    def record(self, begun: float = 0.0) -> None:
        """From the next poll on write what is read to the telemetry directory, and take notes.

        `OSError` if it refuses. Goes on from the last commit on disk: what was read since without
        recording is read again. Where nothing was ever recorded, notes are taken of calls made
        since `begun` (unix seconds).
        """
        self._begun = begun
        if self._recorder is None and self._next_recorder is None:
            self._next_recorder = Recorder(self._directory, self.spec.id)

    def _begin_to_record(self) -> None:
        """Take over what the recorder found on disk; between two polls, so that none is torn."""
        recorder, self._next_recorder = self._next_recorder, None
        if recorder is None:
            return
        self._recorder = recorder
        self.series = recorder.series
        self.recorded_to = recorder.series.last
        self._seen = recorder.seen
        self._cursor = recorder.cursor
        # What comes after the place that was read to is new, however late it is told.
        known = self._begun if recorder.read_at is None else recorder.read_at
        self._noted_since = 0.0 if recorder.cursor else known
        self.notes.extend(recorder.owed.values())
        # Until it has been read up to now again, the minutes since are unknown, not quiet.
        self.last_success = recorder.read_at
        self.answered = False

    def adopt(self, minutes: Mapping[int, Minute], at: float) -> None:
        """Take in minutes that are known from elsewhere, as if the feed had told them at `at`."""
        self._begin_to_record()
        self.series.add(minutes)
        self.taken += len(minutes)
        self.last_success = at
        self.answered = True
        if self._recorder is not None:
            self._recorder.flush(minutes, self._cursor, at)

    def settle(self, calls: Iterable[str]) -> None:
        """The journal has what the notes of these calls asked for."""
        if self._recorder is not None:
            self._recorder.settle(calls)

    async def finish(self) -> None:
        """Record what the feed was told and holds: it will be told no more."""
        if self._recorder is not None and isinstance(self._feed, Listener):
            await asyncio.to_thread(self._feed.close)
            await self.poll()

    def close(self) -> None:
        """Stop recording, and let go of what the feed holds open."""
        feed, self._feed = self._feed, None
        if isinstance(feed, Listener):
            feed.close()
        for recorder in (self._recorder, self._next_recorder):
            if recorder is not None:
                recorder.close()
        self._recorder = self._next_recorder = None

    def view(self) -> FeedView:
        """How the feed stands now."""
        now = self._clock.now()
        real, since = self._clock.monotonic(), self._waits_since
        wait = None if self._next_try is None else self._next_try - real
        return FeedView(
            self.spec.id,
            self.freshness(now),
            None if wait is None else max(0.0, wait),
            self.calls_read,
            self.bad,
            self.bad_sample,
            self.repeated,
            msgspec.structs.replace(self.arrivals),
            self.arrivals.trouble(
                self.spec.id,
                3 * self.spec.poll_s * self._clock.speed,
                max(SKEW_S, ANSWER_S * self._clock.speed),
            ),
            None if since is None else real - since,
        )

    @property
    def told(self) -> tuple[object, ...]:
        """What an answer with news changes; an answer that only says "nothing new" does not."""
        counts = (self.taken, self.calls_read, self.repeated, self.bad)
        return (*counts, self.error, self.answered, self.outside)

    def freshness(self, now: float) -> Freshness:
        """How far the feed can be trusted at `now`.

        Minutes on disk are no sign that the endpoint lives: until it has answered this process
        once, nothing reads live.
        """
        fresh = freshness(
            self.last_success,
            stale_after_s=self.spec.stale_after_s,
            error=self.error,
            poll_s=self.spec.poll_s,
            speed=self._clock.speed,
            now=now,
        )
        if fresh.state == "live" and not self.answered:
            fresh = Freshness("down" if self.error else "stale", fresh.age_s, fresh.error)
        if fresh.state == "stale" and not fresh.error:
            return Freshness("stale", fresh.age_s, self._quiet)
        return fresh

    async def poll(self) -> float:
        """Ask once and take in the answer; the real seconds until the next turn. Never raises."""
        async with self._turn:
            asked_at, self._waits_since = self._clock.now(), self._clock.monotonic()
            retry_after_s = None
            self._waited, self.behind = self.behind, False
            try:
                await self._ask(asked_at)
            except FeedError as error:
                self.error = str(error)
                retry_after_s = error.retry_after_s
            except OSError as error:
                self.error = f"telemetry of feed {self.spec.id} cannot be written: {error.strerror}"
            except Exception as error:
                # Not even a fault of ours in one feed may stop the others, or the room.
                kind = type(error).__name__
                self.error = f"feed {self.spec.id} is not read by a fault of ours ({kind})"
            else:
                self._backoff.reset()
                self.error = ""
            finally:
                self._waits_since = None
            wait = CATCH_UP_PAUSE_S if self.behind else self.spec.poll_s
            if self.error:
                wait = max(self._backoff.next(retry_after_s), self.spec.poll_s)
            self._next_try = self._clock.monotonic() + wait
            return wait

    async def _ask(self, asked_at: float) -> None:
        following = self._following
        if following is not None and self._recorder is None and self._next_recorder is None:
            await self._follow(following)
            return
        if self._feed is None:
            reader = partial(RecordReader, tools=self._scope is not None)
            where = (self._http, self._deployment, self._directory)
            self._feed = make_feed(self.spec, *where, reader=reader)
            self._untold = untold(self.spec)
        self._begin_to_record()
        batch = await self._feed.poll(self._cursor, asked_at)
        await self._take(batch, asked_at)
        self.behind = batch.behind
        self._quiet = batch.quiet
        if not batch.quiet and not batch.behind:
            self.answered = True
            self.last_success = asked_at

    async def _follow(self, following: Following) -> None:
        """Take in what the process that records has written."""
        self._quiet = await asyncio.to_thread(following.look)
        self.series, self._seen = following.series, following.seen
        self._cursor = following.cursor
        self.taken += following.news
        self.last_success = following.read_at
        self.answered = following.read_at is not None

    async def _take(self, batch: Batch, asked_at: float) -> None:
        live = self.answered and not self._waited and not batch.behind
        self.arrivals.take(batch.calls, batch.tallies, asked_at, caught_up=live)
        self.bad += batch.bad
        self.bad_sample = self.bad_sample or batch.bad_sample
        if batch.gap and self.last_success is not None:
            told = [call.at for call in batch.calls]
            told += [tally.number * 60.0 for tally in batch.tallies]
            found = min([asked_at, *(at for at in told if at > self.last_success)])
            self.series.lose(int(self.last_success // 60), int(found // 60))
            # It may be read from its start again: no further back than ids are remembered.
            self._noted_since = max(self._noted_since, self.last_success - REMEMBERED_S)
        touched: set[int] = set()
        notes: list[Note] = []
        if batch.outside is not None:
            self.outside = batch.outside
        if batch.calls or batch.tallies:
            delta, notes = await asyncio.to_thread(self._fold, batch, asked_at)
            self.series.add(delta.minutes)
            self.calls_read += batch.count - delta.repeated
            self.repeated += delta.repeated
            self.recent.extend(batch.calls)
            touched |= set(delta.minutes)
        if batch.minutes is not None:
            touched |= apply_minutes(self.series, batch.minutes.counts, batch.minutes.values)
        self.taken += len(touched)
        self._cursor = batch.cursor
        try:
            await self._record(batch, touched, notes, asked_at)
        finally:  # what cannot be recorded is raised all the same
            self.notes.extend(notes)

    async def _record(
        self, batch: Batch, touched: set[int], notes: list[Note], asked_at: float
    ) -> None:
        """Write what a poll brought, if it is for this process to do."""
        if self._recorder is None:
            return
        told_to = asked_at
        if batch.behind and batch.calls:
            told_to = min(asked_at, batch.calls[-1].at)
        elif batch.behind and batch.tallies:
            told_to = min(asked_at, batch.tallies[-1].number * 60.0)
        elif batch.quiet or batch.behind:
            if self.last_success is None:
                return
            told_to = self.last_success
        # What is known now was not when it was asked for: whoever looks back must see that.
        known = self._clock.now()
        flush = self._recorder.flush
        await asyncio.to_thread(flush, touched, batch.cursor, told_to, notes, known)

    def _fold(self, batch: Batch, asked_at: float) -> tuple[Delta, list[Note]]:
        """Price the calls that need it, count them, and note those that ask for a person.

        Takes its time: call it in a thread.
        """
        batch.calls = self._pricer.priced(batch.calls)
        self._pricer.price(batch.tallies)
        delta = fold(batch.calls, self._seen, asked_at, batch.tallies)
        for minute in delta.minutes.values():
            minute.blank = dict.fromkeys(self._untold, minute.calls)
        self.notable.add(batch.calls, asked_at + AHEAD_S)
        if self._recorder is None:
            return delta, []
        return delta, noted(delta.new, self._scope, self._noted_since)


class Eyes:
    """All feeds of a deployment, each polled by a task of its own."""

    def __init__(
        self,
        feeds: dict[str, FeedSpec],
        http: Http,
        deployment: str,
        directory: Path,
        clock: Clock,
        prices: Mapping[str, Price] = MappingProxyType({}),
        tools: Iterable[str] | None = None,
    ) -> None:
        """Load what is recorded; nothing is asked yet.

        `prices` are those of models by name; a call of a tool that is none of `tools` is noted.
        """
        scope = None if tools is None else frozenset(tools)
        self.each = {
            name: Eye(spec, http, deployment, directory, clock, prices, scope)
            for name, spec in feeds.items()
        }

    def record(self, begun: float = 0.0) -> None:
        """Record the telemetry of every feed: this process is the watcher. See `Eye.record`."""
        for eye in self.each.values():
            eye.record(begun)

    def close(self) -> None:
        """Stop recording."""
        for eye in self.each.values():
            eye.close()

    async def finish(self) -> None:
        """Record what the feeds hold, before `close`."""
        await asyncio.gather(*(eye.finish() for eye in self.each.values()))

    async def poll_once(self) -> None:
        """Ask every feed until it has caught up or failed."""

        async def catch_up(eye: Eye) -> None:
            await eye.poll()
            while eye.behind and not eye.error:
                await eye.poll()

        await asyncio.gather(*(catch_up(eye) for eye in self.each.values()))

    async def run(self, changed: Callable[[], None]) -> None:
        """Poll every feed on its schedule until cancelled; call `changed` after each news."""

        async def watch(eye: Eye) -> None:
            while True:
                before = eye.told
                wait = await eye.poll()
                if eye.told != before:
                    changed()
                await asyncio.sleep(wait)

        tasks = [
            asyncio.create_task(watch(eye), name=f"feed-{name}") for name, eye in self.each.items()
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
