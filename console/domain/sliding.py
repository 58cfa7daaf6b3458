"""Windows that slide: a record looked at minute after minute, each time as it stood then."""

import msgspec

from console.domain.histogram import RunningQuantile
from console.domain.minutes import Minute, Totals
from console.domain.series import Series

_NOTHING = Minute()


class Passing(Totals, gc=False):
    """The sums of the last `length` minutes, kept by what comes and what goes.

    Only what the guide's metrics are read from is summed. Counts are whole numbers, so that to take
    away is exact; money is summed anew. `running` follows the latencies, where they are asked for.
    """

    costs: list[float] = msgspec.field(default_factory=list)
    running: RunningQuantile | None = None

    def come(self, minute: Minute, covered: bool) -> None:
        """A minute more."""
        self._change(minute, covered, 1)
        self.costs.append(minute.cost)

    def go(self, minute: Minute, covered: bool) -> None:
        """The oldest minute leaves."""
        self._change(minute, covered, -1)
        del self.costs[0]

    def settle(self) -> None:
        """All that came and went has: add up the money."""
        self.cost = sum(self.costs)

    def _change(self, minute: Minute, covered: bool, sign: int) -> None:
        self.covered += sign * covered
        if minute is _NOTHING:
            return
        self.calls += sign * minute.calls
        self.errors += sign * minute.errors
        self.escalations += sign * minute.escalations
        self.flags += sign * minute.flags
        self.costed += sign * minute.costed
        self.timed += sign * minute.timed
        for name, calls in minute.blank.items():
            self.blank[name] = self.blank.get(name, 0) + sign * calls
        if self.running is not None:
            self.running.change(minute.latency, sign)

    @property
    def p95(self) -> float | None:
        """As in `Totals`; None where latencies are not followed."""
        return None if self.running is None else self.running.value()


class Sliding(Series, eq=False):
    """A log's minutes, of which those before `at` are known: no window tells what comes later.

    A minute before `at` must not change any more. Latencies are followed in the windows of
    `latency` minutes alone: that costs more than all else.
    """

    at: int = 0
    latency: frozenset[int] = frozenset()
    passing: dict[int, Passing] = msgspec.field(default_factory=dict)
    kept_from: int | None = None

    def window(self, end: int, length: int, since: int | None = None) -> Totals:
        """As `Series.window`, as far as it is known at `at`, which is `end` or the minute before.

        Only what the guide's metrics are read from is summed. The result changes with `advance`.
        """
        if since is not None or not 0 <= end - self.at < length:
            return super().window(min(end, self.at), length - max(0, end - self.at), since)
        known = length - (end - self.at)
        held = self.passing.get(known)
        return self._begun(known) if held is None else held

    def _begun(self, length: int) -> Passing:
        window = Passing(running=RunningQuantile(95) if length in self.latency else None)
        for number in range(self.at - length, self.at):
            window.come(self.minutes.get(number, _NOTHING), self.covers(number))
        window.settle()
        self.passing[length] = window
        return window

    def advance(self) -> None:
        """One minute more has passed."""
        came = self.at
        self.at += 1
        new, known = self.minutes.get(came, _NOTHING), self.covers(came)
        for length, window in self.passing.items():
            gone = came - length
            window.come(new, known)
            window.go(self.minutes.get(gone, _NOTHING), self.covers(gone))
            window.settle()

    def jump(self, to: int) -> None:
        """Go on at `to`; the windows begin anew."""
        self.at = to
        self.passing.clear()

    def forget(self, before: int) -> None:
        """Drop the minutes before that one: no window reaches them any more."""
        start = self.first if self.kept_from is None else self.kept_from
        if start is None or before <= start:
            return
        if before - start > len(self.minutes):
            for number in [number for number in self.minutes if number < before]:
                del self.minutes[number]
        else:
            for number in range(start, before):
                self.minutes.pop(number, None)
        self.kept_from = before
