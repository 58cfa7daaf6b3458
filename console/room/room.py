"""`WarRoom`: state, deeds, feeds on a schedule, the watcher's work, the kill switch."""

import asyncio
import getpass
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from config.guide import MetricId
from config.load import FILE_NAME, ConfigError, Loaded, load
from config.model import Deployment
from console.clock import Clock, SavedClock, clock_for
from console.domain.commands import Command
from console.domain.decide import decide
from console.domain.entry import Actor, Entry
from console.domain.facts import Facts
from console.domain.state import State
from console.journal import Unwritable
from console.net import Http
from console.room.eyes import Eyes
from console.room.lastgood import LAST_GOOD, keep
from console.room.picture import Looker, Picture
from console.room.record import WRITE_ERRORS, Record
from console.room.rollback import Killer, Run
from console.room.watcher import Watcher
from console.telemetry import WatchLock

TICK_S = 0.5
NOBODY = "nobody named"


class OpenFailed(Exception):
    """The deployment cannot be opened; the text is one sentence for the operator."""


class WarRoom:
    """One deployment, open. Made by `open`; `run` keeps it living; `do` is every deed."""

    def __init__(
        self,
        loaded: Loaded,
        clock: Clock,
        record: Record,
        actor: Actor,
        *,
        read_only: bool,
        offline: bool,
    ) -> None:
        """Use `open`."""
        self.deployment: Deployment = loaded.deployment
        self.directory = loaded.directory
        self.clock = clock
        self.actor = actor
        self.read_only = read_only
        self.offline = offline
        self.record = record
        self._config_sha256 = loaded.sha256
        self._http = Http()
        self.eyes = Eyes(
            dict(self.deployment.feeds),
            self._http,
            self.deployment.deployment,
            self.directory,
            clock,
        )
        self.looker = Looker(self.deployment, self.eyes, clock)
        self.trouble = record.journal.trouble
        self._subscribers: list[Callable[[], None]] = []
        self._lock = WatchLock(self.directory)
        self._watcher: Watcher | None = None
        self._killer = Killer(
            self.deployment, self.directory, record, self.eyes, self._http, clock, self._changed
        )
        self._picture: Picture | None = None
        self._slow = 0
        self._config_stamp = (0, 0)
        self._config_said = ""

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        who: str = "",
        read_only: bool = False,
        offline: bool = False,
        loaded: Loaded | None = None,
        clock: Clock | None = None,
    ) -> "WarRoom":
        """Read config, journal and recorded minutes. Blocks; asks no endpoint.

        `who` names one of the people; without it the operator is nobody and only observes.
        Raises `ConfigError` or `OpenFailed`.
        """
        loaded = loaded or load(directory)
        actor = actor_for(loaded.deployment, who)
        clock = clock or clock_for(loaded.directory)
        try:
            record = Record.open(
                loaded.directory,
                loaded.deployment.deployment,
                clock=clock,
                config_hash=loaded.sha256,
                actor=actor,
                read_only=read_only,
            )
            if not read_only and loaded.sha256 != LAST_GOOD:
                keep(loaded)
            return cls(loaded, clock, record, actor, read_only=read_only, offline=offline)
        except (Unwritable, OSError) as error:
            raise OpenFailed(str(error)) from None

    @property
    def state(self) -> State:
        """The state now; it does not change under the caller."""
        return self.record.state

    @property
    def watching(self) -> bool:
        """Whether this process records telemetry and alerts for the deployment."""
        return self._lock.held

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert is within its limit again, but not yet for 5 min."""
        return frozenset() if self._watcher is None else self._watcher.recovering

    @property
    def rollback_interrupted(self) -> bool:
        """Whether a rollback was begun and the process that carried it out is gone."""
        held = self.state.rollback
        return held is not None and held.state == "running" and not self._killer.alive()

    @property
    def rollback_run(self) -> Run | None:
        """The rollback that this process carries out or carried out."""
        return self._killer.run

    def subscribe(self, changed: Callable[[], None]) -> None:
        """Have `changed` called, on the event loop, whenever there is something new to show."""
        self._subscribers.append(changed)

    def unsubscribe(self, changed: Callable[[], None]) -> None:
        """Call `changed` no more."""
        self._subscribers.remove(changed)

    def _changed(self) -> None:
        for subscriber in self._subscribers:
            subscriber()

    def become(self, who: str) -> None:
        """Switch the operator to another of the deployment's people."""
        self.actor = actor_for(self.deployment, who)
        self._picture = None
        self._changed()

    def picture(self) -> Picture:
        """The latest picture, at most a tick old."""
        if self._picture is None:
            self._picture = self.take_picture()
        return self._picture

    def take_picture(self) -> Picture:
        """A picture of this very moment. A few milliseconds; keep it off the event loop."""
        journal = self.record.journal
        return self.looker.take(self.state, self.actor, self._config_sha256, journal.head)

    async def do(self, command: Command) -> list[Entry]:
        """Decide on a fresh picture, write, and only then change the state.

        Raises `Refused` with reasons, or one of `WRITE_ERRORS`.
        """

        def act() -> list[Entry]:
            facts = self._facts()
            _, written = self.record.transact(
                facts.actor, lambda state: decide(state, command, facts)
            )
            return written

        if self.read_only:
            raise Unwritable("this console was opened read-only")
        written = await asyncio.to_thread(act)
        if self._subscribers:
            await self.refresh()
        return written

    def _facts(self) -> Facts:
        head = self.record.journal.head
        facts = self.looker.facts(self.state, self.actor, self._config_sha256, head)
        return msgspec.structs.replace(facts, rollback_alive=self._killer.alive())

    async def refresh(self) -> None:
        """Take a new picture and tell the subscribers."""
        self._picture = await asyncio.to_thread(self.take_picture)
        self._changed()

    async def roll_back(self, trigger: str, why: str = "") -> Run:
        """Fire: Guide 3.5. Works with feeds down, disk full, journal damaged."""
        with self.real_time():
            facts = await asyncio.to_thread(self._facts)
            run = await self._killer.fire(trigger, why, facts)
        await self.refresh()
        return run

    def real_time(self) -> "RealTime":
        """A context in which a demo's clock runs at 1: a guard is open, or a rollback runs."""
        return RealTime(self)

    async def poll_once(self) -> None:
        """Ask every feed once and take a picture."""
        if not self.offline:
            await self.eyes.poll_once()
        await self.refresh()

    async def run(self) -> None:
        """Keep the room living until cancelled: feeds, other consoles' entries, the watcher."""
        tasks: list[asyncio.Task[None]] = []
        try:
            # Before the tick: that tries too, in a thread of its own.
            await asyncio.to_thread(self._try_to_watch)
            tasks.append(asyncio.create_task(self._tick(), name="tick"))
            if not self.offline:
                feeds = self.eyes.run(self._changed)
                tasks.append(asyncio.create_task(feeds, name="feeds"))
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Let go of files, lock and connections."""
        self.eyes.close()
        self._lock.release()
        self.record.journal.close()
        await self._http.aclose()

    def _try_to_watch(self) -> None:
        """Become the watcher if nobody on this machine is."""
        if self.read_only or self.offline or self._lock.held:
            return
        try:
            if self._lock.acquire():
                self.eyes.record()
                self._watcher = Watcher(self.looker, self.eyes, self.record, self.clock)
        except OSError as error:
            self._lock.release()
            self.trouble = f"telemetry cannot be recorded: {error.strerror}"

    async def _tick(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.look)
            except WRITE_ERRORS as error:
                self.trouble = str(error)
            self._picture = await asyncio.to_thread(self.take_picture)
            self._changed()
            await asyncio.sleep(TICK_S)

    def look(self) -> None:
        """One turn of everything that is not a feed. Blocks: call it in a thread.

        May raise one of `WRITE_ERRORS`.
        """
        self._try_to_watch()
        self.record.refresh()
        if self._watcher is not None:
            self._watcher.look()
        self.trouble = self.record.journal.trouble or self._config_trouble()

    def _config_trouble(self) -> str:
        """What became of `warroom.toml` since it was opened, in one sentence."""
        try:
            stat = (self.directory / FILE_NAME).stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            stamp = (0, 0)
        if stamp == self._config_stamp:
            return self._config_said
        self._config_stamp = stamp
        try:
            changed = load(self.directory).sha256 != self._config_sha256
            said = "warroom.toml was changed: open the console again to use it" if changed else ""
        except ConfigError as error:
            said = f"{error.problems[0]}; this console goes on with what it read before"
        self._config_said = said
        return said

    def points(self, metric: MetricId, minutes: int, now: float) -> list[float | None]:
        """A metric's value at the end of each of the last `minutes`, for sparklines and charts."""
        return self.looker.points(self.state, metric, minutes, now)


class RealTime:
    """Slows a demo's clock to real time while it is entered; may be entered several times."""

    def __init__(self, room: WarRoom) -> None:
        """For the clock of `room`."""
        self._room = room

    def __enter__(self) -> None:
        """Slow down."""
        clock = self._room.clock
        self._room._slow += 1
        if isinstance(clock, SavedClock) and clock.speed > 1:
            clock.set_speed(1.0)

    def __exit__(self, *_: object) -> None:
        """Go back to the demo's own speed when the last one leaves."""
        clock = self._room.clock
        self._room._slow -= 1
        if self._room._slow == 0 and isinstance(clock, SavedClock):
            clock.set_speed(clock.base_speed)


def actor_for(deployment: Deployment, who: str) -> Actor:
    """The operator called `who`; without a name, somebody who only observes."""
    if not who:
        return Actor(f"{NOBODY} ({getpass.getuser()})", ("observer",))
    person = deployment.person(who)
    if person is None:
        names = ", ".join(p.name for p in deployment.people)
        raise OpenFailed(f'nobody in warroom.toml is called "{who}" (one of: {names})')
    return Actor(person.name, tuple(person.roles))
