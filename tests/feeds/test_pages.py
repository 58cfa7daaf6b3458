"""JSON in pages: every record once, whatever the order and however the pages are asked for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.feed import Feed as FeedSpec
from console.domain.call import Call
from console.domain.seen import Seen
from console.feeds import Batch, FeedError, make_feed
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

NOW = 1_796_133_600.0  # 2026-12-01T14:00:00Z
SAMPLES = Path(__file__).parent / "samples"
FIELDS = {"id": "id", "at": "at"}


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


class Api:
    """Holds records; answers by page, by cursor or since a time, newest or oldest first."""

    def __init__(self, server: Server, *, newest_first: bool = False) -> None:
        self.records: list[dict[str, Any]] = []
        self.newest_first = newest_first
        self.asked: list[dict[str, str]] = []
        server.answers["/api"] = self.answer

    def add(self, at: float, **more: Any) -> None:
        """One more record."""
        record = {"id": f"r{len(self.records)}", "at": iso(at), "end": iso(at + 1), **more}
        self.records.append(record)

    def answer(self, handler: Handler) -> None:
        asked = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        self.asked.append(asked)
        found = [r for r in self.records if "since" not in asked or r["at"] >= asked["since"]]
        found.sort(key=lambda record: str(record["at"]), reverse=self.newest_first)
        limit = int(asked.get("limit", "100"))
        start = int(asked.get("cursor", 0)) or (int(asked.get("page", "1")) - 1) * limit
        more = str(start + limit) if start + limit < len(found) else None
        body = {"data": found[start : start + limit], "next": more}
        handler.reply(200, json.dumps(body).encode(), Content_Type="application/json")


class Sweeper:
    """A feed with its cursor saved as JSON, and the ids as they are counted."""

    def __init__(self, server: Server, http: Http, **more: Any) -> None:
        spec = {
            "id": "api",
            "kind": "json-pages",
            "url": server.url + "/api",
            "fields": FIELDS,
            "limit": 10,
            "next_path": "next",
            "since_format": "rfc3339",
            **more,
        }
        self.feed = make_feed(FeedSpec.model_validate(spec), http, SALT, Path())
        self.cursor = "{}"
        self.seen = Seen()
        self.counted: list[str] = []
        self.bad = 0

    async def poll(self, now: float = NOW) -> Batch:
        """One poll."""
        batch = await self.feed.poll(json.loads(self.cursor), now)
        self.cursor = json.dumps(batch.cursor)
        self.counted += [call.id for call in self.seen.sift(batch.calls, now)]
        self.bad += batch.bad
        return batch

    async def catch_up(self, now: float = NOW) -> int:
        """Poll until nothing waits; how many polls it took."""
        polls = 1
        while (await self.poll(now)).behind:
            polls += 1
        return polls


WAYS = [
    {"by": "page"},
    {"by": "cursor"},
    {"by": "cursor", "since_param": ""},
    {"by": "since"},
    {"by": "page", "newest_first": True},
    {"by": "cursor", "newest_first": True, "since_param": ""},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_every_record_once(server: Server, http: Http, way: dict[str, Any]) -> None:
    api = Api(server, newest_first=bool(way.get("newest_first")))
    sweeper = Sweeper(server, http, **way)
    for number in range(333):
        api.add(NOW - 40 * 3600 + number * 400)
    polls = await sweeper.catch_up()
    assert polls == 2  # a poll asks for at most 25 pages
    assert sorted(sweeper.counted) == sorted(record["id"] for record in api.records)
    for turn in range(1, 4):
        api.add(NOW + turn * 10 - 3)
        api.add(NOW + turn * 10 - 50)  # it comes late
        await sweeper.catch_up(NOW + turn * 10)
    assert len(sweeper.counted) == len(set(sweeper.counted)) == len(api.records)
    before = len(api.asked)
    await sweeper.catch_up(NOW + 40)
    if way.get("since_param", "since"):
        assert len(api.asked) - before <= 2  # what is old is not asked for again


@pytest.mark.parametrize("way", [{"by": "page"}, {"by": "cursor", "newest_first": True}], ids=str)
async def test_what_is_not_over_is_read_when_it_is(
    server: Server, http: Http, way: dict[str, Any]
) -> None:
    api = Api(server, newest_first=bool(way.get("newest_first")))
    sweeper = Sweeper(server, http, finished="end", **way)
    api.add(NOW - 900)
    api.add(NOW - 600, end=None)
    for number in range(30):
        api.add(NOW - 500 + number)
    await sweeper.catch_up()
    assert len(sweeper.counted) == 31
    await sweeper.catch_up(NOW + 300)
    api.records[1]["end"] = iso(NOW + 310)
    await sweeper.catch_up(NOW + 320)
    assert sorted(sweeper.counted) == sorted(record["id"] for record in api.records)


async def test_what_never_ends_is_given_up_and_holds_nothing_up(server: Server, http: Http) -> None:
    api = Api(server)
    sweeper = Sweeper(server, http, finished="end", by="page")
    api.add(NOW, end=None)
    for hour in range(1, 6):
        now = NOW + hour * 3600
        api.add(now)
        await sweeper.catch_up(now)
    assert len(sweeper.counted) == 5
    assert api.asked[-1]["since"] >= iso(NOW + 3 * 3600 - 180)[:19]


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(status, body, **headers)


def endless(handler: Handler) -> None:
    """Always another record, never another cursor."""
    record = {"id": str(len(handler.server.seen)), "at": "2026-12-01T13:00:00Z"}
    handler.reply(200, json.dumps({"data": [record], "next": "7"}).encode())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (says(b'{"data": [{"id": "a"'), "is not whole JSON"),
        (says(b"<html>Sign in</html>"), "answers with a web page instead of data"),
        (says(b'"no"'), "has no list at data; it is no object"),
        (says(b'{"dta": []}'), 'has no list at data; did you mean "dta"?'),
        (says(b'{"data": {}}'), "has no list at data"),
        (says(b'{"data": [], "next": {}}'), "next in the answer of URL is no cursor"),
        (says(b"no", 401), "check headers.Authorization of feed api"),
        (says(b"", 429, Retry_After="7"), "raise poll_s of feed api"),
        (says(b"", 307, Location="/other"), "redirects to its own /other"),
        (endless, "gives the cursor that we asked with as the next one"),
        (says(b"[" * 100_000), "is not whole JSON"),
    ],
)
async def test_what_is_no_page(
    server: Server, http: Http, answer: Callable[[Handler], None], sentence: str
) -> None:
    server.answers["/api"] = answer
    sweeper = Sweeper(server, http, by="cursor")
    with pytest.raises(FeedError) as caught:
        await sweeper.catch_up()
    assert sentence in caught.value.sentence.replace(server.url, "URL")
    assert sweeper.cursor == "{}"


async def test_pages_that_repeat_end(server: Server, http: Http) -> None:
    page = [{"id": str(n), "at": "2026-12-01T13:00:00Z"} for n in range(10)]
    server.answers["/api"] = says(json.dumps(page).encode())
    with pytest.raises(FeedError, match="sends a page that it sent before"):
        await Sweeper(server, http, by="page").catch_up()


async def test_a_moment_with_more_records_than_a_page(server: Server, http: Http) -> None:
    api = Api(server)
    for _ in range(30):
        api.add(NOW - 60)
    with pytest.raises(FeedError, match="has more than 10 records of one moment; raise `limit`"):
        await Sweeper(server, http, by="since").catch_up()


async def test_bad_records_spoil_nothing(server: Server, http: Http) -> None:
    body = b'{"data": [{"id": "a", "at": "2026-12-01T13:00:00Z", "x": NaN}, 7, {"id": "b"}]}'
    server.answers["/api"] = says(body)
    sweeper = Sweeper(server, http, by="page")
    await sweeper.catch_up()
    assert (sweeper.counted, sweeper.bad) == (["a"], 2)


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


async def vendor(server: Server, http: Http, name: str, **more: Any) -> tuple[Call, Call]:
    """The two calls of a vendor's recorded answer: at 13:58 for 1.25 s, at 13:59 for 4.5 s."""
    server.answers["/api"] = says(json.dumps(sample(name)).encode())
    spec = {"id": name, "kind": "json-pages", "url": server.url + "/api", "preset": name, **more}
    batch = await make_feed(FeedSpec.model_validate(spec), http, SALT, Path()).poll({}, NOW)
    assert (batch.bad, batch.behind) == (0, False), batch.bad_sample
    first, second = sorted(batch.calls, key=lambda call: call.at)
    assert [first.at, second.at] == [NOW - 120.0, NOW - 60.0]
    assert [first.latency_s, second.latency_s] == [pytest.approx(1.25), pytest.approx(4.5)]
    return first, second


async def test_n8n(server: Server, http: Http) -> None:
    first, second = await vendor(server, http, "n8n")
    assert (first.id, first.error, first.escalation) == ("1001", "", "policy unclear")
    assert (second.id, second.error, second.conversation) == ("1002", "error", "c-7")
    assert server.seen[0].path == "/api?limit=250"


async def test_langfuse(server: Server, http: Http) -> None:
    first, second = await vendor(server, http, "langfuse")
    assert (first.cost, first.version, first.variant) == (0.021, "v2.4.0", "live")
    assert (first.conversation, len(first.user)) == ("c-7", 12)
    assert "windscreen" in first.input
    assert (second.version, second.escalation, second.error) == (
        *("2026-11", "policy unclear", "tool timed out"),
    )
    assert second.flags == ("pii",)
    asked = parse_qs(urlsplit(server.seen[0].path).query)
    assert asked["orderBy"] == ["timestamp.asc"]
    assert asked["fromTimestamp"] == ["2026-11-29T13:58:00.000Z"]


async def test_datadog(server: Server, http: Http) -> None:
    first, second = await vendor(server, http, "datadog")
    assert (first.id, first.cost, first.version, first.error) == (
        *("AwAAAY-first", 0.021, "v2.4.0", ""),
    )
    assert len(first.user) == 12
    assert (second.id, second.error, second.escalation) == (
        *("call-2", "tool timed out", "policy unclear"),
    )
    assert second.flags == ("pii",)
    asked = parse_qs(urlsplit(server.seen[0].path).query)
    assert asked["filter[from]"] == ["2026-11-29T13:58:00.000Z"]
    assert (asked["page[limit]"], asked["sort"]) == (["1000"], ["timestamp"])


async def test_litellm(server: Server, http: Http) -> None:
    first, second = await vendor(server, http, "litellm")
    assert (first.cost, first.tokens_in, first.tokens_out, first.model) == (
        *(0.021, 700, 120, "m-large"),
    )
    assert (first.error, second.error, second.version) == ("", "failure", "v2.4.0")
    asked = parse_qs(urlsplit(server.seen[0].path).query)
    assert asked["start_date"] == ["2026-11-29 13:58:00"]
    assert asked["end_date"] == ["2026-12-01 14:02:00"]
    assert (asked["page"], asked["page_size"]) == (["1"], ["100"])


async def test_mlflow(http: Http, tmp_path: Path) -> None:
    log = tmp_path / "traces.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in sample("mlflow")["traces"]))
    spec = FeedSpec(id="file", kind="jsonl", path=str(log), preset="mlflow")
    batch = await make_feed(spec, http, SALT, tmp_path).poll({}, NOW)
    first, second = batch.calls
    assert (first.at, first.latency_s, first.output) == (NOW - 120.0, 1.25, "Yes.")
    assert (first.version, first.conversation, first.error) == ("v2.4.0", "c-7", "")
    assert (second.version, second.error, second.escalation) == (
        *("0a1b2c", "ERROR", "policy unclear"),
    )


async def test_phoenix(server: Server, http: Http) -> None:
    """Its spans come over several pages; those of a trace are one call."""
    spans = json.loads((SAMPLES / "phoenix_spans.json").read_text())["data"]

    def page(handler: Handler) -> None:
        asked = parse_qs(urlsplit(handler.path).query)
        start = int(asked.get("cursor", ["0"])[0])
        body = {"data": spans[start : start + 1], "next_cursor": str(start + 1)}
        if start + 1 >= len(spans):
            body["next_cursor"] = None
        handler.reply(200, json.dumps(body).encode())

    server.answers["/api"] = page
    sweeper = Sweeper(server, http, preset="phoenix", fields={}, next_path="next_cursor")
    now = max(datetime.fromisoformat(span["end_time"]).timestamp() for span in spans) + 5
    await sweeper.catch_up(now)
    assert len(sweeper.counted) == 2
    assert sweeper.bad == 0
    await sweeper.catch_up(now + 10)
    assert len(sweeper.counted) == 2


async def test_a_quiet_log_whose_pages_reach_far_back_counts_once(
    server: Server, http: Http
) -> None:
    api = Api(server, newest_first=True)
    sweeper = Sweeper(server, http, by="cursor", newest_first=True, since_param="", limit=100)
    for hour in range(30):
        now = NOW + hour * 3600
        api.add(now - 60)
        await sweeper.catch_up(now)
    assert len(sweeper.counted) == len(api.records)


async def test_a_server_that_gives_smaller_pages_than_asked(server: Server, http: Http) -> None:
    api = Api(server)
    sweeper = Sweeper(server, http, by="page", limit=100, params={"limit": "7"}, limit_param="")
    for number in range(50):
        api.add(NOW - 3600 + number * 60)
    await sweeper.catch_up()
    assert len(sweeper.counted) == 50
    before = len(api.asked)
    api.add(NOW + 5)
    await sweeper.catch_up(NOW + 10)
    assert len(sweeper.counted) == 51
    assert len(api.asked) - before == 1


async def test_what_was_read_before_a_refusal_is_not_read_again(server: Server, http: Http) -> None:
    api = Api(server)
    sweeper = Sweeper(server, http, by="page")
    for number in range(100):
        api.add(NOW - 3600 + number)
    allowed = 0

    def thrifty(handler: Handler) -> None:
        nonlocal allowed
        if allowed == 0:
            handler.reply(429, Retry_After="7")
            return
        allowed -= 1
        api.answer(handler)

    server.answers["/api"] = thrifty
    for turn in range(1, 5):
        allowed = 3
        assert (await sweeper.poll()).behind == (turn < 4)
        if turn < 4:
            assert len(sweeper.counted) == turn * 30
            with pytest.raises(FeedError, match="we asked too often") as caught:
                await sweeper.poll()
            assert caught.value.retry_after_s == 7
    assert len(sweeper.counted) == 100


async def test_big_pages_do_not_pile_up_in_one_poll(server: Server, http: Http) -> None:
    api = Api(server)
    sweeper = Sweeper(server, http, by="cursor")
    for number in range(50):
        api.add(NOW - 3600 + number, more="x" * 300_000)
    assert await sweeper.catch_up() == 3  # of 3 MB each, two make a poll
    assert len(sweeper.counted) == 50
