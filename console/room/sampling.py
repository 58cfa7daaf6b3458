"""Samples: draws calls of the running attempt from its log, and finds their texts (Guide 4, 6.2).

The texts are held by this process while they are judged. They are written nowhere.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Literal

import msgspec

from config.feed import Feed as FeedSpec
from config.model import Deployment
from config.presets import Preset, UnknownPreset, preset
from console.clock import Clock
from console.domain.call import Call
from console.domain.commands import Command, DrawSample
from console.domain.decide_review import may_draw
from console.domain.entry import Entry
from console.domain.sampling import Named, Urn, used, with_spares
from console.domain.state import State
from console.domain.state_review import Sample
from console.domain.times import utc
from console.feeds import FeedError, make_feed
from console.feeds.logs import read_since
from console.feeds.picking import PickingReader, Picks
from console.net import Http
from console.room.eyes import Eye
from console.room.lookout import GIVE_CALLS

MOST_READ_S = 600.0
QUOTE = 30

What = Literal["draw", "texts"]


class Reading(msgspec.Struct, frozen=True):
    """How far a log is read: so many records, up to that time (unix seconds; 0 for none yet)."""

    what: What
    read: int
    reached: float


class NotRead(Exception):
    """The log could not be read; the text is one sentence."""


class Sampling:
    """The samples of one room. One log is read at a time; a task that is cancelled stops it."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        eyes: Mapping[str, Eye],
        http: Http,
        clock: Clock,
        *,
        offline: bool = False,
    ) -> None:
        """Hold nothing yet; `offline` reads files but asks no endpoint."""
        self._offline = offline
        self._deployment = deployment
        self._directory = directory
        self._eyes = eyes
        self._http = http
        self._clock = clock
        self._turn = asyncio.Lock()
        self._what: What = "draw"
        self._picks: Picks | None = None
        self.texts: dict[str, Call] = {}
        self.gone: frozenset[str] = frozenset()

    @property
    def reading(self) -> Reading | None:
        """How far the log is read, while it is."""
        picks = self._picks
        return None if picks is None else Reading(self._what, picks.read, picks.reached)

    @property
    def feed(self) -> FeedSpec | None:
        """The feed whose calls are judged: the first that gives calls with their texts."""
        given = {}
        for feed in self._deployment.feeds.values():
            known = _known(feed)
            counts = {*feed.minutes, *feed.values, *known.minutes, *known.values}
            if feed.kind in GIVE_CALLS and not (feed.kind == "loki" and counts):
                given[feed.id] = {"input", "output"} & {*feed.fields, *known.fields}
        best = max(given, key=lambda name: len(given[name]), default=None)
        return None if best is None else self._deployment.feeds[best]

    async def draw(
        self, n: int, state: State, do: Callable[[Command], Awaitable[list[Entry]]]
    ) -> list[Entry]:
        """Draw `n` calls of the attempt that runs and put them on record.

        Reads the log once, in threads. Raises `Refused`, `NotRead`, or what `do` raises.
        """
        may_draw(state)
        async with self._turn:
            feed = self._the_feed()
            attempt, now = state.attempt, self._clock.now()
            seed = secrets.token_hex(16)
            version = state.locked_version or self._deployment.agent.version
            since = attempt.entered_at
            urn = Urn(seed, with_spares(n), since, now, version, used(state))
            picks = Picks(urn)
            whole = await self._read("draw", feed, picks, since, now, lambda: False)
            picks.settle()
            whole = whole and not self._older(feed.id, since, urn.first)
            written = await do(
                DrawSample(
                    attempt=attempt.id,
                    n=n,
                    seed=seed,
                    of=urn.of,
                    from_at=utc(since if urn.first is None else urn.first),
                    to_at=utc(now if urn.last is None else urn.last),
                    feed=feed.id,
                    calls=urn.calls,
                    whole=whole,
                )
            )
            self.texts = picks.calls
            self.gone = frozenset()
            return written

    async def find(self, sample: Sample, *, again: bool = False) -> None:
        """Find the texts of a sample that was drawn before, or elsewhere. Raises `NotRead`.

        `again` also looks for those that were gone.
        """
        async with self._turn:
            if again:
                self.gone = frozenset()
            lacking = self.lacking(sample)
            if not lacking:
                return
            feed = self._deployment.feeds.get(sample.feed)
            if feed is None:
                raise NotRead(f"feed {sample.feed}, which {sample.id} was drawn from, is gone")
            picks = Picks(Named(lacking))

            def found() -> bool:
                return len(picks.calls) == len(lacking)

            whole = await self._read("texts", feed, picks, sample.from_at, self._clock.now(), found)
            keep = frozenset(sample.calls)
            held = {name: call for name, call in self.texts.items() if name in keep}
            self.texts = held | picks.calls
            if not whole and not found() and feed.kind != "otlp":
                raise NotRead("not all of the log could be read: its texts may be in the rest")
            self.gone = keep - self.texts.keys()

    def lacking(self, sample: Sample) -> frozenset[str]:
        """The calls of `sample` that were not looked for yet."""
        return frozenset(sample.calls) - self.texts.keys() - self.gone

    def quoted(self, call_id: str, note: str) -> bool:
        """Whether `note` holds a piece of the call's text: that must not enter the journal."""
        call = self.texts.get(call_id)
        if call is None:
            return False
        said = " ".join(note.split())
        texts = [" ".join(text.split()) for text in (call.input, call.output, call.correction)]
        pieces = [said[at : at + QUOTE] for at in range(len(said) - QUOTE + 1)]
        return any(piece in text for piece in pieces for text in texts)

    def _older(self, feed: str, since: float, first: float | None) -> bool:
        """Whether calls of the attempt are on record from before the first that the log has."""
        if first is None:
            return False
        minutes = self._eyes[feed].series.minutes
        before = range(int(since // 60) + 1, int(first // 60))
        return any(minutes[number].calls for number in before if number in minutes)

    def _the_feed(self) -> FeedSpec:
        feed = self.feed
        if feed is None:
            raise NotRead(
                "no feed gives single calls: judge by hand (warroom review "
                f"{quote(str(self._directory))} CALL=right), or add a feed of the agent's log"
            )
        return feed

    async def _read(
        self,
        what: What,
        feed: FeedSpec,
        picks: Picks,
        since: float,
        now: float,
        enough: Callable[[], bool],
    ) -> bool:
        """Read all that `feed` has since `since` past `picks`; whether that was all there is."""
        if self._offline and feed.kind not in {"jsonl", "otlp"}:
            raise NotRead(f"this console was opened offline and does not ask feed {feed.id}")
        self._what, self._picks = what, picks
        try:
            if feed.kind == "otlp":
                return await asyncio.to_thread(self._held, feed, picks, since)
            return await self._read_log(feed, picks, since, now, enough)
        except FeedError as error:
            raise NotRead(f"feed {feed.id}: {error}") from None
        except OSError as error:
            raise NotRead(f"feed {feed.id} cannot be read: {error.strerror}") from None
        finally:
            self._picks = None

    def _held(self, feed: FeedSpec, picks: Picks, since: float) -> bool:
        """A feed that is told keeps no log: only the latest calls are at hand, in this process."""
        held = list(self._eyes[feed.id].recent)
        if not held:
            raise NotRead(
                f"feed {feed.id} keeps no log, and this process was told of no call: draw and "
                "judge in the console that records"
            )
        picks.see(held)
        return bool(held) and held[0].at <= since

    async def _read_log(
        self,
        spec: FeedSpec,
        picks: Picks,
        since: float,
        now: float,
        enough: Callable[[], bool],
    ) -> bool:
        feed = make_feed(
            spec,
            self._http,
            self._deployment.deployment,
            self._directory,
            reader=partial(PickingReader, picks=picks),
        )
        return await read_since(
            feed,
            since,
            now,
            clock=self._clock,
            until=self._clock.monotonic() + MOST_READ_S,
            enough=enough,
        )


def _known(feed: FeedSpec) -> Preset:
    """The feed's preset; an empty one if it names none, or one that does not exist."""
    try:
        return preset(feed.preset) if feed.preset else Preset(kinds=(feed.kind,), title="none")
    except UnknownPreset:
        return Preset(kinds=(feed.kind,), title="none")
