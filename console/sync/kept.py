"""What the process that syncs leaves for the others of its machine, and for its successor.

One small file beside the journals: how it stands, and how far the broker's stream was read.
"""

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import msgspec

from console.clock import Clock
from console.sync.status import SyncStatus
from console.sync.tally import Tally

FILE = ".sync.json"
STALE_S = 15.0


class Kept(msgspec.Struct):
    """`at` is when it was written, by the machine's own monotonic clock."""

    at: float = -1.0
    status: SyncStatus = msgspec.field(default_factory=SyncStatus)
    tally: Tally = msgspec.field(default_factory=Tally)

    def told(self, clock: Clock) -> SyncStatus:
        """How it stands by what was left, if that was just now; a restart of the machine is not."""
        if 0 <= clock.monotonic() - self.at <= STALE_S:
            return self.status
        why = "the process that synced here is gone" if self.at >= 0 else "nothing syncs here"
        return replace(self.status, state="alone", why=why, present=())


def read(folder: Path) -> Kept:
    """What stands in `folder`; nothing where that cannot be read. Blocks."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Kept()


def write(folder: Path, kept: Kept) -> None:
    """Leave `kept` in `folder`, whole or not at all. Blocks; `OSError` if the disk refuses."""
    scratch = folder / f"{FILE}.new"
    try:
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(fd, 0o600 | (folder.stat().st_mode & 0o044))
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.encode(kept))
        scratch.replace(folder / FILE)
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise
