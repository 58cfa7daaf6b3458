"""The process that carries a run out: a session of its own, which outlives whoever fired."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from config.load import FILE_NAME, ConfigError, Loaded, parse
from console.bounded import within
from console.clock import Clock, SystemClock, clock_for
from console.domain.order import Order
from console.domain.refused import Refused
from console.executor import kept
from console.executor.aftermath import EXECUTOR
from console.executor.conduct import AlreadyRunning, Conductor
from console.executor.elsewhere import told_in
from console.executor.handover import Fired, Prepared, Told, line
from console.executor.live import Answered, Attach, Live, address, live_name
from console.executor.lock import ROLLBACK
from console.executor.opening import record_for_rollback
from console.executor.run import Run
from console.journal.record import Record
from console.net import Http

KEEP_S = 1.0
LAST_LOOK_S = 0.3
OPEN_AGAIN_S = 0.2

Tell = Callable[[Told | Run], None]


class Opening:
    """The journal, opened in a thread of its own while nobody waits for it yet."""

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        """Begin to open."""
        self._record: Record | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(
            target=self._open, args=(loaded, clock), name="journal-opening", daemon=True
        )
        self._thread.start()

    def get(self) -> Record:
        """The record, once it is there. Blocks; raises what opening it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._record is None:
            raise OSError("the journal was not opened")
        return self._record

    def _open(self, loaded: Loaded, clock: Clock) -> None:
        try:
            self._record, _ = record_for_rollback(loaded, clock, EXECUTOR)
        except Exception as error:  # told to whoever waits for it
            self._error = error


class Executor:
    """Everything that a run needs, loaded before it is fired."""

    def __init__(self, prepared: Prepared, *, open_now: bool = True) -> None:
        """Read what was handed over, and begin to open the journal. Raises `ConfigError`.

        Without `open_now` that waits for the order: a thread does not survive a fork.
        """
        directory = Path(prepared.directory)
        self._prepared = prepared
        self._loaded = Loaded(
            parse(prepared.config), prepared.config_sha256, directory / FILE_NAME, prepared.config
        )
        self._clock: Clock = SystemClock()
        with suppress(OSError, ValueError, KeyError):
            self._clock = clock_for(directory)
        self._opening = Opening(self._loaded, self._clock) if open_now else None

    @property
    def deployment(self) -> str:
        """The id of the deployment."""
        return self._loaded.deployment.deployment

    async def carry_out(self, fired: Fired, tell: Tell) -> Run | None:
        """Do it, shown live to whoever follows, and told to `tell`; None if it was refused."""
        name = ROLLBACK if isinstance(fired.order, Order) else fired.order.suspension
        deployment = self._loaded.deployment
        opening = self._opening or Opening(self._loaded, self._clock)
        async with Http() as http:
            warming = asyncio.create_task(http.warm_up())

            def changed() -> None:
                live.changed()
                if conductor.run is not None:
                    tell(conductor.run)

            conductor = Conductor(
                deployment,
                self._loaded.directory,
                opening.get,
                http,
                self._clock,
                changed,
                lambda: kept.earlier(
                    deployment.deployment, self._loaded.directory, self._clock.now()
                ),
                told_in(self._loaded.directory, self._clock),
            )
            live = Live(lambda: conductor.run, partial(_handle, conductor))
            beginnings: list[asyncio.Task[None]] = []

            def taken() -> None:
                tell(Told("taken"))
                place = live_name(deployment.deployment, self._loaded.directory)
                where = address(place, name)
                beginnings.append(asyncio.create_task(_open(live, where)))
                if name == ROLLBACK:
                    beginnings.append(asyncio.create_task(self._keep(conductor, fired)))

            try:
                run = await conductor.carry_out(fired, taken)
            except Refused as refused:
                await warming
                running = isinstance(refused, AlreadyRunning)
                tell(Told("running" if running else "refused", "; ".join(refused.reasons)))
                return None
            live.changed()
            await asyncio.wait({warming}, timeout=LAST_LOOK_S)
            await asyncio.sleep(LAST_LOOK_S)
            for task in beginnings:
                task.cancel()
            live.close()
            if name == ROLLBACK:
                await self._keep(conductor, fired)
            await conductor.settle()
            return run

    async def _keep(self, conductor: Conductor, fired: Fired) -> None:
        """Remember how the rollback stands, as long as it is not verified."""
        run, order = conductor.run, conductor.order
        if run is None or order is None:
            return
        name = self.deployment
        keep = partial(kept.forget, name)
        if run.state != "verified":
            outcome = "" if run.state == "running" else run.state
            whole = msgspec.structs.replace(fired, order=order, resume=False, prior=None)
            now = self._clock.now()
            what = kept.Kept(self._prepared, whole, now, run.started, outcome)
            keep = partial(kept.keep, name, what)
        with suppress(TimeoutError, OSError):
            await within(KEEP_S, keep)

    def carry_out_alone(self, fired: Fired, tell: Tell) -> int:
        """Do it as the last thing of this process: 0, or 1 if it was refused.

        The caller ends the process with `os._exit`: threads that hang on a disk are left behind.
        """
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return 1 if loop.run_until_complete(self.carry_out(fired, tell)) is None else 0


async def _open(live: Live, where: str) -> None:
    """Serve, also where the run before this one still has the name for a while."""
    while True:
        if not await live.open(where):
            return
        await asyncio.sleep(OPEN_AGAIN_S)


async def _handle(conductor: Conductor, request: Answered | Attach) -> str:
    try:
        match request:
            case Answered():
                conductor.answer(request.actor, request.step, request.answer, request.remark)
            case Attach():
                conductor.attach(request.actor, request.trigger, request.why, request.calls)
    except Refused as refused:
        return "; ".join(refused.reasons)
    return ""


def stand_apart() -> None:
    """Nothing that ends a terminal, a login or a console ends this process.

    Handlers, not ignored signals: those would be handed on to the commands of the steps.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    os.umask(0o077)
    # It lives for minutes: a look for garbage among all that was loaded would cost it a request.
    gc.disable()


def main(orders: BinaryIO, answers: BinaryIO) -> int:
    """Stand by with what the first line hands over, and carry out what the second one fires.

    The end of `orders` before that is an order to go. 0: it went or was done; 1: it was refused.
    """
    stand_apart()

    def tell(told: Told | Run) -> None:
        if isinstance(told, Told):
            with suppress(OSError):
                answers.write(line(told))
                answers.flush()

    try:
        prepared = msgspec.json.decode(orders.readline(), type=Prepared)
        executor = Executor(prepared, open_now=not prepared.trial)
    except (msgspec.MsgspecError, ConfigError) as error:
        tell(Told("refused", f"the executor cannot read what it is handed: {type(error).__name__}"))
        return 1
    tell(Told("ready"))
    order = orders.readline()
    if not order:
        return 0
    fired = msgspec.json.decode(order, type=Fired)
    return executor.carry_out_alone(fired, tell)
