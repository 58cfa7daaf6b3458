"""The signatures that stand in a writer's own chain, as `journal.signed` entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.domain.entry import Entry
from console.domain.events import JournalSigned, decode
from console.domain.times import iso
from console.journal.chain import Mark
from console.journal.heads import Heads, statement
from console.journal.signing import key_of

SIGNED = "journal.signed"


@dataclass(frozen=True, slots=True)
class Statement:
    """Entry `place` of a writer, which signs that writer's entries up to `upto`.

    `text` is what was signed, `at` the time it tells (unix seconds), `key` the public key's bytes.
    `wrong` says why it is not worth asking about; then the rest may be empty.
    """

    place: int
    upto: int
    at: float
    key: bytes
    text: bytes
    signature: str
    wrong: str = ""


def text_of(deployment: str, writer: str, mark: Mark, at: float) -> bytes:
    """What is signed of one writer's entries up to `mark`, at `at` (unix seconds)."""
    return statement(Heads(deployment, iso(at), {writer: mark})).encode()


def statement_of(entry: Entry, before: Sequence[Entry], latest: Mapping[bytes, float]) -> Statement:
    """What a `journal.signed` entry says, which stands after the entries `before` it.

    `latest` has the times of the writer's last statements by each key (unix seconds): by one key,
    time does not go backwards.
    """
    event = decode(entry.kind, entry.data)
    if not isinstance(event, JournalSigned):
        return _wrong(entry, 0, "is no signature that this version reads")
    if not 1 <= event.seq <= len(before) or before[event.seq - 1].h != event.h:
        return _wrong(entry, event.seq, "signs an entry that this writer does not have")
    if (key := key_of(event.signature)) is None:
        return _wrong(entry, event.seq, "holds no SSH signature")
    at = event.said_at.timestamp()
    if at < latest.get(key, at) or at < int(before[event.seq - 1].at.timestamp()):
        said = f"is dated back to {iso(at)}, before what was signed or written earlier"
        return _wrong(entry, event.seq, said)
    try:
        text = text_of(entry.deployment, entry.writer, Mark(event.seq, event.h), at)
    except ValueError as error:
        return _wrong(entry, event.seq, f"is no statement: {error}")
    return Statement(entry.seq, event.seq, at, key, text, event.signature)


def _wrong(entry: Entry, upto: int, why: str) -> Statement:
    why = f"entry {entry.seq} {why}"
    return Statement(entry.seq, min(upto, entry.seq - 1), 0.0, b"", b"", "", why)
