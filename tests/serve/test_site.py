"""The server by itself: how many tabs it bears, and a process that does not want to end."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from console.serve import session as session_module
from console.serve import site as site_module
from console.serve.door import Door
from console.serve.site import MOST_SESSIONS, Site

TOKEN = "t" * 30
HANGS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"


@asynccontextmanager
async def site(argv: Sequence[str]) -> AsyncIterator[tuple[aiohttp.ClientSession, Site]]:
    """A server with `argv` behind each tab, and a browser that was let in."""
    made = Site("claims <b>", argv, Door(TOKEN, "127.0.0.1"))
    jar = aiohttp.CookieJar(unsafe=True)  # the host is an address
    async with TestServer(made.app()) as server:
        origin = str(server.make_url("")).rstrip("/")
        async with aiohttp.ClientSession(
            origin, cookie_jar=jar, headers={"Origin": origin}
        ) as client:
            async with client.get(f"/?token={TOKEN}") as answer:
                assert answer.status == 200
            yield client, made


async def came(condition: Callable[[], object]) -> None:
    """Let the server go on until `condition` holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.to_thread(bool)


async def test_so_many_tabs_and_no_more() -> None:
    async with site(["cat"]) as (client, made):
        async with client.get("/") as answer:
            assert "claims &lt;b&gt;" in await answer.text()
        tabs = [await client.ws_connect("/ws") for _ in range(MOST_SESSIONS)]
        async with client.get("/") as answer:
            assert answer.status == 503
            assert "close one, then reload" in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await client.ws_connect("/ws")
        await tabs[0].close()
        await came(lambda: len(made._sockets) < MOST_SESSIONS)
        async with client.get("/") as answer:
            assert answer.status == 200


async def test_processes_that_take_long_to_end_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LEAVE_S", 0.2)
    async with site([sys.executable, "-c", HANGS]) as (client, made):
        monkeypatch.setattr(site_module, "MOST_PROCESSES", 2)
        for _ in range(2):
            await (await client.ws_connect("/ws")).close()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await client.ws_connect("/ws")
        await came(lambda: not made._sessions)
        await (await client.ws_connect("/ws")).close()


async def test_a_process_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LEAVE_S", 0.2)
    async with site([sys.executable, "-c", HANGS]) as (client, made):
        socket = await client.ws_connect("/ws")
        (session,) = made._sessions
        await came(lambda: session._process)
        process = session._process
        assert process is not None
        await socket.close()
        assert await process.wait() == -9
