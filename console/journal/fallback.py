"""The fallback journal: what could not be journalled, kept until it can be."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from console.domain.entry import Actor, Draft
from console.journal.disk import write_all
from console.journal.line import moment, must_be_json


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    actor: Actor
    at: str
    data: dict[str, object]
    id: str
    kind: str
    doubtful: bool = False


class _Written(msgspec.Struct, frozen=True):
    """What a journal's line says of its entry."""

    actor: Actor
    at: str
    data: dict[str, object]
    kind: str


class Fallback:
    """A file of JSON lines `{"actor","at","data","id","kind"}` in the account's state directory.

    A line that is `"doubtful"` may stand in the journal already: a disk that hung wrote it late.

    Keeping never waits for the journal: what is being adopted is first renamed out of the way.
    """

    def __init__(self, home: Path) -> None:
        """Look at `home`; nothing is created before something is kept."""
        self.path = home / "fallback.jsonl"
        self._name = str(self.path)
        self._adopting = home / "fallback-adopting.jsonl"
        self._interrupted = self._adopting.exists()

    def keep(self, drafts: Sequence[Draft], at: float, *, doubtful: bool = False) -> None:
        """Write and sync `drafts`, decided at `at` (unix seconds); `OSError` if even that fails."""
        lines = b""
        for draft in drafts:
            must_be_json(draft.data, draft.kind)
            kept = _Kept(
                draft.actor, moment(at), draft.data, secrets.token_hex(8), draft.kind, doubtful
            )
            lines += msgspec.json.encode(kept) + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = self._lock()
        try:
            size = os.fstat(fd).st_size
            torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            write_all(fd, b"\n" + lines if torn else lines)
            os.fsync(fd)
        finally:
            os.close(fd)

    def waiting(self) -> bool:
        """Whether anything waits to be adopted."""
        return self._interrupted or os.access(self._name, os.F_OK)

    def drafts(self, journal: bytes) -> list[Draft]:
        """What waits, as drafts with `occurred_at`, but for what `journal`'s text shows as adopted.

        The waiting line's id, as `fallback` in the entry's data, tells. Lines that were never
        written whole, and so never acknowledged, are passed over.
        """
        if not self._adopting.exists():
            self.path.replace(self._adopting)
        self._interrupted = True
        with self._adopting.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines()
        drafts = []
        seen: list[_Kept] = []
        for line in lines:
            try:
                kept = msgspec.json.decode(line, type=_Kept)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if kept.doubtful:
                same = msgspec.structs.replace(kept, id="")
                if same in seen or _stands_in(kept, journal):
                    continue
                seen.append(same)
            if f'"fallback":"{kept.id}"'.encode() not in journal:
                data = {"occurred_at": kept.at, **kept.data, "fallback": kept.id}
                drafts.append(Draft(kept.actor, kept.kind, data))
        return drafts

    def adopted(self) -> None:
        """Call what `drafts` gave adopted; its text stays beside, under a name of its own."""
        self._adopting.replace(
            self._adopting.with_name(f"fallback-adopted-{secrets.token_hex(4)}.jsonl")
        )
        self._interrupted = False

    def _lock(self) -> int:
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), self.path.stat()):
                    return fd
            os.close(fd)


def _stands_in(kept: _Kept, journal: bytes) -> bool:
    """Whether the same came to stand in the journal, at that time or later."""
    kind = f'"kind":"{kept.kind}"'.encode()
    for line in reversed(journal.splitlines()):
        try:
            written = msgspec.json.decode(line, type=_Written) if kind in line else None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if written is None:
            continue
        if written.at < kept.at:
            return False
        for mark in ("fallback", "occurred_at"):
            written.data.pop(mark, None)
        if (written.actor, written.data) == (kept.actor, kept.data):
            return True
    return False
