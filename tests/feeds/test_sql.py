"""Minutes by SQL over HTTP: real SQL behind a real server, in ClickHouse's shapes."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Feed, FeedError, MinuteSeries
from console.feeds.prometheus import HISTORY_MINUTES, MOST_POINTS
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

NOW = 600_000_030.0
LAST = 600_000_000 // 60 - 1  # the last complete minute
QUERY = """
SELECT at / 60 * 60 AS minute, count(*) AS calls, sum(error) AS errors,
       sum(cost) AS cost, sum(tokens) AS tokens_in, max(latency) AS latency_p95
FROM calls WHERE at >= {start} AND at < {end} GROUP BY minute FORMAT SHAPE
"""


class Store:
    """SQLite that answers over HTTP as ClickHouse does: 64 bits as text, its own errors."""

    def __init__(self) -> None:
        self.base = sqlite3.connect(":memory:", check_same_thread=False)
        self.base.execute("CREATE TABLE calls (at INT, error INT, cost REAL, tokens INT, latency)")
        self.asked: list[dict[str, str]] = []

    def add(self, minute: int, count: int = 1, **more: object) -> None:
        """Calls in a minute."""
        row = {"error": 0, "cost": 0.5, "tokens": 2**53, "latency": 1.5, **more}
        values = (row["error"], row["cost"], row["tokens"], row["latency"])
        rows = [(minute * 60 + number % 60, *values) for number in range(count)]
        self.base.executemany("INSERT INTO calls VALUES (?, ?, ?, ?, ?)", rows)

    def __call__(self, handler: Handler) -> None:
        """Run the query of the address and answer in its FORMAT."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        self.asked.append(asked)
        sql, _, shape = asked["query"].partition("FORMAT")
        try:
            cursor = self.base.execute(sql)
        except sqlite3.Error as error:
            why = f"Code: 62. DB::Exception: {error}. (SYNTAX_ERROR) (version 24.8.4.13)\n"
            handler.reply(400, why.encode(), X_ClickHouse_Exception_Code="62")
            return
        names = [column[0] for column in cursor.description]
        rows = [[self.written(value) for value in row] for row in cursor.fetchall()]
        handler.reply(200, self.shaped(shape.strip() or asked["default_format"], names, rows))

    @staticmethod
    def written(value: object) -> object:
        """As ClickHouse writes it: UInt64 and Int64 are text."""
        return str(value) if isinstance(value, int) else value

    @staticmethod
    def shaped(shape: str, names: list[str], rows: list[list[object]]) -> bytes:
        """The answer in one of the three formats."""
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        if shape == "JSONEachRow":
            return "".join(json.dumps(one) + "\n" for one in objects).encode()
        meta = [{"name": name, "type": "Nullable(Float64)"} for name in names]
        data: Any = rows if shape == "JSONCompact" else objects
        whole = {"meta": meta, "data": data, "rows": len(rows), "statistics": {"elapsed": 0.01}}
        return json.dumps(whole, indent=1).encode()


@pytest.fixture
def store(server: Server) -> Store:
    """An empty store."""
    made = Store()
    server.answers["/"] = made
    return made


Making = Callable[..., Feed]


@pytest.fixture
def making(server: Server, http: Http) -> Making:
    """Makes a feed of that server."""

    def make(query: str = QUERY.replace("FORMAT SHAPE", ""), **more: object) -> Feed:
        told = {"id": "store", "kind": "sql", "url": server.url + "/", "query": query, **more}
        return make_feed(FeedSpec.model_validate(told), http, SALT, Path())

    return make


async def minutes(feed: Feed, now: float = NOW) -> MinuteSeries:
    """What a first poll brings."""
    found = (await feed.poll({}, now)).minutes
    assert found is not None
    return found


async def fails(feed: Feed, now: float = NOW) -> str:
    """The sentence of a first poll that must fail."""
    with pytest.raises(FeedError) as caught:
        await feed.poll({}, now)
    return caught.value.sentence


@pytest.mark.parametrize("shape", ["JSON", "JSONCompact", "JSONEachRow", ""])
async def test_rows_become_minutes(making: Making, store: Store, shape: str) -> None:
    store.add(LAST, 30)
    store.add(LAST, 2, error=1)
    store.add(LAST - 5, 1, cost=None, latency=None)
    store.add(LAST + 1, 9)  # not over yet
    asked = f"FORMAT {shape}" if shape else ""
    found = await minutes(making(QUERY.replace("FORMAT SHAPE", asked)))
    tokens = 2.0**53
    assert found.counts == {
        LAST: {"calls": 32, "errors": 2, "cost": 16.0, "tokens_in": 32 * tokens},
        LAST - 5: {"calls": 1, "errors": 0, "tokens_in": tokens},
    }
    assert found.values == {"latency-p95": {LAST: 1.5}}


async def test_it_asks_for_48_hours_and_then_for_the_last_minutes(
    making: Making, store: Store
) -> None:
    feed = making("SELECT {start} AS minute, {end} AS calls")
    first = await feed.poll({}, NOW)
    start, end = (LAST + 1 - HISTORY_MINUTES) * 60, (LAST + 1) * 60
    assert store.asked[-1]["query"] == f"SELECT {start} AS minute, {end} AS calls"
    assert (first.cursor, first.behind) == ({"minute": LAST}, False)
    await feed.poll(first.cursor, NOW + 60)
    assert store.asked[-1]["query"].startswith(f"SELECT {(LAST - 2) * 60} AS")
    assert len(store.asked) == 2
    away = await feed.poll({"minute": LAST - MOST_POINTS - 500}, NOW)
    assert away.behind
    assert not (await feed.poll(away.cursor, NOW)).behind


async def test_the_query_goes_out_as_a_read_and_braces_stay(
    making: Making, store: Store, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CH_KEY", "s3cret")
    feed = making(
        "SELECT '{id:UInt8} {}' AS minute WHERE {start} > {end}",
        url=server.url + "/?database=logs",
        headers={"X-ClickHouse-User": "war", "X-ClickHouse-Key": {"env": "CH_KEY"}},
    )
    assert await minutes(feed) == MinuteSeries({}, {})
    asked = store.asked[-1]
    assert (asked["database"], asked["wait_end_of_query"]) == ("logs", "1")
    assert "'{id:UInt8} {}'" in asked["query"]
    assert server.seen[-1].headers["x-clickhouse-key"] == "s3cret"


@pytest.mark.parametrize(
    "value",
    [
        LAST,
        LAST * 60,
        str(LAST * 60),
        LAST * 60.0,
        "1989-01-05 10:39:00",
        "1989-01-05T10:39:00Z",
        "1989-01-05T11:39:00+01:00",
        "1989-01-05 10:39:00.000",
    ],
)
async def test_ways_to_write_a_minute(making: Making, server: Server, value: object) -> None:
    body = json.dumps({"minute": value, "calls": 3}).encode()
    server.answers["/"] = lambda handler: handler.reply(200, body)
    assert (await minutes(making())).counts == {LAST: {"calls": 3.0}}


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("7", 7.0),
        ('"7"', 7.0),
        ("null", None),
        ("NaN", None),
        ("1e999", None),
        ('"nan"', None),
        ('"inf"', None),
        ('"-inf"', None),
    ],
)
async def test_null_and_odd_numbers_are_unknown(
    making: Making, server: Server, written: str, known: float | None
) -> None:
    body = f'{{"minute":{LAST},"calls":5,"errors":{written},"error_rate":{written}}}'.encode()
    server.answers["/"] = lambda handler: handler.reply(200, body)
    found = await minutes(making())
    assert found.counts[LAST].get("errors") == known
    assert found.values.get("error-rate", {}).get(LAST) == known


def row(**more: object) -> bytes:
    """A row of the last minute."""
    return json.dumps({"minute": LAST, **more}).encode()


GIVES = "the query of feed store gives "
SHAPE = "URL does not answer the query of feed store with rows as ClickHouse's formats JSON, JSONC"


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, row(call=3), GIVES + 'a column "call"; did you mean "calls"? (one of: minute, calls'),
        (200, row(latency_p59=3), GIVES + 'a column "latency_p59"; did you mean "latency_p95"? ('),
        (200, b'{"calls":3}', GIVES + "no column named minute"),
        (200, row(calls="many"), GIVES + '"many" as calls, which is no number'),
        (200, row(calls=[1]), GIVES + "[1] as calls, which is no number"),
        (200, row(calls=-1), GIVES + "numbers under 0 as calls"),
        (200, row(calls=1) + b"\n" + row(calls=2), GIVES + "a minute more than once; GROUP BY min"),
        (200, b'{"minute":null}', GIVES + "null as a minute; give unix seconds or a DateTime in"),
        (200, b'{"minute":"soon"}', GIVES + '"soon" as a minute'),
        (200, b'{"minute":NaN}', GIVES + "NaN as a minute"),
        (200, b'{"minute":true}', GIVES + "true as a minute"),
        (200, b'{"minute":1,"calls":3}', GIVES + "only minutes that we did not ask for; is its"),
        (200, b"Ok.\n", SHAPE),
        (200, b"1\t2\n", SHAPE),
        (200, b'{"meta":[{"name":"minute"}],"data":[[1,2]]}', SHAPE),
        (200, b'{"data":[[1]]}', SHAPE),
        (200, b'{"data":[7]}', SHAPE),
        (200, b'{"data":7}', SHAPE),
        (200, b'{"meta":7,"data":[]}', SHAPE),
        (200, row(calls=3)[:-5], SHAPE),
        (200, b'{"minute":1}\n\xff\n', SHAPE),
        (200, b"[" * 100_000, SHAPE),
        (200, row(calls=1) + b"\nCode: 241. DB::Exception: Memory limit", SHAPE),
        (200, b'{"exception":"Code: 241. \\u001b[2J"}', "URL could not answer the query of feed s"),
        (200, b"<!DOCTYPE html><title>login", "URL answers with a web page instead of data"),
        (401, b"Unauthorized", "401 from URL: the endpoint refuses our credentials (Unauthorized)"),
        (503, b"warming up", "503 from URL: the endpoint has a fault (service unavailable) (warm"),
    ],
)
async def test_what_is_no_row_a_minute(
    making: Making, server: Server, status: int, body: bytes, sentence: str
) -> None:
    server.answers["/"] = lambda handler: handler.reply(status, body, Content_Type="text/plain")
    told = await fails(making())
    assert told.startswith(sentence.replace("URL", server.url))
    assert "\x1b" not in told


async def test_the_stores_own_words(making: Making, store: Store, server: Server) -> None:
    told = await fails(making("SELECT bogus, {start}, {end}"))
    assert told == (
        f"{server.url} refuses the query of feed store: Code: 62. DB::Exception: no such column: "
        "bogus. (SYNTAX_ERROR) (version 24.8.4.13)"
    )
    assert store.asked


@pytest.mark.parametrize(("status", "code"), [(404, "60"), (500, "47"), (403, "516")])
async def test_errors_by_any_status(making: Making, server: Server, status: int, code: str) -> None:
    body = f"Code: {code}. DB::Exception: war: it failed".encode()
    server.answers["/"] = lambda handler: handler.reply(
        status, body, X_ClickHouse_Exception_Code=code
    )
    told = await fails(making())
    assert "DB::Exception: war: it failed" in told
    assert told.startswith(f"403 from {server.url}: " if status == 403 else f"{server.url} refuses")


@pytest.mark.parametrize("left_out", ["{start}", "{end}"])
def test_a_query_for_all_there_is_is_refused(making: Making, left_out: str) -> None:
    with pytest.raises(FeedError) as caught:
        making(QUERY.replace(left_out, "0"))
    assert caught.value.sentence == (
        f"feeds.store.query: needs {left_out}, which is filled in as unix seconds; without it "
        "each poll would ask for all there is"
    )
