"""One tab: the process behind it, which speaks to the page through textual-serve's own service."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

import console

LEAVE_S = 4.0  # real; then it is killed
STARTS, SCREEN = b"__GANGLION__\n", b"D"  # of Textual's web driver
NARROWEST, WIDEST = 20, 500


class Session(AppService):
    """A console of its own for a websocket, without a shell, and gone when the tab is.

    What it says on its error output goes to the server's.
    """

    def __init__(self, argv: Sequence[str], socket: web.WebSocketResponse) -> None:
        """Start nothing yet; `argv` is what runs behind the tab."""
        super().__init__(
            "",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=partial(_close, socket),
            download_manager=DownloadManager(),
        )
        self._argv = argv
        self._turn = asyncio.Lock()

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        """See `AppService`. Who is at the keys of this machine is not who looks at the page."""
        home = str(Path(console.__file__).parents[1])
        path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        given = super()._build_environment(width, height)
        given.pop("WARROOM_AS", None)
        given.pop("TEXTUAL_DRIVER")
        return {**given, "PYTHONPATH": path}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """See `AppService`; in a group of its own, so that ctrl+c reaches the server alone."""
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=PIPE,
            stdout=PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Pass on what the process sends until it ends; then the page is told that it has.

        Files and addresses of other pages, which it could send too, go no further.
        """
        process = self._process
        if process is None or process.stdout is None:
            return
        out = process.stdout
        with suppress(asyncio.IncompleteReadError):
            await out.readuntil(STARTS)
            while True:
                kind, size = await out.readexactly(1), await out.readexactly(4)
                payload = await out.readexactly(int.from_bytes(size, "big"))
                if kind == SCREEN:
                    # A page that went away is no reason to leave the process waiting.
                    with suppress(ConnectionError, RuntimeError):
                        await self.remote_write_bytes(payload)
        with suppress(ConnectionError, RuntimeError):
            await self.remote_close()

    async def stop(self) -> None:
        """End the process, and wait for it; whoever asks again waits too."""
        async with self._turn:
            process, self._process = self._process, None
            if process is None:
                return
            try:
                async with asyncio.timeout(LEAVE_S):
                    await self.send_meta({"type": "quit"})
                    self.stdin.close()
                    await process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait({self._task})


def within(size: object) -> int:
    """A number of columns or rows as a page sent it; what is none becomes the least."""
    wanted = int(size) if isinstance(size, int | float | str) and str(size).isdigit() else 0
    return min(WIDEST, max(NARROWEST, wanted))


async def _close(socket: web.WebSocketResponse) -> None:
    await socket.close()
