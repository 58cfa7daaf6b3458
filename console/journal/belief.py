"""Which of the verified entries are believed, as signatures come in and keys come and go."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from console.domain.entry import Entry
from console.journal.claimed import Claimed, claimed_of
from console.journal.members import Apart, Members, Pending, Standing
from console.journal.signing import Signed
from console.journal.statements import SIGNED, Statement, statement_of

# Signatures of one writer that are asked about at a time; what is left has its turn next.
MOST_ASKED = 50

Ask = Callable[[Statement], Signed | None]


@dataclass(frozen=True)
class Weighed:
    """What one writer's signatures are worth.

    `reach` says up to which entry each person signed, `proven` are the signatures that count and
    `refused` those that do not, with why, by the number of their entry. `covered` says the same by
    the last entry that a refused one signs, the latest first; `left` whether some wait to be asked.
    """

    reach: Mapping[str, int] = field(default_factory=dict)
    proven: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    covered: Sequence[tuple[int, str]] = ()
    left: bool = False

    @property
    def top(self) -> int:
        """The last entry that some member signed."""
        return max(self.reach.values(), default=0)


def weigh(
    statements: Sequence[Statement], names: Mapping[str, str], ask: Ask, *, timeless: bool
) -> Weighed:
    """Ask about as few signatures as will do: of each key the latest that counts.

    A later one stands for all before it. `ask` may not answer now (None); `names` are the members
    by principal. With `timeless`, a key that is no member's never was.
    """
    reach: dict[str, int] = {}
    proven: set[int] = set()
    refused: dict[int, str] = {}
    covered: list[tuple[int, str]] = []
    done: set[bytes] = set()
    strangers: dict[bytes, str] = {}
    left = False
    for one in reversed(statements):
        if not one.wrong and one.key in done:
            continue
        why = one.wrong or strangers.get(one.key, "")
        if not why:
            signed = ask(one)
            if signed is None:
                left = True
                continue
            name = names.get(signed.who, "") if signed.state == "trusted" else ""
            if name:
                reach[name] = max(one.upto, reach.get(name, 0))
                proven.add(one.place)
                done.add(one.key)
                continue
            why = _why_not(signed)
            if timeless and signed.state != "bad":
                strangers[one.key] = why
        refused[one.place] = why
        if not covered or one.upto > covered[-1][0]:
            covered.append((one.upto, why))
    return Weighed(reach, frozenset(proven), refused, covered, left)


def _why_not(signed: Signed) -> str:
    if signed.state == "trusted":
        return f"it is signed by {signed.who}, and that is none of the people in warroom.toml"
    if signed.state == "bad":
        return f"its signature is not valid: {signed.why}"
    return f"its signature does not count: {signed.why}"


class Book:
    """One writer's entries, all verified; those in `open` are not believed, and why.

    An empty reason says that an entry is pending.
    """

    def __init__(self, writer: str) -> None:
        """Hold nothing yet."""
        self.writer = writer
        self.entries: list[Entry] = []
        self.statements: list[Statement] = []
        self.latest: dict[bytes, float] = {}
        self.open: dict[int, str] = {}
        self.weighed = Weighed()

    def take(self, entries: Iterable[Entry]) -> None:
        """Take the next ones, which nobody believes yet."""
        for entry in entries:
            self.open[entry.seq] = ""
            if entry.kind == SIGNED:
                one = statement_of(entry, self.entries, self.latest)
                self.statements.append(one)
                if not one.wrong:
                    self.latest[one.key] = one.at
            self.entries.append(entry)

    def judge(self, weighed: Weighed, members: Members) -> tuple[list[Entry], list[Entry]]:
        """Judge all entries by `weighed`: what is believed now, and what is so no more."""
        before = self.weighed
        shrunk = any(weighed.reach.get(name, 0) < upto for name, upto in before.reach.items())
        shrunk |= any(place > weighed.top for place in before.proven - weighed.proven)
        look_at = range(1, len(self.entries) + 1) if shrunk else sorted(self.open)
        self.weighed = weighed
        gained, lost = [], []
        for seq in look_at:
            entry = self.entries[seq - 1]
            why = self._why_open(entry, members)
            if why is None:
                if self.open.pop(seq, None) is not None:
                    gained.append(entry)
                continue
            if seq not in self.open:
                lost.append(entry)
            self.open[seq] = why
        return gained, lost

    def _why_open(self, entry: Entry, members: Members) -> str | None:
        """None for a believed entry, empty for a pending one, else why it is apart."""
        weighed, seq = self.weighed, entry.seq
        if seq <= weighed.top or seq in weighed.proven:
            if entry.kind == SIGNED:
                return None
            signers = [name for name, upto in weighed.reach.items() if upto >= seq]
            return members.disputed(entry, signers) or None
        if entry.kind == SIGNED:
            return weighed.refused.get(seq, "")
        place = bisect_left(weighed.covered, seq, key=lambda one: one[0])
        return weighed.covered[place][1] if place < len(weighed.covered) else ""

    @property
    def pending(self) -> Pending | None:
        """What nobody has signed; a signature that nobody looked at yet is not counted."""
        waiting = [
            self.entries[seq - 1]
            for seq, why in self.open.items()
            if not why and self.entries[seq - 1].kind != SIGNED
        ]
        if not waiting:
            return None
        since = min(waiting, key=lambda entry: entry.seq).at.timestamp()
        return Pending(self.writer, len(waiting), since)

    @property
    def apart(self) -> tuple[Apart, ...]:
        """What is kept apart, in its order."""
        return tuple(
            Apart(self.writer, seq, self.entries[seq - 1].actor.name, why)
            for seq, why in sorted(self.open.items())
            if why
        )

    def disputed(self, members: Members, who: str) -> tuple[Apart, ...]:
        """What does not count though `who` and whoever else signed sign all of it."""
        found: list[Apart] = []
        if not who and not self.weighed.reach:
            return ()
        for seq in sorted(self.open):
            entry = self.entries[seq - 1]
            signers = {name for name, upto in self.weighed.reach.items() if upto >= seq}
            signers |= {who} - {""}
            if entry.kind == SIGNED or not signers:
                continue
            if why := members.disputed(entry, signers):
                found.append(Apart(self.writer, seq, entry.actor.name, why))
        return tuple(found)

    @property
    def standing(self) -> Standing:
        """How far it is signed."""
        weighed, pending = self.weighed, self.pending
        by = tuple(sorted(name for name, upto in weighed.reach.items() if upto == weighed.top))
        refused = tuple(why for _, why in sorted(weighed.refused.items(), reverse=True))
        count = pending.count if pending else 0
        return Standing(self.writer, len(self.entries), weighed.top, by, count, self.apart, refused)


class Belief:
    """The books of all writers; hands out each believed entry once. One thread at a time.

    What the `own` writer wrote always counts here; its book tells what is signed of it.
    """

    def __init__(self, members: Members, own: str) -> None:
        """Believe nothing yet."""
        self.members = members
        self.own = own
        self.books: dict[str, Book] = {}
        self.apart: tuple[Apart, ...] = ()
        self.pending: tuple[Pending, ...] = ()
        self.claimed: tuple[Claimed, ...] = ()
        self._ready: dict[tuple[str, int], Entry] = {}
        self._lost: dict[tuple[str, int], Entry] = {}

    def unsigned(self, key: bytes) -> tuple[list[Entry], float]:
        """What the own writer wrote since `key` signed last, but for signatures.

        With it the time (unix seconds) before which its next signature may not be dated.
        """
        book = self.books.get(self.own)
        if book is None:
            return [], 0.0
        good = [one for one in book.statements if one.key == key and not one.wrong]
        upto, at = (good[-1].upto, good[-1].at) if good else (0, 0.0)
        since = [entry for entry in book.entries[upto:] if entry.kind != SIGNED]
        return since, at

    @property
    def others(self) -> list[Book]:
        """The books of the other writers."""
        return [book for name, book in self.books.items() if name != self.own]

    def take(self, writer: str, entries: Sequence[Entry]) -> None:
        """Take verified entries of `writer`, which come in their order."""
        if not entries:
            return
        self.books.setdefault(writer, Book(writer)).take(entries)
        if writer != self.own:
            self._tell()

    def judge(self, book: Book, weighed: Weighed) -> None:
        """Judge a writer's entries by what its signatures were found to be worth."""
        gained, lost = book.judge(weighed, self.members)
        if book.writer == self.own:
            return
        for entry in gained:
            place = (entry.writer, entry.seq)
            if self._lost.pop(place, None) is None:
                self._ready[place] = entry
        for entry in lost:
            place = (entry.writer, entry.seq)
            if self._ready.pop(place, None) is None:
                self._lost[place] = entry
        self._tell()

    @property
    def news(self) -> bool:
        """Whether something is believed, or believed no more, that was not handed out."""
        return bool(self._ready or self._lost)

    def ready(self) -> list[Entry]:
        """What is believed and was not handed out before."""
        ready, self._ready = list(self._ready.values()), {}
        return ready

    def lost(self) -> frozenset[tuple[str, int]]:
        """What was handed out and is believed no more, by writer and number; each told once."""
        lost, self._lost = frozenset(self._lost), {}
        return lost

    def _tell(self) -> None:
        books = self.others
        self.apart = tuple(one for book in books for one in book.apart)
        self.pending = tuple(one for book in books if (one := book.pending) is not None)
        self.claimed = claimed_of(
            (book.entries[seq - 1], why) for book in books for seq, why in sorted(book.open.items())
        )
