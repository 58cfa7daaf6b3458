"""Every step of a procedure without its write: whether its proof can be read (Guide 3.5)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from config.model import Deployment
from config.rollback import Step
from console.actions.steps import Outcome, Values, carry_out
from console.actions.tools import Tools, Word
from console.clock import Clock
from console.net import Http

LOOK_S = 5.0
_KEY = "rehearsal"


async def rehearsal(
    steps: Sequence[Step],
    values: Values,
    deployment: Deployment,
    base: Path,
    http: Http,
    clock: Clock,
) -> list[Outcome]:
    """What each step would be proven by, read now and all at once; 5 s for each at most.

    "verified" says that it can be read, whatever it shows. Nothing is changed, nobody is told.
    """
    tools = Tools(deployment, http, base, clock, nobody, read_only=True)
    brief = [quick(step) for step in steps]
    return await asyncio.gather(
        *(carry_out(step, values, _KEY, tools, resumed=False) for step in brief)
    )


def quick(step: Step) -> Step:
    """The step, with no more time than a look needs."""
    return step.model_copy(update={"timeout_s": min(step.timeout_s, LOOK_S)})


async def nobody(step: Step, question: str) -> Word:
    """Nobody is asked in a rehearsal."""
    raise RuntimeError(f"step {step.id} asks in a rehearsal: {question}")
