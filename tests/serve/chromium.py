"""A real browser without a window, driven by its DevTools protocol."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

# Background traffic of the browser's own is off: what is left on the wire is the page's.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Drawn by WebGL it would cost more processor than the rest.
    *("--disable-3d-apis", "--disable-dev-shm-usage"),
    *("--window-size=1300,800", "--remote-debugging-port=0"),
)
# xterm.js keeps its terminal to itself; the test looks over its shoulder.
PEEP = """
Object.defineProperty(Object.prototype, "_core", {
  configurable: true,
  set(core) {
    if (typeof this.open === "function") window.terminal = this;
    Object.defineProperty(this, "_core", {value: core, writable: true, configurable: true});
  },
});
"""
ROWS = """
(() => {
  const lines = [];
  if (window.terminal) {
    const buffer = window.terminal.buffer.active;
    for (let y = 0; y < window.terminal.rows; y++)
      lines.push(buffer.getLine(y)?.translateToString(true) ?? "");
  }
  return lines.join("\\n");
})()
"""


# What the browser says of a program that ran on a page while another took its place.
LEFT = ("navigated or closed", "context was destroyed", "Cannot find default execution context")


class PageLeftError(Exception):
    """The page asked is not there any more; its successor can be asked."""


class Tab:
    """One page. `asked` are the addresses of all its requests, `frames` what its sockets sent."""

    def __init__(self, browser: "Chromium", session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target
        self.asked: list[str] = []
        self.said: list[str] = []

    async def call(self, method: str, **params: object) -> Any:
        return await self._browser.call(method, self._session, **params)

    def heard(self, method: str, params: Any) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(params["url"])
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def evaluate(self, program: str) -> Any:
        told = await self.call("Runtime.evaluate", expression=program, returnByValue=True)
        return told["result"].get("value")

    async def text(self) -> str:
        """What the page's terminal shows, and before that what the page says; "" between pages."""
        try:
            said, rows = await self.evaluate("document.body?.innerText"), await self.evaluate(ROWS)
        except PageLeftError:
            return ""
        return f"{said}\n{rows}"

    async def press(self, key: str, code: int = 0, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    async def shows(self, *words: str, seconds: float = 15.0) -> str:
        return await self.until(lambda text: all(word in text for word in words), seconds)

    async def until(self, condition: Callable[[str], bool], seconds: float = 15.0) -> str:
        text = ""
        try:
            async with asyncio.timeout(seconds):
                while not condition(text := await self.text()):
                    await _pause(0.1)
        except TimeoutError:
            pytest.fail(f"not within {seconds} s:\n{text}\n{self.said}")
        return text

    async def close(self) -> None:
        await self._browser.call("Target.closeTarget", targetId=self._target)


class Chromium:
    """The browser. Made by `chromium`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tabs: dict[str, Tab] = {}

    async def listen(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if (number := told.get("id")) is not None:
                if not (waits := self._waiting.pop(number)).done():
                    waits.set_result(told)
            elif (tab := self._tabs.get(told.get("sessionId", ""))) is not None:
                tab.heard(told["method"], told["params"])

    async def call(self, method: str, session: str = "", **params: object) -> Any:
        number = next(self._numbers)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        whose = {"sessionId": session} if session else {}
        await self._socket.send_json({"id": number, "method": method, "params": params, **whose})
        async with asyncio.timeout(20):
            told = await answer
        wrong = told.get("error", {}).get("message", "")
        if any(words in wrong for words in LEFT):
            raise PageLeftError(method)
        assert not wrong, f"{method}: {told}"
        return told["result"]

    async def tab(self) -> Tab:
        made = await self.call("Target.createTarget", url="about:blank")
        target = made["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        session = attached["sessionId"]
        tab = self._tabs[session] = Tab(self, session, target)
        for domain in ("Network", "Page", "Log"):
            await tab.call(f"{domain}.enable")
        await tab.call("Page.addScriptToEvaluateOnNewDocument", source=PEEP)
        return tab


@asynccontextmanager
async def chromium(home: Path) -> AsyncIterator[Chromium]:
    """Chromium with a profile of its own in `home`; skips where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium: install it, and run this again")
    profile = home / "profile"
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stderr=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        port, path = await _door(profile / "DevToolsActivePort")
        url = f"ws://127.0.0.1:{port}{path}"
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(url, max_msg_size=0) as socket,
        ):
            browser = Chromium(socket)
            listening = asyncio.create_task(browser.listen(), name="devtools")
            yield browser
            await browser.call("Browser.close")
            await listening
    finally:
        if process.returncode is None:
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _door(told: Path) -> list[str]:
    """Port and path that the browser is driven at, once it has told them."""
    async with asyncio.timeout(20):
        while len(lines := _lines(told)) != 2:
            await _pause(0.02)
        return lines


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


async def _pause(seconds: float) -> None:
    """Leave the processor to the browser, which is what is waited for."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
