"""One feed as the executor sees it: the calls of now, without their texts and without the past."""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from config.feed import Feed as FeedSpec
from config.model import Deployment
from console.bounded import within
from console.clock import Clock
from console.domain.prices import Pricer
from console.domain.seen import Seen
from console.net import Http

if TYPE_CHECKING:
    from console.feeds import Batch, Log

MOST_SIGHTS = 20_000
TOLD_LATELY_S = 10.0
MAKE_S = 10.0
PAUSE_S = 0.001


class Sight(msgspec.Struct, frozen=True, gc=False):
    """A call that is not of the control arm: what of it proves anything.

    `counts` is false for a synthetic one, which counts in no metric.
    """

    at: float
    version: str
    failed: bool
    escalated: bool
    cost: float | None
    counts: bool


class Watched:
    """A feed that is read on from near its end; of the latest calls it keeps what is needed."""

    def __init__(
        self,
        spec: FeedSpec,
        deployment: Deployment,
        directory: Path,
        http: Http,
        clock: Clock,
        known: Mapping[str, object],
        back_s: float,
    ) -> None:
        """`known` is where another process has read to, `back_s` how much of the past is wanted."""
        self.id = spec.id
        self._spec = spec
        self._deployment = deployment
        self._directory = directory
        self._http = http
        self._clock = clock
        self._known = dict(known)
        self._back_s = back_s
        self._log: Log | None = None
        self._cursor: dict[str, object] | None = None
        self._pricer = Pricer(deployment.prices)
        self._seen = Seen()
        self._ask_at = 0.0
        self._told: float | None = None
        self._caught_up: float | None = None
        self._reading: asyncio.Task[None] | None = None
        self.sights: deque[Sight] = deque(maxlen=MOST_SIGHTS)
        self.dropped_to = 0.0
        self.untold: tuple[str, ...] = ()
        self.gives_calls = True
        self.error = ""

    def turn(self) -> asyncio.Task[None] | None:
        """The reading that is under way, begun now if none is; None if it must not be asked now."""
        if self._reading is not None and not self._reading.done():
            return self._reading
        if not self.gives_calls or self._clock.monotonic() < self._ask_at:
            return None
        self._reading = asyncio.create_task(self._read(), name=f"witness-{self.id}")
        return self._reading

    async def close(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading}, timeout=1.0)

    def since(self, executed: float) -> Iterator[Sight]:
        """The calls that began after `executed` (unix seconds)."""
        return (sight for sight in self.sights if sight.at > executed)

    def tells(self, executed: float) -> bool:
        """Whether it lets us see what happened after `executed`: asked since, and lately."""
        if self._told is None or self._clock.monotonic() - self._told > TOLD_LATELY_S:
            return False
        caught_up = self._caught_up is not None and self._caught_up >= executed
        return caught_up or any(True for _ in self.since(executed))

    async def _read(self) -> None:
        """Ask until it has caught up. Never raises: what is wrong is in `error`."""
        try:
            await self._read_on()
        except Exception as error:  # not even a fault of ours may stop a rollback
            # A `FeedError` as a rule; its module is not loaded yet where loading it failed.
            fault = f"feed {self.id} is not read by a fault of ours ({type(error).__name__})"
            self.error = getattr(error, "sentence", "") or fault
            patience = getattr(error, "retry_after_s", None) or 0.0
            self._ask_at = self._clock.monotonic() + patience

    async def _read_on(self) -> None:
        if self._log is None:
            self._log = await within(MAKE_S, self._make)
            if self._log is None:
                self.gives_calls = False
                return
        if self._cursor is None:
            now = self._clock.now()
            self._cursor = await self._log.near_end(self._known, now, self._back_s)
        behind = True
        while behind:
            asked = self._clock.now()
            batch = await self._log.poll(self._cursor, asked)
            sights = await asyncio.to_thread(self._taken, batch, asked)
            self._keep(sights)
            self._cursor, behind, self.error = batch.cursor, batch.behind, ""
            self._told = self._clock.monotonic()
            if not behind:
                self._caught_up = asked
            await asyncio.sleep(PAUSE_S)

    def _make(self) -> "Log | None":
        """The log itself. What reads logs takes 50 ms and more to load: call it in a thread."""
        from console.feeds import untold  # noqa: PLC0415 - the kill switch starts without
        from console.feeds.logs import log_of  # noqa: PLC0415 - the kill switch starts without

        name = self._deployment.deployment
        log = log_of(self._spec, self._http, name, self._directory)
        self.untold = untold(self._spec) if log is not None else ()
        return log

    def _taken(self, batch: "Batch", now: float) -> list[Sight]:
        """What is new in a batch, in the order of the log."""
        self._pricer.price(batch.tallies)
        sights = []
        for tally in batch.tallies:
            self._seen.advance(min(tally.number * 60.0, now))
            sights += [
                _sight(row, row.at.timestamp())
                for row in self._seen.first(tally.rows)
                if row.variant != "control"
            ]
        calls = self._seen.sift(self._pricer.priced(batch.calls), now)
        return sights + [_sight(call, call.at) for call in calls if call.variant != "control"]

    def _keep(self, sights: list[Sight]) -> None:
        over = len(self.sights) + len(sights) - MOST_SIGHTS
        gone = [*self.sights, *sights][:over] if over > 0 else []
        self.dropped_to = max([self.dropped_to, *(sight.at for sight in gone)])
        self.sights.extend(sights)


def _sight(call: Any, at: float) -> Sight:
    """A call, or a record that was read for its numbers alone."""
    return Sight(
        at,
        call.version or "",
        bool(call.error),
        bool(call.escalation),
        call.cost,
        not call.synthetic,
    )
