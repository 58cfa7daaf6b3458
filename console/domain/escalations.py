"""The escalation queue (Guide 5.1): its ids, its groups by urgency, and how well it is answered."""

import hashlib
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from statistics import median

import msgspec

from console.domain.state_escalation import Escalation

MOST_ITEMS = 500
MOST_ID = 60
_UNTYPED = re.compile(r"[^A-Za-z0-9_.:-]+")  # an id is typed in a shell
_due = attrgetter("due")
Key = tuple[str, str, str]


def escalation_id(row: str, about: str) -> str:
    """The id of what `row` makes of a call, an alert or an incident: always the same."""
    plain = _UNTYPED.sub("-", about)
    if plain != about or len(plain) > MOST_ID:
        plain = f"{plain[:MOST_ID]}-{_short(about)}"
    return f"{row}-{plain}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


@lru_cache(maxsize=4096)
def group_id(row: str, reason: str, what: str) -> str:
    """The name of a group, such as `escalate-1f3a09bc`; of one without reason it is the row's."""
    return f"{row}-{_short(f'{reason}/{what}')}" if reason or what else row


class Group(msgspec.Struct, frozen=True):
    """Escalations of one row with one reason and one `what`.

    `waiting` are those whose clock runs, the first due first; `held` those that were answered and
    are not resolved. `to` has them, most of them first; `about` are alerts or incidents behind it.
    """

    id: str
    row: str
    reason: str
    what: str
    waiting: tuple[Escalation, ...]
    held: tuple[Escalation, ...]
    to: tuple[str, ...]
    about: tuple[str, ...]
    resolved: int = 0

    @property
    def open(self) -> tuple[Escalation, ...]:
        """All that are not resolved."""
        return (*self.waiting, *self.held)

    @property
    def count(self) -> int:
        """How many are not resolved."""
        return len(self.waiting) + len(self.held)

    @property
    def due(self) -> float | None:
        """When the first of them is due; None if no clock runs."""
        return self.waiting[0].due if self.waiting else None

    def late(self, now: float) -> int:
        """How many are overdue."""
        return _late(self.waiting, now)


class Queue(msgspec.Struct, frozen=True):
    """The open groups, the most urgent first, and how all that were ever raised were answered.

    `answered` were answered, `in_time` of them within their SLA; `missed` were not. `median_s` is
    the median time from the call to its answer.
    """

    groups: tuple[Group, ...] = ()
    total: int = 0
    answered: int = 0
    in_time: int = 0
    missed: int = 0
    median_s: float | None = None
    dues: tuple[float, ...] = ()

    @property
    def open(self) -> int:
        """How many are not resolved."""
        return sum(group.count for group in self.groups)

    @property
    def waiting(self) -> int:
        """How many clocks run."""
        return len(self.dues)

    def late(self, now: float) -> int:
        """How many are overdue and still not answered."""
        return bisect_left(self.dues, now)

    def share_in_time(self, now: float) -> float | None:
        """Of all whose time is over or who were answered, those within the SLA; None of none."""
        counted = self.answered + self.late(now)
        return self.in_time / counted if counted else None

    def group(self, name: str) -> Group | None:
        """The open group of that id."""
        return next((group for group in self.groups if group.id == name), None)


def queue_of(escalations: Mapping[str, Escalation]) -> Queue:
    """The queue as it stands. Some milliseconds for ten thousand: keep it off the event loop."""
    waiting: dict[Key, list[Escalation]] = defaultdict(list)
    held: dict[Key, list[Escalation]] = defaultdict(list)
    done: dict[Key, int] = defaultdict(int)
    took: list[float] = []
    in_time = missed = 0
    for one in escalations.values():
        key = (one.row, one.reason, one.what)
        answered = one.answered_at
        if answered is None:
            waiting[key].append(one)
        else:
            took.append(answered - one.at)
            in_time += answered <= one.due
            if one.resolved_at is None:
                held[key].append(one)
            else:
                done[key] += 1
        missed += one.missed_at is not None
    groups = [
        _group(key, waiting.get(key, []), held.get(key, []), done.get(key, 0))
        for key in waiting | held
    ]
    groups.sort(key=_urgency)
    return Queue(
        tuple(groups),
        len(escalations),
        len(took),
        in_time,
        missed,
        max(0.0, median(took)) if took else None,
        tuple(sorted([one.due for ones in waiting.values() for one in ones])),
    )


def _group(key: Key, waiting: list[Escalation], held: list[Escalation], resolved: int) -> Group:
    together = [*waiting, *held]
    count: Counter[str] = Counter()
    for to, n in Counter([one.to for one in together]).items():
        count.update(dict.fromkeys(to, n))
    waiting.sort(key=_due)
    held.sort(key=_due)
    return Group(
        group_id(*key),
        *key,
        tuple(waiting),
        tuple(held),
        tuple(name for name, _ in count.most_common()),
        tuple(dict.fromkeys([one.about for one in together if one.about])),
        resolved,
    )


def _urgency(group: Group) -> tuple[bool, float, str]:
    return not group.waiting, group.due or 0.0, group.id


def _late(waiting: tuple[Escalation, ...], now: float) -> int:
    return bisect_left(waiting, now, key=_due)


def overdue(escalations: Iterable[Escalation], now: float) -> list[Escalation]:
    """Those whose SLA passed without an answer, of which the journal does not say so yet.

    Also what was answered since, but too late: that nobody looked meanwhile excuses nothing.
    """
    late = []
    for one in escalations:
        if one.missed_at is None and one.due < now:
            answered = one.answered_at
            if answered is None or answered > one.due:
                late.append(one)
    return late


def next_due(escalations: Iterable[Escalation]) -> float:
    """When the next SLA passes of those not answered; infinity if no clock runs."""
    return min(
        (one.due for one in escalations if one.missed_at is None and one.answered_at is None),
        default=float("inf"),
    )
