"""What a poll costs when the store counts: the same at a hundred calls a minute and at a million.

Run: python -m tests.bench.bench_pushdown

A store in a process of its own answers as Prometheus, Loki and ClickHouse do, for agents of several
call rates. Beside it the same agent is read line by line from Loki, where that is still possible.
Bytes are those of the answers; processor time is all that this process used.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.feed import Feed as FeedSpec
from console.domain.series import Series
from console.feeds import Feed, make_feed
from console.net import Http
from console.telemetry import apply_minutes
from tests.bench.bench_decode import log
from tests.feeds.server import Handler, Server

RATES = (100, 10_000, 1_000_000)  # calls a minute
LINES_UP_TO = 10_000
NOW = 1_796_256_030.0
POLLS = 30
SQL = "SELECT minute, calls, errors, cost FROM m WHERE at >= {start} AND at < {end}"
FEEDS: dict[str, dict[str, object]] = {
    "prometheus": {"kind": "prometheus", "preset": "warroom-prometheus"},
    "loki, counted": {"kind": "loki", "preset": "native-loki", "query": '{app="agent"}'},
    "sql": {"kind": "sql", "query": SQL},
    "loki, by lines": {"kind": "loki", "preset": "native", "query": '{app="agent"}'},
}


class Store:
    """Answers for an agent of `rate` calls a minute, and counts what it sends."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.sent = 0
        self.asked = 0
        self.lines = [line.decode() for line in log(min(rate, LINES_UP_TO)).splitlines()]

    def __call__(self, handler: Handler) -> None:
        """One answer."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        if "step" in query:
            data = self.matrix(int(query["start"]), int(query["end"]))
            body: Any = {"status": "success", "data": {"resultType": "matrix", "result": data}}
        elif "limit" in query:
            data = self.streams(int(query["start"]), int(query["end"]), int(query["limit"]))
            body = {"status": "success", "data": {"resultType": "streams", "result": data}}
        else:
            words = query["query"].split()
            body = {"data": self.rows(int(words[10]), int(words[14]))}
        raw = json.dumps(body).encode()
        self.sent += len(raw)
        self.asked += 1
        handler.reply(200, raw, Content_Type="application/json")

    def matrix(self, start: int, end: int) -> list[dict[str, object]]:
        """A number a minute."""
        values = [[at, str(self.rate)] for at in range(start, end + 1, 60)]
        return [{"metric": {}, "values": values}]

    def rows(self, start: int, end: int) -> list[dict[str, object]]:
        """A row a minute."""
        return [
            {"minute": at, "calls": str(self.rate), "errors": "0", "cost": self.rate * 0.02}
            for at in range(start, end, 60)
        ]

    def streams(self, start: int, end: int, limit: int) -> list[dict[str, object]]:
        """The calls themselves, evenly over the minutes."""
        step = 60 * 10**9 // self.rate
        first = -(-start // step)
        last = min(end, int(NOW * 1e9)) // step
        values = [
            [str(n * step), self.lines[n % len(self.lines)].replace('"call-', f'"call-{n}-')]
            for n in range(first, min(last, first + limit))
        ]
        return [{"stream": {"app": "agent"}, "values": values}]


def serve(rate: int, pipe: Connection) -> None:
    """Serve until told to stop; each word on the pipe is answered with what was sent since."""
    store = Store(rate)
    server = Server()
    for path in ("/", "/nothing", "/api/v1/query_range", "/loki/api/v1/query_range"):
        server.answers[path] = store
    import threading  # noqa: PLC0415 - only the child needs it

    threading.Thread(target=ThreadingHTTPServer.serve_forever, args=(server,), daemon=True).start()
    pipe.send(server.url)
    while pipe.recv() != "stop":
        pipe.send((store.asked, store.sent))
        store.asked = store.sent = 0


@contextmanager
def store(rate: int) -> Iterator[tuple[str, Callable[[], tuple[int, int]]]]:
    """A running store: its address, and what it answered since it was last asked."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(rate, theirs), daemon=True)
    process.start()

    def sent() -> tuple[int, int]:
        ours.send("sent")
        asked, size = ours.recv()
        return asked, size

    try:
        yield ours.recv(), sent
    finally:
        ours.send("stop")
        process.join()


async def caught_up(feed: Feed, series: Series, cursor: dict[str, object], now: float) -> Any:
    """Poll until nothing waits; the cursor."""
    while True:
        batch = await feed.poll(cursor, now)
        cursor = batch.cursor
        if batch.minutes is not None:
            apply_minutes(series, batch.minutes.counts, batch.minutes.values)
        if not batch.behind:
            return cursor


async def measure(name: str, url: str, sent: Callable[[], tuple[int, int]], rate: int) -> None:
    """One row: the start, and a poll when all was read."""
    spec = FeedSpec.model_validate({"id": "x", "url": url, **FEEDS[name]})
    series = Series()
    async with Http() as http:
        feed = make_feed(spec, http, "0" * 16, Path())
        await http.fetch("GET", f"{url}/nothing?step=60&start=0&end=0")  # httpx is loaded now
        cursor: dict[str, object] = {}
        start = "-"
        if spec.preset != "native":
            sent()
            begun = time.process_time()
            cursor = await caught_up(feed, series, {}, NOW)
            used = time.process_time() - begun
            start = f"{sent()[1] / 1e6:5.2f} MB {used * 1e3:5.0f} ms"
        else:  # 48 hours of lines would take too long: begin with the last minutes
            cursor = {"from_ns": int((NOW - 60) * 1e9), "limit": 5000}
            cursor = await caught_up(feed, series, cursor, NOW)
        sent()
        begun = time.process_time()
        for poll in range(POLLS):
            cursor = await caught_up(feed, series, cursor, NOW + poll * 2)
        used = (time.process_time() - begun) / POLLS
        asked, size = sent()
        print(  # noqa: T201 - a benchmark prints
            f"{name:15} {rate:>9,}/min   start {start:>19}   a poll {asked / POLLS:4.1f} questions "
            f"{size / POLLS / 1e3:9.1f} kB {used * 1e3:7.2f} ms"
        )


def main() -> None:
    """All stores at all rates."""
    multiprocessing.set_start_method("spawn")
    for name in FEEDS:
        for rate in RATES:
            if "lines" in name and rate > LINES_UP_TO:
                continue
            with store(rate) as (url, sent):
                asyncio.run(measure(name, url, sent, rate))


if __name__ == "__main__":
    main()
