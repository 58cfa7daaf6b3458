"""The watcher's notices: what is due is sent, and put on record with what came of it.

Looking is done in the watch's own thread, sending in tasks of its own: neither waits for the other,
and an address that hangs holds up nobody but the group of the person whose it is.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from config.model import Deployment, Person
from console.clock import Clock
from console.domain.entry import Actor
from console.domain.events_rollback import NoticeSent
from console.domain.notice_facts import facts_of
from console.domain.notices import Letter, due, nobody_told
from console.executor.notices import GIVE_UP_S, Attempt, Telling
from console.journal.record import WRITE_ERRORS, Record
from console.room.letters import words

NOTIFIER = Actor("watcher")
TICK_S = 0.2
SETTLE_S = 2.0
REST_S = 60.0
MOST_AT_ONCE = 4
MOST_UNWRITTEN = 1000


class _Due(msgspec.Struct, frozen=True):
    """A letter, and which look found it due."""

    letter: Letter
    look: int


class Notifier:
    """Sends while its process records. `look` is called in a thread, all else on the event loop."""

    def __init__(
        self, deployment: Deployment, directory: Path, record: Record, clock: Clock
    ) -> None:
        """Tell nobody yet."""
        self._deployment = deployment
        self._directory = directory
        self._record = record
        self._clock = clock
        self._found: list[_Due] = []
        self._looks = 0
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._over_at: dict[tuple[str, str], int] = {}
        self._told: dict[tuple[str, str], dict[str, float]] = {}
        self._unwritten: list[NoticeSent] = []
        self._untold: tuple[str, ...] = ()
        self._faults: dict[str, str] = {}

    @property
    def troubles(self) -> tuple[str, ...]:
        """What nobody could be told of, and what is wrong with telling, in sentences."""
        return (*self._untold, *self._faults.values())

    def look(self, *, sends: bool) -> None:
        """See what is due, and with `sends` have it sent. Blocks for some milliseconds.

        Never raises.
        """
        self._looks += 1
        try:
            self._look(self._looks, sends=sends)
        except Exception as error:
            self._faults["look"] = f"notices have stopped: {_ours(error)}"
        else:
            self._faults.pop("look", None)

    def _look(self, number: int, *, sends: bool) -> None:
        now = self._clock.now()
        told = {group: dict(keys) for group, keys in list(self._told.items())}
        state = self._record.state  # after what was told: that is taken out once it is in here
        facts = facts_of(state, self._deployment, now)
        self._untold = nobody_told(state, self._deployment, facts)
        letters = due(state, self._deployment, facts, now, told) if sends else []
        self._found = [_Due(letter, number) for letter in letters]

    async def run(self) -> None:
        """Send what the looks find, until cancelled; then what is under way has 2 s to end."""
        writing: asyncio.Task[None] | None = None
        try:
            while True:
                try:
                    self._begin()
                    if self._unwritten and (writing is None or writing.done()):
                        writing = asyncio.create_task(self._write(), name="notices on record")
                except Exception as error:  # a fault of ours in one may not end them all
                    self._faults["run"] = f"notices have stopped: {_ours(error)}"
                await asyncio.sleep(TICK_S)
        finally:
            await self._settle(writing)

    def _begin(self) -> None:
        found, self._found = self._found, []
        for one in found:
            letter = one.letter
            key = (letter.person, letter.group)
            person = self._deployment.person(letter.person)
            stale = one.look <= self._over_at.get(key, 0)  # it did not know what was just told
            mine = sum(name == letter.person for name, _ in self._busy)
            if person is None or key in self._busy or stale or mine >= MOST_AT_ONCE:
                continue
            task = asyncio.create_task(self._send(letter, person), name=f"notice {letter.group}")
            self._busy[key] = task
            task.add_done_callback(self._done(key))

    def _done(self, key: tuple[str, str]) -> Callable[[asyncio.Task[None]], None]:
        def done(task: asyncio.Task[None]) -> None:
            self._busy.pop(key, None)
            self._over_at[key] = self._looks
            if not task.cancelled() and (error := task.exception()) is not None:
                self._faults["send"] = f"a notice was lost: {_ours(error)}"

        return done

    async def _send(self, letter: Letter, person: Person) -> None:
        title, text = words(letter, self._deployment, f"warroom open {self._directory}")
        failed: Attempt | None = None
        known = False

        def reported(_: Person, one: Attempt) -> None:
            """The first failure and the last are put on record, and that it was taken, once."""
            nonlocal failed, known
            if known:
                return
            if one.took:
                known = True
                self._keep(letter, title, one, delivered=True)
            elif failed is None:
                self._keep(letter, title, one, delivered=False)
            failed = one

        telling = Telling(
            self._directory, title, text, reported, self._clock, GIVE_UP_S, rest_s=REST_S
        )
        await telling.to(person)
        if not known and failed is not None and failed.tries > 1:
            self._keep(letter, title, failed, delivered=False)

    def _keep(self, letter: Letter, title: str, one: Attempt, *, delivered: bool) -> None:
        said = title.removeprefix(f"{self._deployment.agent.name}: ")
        how = one.why or "taken"
        event = NoticeSent(
            letter.group,
            letter.person,
            "delivered" if delivered else "failed",
            f"{said}: {how}",
            one.tries,
            letter.covers,
        )
        if delivered:
            keys = self._told.setdefault((letter.person, letter.group), {})
            keys.update(dict.fromkeys(letter.covers, self._clock.now()))
        self._unwritten.append(event)
        if len(self._unwritten) > MOST_UNWRITTEN:
            self._unwritten.pop(0)

    async def _write(self) -> None:
        """Put on record what was sent. What cannot be written now is tried again."""
        batch = tuple(self._unwritten)
        try:
            await asyncio.to_thread(self._record.transact, NOTIFIER, lambda _: batch)
        except WRITE_ERRORS as error:
            self._faults["write"] = f"notices cannot be written: {error}"
            return
        except Exception as error:
            self._faults["write"] = f"notices cannot be written: {_ours(error)}"
            return
        self._faults.pop("write", None)
        del self._unwritten[: len(batch)]
        for event in batch:
            keys = self._told.get((event.person, event.about), {})
            for covered in event.covers:
                keys.pop(covered, None)
            if not keys:
                self._told.pop((event.person, event.about), None)

    async def _settle(self, writing: "asyncio.Task[None] | None") -> None:
        """Let what is under way end: a notice that is taken but not on record comes twice."""
        busy = list(self._busy.values())
        if busy:
            await asyncio.wait(busy, timeout=SETTLE_S)
        for task in busy:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                if writing is not None:
                    await asyncio.wait([writing])
                if self._unwritten:
                    await self._write()


def _ours(error: BaseException) -> str:
    """A fault of ours without its text, which may hold an address."""
    return f"a fault of ours ({type(error).__name__})"
