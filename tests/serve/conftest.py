"""A deployment that is served, with everything that a deed could reach."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pyte
import pytest

from console.demo.run import config_values
from console.demo.traffic import Profile
from tests.actions.switch import Switch, running_switch
from tests.app.rooms import stand
from tests.executor.processes import Processes, wait

TAB = "console.cli.tab"
QUIET_S = 0.3


@dataclass
class Served:
    """`warroom serve`, running: its `url` with the token, and what it could change."""

    url: str
    directory: Path
    processes: Processes
    switch: Switch

    @property
    def origin(self) -> str:
        return self.url.partition("/?")[0]

    @property
    def tabs(self) -> list[int]:
        """The processes behind tabs."""
        return [one.pid for one in self.processes.living() if TAB in one.argv]

    def no_tab_is_left(self, seconds: float = 10.0) -> None:
        wait(lambda: not self.tabs, seconds, f"still there: {self.processes.living()}")


def serve(processes: Processes) -> tuple[int, str]:
    """Start it, and wait until it says where: its process, and the address with the token."""
    said = processes.place / "said"
    before = said.stat().st_size if said.exists() else 0
    process = processes.warroom("serve", processes.directory, "--port", "0")
    told: list[str] = []

    def tells() -> bool:
        text = said.read_bytes()[before:].decode()
        told[:] = re.findall(r"http://\S+", text)
        return "stop with ctrl+c" in text

    wait(tells, what=said.read_text())
    return process.pid, told[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("served")
    with running_switch() as switch:

        def reach(values: dict[str, Any]) -> None:
            armed = config_values(switch.url, Profile())
            values.update({name: armed[name] for name in ("traffic", "rollback", "suspensions")})

        standing = stand(place / "claims", reach)
        standing.reach_full()
        processes = Processes(place, standing.directory)
        try:
            _, url = serve(processes)
            yield Served(url, standing.directory, processes, switch)
        finally:
            processes.end()


@dataclass
class Page:
    """What a page is to the server: a socket that sends keys and gets a screen."""

    socket: aiohttp.ClientWebSocketResponse
    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(120, 40))

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    async def send(self, keys: str) -> None:
        await self.socket.send_json(["stdin", keys])

    async def until(self, condition: Callable[[str], object], seconds: float = 20.0) -> str:
        """Read until the screen is as wanted."""
        async with asyncio.timeout(seconds):
            while not condition(self.text):
                message = await self.socket.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, f"{message}\n{self.text}"
                self._stream.feed(message.data)
        return self.text

    async def again(self, keys: str, condition: Callable[[str], object]) -> None:
        """Send keys, and once more whenever all is quiet, until the screen is as wanted."""
        for _ in range(40):
            await self.send(keys)
            try:
                await self.until(condition, QUIET_S)
            except TimeoutError:
                continue
            return
        pytest.fail(self.text)

    async def sees(self, *words: str) -> str:
        try:
            return await self.until(lambda text: all(word in text for word in words))
        except TimeoutError:
            pytest.fail(self.text)


@asynccontextmanager
async def visitor(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that came by the token."""
    jar = aiohttp.CookieJar(unsafe=True)  # the host is an address
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": served.origin}) as client:
        async with client.get(served.url) as answer:
            assert answer.status == 200
        yield client


@asynccontextmanager
async def tab(client: aiohttp.ClientSession, served: Served) -> AsyncIterator[Page]:
    """A tab in it."""
    where = f"{served.origin}/ws?width=120&height=40"
    async with client.ws_connect(where, max_msg_size=0) as socket:
        yield Page(socket)
