"""Spans come in any order and in many batches: which traces are whole, so that they can be joined.

Exporters send what has ended: children before their root, seconds or minutes earlier. So a trace
waits for its root and then a short grace; a root whose parent is in another process waits longer,
for that one may export here too; what has no root at all waits until nothing more has come for
long. Times here are real seconds on one steady clock. Not safe in several threads by itself.
"""

import heapq
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from console.feeds.spans import enters, role_of

GRACE_S = 3.0
ENTRY_S = 15.0
ROOTLESS_S = 600.0
REMEMBERED_S = 600.0
MOST_REMEMBERED = 50_000


class _Open(msgspec.Struct):
    """A trace that is being collected; `size` is the bytes of its spans as they came."""

    spans: dict[str, dict[str, Any]]
    events: list[tuple[str, dict[str, Any]]]
    size: int = 0
    last: float = 0.0
    due: float = float("inf")
    rooted: bool = False


@dataclass
class _Done:
    """A trace that was handed out: its spans' ids, sorted, and whether it had its true root."""

    ids: "array[int]"
    at: float
    rooted: bool


def _holds(ids: "array[int]", span_id: str) -> bool:
    """Whether a span is among sorted ids."""
    wanted = int(span_id, 16)
    place = bisect_left(ids, wanted)
    return place < len(ids) and ids[place] == wanted


class Ripe(msgspec.Struct):
    """Traces to join, each with all of its spans; `more` are ripe as well.

    `rootless` traces were given up since the last time; `late` spans and events, those that bear
    on a call, came after their call was handed out.
    """

    traces: list[list[dict[str, Any]]]
    rootless: int = 0
    late: int = 0
    more: bool = False


class Traces:
    """The traces of which something has come. `spans` and `size` (bytes) tell what is held."""

    def __init__(
        self, grace_s: float = GRACE_S, entry_s: float = ENTRY_S, rootless_s: float = ROOTLESS_S
    ) -> None:
        """Hold nothing yet."""
        self._grace_s = grace_s
        self._entry_s = entry_s
        self._rootless_s = rootless_s
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._due: list[tuple[float, str]] = []
        self._done: OrderedDict[str, _Done] = OrderedDict()
        self._rootless = 0
        self._late = 0
        self.spans = 0
        self.size = 0

    def add(self, spans: Iterable[dict[str, Any]], size: int, now: float) -> None:
        """Take in neutral spans that came at `now`, `size` bytes each. Repeated ones change
        nothing."""
        for span in spans:
            trace_id, span_id = span["trace_id"], span["span_id"]
            root = not span["parent_id"]
            done = self._done.get(trace_id)
            if done is not None:
                if _holds(done.ids, span_id):
                    continue
                if root or done.rooted:
                    self._late += bool(role_of(span))
                    continue
            trace = self._opened(trace_id, now)
            if span_id in trace.spans:
                continue
            trace.spans[span_id] = span
            self._count(trace, 1, size)
            if root:
                trace.rooted = True
                self._set_due(trace_id, trace, now + self._grace_s)
            elif not trace.rooted and enters(span):
                self._set_due(trace_id, trace, now + self._entry_s)

    def add_event(
        self, trace_id: str, span_id: str, event: dict[str, Any], size: int, now: float
    ) -> None:
        """Take in an event of a span, or of a trace's root, that came apart from it."""
        done = self._done.get(trace_id)
        if done is not None and (done.rooted or (span_id and _holds(done.ids, span_id))):
            self._late += 1
            return
        trace = self._opened(trace_id, now)
        trace.events.append((span_id, event))
        self._count(trace, 1, size)

    def _opened(self, trace_id: str, now: float) -> _Open:
        trace = self._open.get(trace_id)
        if trace is None:
            trace = self._open[trace_id] = _Open({}, [])
        else:
            self._open.move_to_end(trace_id)
        trace.last = now
        return trace

    def _count(self, trace: _Open, number: int, size: int) -> None:
        trace.size += size
        self.spans += number
        self.size += size

    def _set_due(self, trace_id: str, trace: _Open, due: float) -> None:
        if due < trace.due:
            trace.due = due
            heapq.heappush(self._due, (due, trace_id))

    def ripe(self, now: float, most: int, *, last: bool = False) -> Ripe:
        """Hand out what is ripe at `now`, at most about `most` traces; it is held no longer.

        The `last` time all that have a root are ripe.
        """
        ripe = Ripe([])
        while self._due and (last or self._due[0][0] <= now):
            due, trace_id = self._due[0]
            trace = self._open.get(trace_id)
            if trace is None or trace.due != due:
                heapq.heappop(self._due)
                continue
            if len(ripe.traces) >= most:
                ripe.more = True
                break
            heapq.heappop(self._due)
            ripe.traces.append(self._close(trace_id, now))
        while self._open and len(ripe.traces) < most:
            trace_id, trace = next(iter(self._open.items()))
            if trace.last + self._rootless_s > now:
                break
            self._give_up(trace_id, now, ripe)
        self._forget(now)
        ripe.rootless, self._rootless = self._rootless, 0
        ripe.late, self._late = self._late, 0
        return ripe

    def make_room(self, now: float) -> bool:
        """Give up the trace that has waited longest for a root; False if every trace has one."""
        for trace_id, trace in self._open.items():
            if trace.due == float("inf"):
                self._drop(trace_id, now)
                return True
        return False

    def _give_up(self, trace_id: str, now: float, ripe: Ripe) -> None:
        trace = self._open[trace_id]
        if any(role_of(span) == "agent" for span in trace.spans.values()):
            ripe.traces.append(self._close(trace_id, now))
        else:
            self._drop(trace_id, now)

    def _drop(self, trace_id: str, now: float) -> None:
        trace = self._open[trace_id]
        told = any(map(role_of, trace.spans.values())) or bool(trace.events)
        self._rootless += told
        self._close(trace_id, now)

    def _close(self, trace_id: str, now: float) -> list[dict[str, Any]]:
        """Take a trace out, with its events at their spans, and remember its ids."""
        trace = self._open.pop(trace_id)
        self._count(trace, -len(trace.spans) - len(trace.events), -trace.size)
        for span_id, event in trace.events:
            span = trace.spans.get(span_id) or _top(trace.spans)
            if span is not None:
                span["events"] = [*span["events"], event]
        before = self._done.pop(trace_id, None)
        ids = [int(span_id, 16) for span_id in trace.spans]
        if before is not None:
            ids += before.ids
        rooted = trace.rooted or bool(before and before.rooted)
        self._done[trace_id] = _Done(array("Q", sorted(ids)), now, rooted)
        return list(trace.spans.values())

    def _forget(self, now: float) -> None:
        while self._done:
            trace_id, done = next(iter(self._done.items()))
            if done.at + REMEMBERED_S > now and len(self._done) <= MOST_REMEMBERED:
                break
            del self._done[trace_id]


def _top(spans: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """A span whose parent is not there."""
    return next((span for span in spans.values() if span["parent_id"] not in spans), None)
