"""Torn is healed, corrupt is said, and nothing that was not written is ever given.

Every test starts from one good file of one writer, damages its bytes, and opens it anew, as if the
account had no memory of the file's end; with that memory, see `test_memory.py`.
"""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.entry import Entry
from console.journal import Corrupt
from console.journal.line import is_sealed, looks_whole, parse
from console.journal.verify import verify
from tests.journal.desk import Desk, note
from tests.packaging.tree import ROOT

NOTES = 5
SCRIPT = ROOT / "console" / "journal" / "verify_journal.py"


@dataclass
class Sample:
    """A good file: its bytes, the places where its lines begin, its entries."""

    desk: Desk
    data: bytes
    starts: list[int]
    entries: list[Entry]

    def damaged(self, data: bytes) -> list[Entry]:
        """Put `data` in the file's place; what an opened journal still gives."""
        self.desk.file().write_bytes(data)
        shutil.rmtree(self.desk.state / "heads", ignore_errors=True)
        given_ = self.desk.open(read_only=True).read_new()
        assert given_ == self.entries[: len(given_)]
        return given_

    def line_of(self, place: int) -> int:
        """Which line, from 0, holds the byte at `place`."""
        return sum(start <= place for start in self.starts) - 1

    def must_heal(self, data: bytes, good: int) -> None:
        """A tear after `good` entries: appending goes on behind it, verified."""
        assert len(self.damaged(data)) == good
        journal = self.desk.open()
        assert journal.intact
        note(journal, "after")
        healed = self.desk.file().read_bytes()
        assert healed.startswith(data)
        new = self.desk.open(read_only=True).read_new()[good:]
        torn = data[self.starts[good] :]
        assert new[0].kind == "journal.recovered"
        skipped = msgspec.json.decode(new[0].data, type=dict[str, object])
        assert skipped["offset"] == self.starts[good]
        assert skipped["length"] == len(torn)
        assert skipped["sha256"] == hashlib.sha256(torn).hexdigest()
        must_verify(self.desk)

    def must_be_corrupt(self, data: bytes, good: int) -> None:
        """Damage after `good` entries: said where, and nothing more is written."""
        assert len(self.damaged(data)) == good
        journal = self.desk.open()
        assert not journal.intact
        assert journal.count == good
        assert f"line {good + 1} (byte {self.starts[good]})" in journal.trouble
        with pytest.raises(Corrupt) as caught:
            note(journal, "x")
        assert (caught.value.line, caught.value.offset) == (good + 1, self.starts[good])
        assert self.desk.file().read_bytes() == data
        report = verify(self.desk.directory)
        assert not report.ok
        assert report.writers[0].line == good + 1


def must_verify(desk: Desk) -> None:
    """All of the file verifies, by ours and by the published script."""
    report = verify(desk.directory)
    assert report.ok
    assert report.writers[0].torn == 0
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(desk.file())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(
        f"{report.writers[0].entries} entries, head {report.writers[0].head}"
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    root = tmp_path_factory.mktemp("damage")
    desk = Desk(root / "my-agent", root / "state")
    desk.directory.mkdir()
    data = desk.filled(NOTES)
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return Sample(desk, data, starts, desk.open(read_only=True).read_new())


def test_whole_file_verifies(sample: Sample) -> None:
    assert len(sample.damaged(sample.data)) == NOTES + 1
    must_verify(sample.desk)


@settings(max_examples=40)
@given(place=st.integers(1, 10_000))
def test_cut_anywhere_is_a_tear(sample: Sample, place: int) -> None:
    place %= len(sample.data)
    line = sample.line_of(place)
    if place == sample.starts[line]:
        assert len(sample.damaged(sample.data[:place])) == line
        note(sample.desk.open(), "after")
        must_verify(sample.desk)
    elif place == sample.starts[line + 1] - 1:
        _must_adopt(sample, line)
    else:
        sample.must_heal(sample.data[:place], line)


def _must_adopt(sample: Sample, line: int) -> None:
    """Only the line feed of `line` is missing: readers wait, the next append adopts the entry."""
    data = sample.data[: sample.starts[line + 1] - 1]
    assert len(sample.damaged(data)) == line
    journal = sample.desk.open()
    note(journal, "after")
    new = sample.desk.open(read_only=True).read_new()
    assert new[line] == sample.entries[line]
    assert len(new) == line + 2
    must_verify(sample.desk)


@pytest.mark.parametrize("line", range(NOTES + 1))
def test_line_without_its_line_feed_is_adopted(sample: Sample, line: int) -> None:
    _must_adopt(sample, line)


def test_every_cut_of_the_first_bytes_of_a_file(sample: Sample) -> None:
    for place in range(1, 12):
        sample.must_heal(sample.data[:place], 0)


def test_first_entry_after_a_torn_opening_carries_the_configs_hash(sample: Sample) -> None:
    sample.must_heal(sample.data[:100], 0)
    first = sample.desk.open(read_only=True).read_new()[0]
    opened = msgspec.json.decode(sample.entries[0].data, type=dict[str, object])
    assert opened.items() <= msgspec.json.decode(first.data, type=dict[str, object]).items()


@settings(max_examples=60)
@given(start=st.integers(0, 10_000), length=st.integers(1, 900))
def test_zeroed_range_is_torn_at_the_end_and_corrupt_before(
    sample: Sample, start: int, length: int
) -> None:
    start %= len(sample.data)
    stop = min(start + length, len(sample.data))
    data = sample.data[:start] + bytes(stop - start) + sample.data[stop:]
    good = sample.line_of(start)
    whole_after = [at for at in sample.starts[:-1] if at > stop or (at == stop and at > start)]
    if any(data[at - 1] == 10 for at in whole_after):
        sample.must_be_corrupt(data, good)
    else:
        sample.must_heal(data, good)


@settings(max_examples=20)
@given(hole=st.integers(1, 9000), cut=st.integers(0, 900))
def test_hole_at_the_end_is_torn(sample: Sample, hole: int, cut: int) -> None:
    kept = sample.data[: len(sample.data) - cut]
    sample.damaged(kept)
    with sample.desk.file().open("r+b") as file:
        file.truncate(len(kept) + hole)
    good = kept.count(b"\n")
    sample.must_heal(kept + bytes(hole), good)


@settings(max_examples=80)
@given(place=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_flipped_byte_is_corrupt(sample: Sample, place: int, byte: int) -> None:
    place %= len(sample.data)
    data = bytearray(sample.data)
    data[place] ^= byte
    line = sample.line_of(place)
    last = line == NOTES
    if last and (data[place] == 0 or place == len(data) - 1):
        sample.must_heal(bytes(data), line)
    else:
        sample.must_be_corrupt(bytes(data), line)


@settings(max_examples=30)
@given(order=st.permutations(range(NOTES + 1)))
def test_lines_in_another_order_are_corrupt(sample: Sample, order: list[int]) -> None:
    lines = sample.data.splitlines(keepends=True)
    data = b"".join(lines[number] for number in order)
    if data == sample.data:
        return
    good = next(at for at, number in enumerate(order) if at != number)
    sample.must_be_corrupt(data, good)


@pytest.mark.parametrize("line", range(NOTES + 1))
def test_doubled_line_is_corrupt(sample: Sample, line: int) -> None:
    start, stop = sample.starts[line], sample.starts[line + 1]
    sample.must_be_corrupt(sample.data[:stop] + sample.data[start:], line + 1)


@pytest.mark.parametrize("line", range(NOTES))
def test_missing_line_is_corrupt(sample: Sample, line: int) -> None:
    start, stop = sample.starts[line], sample.starts[line + 1]
    sample.must_be_corrupt(sample.data[:start] + sample.data[stop:], line)
    unended = sample.data[:start] + sample.data[stop:-1]
    sample.must_be_corrupt(unended, line)


@settings(max_examples=60)
@given(start=st.integers(0, 10_000), length=st.integers(1, 900))
def test_doubled_bytes_never_pass(sample: Sample, start: int, length: int) -> None:
    start %= len(sample.data)
    stop = min(start + length, len(sample.data))
    data = sample.data[:stop] + sample.data[start:stop] + sample.data[stop:]
    kept = sample.damaged(data)
    journal = sample.desk.open()
    report = verify(sample.desk.directory).writers[0]
    assert report.torn or not journal.intact or data == sample.data
    assert len(kept) >= sample.line_of(start)
    if journal.intact:
        sample.must_heal(data, len(kept))


@pytest.mark.parametrize("junk", [b"hello\n", b"\n", b"{}\n", b"null\n"])
def test_foreign_line_at_the_end_is_corrupt(sample: Sample, junk: bytes) -> None:
    sample.must_be_corrupt(sample.data + junk, NOTES + 1)


def test_no_beginning_of_a_line_is_taken_for_a_whole_one(sample: Sample) -> None:
    """A hash in the data closes like a seal: that of the config, and that of skipped bytes."""
    sample.damaged(sample.data[:-30])
    note(sample.desk.open(), "after")
    lines = sample.desk.file().read_bytes().splitlines()
    kinds = [parse(line).kind for line in lines if is_sealed(line)]
    assert {"journal.opened", "journal.recovered"} <= set(kinds)
    for line in filter(is_sealed, lines):
        assert looks_whole(line)
        assert [cut for cut in range(len(line)) if looks_whole(line[:cut])] == []


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, 800), min_size=2, max_size=4), last=st.integers(1, 300))
def test_recovery_that_was_itself_cut_is_healed(sample: Sample, cuts: list[int], last: int) -> None:
    sample.damaged(sample.data[:-last])
    for cut in cuts:
        before = sample.desk.file().read_bytes()
        note(sample.desk.open(), "after")
        grown = sample.desk.file().read_bytes()
        kept = grown[: len(before) + 1 + cut % (len(grown) - len(before) - 1)]
        sample.desk.file().write_bytes(kept)
        shutil.rmtree(sample.desk.state / "heads", ignore_errors=True)
    journal = sample.desk.open()
    note(journal, "finally")
    assert journal.intact
    must_verify(sample.desk)


def test_recovery_excuses_only_the_bytes_it_names(sample: Sample) -> None:
    torn = sample.data[:-30]
    sample.must_heal(torn, NOTES)
    healed = sample.desk.file().read_bytes()
    changed = healed[: len(torn) - 5] + b"x" + healed[len(torn) - 4 :]
    sample.must_be_corrupt(changed, NOTES)
