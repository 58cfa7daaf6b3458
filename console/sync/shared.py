"""Keeps the exchange with the folder of `[sync] dir` going, and tells how it stands."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from console.clock import Clock
from console.lock import FileLock
from console.sync.folder import Exchanged, Folder
from console.sync.status import Peer, SyncState, SyncStatus

LOCK_NAME = ".folder.lock"
EVERY_S = 1.0


class Shared:
    """One process of a machine brings the own lines; every one takes the others'."""

    def __init__(
        self, place: Path, directory: Path, deployment: str, own: frozenset[str], clock: Clock
    ) -> None:
        """Touch nothing yet. `place` is the folder, `own` are the writers of this account."""
        self._folder = Folder(place, directory, deployment, own)
        self._lock = FileLock(directory / "journal" / LOCK_NAME)
        self._clock = clock
        self._woken = asyncio.Event()
        self._heard: dict[str, float] = {}
        self._said = SyncStatus("alone", clock.now(), "not started yet")

    @property
    def status(self) -> SyncStatus:
        """How it stands."""
        return self._said

    def wake(self) -> None:
        """The own journal has grown."""
        self._woken.set()

    async def run(self, changed: Callable[[], None]) -> None:
        """Exchange every second, and at each wake, until cancelled. `changed` as for a carrier."""
        try:
            while True:
                done, here = await asyncio.to_thread(self._exchange)
                before, self._said = self._said, self._status(done, here=here)
                if done.new or before != self._said:
                    changed()
                self._woken.clear()
                try:
                    async with asyncio.timeout(EVERY_S):
                        await self._woken.wait()
                except TimeoutError:
                    pass
        finally:
            self._lock.release()

    def _exchange(self) -> tuple[Exchanged, bool]:
        try:
            here = self._lock.acquire()
        except OSError as error:
            return Exchanged(why=f"the journal cannot be written ({error.strerror})"), False
        return self._folder.exchange(brings=here), here

    def _status(self, done: Exchanged, *, here: bool) -> SyncStatus:
        state: SyncState = "catching-up" if done.lacking else "synced"
        state = "alone" if done.why else state
        same = state == self._said.state
        since = self._said.since if same else self._clock.now()
        self._heard |= dict.fromkeys(done.came, self._clock.now())
        peers = tuple(
            Peer(writer, entries, self._heard.get(writer)) for writer, entries in done.holds.items()
        )
        return SyncStatus(
            state,
            since,
            done.why,
            missing=done.lacking,
            peers=peers,
            refused=done.refused,
            here=here,
        )
