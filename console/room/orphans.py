"""Suspensions whose process is gone: on record as unknown, so that none stands there for ever."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from console.bounded import within
from console.clock import Clock
from console.domain.events import Event, SuspensionFinished
from console.domain.state import State
from console.executor.aftermath import EXECUTOR
from console.executor.lock import RunLock
from console.journal.record import WRITE_ERRORS, Record

DISK_S = 1.0
GONE = "its process is gone: nobody can say how far it came; fire it again, it looks first"


async def close_orphans(record: Record, directory: Path, clock: Clock) -> None:
    """End what nobody carries out any more; what cannot be written now is tried again."""
    running = [run for run in record.state.suspensions.values() if run.state == "running"]
    for run in running:
        close = partial(_close, record, RunLock(directory, run.suspension), run.id, clock.now)
        with suppress(TimeoutError, *WRITE_ERRORS):
            await within(DISK_S, close)


def _close(record: Record, lock: RunLock, run: str, now: Callable[[], float]) -> None:
    def over(state: State) -> list[Event]:
        held = state.suspensions[run]
        if held.state != "running":
            return []
        return [SuspensionFinished(run, "unknown", GONE, round(max(0.0, now() - held.at), 3))]

    if not lock.taken():
        record.transact(EXECUTOR, over)
