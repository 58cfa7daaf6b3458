"""What the account remembers: its name, and how far the files once reached."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from console.journal import Corrupt, Unwritable
from console.journal.verify import verify
from tests.journal.desk import Desk, note, texts, write_lines


def test_name_is_kept(desk: Desk) -> None:
    assert desk.open().writer == desk.open().writer == desk.open(read_only=True).writer


def test_shortened_file_is_corrupt(desk: Desk) -> None:
    data = desk.filled(3)
    lines = data.splitlines(keepends=True)
    desk.file().write_bytes(b"".join(lines[:-1]))
    journal = desk.open()
    assert not journal.intact
    assert "3 entries, shorter than last seen, when it held 4" in journal.trouble
    assert texts(journal.read_new()) == ["note 0", "note 1"]
    with pytest.raises(Corrupt, match="shorter than last seen"):
        note(journal, "x")
    assert not verify(desk.directory, desk.state).ok
    assert verify(desk.directory).ok


def test_line_cut_after_it_was_acknowledged_is_corrupt_not_torn(desk: Desk) -> None:
    data = desk.filled(3)
    desk.file().write_bytes(data[:-10])
    assert "shorter than last seen" in desk.open().trouble


def test_acknowledged_line_that_lost_its_line_feed_is_adopted(desk: Desk) -> None:
    data = desk.filled(3)
    desk.file().write_bytes(data[:-1])
    journal = desk.open()
    assert journal.intact
    note(journal, "after")
    assert desk.file().read_bytes().startswith(data)


def test_missing_file_is_corrupt(desk: Desk) -> None:
    desk.filled(1)
    desk.file().unlink()
    journal = desk.open()
    assert "the file is gone" in journal.trouble
    with pytest.raises(Corrupt, match="the file is gone"):
        note(journal, "x")
    assert list((desk.directory / "journal").glob("*.jsonl")) == []
    report = verify(desk.directory, desk.state)
    assert [writer.problem for writer in report.writers] == ["the file is gone"]


def test_file_gone_under_an_open_journal_is_corrupt(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "a")
    desk.file().unlink()
    with pytest.raises(Corrupt, match="the file is gone"):
        note(journal, "b")
    assert not journal.intact


def test_rewritten_history_is_corrupt(desk: Desk) -> None:
    desk.filled(2)
    write_lines(desk.file(), [1, 2, 3, 4])
    assert "entry 3 is not the one that was seen here before" in desk.open().trouble


def test_lost_memory_makes_a_new_writer(desk: Desk) -> None:
    before = desk.filled(2)
    old = desk.file()
    shutil.rmtree(desk.state)
    journal = desk.open()
    assert journal.intact
    assert journal.writer != old.stem
    assert texts(journal.read_new()) == ["note 0", "note 1"]
    (opened, entry) = note(journal, "after")
    assert (opened.seq, opened.clock) == (1, 4)
    assert entry.writer == journal.writer
    assert old.read_bytes() == before
    assert set(journal.heads) == {old.stem, journal.writer}


def test_unreadable_memory_makes_a_new_writer(desk: Desk) -> None:
    desk.filled(1)
    old = desk.file().stem
    (desk.state / "writers.json").write_text("{")
    assert desk.open().writer != old


def test_copied_directory_gets_a_new_writer_and_a_moved_one_keeps_its(desk: Desk) -> None:
    desk.filled(2)
    name = desk.file().stem
    copied = replace(desk, directory=desk.directory.with_name("copy"))
    shutil.copytree(desk.directory, copied.directory)
    there = copied.open()
    assert there.writer != name
    note(there, "in the copy")
    moved = replace(desk, directory=desk.directory.with_name("moved"))
    desk.directory.rename(moved.directory)
    assert moved.open().writer == name
    assert copied.open().writer == there.writer


def test_copies_do_not_mistake_each_other_for_shortened(desk: Desk) -> None:
    desk.filled(2)
    copied = replace(desk, directory=desk.directory.with_name("copy"))
    shutil.copytree(desk.directory, copied.directory)
    note(copied.open(), "in the copy")
    note(desk.open(), "in the original")
    assert desk.open().intact
    assert copied.open().intact


def test_restored_directory_is_held_against_memory(desk: Desk) -> None:
    desk.filled(1)
    backup = desk.directory.with_name("backup")
    shutil.copytree(desk.directory, backup)
    note(desk.open(), "later")
    shutil.rmtree(desk.directory)
    backup.rename(desk.directory)
    assert "shorter than last seen" in desk.open().trouble


def test_memory_that_cannot_be_kept_refuses_to_write_but_not_to_read(desk: Desk) -> None:
    desk.filled(1)
    blocked = replace(desk, state=desk.state.with_name("blocked"))
    blocked.state.write_text("a file")
    with pytest.raises(Unwritable, match="blocked cannot be written"):
        blocked.open()
    assert texts(blocked.open(read_only=True).read_new()) == ["note 0"]


def test_other_writers_head_is_remembered(desk: Desk) -> None:
    other = desk.directory / "journal" / "other-00000001.jsonl"
    write_lines(other, [1, 2, 3])
    note(desk.open(), "mine")
    lines = other.read_bytes().splitlines(keepends=True)
    other.write_bytes(b"".join(lines[:2]))
    journal = desk.open()
    assert "other-00000001.jsonl, line 3" in journal.trouble
    note(journal, "my own file is sound, so this is taken")
    assert _files(desk.directory) == {journal.writer: 3, "other-00000001": 2}


def _files(directory: Path) -> dict[str, int]:
    return {file.stem: file.read_bytes().count(b"\n") for file in directory.rglob("*.jsonl")}
