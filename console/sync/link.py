"""The connection to the broker: tried without end, quietly, and told in words when it fails.

Each connection is a new client that does not reconnect by itself. So there is one place that
decides when to try again, and nothing outlives the connection that it was made for.
"""

import asyncio
import contextlib
import logging
import re
import secrets
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nats.aio.client import Client

from config.sync import Sync
from console.clock import Clock
from console.sync.keys import context, credentials
from console.sync.together import heed, together
from console.sync.words import Unreachable, lost, told

CONNECT_S = 5.0
DEADLINE_S = 12.0
CLOSE_S = 2.0
PING_S = 3
WATCH_S = 0.1
FIRST_PAUSE_S = 0.25
LASTING_S = 30.0
MOST_PAUSE_S = 3.3  # times the jitter of up to 1.5
_DENIED = re.compile(r"permissions violation for (publish|subscription) to \"([^\"]*)\"", re.I)

Serve = Callable[["Connection"], Sequence[Coroutine[Any, Any, None]]]

# A client that cannot go on says so with a logged traceback, which would end up on the screen.
_LOG = logging.getLogger("nats")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
# asyncio warns of TLS transports that are closed while they are read; nobody can do anything.
logging.getLogger("asyncio").addHandler(logging.NullHandler())


class _Client(Client):
    """A client that goes no further with a broker that offers no TLS where TLS was asked for."""

    def __init__(self, must_hide: bool) -> None:
        super().__init__()
        self._must_hide = must_hide
        self.cluster = ""

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if self._must_hide and initial_connection and not info.get("tls_required"):
            raise Unreachable("offers no TLS")
        if info.get("jetstream"):
            self.cluster = str(info.get("cluster") or "")
        await super()._process_info(info, initial_connection)

    def cut(self) -> None:
        """Let go of the socket at once: nobody may be there to take what was not sent."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()


class Connection:
    """One connection, for as long as it lasts. `denied` are the subjects it may not use."""

    def __init__(self, client: _Client) -> None:
        """Take over `client`, which is connected."""
        self.client = client
        self.denied: set[str] = set()


class Link:
    """Connects to the brokers of `config` in turn, whatever happens."""

    def __init__(self, config: Sync, directory: Path, clock: Clock) -> None:
        """Connect nowhere yet. Files of `config` are looked for from `directory` on.

        `ValueError` without a broker in `config`.
        """
        if config.nats is None:
            raise ValueError("[sync] names no broker")
        self._servers = config.nats
        self._credentials = _path(directory, config.credentials)
        self._ca = _path(directory, config.ca)
        self._clock = clock
        self._turn = 0
        self._address = ""
        self._whys: dict[str, Unreachable] = {}
        self.connection: Connection | None = None
        self.why = "not connected yet"

    @property
    def connected(self) -> bool:
        """Whether there is a connection that is served."""
        return self.connection is not None

    async def run(self, serve: Serve) -> None:
        """Keep a connection and do what `serve` gives over each, until cancelled.

        When one of these ends or fails, all end, and the next connection is tried.
        """
        pause = FIRST_PAUSE_S
        while True:
            began = self._clock.monotonic()
            try:
                async with contextlib.AsyncExitStack() as stack:
                    connection = await self._connect()
                    stack.push_async_callback(_closed, connection.client)
                    heed()
                    self.connection, self.why = connection, ""
                    await self._served(connection, serve)
            except Unreachable as error:
                if self._clock.monotonic() - began > LASTING_S:
                    self._whys.clear()  # what was wrong before it is wrong no more
                self._whys[self._address] = error
                telling = [one for one in self._whys.values() if one.up]
                self.why = str((telling or [error])[-1])
            finally:
                self.connection = None
            heed()
            pause = FIRST_PAUSE_S if self._clock.monotonic() - began > LASTING_S else pause
            await asyncio.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
            pause = min(pause * 2, MOST_PAUSE_S)

    async def _served(self, connection: Connection, serve: Serve) -> None:
        """Do what `serve` gives until something of it ends; `Unreachable` says why it did."""
        client = connection.client

        async def watch() -> None:
            # Its own call at the end comes late or never when the broker takes nothing any more.
            while not client.is_closed:  # noqa: ASYNC110 -- see above
                await asyncio.sleep(WATCH_S)

        error: Exception = ConnectionResetError()
        try:
            await together(watch(), *serve(connection))
        except Exception as caught:
            error = caught
        if client.is_closed:
            raise Unreachable(told(client.last_error or error, self._address))
        denied = sorted(one for one in connection.denied if one.startswith("$JS."))
        if denied:
            raise Unreachable(f"permission denied for {denied[0]}")
        raise lost(error, self._address, client.cluster)

    async def _connect(self) -> Connection:
        """A connection to the next of the brokers; `Unreachable` with the reason."""
        server = self._servers[self._turn % len(self._servers)]
        self._turn += 1
        self._address = urlsplit(server).netloc
        keys = await asyncio.to_thread(credentials, self._credentials)
        must_hide = server.startswith("tls:") or self._ca is not None
        tls = await asyncio.to_thread(context, self._ca)
        client = _Client(must_hide)
        connection = Connection(client)
        problems: list[Exception] = []

        async def failed(error: Exception) -> None:
            if found := _DENIED.search(str(error)):
                connection.denied.add(found[2])
            else:
                problems.append(error)

        try:
            async with asyncio.timeout(DEADLINE_S):
                await client.connect(
                    [server],
                    name="warroom",
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=int(CONNECT_S),
                    ping_interval=PING_S,
                    max_outstanding_pings=2,
                    tls=tls,
                    error_cb=failed,
                    **keys,
                )
        except Unreachable as error:
            await _closed(client)
            raise Unreachable(f"broker {self._address} {error}") from None
        except Exception as error:
            await _closed(client)
            raise Unreachable(told((problems or [error])[-1], self._address)) from None
        except BaseException:
            await _closed(client)
            raise
        return connection


async def _closed(client: _Client) -> None:
    """Close `client`, whose broker may hear nothing any more."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await client.close()
    client.cut()


def _path(directory: Path, text: str | None) -> Path | None:
    return None if text is None else directory / Path(text).expanduser()
