"""`[sync] dir`: a real folder between two machines' journals."""

import os
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.journal import Journal
from console.journal.verify import verify
from console.sync.folder import Folder
from tests.journal.desk import CONFIG, DEPLOYMENT, LEAD, note, texts


class Host:
    """A machine with a journal and its side of the shared folder."""

    def __init__(self, place: Path, shared: Path) -> None:
        self.directory = place / "claims"
        self.directory.mkdir(parents=True)
        self.journal = Journal.open(
            self.directory,
            DEPLOYMENT,
            clock=SystemClock(),
            state_home=place / "state",
            config_hash=CONFIG,
            genesis_actor=LEAD,
        )
        own = frozenset({self.journal.writer})
        self.folder = Folder(shared, self.directory, DEPLOYMENT, own)
        self.told: list[object] = []

    def notes(self) -> list[object]:
        self.told += texts(self.journal.read_new())
        return self.told


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    place = tmp_path / "shared"
    place.mkdir()
    return place


@pytest.fixture
def hosts(tmp_path: Path, shared: Path) -> tuple[Host, Host]:
    return Host(tmp_path / "a", shared), Host(tmp_path / "b", shared)


def test_lines_go_both_ways_byte_for_byte(hosts: tuple[Host, Host], shared: Path) -> None:
    a, b = hosts
    note(a.journal, "one")
    a.folder.exchange()
    assert b.folder.exchange().new == 2
    assert b.notes() == ["one"]
    note(b.journal, "two")
    note(a.journal, "three")
    for host in (a, b, a, b):
        assert host.folder.exchange().refused == ()
    assert sorted(map(str, a.notes())) == ["two"]
    assert sorted(map(str, b.notes())) == ["one", "three"]
    for host in hosts:
        assert verify(host.directory).ok
    for writer in (a.journal.writer, b.journal.writer):
        files = [place / f"{writer}.jsonl" for place in (_of(a), _of(b), shared / DEPLOYMENT)]
        assert len({file.read_bytes() for file in files}) == 1


def _of(host: Host) -> Path:
    return host.directory / "journal"


def test_a_half_synchronised_file_is_taken_as_far_as_it_is_whole(
    hosts: tuple[Host, Host], shared: Path
) -> None:
    a, b = hosts
    note(a.journal, "one")
    note(a.journal, "two")
    a.folder.exchange()
    file = shared / DEPLOYMENT / f"{a.journal.writer}.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    assert b.folder.exchange().new == 2
    file.write_bytes(whole)
    assert b.folder.exchange().new == 1
    assert b.notes() == ["one", "two"]


def test_a_forgery_in_the_folder_is_refused_and_mended_by_its_owner(
    hosts: tuple[Host, Host], shared: Path
) -> None:
    a, b = hosts
    note(a.journal, "one")
    a.folder.exchange()
    file = shared / DEPLOYMENT / f"{a.journal.writer}.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"one"', b'"two"'))
    (refused,) = b.folder.exchange().refused
    assert (refused.why, refused.seq) == ("forged", 2)
    assert b.notes() == []
    a.folder.exchange()
    done = b.folder.exchange()
    assert (done.new, done.refused) == (1, ())
    assert b.notes() == ["one"]


def test_a_copy_made_by_the_synchroniser_is_named(hosts: tuple[Host, Host], shared: Path) -> None:
    a, b = hosts
    note(a.journal, "one")
    a.folder.exchange()
    file = shared / DEPLOYMENT / f"{a.journal.writer}.jsonl"
    file.with_name("x (conflicted copy).jsonl").write_bytes(file.read_bytes())
    done = b.folder.exchange()
    assert done.new == 2
    (refused,) = done.refused
    assert refused.why == "misnamed"
    assert "conflicted copy" in refused.words


def test_a_folder_that_is_gone_says_so_and_comes_back(
    hosts: tuple[Host, Host], shared: Path
) -> None:
    a, b = hosts
    note(a.journal, "one")
    shared.rename(shared.with_name("away"))
    assert "is not there" in a.folder.exchange().why
    shared.with_name("away").rename(shared)
    assert a.folder.exchange().why == ""
    assert b.folder.exchange().new == 2


def test_a_file_emptied_in_the_folder_is_brought_anew(
    hosts: tuple[Host, Host], shared: Path
) -> None:
    a, b = hosts
    note(a.journal, "one")
    a.folder.exchange()
    file = shared / DEPLOYMENT / f"{a.journal.writer}.jsonl"
    whole = file.read_bytes()
    file.write_bytes(b"")
    a.folder.exchange()
    assert file.read_bytes() == whole
    assert b.folder.exchange().new == 2


def test_a_pipe_in_the_folder_holds_up_nobody(hosts: tuple[Host, Host], shared: Path) -> None:
    a, b = hosts
    note(a.journal, "one")
    a.folder.exchange()
    os.mkfifo(shared / DEPLOYMENT / "a-pipe.jsonl")
    done = b.folder.exchange()
    assert done.new == 2
    (refused,) = done.refused
    assert "is no regular file" in refused.words
