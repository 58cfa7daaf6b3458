"""A cable between a machine and the broker that a test can pull."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Cable:
    """Passes bytes on, until it is pulled: then nothing more arrives, and nobody is told."""

    def __init__(self) -> None:
        """Nothing is plugged in."""
        self.port = 0
        self._in = asyncio.Event()
        self._in.set()

    def pull(self) -> None:
        """Let nothing through."""
        self._in.clear()

    def plug(self) -> None:
        """Let everything through again, what was held up with it."""
        self._in.set()

    @contextlib.asynccontextmanager
    async def to(self, port: int) -> AsyncIterator["Cable"]:
        """Lead to `port` of this machine."""
        tasks: set[asyncio.Task[None]] = set()

        async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._in.wait()
            with contextlib.suppress(OSError):
                far, back = await asyncio.open_connection("127.0.0.1", port)
                for ends in ((reader, back), (far, writer)):
                    tasks.add(asyncio.ensure_future(self._pass(*ends)))

        server = await asyncio.start_server(met, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    await self._in.wait()
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.transport.abort()
