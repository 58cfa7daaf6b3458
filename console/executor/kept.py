"""The order that is carried out, kept aside so that it can be gone on with after a crash."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from console.executor.handover import Fired, Prepared, Prior, line
from console.journal.home import default_home

NAME = "rollback-order"
# What was begun longer ago and never verified is not what somebody fires again.
EARLIER_S = 24 * 3600.0


class _Mark(msgspec.Struct, frozen=True):
    """As in `Kept`."""

    at: float
    started: float
    outcome: str = ""


class Kept(msgspec.Struct, frozen=True):
    """A rollback as it was fired: its order names the run, and the attempt that the keys are of.

    `at` is when it was kept (`Clock.now`), `started` when it was fired (`Clock.monotonic`);
    `outcome` is empty until it ended.
    """

    prepared: Prepared
    fired: Fired
    at: float
    started: float
    outcome: str = ""

    @property
    def prior(self) -> Prior:
        """What another process must know of it where the journal does not tell."""
        order = self.fired.order
        return Prior(getattr(order, "rollback", ""), getattr(order, "attempt", ""), self.started)

    @property
    def gone_on_with(self) -> Fired:
        """The order to go on with it."""
        return msgspec.structs.replace(self.fired, resume=True, prior=self.prior)


def keep(deployment: str, what: Kept) -> None:
    """Keep it, readable by this account alone, as the last good config is. `OSError`."""
    path = _path(deployment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        mark = _Mark(what.at, what.started, what.outcome)
        file.write(line(what.prepared) + line(what.fired) + line(mark))
        file.flush()
        os.fdatasync(file.fileno())
    scratch.replace(path)


def kept(deployment: str, directory: Path) -> Kept | None:
    """What was kept of the deployment at `directory`, if anything was and can be read.

    A copy elsewhere with the same id is another deployment.
    """
    try:
        first, second, third = _path(deployment).read_bytes().splitlines()
        prepared = msgspec.json.decode(first, type=Prepared)
        fired = msgspec.json.decode(second, type=Fired)
        mark = msgspec.json.decode(third, type=_Mark)
    except (OSError, ValueError):
        return None
    if os.path.realpath(prepared.directory) != os.path.realpath(directory):
        return None
    return Kept(prepared, fired, mark.at, mark.started, mark.outcome)


def earlier(deployment: str, directory: Path, now: float) -> Prior | None:
    """The rollback that was kept, if it may still be the one that somebody fires again `now`."""
    found = kept(deployment, directory)
    return found.prior if found is not None and now - found.at < EARLIER_S else None


def forget(deployment: str) -> None:
    """Keep it no longer: the rollback is verified."""
    with suppress(OSError):
        _path(deployment).unlink()


def _path(deployment: str) -> Path:
    return default_home(deployment) / NAME
