"""Reads the stream and takes other writers' lines in, by the one door.

The stream is read in order from where it was read last, one's own lines with it: that tells what
the broker really holds of each writer, which is where publishing goes on.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from nats.js import api

from console.domain.entry import Entry
from console.journal.line import parse
from console.sync import names
from console.sync.intake import SAID, Intake, Refused
from console.sync.link import Connection
from console.sync.refusals import Refusals
from console.sync.stream import ASK_S, identity, opened
from console.sync.tally import Held, Tally
from console.sync.words import Unreachable

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH = 500
IDLE_S = 30.0  # the broker forgets a reader that asks for nothing so long


@dataclass(frozen=True, slots=True)
class _Message:
    """A piece as it came: at which `place` of the stream, as whose, and the entry it ends with."""

    place: int
    writer: str
    data: bytes
    entry: Entry | None


class Inbox:
    """What comes in. `tally` is what the stream was found to hold, `end` where it ends.

    `ready` says whether both are of the broker that is connected, `atomic` whether it takes many
    lines at once.
    """

    def __init__(
        self, deployment: str, replicas: int, intake: Intake, tally: Tally, refusals: Refusals
    ) -> None:
        """Go on from `tally`."""
        self._deployment = deployment
        self._replicas = replicas
        self._intake = intake
        self._refusals = refusals
        self._busy = threading.Lock()
        self._moved = asyncio.Condition()
        self._read_again = False
        self.tally = tally
        self.end = 0
        self.ready = False
        self.atomic = False

    @property
    def missing(self) -> int:
        """Messages of the stream that were not read yet."""
        return max(0, self.end - self.tally.place)

    async def run(self, connection: Connection, changed: Callable[[], None]) -> None:
        """Read what the stream holds and what comes, while the connection lasts."""
        self.ready = False
        js = connection.client.jetstream(timeout=ASK_S)
        info = await opened(js, self._deployment, self._replicas)
        self.atomic = bool(info.config.allow_atomic)
        self.end = info.state.last_seq
        await asyncio.to_thread(self._begin, info)
        self.ready = True
        name = names.stream(self._deployment)
        config = api.ConsumerConfig(
            ack_policy=api.AckPolicy.NONE,
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.tally.place + 1,
            inactive_threshold=IDLE_S,
            mem_storage=True,
            num_replicas=1,
        )
        reader = await js.pull_subscribe(
            names.journal(self._deployment), stream=name, config=config
        )
        await self._tell(changed)
        count = 0
        while True:
            try:
                messages = await reader.fetch(BATCH, timeout=ASK_S)
            except TimeoutError:
                await self._look(await js.stream_info(name))
                continue
            for message in messages:
                count += 1
                if message.metadata.sequence.consumer != count:
                    raise Unreachable("the broker left out a message")
            ahead = messages[-1].metadata
            self.end = max(self.end, ahead.sequence.stream + ahead.num_pending)
            try:
                whole = await asyncio.to_thread(self._take, messages)
            except OSError as error:
                raise Unreachable(f"the journal cannot be written ({error.strerror})") from error
            await self._tell(changed)
            if not whole:
                raise Unreachable("lines are missing here: the stream is read again")

    def copied(self) -> Tally:
        """The tally as it stands between two messages. Blocks while lines are taken in."""
        with self._busy:
            tally = self.tally
            held = {writer: Held(one.count, one.last) for writer, one in tally.held.items()}
            return Tally(tally.made, tally.place, held)

    async def past(self, place: int) -> None:
        """Wait until the stream was read up to `place`."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.tally.place >= place)

    async def _tell(self, changed: Callable[[], None]) -> None:
        async with self._moved:
            self._moved.notify_all()
        changed()

    async def _look(self, info: api.StreamInfo) -> None:
        """Nothing came for a while: is that because there is nothing?"""
        if identity(info) != self.tally.made or info.state.last_seq < self.tally.place:
            raise Unreachable("the broker's stream is another one now")
        if self.end > self.tally.place:
            raise Unreachable("the broker forgot this reader")
        self.end = info.state.last_seq

    def _begin(self, info: api.StreamInfo) -> None:
        """Read from where it was left, or anew where that place means nothing any more."""
        with self._busy:
            tally = self.tally
            lost = any(
                self._intake.mark(writer).seq < held.count for writer, held in tally.held.items()
            )
            other = tally.made != identity(info) or tally.place > info.state.last_seq
            if other or lost:
                self.tally = Tally(identity(info))

    def _take(self, messages: "Sequence[Msg]") -> bool:
        """Take them in; False if the stream must be read again."""
        with self._busy:
            for writer, group in groupby(map(_read, messages), key=lambda one: one.writer):
                for run in self._runs(list(group)):
                    if not self._take_run(writer, run):
                        self.tally = Tally(self.tally.made)
                        self._read_again = True
                        return False
        return True

    def _runs(self, messages: list[_Message]) -> Iterator[list[_Message]]:
        """`messages` of one writer, those together that seem to continue one another."""
        run: list[_Message] = []
        for one in messages:
            before = run[-1].entry if run else None
            if before is not None and (one.entry is None or one.entry.seq != before.seq + 1):
                yield run
                run = []
            run.append(one)
            if one.entry is None:
                yield run
                run = []
        if run:
            yield run

    def _take_run(self, writer: str, run: list[_Message]) -> bool:
        first = run[0].entry
        held = self.tally.of(writer)
        if len(run) > 1 and first is not None and first.seq == held.count + 1:
            taken = self._intake.take(writer, b"".join(one.data for one in run))
            if taken.refused is None and not taken.gap:
                held.count += len(run)
                held.last = self.tally.place = run[-1].place
                return True
        return all(self._take_one(held, one) for one in run)

    def _take_one(self, held: Held, one: _Message) -> bool:
        """Take one in. False if what is missing before it stood in the stream once."""
        taken = self._intake.take(one.writer, one.data)
        seq = one.entry.seq if one.entry is not None else 0
        if taken.refused is not None:
            self._refusals.add(taken.refused)
        elif taken.gap:
            if taken.gap <= held.count and not self._read_again:
                return False
        elif one.entry is not None and seq <= held.count:
            self._refusals.add(Refused(one.writer, seq, "replayed", SAID["replayed"], one.entry.h))
        elif seq == held.count + 1:
            held.count = seq
        held.last = self.tally.place = one.place
        return True


def _read(message: "Msg") -> _Message:
    data = message.data
    line = data[data.rfind(b"\n", 0, len(data) - 1) + 1 :].rstrip(b"\n")
    try:
        entry = parse(line)
    except ValueError:
        entry = None
    place = message.metadata.sequence.stream
    return _Message(place, names.last_of(message.subject), data, entry)
