"""Notices at once when somebody has written to the journal, by the sizes of its files."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from console.journal.reader import SUFFIX

GLANCE_S = 0.2


class Stirring:
    """Looks at the sizes only: what was written is another's to read and to verify."""

    def __init__(self, directory: Path) -> None:
        """Of the deployment at `directory`."""
        self._folder = directory / "journal"
        self._sizes: dict[str, int] = {}

    def mark(self) -> None:
        """What stands there now is known. Blocks."""
        self._sizes = self._look()

    async def follow(self, seconds: float, news: Callable[[], Awaitable[object]]) -> None:
        """For so long, wait for `news` as soon as something was written since the mark."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > GLANCE_S:
            await asyncio.sleep(GLANCE_S)
            sizes = await asyncio.to_thread(self._look)
            if sizes != self._sizes:
                self._sizes = sizes
                await news()
        await asyncio.sleep(max(0.0, left))  # the caller looks itself when the time is over

    def _look(self) -> dict[str, int]:
        try:
            with os.scandir(self._folder) as entries:
                return {one.name: one.stat().st_size for one in entries
                        if one.name.endswith(SUFFIX)}  # fmt: skip
        except OSError:  # the journal's own reader says what is wrong
            return {}
