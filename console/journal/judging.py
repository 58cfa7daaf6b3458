"""Asks `ssh-keygen` what the signatures of other writers are worth, with nobody waiting for it."""

import threading
from collections.abc import Sequence
from pathlib import Path

from console.clock import Clock
from console.domain.entry import Entry
from console.domain.times import iso
from console.journal.belief import MOST_ASKED, Belief, Book, Weighed, weigh
from console.journal.members import Apart, Members
from console.journal.signing import Signed, SigningError
from console.journal.statements import Statement
from console.journal.verdicts import Verdicts

STAMP_S = 1.0
AT_ONCE_S = 3.0


class Judge:
    """Keeps `belief` true to the signatures and to the allowed signers. For any thread.

    `mutex` guards the belief; it is never held while `ssh-keygen` runs.
    """

    def __init__(
        self, members: Members, own: str, home: Path, clock: Clock, mutex: threading.Lock
    ) -> None:
        """Nothing is asked before `judge`; `home` is the account's memory."""
        self.belief = Belief(members, own)
        self.trouble = ""
        self._members = members
        self._verdicts = Verdicts(home, members)
        self._clock = clock
        self._mutex = mutex
        self._turn = threading.Lock()
        self._judged: dict[str, tuple[str, int]] = {}
        self._looked = -STAMP_S
        self._asked = 0
        self._disputed: tuple[Apart, ...] = ()
        self._disputed_at: tuple[str, int, Weighed] | None = None

    def judge(self, *, own: bool = False, keep: bool = True) -> bool:
        """See what is believed now, of the `own` writer too if told; whether anything changed.

        Where that cannot be found out, all stays as it was, and `trouble` says why. With `keep`,
        verdicts are written to the account's memory.
        """
        with self._turn:
            stamp = self._stamp()
            with self._mutex:
                books = list(self.belief.books.values()) if own else self.belief.others
                known = [(book, tuple(book.statements)) for book in books]
            unread = f"the allowed signers, {self._members.allowed}, cannot be read"
            troubles = ["" if stamp else unread]
            troubles += [self._weigh(book, statements, stamp) for book, statements in known]
            why = next((one for one in reversed(troubles) if one), "")
            self.trouble = why and f"nothing new of other people is believed: {why}"
            stamps = {self._judged.get(book.writer, ("", 0))[0] for book, _ in known}
            if self._members.asks and stamps == {stamp} and stamp:
                # An older verdict must not bring back what is believed no more.
                self._verdicts.forget_older()
            if keep:
                self._verdicts.keep()
            return self.belief.news

    def at_once(self, *, keep: bool) -> None:
        """Judge for a moment: what takes longer is left to the next `judge`."""
        work = threading.Thread(
            target=self.judge, kwargs={"keep": keep}, name="judging", daemon=True
        )
        work.start()
        work.join(AT_ONCE_S)

    def _stamp(self) -> str:
        now = self._clock.monotonic()
        if now - self._looked >= STAMP_S:
            self._looked = now
            self._verdicts.look()
        return self._verdicts.stamp

    def _weigh(self, book: Book, statements: Sequence[Statement], stamp: str) -> str:
        """Judge a writer's entries; why that could not be done, empty if it was."""
        done = (stamp, len(statements))
        if self._judged.get(book.writer) == done:
            return ""
        self._asked = 0
        names, trouble = self._members.names, ""
        try:
            weighed = weigh(statements, names, self._ask, timeless=self._verdicts.timeless)
        except SigningError as error:
            trouble = str(error)
            if book.writer in self._judged:
                return trouble
            weighed = weigh(statements, names, self._remembered, timeless=False)
        else:
            if not weighed.left:
                self._judged[book.writer] = done
        with self._mutex:
            self.belief.judge(book, weighed)
        return trouble

    def _ask(self, one: Statement) -> Signed | None:
        """The verdict of now; None once many were asked for."""
        known = self._verdicts.known(one.text, one.signature)
        if known is not None:
            return known
        if not self._members.asks:
            return self._remembered(one)
        if (stranger := self._verdicts.stranger(one.key)) is not None:
            return stranger  # takes no turn from a member's, however many they are
        if self._asked >= MOST_ASKED:
            return None
        self._asked += 1
        return self._verdicts.ask(one.text, one.signature, iso(one.at))

    def _remembered(self, one: Statement) -> Signed | None:
        """What was believed before, where nobody can be asked."""
        before = self._verdicts.before(one.text, one.signature)
        return before if before is not None and before.state == "trusted" else None

    def disputed(self, who: str) -> tuple[Apart, ...]:
        """What others keep apart of the `own` writer, also once `who` has signed all of it.

        Judge the own writer before: else nobody but `who` is known to have signed.
        """
        with self._mutex:
            book = self.belief.books.get(self.belief.own)
            if book is None:
                return ()
            at = (who, len(book.entries), book.weighed)
            before = self._disputed_at
            if before is None or before[:2] != at[:2] or before[2] is not at[2]:
                self._disputed = book.disputed(self._members, who)
                self._disputed_at = at
            return self._disputed

    def signers(self, writer: str, seq: int) -> tuple[tuple[str, ...], str | None]:
        """Who has signed an entry, and why it is not believed: empty if only for want of that.

        None if it is believed.
        """
        with self._mutex:
            book = self.belief.books.get(writer)
            if book is None:
                return (), ""
            names = (name for name, upto in book.weighed.reach.items() if upto >= seq)
            return tuple(sorted(names)), book.open.get(seq)

    def entries(self) -> list[tuple[Entry, str]]:
        """What others wrote and is not believed, with why; empty for what is only pending."""
        with self._mutex:
            return [
                (book.entries[seq - 1], why)
                for book in self.belief.others
                for seq, why in book.open.items()
            ]
