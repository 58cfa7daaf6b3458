"""What a rollback came to: its steps, and the calls that arrived after them (Guide 3.5)."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Verdict = Literal["verified", "partial", "unknown"]

QUIET_S = 60.0


class Fresh(msgspec.Struct, frozen=True):
    """The calls since the steps were executed, synthetic ones included.

    `stable` counts those that the rollback's target served, `bad` those on `version`, the one that
    is rolled back, and `other` those that name neither. `wanted` is how many on the target prove
    it. `seen` is false where nobody could look. `quiet_s`: for how long the bad version, which was
    called until then, has not been called; 0 where that is not known.
    """

    stable: int
    bad: int
    seen: bool
    version: str = "the version rolled back"
    quiet_s: float = 0.0
    wanted: int = 1
    other: int = 0


def outcome(states: Mapping[str, str], fresh: Fresh) -> tuple[Verdict, str]:
    """The outcome of a rollback and why, naming the steps that remain.

    `states` maps step ids to verified, failed, unknown, blocked or running. Verified needs every
    step and the wanted fresh calls served by the target, and none on the bad version. A step known
    not to be done makes it partial; a step that nobody can vouch for makes it unknown.
    """
    if not states:
        return "unknown", f"no rollback step is configured: do it by hand{_traffic(fresh)}"
    if left := _left(states):
        verdict, why = left
        return verdict, why + _traffic(fresh)
    verdict, why = _shown(fresh)
    return verdict, f"every step is verified{why}"


def _shown(fresh: Fresh) -> tuple[Verdict, str]:
    """What the calls say when all steps are verified."""
    if not fresh.seen:
        return "unknown", ", but no fresh call shows who answers now"
    if fresh.bad:
        return "partial", _traffic(fresh)
    if not fresh.stable and fresh.quiet_s >= QUIET_S:
        return "verified", f" and no call has reached {fresh.version} for {QUIET_S:.0f} s"
    if fresh.stable >= max(1, fresh.wanted):
        calls = "call is" if fresh.stable == 1 else "calls are"
        return "verified", f" and {fresh.stable} fresh {calls} on the target"
    if not (fresh.stable or fresh.other):
        return "unknown", ", but no fresh call shows who answers now"
    why = ", but no fresh call is on the target"
    if fresh.stable:
        verb = "is" if fresh.stable == 1 else "are"
        of = f"{fresh.stable} of the {fresh.wanted} fresh calls that prove it"
        why = f", but only {of} {verb} on the target"
    if fresh.other:
        names = "names" if fresh.other == 1 else "name"
        why += f"; {fresh.other} {names} neither the target nor {fresh.version}"
    return "unknown", why


def outcome_of_steps(states: Mapping[str, str]) -> tuple[Verdict, str]:
    """The outcome of a procedure that its steps alone prove, and why."""
    if not states:
        return "unknown", "no step is configured: do it by hand"
    return _left(states) or ("verified", "every step is verified")


def _left(states: Mapping[str, str]) -> tuple[Verdict, str] | None:
    """What the steps that are not verified make of the outcome; None where all are."""
    undone = [step for step, state in states.items() if state in {"failed", "blocked"}]
    unsure = [step for step in states if states[step] != "verified" and step not in undone]
    if not undone and not unsure:
        return None
    why = "; ".join(
        f"{_list(steps)} {'is' if len(steps) == 1 else 'are'} {what}"
        for steps, what in ((undone, "not done"), (unsure, "unknown"))
        if steps
    )
    return ("partial" if undone else "unknown"), why


def _traffic(fresh: Fresh) -> str:
    if not fresh.seen or not fresh.bad:
        return ""
    return f"; {fresh.bad} of {fresh.bad + fresh.stable} fresh calls still carry {fresh.version}"


def _list(steps: list[str]) -> str:
    return ", ".join(steps)
