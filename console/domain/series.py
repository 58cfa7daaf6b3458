"""The minutes of a feed in a row: windows over them, and metrics that move with time."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import accumulate

import msgspec

from console.domain.arms import Sides
from console.domain.histogram import RunningQuantile
from console.domain.minutes import Minute, Totals, parts, value_of
from console.domain.sparing import spare

_NOTHING = Minute()
MOST_WINDOWS = 64
MOST_HOURS = 24 * 14


class _Kept:
    """Sums that were computed before, as long as what they were computed from has not changed.

    `writes` counts the changes in an hour (minute // 60), or of any (None). Whoever writes counts
    after the write, and whoever sums looks at the count before the sum: a sum that a write of
    another thread came between is never taken for good.
    """

    def __init__(self) -> None:
        self.writes: Counter[int | None] = Counter()
        self.hours: dict[int, tuple[object, Totals]] = {}
        self.windows: dict[tuple[int, int, int | None], tuple[object, Totals]] = {}
        self.sides: dict[int, tuple[object, Sides]] = {}

    def written(self, number: int) -> None:
        self.writes[number // 60] += 1
        self.writes[None] += 1


class Series(msgspec.Struct, eq=False):
    """The minutes of one feed, and the values that a metric store gave by itself.

    `values` holds metric id -> minute -> value. `absent_is_zero`: in a log that was read, a minute
    without a line had no call; in a metric store a minute without a sample is unknown. `gaps` are
    the stretches (first minute, minute after the last) that a log lost before it was read: there
    too a minute without a line is unknown. A `Minute` in a series is replaced, never changed, so
    another thread may read while one adds.
    """

    minutes: dict[int, Minute] = {}
    values: dict[str, dict[int, float]] = {}
    absent_is_zero: bool = True
    gaps: tuple[tuple[int, int], ...] = ()
    first: int | None = None
    last: int | None = None
    kept: _Kept = msgspec.field(default_factory=_Kept)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same; what is kept of sums does not matter."""
        return isinstance(other, Series) and all(
            getattr(self, name) == getattr(other, name)
            for name in self.__struct_fields__
            if name != "kept"
        )

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, minutes: Mapping[int, Minute]) -> None:
        """Add counts to what these minutes hold."""
        for number, extra in minutes.items():
            held = self.minutes.get(number)
            if held is None:
                self.put(number, extra)
            else:
                both = Minute()
                both.merge(held)
                both.merge(extra)
                self.put(number, both)

    def put(self, number: int, minute: Minute) -> None:
        """Replace one minute; it is not to be changed any more."""
        spare(minute)
        self.minutes[number] = minute
        self._stretch(number)
        self.kept.written(number)

    def put_all(self, minutes: Mapping[int, Minute]) -> None:
        """Replace many minutes; they are not to be changed any more."""
        for minute in minutes.values():
            spare(minute)
        self.minutes.update(minutes)
        if minutes:
            self._stretch(min(minutes))
            self._stretch(max(minutes))
        for number in minutes:
            self.kept.written(number)

    def put_value(self, metric: str, number: int, value: float) -> None:
        """Replace a metric's direct value at one minute."""
        self.values.setdefault(metric, {})[number] = value
        self._stretch(number)

    def drop(self, number: int) -> None:
        """Know nothing of one minute; `measure` when the last of several is dropped."""
        self.minutes.pop(number, None)
        for points in self.values.values():
            points.pop(number, None)
        self.kept.written(number)

    def measure(self) -> None:
        """Say anew from where to where the minutes reach."""
        for metric in [metric for metric, points in self.values.items() if not points]:
            del self.values[metric]
        held = set(self.minutes).union(*self.values.values())
        self.first, self.last = min(held, default=None), max(held, default=None)

    def _stretch(self, number: int) -> None:
        self.first = number if self.first is None else min(self.first, number)
        self.last = number if self.last is None else max(self.last, number)

    def covers(self, number: int) -> bool:
        """Whether the record knows this minute."""
        if number in self.minutes:
            return True
        if not self.absent_is_zero or self.first is None or number < self.first:
            return False
        return not any(start <= number < stop for start, stop in self.gaps)

    def lose(self, start: int, stop: int) -> None:
        """Note that calls of the minutes from `start` until before `stop` may be lost."""
        if start >= stop:
            return
        apart = [gap for gap in self.gaps if gap[1] < start or stop < gap[0]]
        touching = [gap for gap in self.gaps if gap not in apart]
        whole = (min([start, *(a for a, _ in touching)]), max([stop, *(b for _, b in touching)]))
        self.gaps = tuple(sorted([*apart, whole]))

    def window(self, end: int, length: int, since: int | None = None) -> Totals:
        """The sums of the `length` minutes before `end`; minutes before `since` do not count.

        They are kept for who asks the same again: not to be changed.
        """
        windows, asked = self.kept.windows, (end, length, since)
        stamp = self._stamp(None)
        if asked in windows and windows[asked][0] == stamp:
            return windows[asked][1]
        totals = self._sum(self._span(end - length, end, since))
        if len(windows) >= MOST_WINDOWS:
            windows.clear()
        windows[asked] = (stamp, totals)
        return totals

    def _stamp(self, hour: int | None) -> object:
        """What sums rest on, over an hour or all."""
        return self.kept.writes[hour], self.first, self.absent_is_zero, self.gaps

    def _sum(self, numbers: range) -> Totals:
        """The sums of minutes; whole hours among them are summed once and kept."""
        totals = Totals()
        number = numbers.start
        while number < numbers.stop:
            if number % 60 == 0 and number + 60 <= numbers.stop:
                hour = self._hour(number // 60)
                totals.merge_totals(hour)
                number += 60
            else:
                self._take(totals, number)
                number += 1
        return totals

    def _take(self, totals: Totals, number: int) -> None:
        minute = self.minutes.get(number)
        if minute is not None:
            totals.merge(minute)
        totals.covered += self.covers(number)

    def _hour(self, hour: int) -> Totals:
        stamp = self._stamp(hour)
        held = self.kept.hours.get(hour)
        if held is not None and held[0] == stamp:
            return held[1]
        totals = Totals()
        for number in range(hour * 60, hour * 60 + 60):
            self._take(totals, number)
        if len(self.kept.hours) >= MOST_HOURS:
            self.kept.hours.clear()
        self.kept.hours[hour] = (stamp, totals)
        return totals

    def sides(self, start: int, end: int) -> Sides:
        """The arms of the minutes from `start` until before `end`, each version's by itself.

        Whole hours among them are summed once and kept.
        """
        sides = Sides()
        number = start if self.first is None else max(start, self.first)
        while number < end and self.first is not None:
            if number % 60 == 0 and number + 60 <= end:
                sides.merge(self._sides_of_hour(number // 60))
                number += 60
            else:
                self._take_sides(sides, number)
                number += 1
        return sides

    def _sides_of_hour(self, hour: int) -> Sides:
        stamp = self._stamp(hour)
        held = self.kept.sides.get(hour)
        if held is not None and held[0] == stamp:
            return held[1]
        sides = Sides()
        for number in range(hour * 60, hour * 60 + 60):
            self._take_sides(sides, number)
        if len(self.kept.sides) >= MOST_HOURS:
            self.kept.sides.clear()
        self.kept.sides[hour] = (stamp, sides)
        return sides

    def _take_sides(self, sides: Sides, number: int) -> None:
        minute = self.minutes.get(number)
        if minute is not None:
            live = minute.apart()
            sides.take(live, minute.controls)
            sides.mixed += minute.calls - sum([arm.calls for arm in live.values()])

    def _span(self, start: int, end: int, since: int | None) -> range:
        if self.first is None:
            return range(0)
        return range(max(start, self.first, start if since is None else since), end)

    def total(self) -> Totals:
        """The sums of the whole record."""
        if self.first is None or self.last is None:
            return Totals()
        return self.window(self.last + 1, self.last + 1 - self.first)

    def quiet_minutes(self, end: int) -> int:
        """Minutes without data just before `end`, in a record where that means unknown."""
        if self.absent_is_zero or self.last is None:
            return 0
        return max(0, end - 1 - self.last)

    def sums(
        self, metric: str, ends: range, window: int, since: int | None = None
    ) -> list[tuple[float, float]]:
        """Numerator and denominator of a metric over the window before each of `ends`.

        For traffic these are calls and covered minutes, for spend-rate money and covered minutes.
        `ends` has step 1.
        """
        above, below = [0.0], [0.0]
        for number in range(ends.start - window, ends.stop - 1):
            up, down = 0.0, 0.0
            if since is None or number >= since:
                minute = self.minutes.get(number, _NOTHING)
                up, down = parts(metric, minute, self.covers(number))
            above.append(up)
            below.append(down)
        ups, downs = list(accumulate(above)), list(accumulate(below))
        return [(ups[i + window] - ups[i], downs[i + window] - downs[i]) for i in range(len(ends))]

    def rolling(
        self, metric: str, ends: range, window: int, since: int | None = None
    ) -> list[float | None]:
        """A metric over the window before each of `ends` (step 1); None where nothing is known.

        A metric that the store computes itself is given as it was, `window` or not.
        """
        if metric in self.values:
            held = self.values[metric]
            return [held.get(end - 1) for end in ends]
        if metric == "latency-p95":
            return list(self._rolling_p95(ends, window, since))
        return [value_of(metric, *pair) for pair in self.sums(metric, ends, window, since)]

    def _rolling_p95(self, ends: range, window: int, since: int | None) -> Iterator[float | None]:
        running = RunningQuantile(95)
        start = ends.start - window
        # Another thread may replace a minute meanwhile: what leaves is what came in.
        inside: deque[list[int]] = deque()
        for number in range(start, ends.stop - 1):
            known = since is None or number >= since
            came = self.minutes.get(number, _NOTHING).latency if known else []
            inside.append(came)
            running.change(came, 1)
            if len(inside) > window:
                running.change(inside.popleft(), -1)
            if number >= ends.start - 1:
                yield running.value()
