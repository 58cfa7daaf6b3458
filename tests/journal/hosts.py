"""Several hosts with a real journal each, between which lines are carried as they stand."""

from pathlib import Path
from typing import Any

import msgspec

from console.domain import commands as c
from console.domain import events as e
from console.domain.decide import decide
from console.domain.entry import Actor, Entry
from console.domain.state import state_hash
from console.journal.record import Record
from tests.domain.build import LEAD, WATCHER, Desk

DEPLOYMENT = "9f2c4e5d6b7a8091"


class DeskClock:
    """The clock of a desk, whose time is moved by hand."""

    speed = 1.0

    def __init__(self, desk: Desk) -> None:
        """Show the time of `desk`."""
        self._desk = desk

    def now(self) -> float:
        """See `Clock.now`."""
        return self._desk.now

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self._desk.now


class Host(Desk):
    """One host: what is decided here is decided on what has come here, and written here."""

    def __init__(self, root: Path, name: str, **facts: Any) -> None:
        """Open an empty journal under `root`/`name`."""
        super().__init__(**facts)
        self.name = name
        self.root = root / name
        (self.root / "agent").mkdir(parents=True)
        self._named(f"{name}-00000001")
        self.record = self._open()
        self.tell("hello")

    def _named(self, writer: str) -> None:
        """Have the account remember its name: the order of names then is that of the hosts."""
        (self.root / "home").mkdir()
        place = self.root / "agent"
        found = place.stat()
        known = {
            "writer": writer,
            "directory": str(place.resolve()),
            "device": found.st_dev,
            "inode": found.st_ino,
        }
        (self.root / "home" / "writers.json").write_bytes(msgspec.json.encode([known]))

    def _open(self) -> Record:
        record = Record.open(
            self.root / "agent",
            DEPLOYMENT,
            clock=DeskClock(self),
            config_hash="c" * 64,
            actor=LEAD,
            state_home=self.root / "home",
        )
        self.state = record.state
        return record

    @property
    def writer(self) -> str:
        """The name that this host writes under."""
        return self.record.journal.writer

    @property
    def hash(self) -> str:
        """The state's hash, after all that has come was read."""
        self.look()
        return state_hash(self.state)

    def look(self) -> None:
        """Read what has come."""
        self.record.refresh()
        self.state = self.record.state

    def do(self, command: c.Command, who: Actor = LEAD, **changes: Any) -> list[e.Event]:
        """Decide and write, as the room does. Raises `Refused`."""
        decided: list[e.Event] = []

        def propose(_: object) -> list[e.Event]:
            self.state = self.record.state
            decided[:] = decide(self.state, command, self.facts(who, **changes))
            return decided

        self.written = self.record.transact(who, propose)[1]
        self.state = self.record.state
        return decided

    def write(self, *events: e.Event, who: Actor = WATCHER) -> None:
        """Write what nobody decides."""
        self.written = self.record.transact(who, lambda _: events)[1]
        self.state = self.record.state

    def tell(self, text: str) -> None:
        """Write a note."""
        self.write(e.NoteWritten(text), who=LEAD)

    def restart(self) -> None:
        """Close, and open again."""
        self.record.journal.close()
        self.record = self._open()

    def lines(self, writer: str) -> list[bytes]:
        """The lines of a writer that lie here."""
        path = self._file(writer)
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def _file(self, writer: str) -> Path:
        return self.root / "agent" / "journal" / f"{writer}.jsonl"

    def send(self, other: "Host", most: int | None = None, writer: str = "") -> None:
        """Carry the first `most` lines of `writer`, this one if not said, to `other`.

        What lies there already is not written twice, as whoever takes lines in sees to.
        """
        name = writer or self.writer
        if name == other.writer:
            return
        lines, there = self.lines(name)[:most], len(other.lines(name))
        if lines[there:]:
            with other._file(name).open("ab") as file:
                file.writelines(lines[there:])
        other.look()

    @property
    def all(self) -> list[Entry]:
        """All entries that are here, in the order of the fold."""
        self.look()
        return self.record.entries


def meet(*hosts: Host) -> None:
    """Carry everything everywhere, twice: what is there already is a duplicate."""
    for _ in range(2):
        for one in hosts:
            for other in hosts:
                for writer in {host.writer for host in hosts}:
                    if one is not other:
                        one.send(other, writer=writer)


def hosts(root: Path, *names: str, attempt: str = "", **facts: Any) -> list[Host]:
    """Hosts that hold the same: the first has gone on to `attempt`, and all is ready there."""
    made = [Host(root, name, **facts) for name in names]
    if attempt:
        made[0].to(attempt)
        made[0].ready()
    meet(*made)
    for one in made:
        one.now = made[0].now
    return made
