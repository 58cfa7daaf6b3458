"""A deployment's directory and the account's memory of it, for tests of the journal."""

import dataclasses
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from console.domain.entry import Actor, Draft, Entry
from console.journal import Journal
from console.journal.line import seal

LEAD = Actor("agent lead", ("agent-lead",))
DEPLOYMENT = "0f3a9c5e"
CONFIG = hashlib.sha256(b"config").hexdigest()
START = 1_700_000_000.25


class StillClock:
    """A clock that moves only when told."""

    speed = 1.0

    def __init__(self, at: float = START) -> None:
        """Stand at `at`, unix seconds."""
        self.at = at

    def now(self) -> float:
        """See `Clock.now`."""
        return self.at

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self.at


@dataclass
class Desk:
    """Where a test keeps its journal."""

    directory: Path
    state: Path
    clock: StillClock = dataclasses.field(default_factory=StillClock)

    def open(self, *, read_only: bool = False) -> Journal:
        """The journal of this directory and account."""
        return Journal.open(
            self.directory,
            DEPLOYMENT,
            clock=self.clock,
            state_home=self.state,
            config_hash=CONFIG,
            read_only=read_only,
            genesis_actor=LEAD,
        )

    def file(self) -> Path:
        """The only writer's file."""
        (file,) = (self.directory / "journal").glob("*.jsonl")
        return file

    def forget_heads(self) -> None:
        """As if the machine lost power before the account's memory reached the disk."""
        shutil.rmtree(self.state / "heads")

    def filled(self, count: int) -> bytes:
        """Write `count` notes; what the file then holds."""
        journal = self.open()
        for number in range(count):
            note(journal, f"note {number}")
        journal.close()
        return self.file().read_bytes()


def note(journal: Journal, text: str, kind: str = "note.added") -> list[Entry]:
    """Append one note."""
    return journal.transact(lambda _: [draft(text, kind)])


def draft(text: str, kind: str = "note.added") -> Draft:
    """One note to be written."""
    return Draft(LEAD, kind, {"text": text})


def text(entry: Entry) -> object:
    """What a note says; None for another entry."""
    return msgspec.json.decode(entry.data, type=dict[str, object]).get("text")


def texts(entries: Sequence[Entry]) -> list[object]:
    """What the notes among `entries` say."""
    return [text(entry) for entry in entries if entry.kind == "note.added"]


def write_lines(path: Path, clocks: Sequence[int], deployment: str = DEPLOYMENT) -> None:
    """Write a verified file for the writer `path` names, one note at each of `clocks`."""
    prev = "0" * 64
    lines = []
    for seq, clock in enumerate(clocks, 1):
        line = seal(
            draft(str(clock)),
            at=START,
            clock=clock,
            deployment=deployment,
            prev=prev,
            seq=seq,
            writer=path.stem,
        )
        prev = line[-66:-2].decode()
        lines.append(line + b"\n")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(lines))
