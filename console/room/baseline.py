"""The baseline measured: from a log file, or from the feed of the existing process (Guide 4)."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import msgspec

from config.feed import Feed
from console.domain.minutes import Totals
from console.domain.series import Series
from console.domain.times import iso
from console.executor.opening import OpenFailed
from console.net import Http
from console.room.backtesting import NATIVE, source_of
from console.room.eyes import Eye
from console.room.room import WarRoom

LEAST_CALLS = 50
MEASURED = "baseline-measured"


class Measured(msgspec.Struct, frozen=True):
    """What a log shows: p95 in seconds and money a call, None where no call tells them.

    `source` says what was measured; `sha256` is of the file, or of the sums of a feed's minutes.
    """

    latency_p95: float | None
    cost_per_call: float | None
    n: int
    source: str
    sha256: str


async def measure(room: WarRoom, source: str, preset: str = "") -> Measured:
    """Measure `source`: the name of one of the deployment's feeds, or a file of JSON lines.

    A file is read by `preset`; without one as our own form, or else by the map of the feed that
    reads the agent's log. Raises `OpenFailed` if it cannot be read or holds fewer than 50 calls.
    """
    if source in room.eyes.each:
        await room.eyes.each[source].poll()
        series = room.eyes.each[source].series
        what = f"feed {source}"
        seen = msgspec.json.encode(sorted(series.minutes.items()))
        return _measured(series, what, hashlib.sha256(seen).hexdigest())
    path = await asyncio.to_thread(Path(source).resolve)
    if not await asyncio.to_thread(path.is_file):
        names = ", ".join(room.eyes.each)
        raise OpenFailed(f"{source} is neither a file nor a feed (feeds: {names})")
    digest = await asyncio.to_thread(_digest, path)
    series = await _read(room, path, {"preset": preset or NATIVE})
    if series.first is None and not preset:
        by = await asyncio.to_thread(source_of, room.deployment)
        series = await _read(room, path, {"preset": "", "fields": dict(by.fields)})
    return _measured(series, path.name, digest)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


async def _read(room: WarRoom, path: Path, how: dict[str, Any]) -> Series:
    """The minutes of a log file, read as a feed is read."""
    spec = Feed(id=MEASURED, kind="jsonl", path=str(path), **how)
    http = Http()
    deployment = room.deployment
    eye = Eye(spec, http, deployment.deployment, room.directory, room.clock, deployment.prices)
    try:
        await eye.poll()
        while eye.behind and not eye.error:
            await eye.poll()
    finally:
        eye.close()
        await http.aclose()
    if eye.error:
        raise OpenFailed(eye.error.replace(f"feed {MEASURED}", str(path)))
    return eye.series


def _measured(series: Series, what: str, sha256: str) -> Measured:
    if series.first is None or series.last is None:
        raise OpenFailed(f"{what} holds no call that could be measured")
    totals: Totals = series.window(series.last + 1, series.last + 1 - series.first)
    n = int(totals.calls)
    if n < LEAST_CALLS:
        raise OpenFailed(f"{what} holds {n} of the {LEAST_CALLS} calls that a baseline needs")
    span = f"{iso(series.first * 60.0)} to {iso((series.last + 1) * 60.0)}"
    return Measured(
        totals.p95, totals.cost_per_call, n, f"{what}, {n:,} calls measured, {span}", sha256
    )
