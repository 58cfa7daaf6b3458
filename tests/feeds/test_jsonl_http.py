"""JSON lines over HTTP, from servers that keep to the rules and from those that do not."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Batch, Feed, FeedError
from console.net import Http
from tests.feeds.records import SALT, START, ids_of, line, lines
from tests.feeds.server import Handler, Log, Server, running

NOW = START + 3600.0
GOOD = lines(0, 3)


class Follower:
    """A feed with its cursor, saved as JSON between polls, as the telemetry does."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.cursor = "{}"

    async def poll(self, now: float = NOW) -> Batch:
        """One poll."""
        batch = await self.feed.poll(json.loads(self.cursor), now)
        self.cursor = json.dumps(batch.cursor)
        return batch

    async def ids(self) -> list[str]:
        """The ids of one poll."""
        return ids_of(await self.poll())

    async def fails(self) -> FeedError:
        """The error of a poll that must fail, and leave the cursor where it was."""
        with pytest.raises(FeedError) as caught:
            await self.poll()
        return caught.value


Following = Callable[..., Follower]


@pytest.fixture
def following(http: Http, server: Server, tmp_path: Path) -> Following:
    """Makes a follower of `/log` on the server."""

    def make(**more: object) -> Follower:
        spec = FeedSpec.model_validate(
            {
                "id": "calls",
                "kind": "jsonl-http",
                "url": server.url + "/log",
                "preset": "native",
                "deadline_s": 5.0,
                **more,
            }
        )
        return Follower(make_feed(spec, http, SALT, tmp_path))

    return make


def ids(first: int, count: int) -> list[str]:
    """The ids of `lines(first, count)`."""
    return [f"call-{number}" for number in range(first, first + count)]


@pytest.mark.parametrize("ranges", [True, False], ids=["range", "range ignored"])
async def test_follows_a_growing_log(following: Following, server: Server, ranges: bool) -> None:
    log = server.answers["/log"] = Log(GOOD, ranges)
    follower = following()
    assert await follower.ids() == ids(0, 3)
    assert await follower.ids() == []
    log.body += line(3) + line(4)[:30]
    assert await follower.ids() == ids(3, 1)
    log.body += line(4)[30:]
    assert await follower.ids() == ids(4, 1)
    if ranges:
        assert server.seen[-1].headers["range"].startswith(f"bytes={len(lines(0, 4)) - 64}-")


async def test_utf8_split_over_polls(following: Following, server: Server) -> None:
    raw = '{"id":"a","at":"2026-12-01T00:00:00Z","input":"日本"}\n'.encode()
    log = server.answers["/log"] = Log(raw[: raw.index("日".encode()) + 1])
    follower = following()
    assert await follower.ids() == []
    log.body = raw
    assert [call.input for call in (await follower.poll()).calls] == ["日本"]


@pytest.mark.parametrize("ranges", [True, False], ids=["range", "range ignored"])
@pytest.mark.parametrize("replaced", [lines(50, 1), lines(50, 30), b""])
async def test_a_truncated_or_replaced_log_starts_again(
    following: Following, server: Server, ranges: bool, replaced: bytes
) -> None:
    log = server.answers["/log"] = Log(lines(0, 9), ranges)
    follower = following()
    assert not (await follower.poll()).gap
    log.body = replaced
    batch = await follower.poll()
    assert ids_of(batch) == ids(50, replaced.count(b"\n"))
    assert batch.gap
    log.body += line(90)
    batch = await follower.poll()
    assert ids_of(batch) == ids(90, 1)
    assert not batch.gap


async def test_an_empty_log(following: Following, server: Server) -> None:
    log = server.answers["/log"] = Log(b"")
    follower = following()
    batch = await follower.poll()
    assert (batch.calls, batch.bad, batch.behind) == ([], 0, False)
    log.body = GOOD
    assert await follower.ids() == ids(0, 3)


@pytest.mark.parametrize("ranges", [True, False], ids=["range", "range ignored"])
async def test_a_poll_is_bounded(following: Following, server: Server, ranges: bool) -> None:
    server.answers["/log"] = Log(lines(0, 10, input="x" * 900_000), ranges)
    follower = following()
    got: list[str] = []
    polls = 0
    behind = True
    while behind:
        batch = await follower.poll()
        got += ids_of(batch)
        behind = batch.behind
        polls += 1
    assert got == ids(0, 10)
    assert polls > 2


async def test_a_20_mb_line_is_skipped(following: Following, server: Server) -> None:
    server.answers["/log"] = Log(line(0) + b'{"id":"' + b"x" * 20_000_000 + b'"}\n' + line(1))
    follower = following()
    got: list[str] = []
    bad = 0
    behind = True
    while behind:
        batch = await follower.poll()
        got += ids_of(batch)
        bad += batch.bad
        behind = batch.behind
    assert (got, bad) == (ids(0, 2), 1)


async def test_a_log_too_big_to_send_whole(following: Following, server: Server) -> None:
    server.answers["/log"] = Log(b"x" * 33 * 1024 * 1024, ranges=False)
    error = await following().fails()
    assert error.sentence == (
        f"the answer of {server.url} is over 32 MiB; "
        'a server that ignores Range needs by = "since" or "cursor" for feed calls'
    )


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    """An answer of that status with a page for people."""
    return lambda handler: handler.reply(code, b"<html>\x1b[2J no</html>", **headers)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (status(401), "401 from URL: the endpoint refuses our credentials; check headers.X-Key"),
        (status(403), "403 from URL: the endpoint knows us but does not allow this; check headers"),
        (
            status(404),
            "404 from URL: there is nothing at this address; check the url of feed calls",
        ),
        (status(429), "429 from URL: we asked too often; raise poll_s of feed calls"),
        (status(500), "500 from URL: the endpoint has a fault (internal server error)"),
        (status(200), "URL answers with a web page instead of data; check the url of feed calls"),
        (status(200, Content_Type="text/html"), "URL answers with a web page instead of data"),
        (status(206, Content_Type="text/html"), "URL answers with a web page instead of data"),
        (status(302, Location="https://login/?next=x"), "URL redirects to https://login, which"),
        (
            lambda handler: handler.reply(206, GOOD),
            "URL answers 206 without saying which part it sends; use by",
        ),
        (
            lambda handler: handler.reply(206, GOOD, Content_Range="bytes 7-9/100"),
            "URL sends another part of the log (7 to 9) than we asked for",
        ),
        (
            lambda handler: handler.reply(206, GOOD, Content_Range="bytes 0-9/100"),
            "URL sends another part of the log (0 to 9) than we asked for",
        ),
    ],
)
async def test_what_is_wrong_is_said(
    following: Following, server: Server, answer: Callable[[Handler], None], sentence: str
) -> None:
    server.answers["/log"] = answer
    error = await following(headers={"X-Key": "k"}).fails()
    assert error.sentence.startswith(sentence.replace("URL", server.url))
    assert error.sentence.isprintable()


async def test_a_416_that_contradicts_itself(following: Following, server: Server) -> None:
    server.answers["/log"] = Log(GOOD)
    follower = following()
    await follower.poll()
    server.answers["/log"] = status(416, Content_Range=f"bytes */{len(GOOD)}")
    assert "416" in (await follower.fails()).sentence
    server.answers["/log"] = Log(GOOD + line(3))
    assert await follower.ids() == ids(3, 1)


async def test_asks_for_patience(following: Following, server: Server) -> None:
    server.answers["/log"] = status(429, Retry_After="17")
    assert (await following().fails()).retry_after_s == 17


async def test_a_drip_ends_at_the_deadline(following: Following, server: Server) -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not handler.server.gone.wait(0.02):
            handler.wfile.write(b" ")

    server.answers["/log"] = drip
    error = await following(deadline_s=0.3).fails()
    assert error.sentence == f"no full answer from {server.url} in 0.3 s"


async def test_a_wrong_content_type_is_no_reason(following: Following, server: Server) -> None:
    server.answers["/log"] = lambda handler: handler.reply(
        200, GOOD, Content_Type="application/octet-stream"
    )
    assert await following().ids() == ids(0, 3)


async def test_bad_lines_are_counted(following: Following, server: Server) -> None:
    server.answers["/log"] = Log(line(0) + b"\xff\n" + b'{"id":1,"at":1e999}\n' + line(1))
    batch = await following().poll()
    assert ids_of(batch) == ids(0, 2)
    assert batch.bad == 2
    assert batch.bad_sample.startswith("the line is not UTF-8")


async def test_secrets_are_read_at_each_poll_and_never_travel(
    following: Following, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running() as other:
        server.answers["/log"] = lambda handler: handler.reply(302, Location=other.url + "/log")
        (tmp_path / "key").write_text("file-secret\n")
        follower = following(
            headers={"Authorization": {"env": "AGENT_LOG_TOKEN"}, "X-Api-Key": {"file": "key"}}
        )
        error = await follower.fails()
        assert error.sentence == (
            f"no credentials for {server.url}: the environment variable AGENT_LOG_TOKEN is not set"
        )
        assert server.seen == []
        monkeypatch.setenv("AGENT_LOG_TOKEN", "Bearer env-secret")
        error = await follower.fails()
        assert other.url in error.sentence
        assert "secret" not in error.sentence
        assert server.seen[0].headers["authorization"] == "Bearer env-secret"
        assert server.seen[0].headers["x-api-key"] == "file-secret"
        assert other.seen == []


class Api:
    """A log API that pages: by time with `since`, by a token with `after`."""

    def __init__(self, page: int = 1000) -> None:
        self.lines: list[bytes] = []
        self.page = page
        self.form = "rfc3339"

    def __call__(self, handler: Handler) -> None:
        """At most a page from where the query says."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        assert query["tenant"] == "a b"
        first = int(query.get("after", 0))
        if "since" in query:
            first = next(
                (n for n, raw in enumerate(self.lines) if self.stamp(raw) >= query["since"]),
                len(self.lines),
            )
        body = b"".join(self.lines[first : first + self.page])
        headers = {"X_Next": str(min(first + self.page, len(self.lines)))} if self.lines else {}
        handler.reply(200, body, **headers)

    def stamp(self, raw: bytes) -> str:
        """A record's time as the API writes it."""
        at = str(json.loads(raw)["at"])
        if self.form == "rfc3339":
            return at.replace("Z", ".000Z")
        hours, minutes, seconds = map(int, re.findall(r"\d+", at)[3:])
        moment = START + hours * 3600 + minutes * 60 + seconds
        return f"{moment:.3f}" if self.form == "unix" else str(moment * 1000)


async def test_cursor_goes_on_where_the_server_says(following: Following, server: Server) -> None:
    api = server.answers["/log"] = Api(page=2)
    follower = following(
        url=server.url + "/log?tenant=a+b", by="cursor", cursor_param="after", next_header="X-Next"
    )
    assert await follower.ids() == []
    api.lines = [line(n) for n in range(3)]
    first = await follower.poll()
    assert ([call.id for call in first.calls], first.behind) == (ids(0, 2), True)
    assert await follower.ids() == ids(2, 1)
    last = await follower.poll()
    assert (last.calls, last.behind) == ([], False)
    api.lines.append(line(3)[:-1])
    assert await follower.ids() == ids(3, 1)


async def test_cursor_needs_its_header(following: Following, server: Server) -> None:
    server.answers["/log"] = lambda handler: handler.reply(200, GOOD)
    error = await following(by="cursor").fails()
    assert error.sentence == (
        f"the answer of {server.url} has no header X-Next-Cursor, so we cannot go on from it; "
        "set next_header of feed calls"
    )


async def test_another_way_of_paging_starts_again(following: Following, server: Server) -> None:
    server.answers["/log"] = Log(GOOD)
    follower = following()
    await follower.poll()
    other = following(by="since")
    other.cursor = follower.cursor
    assert await other.ids() == ids(0, 3)


async def test_own_fields_go_before_the_preset(following: Following, server: Server) -> None:
    data = b'{"id":"a","at":"2026-12-01T00:00:00Z","latency_s":9,"ms":1500,"cost":2}\n'
    server.answers["/log"] = Log(data)
    follower = following(fields={"latency_s": {"path": "ms", "as": "ms"}})
    call = (await follower.poll()).calls[0]
    assert (call.latency_s, call.cost) == (1.5, 2)
