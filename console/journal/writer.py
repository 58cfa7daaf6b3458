"""Appends to the own file: under its lock, chained, synced; heals what a crash left."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from console.clock import Clock
from console.domain.entry import Draft, Entry
from console.journal.chain import RECOVERED, Torn
from console.journal.disk import FULL, OwnFile, Reserve
from console.journal.errors import DiskFull, Latched, Unwritable
from console.journal.fallback import Fallback
from console.journal.line import decode, seal
from console.journal.reader import Reader

EMERGENCY = ("rollback.", "incident.")


class Writer:
    """The one file of this account, followed by `reader`. All but `lock` need the lock.

    `unread` collects entries that came to stand in the file by other ways than `append`. Every
    method may raise the file's `Corrupt`, `Latched`, `Unwritable` or `DiskFull`.
    """

    def __init__(
        self, reader: Reader, deployment: str, clock: Clock, genesis: Draft, fallback: Fallback
    ) -> None:
        """Nothing is opened before the first lock."""
        self.reader = reader
        self.unread: list[Entry] = []
        self.latched = False
        self._deployment = deployment
        self._clock = clock
        self._genesis = genesis
        self._fallback = fallback
        self._file = OwnFile(reader.chain.path)
        self._reserve = Reserve(reader.chain.path.parent)
        self.roomy = True
        self._disk = _Disk(self)

    def lock(self) -> None:
        """Wait for the lock on the file that stands at its path now, and read that to its end."""
        self.must_be_sound()
        with self._disk:
            try:
                stat = self._file.lock(create=self.reader.chain.mark is None)
            except FileNotFoundError:
                self.unread += self.reader.refresh()
                self.must_be_sound()
                raise
            except OSError as error:
                if error.errno not in FULL or not self._reserve.release():
                    raise
                stat = self._file.lock(create=True)
        self.unread += self.reader.refresh(stat)

    def unlock(self) -> None:
        """Let others append."""
        self._file.unlock()

    def must_be_sound(self) -> None:
        """Raise what forbids to append."""
        if self.latched:
            raise Latched(
                f"{self.reader.chain.path} had a disk error; nothing more is journalled until the "
                "disk is checked and warroom is started again"
            )
        if self.reader.chain.problem is not None:
            raise self.reader.chain.problem

    def settle(self, top: int, *, reserved: bool) -> None:
        """Heal what the last append left, then adopt the fallback journal, if there is room.

        `top` is the highest clock of all writers; `reserved` whether the reserve is there.
        """
        self.must_be_sound()
        with self._disk:
            self.roomy = reserved or self._reserve.make()
            if self.reader.chain.tail is not None:
                self._heal(top)
            if self.roomy and self._fallback.waiting():
                self._adopt(top)

    def append(self, drafts: Sequence[Draft], top: int) -> list[Entry]:
        """Write and sync `drafts`; the entries they became, after the opening entry if first."""
        emergency = all(draft.kind.startswith(EMERGENCY) for draft in drafts)
        if not (self.roomy or emergency):
            raise self.full()
        left = self._opened(drafts)
        with self._disk:
            try:
                return self._write(left, top)
            except OSError as error:
                if error.errno not in FULL:
                    raise
                if not emergency:
                    self._reserve.release()
                    raise
            # Some of the drafts may stand in the file whole, before the one that found no room.
            before = len(self.unread)
            self._give_way(top)
            landed = self.unread[before:]
            done = sum(entry.kind != RECOVERED for entry in landed)
            rest = self._write(left[done:], top) if left[done:] else []
            del self.unread[before:]
            return landed + rest

    def full(self) -> DiskFull:
        """What a full disk means, in one sentence."""
        return DiskFull(
            f"the disk that holds {self.reader.chain.path.parent} is full: only rollback and "
            "incident entries are taken until there is room again"
        )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _opened(self, drafts: Sequence[Draft]) -> list[Draft]:
        return list(drafts) if self.reader.chain.seq else [self._genesis, *drafts]

    def _write(self, drafts: Sequence[Draft], top: int) -> list[Entry]:
        chain = self.reader.chain
        seq, prev, clock = chain.seq, chain.h, max(top, chain.clock)
        now = self._clock.now()
        lines: list[bytes] = []
        entries: list[Entry] = []
        for draft in drafts:
            seq += 1
            clock += 1
            line = seal(
                draft,
                at=now,
                clock=clock,
                deployment=self._deployment,
                prev=prev,
                seq=seq,
                writer=chain.writer,
            )
            entry = decode(line)
            prev = entry.h
            lines.append(line + b"\n")
            entries.append(entry)
        self._file.append(b"".join(lines))
        for entry, line in zip(entries, lines, strict=True):
            chain.take(entry, len(line))
        self.reader.wrote()
        return entries

    def _heal(self, top: int) -> None:
        tail = self.reader.chain.tail
        end = b"\n"
        if isinstance(tail, Torn):
            end += self._recovery(tail, top) + b"\n"
        try:
            self._file.append(end)
        except OSError as error:
            if error.errno not in FULL:
                raise
            self._give_way(top)
        else:
            self.unread += self.reader.refresh()
            self.must_be_sound()

    def _recovery(self, torn: Torn, top: int) -> bytes:
        chain = self.reader.chain
        skipped = torn.skipped
        data: dict[str, object] = {
            "offset": skipped.offset,
            "length": skipped.length,
            "sha256": skipped.sha256,
        }
        if chain.seq == 0:
            data |= self._genesis.data
        return seal(
            Draft(self._genesis.actor, RECOVERED, data),
            at=self._clock.now(),
            clock=max(top, chain.clock) + 1,
            deployment=self._deployment,
            prev=chain.h,
            seq=chain.seq + 1,
            writer=chain.writer,
        )

    def _adopt(self, top: int) -> None:
        try:
            drafts = self._fallback.drafts(self.reader.chain.path.read_bytes())
            if drafts:
                self.unread += self._write(self._opened(drafts), top)
            self._fallback.adopted()
        except OSError as error:
            if error.errno not in FULL:
                raise
            self._give_way(top)

    def _give_way(self, top: int) -> None:
        """Release the reserve and heal what the full disk tore; `DiskFull` if there is none."""
        self.roomy = False
        if not self._reserve.release():
            raise self.full()
        self.unread += self.reader.refresh()
        self.must_be_sound()
        if self.reader.chain.tail is not None:
            self._heal(top)


class _Disk:
    """Says in one sentence what a disk error means, and latches the writer on those that last."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Latched):
            self._writer.latched = True
        elif isinstance(error, OSError):
            if error.errno in FULL:
                raise self._writer.full() from error
            raise unwritable(self._writer.reader.chain.path, error) from error


def unwritable(path: Path, error: OSError) -> Unwritable:
    """What `error` means for keeping something at `path`, in one sentence."""
    return Unwritable(
        f"{path} cannot be written ({error.strerror}); check the directory and its permissions"
    )
