"""What follows an order without being asked: people are told, the calls it is about are kept."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from config.model import Deployment, Person
from console.clock import Clock
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.order import Order, SuspensionOrder
from console.domain.state_rollback import FiredToo
from console.executor.run import Run
from console.executor.scribe import Scribe
from console.net import Http

EXECUTOR = Actor("executor")
# The first requests are on their way before anything else is begun, or even loaded.
AFTER_S = 0.25


class Aftermath:
    """Begins when the first steps act, or with a further trigger, and holds up neither."""

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
        self._begun = False

    def begin(self, run: Run, order: Order | SuspensionOrder) -> None:
        """Start, once, in tasks of its own."""
        if self._begun:
            return
        self._begun = True
        self._start(self._tell_of(run, order))
        if isinstance(order, Order) and order.calls:
            self._start(self._capture(run, order.calls))

    def also(self, run: Run, fired: FiredToo, first_by: str) -> None:
        """What a further trigger asks for besides; `first_by` is who fired the run."""
        self._start(self._tell_besides(run, fired, first_by))
        if fired.calls:
            self._start(self._capture(run, fired.calls))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name="aftermath"))

    async def settle(self) -> None:
        """Wait for all of it; each part has its own end."""
        while left := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(left)

    async def _tell_of(self, run: Run, order: Order | SuspensionOrder) -> None:
        await asyncio.sleep(AFTER_S)
        from console.executor.notices import recipients  # noqa: PLC0415 - see AFTER_S

        trigger = order.trigger if isinstance(order, Order) else ""
        people = recipients(self._deployment, trigger, order.actor.name)
        await self._tell(run, people, order.actor.name)

    async def _tell_besides(self, run: Run, fired: FiredToo, first_by: str) -> None:
        """Whoever the further trigger is for is told, whoever was told of the run already."""
        await asyncio.sleep(AFTER_S)
        from console.executor.notices import besides  # noqa: PLC0415 - see AFTER_S

        await self._tell(run, besides(self._deployment, fired.trigger), first_by)

    async def _tell(self, run: Run, people: Sequence[Person], fired_by: str) -> None:
        from console.executor.notices import tell, words  # noqa: PLC0415 - see AFTER_S

        title, text = words(
            self._deployment,
            run,
            fired_by=fired_by,
            at=self._clock.now() if run.times.ordered is None else run.times.ordered,
            elapsed_s=self._clock.monotonic() - run.started,
            directory=self._directory,
        )

        async def told(notice: e.NoticeSent) -> None:
            run.notices[notice.person] = f"{notice.outcome}: {notice.detail}".removesuffix(": ")
            self._scribe.put(EXECUTOR, [notice])
            self._changed()

        await tell(run.id, people, self._directory, title, text, told, self._clock)

    async def _capture(self, run: Run, calls: tuple[str, ...]) -> None:
        await asyncio.sleep(AFTER_S)
        from console.executor.capture import capture  # noqa: PLC0415 - see AFTER_S

        captured = await capture(
            run.id, calls, self._deployment, self._directory, self._http, self._clock
        )
        self._scribe.put(EXECUTOR, list(captured.events))
        self._changed()
