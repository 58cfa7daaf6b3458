"""Whatever comes in whatever order: the state is the fold of exactly what is believed."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.entry import Actor, Entry
from console.domain.events import NoteWritten
from console.domain.evolve import fold
from console.journal.line import decode
from console.journal.record import Record
from tests.journal.members import AGENT, TECH, Host, Two, members_at

WATCHER = Actor("watcher")
# Notes by somebody, and signatures by a key; what signs an earlier place has it behind a colon.
AGENTS = (
    "agent",
    "agent",
    "+agent:2",
    "tech",
    "watcher",
    "+agent",
    "agent",
    "agent",
    "+agent:8",
    "+stranger",
)
TECHS = ("tech", "watcher", "+tech", "agent", "+agent", "tech", "+tech", "agent", "tech", "+tech")
ACTORS = {"agent": AGENT, "tech": TECH, "watcher": WATCHER}
ALLOWED = {
    "both": ("agent", "tech"),
    "agent": ("agent",),
    "tech": ("tech",),
    "none": (),
    "all": ("agent", "tech", "stranger"),
}
NAMES = {"agent": "agent lead", "tech": "tech lead", "stranger": "stranger"}

steps = st.lists(
    st.sampled_from(("agent", "tech")).flatmap(
        lambda writer: st.tuples(st.just(writer), st.integers(0, 12))
    )
    | st.tuples(st.just("allow"), st.sampled_from(sorted(ALLOWED)))
    | st.just(("look", 0))
    | st.just(("own", 0)),
    min_size=3,
    max_size=10,
)


@dataclass(repr=False)
class World:
    """Two members' files, whole, and the lists of keys that there may be."""

    place: Path
    lines: dict[str, list[bytes]]
    files: dict[str, str]
    signatures: dict[str, dict[int, tuple[str, int]]]

    def believed(self, writer: str, arrived: int, allowed: str) -> list[Entry]:
        """By the rules, without any of the product's code for them."""
        entries = [decode(line.rstrip(b"\n")) for line in self.lines[writer][:arrived]]
        counting = {
            place: (NAMES[key], upto)
            for place, (key, upto) in self.signatures[writer].items()
            if place <= arrived and key in ALLOWED[allowed] and key != "stranger"
        }
        found = []
        for entry in entries:
            signers = {name for name, upto in counting.values() if upto >= entry.seq}
            if entry.kind == "journal.signed":
                counts = bool(signers) or entry.seq in counting
            else:
                counts = bool(signers) and entry.actor.name in signers | {"watcher"}
            if counts:
                found.append(entry)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        two = Two.at(place)
        keys = {"agent": two.agent_key, "tech": two.tech_key, "stranger": two.keys.make("other")}
        made = World(place, {}, {}, {})
        for name, host, story in (("agent", two.agent, AGENTS), ("tech", two.tech, TECHS)):
            made.signatures[name] = _tell(host, story, keys)
            made.lines[name] = host.file.read_bytes().splitlines(keepends=True)
            made.files[name] = host.file.name
        for name, listed in ALLOWED.items():
            two.keys.allow(*((NAMES[key], keys[key]) for key in listed)).rename(place / name)
        two.close()
        yield made


def _tell(host: Host, story: tuple[str, ...], keys: dict[str, Path]) -> dict[int, tuple[str, int]]:
    """Write it; which entries are signatures, by which key and up to where."""
    signatures: dict[int, tuple[str, int]] = {}
    written: dict[int, Entry] = {}
    for number, one in enumerate(story):
        host.clock.at += 1.5
        if not one.startswith("+"):
            kind = "watch.gap" if one == "watcher" else "note.written"
            entry = host.note(f"{number}", ACTORS[one], kind)
        else:
            key, _, place = one[1:].partition(":")
            upto = written[int(place)] if place else None
            entry = host.sign(keys[key], upto=upto)
            signatures[entry.seq] = (key, upto.seq if upto else entry.seq - 1)
        written[entry.seq] = entry
    return signatures


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_the_state_is_the_fold_of_what_is_believed(
    world: World, tmp_path: Path, steps: list[tuple[str, int | str]]
) -> None:
    place = tmp_path / str(len(list(tmp_path.iterdir())))
    place.mkdir()
    listed = place / "allowed_signers"
    _replace(world.place / "both", listed)
    host = Host(place, "third", Actor("third", ()), members_at(listed))
    record = Record(host.journal)
    arrived, allowed, own = {"agent": 0, "tech": 0}, "both", list[Entry]()
    for what, value in [*steps, ("look", 0)]:
        match what, value:
            case "allow", str(name):
                allowed = name
                _replace(world.place / name, listed)
            case "own", _:
                own += _noted(record)
            case "look", _:
                host.clock.at += 1.5
                record.refresh()  # the files are read
                assert host.journal.judging is not None
                host.journal.judging.judge()
                record.refresh()
                expected = [
                    entry
                    for writer, count in arrived.items()
                    for entry in world.believed(writer, count, allowed)
                ]
                expected = sorted([*expected, *own], key=lambda entry: entry.order)
                assert [(e.writer, e.seq) for e in record.entries] == [
                    (e.writer, e.seq) for e in expected
                ]
                assert msgspec.json.encode(record.state) == msgspec.json.encode(fold(expected))
            case writer, int(count):
                arrived[writer] = min(max(arrived[writer], count), len(world.lines[writer]))
                file = host.file.with_name(world.files[writer])
                file.write_bytes(b"".join(world.lines[writer][: arrived[writer]]))
    host.journal.close()
    shutil.rmtree(place)


def _noted(record: Record) -> list[Entry]:
    return record.transact(TECH, lambda _: [NoteWritten("mine")])[1]


def _replace(source: Path, target: Path) -> None:
    """Put another list in place, as somebody does who saves it under its name."""
    if target.exists() and os.path.samestat(source.stat(), target.stat()):
        return
    scratch = target.with_name("scratch")
    os.link(source, scratch)
    scratch.replace(target)
