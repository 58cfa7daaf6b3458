"""Recorded minutes on request: what another machine read from its feeds, kept apart by writer.

Whoever asks is told of each feed a *sheet* (see `console.telemetry.sheet`) by its SHA-256 and size,
and asks for it by that hash. A sheet is what was recorded when it was asked for: it is set aside
until others take its place, so that nobody is given half of one and half of another.
"""

import asyncio
import contextlib
import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import nats.errors

from console.clock import Clock
from console.journal.reader import SUFFIX, writers
from console.sync import names
from console.sync.fetch import CHUNK, OFFSET, NotFetched, got
from console.sync.intake import MOST_WRITERS, NAME
from console.sync.link import Connection
from console.telemetry.sheet import (
    MOST_BYTES,
    Bad,
    Stretch,
    keep_sheet,
    recorded_feeds,
    sheet_of,
    stretch_of,
)
from console.telemetry.store import path_of

if TYPE_CHECKING:
    from nats.aio.msg import Msg

LIST = "list"
MOST_FEEDS = 32
MOST_HELD_BYTES = 2 * MOST_BYTES
FRESH_S = 5.0  # nobody makes us read all files again and again
TELL_S = 10.0  # files are read before they are told of
OBJECT_S = 1.0  # in which another may answer in a name that was heard
SHEET_S = 120.0
PATIENCE_S = 600.0


class _Sheet(msgspec.Struct, frozen=True):
    sha256: str
    size: int


class _Told(msgspec.Struct, frozen=True):
    """What a machine says that it has, by feed."""

    writer: str
    feeds: dict[str, _Sheet]


class Came(msgspec.Struct, frozen=True):
    """What came of a feed of `writer`: where it lies and which minutes, or `why` it did not."""

    writer: str
    feed: str
    sha256: str = ""
    stretch: Stretch = Stretch(0, None, None)
    place: Path | None = None
    why: str = ""


class _Held:
    """The sheets that were told of, the least asked for first; they go where it becomes too much.

    Threads take turns.
    """

    def __init__(self) -> None:
        self._sheets: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, data: bytes) -> _Sheet:
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._sheets.pop(digest, None)
            self._sheets[digest] = data
            while len(self._sheets) > 1 and sum(map(len, self._sheets.values())) > MOST_HELD_BYTES:
                self._sheets.pop(next(iter(self._sheets)))
        return _Sheet(digest, len(data))

    def part(self, digest: str, place: int, most: int) -> bytes:
        with self._lock:
            data = self._sheets.pop(digest, None)
            if data is None:
                return b""
            self._sheets[digest] = data
            return data[place : place + most]

    def clear(self) -> None:
        with self._lock:
            self._sheets.clear()


class Minutes:
    """What is recorded in a deployment's `telemetry/`, as machines ask for it and give it."""

    def __init__(self, directory: Path, deployment: str, writer: str, clock: Clock) -> None:
        """`writer` is whose machine this is; without a name nothing is given."""
        self._directory = directory
        self._deployment = deployment
        self._writer = writer
        self._clock = clock
        self._held = _Held()
        self._made: dict[str, tuple[float, _Sheet]] = {}

    async def serve(self, connection: Connection) -> None:
        """Tell and give what is asked for, while the connection lasts."""

        async def tell(message: "Msg") -> None:
            told = _Told(self._writer, await asyncio.to_thread(self._sheets))
            await message.respond(msgspec.json.encode(told))

        async def give(message: "Msg") -> None:
            if not OFFSET.fullmatch(message.data):
                await message.respond(b"")
                return
            chunk = min(CHUNK, connection.client.max_payload)
            asked = (names.last_of(message.subject), int(message.data), chunk)
            await message.respond(await asyncio.to_thread(self._held.part, *asked))

        if self._writer:
            client = connection.client
            await client.subscribe(names.telemetry(self._deployment, LIST), cb=tell)
            subject = names.telemetry(self._deployment, "*", self._writer)
            await client.subscribe(subject, cb=give)
        try:
            await asyncio.Event().wait()
        finally:
            self._made.clear()
            self._held.clear()

    async def fetch(self, connection: Connection) -> list[Came]:
        """Get what the machines that answer have recorded, of writers whose journal is here.

        Raises `NotFetched` where nobody answers.
        """
        came = []
        for writer, feeds in sorted((await self._told(connection)).items()):
            if feeds is None:
                came.append(Came(writer, "", why="two answer in its name: nothing is taken"))
            for feed, sheet in sorted((feeds or {}).items())[:MOST_FEEDS]:
                try:
                    came.append(await self._fetched(connection, writer, feed, sheet))
                except NotFetched as error:
                    came.append(Came(writer, feed, sheet.sha256, why=str(error)))
        return came

    async def _told(self, connection: Connection) -> Mapping[str, dict[str, _Sheet] | None]:
        """What each machine says that it has; None of one that says now this, now that."""
        client = connection.client
        known: dict[str, dict[str, _Sheet] | None] = {}
        expected = {one for one in await asyncio.to_thread(self._writers) if self._knows(one)}
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        subject = names.telemetry(self._deployment, LIST)
        await client.publish(subject, reply=inbox)
        with contextlib.suppress(nats.errors.Error, TimeoutError):
            end = self._clock.monotonic() + TELL_S
            for _ in range(2 * MOST_WRITERS):
                left = end - self._clock.monotonic() if expected - known.keys() else OBJECT_S
                data = (await answers.next_msg(max(0.01, left))).data
                with contextlib.suppress(msgspec.MsgspecError):
                    told = msgspec.json.decode(data, type=_Told)
                    if self._knows(told.writer):
                        same = known.get(told.writer, told.feeds) == told.feeds
                        known[told.writer] = told.feeds if same else None
        with contextlib.suppress(nats.errors.Error):
            await answers.unsubscribe()
        if subject in connection.denied:
            raise NotFetched(f"permission denied for publishing to {subject}")
        if not known:
            raise NotFetched("no other machine that is connected tells of any minutes")
        return known

    def _writers(self) -> list[str]:
        return writers(frozenset(os.listdir(self._directory / "journal")))  # noqa: PTH208 -- only the names

    def _knows(self, writer: str) -> bool:
        """Whether it is another machine's writer, of whom there are lines here."""
        if writer == self._writer or not NAME.fullmatch(writer):
            return False
        return (self._directory / "journal" / f"{writer}{SUFFIX}").is_file()

    async def _fetched(self, connection: Connection, writer: str, feed: str, sheet: _Sheet) -> Came:
        if not NAME.fullmatch(feed):
            raise NotFetched("that is no feed's name")
        if not 0 <= sheet.size <= MOST_BYTES:
            raise NotFetched(f"it is larger than {MOST_BYTES >> 20} MiB")
        place = path_of(self._directory, feed, writer)
        data = await asyncio.to_thread(_read, place)
        if hashlib.sha256(data).hexdigest() != sheet.sha256:
            subject = names.telemetry(self._deployment, sheet.sha256, writer)
            try:
                async with asyncio.timeout(SHEET_S):
                    data = await got(connection, subject, sheet.size)
            except (TimeoutError, nats.errors.Error):
                raise NotFetched("it stopped answering: try again") from None
            if hashlib.sha256(data).hexdigest() != sheet.sha256:
                raise NotFetched("what it sends has another hash than it told")
        try:
            stretch = await asyncio.to_thread(stretch_of, data, self._clock.now())
            await asyncio.to_thread(keep_sheet, self._directory, writer, feed, data)
        except Bad as error:
            raise NotFetched(f"refused: {error}") from None
        except OSError as error:
            raise NotFetched(f"it cannot be kept: {error.strerror}") from None
        return Came(writer, feed, sheet.sha256, stretch, place)

    def _sheets(self) -> dict[str, _Sheet]:
        """A sheet of each feed, as of now or of a few seconds ago."""
        sheets, now = {}, self._clock.monotonic()
        for feed in recorded_feeds(self._directory)[:MOST_FEEDS]:
            made = self._made.get(feed)
            if made is None or now - made[0] > FRESH_S:
                with contextlib.suppress(OSError):
                    made = (now, self._held.put(sheet_of(self._directory, feed)))
                    self._made[feed] = made
            if made is not None:
                sheets[feed] = made[1]
        return sheets


def _read(place: Path) -> bytes:
    try:
        return place.read_bytes() if place.is_file() else b""  # a pipe would make us wait
    except OSError:
        return b""
