"""What a room stands on: config, clock, journal and operator, opened together."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from config.load import Loaded, load
from console.clock import CLOCK_FILE, Clock, SavedClock, clock_for
from console.domain.entry import Actor
from console.executor.lastgood import LAST_GOOD, keep
from console.executor.opening import OpenFailed, actor_for, clock_mismatch, unmade
from console.journal import Unwritable
from console.journal.members import members_of
from console.journal.record import Record

if TYPE_CHECKING:
    from console.room.room import WarRoom


class Opened(msgspec.Struct, frozen=True):
    """`own_clock`: the deployment's own clock was taken, not one of the caller's."""

    loaded: Loaded
    clock: Clock
    record: Record
    actor: Actor
    own_clock: bool


def opened(
    directory: Path,
    who: str,
    *,
    read_only: bool,
    loaded: Loaded | None,
    clock: Clock | None,
    demo: bool,
) -> Opened:
    """See `WarRoom.open`. Raises `ConfigError` or `OpenFailed`."""
    if clock is None and (why := unmade(directory)):
        raise OpenFailed(why)
    loaded = loaded or load(directory)
    actor = actor_for(loaded.deployment, who)
    own = clock is None
    try:
        clock = clock or clock_for(loaded.directory)
    except (ValueError, KeyError):
        raise OpenFailed(f"{loaded.directory / CLOCK_FILE} is no clock of a demo") from None
    demo = demo or isinstance(clock, SavedClock)
    try:
        record = Record.open(
            loaded.directory,
            loaded.deployment.deployment,
            clock=clock,
            config_hash=loaded.sha256,
            actor=actor,
            read_only=read_only,
            demo=demo,
            members=members_of(loaded),
        )
    except (Unwritable, OSError) as error:
        raise OpenFailed(str(error)) from None
    if own and (wrong := clock_mismatch(loaded.directory, record, demo)):
        record.journal.close()
        raise OpenFailed(wrong)
    return Opened(loaded, clock, record, actor, own)


def settle(room: "WarRoom", loaded: Loaded, who: str) -> None:
    """What a room begins with. `OpenFailed` where a key says that `who` is somebody else."""
    if wrong := room.members.refuses(who):
        room.record.journal.close()
        raise OpenFailed(wrong)
    if not room.read_only and loaded.sha256 != LAST_GOOD:
        with suppress(OSError):
            keep(loaded)
        if room.state.config_sha256 in {"", loaded.sha256}:
            room.readiness.keep_accepted()
    room.readiness.broken(room.state)  # hashed here, before a screen waits for it
