"""How long the event loop stands still while the first notices load what sends them.

Run: python tests/bench/bench_notices.py
"""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

from config.model import Person
from console.clock import SystemClock
from console.domain.events_rollback import NoticeSent
from console.executor.notices import tell
from tests.feeds.server import Handler, running

PEOPLE = 5
TICK_S = 0.001


async def measure(url: str) -> tuple[float, list[float], list[NoticeSent]]:
    """Seconds until all were told, how late each tick of the loop came, what was told."""
    late: list[float] = []
    told: list[NoticeSent] = []
    named = {"roles": ["tech-lead"], "notify": [url]}
    people = [Person.model_validate({"name": f"p{n}", **named}) for n in range(PEOPLE)]

    never = asyncio.Event()

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), TICK_S)
            late.append(time.perf_counter() - began - TICK_S)

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    await tell("rb-1", people, Path(), "Title", "Text", told.append, SystemClock())
    took = time.perf_counter() - began
    ticking.cancel()
    return took, sorted(late), told


def take(handler: Handler) -> None:
    """An inbox that takes everything."""
    handler.reply(200, b"{}")


def main() -> None:
    """Measure and print."""
    with running() as server:
        server.answers["/notices"] = take
        url = f"json://127.0.0.1:{server.server_port}/notices"
        first = asyncio.run(measure(url))
        then = asyncio.run(measure(url))
    for name, (took, late, told) in (("first", first), ("then", then)):
        worst = ", ".join(f"{one * 1000:.1f}" for one in late[-3:])
        done = sum(one.outcome == "delivered" for one in told)
        sys.stdout.write(
            f"{name}: {done} of {PEOPLE} told in {took * 1000:.0f} ms; worst gaps {worst} ms\n"
        )


if __name__ == "__main__":
    main()
