"""One step of a procedure from the first request to the proof (Guide 3.5)."""

import asyncio

import msgspec

from config.rollback import Step
from console.actions.act import Answer, Sent, act
from console.actions.look import Outcome, StepState, read_back
from console.actions.step_manual import asked_about, by_hand
from console.actions.step_notify import tell
from console.actions.step_rehearsal import rehearse
from console.actions.step_traffic import turn_off
from console.actions.tools import Tools
from console.actions.values import Values
from console.actions.watching import watch
from console.clean import clean
from console.net import Backoff

__all__ = ["Answer", "Outcome", "Sent", "StepState", "Values", "act", "carry_out", "read_back"]

LEAST_PAUSE_S = 0.02
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0
LOOK_S = 2.0
# The part of the time for a first look where somebody may have done it.
_LOOK_SHARE = 0.2
# A request may be sent again, a command may not: it gets all but the time for the proof.
_SHARE = {"http": 0.5, "command": 0.8}


async def carry_out(
    step: Step, values: Values, key: str, tools: Tools, *, resumed: bool
) -> Outcome:
    """Do `step` and look until it shows or its `timeout_s` (real seconds) is over.

    `resumed` says that somebody may have done it before: then it looks first. A request whose
    answer is lost is looked for, and sent again with the same `key` if it does not show. A command
    runs once; where it may have run before, does not show and is not `idempotent`, a person is
    asked, and the time for that is not counted. Raises nothing but `asyncio.CancelledError`.

    "failed" is a step that the system shows undone and that nothing of ours can still bring about;
    whatever cannot be seen, or may still come, is "unknown".
    """
    try:
        if tools.read_only or step.kind in tools.rehearsed:
            return await rehearse(step, values, key, tools)
        match step.kind:
            case "traffic":
                return await turn_off(step, values, key, tools, resumed=resumed)
            case "notify":
                return await tell(step, values, key, tools)
            case "manual":
                return await by_hand(step, values, key, tools, resumed=resumed)
            case "http" | "command":
                return await _Deed(step, values, key, tools).done(resumed=resumed)
    except Exception as fault:  # the other steps go on, whatever is wrong with this one
        kind = type(fault).__name__
        return Outcome("unknown", f"the console itself failed at this step ({kind})")


class _Deed(msgspec.Struct, frozen=True):
    """A request or a command, sent and looked for."""

    step: Step
    values: Values
    key: str
    tools: Tools

    async def done(self, *, resumed: bool) -> Outcome:
        clock, step = self.tools.clock, self.step
        end = clock.monotonic() + step.timeout_s
        if resumed and step.kind == "command" and not step.idempotent:
            return await self._as_told()
        if resumed:
            seen = await self._look(_LOOK_SHARE * step.timeout_s)
            if seen.state == "verified":
                return seen
        return await self._act(end - clock.monotonic(), resumed=resumed)

    async def _as_told(self) -> Outcome:
        """Run a command that may have run before only if it does not show and a person says so."""
        clock, step = self.tools.clock, self.step
        for_s = _LOOK_SHARE * step.timeout_s
        seen = await watch(step, self.values, self.key, self.tools, for_s)
        if seen.state == "verified":
            return seen
        word = await asked_about(step, self.values, self.key, self.tools, seen)
        if word != "again":
            return word
        end = clock.monotonic() + step.timeout_s
        seen = await self._look(for_s)  # they took their time: it may show by now
        if seen.state == "verified":
            return seen
        return await self._act(end - clock.monotonic(), resumed=True)

    async def _look(self, deadline_s: float) -> Outcome:
        http, base = self.tools.http, self.tools.base
        return await read_back(self.step, self.values, self.key, http, base, deadline_s=deadline_s)

    async def _send(self, deadline_s: float) -> Sent:
        http, base = self.tools.http, self.tools.base
        return await act(self.step, self.values, self.key, http, base, deadline_s=deadline_s)

    async def _act(self, for_s: float, *, resumed: bool) -> Outcome:
        clock, kind = self.tools.clock, self.step.kind
        end = clock.monotonic() + for_s
        backoff = Backoff(2 * FIRST_PAUSE_S, LONGEST_PAUSE_S)
        pause = FIRST_PAUSE_S
        # What was sent before may be under way still: then a refusal now is not the last word.
        lost, again = resumed, True
        while True:
            if again:
                sent = await self._send(_SHARE[kind] * (end - clock.monotonic()))
                lost = lost or sent.answer == "lost"
                again = sent.answer == "lost" and kind == "http"
            began = clock.monotonic()
            left = end - began
            seen = await self._look(max(0.5 * left, 0.0 if again else min(left, LOOK_S)))
            took = clock.monotonic() - began
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
