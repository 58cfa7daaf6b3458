"""How soon journals meet over a broker, and whether anything is lost when it dies.

Run: python tests/bench/bench_sync.py

(a) A fresh member catches up with 10,000 entries and verifies them: under 5 s. Before that, how
long their writer takes to publish them. (b) The broker is killed and started again ten times while
two members write: nothing lost, doubled or forked. (c) From a line's sync on one machine to the
line on disk on the other: p99 under 1 s. Exit 1 if a bound is broken.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nats.aio.client import Client

from console.journal.verify import verify
from console.sync import names
from tests.journal.desk import DEPLOYMENT
from tests.sync.broker import Broker
from tests.sync.member import Member, look_again, until

ENTRIES = 10_000
CAUGHT_UP_S = 5.0
KILLS = 10
BURST = 300
DEEDS = 500
DEED_S = 1.0


async def main() -> int:
    """Print what was measured; 1 if a bound is broken."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        broken = []
        for number, part in enumerate((_catch_up, _kills, _deeds)):
            (place / str(number)).mkdir()
            broker = Broker(place / str(number) / "broker").start()
            try:
                broken += await part(place / str(number), broker)
            finally:
                broker.kill()
    for one in broken:
        _say(f"BROKEN: {one}")
    return 1 if broken else 0


async def _catch_up(place: Path, broker: Broker) -> list[str]:
    here, there = Member(place / "here", broker.sync), Member(place / "there", broker.sync)
    for _ in range(ENTRIES // 1000):
        here.write(1000)
    async with here.carrying():
        spent = await _timed(lambda: here.is_in("synced"))
        _say(f"publish  {ENTRIES:,} entries, {len(here.lines()) / 1e6:.1f} MB: {spent:6.2f} s")
        before = time.process_time()
        async with there.carrying():
            spent = await _timed(lambda: there.has(here) and there.is_in("synced"))
        cpu = time.process_time() - before
    whole = verify(there.directory)
    _say(f"catch up {ENTRIES:,} entries, verified: {spent:6.2f} s, {cpu:.2f} s of CPU")
    broken = [f"caught up in {spent:.1f} s"] if spent >= CAUGHT_UP_S else []
    return broken if whole.ok else [*broken, "the copy does not verify"]


async def _kills(place: Path, broker: Broker) -> list[str]:
    members = [Member(place / name, broker.sync) for name in ("here", "there")]
    here, there = members
    async with here.carrying(), there.carrying():
        for turn in range(KILLS):
            mark = len(here.lines(there.writer))
            for one in members:
                one.write(BURST)
                one.carrier.wake()
            if turn % 2:  # in the middle: something has gone through, and more waits
                await until(lambda mark=mark: len(here.lines(there.writer)) > mark)  # type: ignore[misc]  # a lambda with a default
            broker.kill()
            for one in members:
                one.write(BURST)
            broker.start()
        await until(lambda: here.has(there) and there.has(here))
        await until(lambda: here.is_in("synced") and there.is_in("synced"))
    client = Client()
    await client.connect(broker.url)
    info = await client.jetstream().stream_info(names.stream(DEPLOYMENT))
    await client.close()
    written = sum(len(one.lines().splitlines()) for one in members)
    doubled = info.state.messages - written
    refused = [one for member in members for one in member.refused]
    whole = all(verify(one.directory).ok for one in members)
    _say(
        f"kills    {KILLS} under load, {written:,} entries: {max(0, -doubled)} lost, "
        f"{max(0, doubled)} doubled, {len(refused)} refused; files equal and verified: {whole}"
    )
    return [] if not doubled and not refused and whole else ["lost, doubled, refused or unequal"]


async def _deeds(place: Path, broker: Broker) -> list[str]:
    here, there = Member(place / "here", broker.sync), Member(place / "there", broker.sync)
    here.write()
    taken = []
    async with here.carrying(), there.carrying():
        await until(lambda: there.has(here) and here.is_in("synced"))
        file = there.directory / "journal" / f"{here.writer}.jsonl"
        for _ in range(DEEDS):
            size = file.stat().st_size
            await asyncio.to_thread(here.write)
            here.carrier.wake()
            taken.append(await _timed(lambda size=size: file.stat().st_size > size, 0.0005))  # type: ignore[misc]  # a lambda with a default
    cuts = statistics.quantiles(taken, n=100)
    _say(f"deed     on disk there: p50 {cuts[49] * 1e3:.1f} ms, p99 {cuts[98] * 1e3:.1f} ms")
    return [f"p99 of {cuts[98]:.2f} s"] if cuts[98] >= DEED_S else []


async def _timed(condition: Callable[[], bool], step: float = 0.005) -> float:
    began = time.perf_counter()
    async with asyncio.timeout(120):
        while not condition():
            await look_again(step)
    return time.perf_counter() - began


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
