"""Files on request: what the journal names by its SHA-256 and another machine has.

Nothing is fetched unasked, and nothing is given or asked for that no entry on disk names. Only a
file whose hash is right is ever put in its place.
"""

import asyncio
import contextlib
import hashlib
import mmap
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import nats.errors

from console.evidence import MOST_BYTES, keep_bytes
from console.journal.reader import SUFFIX
from console.sync import names
from console.sync.intake import NAME
from console.sync.link import Connection, Link

if TYPE_CHECKING:
    from nats.aio.msg import Msg

CHUNK = 256 * 1024
LEAST = 1024  # nobody feeds us byte by byte
MOST_ANSWERS = 32
OFFERS_S = 2.0
CHUNK_S = 10.0
APART_S = 60.0
_DIGEST = re.compile(r"[0-9a-f]{64}")
OFFSET = re.compile(rb"[0-9]{1,12}")

T = TypeVar("T")


class NotFetched(Exception):
    """The file is not here; the text says why."""


class _Offer(msgspec.Struct, frozen=True):
    writer: str
    size: int


class Evidence:
    """The files in a deployment's `evidence/`, as other machines ask for them and give them."""

    def __init__(self, directory: Path, deployment: str, writer: str) -> None:
        """`writer` is whose machine this is; without a name nothing is given."""
        self._directory = directory
        self._deployment = deployment
        self._writer = writer

    async def serve(self, connection: Connection) -> None:
        """Give what is asked for, while the connection lasts."""

        async def offer(message: "Msg") -> None:
            size = await asyncio.to_thread(self._size, names.last_of(message.subject))
            if size is not None:
                await message.respond(msgspec.json.encode(_Offer(self._writer, size)))

        async def give(message: "Msg") -> None:
            chunk = min(CHUNK, connection.client.max_payload)
            digest = names.last_of(message.subject)
            await message.respond(await asyncio.to_thread(self._part, digest, message.data, chunk))

        if self._writer:
            for writer, answer in (("any", offer), (self._writer, give)):
                subject = names.evidence(self._deployment, "*", writer)
                await connection.client.subscribe(subject, cb=answer)
        await asyncio.Event().wait()

    async def fetch(self, connection: Connection | None, digest: str) -> Path:
        """Where the file is, got from another machine if it was not here. `NotFetched`."""
        if not await asyncio.to_thread(self._named, digest):
            raise NotFetched(f"no entry names a file {digest[:12]}: nothing is asked for")
        place = self._directory / "evidence" / digest
        if await asyncio.to_thread(_whole, place):
            return place
        if connection is None:
            raise NotFetched("there is no connection to a broker: try again when there is one")
        why = "no machine that is connected has it"
        async for offer in self._offers(connection, digest):
            try:
                subject = names.evidence(self._deployment, digest, offer.writer)
                data = await got(connection, subject, offer.size)
            except (TimeoutError, nats.errors.Error):
                why = f"{offer.writer} has it and stopped answering: try again"
                continue
            if hashlib.sha256(data).hexdigest() == digest:
                await asyncio.to_thread(keep_bytes, self._directory, data)
                return place
            why = f"what {offer.writer} sends is another file than the journal names"
        raise NotFetched(why)

    async def _offers(self, connection: Connection, digest: str) -> AsyncIterator[_Offer]:
        """Who has the file, each once, as they answer."""
        client, known = connection.client, set[str]()
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        subject = names.evidence(self._deployment, digest)
        await client.publish(subject, reply=inbox)
        with contextlib.suppress(nats.errors.Error, TimeoutError):
            for _ in range(MOST_ANSWERS):
                data = (await answers.next_msg(OFFERS_S)).data
                with contextlib.suppress(msgspec.MsgspecError):
                    offer = msgspec.json.decode(data, type=_Offer)
                    fits = NAME.fullmatch(offer.writer) and 0 <= offer.size <= MOST_BYTES
                    if fits and offer.writer not in known:
                        known.add(offer.writer)
                        yield offer
            await answers.unsubscribe()

    def _size(self, digest: str) -> int | None:
        """How large the file is; None if it is not to be given."""
        try:
            size = (self._directory / "evidence" / digest).stat().st_size
        except (OSError, ValueError):
            return None
        return size if size <= MOST_BYTES and self._named(digest) else None

    def _part(self, digest: str, place: bytes, most: int) -> bytes:
        if not OFFSET.fullmatch(place) or self._size(digest) is None:
            return b""
        with (self._directory / "evidence" / digest).open("rb") as file:
            file.seek(int(place))
            return file.read(most)

    def _named(self, digest: str) -> bool:
        """Whether an entry on disk names `digest`."""
        if not _DIGEST.fullmatch(digest):
            return False
        for path in (self._directory / "journal").glob(f"*{SUFFIX}"):
            with (
                contextlib.suppress(OSError, ValueError),  # gone, or empty: no map of nothing
                path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
            ):
                if data.find(digest.encode()) >= 0:
                    return True
        return False


async def got(connection: Connection, subject: str, size: int) -> bytes:
    """The `size` bytes that are given on `subject` piece by piece, or what came of them.

    Raises `TimeoutError` or what the client raises where nobody answers any more.
    """
    data = bytearray()
    while len(data) < size:
        place = str(len(data)).encode()
        part = (await connection.client.request(subject, place, CHUNK_S)).data
        if len(part) < min(LEAST, size - len(data)):
            break
        data += part
    return bytes(data[:size])


async def fetch_apart(
    link: Link, fetch: Callable[[Connection], Awaitable[T]], patience_s: float = APART_S
) -> T:
    """What `fetch` gives over a connection of its own, where another process carries."""
    found: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def work(connection: Connection) -> None:
        try:
            found.set_result(await fetch(connection))
        except NotFetched as error:
            found.set_exception(error)
        await asyncio.Event().wait()

    linked = asyncio.create_task(link.run(lambda connection: [work(connection)]), name="fetch")
    try:
        async with asyncio.timeout(patience_s):
            return await found
    except TimeoutError:
        raise NotFetched(link.why or "nobody gave it in time: try again") from None
    finally:
        linked.cancel()
        await asyncio.gather(linked, return_exceptions=True)


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == path.name
    except OSError:
        return False
