"""A growing file is read once, whole, through all that log rotation does to it."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.feeds.base import MOST_BYTES, MOST_CALLS, Batch, FeedError
from console.feeds.jsonl_file import FileFeed
from tests.feeds.records import START, ids_of, line, lines, native

NOW = START + 3600.0


class Follower:
    """A feed with its cursor, saved as JSON between polls, as the telemetry does."""

    def __init__(self, path: Path) -> None:
        self.feed = FileFeed("calls", path, native())
        self.cursor = "{}"
        self.ids: list[str] = []
        self.bad = 0
        self.gaps = 0

    def poll(self) -> Batch:
        """One poll."""
        batch = asyncio.run(self.feed.poll(json.loads(self.cursor), NOW))
        self.cursor = json.dumps(batch.cursor)
        self.ids += ids_of(batch)
        self.bad += batch.bad
        self.gaps += batch.gap
        return batch

    def catch_up(self) -> list[str]:
        """Poll until nothing waits; the ids that came."""
        before = len(self.ids)
        while self.poll().behind:
            pass
        return self.ids[before:]


def append(path: Path, data: bytes) -> None:
    """Write as an agent does."""
    with path.open("ab") as stream:
        stream.write(data)


def ids(first: int, count: int) -> list[str]:
    """The ids of `lines(first, count)`."""
    return [f"call-{number}" for number in range(first, first + count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "calls.jsonl"


def test_follows_a_growing_file(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    assert follower.catch_up() == ids(0, 3)
    assert follower.catch_up() == []
    append(path, lines(3, 2))
    assert follower.catch_up() == ids(3, 2)


def test_a_partial_line_waits_for_its_end(path: Path) -> None:
    follower = Follower(path)
    whole = line(1, input="prämie")
    cut = whole.index(b"\\u00e4") if b"\\u00e4" in whole else 20
    append(path, line(0) + whole[:cut])
    assert follower.catch_up() == ids(0, 1)
    append(path, whole[cut:-1])
    assert follower.catch_up() == []
    append(path, b"\n")
    assert follower.catch_up() == ids(1, 1)
    assert follower.bad == 0


def test_utf8_split_over_polls(path: Path) -> None:
    follower = Follower(path)
    raw = json.dumps(
        {"id": "call-0", "at": "2026-12-01T00:00:00Z", "input": "日本"}, ensure_ascii=False
    ).encode()
    cut = raw.index("日".encode()) + 1
    append(path, raw[:cut])
    assert follower.catch_up() == []
    append(path, raw[cut:] + b"\n")
    batch = follower.poll()
    assert [call.input for call in batch.calls] == ["日本"]


def test_rotation_by_rename(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    append(path, lines(3, 2))
    path.rename(f"{path}.1")
    append(Path(f"{path}.1"), line(5))  # the writer still holds the old file
    assert follower.catch_up() == ids(3, 3)
    append(path, lines(6, 2))
    assert follower.catch_up() == ids(6, 2)


def test_rotation_to_a_name_of_its_own(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    append(path, lines(3, 2))
    path.rename(path.with_name("yesterday-of-the.log"))
    append(path, lines(5, 2))
    assert follower.catch_up() == ids(3, 4)
    assert follower.gaps == 0


def test_what_was_read_is_not_read_again_whatever_its_time(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    copy = Path(f"{path}.1")
    shutil.copy(path, copy)
    os.truncate(path, 0)
    later = copy.stat().st_mtime_ns + 3600 * 10**9
    os.utime(copy, ns=(later, later))
    follower.catch_up()
    append(path, lines(3, 2))
    assert follower.catch_up() == ids(3, 2)
    path.rename(f"{path}.2")
    append(path, lines(5, 2))
    assert follower.catch_up() == ids(5, 2)


def test_an_empty_new_file_does_not_end_the_old_one(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 2))
    follower.catch_up()
    path.rename(f"{path}.1")
    path.touch()
    append(Path(f"{path}.1"), line(2))
    assert follower.catch_up() == ids(2, 1)
    append(Path(f"{path}.1"), line(3))
    append(path, line(4))
    assert follower.catch_up() == ids(3, 2)


def test_the_last_line_of_a_rotated_file_needs_no_end(path: Path) -> None:
    follower = Follower(path)
    append(path, line(0) + line(1)[:-1])
    follower.catch_up()
    path.rename(f"{path}.1")
    append(path, line(2))
    assert follower.catch_up() == ids(1, 2)
    assert follower.bad == 0


def test_two_rotations_between_polls(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 2))
    follower.catch_up()
    append(path, line(2))
    path.rename(f"{path}.1")
    append(path, line(3))
    for number, name in enumerate([f"{path}.1", str(path)]):  # as file systems with coarse times do
        os.utime(name, (START + number, START + number))
    Path(f"{path}.1").rename(f"{path}.2")
    path.rename(f"{path}.1")
    append(path, line(4))
    Path(f"{path}.1.gz").write_bytes(b"\x1f\x8b")
    assert follower.catch_up() == ids(2, 3)
    assert follower.bad == 0


def test_copytruncate(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    append(path, lines(3, 2))
    shutil.copy2(path, f"{path}.1")
    os.truncate(path, 0)
    append(path, lines(5, 40))  # longer than the old one was
    assert follower.catch_up() == ids(3, 42)
    assert follower.gaps == 0


def test_truncation_without_a_copy(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    path.write_bytes(lines(10, 2))
    assert follower.catch_up() == ids(10, 2)
    path.write_bytes(lines(20, 9))
    assert follower.catch_up() == ids(20, 9)
    assert follower.gaps == 2
    follower.poll()
    assert follower.gaps == 2


def test_deleted_and_made_again(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    path.unlink()
    with pytest.raises(FeedError) as caught:
        follower.poll()
    assert caught.value.sentence == (
        f"there is no file {path}; "
        "check the path of feed calls, or whether the agent writes its log"
    )
    append(path, lines(3, 5))
    assert follower.catch_up() == ids(3, 5)
    assert follower.gaps == 1


def test_put_back_as_a_copy(path: Path) -> None:
    follower = Follower(path)
    append(path, lines(0, 3))
    follower.catch_up()
    shutil.copy2(path, path.with_suffix(".new"))
    append(path.with_suffix(".new"), line(3))
    path.with_suffix(".new").replace(path)
    assert follower.catch_up() == ids(3, 1)
    assert follower.gaps == 0


def test_a_line_over_the_limit_is_skipped_over_many_polls(path: Path) -> None:
    follower = Follower(path)
    append(path, line(0) + b'{"id":"' + b"x" * 1_500_000)
    follower.catch_up()
    append(path, b"x" * 20_000_000)
    assert follower.catch_up() == []
    append(path, b'"}\n' + line(1))
    assert follower.catch_up() == ids(1, 1)
    assert follower.ids == ids(0, 2)
    assert follower.bad == 1


def test_a_poll_is_bounded(path: Path) -> None:
    follower = Follower(path)
    tiny = b"".join(b'{"id":"%d","at":"2026-12-01T00:00:00Z"}\n' % n for n in range(50_000))
    append(path, tiny)
    batch = follower.poll()
    assert MOST_CALLS <= batch.count < MOST_CALLS * 1.4
    assert batch.behind
    follower.catch_up()
    assert follower.ids == [str(n) for n in range(50_000)]

    big = follower.feed._path.with_name("big.jsonl")
    append(big, lines(0, 12, input="x" * 1_000_000))
    other = Follower(big)
    batch = other.poll()
    assert 0 < batch.count <= MOST_BYTES // 1_000_000
    assert other.catch_up() + ids_of(batch)
    assert sorted(other.ids) == sorted(ids(0, 12))


@pytest.mark.parametrize("kind", ["directory", "pipe", "device", "forbidden"])
def test_what_is_no_log(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "calls.jsonl"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
        case "forbidden":
            if os.geteuid() == 0:
                path.symlink_to(path)  # the superuser may read all; a loop nobody can
            else:
                path.touch(mode=0)
    with pytest.raises(FeedError) as caught:
        Follower(path).poll()
    assert "cannot be read: " in caught.value.sentence
    assert caught.value.sentence.endswith("of feed calls and the file's permissions")


def test_the_cursor_of_another_feed_means_the_start(path: Path) -> None:
    append(path, lines(0, 2))
    follower = Follower(path)
    follower.cursor = '{"since": 12.5}'
    assert follower.catch_up() == ids(0, 2)


async def test_does_not_block_the_event_loop(path: Path) -> None:
    append(path, lines(0, 3000, input="x" * 600))
    loop = asyncio.get_running_loop()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        loop.call_soon(tick)

    was = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # a busy machine lets a thread run for long at a time
    try:
        tick()
        batch = await Follower(path).feed.poll({}, NOW)
    finally:
        sys.setswitchinterval(was)
    assert batch.count == 3000
    assert ticks > 3


class Writer:
    """An agent that writes 60 records in pieces of any size, while its log is rotated."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = lines(0, 60, output="ü" * 5)
        self.written = 0
        self.rotations = 0
        path.touch()

    def write(self, size: int) -> None:
        """The next `size` bytes."""
        append(self.path, self.data[self.written : self.written + size])
        self.written = min(self.written + size, len(self.data))

    def end_line(self) -> None:
        """The rest of the line, and one more, if there are any."""
        for _ in range(2):
            stop = self.data.find(b"\n", self.written) + 1
            self.write(max(0, stop - self.written))

    def rotate(self, way: str) -> None:
        """Put the log aside as calls.jsonl.N."""
        self.rotations += 1
        aside = f"{self.path}.{self.rotations}"
        if way == "rename":
            self.path.rename(aside)
            self.path.touch()
        else:
            shutil.copy2(self.path, aside)
            os.truncate(self.path, 0)


@given(
    st.lists(st.integers(1, 400) | st.sampled_from(["poll", "rename", "copytruncate"]), max_size=40)
)
@example([1, 1, 1, 79, *[400] * 5, "copytruncate", *["rename"] * 9])
@settings(max_examples=60)
def test_every_whole_line_comes_once(steps: list[int | str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        writer = Writer(Path(directory) / "calls.jsonl")
        follower = Follower(writer.path)
        writer.end_line()
        follower.catch_up()  # what was put aside before the first poll is not ours
        polled = True
        for step in steps:
            if isinstance(step, int):
                writer.write(step)
            elif step == "poll":
                follower.catch_up()
                polled = True
            elif writer.written < len(writer.data):
                if not polled or step == "copytruncate":  # polls come more often than rotations
                    writer.end_line()
                    follower.catch_up()
                writer.end_line()
                writer.rotate(step)
                polled = False
        writer.write(len(writer.data))
        follower.catch_up()
        assert follower.ids == ids(0, 60)
        assert follower.bad == 0
        assert follower.gaps == 0
