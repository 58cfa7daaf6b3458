"""Which calls were counted already: a call id counts once, however often it is read."""

from collections.abc import Sequence
from typing import Any

from console.domain.call import Call

REMEMBERED_S = 7200.0


class Seen:
    """The ids of calls already counted, remembered for at least 120 minutes of event time.

    Two generations: memory holds no more than the calls of four hours. An id lives from the moment
    it was read, so a late call counts once too. `mark` is the event time reached; `fresh` are the
    ids that nobody has written down yet.
    """

    def __init__(self) -> None:
        """Know no id."""
        self._young: set[str] = set()
        self._old: set[str] = set()
        self._turn = 0.0
        self.mark = 0.0
        self.fresh: list[str] = []

    def __contains__(self, call_id: str) -> bool:
        """Whether this id is remembered."""
        return call_id in self._young or call_id in self._old

    def take(self, ids: Sequence[str], at: float) -> bool:
        """Remember `ids` of event time `at` (past) if all are new; False, and none is, if not."""
        self.advance(at)
        new = set(ids)
        if len(new) < len(ids) or not (new.isdisjoint(self._young) and new.isdisjoint(self._old)):
            return False
        self._young |= new
        self.fresh += ids
        return True

    def first(self, rows: Sequence[Any]) -> list[Any]:
        """The records (with an `id`) not seen before; their ids are remembered."""
        kept = []
        for row in rows:
            if row.id not in self:
                self._young.add(row.id)
                self.fresh.append(row.id)
                kept.append(row)
        return kept

    def sift(self, calls: Sequence[Call], now: float) -> list[Call]:
        """The calls not seen before; their ids are remembered.

        Event time stops at `now`: a call from an agent whose clock runs ahead must not make us
        forget the ids of the present.
        """
        young, old, turn = self._young, self._old, self._turn
        kept = []
        for call in calls:
            if call.id in young or call.id in old:
                continue
            if call.at >= turn:
                self.advance(min(call.at, now))
                young, old, turn = self._young, self._old, self._turn
            young.add(call.id)
            kept.append(call)
        if kept:
            self.advance(min(max([call.at for call in kept]), now))
            self.fresh += [call.id for call in kept]
        return kept

    def advance(self, mark: float) -> None:
        """Move event time on to `mark`, forgetting what is too old."""
        self.mark = max(self.mark, mark)
        if self.mark >= self._turn:
            self._old, self._young = self._young, set()
            self._turn = self.mark + REMEMBERED_S
            self.fresh = [call_id for call_id in self.fresh if call_id in self._old]

    def restore(self, ids: list[str], mark: float) -> None:
        """Take back ids that were written down when event time stood at `mark`."""
        self.advance(mark)
        self._young.update(ids)

    def remembered(self) -> list[str]:
        """All ids still known, the older generation first."""
        return [*self._old, *self._young]
