"""The calls worth looking at later: failed, flagged, escalated, and the slowest of each minute.

They live in memory only, in a bounded amount of it, and end with the process: the texts of users
are in no record.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nlargest

import msgspec

from console.domain.call import Call

A_MINUTE = 8
SLOWEST = 2
MOST_BYTES = 24 * 1024 * 1024
LONG_TEXT = 1500
SHORT_TEXT = 300
MOST_TOOLS = 32
# What a call weighs besides its texts: the record, its numbers and its place in the minute.
CALL_BYTES = 400
CUT = " … (cut)"


def weight_order(call: Call) -> tuple[bool, bool, bool, float]:
    """The greater, the more a call is worth looking at: failed, flagged, escalated, slow."""
    return bool(call.error), bool(call.flags), bool(call.escalation), _latency(call)


class Notable:
    """At most `A_MINUTE` calls of each minute, among them its `SLOWEST`; `most_bytes` in all.

    Where that is too much the oldest minutes go first. A minute's calls are replaced, never
    changed, so another thread may read while one adds.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is held yet."""
        self._most = most_bytes
        self._minutes: dict[int, tuple[Call, ...]] = {}
        self._sizes: dict[int, int] = {}
        self.bytes = 0

    def add(self, calls: Sequence[Call], latest: float) -> None:
        """Keep what is notable of `calls`; those of a time after `latest` are left out."""
        by_minute: defaultdict[int, list[Call]] = defaultdict(list)
        for call in calls:
            if call.at <= latest:
                by_minute[int(call.at) // 60].append(call)
        for number, together in by_minute.items():
            held = self._minutes.get(number, ())
            known = {call.id for call in held}
            best = _best([*held, *(call for call in together if call.id not in known)])
            if len(best) > len(held) or any(call.id not in known for call in best):
                self._put(number, tuple(c if c.id in known else cut(c) for c in best))
        while self.bytes > self._most:
            oldest = min(self._minutes)
            del self._minutes[oldest]
            self.bytes -= self._sizes.pop(oldest)

    def _put(self, number: int, calls: tuple[Call, ...]) -> None:
        size = sum(map(size_of, calls))
        self.bytes += size - self._sizes.get(number, 0)
        self._minutes[number], self._sizes[number] = calls, size

    def of(self, minutes: Iterable[int]) -> list[Call]:
        """What is held of these minutes (unix seconds // 60)."""
        held = self._minutes
        return [call for number in minutes for call in held.get(number, ())]


def _best(calls: Sequence[Call]) -> list[Call]:
    """One call an id."""
    alone = {call.id: call for call in calls}
    if len(alone) <= A_MINUTE:
        return list(alone.values())
    slow = nlargest(SLOWEST, alone.values(), key=_latency)
    for call in slow:
        del alone[call.id]
    marked = [call for call in alone.values() if call.error or call.flags or call.escalation]
    wanted = marked if len(marked) >= A_MINUTE - SLOWEST else alone.values()
    return slow + nlargest(A_MINUTE - SLOWEST, wanted, key=weight_order)


def _latency(call: Call) -> float:
    return -1.0 if call.latency_s is None else call.latency_s


def cut(call: Call) -> Call:
    """The call with each of its texts cut to what a person needs to recognise it.

    Words that call after call has are held once.
    """
    changed: dict[str, object] = {
        name: text[:most] + CUT
        for name, most in _TEXTS.items()
        if len(text := getattr(call, name)) > most
    }
    for name in _WORDS:
        if name not in changed:
            changed[name] = sys.intern(getattr(call, name))
    for name in ("flags", "tools", "tools_failed"):
        names: tuple[str, ...] = getattr(call, name)
        changed[name] = tuple([sys.intern(one[:SHORT_TEXT]) for one in names[:MOST_TOOLS]])
    return msgspec.structs.replace(call, **changed)


_WORDS = ("error", "escalation", "version", "variant", "model", "format")
_TEXTS = {
    name: LONG_TEXT if name in {"input", "output"} else SHORT_TEXT
    for name in (
        *("id", "error", "escalation", "version", "variant", "model", "conversation"),
        *("user", "input", "output", "format", "correction"),
    )
}


def size_of(call: Call) -> int:
    """At most so many bytes of memory are held by a call."""
    texts = sum(sys.getsizeof(getattr(call, name)) for name in _TEXTS)
    lists = (call.flags, call.tools, call.tools_failed)
    return CALL_BYTES + texts + sum(sys.getsizeof(t) + sum(map(sys.getsizeof, t)) for t in lists)
