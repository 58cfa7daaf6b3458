"""Members as the room has them: who may be at the keys, what is signed, what is not believed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from config.load import Loaded
from console.bounded import within
from console.clean import clean
from console.clock import Clock
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.times import iso
from console.executor.opening import actor_for
from console.journal.claimed import claimed_words
from console.journal.disputed import disputed_words
from console.journal.record import Record
from console.journal.vouching import voucher_for

TURN_S = 0.1
HUNG_S = 120.0
LAST_S = 3.0
PENDING_S = 15.0


class Membership:
    """Roles belong to keys where members are known by them; else whoever is declared is believed.

    `declared` is who says to be at the keys: the kill switch takes that word, always.
    """

    def __init__(
        self, loaded: Loaded, record: Record, clock: Clock, declared: Actor, *, read_only: bool
    ) -> None:
        """Look whose key it is. Blocks for a moment."""
        self.declared = declared
        self._record = record
        self._clock = clock
        self._nobody = actor_for(loaded.deployment, "")
        self._keeps = not read_only
        self._voucher = None if read_only else voucher_for(loaded, record, clock)
        self._written = asyncio.Event()
        self._arrived = asyncio.Event()
        self._finished = False
        self._disputed = ""
        if self._voucher is not None:
            self._voucher.get_ready()

    @property
    def actor(self) -> Actor:
        """Who acts: the declared person, if the key says so too; else somebody who observes."""
        proved = self._voucher is None or self._voucher.who == self.declared.name
        return self.declared if proved else self._nobody

    @property
    def proved(self) -> bool:
        """Whether a key says who is at the keys."""
        return self._voucher is not None and self._voucher.who == self.declared.name

    def refuses(self, who: str) -> str:
        """Why `who` cannot be at the keys, in a sentence; empty where that is not so."""
        voucher = self._voucher
        if voucher is None or not who or voucher.who in {"", who}:
            return ""
        return (
            f'the key {voucher.path} is that of "{voucher.who}", so nobody acts as '
            f'"{clean(who, 60)}" here: roles belong to keys'
        )

    def become(self, actor: Actor) -> None:
        """Have another person at the keys; `Refused` where the key is not theirs."""
        if why := self.refuses(actor.name):
            raise Refused(why)
        self.declared = actor

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is not signed and not believed, in sentences."""
        journal, now = self._record.journal, self._clock.now()
        said = list(claimed_words(journal.claimed))
        said += [one for one in (self.unsigned, self._disputed) if one]
        said += [journal.disbelief] if journal.disbelief else []
        apart = journal.apart
        for writer in dict.fromkeys(one.writer for one in apart):
            theirs = [one for one in apart if one.writer == writer]
            last = theirs[-1]
            said.append(
                f"{_entries(len(theirs))} of {clean(writer, 60)} kept apart, changing nothing: "
                f"entry {last.seq}: {clean(last.why, 200)}"
            )
        said += [
            f"{_entries(one.count)} of {clean(one.writer, 60)} not signed since {iso(one.since)}: "
            "pending, they advance nothing"
            for one in journal.pending
            if now - one.since > PENDING_S
        ]
        return tuple(said)

    @property
    def unsigned(self) -> str:
        """Why what is written here is not signed, in a sentence; empty where it is, or need not."""
        voucher = self._voucher
        if voucher is None or not voucher.trouble:
            return ""
        person = set(self.declared.roles) - {"observer"} and not self.proved
        who = f"{clean(self.declared.name, 60)} only observes, and " if person else ""
        return f"{who}what is written here is not signed: {voucher.trouble}"

    def wake(self) -> None:
        """Something was written, here or elsewhere: see at once what is to be signed or judged."""
        self._written.set()
        self._arrived.set()

    async def run(self, changed: Callable[[], None]) -> None:
        """Sign and judge until cancelled; `changed` is called when others' entries count anew."""
        if self._record.journal.judging is None:
            return
        await asyncio.gather(self._keep_signing(), self._keep_judging(changed))

    async def _keep_signing(self) -> None:
        while (voucher := self._voucher) is not None:
            with suppress(TimeoutError, OSError):
                await within(HUNG_S, voucher.look)
            await _next(self._written)

    async def _keep_judging(self, changed: Callable[[], None]) -> None:
        while self._record.journal.judging is not None:
            with suppress(TimeoutError, OSError):
                if await within(HUNG_S, self._judge):
                    changed()
            await _next(self._arrived)

    def _judge(self) -> bool:
        """Read what came, and judge it; whether that changed anything."""
        judging = self._record.journal.judging
        came = self._record.refresh()
        if judging is None:
            return bool(came)
        news = judging.judge(own=True, keep=self._keeps)
        self.look_at_own()
        if news:
            self._record.refresh()
        return news or bool(came)

    def look_at_own(self, *, judge: bool = False) -> str:
        """What other machines keep apart of this account's entries, in a sentence; else empty.

        Blocks. `judge` has its signatures looked at before.
        """
        judging, who = self._record.journal.judging, self._voucher.who if self._voucher else ""
        if judging is None:
            return ""
        if judge:
            judging.judge(own=True, keep=self._keeps)
        self._disputed = disputed_words(judging.disputed(who))
        return self._disputed

    async def finish(self) -> None:
        """Sign what is left, for at most `LAST_S`, and nothing more after that."""
        voucher, finished, self._finished = self._voucher, self._finished, True
        if voucher is None or finished or not voucher.unsigned:
            return
        try:
            await within(LAST_S, lambda: voucher.look(now=True))
        except (TimeoutError, OSError):
            voucher.trouble = voucher.trouble or f"it took longer than {LAST_S:g} s"


async def _next(event: asyncio.Event) -> None:
    """Wait for `event`, for at most `TURN_S`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TURN_S):
            await event.wait()
    event.clear()


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
