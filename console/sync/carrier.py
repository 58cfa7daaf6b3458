"""Carries a deployment's lines between this machine and a broker: one process of a machine does.

The others see how it stands from the file that it leaves, and one of them takes over when it ends.
"""

import asyncio
import contextlib
import math
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.sync import Sync
from console.clock import Clock
from console.domain.presence import Present
from console.journal.reader import SUFFIX, writers
from console.lock import FileLock
from console.sync import kept
from console.sync.fetch import Evidence, fetch_apart
from console.sync.inbox import Inbox
from console.sync.intake import Intake
from console.sync.lines import Lines
from console.sync.link import Connection, Link
from console.sync.minutes import PATIENCE_S, Came, Minutes
from console.sync.outbox import Outbox
from console.sync.presence import Hall
from console.sync.refusals import Refusals
from console.sync.status import Peer, SyncState, SyncStatus
from console.sync.tally import Tally

LOCK_NAME = ".sync.lock"
TRY_S = 2.0
LOOK_S = 0.25
KEEP_S = 0.2
REKEEP_S = 5.0
GRACE_S = 2.0  # others publish their own lines first
SETTLE_S = 1.0  # what lasts no longer than this is no catching up

Changed = Callable[[], None]


class Carrier:
    """Syncs with the broker of `config` whenever no other process of this machine does."""

    def __init__(
        self,
        config: Sync,
        directory: Path,
        deployment: str,
        own: frozenset[str],
        clock: Clock,
        present: Callable[[], Sequence[Present]],
    ) -> None:
        """Touch nothing yet. `own` are this account's writers in `directory`.

        `present` gives all processes of this machine that have the deployment open.
        """
        self._config = config
        self._directory = directory
        self._folder = directory / "journal"
        self._deployment = deployment
        self._own = own
        self._clock = clock
        self._present = present
        self._lock = FileLock(self._folder / LOCK_NAME)
        self._link = Link(config, directory, clock)
        self._refusals = Refusals()
        self._intake = Intake(directory, deployment, own)
        self._hall = Hall(deployment, min(own, default=""), clock)
        self._evidence = Evidence(directory, deployment, min(own, default=""))
        self._minutes = Minutes(directory, deployment, min(own, default=""), clock)
        self._lines: dict[str, Lines] = {}
        self._grown = asyncio.Event()
        self._wanted = asyncio.Event()
        self._inbox = self._new_inbox(Tally())
        self._outbox = Outbox(deployment, own, self._refusals)
        self._behind_since = -math.inf
        self._changed: Changed = _nobody
        self._said = SyncStatus("alone", clock.now(), "not started yet")

    @property
    def status(self) -> SyncStatus:
        """How it stands, as far as is known here."""
        return self._said

    def wake(self) -> None:
        """The own journal has grown."""
        self._wanted.set()
        self._hall.news()

    async def run(self, changed: Changed) -> None:
        """Carry, or stand by, until cancelled. Calls `changed` when the status or a journal did."""
        self._changed = changed
        while True:
            held = False
            with contextlib.suppress(OSError):  # another account's lock: that one carries
                held = await asyncio.to_thread(self._lock.acquire)
            if held:
                try:
                    await self._carry()
                finally:
                    self._lock.release()
            await self._stand_by()

    async def fetch(self, digest: str) -> Path:
        """The file that the journal names by `digest`, from who has it; see `Evidence.fetch`."""
        if self._link.connected:
            return await self._evidence.fetch(self._link.connection, digest)
        link = Link(self._config, self._directory, self._clock)
        return await fetch_apart(link, lambda found: self._evidence.fetch(found, digest))

    async def fetch_minutes(self) -> list[Came]:
        """What the other machines recorded; see `Minutes.fetch`."""
        if self._link.connection is not None:
            return await self._minutes.fetch(self._link.connection)
        link = Link(self._config, self._directory, self._clock)
        return await fetch_apart(link, self._minutes.fetch, PATIENCE_S)

    def _new_inbox(self, tally: Tally) -> Inbox:
        config = self._config
        return Inbox(self._deployment, config.replicas, self._intake, tally, self._refusals)

    async def _stand_by(self) -> None:
        """Another process carries: tell what it tells, for a while."""
        for _ in range(2):
            left = await asyncio.to_thread(kept.read, self._folder)
            before, self._said = self._said, left.told(self._clock)
            if _quiet(before) != _quiet(self._said):
                self._changed()
            await asyncio.sleep(TRY_S / 2)

    async def _carry(self) -> None:
        left = await asyncio.to_thread(kept.read, self._folder)
        self._inbox = self._new_inbox(left.tally)
        for one in left.status.refused:
            self._refusals.add(one)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run(self._serve))
            group.create_task(self._look())
            group.create_task(self._keep())

    def _serve(self, connection: Connection) -> list[Coroutine[Any, Any, None]]:
        """All that goes on over one connection."""
        self._outbox.begin()
        return [
            self._inbox.run(connection, self._came),
            self._publish(connection),
            self._publish_others(connection),
            self._hall.run(connection, self._to_say, self._came),
            self._evidence.serve(connection),
            self._minutes.serve(connection),
        ]

    async def _publish(self, connection: Connection) -> None:
        while True:
            self._grown.clear()
            for writer in sorted(self._own):
                if writer in self._lines:
                    await self._outbox.bring(connection, self._inbox, self._lines[writer])
            await self._grown.wait()

    async def _publish_others(self, connection: Connection) -> None:
        """Bring what came another way than by the broker, if nobody else does."""
        while True:
            await asyncio.sleep(GRACE_S)
            if self._inbox.missing:
                continue
            for writer, lines in tuple(self._lines.items()):
                if writer not in self._own:
                    await self._outbox.bring(connection, self._inbox, lines)

    async def _look(self) -> None:
        """Read what the files hold, at each wake and four times a second."""
        while True:
            if await asyncio.to_thread(self._read):
                self._grown.set()
                self._hall.news()
            self._wanted.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wanted.wait()

    def _read(self) -> bool:
        """Read the files; whether there is more of one's own."""
        try:
            found = writers(frozenset(os.listdir(self._folder)))  # noqa: PTH208 -- only the names
        except OSError:
            return False
        grown = False
        for writer in found:
            lines = self._lines.get(writer)
            if lines is None:
                path = self._folder / f"{writer}{SUFFIX}"
                lines = Lines(path, self._deployment)
            before = lines.count
            try:
                lines.read()
            except OSError:
                continue
            if writer not in self._lines:
                self._lines = self._lines | {writer: lines}
            grown = grown or (writer in self._own and lines.count != before)
        return grown

    async def _keep(self) -> None:
        """Tell how it stands, and leave it for the others."""
        left, at = kept.Kept(), -REKEEP_S
        while True:
            before, self._said = self._said, self._status()
            news = _quiet(before) != _quiet(self._said)
            tally = await asyncio.to_thread(self._inbox.copied)
            now = self._clock.monotonic()
            if news or tally.place != left.tally.place or now - at >= REKEEP_S:
                left, at = kept.Kept(now, replace(self._said, here=False), tally), now
                with contextlib.suppress(OSError):  # the others then say that nobody answers
                    await asyncio.to_thread(kept.write, self._folder, left)
            if news:
                self._changed()
            await asyncio.sleep(KEEP_S)

    def _status(self) -> SyncStatus:
        lines = self._lines
        acknowledged = self._outbox.acknowledged
        waiting = sum(
            max(0, lines[one].count - acknowledged(one, self._inbox))
            for one in self._own
            if one in lines
        )
        missing = self._inbox.missing if self._link.connected else 0
        state, why = self._state(waiting, missing)
        same = state == self._said.state and self._said.here
        return SyncStatus(
            state,
            self._said.since if same else self._clock.now(),
            why,
            waiting,
            missing,
            self._peers(lines),
            tuple(one for heard in self._hall.heard.values() for one in heard.said.present),
            self._refusals.all,
            here=True,
        )

    def _state(self, waiting: int, missing: int) -> tuple[SyncState, str]:
        """What lasts a moment only is no catching up, once all was there."""
        if not self._link.connected:
            self._behind_since = -math.inf
            return "alone", self._link.why
        now = self._clock.monotonic()
        if self._inbox.ready and not waiting and not missing:
            self._behind_since = math.inf
        else:
            self._behind_since = min(self._behind_since, now)
        settled = now - self._behind_since < SETTLE_S
        return "synced" if settled else "catching-up", self._outbox.why

    def _peers(self, lines: Mapping[str, Lines]) -> tuple[Peer, ...]:
        """The other machines whose lines are here, or who were heard of."""
        own, said = min(self._own, default=""), self._hall.last
        return tuple(
            Peer(
                writer,
                lines[writer].count if writer in lines else 0,
                said[writer].at if writer in said else None,
                said[writer].said.holds.get(own) if writer in said else None,
            )
            for writer in sorted((lines.keys() | said.keys()) - self._own)
        )

    def _to_say(self) -> tuple[Sequence[Present], dict[str, int]]:
        return self._present(), {writer: lines.count for writer, lines in self._lines.items()}

    def _came(self) -> None:
        """Something came in: read it, and tell of it at once."""
        self._wanted.set()
        self._grown.set()
        self._changed()


def _nobody() -> None:
    """Nobody is told yet."""


def _quiet(status: SyncStatus) -> SyncStatus:
    """`status` without when peers were heard, which changes all the time."""
    return replace(status, peers=tuple(replace(one, heard_at=None) for one in status.peers))
