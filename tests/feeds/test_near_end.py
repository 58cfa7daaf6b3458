"""A log is taken up near its end: the past is not read, and nothing that comes is missed."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import FeedError, Log
from console.feeds.base import TAIL_BYTES
from console.feeds.logs import log_of
from console.net import Http
from tests.feeds import server as served
from tests.feeds.loki_server import NS, Loki
from tests.feeds.records import SALT, START, ids_of, line, lines
from tests.feeds.server import Server
from tests.feeds.test_jsonl_http import Api as SinceApi
from tests.feeds.test_pages import NOW as PAGES_NOW
from tests.feeds.test_pages import Api as PagesApi

MANY = 40_000
NOW = START + float(MANY)


def log(http: Http, base: Path, **spec: Any) -> Log:
    made = log_of(FeedSpec.model_validate({"id": "calls", **spec}), http, SALT, base)
    assert made is not None
    return made


async def read(feed: Log, cursor: dict[str, object], now: float) -> tuple[list[str], str]:
    """All ids from `cursor` on, and the cursor after them as JSON."""
    ids: list[str] = []
    behind = True
    while behind:
        batch = await feed.poll(cursor, now)
        ids += ids_of(batch)
        assert not batch.bad
        cursor, behind = batch.cursor, batch.behind
    return ids, json.dumps(cursor)


def latest(ids: list[str], first: int, count: int = 0) -> bool:
    """Whether `ids` are the last ones of `MANY`, and begin at or after `first`."""
    begin = int(ids[0].removeprefix("call-"))
    return begin >= first and ids == [f"call-{n}" for n in range(begin, MANY + count)]


@pytest.fixture(scope="module")
def long_log() -> bytes:
    body = lines(0, MANY)
    assert len(body) > 2 * TAIL_BYTES
    return body


async def test_a_file(http: Http, tmp_path: Path, long_log: bytes) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(long_log)
    feed = log(http, tmp_path, kind="jsonl", path="calls.jsonl")
    ids, cursor = await read(feed, await feed.near_end({}, NOW, 600.0), NOW)
    assert latest(ids, MANY // 3)
    path.rename(tmp_path / "calls.jsonl.1")
    with (tmp_path / "calls.jsonl.1").open("ab") as rotated:
        rotated.write(line(MANY))
    path.write_bytes(line(MANY + 1))
    assert (await read(feed, json.loads(cursor), NOW))[0] == [f"call-{MANY}", f"call-{MANY + 1}"]


async def test_a_short_file_is_read_wholly(http: Http, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(lines(0, 3))
    feed = log(http, tmp_path, kind="jsonl", path="calls.jsonl")
    ids, _ = await read(feed, await feed.near_end({}, NOW, 600.0), NOW)
    assert ids == ["call-0", "call-1", "call-2"]


async def test_a_file_that_is_not_there(http: Http, tmp_path: Path) -> None:
    feed = log(http, tmp_path, kind="jsonl", path="calls.jsonl")
    with pytest.raises(FeedError, match=r"there is no file .*calls\.jsonl"):
        await feed.near_end({}, NOW, 600.0)


@pytest.mark.parametrize("ranges", [True, False], ids=["range", "range ignored"])
async def test_a_file_on_a_web_server(
    http: Http, server: Server, tmp_path: Path, long_log: bytes, ranges: bool
) -> None:
    answer = server.answers["/log"] = served.Log(long_log, ranges)
    feed = log(http, tmp_path, kind="jsonl-http", url=server.url + "/log")
    cursor = await feed.near_end({}, NOW, 600.0)
    if ranges:
        asked = [seen.headers["range"].removeprefix("bytes=") for seen in server.seen]
        sizes = [int(last) - int(first) + 1 for first, last in (one.split("-") for one in asked)]
        assert sizes == [1, 64]
    ids, after = await read(feed, cursor, NOW)
    assert latest(ids, MANY // 3)
    answer.body += line(MANY)
    assert (await read(feed, json.loads(after), NOW))[0] == [f"call-{MANY}"]


@pytest.mark.parametrize("body", [b"", lines(0, 2)])
async def test_a_short_file_on_a_web_server(
    http: Http, server: Server, tmp_path: Path, body: bytes
) -> None:
    server.answers["/log"] = served.Log(body)
    feed = log(http, tmp_path, kind="jsonl-http", url=server.url + "/log")
    ids, _ = await read(feed, await feed.near_end({}, NOW, 600.0), NOW)
    assert len(ids) == body.count(b"\n")


async def test_an_api_asked_by_time(http: Http, server: Server, tmp_path: Path) -> None:
    api = server.answers["/log"] = SinceApi()
    api.lines = [line(n) for n in range(3600)]
    feed = log(http, tmp_path, kind="jsonl-http", url=server.url + "/log?tenant=a+b", by="since")
    ids, _ = await read(feed, await feed.near_end({}, START + 3600.0, 600.0), START + 3600.0)
    assert ids[0] == "call-3000"
    assert ids[-1] == "call-3599"


async def test_a_servers_own_cursor_is_kept(http: Http, server: Server, tmp_path: Path) -> None:
    feed = log(http, tmp_path, kind="jsonl-http", url=server.url + "/log", by="cursor")
    known: dict[str, object] = {"token": "t-17"}
    assert await feed.near_end(known, NOW, 600.0) == known
    assert server.seen == []


async def test_loki(http: Http, server: Server, tmp_path: Path) -> None:
    loki = server.answers["/loki/api/v1/query_range"] = Loki()
    for number in range(3600):
        loki.push((START + number) * NS, line(number))
    feed = log(http, tmp_path, kind="loki", url=server.url, query='{app="a"}', preset="native")
    ids, _ = await read(feed, await feed.near_end({}, START + 3600.0, 600.0), START + 3600.0)
    assert ids == [f"call-{number}" for number in range(3000, 3600)]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_pages(http: Http, server: Server, tmp_path: Path, newest_first: bool) -> None:
    api = PagesApi(server, newest_first=newest_first)
    for number in range(600):
        api.add(PAGES_NOW - 10.0 * (600 - number))
    way = {"newest_first": True} if newest_first else {"since_param": "since"}
    feed = log(
        http,
        tmp_path,
        kind="json-pages",
        url=server.url + "/api",
        by="page",
        limit=50,
        limit_param="limit",
        fields={"id": "id", "at": "at"},
        **{"since_param": "", **way},
    )
    cursor = await feed.near_end({}, PAGES_NOW, 600.0)
    ids, _ = await read(feed, cursor, PAGES_NOW)
    assert {f"r{number}" for number in range(541, 600)} <= set(ids)
    assert len(ids) < 100


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "otlp", "listen": "127.0.0.1:4318"},
        {"kind": "prometheus", "url": "http://127.0.0.1:9", "minutes": {"calls": "sum(x)"}},
        {
            "kind": "loki",
            "url": "http://127.0.0.1:9",
            "query": '{app="a"}',
            "preset": "native",
            "minutes": {"calls": "sum(count_over_time($query[1m]))"},
        },
    ],
)
async def test_what_is_no_log(http: Http, tmp_path: Path, spec: dict[str, Any]) -> None:
    made = log_of(FeedSpec.model_validate({"id": "calls", **spec}), http, SALT, tmp_path)
    assert made is None
