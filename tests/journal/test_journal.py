"""What a journal gives and takes when nothing goes wrong."""

import json
import math
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from console.domain.entry import Draft, Entry
from console.journal import Journal, Unwritable
from console.journal.home import default_home
from console.journal.line import MAX_LINE, ZEROS
from tests.journal.desk import CONFIG, DEPLOYMENT, LEAD, START, Desk, draft, note, texts


def test_first_entry_opens_the_chain_with_the_configs_hash(desk: Desk) -> None:
    journal = desk.open()
    opened, first = note(journal, "hello")
    assert (opened.kind, opened.seq, opened.clock, opened.prev) == ("journal.opened", 1, 1, ZEROS)
    assert json.loads(bytes(opened.data)) == {"config": CONFIG, "clock": "system"}
    assert (first.seq, first.clock, first.prev) == (2, 2, opened.h)
    assert first.at.timestamp() == START
    assert journal.head == first.h
    assert journal.heads == {journal.writer: first.h}
    assert journal.count == 2
    assert journal.intact
    assert journal.trouble == ""
    assert not journal.latched


def test_line_is_ascii_json_with_sorted_keys(desk: Desk) -> None:
    journal = desk.open()
    journal.transact(lambda _: [Draft(LEAD, "note.added", {"z": "é \U0001f600", "a": [1.5, None]})])
    line = desk.file().read_text("ascii").splitlines()[1]
    record = json.loads(line)
    assert record["data"] == {"z": "é \U0001f600", "a": [1.5, None]}
    assert record["at"] == "2023-11-14T22:13:20.250000Z"
    assert record["v"] == 1
    del record["h"]
    form = json.dumps(record, sort_keys=True, separators=(",", ":"))
    assert line.startswith(form[:-1] + ',"h":"')


@pytest.mark.parametrize("at", [START, 1_700_000_000.0, 1_700_000_000.000001])
def test_time_always_has_six_digits(desk: Desk, at: float) -> None:
    desk.clock.at = at
    _, entry = note(desk.open(), "x")
    written = json.loads(desk.file().read_bytes().splitlines()[1])["at"]
    assert len(written) == len("2023-11-14T22:13:20.250000Z")
    assert entry.at.timestamp() == pytest.approx(at, abs=1e-6)


def test_two_journals_in_one_process_share_the_file(desk: Desk) -> None:
    one, two = desk.open(), desk.open()
    assert one.writer == two.writer
    note(one, "a")
    seen: list[Entry] = []

    def propose(unseen: Sequence[Entry]) -> list[Draft]:
        seen.extend(unseen)
        return [draft("b")]

    written = two.transact(propose)
    assert texts(seen) == ["a"]
    assert [entry.seq for entry in written] == [3]
    assert texts(one.read_new()) == ["b"]
    assert one.read_new() == []
    assert one.head == two.head


def test_own_entries_are_returned_once(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "a")
    assert journal.read_new() == []
    assert texts(desk.open().read_new()) == ["a"]


def test_refusal_writes_nothing_but_delivers(desk: Desk) -> None:
    one, two = desk.open(), desk.open()
    note(one, "a")
    before = desk.file().read_bytes()

    def refuse(unseen: Sequence[Entry]) -> list[Draft]:
        raise RuntimeError(f"{len(unseen)} entries say no")

    with pytest.raises(RuntimeError, match="2 entries say no"):
        two.transact(refuse)
    assert desk.file().read_bytes() == before
    assert two.read_new() == []
    assert two.transact(lambda _: []) == []
    assert desk.file().read_bytes() == before


def test_several_drafts_are_one_chain(desk: Desk) -> None:
    journal = desk.open()
    entries = journal.transact(lambda _: [draft("a"), draft("b"), draft("c")])
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [b.prev for b in entries[1:]] == [a.h for a in entries[:-1]]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"n": math.nan}, "nan is no number"),
        ({"n": [math.inf]}, "inf is no number"),
        ({"n": {1, 2}}, "a set cannot be written"),
        ({"n": b"x"}, "a bytes cannot be written"),
        ({"n": {1: 2}}, "the key 1 is not a text"),
        ({"n": "\ud800"}, "half a character pair"),
        ({"\ud800": 1}, "is not a text"),
        ({"n": "x" * MAX_LINE}, "longer than"),
        ({"n": object()}, "a object cannot be written"),
    ],
)
def test_data_that_is_not_json_is_refused_before_writing(
    desk: Desk, data: dict[str, object], why: str
) -> None:
    journal = desk.open()
    note(journal, "a")
    before = desk.file().read_bytes()
    with pytest.raises(ValueError, match=why):
        journal.transact(lambda _: [draft("good"), Draft(LEAD, "note.added", data)])
    assert desk.file().read_bytes() == before
    assert [entry.seq for entry in note(journal, "b")] == [3]


def test_bottomless_data_is_refused(desk: Desk) -> None:
    data: dict[str, object] = {}
    data["self"] = data
    with pytest.raises(ValueError, match="nested too deeply"):
        desk.open().transact(lambda _: [Draft(LEAD, "note.added", data)])


def test_tuples_are_written_as_lists(desk: Desk) -> None:
    (_, entry) = desk.open().transact(lambda _: [Draft(LEAD, "x", {"n": (1, 2), "big": 2**70})])
    assert json.loads(bytes(entry.data)) == {"n": [1, 2], "big": 2**70}


def test_reading_creates_nothing(desk: Desk) -> None:
    journal = desk.open(read_only=True)
    assert journal.read_new() == []
    assert (journal.writer, journal.head, journal.count) == ("", ZEROS, 0)
    with pytest.raises(Unwritable, match="opened for reading only"):
        note(journal, "x")
    assert list(desk.directory.iterdir()) == []
    assert not desk.state.exists()


def test_reader_follows_the_writer(desk: Desk) -> None:
    reader = desk.open(read_only=True)
    writer = desk.open()
    note(writer, "a")
    assert texts(reader.read_new()) == ["a"]
    note(writer, "b")
    assert texts(reader.read_new()) == ["b"]
    assert reader.heads == writer.heads
    assert desk.open(read_only=True).writer == writer.writer


def test_threads_share_one_journal(desk: Desk) -> None:
    journal = desk.open()
    threads = [
        threading.Thread(target=lambda: [note(journal, "x") for _ in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.count == 81
    assert len(texts(desk.open().read_new())) == 80


def test_files_are_kept_from_nobody_but_memory_is_private(desk: Desk) -> None:
    note(desk.open(), "x")
    assert desk.state.stat().st_mode & 0o077 == 0
    assert os.access(desk.file(), os.R_OK)


@pytest.mark.parametrize("deployment", ["", "../x", "a/b", ".hidden", "x" * 101])
def test_an_id_that_names_no_directory_is_refused(desk: Desk, deployment: str) -> None:
    with pytest.raises(ValueError, match="is not a deployment's id"):
        Journal.open(
            desk.directory, deployment, clock=desk.clock, config_hash=CONFIG, genesis_actor=LEAD
        )


def test_memory_lies_where_xdg_says(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.state))
    assert default_home(DEPLOYMENT) == desk.state / "warroom" / DEPLOYMENT
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert default_home(DEPLOYMENT) == Path.home() / ".local/state/warroom" / DEPLOYMENT
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.state))
    journal = Journal.open(
        desk.directory, DEPLOYMENT, clock=desk.clock, config_hash=CONFIG, genesis_actor=LEAD
    )
    note(journal, "x")
    assert (desk.state / "warroom" / DEPLOYMENT / "writers.json").is_file()
