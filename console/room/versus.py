"""The candidate against the live control over the running attempt, as far as the log tells it."""

from collections.abc import Mapping

import msgspec

from config.model import Deployment
from console.domain.arms import Side, Sides
from console.domain.comparison import Compared, compare
from console.domain.doubt import Doubt, of_mean
from console.domain.series import Series
from console.domain.state import State
from console.room.eyes import Eyes


class _Held(msgspec.Struct, frozen=True):
    """What was computed last, and from what."""

    minutes: tuple[int, int, int]
    sides: tuple[Side, Side]
    compared: tuple[Compared, ...]


class Versus:
    """Compares whole minutes of the attempt; asks nothing again that has not changed."""

    def __init__(
        self, deployment: Deployment, eyes: Eyes, calls_from: str, sources: Mapping[str, str]
    ) -> None:
        """`calls_from` is the feed that gives single calls, "" if none does.

        `sources` names the feed of each of the guide's metrics.
        """
        self._deployment = deployment
        self._eyes = eyes
        self._calls_from = calls_from
        self._costs_from = sources["cost-per-call"]
        self._held: _Held | None = None
        self._cost: tuple[tuple[int, int, int], Doubt] | None = None

    def compared(self, state: State, now: float) -> tuple[Compared, ...]:
        """Every question about both arms; empty but in a canary with a live control.

        Takes milliseconds when minutes have come, and nothing otherwise.
        """
        if state.attempt.phase != "canary" or self._calls_from not in self._eyes.each:
            return ()
        eye = self._eyes.each[self._calls_from]
        start, end = _minutes(state, now)
        key = (start, end, eye.taken)
        held = self._held
        if held is not None and held.minutes == key:
            return held.compared
        sides = self._sides(state, eye.series.sides(start, end))
        if held is not None and held.minutes[0] == start and held.sides == sides:
            found = held.compared
        else:
            found = self._compare(sides, eye.series, start, end)
        self._held = _Held(key, sides, found)
        return found

    def _compare(
        self, sides: tuple[Side, Side], series: Series, start: int, end: int
    ) -> tuple[Compared, ...]:
        candidate, control = sides
        if not control.calls:
            return ()
        return compare(
            candidate,
            control,
            untold=series.window(end, max(0, end - start)).blank,
            currency=self._deployment.nfr.currency,
        )

    def _sides(self, state: State, sides: Sides) -> tuple[Side, Side]:
        """The candidate's arm and the control's.

        The control are the calls that the log marks so, and those of the stable version. Where the
        log names no version, all that is not marked is the candidate's.
        """
        agent = self._deployment.agent
        version = state.locked_version or agent.version
        control = Side()
        for side in sides.control.values():
            control.merge_side(side)
        stable = sides.live.get(agent.stable_version)
        if stable is not None and agent.stable_version not in {"", version}:
            control.merge_side(stable)
        named = [name for name in sides.live if name]
        return sides.live.get(version if named else "", Side()), control

    def cost(self, state: State, now: float) -> Doubt:
        """How sure the attempt's mean cost of a call is; nothing in readiness."""
        if state.attempt.phase == "readiness":
            return Doubt()
        eye = self._eyes.each[self._costs_from]
        start, end = _minutes(state, now)
        key = (start, end, eye.taken)
        if self._cost is None or self._cost[0] != key:
            held = eye.series.minutes
            minutes = [held[number] for number in range(start, end) if number in held]
            parts = [(minute.cost, minute.costed) for minute in minutes]
            self._cost = (key, of_mean(parts, self._deployment.nfr.currency))
        return self._cost[1]


def _minutes(state: State, now: float) -> tuple[int, int]:
    """The whole minutes of the attempt: the first, and the one after the last."""
    return int(-(-state.attempt.entered_at // 60)), int(now // 60)
