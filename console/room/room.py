"""`WarRoom`: state, deeds, feeds on a schedule, the watcher's work, the kill switch."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

import msgspec

from config.load import Loaded
from config.model import Deployment
from console.bounded import within
from console.clock import Clock
from console.domain.commands import Command
from console.domain.entry import Actor, Entry
from console.domain.events import Event
from console.domain.events_rollback import Answer
from console.domain.facts import Facts
from console.domain.gates import proposal_of
from console.domain.presence import What
from console.domain.state import State
from console.executor.lock import ROLLBACK
from console.executor.opening import OpenFailed, actor_for
from console.executor.realtime import RealTime
from console.executor.run import Run, Way, way_back
from console.journal import Unwritable
from console.journal.record import WRITE_ERRORS, Record
from console.net import Http
from console.room.cited import decided
from console.room.company import Company
from console.room.configfile import ConfigFile
from console.room.eyes import Eyes
from console.room.machines import Machines
from console.room.membership import Membership
from console.room.opened import opened, settle
from console.room.picture import Ground, Looker, Picture
from console.room.readiness import Readiness
from console.room.repaints import Repaints
from console.room.rollback import Armed, Killer
from console.room.sampling import Sampling
from console.room.stirring import Stirring
from console.room.telling import telling
from console.room.traffic import TrafficDesk
from console.room.uncollected import uncollected
from console.room.urgent import URGENT_S, rollback_order, suspension_order
from console.room.watch import Recording, Watch

TICK_S = 1.0
SCALED_TICK_S = 0.5  # a demo's time is faster: half as much of it passes between two looks
CLOSE_S = 2.0


class WarRoom:
    """One deployment, open. Made by `open`; `run` keeps it living; `do` is every deed."""

    LOOKED_AT = "READ-ONLY"

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
        self.members = Membership(loaded, record, clock, actor, read_only=read_only)
        self.read_only = read_only
        self.offline = offline
        self.record = record
        self.config_sha256 = loaded.sha256
        self._http = Http()
        given, where = self.deployment, (self.directory, clock)
        known = (dict(given.feeds), self._http, given.deployment, *where)
        self.eyes = Eyes(*known, given.prices, given.agent.tools)
        self.looker = Looker(self.deployment, self.eyes, clock, self.directory)
        self._unread = ""
        self._stirring = Stirring(self.directory)
        self._subscribers: list[Callable[[], None]] = []
        self.company = Company(self)
        self.machines = Machines(loaded, record, clock, lambda: self.company.local)
        watched = (self.deployment, self.directory, self.looker, self.eyes, record, clock)
        self._watch = Watch(*watched, self.machines)
        self._take_part = partial(self._watch.take_part, records=not (read_only or offline))
        self._config_file = ConfigFile(self.directory, loaded.sha256)
        self.readiness = Readiness(loaded)
        self._real_time = RealTime(clock)
        means = (self.eyes, self._http, clock, self.changed, self._real_time)
        self.kill_switch = Killer(loaded, record, *means, self.machines.heard, apart=apart)
        self.traffic = TrafficDesk(self)
        self.sampling = Sampling(
            self.deployment, self.directory, self.eyes.each, self._http, clock, offline=offline
        )
        self._picture: Picture | None = None

    @classmethod
    @uncollected()
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
    ) -> Self:
        """Read config, journal and recorded minutes. Blocks; asks no endpoint.

        `who` names one of the people; without it the operator is nobody and only observes. A
        `clock` of the caller's is taken as it is; `demo` says that a demo begins on it.
        Raises `ConfigError` or `OpenFailed`.
        """
        held = opened(directory, who, read_only=read_only, loaded=loaded, clock=clock, demo=demo)
        loaded, record = held.loaded, held.record
        means = (loaded, held.clock, record, held.actor)
        try:
            room = cls(*means, read_only=read_only, offline=offline, apart=held.own_clock)
        except (Unwritable, OSError) as error:
            raise OpenFailed(str(error)) from None
        settle(room, loaded, who)
        return room

    @property
    def actor(self) -> Actor:
        """Who is at the keys, as far as that is believed."""
        return self.members.actor

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
        config = self._config_file.trouble or self.readiness.config_trouble(self.state)
        journal, traffic = self.record.journal.trouble, self.traffic.trouble
        met = (self.company.trouble, self.machines.trouble)
        others = (*self.members.troubles, *self._watch.troubles, *met)
        said = (journal, self._unread, *others, config, traffic)
        return tuple(sentence for sentence in said if sentence)

    @property
    def recovering(self) -> frozenset[str]:
        """The metrics whose alert is within its limit again, but not yet for 5 min."""
        return self._watch.recovering

    @property
    def rollback_interrupted(self) -> bool:
        """Whether a rollback was begun, and what carried it out is gone or silent."""
        held = self.state.rollback
        return held is not None and held.state == "running" and not self._rollback_alive()

    def _rollback_alive(self) -> bool:
        """Whether a rollback is carried out, here or by another machine that is heard of."""
        return self.machines.carry_out(self.state) or self.kill_switch.alive()

    @property
    def rollback_run(self) -> Run | None:
        """The rollback that this process carries out or carried out."""
        return self.kill_switch.run

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

    def _met(self) -> None:
        self.members.wake()
        self.changed()

    def become(self, who: str) -> None:
        """Switch the operator to another of the people; `Refused` where the key is not theirs."""
        self.members.become(actor_for(self.deployment, who))
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
        config, alone = self._config_file.look(), self.machines.alone_since(self.clock.now())
        return Ground(self.actor, self.config_sha256, config, head, broken, alone)

    async def do(self, command: Command) -> list[Entry]:
        """Decide on a fresh picture, write, and only then change the state.

        Raises `Refused` with reasons, or one of `WRITE_ERRORS`.
        """

        def act() -> list[Entry]:
            facts = self.facts()
            whole = self.readiness.completed(command, self.state)

            def propose(state: State) -> Sequence[Event]:
                with telling(command, self.record, facts.actor.name, self.directory):
                    return self.readiness.sealing(whole, decided(self.looker, state, whole, facts))

            _, written = self.record.transact(facts.actor, propose)
            self.readiness.keep(written)
            return written + self.readiness.reveal(self.record, self.facts)

        if self.read_only:
            raise Unwritable("this console was opened read-only")
        written = await asyncio.to_thread(act)
        self.members.wake()
        self.machines.wake()
        self.traffic.follow(written)
        if self._subscribers:
            self._wait_for_agreement()
            await self.refresh()
        return written

    def _wait_for_agreement(self) -> None:
        """Fifteen minutes to agree are a person's, also where a demo's clock runs fast."""
        self._real_time.hold(proposal_of(self.state, self.clock.now()) is not None)

    def facts(self) -> Facts:
        """What is decided on at this moment. Blocks for a few milliseconds."""
        facts = self.looker.facts(self.state, self._ground())
        return msgspec.structs.replace(facts, rollback_alive=self._rollback_alive())

    async def refresh(self, due: Callable[[Picture], bool] | None = None) -> None:
        """Take a new picture and tell the subscribers, unless it is not `due`."""
        new = await asyncio.to_thread(self.take_picture)
        if self._picture is None or new.now >= self._picture.now:  # another may have been quicker
            self._picture = new
        if due is None or due(new):
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
        await self.kill_switch.answer(self.members.declared, step, answer, remark, run)

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

    async def run(self, what: What = "console") -> None:
        """Keep the room living until cancelled: feeds, other consoles' entries, the watcher.

        Others see it as `what` meanwhile.
        """
        tasks: list[asyncio.Task[None]] = []
        self.company.enter(what)
        try:
            # Before the tick: that tries too, in a thread of its own.
            await asyncio.to_thread(self._take_part)
            tasks.append(asyncio.create_task(self._tick(), name="tick"))
            runs = self.kill_switch.keep_looking(resume=not (self.read_only or self.offline))
            tasks.append(asyncio.create_task(runs, name="runs"))
            tasks.append(asyncio.create_task(self.members.run(self.changed), name="members"))
            if not self.offline:
                tasks.append(asyncio.create_task(self.eyes.run(self.changed), name="feeds"))
                tasks.append(asyncio.create_task(self._watch.run(), name="watch"))
            if not (self.offline or self.read_only):
                meeting = self.machines.run(self._met, self._watch)
                tasks.append(asyncio.create_task(meeting, name="machines"))
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
            self.company.leave()
            self._watch.lay_down()
            self.record.journal.close()

        await self.traffic.settle()
        await self.kill_switch.close()
        await self.members.finish()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.eyes.finish()
        with suppress(TimeoutError, OSError):
            await within(CLOSE_S, let_go)
        await self._http.aclose()

    async def _tick(self) -> None:
        repaints = Repaints()
        while True:
            await asyncio.to_thread(self.look)
            try:
                await self.refresh(lambda new: repaints.due(new, self.troubles))
            except Exception as error:
                # A fault of ours in one picture may not end the room: the next may be whole.
                self._unread = f"the picture is old by a fault of ours ({type(error).__name__})"
                self.changed()
            self._wait_for_agreement()
            turn = TICK_S if self.clock.speed == 1 else SCALED_TICK_S
            await self._stirring.follow(turn, self._catch_up)

    async def _catch_up(self) -> None:
        with suppress(Exception):  # the next turn says what is wrong
            await asyncio.to_thread(self.record.refresh)
            await self.refresh()

    def look(self) -> None:
        """One turn of everything that is not a feed. Blocks: call it in a thread."""
        self._stirring.mark()
        self._take_part()
        try:
            self.record.refresh()
            self._unread = ""
        except OSError as error:
            self._unread = f"the journal cannot be read: {error.strerror}"
        if not self.read_only:
            with suppress(*WRITE_ERRORS):  # a seal that cannot be opened now is tried again
                self.readiness.reveal(self.record, self.facts)
        self._config_file.look()
        self._watch.look()
        self.company.look()
