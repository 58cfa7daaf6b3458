"""`warroom sync --telemetry`: the minutes that other machines recorded, fetched and told of."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from console.cli.exits import DONE, REFUSED
from console.cli.say import say, warn
from console.domain.times import iso
from console.room import WarRoom

if TYPE_CHECKING:
    from console.sync.minutes import Came

SHOWN = 12


async def fetched_minutes(room: WarRoom) -> int:
    """Fetch them: 1 if some did not come, or are not those that the writer's gates name."""
    from console.sync.fetch import NotFetched

    try:
        came = await room.machines.fetch_minutes()
    except NotFetched as error:
        warn(f"no minutes fetched: {error}")
        return REFUSED
    for one in came:
        if one.why:
            warn(f"{', '.join(filter(None, (one.writer, one.feed)))}: {one.why}")
        else:
            say(_line(one))
    writers = sorted({one.writer for one in came if not one.why})
    await asyncio.to_thread(room.record.refresh)
    fine = [await asyncio.to_thread(_fits, room, writer) for writer in writers]
    if writers:
        say(
            "They lie apart, and no reading, alert or gate here looks at them: warroom report or "
            f"replay {room.directory} --minutes WRITER does"
        )
    return DONE if all(fine) and not any(one.why for one in came) else REFUSED


def _line(one: "Came") -> str:
    held = one.stretch
    if held.first is None or held.last is None:
        return f"{one.writer}, {one.feed}: no minute yet"
    return (
        f"{one.writer}, {one.feed}: {held.count:,} minutes, {iso(held.first * 60)} to "
        f"{iso(held.last * 60 + 60)}, SHA-256 {one.sha256[:SHOWN]}: {one.place}"
    )


def _fits(room: WarRoom, writer: str) -> bool:
    from console.room.given import fit_of

    fit = fit_of(room.directory, room.record.entries, writer)
    if fit.differing:
        warn(
            f"✗ {writer}: {_some(fit.differing)} of its {fit.named} gate decisions name other "
            "minutes than it gave (calls may have come late, or telemetry was changed)"
        )
    elif fit.named:
        say(f"✓ {writer}: the same minutes, by hash, as its {fit.named} gate decisions name")
    else:
        say(f"{writer}: none of its entries names minutes by hash; they are its word alone")
    return not fit.differing


def _some(entries: Iterable[str]) -> str:
    shown = list(entries)
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return f"{', '.join(shown[:3])}{more}"
