"""The journal: what people decided, on disk before anything else knows it."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.clock import Clock
from console.domain.entry import Actor, Draft, Entry
from console.journal.chain import Chain, Mark
from console.journal.claimed import Claimed
from console.journal.disk import RESERVE_NAME, must_be_local
from console.journal.errors import Redacted, Unwritable
from console.journal.fallback import Fallback
from console.journal.home import Home, check_deployment, default_home
from console.journal.line import ZEROS
from console.journal.members import Apart, Members, Pending
from console.journal.reader import SUFFIX, Folder, Reader, writers
from console.journal.writer import Writer, unwritable

if TYPE_CHECKING:
    from console.journal.judging import Judge

OPENED = "journal.opened"

Propose = Callable[[Sequence[Entry]], Sequence[Draft]]


class Journal:
    """All writers' entries of one deployment, and the file this account appends to.

    Calls block on the disk: keep them off the event loop. A `Journal` may be used from several
    threads; several processes may each hold one on the same directory.
    """

    @classmethod
    def open(
        cls,
        directory: Path,
        deployment: str,
        *,
        clock: Clock,
        state_home: Path | None = None,
        config_hash: str,
        read_only: bool = False,
        genesis_actor: Actor,
        demo: bool = False,
        members: Members | None = None,
    ) -> "Journal":
        """Read and verify what stands in `directory`/journal.

        `deployment` is its random id. `config_hash` goes into the first entry this writer makes,
        by `genesis_actor`, and whether the times are those of a `demo`.
        With `read_only` no file is touched, and `writer` is empty if this
        account never wrote here. A damaged file does not refuse: see `intact` and `trouble`.
        With `members`, what others wrote is given out only once it is believed; see `judging`.

        Raises `Unwritable` if the journal cannot be read where it is, is a redacted copy, or,
        without `read_only`, cannot be written; `ValueError` for a `deployment` that is no id.
        """
        check_deployment(deployment)
        home = Home(state_home or default_home(deployment))
        if not directory.is_dir():
            raise Unwritable(f"{directory} is not a directory; name the deployment's directory")
        if not read_only:
            must_be_local(directory)
        try:
            name = home.find(directory) if read_only else home.claim(directory)
            heads = home.heads(name) if name else {}
        except OSError as error:
            raise unwritable(home.path, error) from error
        kind = "demo" if demo else "system"
        genesis = Draft(genesis_actor, OPENED, {"clock": kind, "config": config_hash})
        journal = cls(directory / "journal", deployment, clock, home, heads)
        if members is not None:
            from console.journal.judging import Judge  # noqa: PLC0415 -- it runs other programs

            journal.judging = Judge(members, name, home.path, clock, journal._mutex)
        if name:
            journal._become(name, genesis, read_only)
        journal._refresh()
        if (problem := journal._redacted()) is not None:
            journal.close()
            raise Unwritable(str(problem))
        if journal.judging is not None:
            journal.judging.at_once(keep=not read_only)
        return journal

    def __init__(
        self, folder: Path, deployment: str, clock: Clock, home: Home, heads: dict[str, Mark]
    ) -> None:
        """Use `Journal.open`."""
        self.writer = ""
        self._folder = Folder(folder, clock)
        self._names: frozenset[str] = frozenset()
        self._deployment = deployment
        self._clock = clock
        self._home = home
        self._heads = heads
        self._remembered = {name: mark.seq for name, mark in heads.items()}
        self._fallback = Fallback(home.path)
        self._writer: Writer | None = None
        self._mutex = threading.Lock()
        self.judging: Judge | None = None
        self._unread: list[Entry] = []
        self._lost: frozenset[tuple[str, int]] = frozenset()
        self._readers: dict[str, Reader] = {}
        for name in sorted(heads):
            self._follow(name)

    @property
    def head(self) -> str:
        """The hash of this writer's last entry; 64 zeros before the first."""
        return self.heads.get(self.writer, ZEROS)

    @property
    def heads(self) -> dict[str, str]:
        """The hash of each writer's last entry."""
        return {writer: mark.h for writer, mark in self.marks.items()}

    @property
    def marks(self) -> dict[str, Mark]:
        """The number and hash of each writer's last entry."""
        chains = [reader.chain for reader in tuple(self._readers.values())]
        return {chain.writer: Mark(chain.seq, chain.h) for chain in chains if chain.seq}

    @property
    def count(self) -> int:
        """The verified entries of all writers."""
        return sum(reader.chain.seq for reader in tuple(self._readers.values()))

    @property
    def trouble(self) -> str:
        """What is wrong with the files, in one sentence; empty if nothing is."""
        problems = [reader.chain.problem for reader in tuple(self._readers.values())]
        return next((str(problem) for problem in problems if problem is not None), "")

    @property
    def intact(self) -> bool:
        """Whether every writer's file verified."""
        return not self.trouble

    @property
    def sound(self) -> bool:
        """Whether the own file verified, so that it is written to, whatever became of others'."""
        reader = self._readers.get(self.writer)
        return self.intact if reader is None else reader.chain.problem is None

    @property
    def pending(self) -> tuple[Pending, ...]:
        """What others wrote and nobody has signed yet: it advances nothing."""
        return () if self.judging is None else self.judging.belief.pending

    @property
    def apart(self) -> tuple[Apart, ...]:
        """What others wrote and is not believed: it changes nothing."""
        return () if self.judging is None else self.judging.belief.apart

    @property
    def claimed(self) -> tuple[Claimed, ...]:
        """Rollbacks that others say they fired, and that are not believed; the latest first."""
        return () if self.judging is None else self.judging.belief.claimed

    @property
    def disbelief(self) -> str:
        """Why nobody can say what of others is to be believed, in one sentence; else empty."""
        return "" if self.judging is None else self.judging.trouble

    def no_more(self) -> frozenset[tuple[str, int]]:
        """Entries given out before that are believed no more, by writer and number; told once.

        They are known once the next entries were asked for.
        """
        lost, self._lost = self._lost, frozenset()
        return lost

    @property
    def latched(self) -> bool:
        """Whether an I/O error stopped all writing until the journal is opened anew."""
        return self._writer is not None and self._writer.latched

    @property
    def full(self) -> bool:
        """Whether the disk had no room for the last entry: only an emergency's are taken."""
        return self._writer is not None and not self._writer.roomy

    def read_new(self) -> list[Entry]:
        """The verified entries not returned before, in the order (`clock`, `writer`, `seq`)."""
        with self._mutex:
            self._refresh()
            return self._deliver()

    def transact(self, propose: Propose) -> list[Entry]:
        """Let `propose` decide on the latest state and write what it returns, all under the lock.

        `propose` gets the entries not returned before and gives the drafts to write. What it gets
        counts as returned even if it raises; then nothing is written. Returns the entries written
        and synced, with the writer's opening entry before them if they are its first.

        Raises `Corrupt` or `Unwritable` where this writer may not write, `Latched` on and after an
        I/O error, `DiskFull`, and `ValueError` for a draft that is not JSON or too long.
        """
        with self._mutex:
            writer = self._writer
            if writer is None:
                raise Unwritable(f"{self._folder.path} was opened for reading only")
            writer.lock()
            try:
                names = self._refresh(locked=True)
                writer.settle(self._top(), reserved=RESERVE_NAME in names)
                drafts = propose(self._deliver())
                if not drafts:
                    return []
                entries = writer.append(drafts, self._top())
                if self.judging is not None:
                    self.judging.belief.take(self.writer, entries)
                self._remember()
                return entries
            finally:
                writer.unlock()

    @property
    def kept_aside(self) -> bool:
        """Whether something waits in the fallback journal. Asks the disk."""
        return self._fallback.waiting()

    def fallback(
        self, drafts: Sequence[Draft], at: float | None = None, *, doubtful: bool = False
    ) -> None:
        """Keep what could not be journalled in the account's state directory, synced.

        The next `transact` that has room adopts it, with `occurred_at` in its data: `at` (unix
        seconds), else now. With `doubtful`, only what was not written since then. This works
        however the journal was opened. `Unwritable` if even that fails.
        """
        at = self._clock.now() if at is None else at
        try:
            self._fallback.keep(drafts, at, doubtful=doubtful)
        except OSError as error:
            raise unwritable(self._fallback.path, error) from error

    def close(self) -> None:
        """Let go of the files."""
        with self._mutex:
            self._home.close()
            if self._writer is not None:
                self._writer.close()

    def _become(self, name: str, genesis: Draft, read_only: bool) -> None:
        self.writer = name
        if name not in self._readers:
            self._follow(name)
        if not read_only:
            self._writer = Writer(
                self._readers[name], self._deployment, self._clock, genesis, self._fallback
            )

    def _follow(self, name: str) -> None:
        path = self._folder.path / f"{name}{SUFFIX}"
        self._readers[name] = Reader(Chain(path, self._deployment, self._heads.get(name)))

    def _refresh(self, *, locked: bool = False) -> frozenset[str]:
        """Read what is new in the files, the own but if `locked`; the names that lie there."""
        names = self._folder.names()
        if names is not self._names:
            self._names = names
            for name in writers(names):
                if name not in self._readers:
                    self._follow(name)
        for name, reader in self._readers.items():
            # After a disk error the own file may show what is not on the disk.
            if name == self.writer and (locked or self.latched):
                continue
            new = reader.refresh()
            if self.judging is not None and name != self.writer:
                self.judging.belief.take(name, new)
            else:
                self._unread += new
        return names

    def _deliver(self) -> list[Entry]:
        entries, self._unread = self._unread, []
        if self._writer is not None:
            entries += self._writer.unread
            self._writer.unread = []
        if self.judging is not None:
            self.judging.belief.take(self.writer, entries)
            entries += self.judging.belief.ready()
            self._lost |= self.judging.belief.lost()
        if len(self._readers) > 1:
            entries.sort(key=lambda entry: entry.order)
        return entries

    def _redacted(self) -> Redacted | None:
        """What shows that this is a redacted copy.

        Beside a file of one's own, another's that was redacted is no more than damaged.
        """
        own = self._readers.get(self.writer)
        writes = own is not None and own.chain.seq > 0
        looked_at = [own] if own is not None and writes else self._readers.values()
        problems = (reader.chain.problem for reader in looked_at)
        return next((one for one in problems if isinstance(one, Redacted)), None)

    def _top(self) -> int:
        return max(reader.chain.clock for reader in self._readers.values())

    def _remember(self) -> None:
        """Note how far each writer's file reaches, so that a shorter one is noticed.

        The entries are on the disk already: failing to note them is no reason to deny them.
        """
        for name, reader in self._readers.items():
            chain = reader.chain
            if chain.seq > self._remembered.get(name, 0):
                with contextlib.suppress(OSError):
                    self._home.remember(self.writer, name, chain.seq, chain.h)
                    self._remembered[name] = chain.seq
