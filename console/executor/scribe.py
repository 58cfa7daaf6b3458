"""Writes a rollback's entries in their order, and never holds the rollback up."""

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from console.bounded import within
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.state import State
from console.journal.record import WRITE_ERRORS, Record

FALLBACK_S = 1.0
HUNG = "the disk does not answer: what happens is not in the journal"


class _Item(NamedTuple):
    """Entries to be written: `propose` decides on the newest state, `events` is what it gave."""

    number: int
    actor: Actor
    propose: Callable[[State], list[e.Event]]
    events: list[e.Event]
    written: asyncio.Event


class Scribe:
    """One rollback's writer: a thread of its own, the journal first, else the fallback journal."""

    def __init__(self, record: Record, trouble: Callable[[str], None]) -> None:
        """`trouble` is told, on the event loop, why something is not in the journal."""
        self._record = record
        self._trouble = trouble
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._left: list[_Item] = []
        self._asides: list[asyncio.Task[None]] = []
        self._aside_to = 0
        self._put = 0
        self._fell_back = False
        self._hung = False
        threading.Thread(target=self._work, name="rollback-journal", daemon=True).start()

    def put(
        self,
        actor: Actor,
        events: list[e.Event],
        propose: Callable[[State], list[e.Event]] | None = None,
    ) -> asyncio.Event:
        """Write `events`, or what `propose` makes of the newest state; set when it is on disk."""
        self._put += 1
        item = _Item(self._put, actor, propose or (lambda _: events), events, asyncio.Event())
        self._left.append(item)
        self._queue.put(item)
        return item.written

    def give_up_waiting(self) -> None:
        """The journal takes too long: say so, and keep what is not written yet aside too."""
        if not self._hung:
            self._hung = True
            self._trouble(HUNG)
        items = [item for item in self._left if item.number > self._aside_to]
        if items:
            self._aside_to = items[-1].number
            self._asides.append(asyncio.create_task(self._keep_aside(items), name="aside"))

    async def _keep_aside(self, items: list[_Item]) -> None:
        drafts = [e.draft(item.actor, event) for item in items for event in item.events]
        try:
            await within(FALLBACK_S, lambda: self._record.journal.fallback(drafts))
        except (TimeoutError, *WRITE_ERRORS) as error:
            self._trouble(f"{HUNG}; nor does the fallback work: {error or 'it hangs too'}")

    async def idle(self, seconds: float) -> None:
        """Wait until all is written, for at most `seconds` (real); what is not then goes aside."""
        if not self._left:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._left[-1].written.wait()
        except TimeoutError:
            self.give_up_waiting()

    async def finish(self, seconds: float) -> None:
        """As `idle`, and nothing is put after this."""
        await self.idle(seconds)
        self._queue.put(None)
        if self._asides:
            await asyncio.wait(self._asides)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            self._write(item)
            self._tell(partial(self._done, item))

    def _done(self, item: _Item) -> None:
        self._left.remove(item)
        item.written.set()
        if self._hung and not (self._left or self._fell_back):
            self._hung = False
            self._trouble("")

    def _write(self, item: _Item) -> None:
        # What follows must not come before what waits to be adopted.
        said = "" if self._fell_back else self._journal(item)
        if not (said or self._fell_back):
            return
        self._fell_back = True
        try:
            self._record.journal.fallback([e.draft(item.actor, event) for event in item.events])
        except WRITE_ERRORS as worse:
            said = f"{said or HUNG}; nor does the fallback work: {worse}"
        if said:
            self._tell(lambda: self._trouble(said))

    def _journal(self, item: _Item) -> str:
        """Write to the journal; why it would not take it, empty if it did or nothing is lost."""
        try:
            self._record.transact(item.actor, item.propose)
        except Refused as refused:
            said = f"not in the journal: {refused}"
            self._tell(lambda: self._trouble(said))
        except WRITE_ERRORS as error:
            return str(error) or type(error).__name__
        return ""

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            return  # the loop has ended: nobody waits any more
