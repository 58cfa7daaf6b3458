"""Setting the candidate's share of the traffic: read, compare, write, read back (Guide 4).

An answer of 200 proves nothing: what is read back does. An answer that was lost proves nothing
either way: then the outcome is unknown, never failed.
"""

import asyncio
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from config.switch import Switch
from console.actions.act import Sent
from console.actions.switch_values import SwitchValues
from console.clean import clean
from console.clock import Clock
from console.domain.share import is_near
from console.net import Backoff, Http

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
LEAST_S = 0.05

Outcome = Literal["verified", "failed", "unknown"]


class Unreadable(Exception):
    """The switch cannot be read; the text is a cleaned sentence without secrets."""


class Shown(msgspec.Struct, frozen=True):
    """What a switch reads: the share in percent, the phase where it tells one, and its ETag.

    `document` is what was read, where the write takes the place of all of it.
    """

    share: float
    phase: str | None = None
    etag: str = ""
    document: object = None

    def is_at(self, values: SwitchValues) -> bool:
        """Whether this is what was asked for."""
        return is_near(self.share, values.share) and self.phase in {None, values.phase}

    @property
    def words(self) -> str:
        """What it reads, for people."""
        return f"{self.share:.3g} %" + ("" if self.phase is None else f" in {self.phase}")


class Hands(Protocol):
    """One protocol. Both may take `deadline_s` real seconds at most."""

    repeats: bool

    async def read(self, values: SwitchValues, deadline_s: float) -> Shown:
        """What the switch reads now. Raises `Unreadable`."""

    async def write(self, values: SwitchValues, shown: Shown | None, deadline_s: float) -> Sent:
        """Ask for the share once, over what was `shown`."""


class Result(msgspec.Struct, frozen=True):
    """What came of it, what was read last in percent, and both in one cleaned sentence."""

    outcome: Outcome
    seen: float | None
    detail: str


def hands_of(switch: Switch, http: Http, base: Path) -> Hands:
    """The hands for a switch's kind. Relative paths start at `base`."""
    # Each kind brings its own modules: only the one in use is loaded.
    match switch.kind:
        case "http":
            from console.actions.switch_http import HttpHands  # noqa: PLC0415 - see above

            return HttpHands(switch, http, base)
        case "haproxy":
            from console.actions.switch_haproxy import HaproxyHands  # noqa: PLC0415 - see above

            return HaproxyHands(switch)
        case "file":
            from console.actions.switch_file import FileHands  # noqa: PLC0415 - see above

            return FileHands(switch, base)
        case "command":
            from console.actions.switch_command import CommandHands  # noqa: PLC0415 - see above

            return CommandHands(switch, base)


async def look(hands: Hands, values: SwitchValues, deadline_s: float) -> Shown | str:
    """What the switch reads, or a sentence that says why it cannot be read. Raises nothing."""
    try:
        return await hands.read(values, deadline_s)
    except Unreadable as why:
        return str(why)
    except Exception as fault:  # whatever is wrong here, the decision stands and must be told of
        return f"the console itself failed at reading the switch ({type(fault).__name__})"


async def carry_out(
    hands: Hands, values: SwitchValues, before: Shown | None, clock: Clock, timeout_s: float
) -> Result:
    """Write over what was read `before`, and read back until it shows or `timeout_s` is over.

    A lost request is looked for, and sent again with the same key where the protocol allows it.
    Raises nothing but `asyncio.CancelledError`.
    """
    try:
        return await _carry_out(hands, values, before, clock, timeout_s)
    except Exception as fault:  # whatever is wrong here, what came of it must be put on record
        kind = type(fault).__name__
        return Result("unknown", None, f"the console itself failed at the switch ({kind})")


async def _carry_out(
    hands: Hands, values: SwitchValues, before: Shown | None, clock: Clock, timeout_s: float
) -> Result:
    end = clock.monotonic() + timeout_s

    def left(share: float) -> float:
        return max(LEAST_S, share * (end - clock.monotonic()))

    backoff, pause = Backoff(2 * FIRST_PAUSE_S, LONGEST_PAUSE_S), FIRST_PAUSE_S
    lost, again = False, True
    while True:
        if again:
            sent = await hands.write(values, before, left(0.6))
            lost = lost or sent.answer == "lost"
            again = sent.answer == "lost" and hands.repeats
        shown = await look(hands, values, left(0.5))
        if isinstance(shown, Shown) and shown.is_at(values):
            return Result("verified", shown.share, f"it reads {shown.words}")
        if sent.answer == "unsent" or (sent.answer == "refused" and not lost):
            break
        spare = end - clock.monotonic() - FIRST_PAUSE_S
        if spare <= LEAST_S:
            break
        if again:
            wait = min(backoff.next(sent.retry_after_s), spare / 2)
        else:
            wait, pause = min(pause, spare), min(2 * pause, LONGEST_PAUSE_S)
        await asyncio.sleep(wait)
    return _concluded(sent, shown, lost=lost)


def _concluded(sent: Sent, shown: Shown | str, *, lost: bool) -> Result:
    """What to say of a write that does not show when its time is over."""
    if isinstance(shown, str):
        seen, read = None, shown
    else:
        seen, read = shown.share, f"it reads {shown.words}"
    detail = clean(f"{sent.detail}; {read}", 500)
    if lost:
        return Result("unknown", seen, f"{detail}; it may still take effect")
    if seen is not None or sent.answer == "unsent":
        return Result("failed", seen, detail)
    return Result("unknown", seen, detail)
