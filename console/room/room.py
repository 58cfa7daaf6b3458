"""`WarRoom`: state, deeds, feeds on a schedule, the watcher's work, the kill switch."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from config.guide import MetricId
from config.load import Loaded, load
from config.model import Deployment
from console.bounded import within
from console.clock import CLOCK_FILE, Clock, SavedClock, clock_for
from console.domain.commands import Command, RevealPoll
from console.domain.decide import decide
from console.domain.entry import Actor, Entry
from console.domain.events_rollback import Answer
from console.domain.facts import Facts
from console.domain.gates import proposal_of
from console.domain.state import State
from console.executor.lastgood import LAST_GOOD, keep
from console.executor.lock import ROLLBACK
from console.executor.opening import OpenFailed, actor_for, clock_mismatch
from console.executor.realtime import RealTime
from console.executor.run import Run, Way, way_back
from console.journal import Unwritable
from console.journal.record import WRITE_ERRORS, Record
from console.net import Http
from console.room.configfile import ConfigFile
from console.room.eyes import Eyes
from console.room.picture import Ground, Looker, Picture
from console.room.readiness import Readiness
from console.room.rollback import Armed, Killer
from console.room.sampling import Sampling
from console.room.traffic import TrafficDesk
from console.room.urgent import URGENT_S, rollback_order, suspension_order
from console.room.watch import Recording, Watch

TICK_S = 0.5
CLOSE_S = 2.0


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
        apart: bool = False,
    ) -> None:
        """Use `open`. `apart`: a rollback is carried out by a process of its own."""
        self.deployment: Deployment = loaded.deployment
        self.directory = loaded.directory
        self.clock = clock
        self.actor = actor
        self.read_only = read_only
        self.offline = offline
        self.record = record
        self.config_sha256 = loaded.sha256
        self._http = Http()
        self.eyes = Eyes(
            dict(self.deployment.feeds),
            self._http,
            self.deployment.deployment,
            self.directory,
            clock,
            self.deployment.prices,
        )
        self.looker = Looker(self.deployment, self.eyes, clock)
        self._unread = ""
        self._subscribers: list[Callable[[], None]] = []
        self._watch = Watch(self.directory, self.looker, self.eyes, record, clock)
        self._config_file = ConfigFile(self.directory, loaded.sha256)
        self.readiness = Readiness(loaded)
        self._real_time = RealTime(clock)
        known = (loaded, record, self.eyes, self._http, clock)
        self.kill_switch = Killer(*known, self.changed, self._real_time, apart=apart)
        self.traffic = TrafficDesk(self)
        self.sampling = Sampling(
            self.deployment, self.directory, self.eyes.each, self._http, clock, offline=offline
        )
        self._picture: Picture | None = None

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
        demo: bool = False,
    ) -> "WarRoom":
        """Read config, journal and recorded minutes. Blocks; asks no endpoint.

        `who` names one of the people; without it the operator is nobody and only observes. A
        `clock` of the caller's is taken as it is; `demo` says that a demo begins on it.
        Raises `ConfigError` or `OpenFailed`.
        """
        loaded = loaded or load(directory)
        actor = actor_for(loaded.deployment, who)
        own = clock is None
        try:
            clock = clock or clock_for(loaded.directory)
        except (ValueError, KeyError):
            raise OpenFailed(f"{loaded.directory / CLOCK_FILE} is no clock of a demo") from None
        demo = demo or isinstance(clock, SavedClock)
        try:
            record = Record.open(
                loaded.directory,
                loaded.deployment.deployment,
                clock=clock,
                config_hash=loaded.sha256,
                actor=actor,
                read_only=read_only,
                demo=demo,
            )
            if own and (wrong := clock_mismatch(loaded.directory, record, demo)):
                record.journal.close()
                raise OpenFailed(wrong)
            room = cls(
                loaded, clock, record, actor, read_only=read_only, offline=offline, apart=own
            )
        except (Unwritable, OSError) as error:
            raise OpenFailed(str(error)) from None
        if not read_only and loaded.sha256 != LAST_GOOD:
            with suppress(OSError):
                keep(loaded)
            if record.state.config_sha256 in {"", loaded.sha256}:
                room.readiness.keep_accepted()
        room.readiness.broken(record.state)  # hashed here, before a screen waits for it
        return room

    @property
    def state(self) -> State:
        """The state now; it does not change under the caller."""
        return self.record.state

    @property
    def recording(self) -> Recording:
        """Which process of this machine records telemetry and alerts for the deployment."""
        return self._watch.recording

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong besides feeds, in sentences; the journal first."""
        config = self._config_file.trouble
        if not config and (told := self.readiness.config_changes(self.state)):
            how = "a lead accepts it (ctrl+p, Accept config; or warroom config accept)"
            config = f"warroom.toml is not the one in the journal, {how}: {'; '.join(told)}"
        journal, traffic = self.record.journal.trouble, self.traffic.trouble
        said = (journal, self._unread, *self._watch.troubles, config, traffic)
        return tuple(sentence for sentence in said if sentence)

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert is within its limit again, but not yet for 5 min."""
        return self._watch.recovering

    @property
    def rollback_interrupted(self) -> bool:
        """Whether a rollback was begun and the process that carried it out is gone."""
        held = self.state.rollback
        return held is not None and held.state == "running" and not self.kill_switch.alive()

    @property
    def rollback_run(self) -> Run | None:
        """The rollback that this process carries out or carried out."""
        return self.kill_switch.run

    @property
    def suspension_runs(self) -> list[Run]:
        """The suspensions that were fired from here."""
        return self.kill_switch.suspensions

    def subscribe(self, changed: Callable[[], None]) -> None:
        """Have `changed` called, on the event loop, whenever there is something new to show."""
        self._subscribers.append(changed)

    def unsubscribe(self, changed: Callable[[], None]) -> None:
        """Call `changed` no more."""
        self._subscribers.remove(changed)

    def changed(self) -> None:
        """Tell the subscribers that there is something new to show."""
        for subscriber in self._subscribers:
            subscriber()

    def become(self, who: str) -> None:
        """Switch the operator to another of the deployment's people."""
        self.actor = actor_for(self.deployment, who)
        self._picture = None
        self.changed()

    def picture(self) -> Picture:
        """The latest picture, at most a tick old."""
        if self._picture is None:
            self._picture = self.take_picture()
        return self._picture

    @property
    def latest_picture(self) -> Picture | None:
        """The latest picture, if any was taken."""
        return self._picture

    def take_picture(self) -> Picture:
        """A picture of this very moment. A few milliseconds; keep it off the event loop."""
        return self.looker.take(self.state, self._ground())

    def _ground(self) -> Ground:
        head = self.record.journal.head
        broken = self.readiness.broken(self.state)
        return Ground(self.actor, self.config_sha256, self._config_file.look(), head, broken)

    async def do(self, command: Command) -> list[Entry]:
        """Decide on a fresh picture, write, and only then change the state.

        Raises `Refused` with reasons, or one of `WRITE_ERRORS`.
        """

        def act() -> list[Entry]:
            facts = self.facts()
            whole = self.readiness.completed(command, self.state)
            _, written = self.record.transact(
                facts.actor,
                lambda state: self.readiness.sealing(whole, decide(state, whole, facts)),
            )
            self.readiness.keep(written)
            return written + self._reveal()

        if self.read_only:
            raise Unwritable("this console was opened read-only")
        written = await asyncio.to_thread(act)
        self.traffic.follow(written)
        if self._subscribers:
            self._wait_for_agreement()
            await self.refresh()
        return written

    def _wait_for_agreement(self) -> None:
        """Fifteen minutes to agree are a person's, also where a demo's clock runs fast."""
        self._real_time.hold(proposal_of(self.state, self.clock.now()) is not None)

    def _reveal(self) -> list[Entry]:
        """Open this account's seals, if all have answered a poll. Blocks."""
        due = self.readiness.due(self.state)
        if not due:
            return []
        facts = self.facts()
        _, written = self.record.transact(
            facts.actor, lambda state: decide(state, RevealPoll(due), facts)
        )
        return written

    def facts(self) -> Facts:
        """What is decided on at this moment. Blocks for a few milliseconds."""
        facts = self.looker.facts(self.state, self._ground())
        return msgspec.structs.replace(facts, rollback_alive=self.kill_switch.alive())

    async def refresh(self) -> None:
        """Take a new picture and tell the subscribers."""
        new = await asyncio.to_thread(self.take_picture)
        if self._picture is None or new.now >= self._picture.now:  # another may have been quicker
            self._picture = new
        self.changed()

    def stand_by(self) -> Armed:
        """A context for an open guard: what is fired then acts at once."""
        return Armed(self.kill_switch, self._real_time)

    @property
    def way(self) -> Way:
        """The way back from the phase that runs (Guide 3.5)."""
        return way_back(self.deployment, self.state.attempt.phase)

    async def roll_back(self, trigger: str, why: str = "", calls: tuple[str, ...] = ()) -> Run:
        """Fire: Guide 3.5. Works with feeds down, disk full, journal damaged.

        `calls` are ids of those that it is about. Returns when the run is over.
        """
        self.traffic.stop()
        with self._real_time:
            run = await self.kill_switch.fire(await rollback_order(self, trigger, why, calls))
        await self._look_anew()
        return run

    async def suspend(self, suspension: str, why: str = "") -> Run:
        """Take a tool, or the agent, out of use (Guide 5.1). Returns when the run is over."""
        with self._real_time:
            run = await self.kill_switch.fire(suspension_order(self, suspension, why))
        await self._look_anew()
        return run

    async def answer(
        self, step: str, answer: Answer, remark: str = "", run: str = ROLLBACK
    ) -> None:
        """Say whether a step is done that `run`, the rollback or a suspension's id, asks about.

        `Refused` where none is.
        """
        await self.kill_switch.answer(self.actor, step, answer, remark, run)

    async def _look_anew(self) -> None:
        with suppress(TimeoutError, OSError):
            await within(URGENT_S, self.record.refresh)
            self._picture = await within(URGENT_S, self.take_picture)
        self.changed()

    def real_time(self) -> RealTime:
        """A context in which a demo's clock runs at 1: a guard is open, or a rollback runs."""
        return self._real_time

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
            runs = self.kill_switch.keep_looking(resume=not (self.read_only or self.offline))
            tasks.append(asyncio.create_task(runs, name="runs"))
            if not self.offline:
                feeds = self.eyes.run(self.changed)
                tasks.append(asyncio.create_task(feeds, name="feeds"))
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
            self._real_time.hold(False)
            await self.close()

    async def close(self) -> None:
        """Let go of files, lock and connections; what hangs is left to the system."""

        def let_go() -> None:
            self._watch.lay_down()
            self.record.journal.close()

        await self.traffic.settle()
        await self.kill_switch.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.eyes.finish()
        with suppress(TimeoutError, OSError):
            await within(CLOSE_S, let_go)
        await self._http.aclose()

    def _try_to_watch(self) -> None:
        """Become the watcher if nobody on this machine is."""
        if self.read_only or self.offline:
            self._watch.look_on()
        else:
            self._watch.take_up()

    async def _tick(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            try:
                await self.refresh()
            except Exception as error:
                # A fault of ours in one picture may not end the room: the next may be whole.
                self._unread = f"the picture is old by a fault of ours ({type(error).__name__})"
            self._wait_for_agreement()
            await asyncio.sleep(TICK_S)

    def look(self) -> None:
        """One turn of everything that is not a feed. Blocks: call it in a thread."""
        self._try_to_watch()
        try:
            self.record.refresh()
        except OSError as error:
            self._unread = f"the journal cannot be read: {error.strerror}"
        else:
            self._unread = ""
        if not self.read_only:
            with suppress(*WRITE_ERRORS):  # a seal that cannot be opened now is tried again
                self._reveal()
        self._config_file.look()
        self._watch.look()

    def points(self, metric: MetricId, minutes: int, now: float) -> list[float | None]:
        """A metric's value at the end of each of the last `minutes`, for sparklines and charts."""
        return self.looker.points(self.state, metric, minutes, now)
