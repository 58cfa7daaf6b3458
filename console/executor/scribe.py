"""Writes a rollback's entries in their order, and never holds the rollback up."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from console.bounded import within
from console.clock import Clock
from console.domain import events as e
from console.domain.entry import Actor, Draft, Entry
from console.domain.refused import Refused
from console.domain.state import State
from console.journal.record import WRITE_ERRORS, Record

FALLBACK_S = 1.0
HUNG = "the disk does not answer: what happens is not in the journal"


class _Item:
    """Entries to be written: `propose` decides on the newest state, `events` is what it gave.

    `at` (unix seconds) is when they were put. `kept` is set while the item is, or may soon be, in
    the fallback journal because the journal hung.
    """

    def __init__(
        self,
        actor: Actor,
        propose: Callable[[State], list[e.Event]],
        events: list[e.Event],
        at: float,
    ) -> None:
        self.actor = actor
        self.propose = propose
        self.events = events
        self.at = at
        self.kept = False
        self.written = asyncio.Event()

    @property
    def drafts(self) -> list[Draft]:
        return [e.draft(self.actor, event) for event in self.events]


class Scribe:
    """One rollback's writer: a thread of its own, the journal first, else the fallback journal.

    Where the journal hangs, what waits for it is kept in the fallback journal too. Whichever of the
    two is written first, adoption and this class see to it that an entry comes to stand once.
    """

    def __init__(self, record: Record, clock: Clock, trouble: Callable[[str], None]) -> None:
        """`trouble` is told, on the event loop, why something is not in the journal."""
        self._record = record
        self._clock = clock
        self._trouble = trouble
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._left: list[_Item] = []
        self._aside: asyncio.Task[None] | None = None
        self._fell_back = False
        self._hung = False
        self._lost = False
        threading.Thread(target=self._work, name="rollback-journal", daemon=True).start()

    def put(
        self,
        actor: Actor,
        events: list[e.Event],
        propose: Callable[[State], list[e.Event]] | None = None,
    ) -> asyncio.Event:
        """Write `events`, or what `propose` makes of the newest state; set when it is on disk."""
        item = _Item(actor, propose or (lambda _: events), events, self._clock.now())
        self._left.append(item)
        self._queue.put(item)
        if self._hung:
            self._keep_aside()
        return item.written

    @property
    def lost(self) -> bool:
        """Whether neither the journal nor the fallback journal takes anything."""
        return self._lost

    def give_up_waiting(self) -> None:
        """The journal takes too long: say so, and keep what is not written yet aside too."""
        if not self._hung:
            self._hung = True
            self._trouble(HUNG)
        self._keep_aside()

    def _keep_aside(self) -> None:
        """Have all that waits kept aside, by the one task that does it in order."""
        if self._aside is None or self._aside.done():
            self._aside = asyncio.create_task(self._keep_all_aside(), name="aside")

    async def _keep_all_aside(self) -> None:
        while items := [item for item in self._left if not item.kept]:
            for item in items:
                item.kept = True
            try:
                await within(FALLBACK_S, partial(self._keep, items))
            except (TimeoutError, *WRITE_ERRORS) as error:
                self._lost = True
                why = error or "it hangs too"
                self._trouble(f"{HUNG}; nor does the fallback work: {why}")
            else:
                self._lost = False
                for item in items:
                    item.written.set()

    def _keep(self, items: Sequence[_Item]) -> None:
        for item in items:
            self._record.journal.fallback(item.drafts, item.at, doubtful=True)

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
        if self._aside is not None:
            await asyncio.wait({self._aside})

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            self._write(item)
            self._tell(partial(self._done, item))

    def _done(self, item: _Item) -> None:
        self._left.remove(item)
        item.written.set()
        if self._hung and not (self._left or self._fell_back):
            self._hung = self._lost = False
            self._trouble("")

    def _write(self, item: _Item) -> None:
        # What follows must not come before what waits to be adopted.
        said = "" if self._fell_back else self._journal(item)
        if not (said or self._fell_back):
            return
        self._fell_back = True
        try:
            self._record.journal.fallback(item.drafts, item.at, doubtful=item.kept)
        except WRITE_ERRORS as worse:
            said = f"{said or HUNG}; nor does the fallback work: {worse}"
            self._lost = True
        if said:
            self._tell(lambda: self._trouble(said))

    def _journal(self, item: _Item) -> str:
        """Write to the journal; why it would not take it, empty if it did or nothing is lost."""
        try:
            self._record.transact(item.actor, partial(self._proposed, item))
        except Refused as refused:
            said = f"not in the journal: {refused}"
            self._tell(lambda: self._trouble(said))
        except WRITE_ERRORS as error:
            return str(error) or type(error).__name__
        return ""

    def _proposed(self, item: _Item, state: State) -> list[e.Event]:
        """What is to be written of `item` now that the fallback journal was adopted."""
        if item.kept and all(_adopted(self._record.entries, item, d) for d in item.drafts):
            return []
        return item.propose(state)

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            return  # the loop has ended: nobody waits any more


def _adopted(entries: Sequence[Entry], item: _Item, draft: Draft) -> bool:
    """Whether `draft` came to stand among the `entries` by way of the fallback journal."""
    for entry in reversed(entries):
        if entry.at.timestamp() < item.at - 1.0:
            return False
        if (entry.kind, entry.actor) == (draft.kind, draft.actor):
            data = msgspec.json.decode(entry.data, type=dict[str, object])
            adopted = data.pop("fallback", None) is not None
            data.pop("occurred_at", None)
            if adopted and data == draft.data:
                return True
    return False
