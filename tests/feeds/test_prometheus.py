"""A real Prometheus with two hours of history, and servers that only look like one."""

import math
import os
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Feed, FeedError, MinuteSeries
from console.feeds.counting import counting
from console.feeds.prometheus import HISTORY_MINUTES, MOST_POINTS, Prometheus
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server, running

BINARY = Path("/usr/bin/prometheus")
EVERY_S = 15
FLAGGED, GAP, END = 30, range(60, 70), 120  # minutes of the history
LIVE = 'variant="live",synthetic="false",version="v2"'
CONTROL = 'variant="control",synthetic="false",version="v1"'
PROBE = 'variant="live",synthetic="true",version="v2"'


def history(start: int) -> str:
    """OpenMetrics text: 8 live calls a minute, one flag, no errors, and a gap."""
    moments = [
        (step, start + step * EVERY_S)
        for step in range(END * 60 // EVERY_S + 1)
        if step * EVERY_S // 60 not in GAP
    ]
    out = ["# TYPE agent_calls counter"]
    for labels, rate in ((LIVE, 2), (CONTROL, 5), (PROBE, 1)):
        out += [f"agent_calls_total{{{labels}}} {step * rate} {at}" for step, at in moments]
    out.append("# TYPE agent_escalations counter")
    out += [f"agent_escalations_total{{{LIVE}}} {step} {at}" for step, at in moments]
    out.append("# TYPE agent_cost counter")
    out += [f"agent_cost_total{{{LIVE}}} {step * 0.5} {at}" for step, at in moments]
    out.append("# TYPE agent_safety_flags counter")
    out += [
        f"agent_safety_flags_total{{{LIVE}}} 1 {at}"
        for _, at in moments
        if at > start + FLAGGED * 60
    ]
    out.append("# TYPE agent_latency_seconds histogram")
    for bound, share in (("1.0", 0.5), ("2.0", 1.0), ("+Inf", 1.0)):
        out += [
            f'agent_latency_seconds_bucket{{{LIVE},le="{bound}"}} {step * 2 * share} {at}'
            for step, at in moments
        ]
    return "\n".join([*out, "# EOF", ""])


@dataclass(frozen=True)
class Store:
    """A running Prometheus; its history begins at the minute `first`."""

    url: str
    first: int


def wait_for(ready: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when `ready` says so; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not ready():
        assert time.monotonic() < deadline, "it was not ready in time"
        pause.wait(0.05)


def answers(url: str, needle: bytes = b"") -> bool:
    """Whether a GET of `url` succeeds and holds `needle`."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - it is our own
            return needle in response.read()
    except OSError:
        return False


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Prometheus that scrapes a small exporter each second."""
    if not BINARY.exists():
        why = f"{BINARY} is not installed (Debian: apt-get install prometheus)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    directory = tmp_path_factory.mktemp("prometheus")
    first = int(time.time()) // 60 - END - 90
    (directory / "history.txt").write_text(history(first * 60))
    data = directory / "data"
    subprocess.run(
        [
            *(str(BINARY.with_name("promtool")), "tsdb", "create-blocks-from", "openmetrics"),
            *(str(directory / "history.txt"), str(data)),
        ],
        check=True,
        capture_output=True,
    )
    with running() as exporter, socket.socket() as free, (directory / "log").open("wb") as log:
        exporter.answers["/metrics"] = export
        (directory / "prometheus.yml").write_text(
            "scrape_configs:\n  - job_name: agent\n    scrape_interval: 1s\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{exporter.server_port}']}}]\n"
        )
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        process = subprocess.Popen(
            [
                str(BINARY),
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={data}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--storage.tsdb.retention.time=30d",
            ],
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: answers(f"{url}/-/ready"))
            wait_for(lambda: answers(f"{url}/api/v1/query?query=zero", b'"zero"'))
            yield Store(url, first)
        finally:
            process.terminate()
            process.wait(timeout=30)


def export(handler: Handler) -> None:
    """What the exporter shows: two tools, and a zero to divide by."""
    body = b'tool_calls_total{tool="a"} 3\ntool_calls_total{tool="b"} 4\nzero 0\n'
    handler.reply(200, body, Content_Type="text/plain; version=0.0.4")


def spec(url: str, **more: object) -> FeedSpec:
    """The feed `prom` at `url`, with the preset unless told otherwise."""
    told = {"id": "prom", "kind": "prometheus", "url": url, "preset": "warroom-prometheus", **more}
    return FeedSpec.model_validate(told)


def feed(url: str, http: Http, **more: object) -> Feed:
    """That feed, made."""
    return make_feed(spec(url, **more), http, SALT, Path())


async def minutes_of(store: Store, http: Http, **more: object) -> MinuteSeries:
    """What a first poll just after the history's end brings."""
    end = (store.first + END) * 60 + 5.0
    batch = await feed(store.url, http, **more).poll({}, end)
    assert batch.minutes is not None
    assert batch.calls == []
    return batch.minutes


async def test_query_brings_a_number(store: Store, http: Http) -> None:
    prometheus = Prometheus(spec(store.url), http, Path())
    now = time.time()
    assert await prometheus.query("sum(tool_calls_total)", now) == 7
    assert await prometheus.query("zero", now) == 0


async def test_it_names_its_series(store: Store, http: Http) -> None:
    names = await Prometheus(spec(store.url), http, Path()).names()
    assert {"zero", "tool_calls_total", "agent_calls_total"} <= set(names)
    found = counting(names, "claims")
    assert found is not None
    assert found.preset == "warroom-prometheus"


async def test_names_of_what_is_no_store(server: Server, http: Http) -> None:
    asked = "/api/v1/label/__name__/values"
    server.answers[asked] = lambda handler: handler.reply(200, b'{"status": "success"}')
    with pytest.raises(FeedError, match="does not answer as Prometheus does"):
        await Prometheus(spec(server.url), http, Path()).names()
    server.answers[asked] = lambda handler: handler.reply(401)
    with pytest.raises(FeedError, match=r"^401 from"):
        await Prometheus(spec(server.url), http, Path()).names()


@pytest.mark.parametrize("promql", ["zero / zero", "1 / zero", "-1 / zero", "no_such_metric"])
async def test_what_is_no_number_is_absent(store: Store, http: Http, promql: str) -> None:
    prometheus = Prometheus(spec(store.url), http, Path())
    now = int(time.time())
    assert await prometheus.query(promql, now) is None
    assert await prometheus.query_range(promql, now - 120, now) == {}


@pytest.mark.parametrize(
    ("promql", "sentence"),
    [
        ("sum(", "URL refuses the query: "),
        ("tool_calls_total", "the query gives 2 series where one is needed; wrap it in sum(...)"),
        ("tool_calls_total[1m]", "the query gives a matrix where a vector is needed; write an"),
        ("scalar(zero)", "the query gives a scalar where a vector is needed; write an"),
        ('"text"', "the query gives a string where a vector is needed; write an"),
    ],
)
async def test_promql_that_cannot_work(
    store: Store, http: Http, promql: str, sentence: str
) -> None:
    with pytest.raises(FeedError) as caught:
        await Prometheus(spec(store.url), http, Path()).query(promql, time.time())
    assert caught.value.sentence.startswith(sentence.replace("URL", store.url))


async def test_the_feed_names_the_expression(store: Store, http: Http) -> None:
    several = feed(store.url, http, minutes={"calls": "tool_calls_total"})
    with pytest.raises(FeedError) as caught:
        await several.poll({}, time.time() + 60)
    assert caught.value.sentence.startswith("minutes.calls of feed prom gives 2 series")
    negative = feed(store.url, http, preset="", values={"latency-p95": "-1 - zero"})
    with pytest.raises(FeedError) as caught:
        await negative.poll({}, time.time() + 60)
    assert caught.value.sentence.startswith("values.latency-p95 of feed prom gives numbers under 0")


async def test_minutes_are_counted_where_they_happened(store: Store, http: Http) -> None:
    counts = (await minutes_of(store, http)).counts
    quiet = counts[store.first + 5]
    assert quiet == pytest.approx(
        {"calls": 8, "errors": 0, "escalations": 4, "flags": 0, "cost": 2}
    )
    inside = [m for m in GAP if m not in {GAP[0], GAP[-1]}]
    assert not any(store.first + minute in counts for minute in inside)
    assert store.first - 5 not in counts
    assert max(counts) == store.first + END - 1


async def test_the_first_flag_of_a_series_is_not_lost(store: Store, http: Http) -> None:
    counts = (await minutes_of(store, http)).counts
    flagged = {m - store.first: c["flags"] for m, c in counts.items() if c.get("flags", 0) > 0}
    assert flagged == {FLAGGED: 1.0}


async def test_values_are_direct(store: Store, http: Http) -> None:
    values = (await minutes_of(store, http)).values["latency-p95"]
    assert values[store.first + 50] == pytest.approx(1.9)
    assert all(math.isfinite(value) for value in values.values())


async def test_goes_on_with_an_overlap(store: Store, http: Http) -> None:
    prom = feed(store.url, http)
    at = store.first + 20
    first = await prom.poll({}, at * 60 + 1.0)
    assert first.cursor == {"minute": at - 1}
    second = await prom.poll(first.cursor, at * 60 + 61.0)
    assert second.minutes is not None
    assert sorted(second.minutes.counts) == [at - 3, at - 2, at - 1, at]
    assert not second.behind
    back = await prom.poll(second.cursor, (at - 10) * 60 + 1.0)  # the clock was set back
    assert back.cursor == {"minute": at - 11}


async def test_a_long_absence_is_caught_up_in_chunks(store: Store, http: Http) -> None:
    prom = feed(store.url, http)
    last = store.first + END - 1
    cursor: dict[str, object] = {"minute": last - MOST_POINTS - 500}
    first = await prom.poll(cursor, (last + 1) * 60 + 1.0)
    assert first.behind
    second = await prom.poll(first.cursor, (last + 1) * 60 + 1.0)
    assert (second.behind, second.cursor) == (False, {"minute": last})
    assert second.minutes is not None
    assert last in second.minutes.counts


async def test_the_start_asks_for_48_hours(server: Server, http: Http) -> None:
    server.answers["/api/v1/query_range"] = lambda handler: handler.reply(
        200, b'{"status":"success","data":{"resultType":"matrix","result":[]}}'
    )
    batch = await feed(server.url, http, preset="", minutes={"calls": "c"}).poll({}, 600_000_030.0)
    assert batch.minutes == MinuteSeries({}, {})
    end = 600_000_000 // 60 * 60
    assert server.seen[0].path == (
        f"/api/v1/query_range?query=c&start={end - (HISTORY_MINUTES - 1) * 60}&end={end}&step=60"
    )


ERROR = b'{"status":"error","errorType":"TYPE","error":"it\\u001b[2J timed out"}'
MATRIX = b'{"status":"success","data":{"resultType":"matrix","result":RESULT}}'


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"<!DOCTYPE html><title>login", "URL answers with a web page instead of data; check"),
        (200, b"ok", "URL does not answer as Prometheus does; check the url of feed prom"),
        (200, b'{"status":"success"', "URL does not answer as Prometheus does"),
        (200, b"[]", "URL does not answer as Prometheus does"),
        (200, b"\xff", "URL does not answer as Prometheus does"),
        (200, b"[" * 100_000, "URL does not answer as Prometheus does"),
        (200, MATRIX.replace(b"RESULT", b'[{"values":[[1,2]]}]'), "URL does not answer as Prom"),
        (200, MATRIX.replace(b"RESULT", b"7"), "URL does not answer as Prometheus does"),
        (200, b'{"status":"success"}', "URL does not answer as Prometheus does"),
        (200, ERROR, "URL could not answer minutes.calls of feed prom: it␛[2J timed out"),
        (
            200,
            MATRIX.replace(b"RESULT", b"[]").replace(b"{", b'{"isPartial":true,', 1),
            "URL answers minutes.calls of feed prom with a part of its data only: a node of it is",
        ),
        (422, ERROR, "422 from URL: unprocessable entity (it␛[2J timed out)"),
        (400, ERROR.replace(b"TYPE", b"bad_data"), "URL refuses minutes.calls of feed prom: it␛"),
        (401, b"Unauthorized", "401 from URL: the endpoint refuses our credentials; check headers"),
        (503, b"starting", "503 from URL: the endpoint has a fault (service unavailable)"),
    ],
)
async def test_what_only_looks_like_prometheus(
    server: Server, http: Http, status: int, body: bytes, sentence: str
) -> None:
    server.answers["/prom/api/v1/query_range"] = lambda handler: handler.reply(status, body)
    prom = feed(server.url + "/prom/", http, preset="", minutes={"calls": "c"})
    with pytest.raises(FeedError) as caught:
        await prom.poll({}, 600_000_030.0)
    assert caught.value.sentence.startswith(sentence.replace("URL", server.url))


async def test_odd_numbers_are_absent(server: Server, http: Http) -> None:
    result = b'[{"values":[[60,"1"],[120,"NaN"],[180,"+Inf"],[240,"-Inf"],[300,"x"],[360,"2"]]}]'
    server.answers["/api/v1/query_range"] = lambda handler: handler.reply(
        200, MATRIX.replace(b"RESULT", result)
    )
    batch = await feed(server.url, http, preset="", minutes={"calls": "c"}).poll({}, 400.0)
    assert batch.minutes == MinuteSeries({0: {"calls": 1.0}, 5: {"calls": 2.0}}, {})
