"""The proof of a rollback: fresh calls show who answers now (Guide 3.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from console.clock import Clock
from console.executor.run import Run
from console.executor.verdict import Verdict, outcome

if TYPE_CHECKING:
    from console.executor.witness import Witness

FRESH_WAIT_S = 120.0
BLIND_WAIT_S = 30.0
LOOK_AGAIN_S = 1.0


async def prove(
    run: Run,
    states: Mapping[str, str],
    witness: Witness,
    executed: float,
    clock: Clock,
    changed: Callable[[], None],
) -> tuple[Verdict, str]:
    """Look at fresh calls until they show the target, or the wait is over; the outcome and why.

    It is over sooner where no feed has answered since: then nobody will see who answers, and at
    once where a step is not verified. `executed` (unix seconds) is when the steps were over.
    """
    began = clock.monotonic()
    while True:
        fresh = await witness.look(executed)
        verdict, why = outcome(states, fresh)
        undone = not states or any(state != "verified" for state in states.values())
        wait = FRESH_WAIT_S if fresh.seen else BLIND_WAIT_S
        left = began + wait - clock.monotonic()
        if undone or verdict == "verified" or left <= 0:
            return verdict, why
        asks = "fresh calls" if wait == FRESH_WAIT_S else "a feed to answer"
        run.why = f"{why}; waiting for {asks}, {left:.0f} s more at most"
        changed()
        await asyncio.sleep(LOOK_AGAIN_S)
