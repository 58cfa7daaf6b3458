"""A rollback that another machine carries out: attach to it, and start an own run if it is silent.

Guide 3.5. The own run has the same keys and reads back before it acts, so that where the other
machine lives after all, nothing is done twice.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from console.bounded import within
from console.clock import Clock
from console.domain.state import State
from console.domain.state_rollback import Rollback
from console.domain.times import span
from console.executor.run import Run
from console.journal.record import WRITE_ERRORS, Record

SILENT_S = 30.0
# What a machine only says of itself is believed for so long after it last wrote of its run.
BELIEVED_S = 60.0
LEFT = ".sync.json"
LOOK_S = 0.25
DISK_S = 1.0

# How many seconds ago the machine of a writer said that it carries out a run; None if it never did.
Heard = Callable[[str, str], float | None]


class _Present(msgspec.Struct):
    writer: str
    runs: tuple[str, ...] = ()


class _Status(msgspec.Struct):
    present: tuple[_Present, ...] = ()


class _Left(msgspec.Struct):
    """What the process that syncs leaves in the journal's folder; see `console.sync.kept`."""

    at: float
    status: _Status


def told_in(directory: Path, clock: Clock) -> Heard:
    """What the process that syncs on this machine heard last. Reads a small file each time."""

    def heard(writer: str, run: str) -> float | None:
        try:
            left = msgspec.json.decode((directory / "journal" / LEFT).read_bytes(), type=_Left)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        said = any(one.writer == writer and run in one.runs for one in left.status.present)
        ago = clock.monotonic() - left.at
        return ago if said and ago >= 0 else None  # what was left before a restart tells nothing

    return heard


def unheard(_writer: str, _run: str) -> float | None:
    """Nobody tells: only what comes into the journal is a sign of life."""
    return None


def carried_elsewhere(
    state: State, own: str, now: float, heard: Heard = unheard
) -> Rollback | None:
    """The rollback that another machine carries out, if that was heard of in the last 30 s.

    `own` is the writer here, `now` unix seconds. A clock that is some seconds ahead elsewhere tells
    of no silence; one that is minutes off is not believed, and an own run does no harm.
    """
    held = state.rollback
    if held is None or held.state != "running" or held.runner in {"", own}:
        return None
    wrote = now - held.touched
    ago = heard(held.runner, held.id) if abs(wrote) < BELIEVED_S else None
    signs = [abs(wrote) if wrote < -BELIEVED_S else wrote, *([] if ago is None else [ago])]
    return held if min(signs) < SILENT_S else None


def silent_words(held: Rollback, own: str, now: float) -> str:
    """What is known of a run that another machine carried out; empty for one of `own`, the writer.

    `now` in unix seconds. That it is silent tells nothing of its process.
    """
    if held.runner in {"", own}:
        return ""
    ago = now - held.touched
    since = f" for {span(ago)}" if ago >= 0 else ""
    return f"nothing heard from {held.runner}{since}: its rollback may still run"


async def followed(
    run: Run, record: Record, clock: Clock, changed: Callable[[], None], heard: Heard = unheard
) -> bool:
    """Show `run` as the journal tells it until it ends; False once its machine is silent for 30 s.

    `record` takes in what comes from there. A disk that does not answer is silence too.
    """
    sign: tuple[float, str] = (0.0, "")
    since = clock.monotonic()
    while True:
        try:
            await within(DISK_S, record.refresh)
        except (TimeoutError, *WRITE_ERRORS):
            pass
        held = record.state.rollbacks.get(run.id)
        if held is None:
            return False
        run.steps, run.attached = held.steps, list(held.attached)
        if held.state != "running":
            run.state, run.why, run.ended = held.state, held.outcome_why, clock.monotonic()
            run.times.executed, run.times.verified = held.executed_at, held.verified_at
            changed()
            return True
        now = clock.monotonic()
        if sign != (held.touched, held.runner):
            sign, since = (held.touched, held.runner), now
            changed()
        ago = heard(held.runner, held.id)
        silent_s = now - since if ago is None else min(now - since, ago)
        if silent_s >= SILENT_S or now - since >= BELIEVED_S:
            return False
        await asyncio.sleep(LOOK_S)
