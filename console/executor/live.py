"""A run as others see it: a socket without a file, on which the executor tells how it goes.

It needs no disk, and only processes of the same account on the same machine are heard. Messages
are lines of JSON.
"""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from console.domain.entry import Actor
from console.domain.events_rollback import Answer
from console.executor.run import Run

BEAT_S = 1.0
REPLY_S = 5.0
MOST_BYTES = 1024 * 1024
_CREDENTIALS = struct.Struct("3i")


class Answered(msgspec.Struct, frozen=True, tag="answer"):
    """A person's word on a step that was asked about."""

    actor: Actor
    step: str
    answer: Answer
    remark: str = ""


class Attach(msgspec.Struct, frozen=True, tag="attach"):
    """A second trigger, fired while the run goes on."""

    actor: Actor
    trigger: str
    why: str = ""
    calls: tuple[str, ...] = ()


class Follow(msgspec.Struct, frozen=True, tag="follow"):
    """Ask to be told how the run goes, now and at each change."""


class Reply(msgspec.Struct, frozen=True):
    """What came of a request; `why` is empty if it was taken."""

    why: str = ""


Request = Answered | Attach | Follow
Handle = Callable[[Answered | Attach], Awaitable[str]]
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_runs = msgspec.json.Decoder(Run)
_replies = msgspec.json.Decoder(Reply)


class NotRunning(Exception):
    """Nobody of this account carries out a run here."""


def live_name(deployment: str, directory: Path) -> str:
    """What a deployment is called on the sockets: a copy elsewhere with the same id is another."""
    place = sha256(os.path.realpath(directory).encode()).hexdigest()[:16]
    return f"{deployment}.{place}"


def address(place: str, name: str) -> str:
    """The socket of a run at `place`, a `live_name`: "rollback", or a suspension's id."""
    return f"\0warroom/{os.getuid()}/{place}/{name}"


async def runs(place: str, name: str) -> bool:
    """Whether a process of this account carries out such a run there now."""
    try:
        _, writer = await _connect(place, name)
    except NotRunning:
        return False
    writer.close()
    return True


class Live:
    """The executor's side: shows `run` to whoever follows, and hands what they ask to `handle`."""

    def __init__(self, run: Callable[[], Run | None], handle: Handle) -> None:
        """Serve nothing yet."""
        self._run = run
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    async def open(self, where: str) -> str:
        """Begin to serve; why it cannot be done, empty if it can. A run goes on without."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(where)
            self._server = await asyncio.start_unix_server(
                self._serve, sock=listener, limit=MOST_BYTES
            )
        except OSError as error:
            listener.close()
            return f"others cannot follow it live: {error.strerror}"
        return ""

    def changed(self) -> None:
        """There is something new to show."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def close(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.changed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, msgspec.MsgspecError, asyncio.IncompleteReadError):
            if _of_this_account(writer):
                request = _requests.decode(await reader.readline())
                if isinstance(request, Follow):
                    await self._show(writer)
                else:
                    await _send(writer, Reply(await self._handle(request)))
        writer.close()

    async def _show(self, writer: asyncio.StreamWriter) -> None:
        while self._server is not None:
            news = self._news
            run = self._run()
            if run is not None:
                await _send(writer, run)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await news.wait()


async def follow(place: str, name: str) -> AsyncGenerator[Run, None]:
    """The run of this machine as it goes, until its process is gone. Raises `NotRunning`."""
    reader, writer = await _connect(place, name)
    try:
        await _send(writer, Follow())
        while line := await reader.readline():
            yield _runs.decode(line)
    except (OSError, ValueError, msgspec.MsgspecError):
        return
    finally:
        writer.close()


async def ask(place: str, name: str, request: Answered | Attach) -> str:
    """Hand a request to the run; why it was not taken, empty if it was. Raises `NotRunning`."""
    reader, writer = await _connect(place, name)
    try:
        async with asyncio.timeout(REPLY_S):
            await _send(writer, request)
            return _replies.decode(await reader.readline()).why
    except (TimeoutError, OSError, ValueError, msgspec.MsgspecError):
        raise NotRunning("the process that carries it out does not answer") from None
    finally:
        writer.close()


async def _connect(place: str, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        reader, writer = await asyncio.open_unix_connection(address(place, name), limit=MOST_BYTES)
    except OSError:
        raise NotRunning("no process of this account carries out a run here") from None
    if not _of_this_account(writer):
        writer.close()
        raise NotRunning("another account's process sits on the run's socket")
    return reader, writer


async def _send(writer: asyncio.StreamWriter, message: msgspec.Struct) -> None:
    writer.write(msgspec.json.encode(message) + b"\n")
    await writer.drain()


def _of_this_account(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end belongs to this account, or to the machine's administrator."""
    peer: socket.socket = writer.get_extra_info("socket")
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return uid in {os.getuid(), 0}
