"""Several deployments side by side: what each one's record says. No feed is asked."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from config.load import FILE_NAME, ConfigError, Loaded
from config.model import Deployment
from console.clean import clean
from console.domain.duties import Owed, owed
from console.domain.escalations import queue_of
from console.domain.state import State, Status
from console.executor.opening import OpenFailed
from console.journal import Corrupt
from console.journal.claimed import claimed_words
from console.presence import here
from console.room.opened import opened
from console.telemetry.store import path_of

TAIL_BYTES = 1_048_576
AT_ONCE = os.O_RDONLY | os.O_NONBLOCK  # a pipe would make us wait
Exposure = Literal["customer-facing", "internal"]


class Standing(msgspec.Struct, frozen=True):
    """Where one deployment stands, as recorded. Times are unix seconds of its own clock.

    `problem` is why it cannot be read, in a sentence: then the rest is empty. `trouble` is what is
    wrong with its journal, or with what is told of it. `elapsed_s` is how long the phase lasts,
    None before anything began. `rollback` is the latest one's state while it asks for a hand.
    `recorded_at` is the latest that is on record, entry or reading; None where nothing is.
    """

    directory: Path
    problem: str = ""
    trouble: str = ""
    agent: str = ""
    context: Exposure = "internal"
    status: Status = "preparing"
    phase: str = ""
    increment: int | None = None
    elapsed_s: float | None = None
    alerts: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    escalations: int = 0
    owed: tuple[Owed, ...] = ()
    rollback: str = ""
    watched: bool = False
    recorded_at: float | None = None
    now: float = 0.0

    @property
    def overdue(self) -> int:
        """How much of what is owed is overdue."""
        return sum(one.overdue for one in self.owed)

    @property
    def age_s(self) -> float | None:
        """How old the latest on record is, in seconds of its own clock."""
        return None if self.recorded_at is None else max(0.0, self.now - self.recorded_at)


def deployments_in(directory: Path) -> list[Path]:
    """The deployments that lie in a directory, by name; of one that cannot be read none."""
    try:
        with os.scandir(directory) as entries:
            names = [one.name for one in entries if not one.name.startswith(".")]
    except OSError:
        return []
    return [directory / name for name in sorted(names) if is_deployment(directory / name)]


def is_deployment(directory: Path) -> bool:
    """Whether there is a `warroom.toml`."""
    try:
        return (directory / FILE_NAME).is_file()
    except OSError:
        return False


def beside(directory: Path) -> list[Path]:
    """The deployments that lie where this one lies, itself among them."""
    return deployments_in(directory.resolve().parent)


def standings(directories: list[Path]) -> list[Standing]:
    """How each of them stands: internal agents first (Guide 2), then by name.

    What cannot be read comes last. Blocks: a journal is read and verified for each.
    """
    found = [standing(one) for one in directories]
    return sorted(found, key=lambda one: (bool(one.problem), one.context != "internal",
                                          one.agent.casefold(), one.directory.name))  # fmt: skip


def standing(directory: Path) -> Standing:
    """How one deployment stands. Blocks; raises nothing, for one must not hide the others."""
    try:
        return _standing(directory)
    except Exception as error:
        return Standing(
            directory, f"it cannot be told, by a fault of ours ({type(error).__name__})"
        )


def _standing(directory: Path) -> Standing:
    try:
        held = opened(directory, "", read_only=True, loaded=None, clock=None, demo=False)
    except ConfigError as error:
        more = len(error.problems) - 1
        told = f"{error.problems[0]}{f' (and {more} more)' if more else ''}"
        return Standing(directory, clean(told, 300))
    except (OpenFailed, Corrupt, OSError) as error:
        return Standing(directory, clean(str(error), 300))
    record, now = held.record, held.clock.now()
    record.journal.close()
    claimed = claimed_words(record.journal.claimed)
    trouble = "; ".join((*claimed, *([record.journal.trouble] if record.journal.trouble else [])))
    return _of(held.loaded, record.state, now, clean(trouble, 300))


def _of(loaded: Loaded, state: State, now: float, trouble: str) -> Standing:
    attempt, back = state.attempt, state.rollback
    read = _read_at(loaded.directory, loaded.deployment)
    known = [at for at in (read, state.last_at if state.entries else None) if at is not None]
    return Standing(
        loaded.directory,
        trouble=trouble,
        agent=clean(loaded.deployment.agent.name, 80),
        context=loaded.deployment.context.exposure,
        status=state.status,
        phase=attempt.phase,
        increment=attempt.increment,
        elapsed_s=max(0.0, now - attempt.entered_at - attempt.jumped_s) if state.attempts else None,
        alerts=tuple(clean(alert.rule, 80) for alert in state.firing),
        triggers=tuple(clean(name, 80) for name in state.triggers),
        escalations=queue_of(state.escalations).open,
        owed=tuple(owed(state, now)),
        rollback="" if back is None or back.state == "verified" else back.state,
        watched=any(one.recording for one in here(loaded.directory)),
        recorded_at=max(known, default=None),
        now=now,
    )


class _Commit(msgspec.Struct):
    """Of a line of recorded minutes, when its feed was asked."""

    at: float | None = None


def _read_at(directory: Path, deployment: Deployment) -> float | None:
    """When a feed was read last, by the ends of the recorded minutes; None if none was."""
    ends: list[float] = []
    for feed in deployment.feeds:
        with suppress(OSError), os.fdopen(os.open(path_of(directory, feed), AT_ONCE), "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            for line in file.read().splitlines():
                with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                    ends.append(msgspec.json.decode(line, type=_Commit).at or 0.0)
    return max(ends, default=0.0) or None
