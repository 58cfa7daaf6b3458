"""What a rollback came to: its steps, and the calls that arrived after them (Guide 3.5)."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Verdict = Literal["verified", "partial", "unknown"]

QUIET_S = 60.0


class Fresh(msgspec.Struct, frozen=True):
    """The calls since the steps were executed, synthetic ones included.

    `stable` counts those that the rollback's target served, `bad` those on `version`, the one that
    is rolled back. `seen` is false where nobody could look. `quiet_s`: for how long
    the bad version, which was called until then, has not been called; 0 where that is not known.
    """

    stable: int
    bad: int
    seen: bool
    version: str = "the version rolled back"
    quiet_s: float = 0.0


def outcome(states: Mapping[str, str], fresh: Fresh) -> tuple[Verdict, str]:
    """The outcome of a rollback and why, naming the steps that remain.

    `states` maps step ids to verified, failed, unknown, blocked or running. Verified needs every
    step and a fresh call served by the target, and none on the bad version. A step known not to be
    done makes it partial; a step that nobody can vouch for makes it unknown.
    """
    if not states:
        return "unknown", f"no rollback step is configured: do it by hand{_traffic(fresh)}"
    undone = [step for step, state in states.items() if state in {"failed", "blocked"}]
    unsure = [step for step in states if states[step] != "verified" and step not in undone]
    if undone or unsure:
        why = "; ".join(
            f"{_list(steps)} {'is' if len(steps) == 1 else 'are'} {what}"
            for steps, what in ((undone, "not done"), (unsure, "unknown"))
            if steps
        )
        return ("partial" if undone else "unknown"), why + _traffic(fresh)
    if fresh.seen and fresh.bad:
        return "partial", f"every step is verified{_traffic(fresh)}"
    if fresh.seen and not fresh.stable and fresh.quiet_s >= QUIET_S:
        return "verified", (
            f"every step is verified and no call has reached {fresh.version} for {QUIET_S:.0f} s"
        )
    if not fresh.seen or not fresh.stable:
        return "unknown", "every step is verified, but no fresh call shows who answers now"
    calls = "call is" if fresh.stable == 1 else "calls are"
    return "verified", f"every step is verified and {fresh.stable} fresh {calls} on the target"


def _traffic(fresh: Fresh) -> str:
    if not fresh.seen or not fresh.bad:
        return ""
    return f"; {fresh.bad} of {fresh.bad + fresh.stable} fresh calls still carry {fresh.version}"


def _list(steps: list[str]) -> str:
    return ", ".join(steps)
