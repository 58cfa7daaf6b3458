"""Lines from Loki: merged by time, every one read, however they are spread over streams."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Batch, FeedError
from console.feeds.loki import MOST_LINES, OVERLAP_S
from console.net import Http
from tests.feeds.loki_server import NS, Loki, refuse
from tests.feeds.records import SALT, START, ids_of, line, record
from tests.feeds.server import Handler, Server, running

NOW = START + 3600.0
PATH = "/loki/api/v1/query_range"
QUERY = '{app="agent"} |= "id"'


class Follower:
    """A feed with its cursor, saved as JSON between polls, as the telemetry does."""

    def __init__(self, url: str, http: Http, **more: object) -> None:
        told = {"id": "calls", "kind": "loki", "url": url, "query": QUERY, "preset": "native"}
        self.feed = make_feed(FeedSpec.model_validate({**told, **more}), http, SALT, Path())
        self.cursor = "{}"
        self.ids: list[str] = []
        self.bad = 0
        self.sample = ""

    async def poll(self, now: float = NOW) -> Batch:
        """One poll."""
        batch = await self.feed.poll(json.loads(self.cursor), now)
        self.cursor = json.dumps(batch.cursor)
        self.ids += ids_of(batch)
        self.bad += batch.bad
        self.sample = self.sample or batch.bad_sample
        return batch

    async def catch_up(self, now: float = NOW) -> int:
        """Poll until nothing waits; how many polls that took."""
        polls = 1
        while (await self.poll(now)).behind:
            polls += 1
            assert polls < 200, "it never ends"
        return polls

    async def fails(self, now: float = NOW) -> str:
        """The sentence of a poll that must fail."""
        with pytest.raises(FeedError) as caught:
            await self.poll(now)
        return caught.value.sentence


Following = Callable[..., Follower]


@pytest.fixture
def loki(server: Server) -> Loki:
    """An empty Loki."""
    made = Loki()
    server.answers[PATH] = made
    return made


@pytest.fixture
def following(http: Http, server: Server, loki: Loki) -> Following:
    """Makes a follower of that Loki."""
    return lambda **more: Follower(server.url, http, **more)


def push(loki: Loki, first: int, count: int, **labels: str) -> None:
    """Records whose Loki time is that of the call."""
    for number in range(first, first + count):
        loki.push((START + number) * NS, line(number), **labels)


async def test_the_start_reads_48_hours_in_bounded_questions(
    following: Following, loki: Loki
) -> None:
    loki.push(int(NOW - 48 * 3600 - 1) * NS, line(1, id="too old"))
    loki.push(int(NOW - 48 * 3600 + 1) * NS, line(2, id="old"))
    push(loki, 3595, 3)
    follower = following()
    assert await follower.catch_up() == 8
    assert follower.ids == ["old", "call-3595", "call-3596", "call-3597"]
    spans = [(int(asked["end"]) - int(asked["start"])) // NS for asked in loki.asked]
    assert max(spans) == 6 * 3600
    assert {asked["direction"] for asked in loki.asked} == {"forward"}
    assert {asked["query"] for asked in loki.asked} == {QUERY}


async def test_streams_are_merged_by_time(following: Following, loki: Loki) -> None:
    push(loki, 3590, 1, pod="a", level="info")
    push(loki, 3592, 1, pod="a", level="info")
    push(loki, 3591, 1, pod="b", level="info")
    push(loki, 3593, 1, pod="b", level="error")
    follower = following()
    await follower.catch_up()
    assert follower.ids == ["call-3590", "call-3591", "call-3592", "call-3593"]


async def test_late_lines_are_found(following: Following, loki: Loki) -> None:
    push(loki, 3500, 90)
    follower = following()
    await follower.catch_up()
    loki.push((START + 3589 - OVERLAP_S + 1) * NS, line(1, id="late"), pod="slow")
    push(loki, 3590, 2)
    follower.ids.clear()
    assert await follower.catch_up() == 1
    assert {"late", "call-3590", "call-3591"} <= set(follower.ids)
    assert len(follower.ids) < 90


async def test_silence_is_not_asked_for_ever(following: Following, loki: Loki) -> None:
    push(loki, 0, 1)
    follower = following()
    await follower.catch_up()
    await follower.catch_up(NOW + 10 * 3600)
    await follower.poll(NOW + 10 * 3600 + 2)
    start = int(loki.asked[-1]["start"]) / NS
    assert NOW + 7 * 3600 < start < NOW + 9 * 3600


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0], ids=["behind", "ahead"])
async def test_a_clock_an_hour_off_hides_nothing(
    following: Following, loki: Loki, wrong_s: float
) -> None:
    push(loki, 3500, 50)
    follower = following()
    await follower.catch_up(NOW + wrong_s)
    push(loki, 3550, 50)
    await follower.catch_up(NOW + wrong_s + 50)
    assert set(follower.ids) == {f"call-{number}" for number in range(3500, 3600)}


async def test_a_clock_that_is_set_back_goes_on(following: Following, loki: Loki) -> None:
    follower = following()
    await follower.catch_up(NOW + 12 * 3600)
    push(loki, 3590, 1)
    await follower.catch_up()
    assert follower.ids == ["call-3590"]


async def test_more_lines_than_a_page_at_the_same_moment(following: Following, loki: Loki) -> None:
    at = (START + 3000) * NS
    for number in range(40):
        loki.push(at, line(number), pod=f"p{number % 3}")
    push(loki, 3001, 3)
    loki.most = 50
    follower = following()
    await follower.catch_up()
    assert (len(set(follower.ids)), follower.bad) == (43, 0)
    loki.most = 5  # what its operator allows: it refuses to be asked for more
    other = following()
    await other.catch_up()
    assert {"call-3001", "call-3002", "call-3003"} <= set(other.ids)
    assert other.bad == 1
    assert other.sample.startswith("over 5 lines of one moment, of which Loki does not give the")


async def test_long_lines_are_asked_for_in_smaller_pages(
    following: Following, loki: Loki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.feeds.loki.MOST_ANSWER_BYTES", 20_000)
    for number in range(60):
        loki.push((START + number) * NS, line(number, output="x" * 2_000))
    follower = following()
    await follower.catch_up()
    assert set(follower.ids) == {f"call-{number}" for number in range(60)}
    loki.asked.clear()
    await follower.catch_up(NOW + 5)
    assert loki.asked[0]["limit"] == str(MOST_LINES)  # once it has caught up it asks for all
    loki.push((START + 3599) * NS, line(1, output="x" * 30_000))
    with pytest.raises(FeedError, match="is over"):
        await follower.catch_up(NOW + 6)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12) | st.integers(0, 40_000) | st.integers(43_150, 43_199),
            st.sampled_from("abc"),
            st.booleans(),
        ),
        max_size=40,
    ),
    st.sampled_from([5, 50]),
)
@settings(max_examples=20, deadline=None)
def test_every_line_comes(entries: list[tuple[int, str, bool]], most: int) -> None:
    """Whatever their times, streams and the page: at least once each, and bad only if crowded."""

    async def follow(url: str, loki: Loki) -> Follower:
        async with Http() as http:
            follower = Follower(url, http)
            for late in (False, True):
                for number, (second, pod, is_late) in enumerate(entries):
                    if is_late is late:
                        # What is late is no more so than lines may be.
                        at = 43_140 + second % 59 if late else second
                        loki.push((START + at) * NS, line(number), pod=pod)
                await follower.catch_up(START + 43_200.0)
            return follower

    loki = Loki(most=most)
    with running() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.feeds.loki.MOST_LINES", most)
        server.answers[PATH] = loki
        follower = asyncio.run(follow(server.url, loki))
    times = [entry[0] for entry in loki.entries]
    crowded = max((times.count(at) for at in times), default=0) >= most
    if crowded:
        assert follower.bad or len(set(follower.ids)) == len(entries)
    else:
        assert set(follower.ids) == {f"call-{number}" for number in range(len(entries))}
        assert follower.bad == 0


FIELDS = {
    "id": "loki.labels.trace_id",
    "at": "loki.at",
    "version": "loki.labels.version",
    "latency_s": {"path": "ms", "as": "ms"},
}


@pytest.mark.parametrize(
    "metadata",
    [
        {"trace_id": "t1", "version": "v2"},
        {"structuredMetadata": {"trace_id": "t1"}, "parsed": {"version": "v2"}},
    ],
    ids=["plain", "in categories"],
)
async def test_what_loki_knows_beside_the_line(
    following: Following, loki: Loki, metadata: dict[str, Any]
) -> None:
    loki.metadata = metadata
    loki.push((START + 3000) * NS + 123_456_789, ' {"ms": 1500,\n "loki": {"at": "forged"}} ')
    loki.push((START + 3001) * NS, "{}")
    follower = following(preset="", fields=FIELDS)
    while not (batch := await follower.poll()).calls:
        pass
    first, second = batch.calls
    assert (first.id, first.version, first.latency_s) == ("t1", "v2", 1.5)
    assert first.at == pytest.approx(START + 3000.123456, abs=1e-6)
    assert second.latency_s is None
    assert follower.bad == 0


async def test_equal_lines_without_an_id_are_calls_of_their_own(
    following: Following, loki: Loki
) -> None:
    for second, pod in ((1, "a"), (1, "b"), (2, "a")):
        loki.push((START + second) * NS, '{"ms": 1}', pod=pod)
    follower = following(preset="", fields={"at": "loki.at", "version": "loki.labels.version"})
    await follower.catch_up()
    await follower.catch_up(NOW + 2)
    assert len(set(follower.ids)) == 3


async def test_lines_that_are_no_records_cost_only_themselves(
    following: Following, loki: Loki
) -> None:
    odd = [
        "level=info msg=started",
        '{"id": "half", "at": "2026-12-01T00',
        "[1, 2]",
        "\ufffd\x1b[2J",
        "",
        json.dumps(record(1, id="inf")).replace("0.9", "1e999"),
        json.dumps(record(2, id="nan")).replace("0.9", "NaN"),
    ]
    for number, text in enumerate(odd):
        loki.push((START + 3590 + number) * NS, text)
    push(loki, 3599, 1)
    follower = following()
    await follower.catch_up()
    assert follower.ids == ["call-3599"]
    assert follower.bad == 6  # an empty line is none
    assert "\x1b" not in follower.sample


async def test_credentials_and_tenant_go_as_headers(
    following: Following, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOKI_TOKEN", "Bearer s3cret")
    headers = {"X-Scope-OrgID": "team-a", "Authorization": {"env": "LOKI_TOKEN"}}
    await following(headers=headers).poll()
    sent = server.seen[-1].headers
    assert (sent["x-scope-orgid"], sent["authorization"]) == ("team-a", "Bearer s3cret")


STREAMS = '{"status":"success","data":{"resultType":"streams","result":RESULT}}'
VALUE = '[{"stream":{},"values":[["AT","{}"]]}]'


def answered(result: str) -> bytes:
    """A whole answer with that result."""
    return STREAMS.replace("RESULT", result).encode()


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            400,
            b"parse error at line 1, col 6: syntax error: unexpected \x1b[2J IDENTIFIER\n",
            "URL refuses the query of feed calls: parse error at line 1, col 6: syntax error: "
            "unexpected ␛[2J IDENTIFIER",
        ),
        (400, b"", "URL refuses the query of feed calls: it does not say why"),
        (401, b"no org id\n", "401 from URL: the endpoint refuses our credentials (no org id); ch"),
        (404, b"404 page not found\n", "404 from URL: there is nothing at this address (404 page"),
        (429, b"too many outstanding requests", "429 from URL: we asked too often (too many outst"),
        (500, b"context canceled", "500 from URL: the endpoint has a fault (internal server error"),
        (502, b"<html>Bad Gateway", "URL answers with a web page instead of data"),
        (200, b"<!DOCTYPE html><title>Grafana", "URL answers with a web page instead of data"),
        (200, b"ready\n", "URL does not answer as Loki does; check the url of feed calls"),
        (200, answered("[]")[:-9], "URL does not answer as Loki does"),
        (200, b"\xff\xfe", "URL does not answer as Loki does"),
        (200, b"[" * 100_000, "URL does not answer as Loki does"),
        (200, answered("7"), "URL does not answer as Loki does"),
        (200, answered(VALUE.replace('"AT"', "1")), "URL does not answer as Loki does"),
        (200, answered(VALUE.replace("AT", "-1")), "URL does not answer as Loki does"),
        (200, answered(VALUE.replace("AT", "9" * 20)), "URL does not answer as Loki does"),
        (200, answered('[{"stream":{},"values":[["1"]]}]'), "URL does not answer as Loki does"),
        (200, answered(VALUE.replace("AT", "1")), "URL sends lines from before the time that we"),
        (
            200,
            answered("[]").replace(b"streams", b"matrix"),
            "the query of feed calls counts where lines are needed; write it under minutes or val",
        ),
    ],
)
async def test_what_only_looks_like_loki(
    following: Following, server: Server, status: int, body: bytes, sentence: str
) -> None:
    server.answers[PATH] = lambda handler: handler.reply(status, body, Content_Type="text/plain")
    assert (await following().fails()).startswith(sentence.replace("URL", server.url))


async def test_pages_that_repeat_end(following: Following, server: Server) -> None:
    def same(handler: Handler) -> None:
        at = str(int(NOW - 47 * 3600) * NS)
        values = [[at, f'{{"id":"{n}","at":"2026-12-01T00:00:00Z"}}'] for n in range(MOST_LINES)]
        handler.reply(200, answered(json.dumps([{"stream": {}, "values": values}])))

    server.answers[PATH] = same
    follower = following()
    await follower.poll()
    await follower.poll()
    assert follower.bad == 1
    assert "sends lines from before the time that we asked for" in await follower.fails()


async def test_an_error_leaves_the_place_to_go_on(
    following: Following, server: Server, loki: Loki
) -> None:
    push(loki, 3590, 2)
    follower = following()
    await follower.catch_up()
    push(loki, 3592, 2)
    server.answers[PATH] = lambda handler: refuse(handler, "at least 1 live replica required", 500)
    assert "live replica" in await follower.fails()
    server.answers[PATH] = loki
    await follower.catch_up()
    assert set(follower.ids) == {f"call-{number}" for number in range(3590, 3594)}
