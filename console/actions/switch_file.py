"""A traffic switch that is a value in a JSON file, such as flagd's: replaced as a whole."""

import asyncio
import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec

from config.switch import Switch
from console.actions.act import Sent
from console.actions.documents import NotThere, put_at, share_in, value_at
from console.actions.switch import Shown, Unreadable
from console.actions.switch_values import SwitchValues
from console.clean import clean

MOST_BYTES = 8 * 1024 * 1024


class FileHands:
    """Reads and replaces the file in a thread. Nothing else in it is changed."""

    repeats = True

    def __init__(self, switch: Switch, base: Path) -> None:
        """Take the switch as configured; a relative file starts at `base`."""
        self._switch = switch
        self._path = base / (switch.file or "")

    async def read(self, values: SwitchValues, deadline_s: float) -> Shown:
        """See `Hands.read`."""
        try:
            async with asyncio.timeout(deadline_s):
                return await asyncio.to_thread(self._read, values)
        except TimeoutError:
            raise Unreadable(f"{self._path} could not be read in {deadline_s:.2g} s") from None

    def _read(self, values: SwitchValues) -> Shown:
        raw, document = self._document()
        try:
            found = share_in(document, self._switch, values)
        except NotThere as why:
            raise Unreadable(clean(f"{self._path}: {why}", 300)) from None
        return Shown(found.share, found.phase, document=raw)

    def _document(self) -> tuple[bytes, Any]:
        try:
            with self._path.open("rb") as stream:
                raw = stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise Unreadable(clean(f"{self._path} cannot be read: {error.strerror}")) from None
        if len(raw) > MOST_BYTES:
            raise Unreadable(clean(f"{self._path} is over {MOST_BYTES // 1024 // 1024} MiB"))
        try:
            return raw, msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable(clean(f"{self._path} is not JSON")) from None

    async def write(self, values: SwitchValues, shown: Shown | None, deadline_s: float) -> Sent:
        """See `Hands.write`. What has changed since it was read is not overwritten."""
        try:
            async with asyncio.timeout(deadline_s):
                return await asyncio.to_thread(self._write, values, shown)
        except TimeoutError:
            return Sent("lost", clean(f"{self._path} was not written in {deadline_s:.2g} s"))

    def _write(self, values: SwitchValues, shown: Shown | None) -> Sent:
        try:
            raw, document = self._document()
            if shown is not None and shown.document != raw:
                return Sent("refused", clean(f"{self._path} has changed since it was read"))
            self._put(document, values)
        except (Unreadable, NotThere) as why:
            return Sent("unsent", clean(f"nothing was written: {why}", 300))
        try:
            self._replace(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
        except OSError as error:
            return Sent("refused", clean(f"{self._path} cannot be written: {error.strerror}"))
        return Sent("accepted", clean(f"{self._path} was written"))

    def _put(self, document: Any, values: SwitchValues) -> None:
        switch = self._switch
        share: int | float = values.share
        if switch.unit == "fraction":
            share = values.share / 100
        spots = [(switch.path, share), (switch.rest_path, 100 - values.share)]
        for path, value in spots:
            if path is not None:
                way = values.path(path)
                text = isinstance(value_at(document, way), str)
                put_at(document, way, f"{value:g}" if text else value)
        if switch.phase_path is not None:
            put_at(document, values.path(switch.phase_path), values.phase)

    def _replace(self, content: bytes) -> None:
        """Whole or not at all, with the mode that the file had, also through a link."""
        path = self._path.resolve()
        scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            mode = path.stat().st_mode & 0o7777
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            scratch.replace(path)
        finally:
            with contextlib.suppress(OSError):
                scratch.unlink()
