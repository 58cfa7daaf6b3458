"""The journal and the state that follows from it, as one thing: write first, then show."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from console.clock import Clock
from console.domain.concurrent import overrules
from console.domain.entry import Actor, Draft, Entry
from console.domain.events import Event, GateDecided, RollbackTriggered, draft
from console.domain.evolve import evolve, fold
from console.domain.state import State
from console.journal import Corrupt, DiskFull, Journal, Latched, MissingJournal, Unwritable
from console.journal.members import Members

WRITE_ERRORS = (Corrupt, DiskFull, Latched, Unwritable, OSError, ValueError)


class Record:
    """State and entries of one deployment. Every method may block on the disk: call it in a thread.

    `entries` grow at their end; `resorted` counts how often others' entries came in between.
    Threads take turns. The state that callers see is replaced, never changed under them: a fold
    works on a copy when anybody else may hold the old one.
    """

    def __init__(self, journal: Journal | MissingJournal) -> None:
        """Fold what `journal` holds."""
        self.journal = journal
        self.entries: list[Entry] = journal.read_new()
        self._state = fold(self.entries)
        self._folded = {entry.writer: entry.seq for entry in self.entries}
        self._lock = threading.Lock()
        self.resorted = 0

    @classmethod
    def open(
        cls,
        directory: Path,
        deployment: str,
        *,
        clock: Clock,
        config_hash: str,
        actor: Actor,
        read_only: bool = False,
        demo: bool = False,
        state_home: Path | None = None,
        members: Members | None = None,
    ) -> "Record":
        """Open the journal of the deployment at `directory` and replay it, verified."""
        return cls(
            Journal.open(
                directory,
                deployment,
                clock=clock,
                state_home=state_home,
                config_hash=config_hash,
                read_only=read_only,
                genesis_actor=actor,
                demo=demo,
                members=members,
            )
        )

    @property
    def state(self) -> State:
        """The state now; a caller may keep it, it does not change."""
        return self._state

    def refresh(self) -> list[Entry]:
        """Fold what other consoles and writers have appended; returns the new entries."""
        with self._lock:
            unseen = self.journal.read_new()
            self._take(unseen)
            return unseen

    def transact(
        self, actor: Actor, propose: Callable[[State], Sequence[Event]]
    ) -> tuple[list[Entry], list[Entry]]:
        """Decide on the newest state, write, and only then change the state.

        Returns (what others had written, what was written now). `propose` may raise to refuse.
        """
        with self._lock:
            others: list[Entry] = []

            def decide(unseen: Sequence[Entry]) -> list[Draft]:
                others.extend(unseen)
                self._take(unseen)
                return [draft(actor, self._knowing(event)) for event in propose(self._state)]

            written = self.journal.transact(decide)
            self._take(written)
            return others, written

    def _knowing(self, event: Event) -> Event:
        """A decision, with what it was taken in the knowledge of, where there are others."""
        if not isinstance(event, GateDecided | RollbackTriggered):
            return event
        own = self.journal.writer
        others = {name: self._folded.get(name, 0) for name in self.journal.marks if name != own}
        return msgspec.structs.replace(event, knew=others)

    def _take(self, new: Sequence[Entry]) -> None:
        """Fold `new`; from the start where one belongs before what is folded, or overrules it.

        So too where something that was folded is believed no more.
        """
        if lost := self.journal.no_more():
            self.entries = [one for one in self.entries if (one.writer, one.seq) not in lost]
            self.entries = sorted([*self.entries, *new], key=lambda entry: entry.order)
            self.resorted += 1
            self._state = fold(self.entries)
            self._folded = {entry.writer: entry.seq for entry in self.entries}
            return
        if not new:
            return
        self._folded |= {entry.writer: entry.seq for entry in new}
        if self.entries and new[0].order < self.entries[-1].order:
            self.entries = sorted([*self.entries, *new], key=lambda entry: entry.order)
            self.resorted += 1
            self._state = fold(self.entries)
            return
        self.entries.extend(new)
        state = copy_of(self._state)
        for entry in new:
            if overrules(state, entry):
                self._state = fold(self.entries)
                return
            evolve(state, entry)
        self._state = state


def copy_of(state: State) -> State:
    """A copy of `state` that shares nothing that `evolve` changes.

    Escalations are replaced, never changed: of what may be ten thousand only the table is copied.
    So it is with what people were told.
    """
    plain = msgspec.structs.replace(state, escalations={}, told={}, untold={})
    copy = _DECODER.decode(_ENCODER.encode(plain))
    copy.escalations = dict(state.escalations)
    copy.told = {person: dict(keys) for person, keys in state.told.items()}
    copy.untold = {person: dict(keys) for person, keys in state.untold.items()}
    return copy


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(State)
