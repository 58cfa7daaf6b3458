"""The order that is carried out, kept aside so that it can be gone on with after a crash."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from console.executor.handover import Fired, Prepared, line
from console.journal.home import default_home

NAME = "rollback-order"


def keep(deployment: str, prepared: Prepared, fired: Fired) -> None:
    """Keep both, readable by this account alone, as the last good config is. `OSError`."""
    path = _path(deployment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_suffix(".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(line(prepared) + line(fired))
        file.flush()
        os.fdatasync(file.fileno())
    scratch.replace(path)


def kept(deployment: str) -> tuple[Prepared, Fired] | None:
    """What was kept, if anything was and can be read."""
    try:
        first, second = _path(deployment).read_bytes().splitlines()
        prepared = msgspec.json.decode(first, type=Prepared)
        return prepared, msgspec.json.decode(second, type=Fired)
    except (OSError, ValueError):
        return None


def forget(deployment: str) -> None:
    """Keep it no longer: the run has come to its end."""
    with suppress(OSError):
        _path(deployment).unlink()


def _path(deployment: str) -> Path:
    return default_home(deployment) / NAME
