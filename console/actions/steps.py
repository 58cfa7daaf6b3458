"""One step of a rollback from the first request to the proof (Guide 3.5)."""

import asyncio
from functools import partial

from config.rollback import Step
from console.actions.act import Answer, Sent, act
from console.actions.look import Outcome, StepState, read_back
from console.actions.tools import Tools
from console.actions.values import Values
from console.clean import clean
from console.net import Backoff

__all__ = ["Answer", "Outcome", "Sent", "StepState", "Values", "act", "carry_out", "read_back"]

LEAST_PAUSE_S = 0.02
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0
LOOK_S = 2.0
# A request may be sent again, a command may not: it gets all but the time for the proof.
_SHARE = {"http": 0.5, "command": 0.8}


async def carry_out(
    step: Step,
    values: Values,
    key: str,
    tools: Tools,
    *,
    resumed: bool,
) -> Outcome:
    """Do `step` and look until it shows or its `timeout_s` (real seconds) is over.

    `resumed` says that somebody may have done it before: then it looks first. A request whose
    answer is lost is looked for, and sent again with the same `key` if it does not show; a command
    runs once. Raises nothing but `asyncio.CancelledError`.

    "failed" is a step that the system shows undone and that nothing of ours can still bring about;
    whatever cannot be seen, or may still come, is "unknown".
    """
    try:
        return await _carry_out(step, values, key, tools, resumed=resumed)
    except Exception as fault:  # the other steps go on, whatever is wrong with this one
        kind = type(fault).__name__
        return Outcome("unknown", f"the console itself failed at this step ({kind})")


async def _carry_out(
    step: Step,
    values: Values,
    key: str,
    tools: Tools,
    *,
    resumed: bool,
) -> Outcome:
    http, base, clock = tools.http, tools.base, tools.clock
    end = clock.monotonic() + step.timeout_s
    send = partial(act, step, values, key, http, base)

    async def look(share: float, least_s: float = 0.0) -> tuple[Outcome, float]:
        began = clock.monotonic()
        left = end - began
        deadline = max(share * left, min(left, least_s))
        seen = await read_back(step, values, key, http, base, deadline_s=deadline)
        return seen, clock.monotonic() - began

    if resumed:
        seen, _ = await look(0.2)
        if seen.state == "verified":
            return seen
    backoff = Backoff(2 * FIRST_PAUSE_S, LONGEST_PAUSE_S)
    pause = FIRST_PAUSE_S
    lost = False
    again = True
    while True:
        if again:
            sent = await send(deadline_s=_SHARE[step.kind] * (end - clock.monotonic()))
            lost = lost or sent.answer == "lost"
            again = sent.answer == "lost" and step.kind == "http"
        seen, took = await look(0.5, 0.0 if again else LOOK_S)
        if seen.state == "verified":
            return seen
        if sent.answer == "unsent" or (
            sent.answer == "refused" and seen.state == "failed" and not lost
        ):
            break
        # A last look cut short would turn what was seen into something unknown.
        kept = max(FIRST_PAUSE_S, 2 * took) if seen.state == "failed" else FIRST_PAUSE_S
        spare = end - clock.monotonic() - kept
        if spare <= LEAST_PAUSE_S:
            break
        if again:
            # A server may ask for more patience than a rollback has: half of what is left.
            wait = min(backoff.next(sent.retry_after_s), spare / 2)
        else:
            wait = min(pause, spare)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        await asyncio.sleep(wait)
    return _concluded(sent, seen, lost=lost, resumed=resumed)


def _concluded(sent: Sent, seen: Outcome, *, lost: bool, resumed: bool) -> Outcome:
    """What to say of a step that is not verified when its time is over."""
    detail = f"{sent.detail}; {seen.detail}"
    if lost:
        return Outcome("unknown", clean(f"{detail}; it may still take effect"))
    if seen.state == "failed" or (sent.answer == "unsent" and not resumed):
        return Outcome("failed", clean(detail))
    return Outcome("unknown", clean(detail))
