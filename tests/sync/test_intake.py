"""The door for other writers' lines: what continues the chain is kept, all else refused by name."""

import fcntl
import hashlib
import io
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.clock import SystemClock
from console.journal import Journal
from console.journal.verify import verify
from console.sync import bundle
from console.sync.bundle import Unusable, writers_in
from console.sync.intake import MOST_WRITERS, Intake
from tests.journal.desk import CONFIG, DEPLOYMENT, LEAD, Desk, note, texts, write_lines

WRITER = "train-0a1b2c3d"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    directory = tmp_path / "here"
    (directory / "journal").mkdir(parents=True)
    return directory


def their_lines(place: Path, count: int = 6, deployment: str = DEPLOYMENT) -> bytes:
    path = place / "theirs" / f"{WRITER}.jsonl"
    path.parent.mkdir(exist_ok=True)
    write_lines(path, range(1, count + 1), deployment)
    return path.read_bytes()


def intake(here: Path, *own: str) -> Intake:
    return Intake(here, DEPLOYMENT, frozenset(own))


def kept(here: Path, writer: str = WRITER) -> bytes:
    file = here / "journal" / f"{writer}.jsonl"
    return file.read_bytes() if file.exists() else b""


def cut(lines: bytes, first: int, last: int) -> bytes:
    return b"".join(lines.splitlines(keepends=True)[first - 1 : last])


def test_a_whole_file_is_kept_byte_for_byte_and_a_second_time_known(
    here: Path, tmp_path: Path
) -> None:
    lines = their_lines(tmp_path)
    door = intake(here)
    assert door.mark(WRITER).seq == 0
    assert door.take(WRITER, lines).new == 6
    assert kept(here) == lines
    assert door.mark(WRITER).h == lines[-67:-3].decode()
    again = intake(here).take(WRITER, lines)
    assert (again.new, again.known, again.refused) == (0, 6, None)
    assert kept(here) == lines
    assert verify(here).ok


@given(cuts=st.lists(st.integers(0, 12), max_size=6))
def test_pieces_in_any_cut_with_overlaps_make_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    place = tmp_path_factory.mktemp("cuts")
    (place / "journal").mkdir()
    lines = their_lines(place, 12)
    door = intake(place)
    for end in [*sorted(cuts), 12]:
        if end:
            door.take(WRITER, cut(lines, max(1, end - 4), end))
            door.take(WRITER, cut(lines, 1, end))
    assert kept(place) == lines


def test_a_gap_waits_for_what_is_missing(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    door = intake(here)
    door.take(WRITER, cut(lines, 1, 2))
    taken = door.take(WRITER, cut(lines, 5, 6))
    assert (taken.new, taken.gap, taken.refused) == (0, 3, None)
    assert door.take(WRITER, cut(lines, 3, 6)).new == 4


def test_a_forged_line_is_refused_and_what_stood_before_it_kept(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    bad = lines.replace(b'"text":"4"', b'"text":"9"')
    taken = intake(here).take(WRITER, bad)
    assert taken.new == 3
    assert taken.refused is not None
    assert taken.refused.why == "forged"
    assert taken.refused.seq == 4
    assert "hash" in taken.refused.words
    assert kept(here) == cut(lines, 1, 3)


def resealed(lines: bytes, old: bytes, new: bytes) -> bytes:
    """Every line changed and sealed anew, as somebody would who may not sign but can hash."""
    made, prev = [], b"0" * 64
    for line in lines.splitlines():
        body = line[:-72].replace(old, new)
        start = body.index(b'"prev":"') + 8
        body = body[:start] + prev + body[start + 64 :]
        prev = hashlib.sha256(b"warroom/1\n" + body).hexdigest().encode()
        made.append(body + b',"h":"' + prev + b'"}\n')
    return b"".join(made)


@pytest.mark.parametrize("held", [4, 6])
def test_a_forked_chain_is_refused(here: Path, tmp_path: Path, held: int) -> None:
    lines = their_lines(tmp_path)
    fork = cut(lines, 1, 2) + cut(resealed(lines, b'"text":"4"', b'"text":"9"'), 3, 6)
    door = intake(here)
    door.take(WRITER, cut(lines, 1, held))
    other = resealed(lines, b'"text":"4"', b'"text":"9"')
    taken = door.take(WRITER, other)
    assert taken.refused is not None
    assert (taken.refused.why, taken.refused.seq) == ("forked", 4)
    assert kept(here) == cut(lines, 1, held)
    assert fork != lines


def test_a_fork_that_begins_right_behind_the_end_is_refused(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    door = intake(here)
    door.take(WRITER, cut(lines, 1, 4))
    other = resealed(lines, b'"text":"4"', b'"text":"9"')
    taken = door.take(WRITER, cut(other, 5, 6))
    assert taken.refused is not None
    assert (taken.refused.why, taken.refused.seq) == ("forked", 5)


def test_lines_of_another_deployment_or_writer_are_refused(here: Path, tmp_path: Path) -> None:
    foreign = intake(here).take(WRITER, their_lines(tmp_path, deployment="ffffffff"))
    assert foreign.refused is not None
    assert foreign.refused.why == "foreign"
    misnamed = intake(here).take("somebody-else", their_lines(tmp_path))
    assert misnamed.refused is not None
    assert misnamed.refused.why == "misnamed"
    path = intake(here).take("../../evil", their_lines(tmp_path))
    assert path.refused is not None
    assert path.refused.why == "misnamed"
    assert [file.name for file in (here / "journal").iterdir()] == [".intake.lock"]


def test_nobody_continues_the_own_file(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    (here / "journal" / f"{WRITER}.jsonl").write_bytes(cut(lines, 1, 4))
    door = intake(here, WRITER)
    assert door.take(WRITER, cut(lines, 1, 4)).known == 4
    taken = door.take(WRITER, lines)
    assert taken.refused is not None
    assert (taken.refused.why, taken.refused.seq) == ("own", 5)
    assert kept(here) == cut(lines, 1, 4)


def test_what_a_crash_left_of_an_intake_is_cut_off(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    (here / "journal" / f"{WRITER}.jsonl").write_bytes(cut(lines, 1, 3) + cut(lines, 4, 4)[:90])
    assert intake(here).take(WRITER, lines).new == 3
    assert kept(here) == lines


@pytest.mark.parametrize("cut_at", ["whole", "after the tear"])
def test_a_recovered_tear_travels_with_its_bytes(desk: Desk, here: Path, cut_at: str) -> None:
    before = desk.filled(3)
    with desk.file().open("ab") as file:
        file.write(b'{"actor":{"name":"agent le')
    journal = desk.open()
    note(journal, "after")
    journal.close()
    whole = desk.file().read_bytes()
    door, writer = intake(here), desk.file().stem
    if cut_at != "whole":
        assert door.take(writer, before).new == 4
        assert door.take(writer, whole[len(before) :]).new == 2
    else:
        assert door.take(writer, whole).new == 6
    assert kept(here, writer) == whole
    assert verify(here).ok
    assert intake(here).take(writer, whole).known == 6


def test_redacted_and_broken_off_lines_are_refused(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    half = intake(here).take(WRITER, lines[:-20])
    assert half.new == 5
    assert half.refused is None or half.refused.why == "forged"
    assert kept(here) == cut(lines, 1, 5)
    garbage = intake(here).take(WRITER, b"\xff\xfe garbage\n")
    assert garbage.refused is not None
    assert garbage.refused.why == "forged"


def test_the_number_of_writers_is_bounded(here: Path, tmp_path: Path) -> None:
    for number in range(MOST_WRITERS):
        write_lines(here / "journal" / f"w-{number:08x}.jsonl", [1])
    taken = intake(here).take(WRITER, their_lines(tmp_path))
    assert taken.refused is not None
    assert taken.refused.why == "too-much"


def test_a_journal_that_is_open_gives_what_came_in(here: Path, tmp_path: Path) -> None:
    journal = Journal.open(
        here,
        DEPLOYMENT,
        clock=SystemClock(),
        state_home=tmp_path / "state",
        config_hash=CONFIG,
        genesis_actor=LEAD,
    )
    note(journal, "own")
    journal.read_new()
    intake(here, journal.writer).take(WRITER, their_lines(tmp_path))
    assert given_texts(journal) == ["1", "2", "3", "4", "5", "6"]
    (entry,) = note(journal, "after them")
    assert entry.clock == 7
    journal.close()


@pytest.mark.parametrize("clock", [1 << 53, 10**4300 - 1])
def test_a_clock_that_no_journal_comes_to_is_refused(
    here: Path, tmp_path: Path, clock: int
) -> None:
    sys.set_int_max_str_digits(0)
    try:
        lines = resealed(their_lines(tmp_path), b'"clock":3,', b'"clock":%d,' % clock)
    finally:
        sys.set_int_max_str_digits(4300)
    taken = intake(here).take(WRITER, lines)
    assert taken.new == 2
    assert taken.refused is not None
    assert taken.refused.why == "forged"


def test_what_a_living_writer_is_at_is_not_cut(here: Path, tmp_path: Path) -> None:
    lines = their_lines(tmp_path)
    file = here / "journal" / f"{WRITER}.jsonl"
    file.write_bytes(lines[:-100])
    with file.open("ab") as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        intake(here).take(WRITER, cut(lines, 1, 2))
        assert file.read_bytes() == lines[:-100]
        written.write(lines[-100:])
    assert verify(here).ok


def test_what_unpacks_to_more_than_a_journal_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1 << 20)
    archive = tmp_path / "bomb.tar.gz"
    with tarfile.open(archive, "w:gz") as out:
        for number in range(3):
            member = tarfile.TarInfo(f"x/journal/w{number}.jsonl")
            member.size = 1 << 19
            out.addfile(member, io.BytesIO(bytes(member.size)))
    with pytest.raises(Unusable, match="unpacks to more than any journal is"):
        writers_in(archive)


def given_texts(journal: Journal) -> Sequence[object]:
    return texts(journal.read_new())
