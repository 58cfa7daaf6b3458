"""Stores that answer in a way that no store should: in words, in time, in little memory."""

import gzip
import json
import zlib
from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import make_feed
from console.feeds.base import Batch, FeedError
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

NOW = 600_000_030.0
KINDS: dict[str, dict[str, object]] = {
    "lines": {"kind": "loki", "query": "{}", "preset": "native"},
    "minutes": {"kind": "loki", "query": "{}", "minutes": {"calls": "sum($query)"}},
    "promql": {"kind": "prometheus", "minutes": {"calls": "c"}},
    "sql": {"kind": "sql", "query": "SELECT {start} {end}"},
}
PATHS = ("/", "/loki/api/v1/query_range", "/api/v1/query_range")
MATRIX = {"resultType": "matrix", "result": [{"metric": {}, "values": [[60_000, "3"]]}]}
GOOD: dict[str, object] = {
    "lines": {"status": "success", "data": {"resultType": "streams", "result": []}},
    "minutes": {"status": "success", "data": MATRIX},
    "promql": {"status": "success", "data": MATRIX},
    "sql": {"data": [{"minute": 9_999_999, "calls": 3}]},
}


async def poll(server: Server, http: Http, kind: str) -> Batch:
    """One poll of the store as that kind."""
    told = {"id": "store", "url": server.url + "/", "deadline_s": 2.0, **KINDS[kind]}
    if kind != "sql":
        told["url"] = server.url
    feed = make_feed(FeedSpec.model_validate(told), http, SALT, Path())
    return await feed.poll({}, NOW)


async def fails(server: Server, http: Http, kind: str) -> str:
    """The sentence of a poll that must fail."""
    with pytest.raises(FeedError) as caught:
        await poll(server, http, kind)
    return caught.value.sentence


def always(server: Server, answer: object) -> None:
    """The same answer wherever it is asked."""
    assert callable(answer)
    for path in PATHS:
        server.answers[path] = answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("said", ["text/html", "text/plain", "image/png", "application/json; x=?"])
async def test_a_lying_content_type_is_no_matter(
    server: Server, http: Http, kind: str, said: str
) -> None:
    body = json.dumps(GOOD[kind]).encode()
    always(server, lambda handler: handler.reply(200, body, Content_Type=said))
    assert (await poll(server, http, kind)).bad == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_for_people(server: Server, http: Http, kind: str) -> None:
    page = b"\xef\xbb\xbf\n<!-- {} --><div>Sign in</div>"
    always(server, lambda handler: handler.reply(200, page, Content_Type="text/html"))
    assert "answers with a web page instead of data" in await fails(server, http, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_that_drips(server: Server, http: Http, kind: str) -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.wfile.flush()
        while not handler.server.gone.wait(0.1):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    always(server, drip)
    assert await fails(server, http, kind) == f"no full answer from {server.url} in 2 s"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bomb(server: Server, http: Http, kind: str) -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join([packer.compress(b" " * 2**20) for _ in range(64)]) + packer.flush()
    always(server, lambda handler: handler.reply(200, bomb, Content_Encoding="gzip"))
    assert (await fails(server, http, kind)).startswith(f"the answer of {server.url} is over ")


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_not_asked_to_be_compressed_is_read(
    server: Server, http: Http, kind: str
) -> None:
    body = gzip.compress(json.dumps(GOOD[kind]).encode())
    always(server, lambda handler: handler.reply(200, body, Content_Encoding="gzip"))
    assert (await poll(server, http, kind)).bad == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [1, 10, -1])
async def test_half_an_answer(server: Server, http: Http, kind: str, cut: int) -> None:
    body = json.dumps(GOOD[kind]).encode()[:cut]
    always(server, lambda handler: handler.reply(200, body))
    assert "does not answer" in await fails(server, http, kind)
