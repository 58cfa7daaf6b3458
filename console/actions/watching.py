"""Looking again and again, because an effect may come late."""

import asyncio
from collections.abc import Container

from config.rollback import Step
from console.actions.look import Outcome, StepState, read_back
from console.actions.tools import Tools
from console.actions.values import Values
from console.net import Backoff

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 1.0
LEAST_S = 0.02


async def watch(
    step: Step,
    values: Values,
    key: str,
    tools: Tools,
    for_s: float,
    enough: Container[StepState] = ("verified",),
) -> Outcome:
    """Read `step` back until its state is `enough` or `for_s` real seconds are over: the last."""
    clock = tools.clock
    end = clock.monotonic() + for_s
    backoff = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
    while True:
        began = clock.monotonic()
        deadline = max((end - began) / 2, LEAST_S)
        seen = await read_back(step, values, key, tools.http, tools.base, deadline_s=deadline)
        # A last look cut short would turn what was seen into something unknown.
        spare = end - clock.monotonic() - 2 * (clock.monotonic() - began)
        if seen.state in enough or spare <= LEAST_S:
            return seen
        await asyncio.sleep(min(backoff.next(), spare))
