"""Which of several machines is the watcher: a key at the broker that its holder keeps renewing.

Clocks of machines differ, so no time is ever compared between two of them. Who waits takes the
lease over when the same revision has stood for 15 seconds on its own clock. Who holds it stops
believing so 12 seconds after it last *asked* for a renewal that was granted, which is earlier.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import nats.errors
import nats.js.errors
from nats.js import api

from config.sync import Sync
from console.clock import Clock, steady
from console.sync import names
from console.sync.intake import NAME
from console.sync.link import Connection, Link

if TYPE_CHECKING:
    from nats.js.kv import KeyValue

KEY = "watcher"
RENEW_S = 4.0
LOOK_S = 1.0
ASK_S = 3.0
BELIEVED_S = 12.0
DEAD_S = 15.0
RELEASE_S = 1.0
OFFERED_S = 12.0
KEPT_S = 120.0


class Holder(msgspec.Struct, frozen=True):
    """Who holds it: the machine's writer, the process's id, since when (unix seconds, theirs).

    An empty `writer` has let go of it.
    """

    writer: str = ""
    id: str = ""
    since: float = 0.0


class Lease:
    """Tries to hold the lease, and holds it. Of a machine only the watcher there may do so."""

    def __init__(
        self,
        config: Sync,
        directory: Path,
        deployment: str,
        writer: str,
        ident: str,
        clock: Clock,
        sees: Callable[[], bool] = lambda: True,
        steadily: Callable[[], float] = steady,
    ) -> None:
        """`ident` is the process's own; `steadily` gives seconds that go on in a sleep, too.

        Who `sees` nothing offers it to others, and takes it only where they leave it.
        """
        self._link = Link(config, directory, clock)
        self._bucket = names.stream(deployment)
        self._replicas = config.replicas
        self._mine = Holder(writer, ident, clock.now())
        self._sees = sees
        self._kept_until = -1.0
        self._steadily = steadily
        self._until = -1.0
        self._revision = 0
        self._seen: tuple[int, float] = (-1, 0.0)
        self._holder = Holder()
        self._others_live = False
        self._read_at = steadily()

    @property
    def unread_s(self) -> float:
        """For how long nobody could tell who holds it, in seconds."""
        return self._steadily() - self._read_at

    @property
    def held(self) -> bool:
        """Whether this process may act as the watcher at this moment."""
        return self._steadily() < self._until

    @property
    def holder(self) -> str:
        """The writer of the machine that held it when last heard; empty if none did."""
        return self._holder.writer

    @property
    def others_live(self) -> bool:
        """Whether another machine was seen to renew it since this one looks."""
        return self._others_live

    @property
    def connected(self) -> bool:
        """Whether the broker is there; `why` says why not."""
        return self._link.connected

    @property
    def why(self) -> str:
        """What is in the way of the connection."""
        return self._link.why

    async def run(self) -> None:
        """Hold it whenever nobody else does, until cancelled; then let go of it."""
        await self._link.run(lambda connection: [self._serve(connection)])

    async def _serve(self, connection: Connection) -> None:
        keys = await self._opened(connection)
        try:
            while True:
                await self._try(keys)
                await asyncio.sleep(RENEW_S if self.held else LOOK_S)
        except asyncio.CancelledError:
            if not connection.client.is_closed:  # else only the connection ends
                await self._release(keys)
            raise

    async def _opened(self, connection: Connection) -> "KeyValue":
        js = connection.client.jetstream(timeout=ASK_S)
        try:
            return await js.key_value(self._bucket)
        except nats.js.errors.NotFoundError:
            config = api.KeyValueConfig(
                bucket=self._bucket,
                history=1,
                storage=api.StorageType.FILE,
                replicas=self._replicas,
            )
            return await js.create_key_value(config)

    async def _try(self, keys: "KeyValue") -> None:
        """Look who holds it, and renew it or take it where that may be."""
        asked = self._steadily()
        revision, self._holder = await _read(keys)
        self._read_at = self._steadily()
        if revision != self._seen[0]:
            renewed = self._seen[0] >= 0 and self._holder.writer not in {"", self._mine.writer}
            self._others_live = self._others_live or renewed
            self._seen = (revision, self._steadily())
        stood = self._steadily() - self._seen[1]
        if self._holder.writer not in {"", self._mine.writer} and stood < DEAD_S:
            self._until = -1.0
            return
        if not self._sees() and await self._offered(keys, stood):
            return
        value = msgspec.json.encode(self._mine)
        try:
            if revision:
                self._revision = await keys.update(KEY, value, revision)
            else:
                self._revision = await keys.create(KEY, value)
        except nats.js.errors.KeyWrongLastSequenceError:
            self._until = -1.0  # somebody was faster
            return
        self._holder = self._mine
        self._until = asked + BELIEVED_S

    async def _offered(self, keys: "KeyValue", stood: float) -> bool:
        """Whether it is left to who sees more; where nobody takes it, this one keeps it."""
        now = self._steadily()
        if self.held:
            if now < self._kept_until:
                return False
            await self._release(keys)
            return True
        if self._holder.writer == self._mine.writer:  # of a process of this machine that ended
            return False
        if stood < OFFERED_S + (DEAD_S if self._holder.writer else 0.0):
            return True
        self._kept_until = now + KEPT_S
        return False

    async def _release(self, keys: "KeyValue") -> None:
        if not self.held:
            return
        self._until = -1.0
        with contextlib.suppress(TimeoutError, nats.errors.Error):
            async with asyncio.timeout(RELEASE_S):
                await keys.update(KEY, msgspec.json.encode(Holder()), self._revision)


async def _read(keys: "KeyValue") -> tuple[int, Holder]:
    """The revision and the holder; 0 and nobody where there is none."""
    try:
        entry = await keys.get(KEY)
    except nats.js.errors.KeyNotFoundError:
        return 0, Holder()
    try:
        holder = msgspec.json.decode(entry.value or b"", type=Holder)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        holder = Holder()
    return entry.revision or 0, holder if NAME.fullmatch(holder.writer) else Holder()
