"""The journal as it came to be, and the state after any number of its entries."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from console.domain.concurrent import overrules
from console.domain.entry import Entry
from console.domain.evolve import evolve, fold
from console.domain.state import State
from console.journal.record import copy_of

LEAST_APART = 100
MOST_KEPT = 64
HAIR_S = 1e-6  # an entry's time is rounded to this, so it may lie after the moment it was made


class Timeline:
    """Entries of all writers in the order in which they came to be; folded in the fold's own order.

    Clocks may be wrong, so a time alone drops nothing: an entry comes after all that its writer had
    written before, and after what its Lamport clock proves that the writer had seen. Only what is
    left open is told by time. With one writer this is the order of the fold. `times` (unix seconds)
    never fall: where an entry's own time does not fit in, it has that of the entry before.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        """`entries` come in the order of the fold: folds them once, and keeps some states."""
        self._folded = list(entries)
        came = _as_they_came(self._folded)
        self.entries = [entries[place] for place in came]
        self.times = rising([entry.moment for entry in self.entries])
        self.writers = sorted({entry.writer for entry in entries})
        rank = [0] * len(came)
        for count, place in enumerate(came):
            rank[place] = count
        self._rank = rank
        # Up to where in the fold all entries have come, and from where on none has.
        self._whole = list(accumulate(rank, max))
        self._none = list(accumulate(reversed(rank), min))[::-1]
        self._apart = max(LEAST_APART, -(-len(rank) // MOST_KEPT))
        self._kept: list[State] = [State()]
        state = State()
        for place, entry in enumerate(self._folded, 1):
            if overrules(state, entry):
                state = fold(self._folded[:place])
            else:
                evolve(state, entry)
            if place % self._apart == 0:
                self._kept.append(copy_of(state))
        self._last: tuple[int, State] = (len(rank), state)

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def count_at(self, at: float) -> int:
        """How many entries were written by `at` (unix seconds)."""
        return bisect_right(self.times, at + HAIR_S)

    def place_of(self, entry: Entry) -> int:
        """How many entries come before this one."""
        return self.entries.index(entry)

    def upto(self, count: int) -> list[Entry]:
        """The first `count` entries, in the order of the fold."""
        whole, stop = self._bounds(count)
        rest = [self._folded[p] for p in range(whole, stop) if self._rank[p] < count]
        return self._folded[:whole] + rest

    def state(self, count: int) -> State:
        """The state after the first `count` entries. It is not to be changed."""
        whole, stop = self._bounds(count)
        near = whole // self._apart
        begun, state = near * self._apart, self._kept[near]
        if begun <= self._last[0] <= whole:
            begun, state = self._last
        state = copy_of(state)
        for place in range(begun, whole):
            if overrules(state, self._folded[place]):
                state = fold(self._folded[: place + 1])
            else:
                evolve(state, self._folded[place])
        rest = [p for p in range(whole, stop) if self._rank[p] < count]
        if not rest:
            self._last = (whole, state)
        for place in rest:
            if overrules(state, self._folded[place]):
                return fold(self.upto(count))
            evolve(state, self._folded[place])
        return state

    def _bounds(self, count: int) -> tuple[int, int]:
        """How far the fold is whole at `count`, and from where on nothing of it has come."""
        return bisect_left(self._whole, count), bisect_left(self._none, count)


def rising(times: Sequence[float]) -> list[float]:
    """`times` made to rise: as many as can be stay, the others become the one before that stays.

    So one wrong time moves no other, be it far ahead or far behind.
    """
    if all(one <= other for one, other in pairwise(times)):
        return list(times)
    ends: list[float] = []  # the least end of a rising choice of each length
    last: list[int] = []
    before: list[int] = []
    for place, time in enumerate(times):
        length = bisect_right(ends, time)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [time]
        last[length : length + 1] = [place]
    stays: set[int] = set()
    place = last[-1]
    while place >= 0:
        stays.add(place)
        place = before[place]
    now = times[min(stays)]
    told = []
    for place, time in enumerate(times):
        now = time if place in stays else now
        told.append(now)
    return told


def _as_they_came(folded: Sequence[Entry]) -> list[int]:
    """The places in the fold, in the order in which the entries came to be."""
    each: dict[str, list[int]] = {}
    for place, entry in enumerate(folded):
        each.setdefault(entry.writer, []).append(place)
    if len(each) == 1:
        return list(range(len(folded)))
    held = {entry.clock for entry in folded}
    times = {
        writer: rising([folded[place].moment for place in places])
        for writer, places in each.items()
    }
    heads = dict.fromkeys(each, 0)
    came: list[int] = []
    seen: set[int] = set()
    while heads:
        free = []
        for writer, head in heads.items():
            place = each[writer][head]
            own = folded[each[writer][head - 1]].clock if head else 0
            known = folded[place].clock - 1
            # A clock that leaps has seen another's entry with the number before its own.
            if known == own or known in seen or known not in held:
                free.append((times[writer][head], place, writer))
        _, place, writer = min(free)
        came.append(place)
        seen.add(folded[place].clock)
        heads[writer] += 1
        if heads[writer] == len(each[writer]):
            del heads[writer]
    return came
