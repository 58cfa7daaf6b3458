"""Drawing calls at random so that anybody can check it, and how far a sample is judged (Guide 4).

Bottom-k sampling: a call's priority is the SHA-256 of the seed, a NUL and its id, and the calls
with the smallest are the sample. Each call is as likely as any other, none comes twice, the order
in which they are read does not matter, and who has the log and the seed finds the same ones.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from console.domain.call import Call
from console.domain.minutes import Tally
from console.domain.seen import Seen
from console.domain.state import State
from console.domain.state_review import Sample

MOST = 1_000
USUAL = 50


def priority(seed: str, call_id: str) -> bytes:
    """By what a call is chosen: the smaller the sooner."""
    return hashlib.sha256(f"{seed}\0{call_id}".encode("utf-8", "surrogatepass")).digest()


def in_order(seed: str, calls: Sequence[str]) -> bool:
    """Whether `calls` stand in the order of their priorities, none of them twice."""
    return all(one < other for one, other in pairwise(priority(seed, call) for call in calls))


def with_spares(n: int) -> int:
    """How many calls are drawn for a sample of `n`: those that are skipped need a replacement."""
    return n + max(10, n // 2)


class Urn:
    """Draws from calls as they are read. Memory holds what is drawn, and the ids of four hours.

    Only what counts in the attempt is drawn from: no synthetic call, no control, of `version` (or
    of a log that tells none), dated from `since` to `until` (unix seconds).
    """

    def __init__(  # each says which calls are drawn from, or how
        self,
        seed: str,
        most: int,
        since: float,
        until: float,
        version: str,
        left_out: Collection[str] = (),
    ) -> None:
        """Draw `most` calls, or all if there are no more; never those of `left_out`."""
        self._prefix = seed
        self._most = most
        self._since = since
        self._until = until
        self._version = version
        self._left_out = frozenset(left_out)
        self._seen = Seen()
        self._drawn: list[tuple[bytes, str]] = []
        self.of = 0
        self.first: float | None = None
        self.last: float | None = None

    @property
    def calls(self) -> tuple[str, ...]:
        """The ids that are drawn so far, the smallest priority first."""
        return tuple(call for _, call in self._drawn)

    def holds(self, call_id: str) -> bool:
        """Whether this call is drawn, as things stand."""
        ranked = (priority(self._prefix, call_id), call_id)
        place = bisect_left(self._drawn, ranked)
        return place < len(self._drawn) and self._drawn[place] == ranked

    def tally(self, tally: Tally) -> list[str]:
        """Draw from records that were read for their numbers; the ids of those that came in."""
        start = tally.number * 60.0
        if start + 60 <= self._since or start > self._until:
            return []
        rows = tally.rows
        if start < self._since or start + 60 > self._until:
            rows = [row for row in rows if self._since <= row.at.timestamp() <= self._until]
        rows = [
            row
            for row in rows
            if not row.synthetic
            and row.variant != "control"
            and (not row.version or row.version == self._version)
        ]
        if not rows:
            return []
        ids = [row.id for row in rows]
        if not self._seen.take(ids, start):
            rows = self._seen.first(rows)
            ids = [row.id for row in rows]
        self._spans(rows, start)
        return self._offer(ids)

    def call(self, call: Call) -> bool:
        """Draw from one call; whether it came in."""
        if not self._counts(call) or not self._seen.sift([call], call.at):
            return False
        self._reach(call.at, call.at)
        return bool(self._offer([call.id]))

    def _counts(self, call: Call) -> bool:
        return (
            self._since <= call.at <= self._until
            and not call.synthetic
            and call.variant != "control"
            and (not call.version or call.version == self._version)
        )

    def _spans(self, rows: Sequence[Any], start: float) -> None:
        """Note the times of a minute's records; exactly only where that may move an end."""
        if not rows or (
            self.first is not None
            and self.last is not None
            and self.first <= start
            and start + 60 <= self.last
        ):
            return
        times = [row.at.timestamp() for row in rows]
        self._reach(min(times), max(times))

    def _reach(self, first: float, last: float) -> None:
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def _offer(self, ids: Iterable[str]) -> list[str]:
        """Take in those of `ids` that are among the smallest so far."""
        drawn, most, prefix = self._drawn, self._most, f"{self._prefix}\0"
        sha256 = hashlib.sha256
        taken = []
        limit = drawn[-1][0] if len(drawn) >= most else None
        for call_id in ids:
            if call_id in self._left_out:
                continue
            self.of += 1
            rank = sha256((prefix + call_id).encode("utf-8", "surrogatepass")).digest()
            if limit is not None and rank >= limit:
                continue
            ranked = (rank, call_id)
            place = bisect_left(drawn, ranked)
            if place < len(drawn) and drawn[place] == ranked:
                continue  # a late copy, of an id that is remembered no more
            drawn.insert(place, ranked)
            del drawn[most:]
            taken.append(call_id)
            limit = drawn[-1][0] if len(drawn) >= most else None
        return taken


class Named:
    """Looks for calls by their ids, to show the texts of a sample that was drawn before."""

    def __init__(self, ids: Iterable[str]) -> None:
        """Look for `ids`."""
        self._ids = frozenset(ids)

    def holds(self, call_id: str) -> bool:
        """Whether this is one of them."""
        return call_id in self._ids

    def tally(self, tally: Tally) -> list[str]:
        """Those that are among records read for their numbers."""
        return [] if self._ids.isdisjoint(tally.ids) else [i for i in tally.ids if i in self._ids]

    def call(self, call: Call) -> bool:
        """Whether `call` is one of them."""
        return call.id in self._ids


class Progress(msgspec.Struct, frozen=True):
    """How far a sample is judged.

    `queue` are the calls to judge, in the order drawn: `n` of them and those that were skipped
    meanwhile. `left` are those still undecided. `short` is how many are missing to `n` because the
    spares are used up, or because there were no more calls.
    """

    sample: Sample
    queue: tuple[str, ...]
    left: tuple[str, ...]
    right: int
    wrong: int
    subtle: int
    skipped: int
    short: int

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return self.right + self.wrong + self.subtle

    @property
    def accuracy(self) -> float | None:
        """The fraction right, subtly off ones among them; None before the first verdict."""
        return (self.right + self.subtle) / self.judged if self.judged else None


def progress(state: State, sample: Sample) -> Progress:
    """How far `sample` is judged."""
    judged = state.judged.get(sample.attempt, {})
    skipped = state.skipped.get(sample.attempt, {})
    queue: list[str] = []
    wanted = sample.n
    for call in sample.calls:
        if wanted == 0:
            break
        queue.append(call)
        if call in judged or call not in skipped:
            wanted -= 1
    verdicts = [judged[call].verdict for call in queue if call in judged]
    return Progress(
        sample,
        tuple(queue),
        tuple(call for call in queue if call not in judged and call not in skipped),
        verdicts.count("right"),
        verdicts.count("wrong"),
        verdicts.count("subtle"),
        sum(call in skipped and call not in judged for call in queue),
        wanted,
    )


def samples(state: State) -> list[Sample]:
    """The samples of the attempt that runs, in the order they were drawn."""
    return [one for one in state.samples.values() if one.attempt == state.attempt.id]


def present(state: State) -> Progress | None:
    """The sample to judge now: the first that is not decided, else the latest."""
    every = [progress(state, one) for one in samples(state)]
    undecided = next((one for one in every if one.left), None)
    return undecided or (every[-1] if every else None)


def used(state: State) -> frozenset[str]:
    """The calls of the attempt that were drawn or judged: no draw gives them again."""
    attempt = state.attempt.id
    drawn = [call for one in samples(state) for call in one.calls]
    return frozenset([*drawn, *state.judged.get(attempt, ()), *state.skipped.get(attempt, ())])


def judged_words(state: State) -> str:
    """What else must be said of the attempt's judged outputs; empty if there is nothing.

    Who may choose what is judged can choose the result: it is told how many were drawn at random,
    where that is not all of them, and how many were skipped.
    """
    attempt = state.attempt.id
    judged = state.judged.get(attempt, {})
    drawn = {call for one in samples(state) for call in one.calls}
    random = sum(call in drawn for call in judged)
    skipped = sum(call not in judged for call in state.skipped.get(attempt, {}))
    said = f"; {random} of them drawn at random" if random < len(judged) else ""
    return said + (f"; {skipped} skipped" if skipped else "")
