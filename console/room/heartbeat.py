"""The dead man's signal: an address that is asked while the watch looks on.

Whoever listens there notices from outside when it falls silent. Its address is a secret, and not
even its host is told.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from config.model import MissingSecret
from config.watch import Watch
from console.clock import Clock
from console.domain.times import span
from console.net import Http, NetError

TICK_S = 1.0
DEADLINE_S = 10.0


class Heartbeat:
    """Asks its address while `well` says that the watch looks on."""

    def __init__(
        self, watch: Watch, directory: Path, clock: Clock, well: Callable[[], bool | None]
    ) -> None:
        """`well` is called on the event loop and must not block; None: another process beats."""
        self._watch = watch
        self._directory = directory
        self._clock = clock
        self._well = well
        self._taken_at: float | None = None
        self._wrong_since: float | None = None
        self._why = ""

    @property
    def troubles(self) -> tuple[str, ...]:
        """That it was not taken for a while, and why; nothing while it is only not asked."""
        if self._wrong_since is None:
            return ()
        lasted = span(self._clock.monotonic() - self._wrong_since)
        return (f"the heartbeat was not taken for {lasted}: {self._why}",)

    async def run(self) -> None:
        """Beat until cancelled."""
        if self._watch.heartbeat is None:
            return
        every = self._watch.heartbeat_every_s
        beaten_at: float | None = None
        async with Http() as http:
            while True:
                now = self._clock.monotonic()
                if beaten_at is None or now - beaten_at >= every:
                    well = self._looks_on()
                    if well or (well is False and self._watch.heartbeat_fail):
                        beaten_at = now
                        await self._beat(http, well=well)
                    else:
                        self._wrong_since = None  # silent on purpose
                await asyncio.sleep(min(TICK_S, every))

    def _looks_on(self) -> bool | None:
        try:
            return self._well()
        except Exception:  # what cannot even be asked is not well
            return False

    async def _beat(self, http: Http, *, well: bool) -> None:
        why = ""
        try:
            why = await self._ask(http, well=well)
        except Exception as error:  # whose text may hold the address
            why = f"a fault of ours ({type(error).__name__})"
        if not why:
            self._wrong_since = None
        elif self._wrong_since is None:
            self._wrong_since = self._clock.monotonic()
        self._why = why

    async def _ask(self, http: Http, *, well: bool) -> str:
        """Why it was not taken; empty if it was."""
        secret = self._watch.heartbeat
        if secret is None:
            return ""
        try:
            url = secret.reveal(self._directory).get_secret_value().strip()
        except MissingSecret as missing:
            return str(missing)
        try:
            answer = await http.fetch(
                "GET", url if well else _failing(url), deadline_s=DEADLINE_S, cap_bytes=65_536
            )
        except NetError as error:
            return error.kind
        except ValueError:
            return "it is no address"
        return "" if answer.status < 300 else f"refused with status {answer.status}"


def _failing(url: str) -> str:
    """Where a failure is told: `/fail` below the address, as healthchecks.io has it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
