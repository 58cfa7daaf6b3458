"""HAProxy's runtime API: the weights of two servers, set and read back over its stats socket."""

import asyncio
import re
from contextlib import suppress

from config.switch import Switch
from console.actions.act import Sent
from console.actions.switch import Shown, Unreadable
from console.actions.switch_values import SwitchValues
from console.clean import clean

_WEIGHT = re.compile(r"(\d{1,3}) \(initial \d{1,3}\)\s*")
_CAP_BYTES = 4096


class _Broken(Exception):
    """No full answer; the text is a clause. `sent` says that the question may have arrived."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class HaproxyHands:
    """A connection for each command: HAProxy closes it after its answer."""

    repeats = True  # the same weight may be set twice

    def __init__(self, switch: Switch) -> None:
        """Take the switch as configured."""
        self._socket = switch.socket or ""
        self._candidate = f"{switch.backend}/{switch.candidate}"
        self._stable = f"{switch.backend}/{switch.stable}"

    async def read(self, values: SwitchValues, deadline_s: float) -> Shown:
        """See `Hands.read`."""
        try:
            async with asyncio.timeout(deadline_s):
                candidate = await self._weight(self._candidate)
                stable = await self._weight(self._stable)
        except TimeoutError:
            raise Unreadable(f"no full answer from {self._socket} in {deadline_s:.2g} s") from None
        except _Broken as why:
            raise Unreadable(clean(f"{self._socket} {why}", 300)) from None
        if not candidate + stable:
            raise Unreadable(f"{self._candidate} and {self._stable} both have the weight 0")
        return Shown(100 * candidate / (candidate + stable))

    async def _weight(self, server: str) -> int:
        told = await self._ask(f"get weight {server}")
        match = _WEIGHT.fullmatch(told.strip())
        if match is None:
            raise _Broken(f'says of {server}: "{clean(told.strip(), 120)}"', sent=True)
        return int(match[1])

    async def write(self, values: SwitchValues, shown: Shown | None, deadline_s: float) -> Sent:
        """See `Hands.write`."""
        orders = [(self._candidate, values.share), (self._stable, 100 - values.share)]
        # What rises goes first: so no moment has nobody to serve, or more on the candidate than
        # before and after.
        if shown is not None and shown.share > values.share:
            orders.reverse()
        some = False
        try:
            async with asyncio.timeout(deadline_s):
                for server, weight in orders:
                    told = (await self._ask(f"set weight {server} {weight}")).strip()
                    if told:
                        why = f'HAProxy says of {server}: "{clean(told, 120)}"'
                        return Sent("lost" if some else "refused", clean(why))
                    some = True
        except TimeoutError:
            return Sent("lost", f"no full answer from {self._socket} in {deadline_s:.2g} s")
        except _Broken as why:
            return Sent("lost" if some or why.sent else "unsent", clean(f"{self._socket} {why}"))
        return Sent("accepted", f"{self._socket} took both weights")

    async def _ask(self, command: str) -> str:
        try:
            reader, writer = await self._connected()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise _Broken(f"cannot be reached: {why}", sent=False) from None
        try:
            writer.write(f"{command}\n".encode())
            await writer.drain()
            told = await reader.read(_CAP_BYTES)
            while (more := await reader.read(_CAP_BYTES)) and len(told) < _CAP_BYTES:
                told += more
        except OSError:
            raise _Broken("broke the connection off", sent=True) from None
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if not told.endswith(b"\n"):
            raise _Broken("gave no full answer", sent=True)
        return told.decode("utf-8", "replace")

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._socket.startswith("/"):
            return await asyncio.open_unix_connection(self._socket)
        host, _, port = self._socket.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))
