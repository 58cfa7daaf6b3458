"""Taking all traffic from the candidate by `[traffic.switch]`, as a step (Guide 3.5)."""

import asyncio
from pathlib import Path

from config.rollback import Step
from config.secret import MissingSecret
from config.switch import Switch
from console.actions import switch as hand
from console.actions.look import Outcome
from console.actions.switch import Hands, Shown, hands_of
from console.actions.switch_values import SwitchValues
from console.actions.tools import Tools
from console.actions.values import Values
from console.clean import clean
from console.net import Backoff

NO_SWITCH = "there is no [traffic.switch] in warroom.toml"
# Nobody serves the candidate before its dark launch: what a switch with phases is told.
NOBODY, BEFORE = 0, "readiness"
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
LEAST_S = 0.05
MOST_TEXT = 500


async def turn_off(step: Step, values: Values, key: str, tools: Tools, *, resumed: bool) -> Outcome:
    """Read the switch, write 0 % unless it stands there already, and read back until it shows.

    All of it within `timeout_s`. A write that is refused because somebody else wrote meanwhile is
    made again over what they wrote: here the rollback has the last word.
    """
    switch = tools.deployment.traffic.switch
    if switch is None:
        return Outcome("failed", NO_SWITCH)
    if missing := _missing(switch, tools.base):
        detail = clean(f"nothing was written: {missing}", MOST_TEXT)
        return Outcome("unknown" if resumed else "failed", detail)
    hands, asked = hands_of(switch, tools.http, tools.base), _asked(values, key)
    clock, backoff = tools.clock, Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
    end = clock.monotonic() + step.timeout_s

    def left(share: float = 1.0) -> float:
        return max(share * (end - clock.monotonic()), LEAST_S)

    before = await _read(hands, asked, switch, left(0.2))
    while True:
        if isinstance(before, Shown) and before.is_at(asked):
            return Outcome("verified", f"it reads {before.words} already")
        shown = before if isinstance(before, Shown) else None
        result = await hand.carry_out(hands, asked, shown, clock, left())
        if result.outcome != "failed":
            return Outcome(result.outcome, clean(result.detail, MOST_TEXT))
        pause = backoff.next()
        if left() <= pause + LEAST_S:
            break
        await asyncio.sleep(pause)
        now = await _read(hands, asked, switch, left(0.5))
        if now == before:
            break
        before = now
    if resumed:  # what was sent before may be under way still
        return Outcome("unknown", clean(f"{result.detail}; it may still take effect", MOST_TEXT))
    return Outcome("failed", clean(result.detail, MOST_TEXT))


async def look_at_traffic(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    """What the switch reads, whatever that is: "verified" if it can be read."""
    shown = await _shown(step, values, key, tools)
    if isinstance(shown, Outcome):
        return shown
    return Outcome("verified", f"the traffic switch reads {shown.words}")


async def stands_at_zero(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    """Whether the switch is off: "verified" if it reads 0 %, "failed" if it reads more."""
    shown = await _shown(step, values, key, tools)
    if isinstance(shown, Outcome):
        return shown
    off = shown.is_at(_asked(values, key))
    return Outcome("verified" if off else "failed", f"the traffic switch reads {shown.words}")


async def _shown(step: Step, values: Values, key: str, tools: Tools) -> Shown | Outcome:
    switch = tools.deployment.traffic.switch
    if switch is None:
        return Outcome("failed", NO_SWITCH)
    hands = hands_of(switch, tools.http, tools.base)
    shown = await _read(hands, _asked(values, key), switch, step.timeout_s)
    return Outcome("unknown", clean(shown, MOST_TEXT)) if isinstance(shown, str) else shown


def _asked(values: Values, key: str) -> SwitchValues:
    return SwitchValues(NOBODY, BEFORE, values.version, values.stable_version, key)


async def _read(
    hands: Hands, asked: SwitchValues, switch: Switch, deadline_s: float
) -> Shown | str:
    return await hand.look(hands, asked, min(switch.timeout_s, deadline_s))


def _missing(switch: Switch, base: Path) -> str:
    """The first secret of the switch that is not there."""
    try:
        for secret in switch.headers.values():
            secret.reveal(base)
    except MissingSecret as missing:
        return str(missing)
    return ""
