"""From what a feed delivers to minutes. Runs in a thread; only `Series.add` touches shown data."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from console.domain.call import Call
from console.domain.minutes import TOLD_BY, Minute, Tally
from console.domain.seen import Seen
from console.domain.series import Series

AHEAD_S = 86_400.0


class Delta(msgspec.Struct):
    """What a batch of calls adds.

    `repeated` calls were counted before. `ahead` calls claim a time more than a day in the future:
    no clock is that wrong, so they count nowhere. `new` are the records that were counted.
    """

    minutes: dict[int, Minute] = {}
    new: list[Any] = []
    repeated: int = 0
    ahead: int = 0


def fold(
    calls: Sequence[Call],
    seen: Seen,
    now: float,
    tallies: Sequence[Tally] = (),
) -> Delta:
    """Count calls that `seen` does not know into the minutes of their event time.

    `tallies` come before `calls`. `seen` learns all ids; it belongs to one feed, and one thread at
    a time may use it.
    """
    latest = now + AHEAD_S
    delta = Delta({})
    for tally in tallies:
        if tally.number * 60.0 > latest:
            delta.ahead += len(tally.ids)
        elif seen.take(tally.ids, min(tally.number * 60.0, now)):
            delta.minutes.setdefault(tally.number, Minute()).merge(tally.sums)
            delta.new += tally.rows
        else:
            new = seen.first(tally.rows)
            delta.repeated += len(tally.rows) - len(new)
            delta.new += new
            _count(delta.minutes, tally.number, new)
    plausible = [call for call in calls if call.at <= latest]
    fresh = seen.sift(plausible, now)
    delta.ahead += len(calls) - len(plausible)
    delta.repeated += len(plausible) - len(fresh)
    delta.new += fresh
    by_minute: defaultdict[int, list[Call]] = defaultdict(list)
    for call in fresh:
        by_minute[int(call.at) // 60].append(call)
    for number, ones in by_minute.items():
        _count(delta.minutes, number, ones)
    return delta


def _count(minutes: dict[int, Minute], number: int, calls: Sequence[Any]) -> None:
    if calls:
        minutes.setdefault(number, Minute()).add_calls(calls)


def apply_minutes(
    series: Series,
    counts: Mapping[int, Mapping[str, float]],
    values: Mapping[str, Mapping[int, float]],
) -> set[int]:
    """Replace minutes with what a metric store says of them; returns the minutes touched.

    `counts` is minute -> {"calls", "errors", "escalations", "flags", "cost", "tokens_in",
    "tokens_out"}, each as far as it is known; `values` is metric id -> minute -> value. A minute
    whose calls are not known stays as it was: to have none is something else.
    """
    series.absent_is_zero = False
    known = {number: count for number, count in counts.items() if "calls" in count}
    for number, count in known.items():
        calls = count["calls"]
        series.put(
            number,
            Minute(
                calls=calls,
                errors=count.get("errors", 0.0),
                escalations=count.get("escalations", 0.0),
                flags=count.get("flags", 0.0),
                cost=count.get("cost", 0.0),
                costed=calls if "cost" in count else 0.0,
                tokens_in=count.get("tokens_in", 0.0),
                tokens_out=count.get("tokens_out", 0.0),
                tokened=calls if {"tokens_in", "tokens_out"} <= count.keys() else 0.0,
                blank={name: calls for name in TOLD_BY if name not in count},
            ),
        )
    for metric, points in values.items():
        for number, value in points.items():
            series.put_value(metric, number, value)
    return set(known).union(*values.values())
