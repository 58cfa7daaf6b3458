"""The other machines: what is carried to and from them, and which of all is the watcher."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from shlex import quote
from typing import TYPE_CHECKING, Protocol

from config.load import Loaded
from console.clock import Clock
from console.domain.presence import Present
from console.domain.state import State
from console.executor.elsewhere import carried_elsewhere, silent_words
from console.journal.record import Record
from console.sync import kept
from console.sync.shared import Shared
from console.sync.status import OFF, SyncStatus

if TYPE_CHECKING:
    from console.sync.carrier import Carrier
    from console.sync.lease import Lease
    from console.sync.minutes import Came

CUT_OFF_S = 30.0  # real: then a machine that reaches nobody watches for itself
UNHEARD_S = 30.0
LOOK_S = 0.5


def _by_hand(loaded: Loaded) -> str:
    return f"open a console, or warroom sync {quote(str(loaded.directory))}"


class Watching(Protocol):
    """This process's part in the watch of its machine."""

    @property
    def holds(self) -> bool:
        """Whether it is the process that may evaluate here."""
        ...

    @property
    def sees(self) -> bool:
        """Whether any feed answers here."""
        ...


class Machines:
    """This process's part in it. `run` keeps it going; without it the status is what others left.

    Nothing here holds up a deed: what is carried was on disk before.
    """

    def __init__(
        self,
        loaded: Loaded,
        record: Record,
        clock: Clock,
        present: Callable[[], Sequence[Present]],
    ) -> None:
        """Reach nobody yet. `present` are all processes of this machine."""
        self._own = record.journal.writer
        self._clock = clock
        self._folder = loaded.directory / "journal"
        self._carrier: Carrier | None = None
        self._shared: Shared | None = None
        self._lease: Lease | None = None
        self._running = False
        self._watching: Watching | None = None
        self._loaded = loaded
        self._present = present

    @property
    def on(self) -> bool:
        """Whether there is anything to meet others by."""
        return self._loaded.deployment.sync.on

    @property
    def status(self) -> SyncStatus:
        """How it stands: by the broker first, and by the folder where that is more."""
        if not self.on:
            return OFF
        if not self._running:
            return self._left()
        broker = None if self._carrier is None else self._carrier.status
        folder = None if self._shared is None else self._shared.status
        if broker is None or folder is None:
            return broker or folder or OFF
        return _both(broker, folder)

    def _left(self) -> SyncStatus:
        """What the process that syncs here told last."""
        told = kept.read(self._folder).told(self._clock)
        if told.state != "alone" or told.present:
            return told
        since = told.since or self._clock.now()
        return replace(told, since=since, why=f"{told.why}: {_by_hand(self._loaded)}")

    def alone_since(self, now: float) -> float | None:
        """Since when nobody else can be reached, in unix seconds; None where somebody is.

        That is this machine's fault, or everybody else's: none of them was heard for 30 s. Of a
        folder nobody can tell who still looks into it.
        """
        status = self.status
        if status.state == "alone":
            return status.since
        if self._loaded.deployment.sync.nats is None:
            return None
        heard = [one.heard_at for one in status.peers]
        known = [at for at in heard if at is not None]
        if not heard or not known or max(known) > now - UNHEARD_S:
            return None
        return max(known)

    def heard(self, writer: str, run: str) -> float | None:
        """How long ago a machine said that it carries out `run`; None if it does not say so."""
        said = any(one.writer == writer and run in one.runs for one in self.status.present)
        return 0.0 if said else None

    def carry_out(self, state: State) -> bool:
        """Whether one of them carries out the rollback, as far as is heard."""
        return carried_elsewhere(state, self._own, self._clock.now(), self.heard) is not None

    def silent(self, state: State) -> str:
        """What is known of a rollback that another machine carried out and does not tell of.

        Empty for one of this machine.
        """
        held = state.rollback
        running = held is not None and held.state == "running"
        return silent_words(held, self._own, self._clock.now()) if held and running else ""

    def leads(self) -> bool:
        """Whether of all machines this one is to evaluate, alert and tell.

        A machine that the broker does not reach for 30 s watches for itself: silence is worse
        than being told twice. Until it has asked who the watcher is, it is not the one.
        """
        if self._loaded.deployment.sync.nats is None:
            return True
        return self._lease is not None and (self._lease.held or self._cut_off)

    @property
    def _cut_off(self) -> bool:
        return self._lease is not None and self._lease.unread_s >= CUT_OFF_S

    @property
    def trouble(self) -> str:
        """Why no watcher can be agreed on though the broker is there; empty if that is not so."""
        if self._lease is None or not self._running or not self._cut_off:
            return ""
        if self.status.state == "alone":  # which says it all
            return ""
        why = self._lease.why or "the broker does not say who it is"
        return f"no watcher can be agreed on, so this machine watches for itself: {why}"

    @property
    def watched_elsewhere(self) -> bool:
        """Whether another machine was the watcher while this one looked on."""
        return self._lease is not None and self._lease.others_live

    async def fetch(self, digest: str) -> Path:
        """Evidence that the journal names, from a machine that has it. `NotFetched`."""
        from console.sync.fetch import NotFetched  # noqa: PLC0415 -- NATS only where it is used

        if self._carrier is None:
            raise NotFetched("files travel by a broker: set nats in [sync]")
        return await self._carrier.fetch(digest)

    async def fetch_minutes(self) -> Sequence[Came]:
        """What the other machines recorded of their feeds, kept apart here. `NotFetched`."""
        from console.sync.fetch import NotFetched  # noqa: PLC0415 -- NATS only where it is used

        if self._carrier is None:
            raise NotFetched("recorded minutes travel by a broker: set nats in [sync]")
        return await self._carrier.fetch_minutes()

    def _begin(self) -> None:
        """Make what it takes. NATS is loaded only where it is used."""
        config, directory = self._loaded.deployment.sync, self._loaded.directory
        known = (self._loaded.deployment.deployment, frozenset({self._own} - {""}), self._clock)
        if config.nats is not None:
            from console.sync.carrier import Carrier  # noqa: PLC0415 -- NATS only where it is used
            from console.sync.lease import Lease  # noqa: PLC0415 -- NATS only where it is used

            self._carrier = Carrier(config, directory, *known, self._present)
            mine = (known[0], self._own, token_hex(8), self._clock)
            self._lease = Lease(config, directory, *mine, self._sees)
        if config.dir is not None:
            self._shared = Shared(directory / Path(config.dir).expanduser(), directory, *known)

    def wake(self) -> None:
        """The own journal has grown."""
        for one in (self._carrier, self._shared):
            if one is not None:
                one.wake()

    def _sees(self) -> bool:
        """Whether a feed answers here, or nobody else is there to see more."""
        others = any(one.writer != self._own for one in self.status.present)
        return self._watching is None or self._watching.sees or not others

    async def run(self, changed: Callable[[], None], watching: Watching | None = None) -> None:
        """Carry until cancelled. `watching` is what this process may do besides."""
        if not self.on:
            return
        self._watching = watching
        self._begin()
        self._running = True
        async with asyncio.TaskGroup() as group:
            for one in (self._carrier, self._shared):
                if one is not None:
                    group.create_task(one.run(changed), name="sync")
            if self._lease is not None and watching is not None:
                group.create_task(self._hold(self._lease, watching), name="lease")

    async def _hold(self, lease: Lease, watching: Watching) -> None:
        """Ask for the lease as long as this process may watch on this machine."""
        holding: asyncio.Task[None] | None = None
        try:
            while True:
                if watching.holds and holding is None:
                    holding = asyncio.create_task(lease.run(), name="lease")
                elif holding is not None and (holding.done() or not watching.holds):
                    await _ended(holding)
                    holding = None
                await asyncio.sleep(LOOK_S)
        finally:
            if holding is not None:
                await _ended(holding)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _both(broker: SyncStatus, folder: SyncStatus) -> SyncStatus:
    """The better of the two, with what either knows."""
    best = broker if broker.state != "alone" or folder.state == "alone" else folder
    known = {one.writer for one in broker.peers}
    return replace(
        best,
        why="; ".join(why for why in (broker.why, folder.why) if why),
        peers=(*broker.peers, *(one for one in folder.peers if one.writer not in known)),
        present=broker.present,
        refused=tuple(dict.fromkeys((*broker.refused, *folder.refused))),
    )
