"""People with keys, each the writer of a journal of their own, and how their files travel."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.domain.entry import Actor, Draft, Entry
from console.domain.events import JournalSigned, draft
from console.domain.times import utc
from console.journal import Journal
from console.journal.chain import Mark
from console.journal.members import Members
from console.journal.signing import sign
from console.journal.statements import text_of
from tests.journal.desk import CONFIG, DEPLOYMENT, StillClock
from tests.journal.keys import Keys

AGENT = Actor("agent lead", ("agent-lead",))
TECH = Actor("tech lead", ("tech-lead",))
ROLES = {"agent lead": frozenset({"agent-lead"}), "tech lead": frozenset({"tech-lead"})}


@dataclass
class Host:
    """One person's machine: a directory and a memory of its own."""

    place: Path
    name: str
    actor: Actor
    members: Members | None
    clock: StillClock = field(default_factory=StillClock)
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        """Make the directory, and open the journal in it."""
        (self.place / self.name / "journal").mkdir(parents=True)
        self.open()

    def open(self, members: Members | None = None, *, read_only: bool = False) -> Journal:
        """Open it, or open it again, as another process would."""
        self.journal = Journal.open(
            self.place / self.name,
            DEPLOYMENT,
            clock=self.clock,
            state_home=self.place / f"{self.name}-state",
            config_hash=CONFIG,
            read_only=read_only,
            genesis_actor=self.actor,
            members=members or self.members,
        )
        return self.journal

    @property
    def file(self) -> Path:
        """What this host writes."""
        return self.place / self.name / "journal" / f"{self.journal.writer}.jsonl"

    def note(self, text: str, actor: Actor | None = None, kind: str = "note.written") -> Entry:
        """Write one entry."""
        made = Draft(actor or self.actor, kind, {"text": text})
        return self.journal.transact(lambda _: [made])[-1]

    def rollback(
        self, kind: str, rollback: str = "canary-5.1/r1", *, who: str = "", **data: object
    ) -> Entry:
        """Write an entry of a rollback, by the tech lead if nobody else is told."""
        made = Draft(Actor(who) if who else TECH, kind, {"rollback": rollback, **data})
        return self.journal.transact(lambda _: [made])[-1]

    def sign(self, key: Path, at: float | None = None, upto: Entry | None = None) -> Entry:
        """Sign what was written, up to the latest entry if no other is told."""
        at = self.clock.now() if at is None else at
        mark = self.journal.marks[self.journal.writer]
        mark = mark if upto is None else Mark(upto.seq, upto.h)
        signature = sign(text_of(DEPLOYMENT, self.journal.writer, mark, at), key)
        event = JournalSigned(mark.seq, mark.h, utc(at), signature)
        return self.journal.transact(lambda _: [draft(self.actor, event)])[-1]

    def send(self, other: "Host", lines: int | None = None) -> None:
        """Carry the file, or its first `lines`, to another host."""
        target = other.place / other.name / "journal" / self.file.name
        whole = self.file.read_bytes().splitlines(keepends=True)
        target.write_bytes(b"".join(whole[:lines]))

    def look(self) -> list[Entry]:
        """What is given out now that all was judged, a second later."""
        self.clock.at += 1.5
        before = self.journal.read_new()
        assert self.journal.judging is not None
        self.journal.judging.judge()
        return before + self.journal.read_new()


def members_at(allowed: Path, *, asks: bool = True) -> Members:
    """The two leads."""
    return Members(allowed, {name: name for name in ROLES}, ROLES, asks)


@dataclass
class Two:
    """Two members, each on a host of their own."""

    keys: Keys
    agent: Host
    tech: Host
    agent_key: Path
    tech_key: Path

    @classmethod
    def at(cls, place: Path) -> "Two":
        """Make keys, the list of them, and the hosts."""
        keys = Keys(place / "keys")
        agent_key, tech_key = keys.make("agent"), keys.make("tech")
        allowed = keys.allow(("agent lead", agent_key), ("tech lead", tech_key))
        hosts = [
            Host(place, actor.name.replace(" ", "-"), actor, members_at(allowed))
            for actor in (AGENT, TECH)
        ]
        return cls(keys, hosts[0], hosts[1], agent_key, tech_key)

    def close(self) -> None:
        """Let go of the files."""
        for host in (self.agent, self.tech):
            host.journal.close()


def names(entries: Sequence[Entry], writer: str) -> list[tuple[int, str]]:
    """Number and kind of the entries of one writer."""
    return sorted((entry.seq, entry.kind) for entry in entries if entry.writer == writer)


def copy(source: Path, target: Path) -> None:
    """Replace a file as an editor does."""
    scratch = target.with_name("scratch")
    shutil.copy(source, scratch)
    scratch.replace(target)
