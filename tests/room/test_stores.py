"""Stores that are asked: what is read twice counts once, and what a store corrects is corrected."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.feed import Feed as FeedSpec
from console.domain.series import Series
from console.net import Http
from console.room.eyes import Eye
from tests.feeds.conftest import http, server
from tests.feeds.loki_server import NS, Loki
from tests.feeds.records import SALT, START, line
from tests.feeds.server import Handler, Server
from tests.room.stand import SetClock

__all__ = ["http", "server"]

NOW = START + 3600.0
LINES = "/loki/api/v1/query_range"


def eye(directory: Path, url: str, http: Http, clock: SetClock, **more: object) -> Eye:
    """An eye that records."""
    spec = FeedSpec.model_validate({"id": "store", "url": url, **more})
    made = Eye(spec, http, SALT, directory, clock, {})
    made.record()
    return made


async def catch_up(made: Eye) -> None:
    """Poll until nothing waits."""
    await made.poll()
    while made.behind:
        await made.poll()
    assert made.error == ""


def calls(series: Series) -> float:
    """All calls that are counted."""
    return sum(minute.calls for minute in series.minutes.values())


async def test_lines_of_loki_count_once(tmp_path: Path, http: Http, server: Server) -> None:
    loki = server.answers[LINES] = Loki()
    clock = SetClock(NOW)
    told = {"kind": "loki", "query": "{}", "preset": "native"}
    for number in range(0, 3600, 2):
        loki.push((START + number) * NS, line(number), pod=f"p{number % 5}")
    made = eye(tmp_path, server.url, http, clock, **told)
    await catch_up(made)
    assert calls(made.series) == 1800
    for number in range(3580, 3600):  # late, out of order, and half of them known already
        loki.push((START + number) * NS, line(number), pod="late")
    clock.moment += 5
    await catch_up(made)
    assert calls(made.series) == 1810
    made.close()
    again = eye(tmp_path, server.url, http, clock, **told)
    loki.push((START + 3600) * NS, line(3600))
    await catch_up(again)
    assert calls(again.series) == 1811
    again.close()


@dataclass
class Counting:
    """A ClickHouse with as many calls in each minute as it is told."""

    rate: int = 10

    def __call__(self, handler: Handler) -> None:
        """A row a minute."""
        words = parse_qs(urlsplit(handler.path).query)["query"][0].split()
        minutes = range(int(words[-2]), int(words[-1]), 60)
        rows = [{"minute": at, "calls": self.rate, "errors": None} for at in minutes]
        handler.reply(200, json.dumps({"data": rows}).encode())


async def test_a_minute_that_the_store_corrects(tmp_path: Path, http: Http, server: Server) -> None:
    store = server.answers["/"] = Counting()
    clock = SetClock(NOW)
    told: dict[str, Any] = {"kind": "sql", "query": "SELECT {start} {end}"}
    made = eye(tmp_path, server.url, http, clock, **told)
    await catch_up(made)
    assert calls(made.series) == 2880 * 10
    store.rate = 12
    clock.moment += 60
    await catch_up(made)
    assert calls(made.series) == (2880 - 3) * 10 + 4 * 12
    last = made.series.minutes[int(NOW) // 60]
    assert (last.calls, last.errors, last.known("errors")) == (12, 0, 0)  # NULL is unknown
    made.close()
    again = eye(tmp_path, server.url, http, clock, **told)
    await catch_up(again)
    assert calls(again.series) == (2880 - 3) * 10 + 4 * 12
    again.close()
