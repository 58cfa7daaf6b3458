"""`warroom sync`: this machine's lines to the others and theirs here, without a console."""

import asyncio
import contextlib
from argparse import Namespace
from pathlib import Path

from console.cli.company import sync_sentences
from console.cli.deeds import who_is
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.live import seconds
from console.cli.running import run as finished
from console.cli.running import told_to_stop
from console.cli.say import say, say_now, warn
from console.cli.sync_minutes import fetched_minutes
from console.room import OpenFailed, WarRoom
from console.sync.healed import Healed
from console.sync.status import SyncStatus

LOOK_S = 0.1


def run(args: Namespace) -> int:
    """0 once stopped, or with `--once` once in step; 3 if nobody was reached.

    1 if lines were refused, with `--evidence` where a file that is named is still not here, and
    with `--telemetry` where minutes did not come or are not those that gate decisions name.
    """
    within_s = seconds(args.within)
    room = WarRoom.open(args.dir, who=who_is(args))
    if not room.machines.on:
        raise OpenFailed(
            "warroom.toml names no other machines: set nats or dir in [sync], or bring lines by "
            "hand with warroom journal import"
        )
    return finished(_carried(room, args, within_s))


async def _carried(room: WarRoom, args: Namespace, within_s: float | None) -> int:
    stop = told_to_stop()
    room.company.enter("sync")
    await asyncio.to_thread(room.company.look)
    tasks = [
        asyncio.create_task(room.machines.run(room.members.wake), name="machines"),
        asyncio.create_task(room.members.run(lambda: None), name="members"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    try:
        if args.once or args.evidence or args.telemetry:
            code = await _once(room, stop, within_s or 30.0)
            if code == DONE and args.evidence:
                code = await _fetched(room)
            if code != UNREACHED and args.telemetry:
                code = max(code, await fetched_minutes(room))
            return code
        await _told(room, stop, within_s)
        return DONE
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        await room.close()


async def _once(room: WarRoom, stop: asyncio.Event, within_s: float) -> int:
    """Wait until nothing is on its way any more."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    await _pause(stop)  # what another process told is no news of ours
    while not (_in_step(room.machines.status) or stop.is_set()) and loop.time() < end:
        await _pause(stop)
    status = room.machines.status
    say(*sync_sentences(status, room.clock.now()))
    if not _in_step(status):
        return UNREACHED
    return REFUSED if status.refused else DONE


def _in_step(status: SyncStatus) -> bool:
    return status.state == "synced" and not (status.waiting or status.missing)


async def _told(room: WarRoom, stop: asyncio.Event, how_long: float | None) -> None:
    """Say each change of the state until stopped."""
    say_now("syncing; stop with ctrl+c")
    loop = asyncio.get_running_loop()
    end = None if how_long is None else loop.time() + how_long
    said: tuple[object, ...] = ()
    healed = Healed()
    refused: set[str] = set()
    while not stop.is_set() and (end is None or loop.time() < end):
        await asyncio.to_thread(room.company.look)
        status = room.machines.status
        if said != (status.state, status.why):
            said = (status.state, status.why)
            for line in sync_sentences(status, room.clock.now())[:1]:
                say_now(line)
        if told := healed.look(status, room.clock.now()):
            say_now(f"{told[0].upper()}{told[1:]}.")
        new = {f"REFUSED, {one.words}" for one in status.refused} - refused
        warn(*sorted(new))
        refused |= new
        await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            await stop.wait()


async def _fetched(room: WarRoom) -> int:
    """Fetch every file of evidence that the journal names and that is not here."""
    from console.reports.evidence_list import evidence_list
    from console.sync.fetch import NotFetched

    await asyncio.to_thread(room.record.refresh)
    found = await asyncio.to_thread(evidence_list, room.directory, room.record.entries)
    missing = [one.sha256 for one in found.kept if one.state == "missing"]
    left = 0
    for digest in missing:
        try:
            place: Path = await room.machines.fetch(digest)
        except NotFetched as error:
            left += 1
            warn(f"{digest[:12]}: {error}")
        else:
            say(f"{digest[:12]} fetched: {place}")
    say(f"{len(missing) - left} of {len(missing)} missing files of evidence fetched")
    return REFUSED if left else DONE
