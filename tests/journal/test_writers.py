"""Several writers' files, several processes of one writer, files replaced under us."""

import itertools
import multiprocessing
import shutil
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.journal import Corrupt, Journal
from console.journal.verify import verify
from tests.journal.desk import CONFIG, DEPLOYMENT, LEAD, Desk, note, texts, write_lines

PROCESSES = 8
EACH = 25


def _append(directory: Path, state: Path, number: int) -> None:
    journal = Journal.open(
        directory,
        DEPLOYMENT,
        clock=SystemClock(),
        state_home=state,
        config_hash=CONFIG,
        genesis_actor=LEAD,
    )
    for turn in range(EACH):
        note(journal, f"{number}-{turn}")


def test_eight_processes_append_one_unbroken_chain(desk: Desk) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [
        spawn.Process(target=_append, args=(desk.directory, desk.state, number))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    journal = desk.open()
    entries = journal.read_new()
    assert journal.intact
    assert sorted(str(text) for text in texts(entries)) == sorted(
        f"{number}-{turn}" for number in range(PROCESSES) for turn in range(EACH)
    )
    assert [entry.seq for entry in entries] == list(range(1, PROCESSES * EACH + 2))
    for number in range(PROCESSES):
        mine = [str(text) for text in texts(entries) if str(text).startswith(f"{number}-")]
        assert mine == [f"{number}-{turn}" for turn in range(EACH)]


def test_writers_are_merged_by_clock_writer_and_number(desk: Desk) -> None:
    folder = desk.directory / "journal"
    write_lines(folder / "b-00000001.jsonl", [1, 4, 5])
    write_lines(folder / "a-00000001.jsonl", [2, 4, 9])
    journal = desk.open()
    orders = [entry.order for entry in journal.read_new()]
    assert orders == [
        (1, "b-00000001", 1),
        (2, "a-00000001", 1),
        (4, "a-00000001", 2),
        (4, "b-00000001", 2),
        (5, "b-00000001", 3),
        (9, "a-00000001", 3),
    ]
    assert [entry.clock for entry in note(journal, "mine")] == [10, 11]


def test_copy_that_arrives_later_is_folded_in(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "mine")
    _arrive(desk, [1, 7])
    assert texts(journal.read_new()) == ["1", "7"]
    _arrive(desk, [1, 7, 8])
    assert texts(journal.read_new()) == ["8"]
    assert [entry.clock for entry in note(journal, "later")] == [9]


def test_copy_replaced_by_a_shorter_one_is_corrupt(desk: Desk) -> None:
    _arrive(desk, [1, 7])
    journal = desk.open()
    _arrive(desk, [1])
    assert texts(journal.read_new()) == ["1", "7"]
    assert "shorter than last seen" in journal.trouble


def _arrive(desk: Desk, clocks: list[int]) -> None:
    """A copy of another writer's file comes as rsync brings it: renamed into its place."""
    aside = desk.directory / "a-00000001.jsonl"
    write_lines(aside, clocks)
    (desk.directory / "journal").mkdir(exist_ok=True)
    aside.replace(desk.directory / "journal" / aside.name)


def test_file_of_another_deployment_is_corrupt(desk: Desk) -> None:
    write_lines(desk.directory / "journal" / "a-00000001.jsonl", [1], deployment="0ther")
    journal = desk.open()
    assert "belongs to the deployment '0ther'" in journal.trouble
    assert journal.read_new() == []


def test_file_under_anothers_name_is_corrupt(desk: Desk) -> None:
    folder = desk.directory / "journal"
    write_lines(folder / "a-00000001.jsonl", [1])
    (folder / "a-00000001.jsonl").rename(folder / "b-00000001.jsonl")
    assert "belongs to the writer 'a-00000001'" in desk.open().trouble
    assert not verify(desk.directory).ok


def test_clock_that_stands_is_corrupt(desk: Desk) -> None:
    write_lines(desk.directory / "journal" / "a-00000001.jsonl", [1, 3, 3])
    assert "entry 3 has a clock that does not advance" in desk.open().trouble


def test_torn_copy_of_another_writer_is_read_up_to_the_tear(desk: Desk) -> None:
    file = desk.directory / "journal" / "a-00000001.jsonl"
    write_lines(file, [1, 2, 3])
    data = file.read_bytes()[:-40]
    file.write_bytes(data)
    journal = desk.open()
    assert texts(journal.read_new()) == ["1", "2"]
    note(journal, "mine")
    assert journal.intact
    assert file.read_bytes() == data
    report = verify(desk.directory)
    assert report.ok
    assert {writer.writer: writer.torn > 0 for writer in report.writers} == {
        "a-00000001": True,
        journal.writer: False,
    }


def test_longer_copy_of_itself_put_in_place_is_followed(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "a")
    aside = desk.directory / "aside"
    shutil.copyfile(desk.file(), aside)
    note(desk.open(), "b")
    longer = desk.file().read_bytes()
    aside.write_bytes(longer)
    aside.replace(desk.file())
    assert [entry.seq for entry in note(journal, "c")] == [4]
    assert desk.file().read_bytes().startswith(longer)
    assert verify(desk.directory).ok


def test_stranger_put_in_place_is_corrupt(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "a")
    aside = desk.directory / desk.file().name
    write_lines(aside, [1, 2, 3])
    aside.replace(desk.file())
    with pytest.raises(Corrupt, match="is not the one that was seen here before"):
        note(journal, "b")


def test_file_emptied_under_us_is_corrupt(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "a")
    desk.file().write_bytes(b"")
    with pytest.raises(Corrupt, match="0 bytes, of"):
        note(journal, "b")
    assert desk.file().read_bytes() == b""


def test_unreadable_file_is_said(desk: Desk) -> None:
    (desk.directory / "journal" / "a-00000001.jsonl").mkdir(parents=True)
    assert "cannot be read" in desk.open().trouble
    assert "cannot be read" in verify(desk.directory).writers[0].problem


def test_order_is_the_same_however_it_arrives(desk: Desk) -> None:
    folder = desk.directory / "journal"
    writers = {"a-00000001": [1, 3, 6], "b-00000001": [2, 3, 4], "c-00000001": [3, 5, 6]}
    for name, clocks in writers.items():
        write_lines(folder / f"{name}.jsonl", clocks)
    entries = desk.open().read_new()
    assert all(a.order < b.order for a, b in itertools.pairwise(entries))
    assert len(entries) == 9
