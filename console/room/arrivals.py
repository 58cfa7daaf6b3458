"""How a feed's records come: how fresh, in what order, and by whose clock."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from console.domain.call import Call
from console.domain.minutes import Tally

SKEW_S = 60.0
ANSWER_S = 1.0
"""Real seconds that an answer may take: on a demo's clock they are minutes, by which its newest
records are ahead of the question."""
LAG_S = 600.0
LASTING_POLLS = 3
LATE_S = 300.0
MOST_AHEAD_S = 86_400.0  # no clock is more wrong: such a record counts nowhere


class Arrivals(msgspec.Struct):
    """Event time beside arrival time, for one feed since this process began to read it.

    `newest` is the latest event time that is not in the future (unix seconds), `ahead_s` how far
    one is still dated after now, and `ahead_to` until when; `lag_s` is how old the newest record of
    the last poll that brought any was. `late` records lay more than 5 min before one that was known
    already, `disordered` ones before the record that preceded them.
    """

    newest: float | None = None
    ahead_s: float = 0.0
    ahead_to: float = 0.0
    lag_s: float = 0.0
    late: int = 0
    disordered: int = 0
    lagging: int = 0

    def take(
        self, calls: Sequence[Call], tallies: Sequence[Tally], now: float, *, caught_up: bool
    ) -> None:
        """Take in what a poll at `now` brought; `caught_up`: no backlog waited before it."""
        times = [call.at for call in calls]
        last = max([*times, *(tally.number * 60.0 for tally in tallies)], default=None)
        ahead = [at for at in times if at <= now + MOST_AHEAD_S]
        self.ahead_to = max([self.ahead_to, *ahead])
        self.ahead_s = max(0.0, self.ahead_to - now)
        if last is None:
            return
        if caught_up:
            known = self.newest if self.newest is not None else last
            self.late += sum(at < known - LATE_S for at in times)
            self.disordered += sum(b < a for a, b in pairwise(times))
            self.lag_s = max(0.0, now - last)
            self.lagging = self.lagging + 1 if self.lag_s > LAG_S else 0
        self.newest = max(min(last, now), self.newest or 0.0)

    def trouble(self, feed: str, slack_s: float, skew_s: float = SKEW_S) -> str:
        """What is wrong with the clocks or the way of the records, in a sentence; empty if nothing.

        `slack_s` is how old a record may be by the rhythm of the polls alone, `skew_s` how far the
        clocks may differ.
        """
        if self.ahead_s > skew_s:
            return (
                f"feed {feed}: records are dated {_span(self.ahead_s)} after now: one of the "
                "clocks is wrong, and they count only when that time has come"
            )
        if self.lagging >= LASTING_POLLS and self.lag_s > max(LAG_S, slack_s):
            return (
                f"feed {feed}: records come {_span(self.lag_s)} after their time: the agent's "
                "clock is behind, or its log is held up"
            )
        return ""


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
