"""What follows an order without being asked: people are told, the calls it is about are kept."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from config.model import Deployment
from console.clock import Clock
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.order import Order, SuspensionOrder
from console.executor.run import Run
from console.executor.scribe import Scribe
from console.net import Http

EXECUTOR = Actor("executor")
# The first requests are on their way before anything else is begun, or even loaded.
AFTER_S = 0.25


class Aftermath:
    """Begins when the first steps act, and never keeps them from anything."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        http: Http,
        clock: Clock,
        scribe: Scribe,
        changed: Callable[[], None],
    ) -> None:
        """Do nothing yet."""
        self._deployment = deployment
        self._directory = directory
        self._http = http
        self._clock = clock
        self._scribe = scribe
        self._changed = changed
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, run: Run, order: Order | SuspensionOrder) -> None:
        """Start, once, in tasks of its own."""
        if self._tasks:
            return
        works: list[Coroutine[None, None, None]] = [self._tell(run, order)]
        if isinstance(order, Order) and order.calls:
            works.append(self._capture(run, order))
        self._tasks = [asyncio.create_task(work, name="aftermath") for work in works]

    async def settle(self) -> None:
        """Wait for all of it; each part has its own end."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _tell(self, run: Run, order: Order | SuspensionOrder) -> None:
        await asyncio.sleep(AFTER_S)
        from console.executor.notices import recipients, tell, words  # noqa: PLC0415 - see AFTER_S

        trigger = order.trigger if isinstance(order, Order) else ""
        people = recipients(self._deployment, trigger, order.actor.name)
        title, text = words(
            self._deployment,
            run,
            fired_by=order.actor.name,
            at=self._clock.now() if run.times.ordered is None else run.times.ordered,
            elapsed_s=self._clock.monotonic() - run.started,
            directory=self._directory,
        )

        async def told(notice: e.NoticeSent) -> None:
            run.notices[notice.person] = f"{notice.outcome}: {notice.detail}".removesuffix(": ")
            self._scribe.put(EXECUTOR, [notice])
            self._changed()

        await tell(run.id, people, self._directory, title, text, told, self._clock)

    async def _capture(self, run: Run, order: Order) -> None:
        await asyncio.sleep(AFTER_S)
        from console.executor.capture import capture  # noqa: PLC0415 - see AFTER_S

        captured = await capture(
            run.id, order.calls, self._deployment, self._directory, self._http, self._clock
        )
        self._scribe.put(EXECUTOR, list(captured.events))
        self._changed()
