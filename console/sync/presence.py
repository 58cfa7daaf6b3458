"""Who is there on the other machines, as they say themselves: shown, and nothing more.

It travels beside the journals and is never kept. Nobody proves here who they are; so it changes
no state, and of what does not look right nothing is taken.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from console.clean import clean
from console.clock import Clock
from console.domain.presence import Present
from console.sync import names
from console.sync.intake import MOST_WRITERS, NAME
from console.sync.link import Connection

if TYPE_CHECKING:
    from nats.aio.msg import Msg

SAY_S = 2.0
SILENT_S = 10.0
MOST_BYTES = 32 * 1024
MOST_PRESENT = 40
MOST_LISTED = 20
MOST_TEXT = 100
MOST_SINCE = 1e11


class Said(msgspec.Struct, frozen=True):
    """What a machine says: its processes, and how many entries of each writer it holds."""

    writer: str
    present: tuple[Present, ...] = ()
    holds: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a machine said last: `at` is unix seconds, `until` (monotonic) when it is forgotten."""

    said: Said
    at: float
    until: float


class Hall:
    """Says who is here, and keeps what was heard for ten seconds."""

    def __init__(self, deployment: str, writer: str, clock: Clock) -> None:
        """`writer` is whose machine this is."""
        self._deployment = deployment
        self._writer = writer
        self._clock = clock
        self._heard: dict[str, Heard] = {}
        self._news = asyncio.Event()

    @property
    def last(self) -> dict[str, Heard]:
        """What each machine said last, however long ago."""
        return self._heard

    @property
    def heard(self) -> dict[str, Heard]:
        """What the machines that are not silent said, by writer."""
        now = self._clock.monotonic()
        return {writer: one for writer, one in self._heard.items() if one.until > now}

    def news(self) -> None:
        """Say it again soon: something changed."""
        self._news.set()

    async def run(
        self,
        connection: Connection,
        say: Callable[[], tuple[Sequence[Present], dict[str, int]]],
        changed: Callable[[], None],
    ) -> None:
        """Say what `say` gives every two seconds and at news, and hear the others."""

        async def heard(message: "Msg") -> None:
            if self._hear(message.subject, message.data):
                changed()

        client = connection.client
        await client.subscribe(names.presence(self._deployment), cb=heard)
        subject = names.presence(self._deployment, self._writer)
        while True:
            self._news.clear()
            present, holds = say()
            said = Said(self._writer, tuple(present)[:MOST_PRESENT], holds)
            data = msgspec.json.encode(said)
            if self._writer and len(data) <= MOST_BYTES and subject not in connection.denied:
                await client.publish(subject, data)
            await self._pause()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SAY_S):
                await self._news.wait()
                await asyncio.sleep(SAY_S / 10)  # several things that change at once are said once

    def _hear(self, subject: str, data: bytes) -> bool:
        """Take what a machine says; whether it says something new."""
        said = read(subject, data)
        if said is None or said.writer == self._writer:
            return False
        known = self.heard
        if said.writer not in self._heard and len(self._heard) >= MOST_WRITERS:
            if len(known) >= MOST_WRITERS:
                return False
            self._heard = known
        until = self._clock.monotonic() + SILENT_S
        self._heard = self._heard | {said.writer: Heard(said, self._clock.now(), until)}
        return said.writer not in known or known[said.writer].said != said


def read(subject: str, data: bytes) -> Said | None:
    """What a message says, cleaned and cut to size; None for what says nothing."""
    if len(data) > MOST_BYTES:
        return None
    try:
        said = msgspec.json.decode(data, type=Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if said.writer != names.last_of(subject) or not NAME.fullmatch(said.writer):
        return None
    present = (_clean(one) for one in said.present[:MOST_PRESENT] if _right(one, said.writer))
    holds = {
        writer: count
        for writer, count in list(said.holds.items())[:MOST_WRITERS]
        if NAME.fullmatch(writer) and 0 <= count < 1 << 53
    }
    return Said(said.writer, tuple(present), holds)


def _right(one: Present, writer: str) -> bool:
    return 0 <= one.since < MOST_SINCE and one.writer in {"", writer}


def _clean(one: Present) -> Present:
    return msgspec.structs.replace(
        one,
        id=clean(one.id, MOST_TEXT),
        name=clean(one.name, MOST_TEXT),
        roles=tuple(clean(role, MOST_TEXT) for role in one.roles[:MOST_LISTED]),
        host=clean(one.host, MOST_TEXT),
        runs=tuple(clean(run, MOST_TEXT) for run in one.runs[:MOST_LISTED]),
    )
