"""The first poll of a file reads what rotation put beside it in the last 48 hours."""

import gzip
import os
from pathlib import Path

import pytest

from tests.feeds.records import START, lines
from tests.feeds.test_jsonl_file import NOW, Follower, append, ids


def aside(path: Path, data: bytes, age_h: float) -> Path:
    """A rotated file that was last written `age_h` hours before now."""
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    at = int((NOW - age_h * 3600) * 1e9)
    os.utime(path, ns=(at, at))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "calls.jsonl"


@pytest.mark.parametrize(
    "names",
    [
        ["calls.jsonl.3.gz", "calls.jsonl.2.gz", "calls.jsonl.1"],
        ["calls.jsonl-20261129.gz", "calls.jsonl-20261130.gz", "calls.jsonl-20261201"],
        ["calls.jsonl.2026-11-29_22.gz", "calls.jsonl.2026-11-30_22", "calls.jsonl.2026-12-01_00"],
    ],
    ids=["numbers", "dates", "hours"],
)
def test_rotated_files_come_first_oldest_first(path: Path, names: list[str]) -> None:
    aside(path.with_name("calls.jsonl.9.gz"), lines(900, 9), 49)
    for number, name in enumerate(names):
        aside(path.with_name(name), lines(number * 10, 10), 30 - number * 10)
    aside(path.with_name("calls.jsonl.old"), lines(800, 9), 1)
    aside(path.with_name("other.jsonl.1"), lines(800, 9), 1)
    append(path, lines(30, 5))
    follower = Follower(path)
    assert follower.catch_up() == ids(0, 35)
    append(path, lines(35, 5))
    assert follower.catch_up() == ids(35, 5)
    assert (follower.bad, follower.gaps) == (0, 0)


def test_a_console_that_has_begun_reads_no_history(path: Path) -> None:
    append(path, lines(10, 5))
    follower = Follower(path)
    follower.catch_up()
    aside(path.with_name("calls.jsonl.1"), lines(0, 10), 5)
    assert follower.catch_up() == []


def test_much_history_in_small_polls(path: Path) -> None:
    aside(path.with_name("calls.jsonl.2.gz"), lines(0, 6000, input="x" * 900), 2)
    aside(path.with_name("calls.jsonl.1"), lines(6000, 3000, input="x" * 900), 1)
    append(path, lines(9000, 10))
    follower = Follower(path)
    polls = 1
    while follower.poll().behind:
        polls += 1
    assert follower.ids == ids(0, 9010)
    assert polls >= 4


def test_half_read_history_goes_on_after_a_restart(path: Path) -> None:
    aside(path.with_name("calls.jsonl.1.gz"), lines(0, 6000, input="x" * 900), 2)
    append(path, lines(6000, 10))
    begun = Follower(path)
    begun.poll()
    other = Follower(path)
    other.cursor = begun.cursor
    other.catch_up()
    assert begun.ids + other.ids == ids(0, 6010)


def test_compressed_before_its_end_was_read(path: Path) -> None:
    append(path, lines(0, 20))
    follower = Follower(path)
    follower.catch_up()
    append(path, lines(20, 20))
    packed = path.with_name("calls.jsonl.1.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(path.stat().st_mtime_ns,) * 2)
    path.unlink()
    append(path, lines(40, 5))
    assert follower.catch_up() == ids(20, 25)
    assert (follower.bad, follower.gaps) == (0, 0)


def test_while_it_is_being_compressed_the_plain_one_is_read(path: Path) -> None:
    aside(path.with_name("calls.jsonl.1"), lines(0, 20), 1)
    path.with_name("calls.jsonl.1.gz").write_bytes(gzip.compress(lines(0, 20))[:60])
    append(path, lines(20, 5))
    follower = Follower(path)
    assert follower.catch_up() == ids(0, 25)
    assert follower.bad == 0


@pytest.mark.parametrize("left", ["present", "empty"])
def test_a_damaged_file_costs_only_itself(path: Path, left: str) -> None:
    aside(path.with_name("calls.jsonl.3"), lines(0, 5), 5)
    broken = aside(path.with_name("calls.jsonl.2.gz"), lines(5, 5000), 4)
    whole = broken.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    os.utime(broken, ns=(int((NOW - 4 * 3600) * 1e9),) * 2)
    if left == "present":
        append(path, lines(6000, 5))
    else:
        path.touch()
    follower = Follower(path)
    follower.catch_up()
    follower.catch_up()
    assert follower.ids[:105] == ids(0, 105)
    assert len(follower.ids) < 4000
    assert follower.bad in {1, 2}  # the file, and the line in which it breaks off
    assert (follower.ids[-5:] == ids(6000, 5)) is (left == "present")


def test_a_clock_an_hour_off_reads_the_same(path: Path) -> None:
    aside(path.with_name("calls.jsonl.1"), lines(0, 5), 46)
    aside(path.with_name("calls.jsonl.2"), lines(900, 5), 50)
    append(path, lines(5, 5))
    assert START < NOW
    follower = Follower(path)
    assert follower.catch_up() == ids(0, 10)
