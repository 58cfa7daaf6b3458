"""The kill switch as the console holds it: armed, fired, followed, gone on with (Guide 3.5).

What is fired is carried out by a process of its own. Where none can be started, and on a clock
that no other process could share, this one does it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Self

from config.load import Loaded
from console.bounded import within
from console.clock import Clock
from console.domain.entry import Actor
from console.domain.events_rollback import Answer
from console.domain.order import Order, SuspensionOrder
from console.domain.refused import Refused
from console.executor.conduct import AlreadyRunning, Conductor
from console.executor.elsewhere import Heard
from console.executor.handover import Fired, Prior, Told
from console.executor.kept import earlier
from console.executor.launch import NotLaunched, Standby
from console.executor.live import Answered, Attach, live_name
from console.executor.lock import ROLLBACK, RunLock
from console.executor.realtime import RealTime
from console.executor.run import Run, on_record
from console.journal.record import Record
from console.net import Http
from console.room.attached import Attached
from console.room.eyes import Eyes
from console.room.orphans import close_orphans
from console.room.resuming import LAUNCH_S, Resuming, handed_over

STAND_DOWN_S = 5.0
TURN_S = 0.5
LOCK_S = 1.0
LOOK_AGAIN_S = 0.2


class Killer:
    """Fires, follows and goes on with what was fired. One rollback at a time."""

    def __init__(
        self,
        loaded: Loaded,
        record: Record,
        eyes: Eyes,
        http: Http,
        clock: Clock,
        changed: Callable[[], None],
        real_time: RealTime,
        heard: Heard,
        *,
        apart: bool,
    ) -> None:
        """`apart`: another process carries it out. `changed` is called at each change of a run.

        `heard` tells of other machines' runs.
        """
        self._loaded = loaded
        self._deployment = loaded.deployment
        self._record = record
        self._eyes = eyes
        self._http = http
        self._clock = clock
        self._changed = changed
        self._real_time = real_time
        self._heard = heard
        self._apart = apart
        self._lock = RunLock(loaded.directory)
        self._here: dict[str, Conductor] = {}
        self._attached: dict[str, Attached] = {}
        self._standby: asyncio.Task[Standby] | None = None
        self._busy: set[str] = set()
        self._handed: set[str] = set()
        self._given_back_after: tuple[object, ...] = ()
        self._resuming = Resuming(loaded, record, clock)
        self._background: set[asyncio.Task[Any]] = set()
        self.trouble = ""

    def alive(self) -> bool:
        """Whether a process of this machine carries out a rollback of this deployment."""
        return self._lock.taken()

    @property
    def busy(self) -> bool:
        """Whether something that was fired here is not over."""
        return bool(self._busy)

    @property
    def handed_over(self) -> bool:
        """Whether all that was fired here goes on if this process ends."""
        return bool(self._busy) and self._busy == self._handed

    @property
    def run(self) -> Run | None:
        """The rollback that this process carries out or follows, or did last."""
        return self.run_of(ROLLBACK)

    def run_of(self, name: str) -> Run | None:
        """The run of that name, as it is known here: "rollback", or a suspension's id."""
        conductor, attached = self._here.get(name), self._attached.get(name)
        here = conductor.run if conductor is not None else None
        there = attached.run if attached is not None else None
        known = [run for run in (here, there) if run is not None]
        return max(known, key=lambda run: run.started, default=None)

    @property
    def suspensions(self) -> list[Run]:
        """The suspensions fired from here, in the order of the config."""
        runs = (self.run_of(spec.id) for spec in self._deployment.suspensions)
        return [run for run in runs if run is not None]

    # Armed: a process is loaded before it is needed.

    def stand_by(self) -> None:
        """The guard is armed: have a process ready."""
        if self._apart and self._standby is None:
            self._standby = asyncio.create_task(self._prepare(), name="standby")
            self._standby.add_done_callback(self._prepared)

    def stand_down(self) -> None:
        """The guard is gone: let go of the process, unless it is fired in a moment."""
        asyncio.get_running_loop().call_later(STAND_DOWN_S, self._let_go, self._standby)

    def _let_go(self, standby: "asyncio.Task[Standby] | None") -> None:
        if standby is None or self._standby is not standby:
            return
        self._standby = None
        if standby.done() and standby.exception() is None:
            standby.result().leave()

    async def _prepare(self) -> Standby:
        ready: list[Standby] = []
        unwanted = threading.Event()
        turn = threading.Lock()

        def start() -> Standby:
            standby = Standby(self._deployment.deployment)
            standby.prepare(handed_over(self._loaded))
            with turn:
                ready.append(standby)
                if unwanted.is_set():
                    standby.leave()
            return standby

        try:
            return await within(LAUNCH_S, start)
        except BaseException:
            with turn:  # one that comes late would stand by for ever
                unwanted.set()
                for standby in ready:
                    standby.leave()
            raise

    def _prepared(self, standby: "asyncio.Task[Standby]") -> None:
        error = None if standby.cancelled() else standby.exception()
        self.trouble = ""
        if error is not None:
            why = str(error) or "it took too long"
            self.trouble = f"no process of its own ({why}): this console would carry it out"
        self._changed()

    # Fired.

    async def fire(self, order: Order | SuspensionOrder) -> Run:
        """Do it now, and follow it to its end. `Refused` where it makes no sense, or runs."""
        name = _name_of(order)
        if name in self._busy:
            raise Refused("it is running in this console already: F9 shows it")
        cursors = {feed: eye.cursor for feed, eye in self._eyes.each.items()}
        prior = self._unknown_to_the_journal() if name == ROLLBACK else None
        share = self._record.state.attempt.share
        fired = Fired(order, prior=prior, cursors=cursors, share=share)
        self._busy.add(name)
        since = self._clock.now()
        try:
            # Whoever fired may leave in this moment: what was ordered is handed over all the same.
            handing = asyncio.create_task(self._hand_over(fired), name="hand-over")
            self._keep(handing)
            told = await asyncio.shield(handing)
            if told is None:
                try:
                    return await self._do_it_here(name, fired)
                except AlreadyRunning:  # the process of its own took it all the same, but late
                    if not self._apart:
                        raise
                    told = Told("running")
            if told.answer == "refused":
                raise Refused(told.why)
            self._handed.add(name)
            self._changed()
            attached = self._attach(name, anew=True)
            if told.answer == "running" and isinstance(order, Order):
                await attached.ask(Attach(order.actor, order.trigger, order.why, order.calls))
            return await self._until_over(name, since)
        finally:
            self._busy.discard(name)
            self._handed.discard(name)
            self._changed()

    async def _hand_over(self, fired: Fired) -> Told | None:
        """What the process of its own says to the order; None where there is none."""
        if not self._apart:
            return None
        standby, self._standby = self._standby, None
        try:
            process = await (standby or self._prepare())
            return await within(LAUNCH_S, partial(process.fire, fired))
        except (NotLaunched, TimeoutError, OSError) as error:
            self.trouble = f"this console carries it out itself: {error or 'no process is ready'}"
            return None

    async def _do_it_here(self, name: str, fired: Fired) -> Run:
        conductor = Conductor(
            self._deployment,
            self._loaded.directory,
            lambda: self._record,
            self._http,
            self._clock,
            self._changed,
            partial(
                earlier, self._deployment.deployment, self._loaded.directory, self._clock.now()
            ),
            self._heard,
        )
        before = self._here.get(name)
        self._here[name] = conductor
        try:
            run = await conductor.carry_out(fired)
        except Refused:
            if before is not None and conductor.run is None:
                self._here[name] = before
            raise
        self._keep(asyncio.create_task(conductor.settle(), name="aftermath"))
        return run

    def _unknown_to_the_journal(self) -> Prior | None:
        """The last run known here, if it is not done and the journal never heard of it."""
        run = self.run
        if run is None or run.state == "verified" or self._record.state.rollback_of(run.id):
            return None
        verified = tuple(step.id for step in run.steps if step.state == "verified")
        return Prior(run.id, run.attempt, run.started, verified)

    async def _until_over(self, name: str, since: float) -> Run:
        """Follow until the run has ended, also when it is another process that ends it.

        Its socket is not the only witness: what ended after `since` may stand in the journal only.
        """
        while True:
            run = await self._attach(name).over()
            if run is not None and run.state != "running":
                return run
            if await self._taken(name):
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            if name == ROLLBACK:
                if (ended := await self._on_record(since)) is not None:
                    return ended
                if await self._go_on():
                    continue
                # It may have ended in the moment between.
                if (ended := await self._on_record(since)) is not None:
                    return ended
            if run is None:
                raise Refused("the process that took the order is gone, and nobody saw it act")
            run.state, run.ended = "unknown", self._clock.monotonic()
            run.why = "the process that carried it out is gone; fire again"
            return run

    async def _on_record(self, since: float) -> Run | None:
        """The last rollback, if the journal says that it ended after `since` (unix seconds)."""
        with suppress(TimeoutError, OSError):
            await within(LOCK_S, self._record.refresh)
        held = self._record.state.rollback
        if held is None or held.state == "running" or (held.finished_at or 0.0) < since:
            return None
        back = self._deployment.rollback
        return on_record(held, float(back.budget_s), self._clock.monotonic(), back.fallback)

    async def _taken(self, name: str) -> bool:
        """Whether a process of this machine carries out the run of that name."""
        lock = self._lock if name == ROLLBACK else RunLock(self._loaded.directory, name)
        with suppress(TimeoutError, OSError):
            return await within(LOCK_S, lock.taken)
        return False

    # Followed and gone on with.

    async def keep_looking(self, *, resume: bool) -> None:
        """Look again and again until cancelled; nothing else waits for it, nor it for a disk."""
        while True:
            try:
                await self.look(resume=resume)
            except Exception as error:  # the next turn may find what this one could not
                kind = type(error).__name__
                self.trouble = f"a run could not be followed by a fault of ours ({kind})"
            await asyncio.sleep(TURN_S)

    async def look(self, *, resume: bool = True) -> None:
        """One turn: follow a run that others began, and `resume` one whose process is gone."""
        if not self._apart or self._busy:
            return
        if resume:
            await close_orphans(self._record, self._loaded.directory, self._clock)
        if await self._taken(ROLLBACK):
            if ROLLBACK not in self._here:
                self._attach(ROLLBACK)
            return
        if not resume:
            return
        await self._resuming.adopt()
        if self._attach(ROLLBACK, begin=False).following:
            return
        if not await self._go_on():
            self._give_back()

    def _give_back(self) -> None:
        """A demo's clock runs on after each run: the process of one that was killed cannot say."""
        held = self._record.state.rollback
        ended = () if held is None else (held.id, held.resumed, held.finished_at)
        if ended != self._given_back_after:
            self._given_back_after = ended
            self._real_time.give_back()

    async def _go_on(self) -> bool:
        """Have a new process go on with what was broken off; whether one does, or may yet."""
        going_on = await self._resuming.go_on()
        if going_on is None:
            await asyncio.sleep(LOOK_AGAIN_S)
        elif going_on:
            self._attach(ROLLBACK)
        return going_on is not False

    def _attach(self, name: str, *, begin: bool = True, anew: bool = False) -> Attached:
        attached = self._attached.get(name)
        if attached is None:
            attached = Attached(
                live_name(self._deployment.deployment, self._loaded.directory), name, self._changed
            )
            self._attached[name] = attached
        if begin:
            attached.begin(anew=anew)
        return attached

    async def answer(self, actor: Actor, step: str, answer: Answer, remark: str, name: str) -> None:
        """A person's word on a step that the run `name` asks about. `Refused` where none is."""
        conductor = self._here.get(name)
        here = conductor.run if conductor is not None else None
        if conductor is not None and here is not None and here is self.run_of(name):
            conductor.answer(actor, step, answer, remark)
            return
        request = Answered(actor, step, answer, remark)
        if why := await self._attach(name, begin=False).ask(request):
            raise Refused(why)

    async def close(self) -> None:
        """Let go; what was fired goes on, and what is done here is brought to its end."""
        self._let_go(self._standby)
        for attached in self._attached.values():
            attached.stop()
        if self._background:
            await asyncio.wait(self._background, timeout=STAND_DOWN_S)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._background.add(task)
        task.add_done_callback(self._background.discard)


class Armed:
    """A guard is open: a process stands by, and a demo's clock runs in real time."""

    def __init__(self, kill_switch: Killer, real_time: RealTime) -> None:
        """Begin nothing yet."""
        self._kill_switch = kill_switch
        self._real_time = real_time

    @property
    def trouble(self) -> str:
        """Why no process stands by; empty if one does, or is still being started."""
        return self._kill_switch.trouble

    def __enter__(self) -> Self:
        """Arm."""
        self._real_time.__enter__()
        self._kill_switch.stand_by()
        return self

    def __exit__(self, *_: object) -> None:
        """Disarm; what is fired in this moment is carried out all the same."""
        self._real_time.__exit__()
        self._kill_switch.stand_down()


def _name_of(order: Order | SuspensionOrder) -> str:
    return ROLLBACK if isinstance(order, Order) else order.suspension
