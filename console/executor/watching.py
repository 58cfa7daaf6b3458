"""The trigger's metric after the outcome: watched until it has left the danger zone (Guide 3.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.clock import Clock
from console.domain.events import RollbackMetric
from console.executor.aftermath import EXECUTOR
from console.executor.run import Run
from console.executor.scribe import Scribe

if TYPE_CHECKING:
    from console.executor.witness import Witness

MOST_S = 600.0
LOOK_AGAIN_S = 2.0


async def watch_metric(
    run: Run, executed: float, witness: Witness, scribe: Scribe, clock: Clock
) -> None:
    """Put on record what the calls come to show, once they do or when ten minutes are over.

    Nothing for an outcome that is not verified, nor where it is known or no metric tells it.
    `executed` (unix seconds) is when the steps were over. Closes `witness`.
    """
    told = run.metric
    end = clock.monotonic() + MOST_S
    if run.state == "verified" and told in {"unknown", "not-yet"}:
        while run.metric != "left" and clock.monotonic() < end:
            await asyncio.sleep(LOOK_AGAIN_S)
            await witness.look(executed)
            run.metric, run.metric_why = witness.metric()
        if run.metric != told:
            scribe.put(EXECUTOR, [RollbackMetric(run.id, run.metric, run.metric_why)])
    await witness.close()
