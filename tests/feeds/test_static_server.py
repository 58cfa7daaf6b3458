"""A log behind a real static web server, read by Range while it grows and is turned over."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Batch
from console.net import Http
from tests.feeds.binaries import needed
from tests.feeds.records import SALT, ids_of, line, lines
from tests.feeds.test_prometheus import answers, wait_for

NOW = 1_796_090_000.0


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log in the server's directory."""
    path = tmp_path / "calls.jsonl"
    path.write_bytes(lines(0, 3))
    return path


@pytest.fixture
def url(log: Path) -> Iterator[str]:
    """Where busybox's httpd serves the log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        needed("busybox", "busybox"),
        "httpd",
        "-f",
        "-p",
        f"127.0.0.1:{port}",
        "-h",
        str(log.parent),
    ]
    process = subprocess.Popen(command)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/{log.name}"))
        yield f"http://127.0.0.1:{port}/{log.name}"
    finally:
        process.terminate()
        process.wait(timeout=30)


class Follower:
    """A feed of that log, with its cursor."""

    def __init__(self, url: str, http: Http) -> None:
        told = {"id": "calls", "kind": "jsonl-http", "url": url}
        self.feed = make_feed(FeedSpec.model_validate(told), http, SALT, Path())
        self.cursor: dict[str, object] = {}

    async def poll(self) -> Batch:
        """One poll."""
        batch = await self.feed.poll(self.cursor, NOW)
        self.cursor = batch.cursor
        return batch

    async def ids(self) -> list[str]:
        """The ids of all that waits."""
        batch = await self.poll()
        found = ids_of(batch)
        while batch.behind:
            batch = await self.poll()
            found += ids_of(batch)
        return found


def append(path: Path, data: bytes) -> None:
    """Write as an agent does."""
    with path.open("ab") as stream:
        stream.write(data)


def turn_over(path: Path, data: bytes) -> None:
    """Put the log aside and begin a new one."""
    path.rename(path.with_suffix(".1"))
    path.write_bytes(data)


def ids(first: int, count: int) -> list[str]:
    """The ids of `lines(first, count)`."""
    return [f"call-{number}" for number in range(first, first + count)]


async def test_follows_a_growing_log(url: str, http: Http, log: Path) -> None:
    follower = Follower(url, http)
    assert await follower.ids() == ids(0, 3)
    assert await follower.ids() == []
    append(log, line(3) + line(4)[:30])
    assert await follower.ids() == ids(3, 1)
    append(log, line(4)[30:])
    assert await follower.ids() == ids(4, 1)


async def test_more_than_one_answer_holds(url: str, http: Http, log: Path) -> None:
    append(log, lines(3, 9000, input="x" * 900))
    assert await Follower(url, http).ids() == ids(0, 9003)


@pytest.mark.parametrize("count", [0, 1, 40])
async def test_a_log_that_was_turned_over(url: str, http: Http, log: Path, count: int) -> None:
    follower = Follower(url, http)
    await follower.ids()
    turn_over(log, lines(50, count))
    batch = await follower.poll()
    assert (ids_of(batch), batch.gap) == (ids(50, count), True)
    append(log, line(99))
    assert await follower.ids() == ["call-99"]
