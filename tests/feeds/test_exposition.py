"""Metrics pages read directly: what counters gained, minute by minute, and what is no page."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.feed import Feed as FeedSpec
from console.feeds import Batch, FeedError, make_feed
from console.feeds.exposition import bucket_increase, increase, quantile_of, shares
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

START = 1_796_133_600.0  # a minute's first second
CALLS = 'agent_calls_total{variant!="control"}'
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Scraped:
    """A feed whose pages a test writes, with the cursor saved as JSON between polls."""

    def __init__(self, server: Server, http: Http, **more: Any) -> None:
        spec = {
            "id": "page",
            "kind": "exposition",
            "url": server.url + "/metrics",
            "minutes": {"calls": CALLS, "errors": "agent_errors_total"},
            **more,
        }
        self.server = server
        self.feed = make_feed(FeedSpec.model_validate(spec), http, SALT, Path())
        self.cursor = "{}"

    def shows(self, *lines: str, kind: str = TEXT) -> "Scraped":
        """From now on the page has these lines."""
        body = "".join(f"{line}\n" for line in lines).encode()
        self.server.answers["/metrics"] = lambda handler: handler.reply(
            200, body, Content_Type=kind
        )
        return self

    async def poll(self, at: float) -> Batch:
        """Read the page `at` seconds after the start."""
        batch = await self.feed.poll(json.loads(self.cursor), START + at)
        self.cursor = json.dumps(batch.cursor)
        return batch

    async def counts(self, at: float) -> dict[int, dict[str, float]]:
        """The minutes that became known: minute after the start -> counts."""
        minutes = (await self.poll(at)).minutes
        assert minutes is not None
        first = int(START // 60)
        return {number - first: counts for number, counts in minutes.counts.items()}

    async def fails(self, at: float = 0.0) -> str:
        """The sentence of a poll that must fail."""
        with pytest.raises(FeedError) as caught:
            await self.poll(at)
        return caught.value.sentence


def calls(number: float, *, errors: float = 0, version: str = "v2") -> tuple[str, ...]:
    return (
        "# TYPE agent_calls_total counter",
        f'agent_calls_total{{version="{version}",variant="live"}} {number}',
        'agent_calls_total{version="v1",variant="control"} 1000000',
        "# TYPE agent_errors_total counter",
        *([f'agent_errors_total{{version="{version}"}} {errors}'] if errors else []),
    )


@pytest.fixture
def page(server: Server, http: Http) -> Scraped:
    return Scraped(server, http)


async def test_the_first_page_only_tells_from_where_to_count(page: Scraped) -> None:
    assert await page.shows(*calls(500)).counts(0.0) == {}
    assert await page.shows(*calls(560)).counts(60.0) == {0: {"calls": 60.0, "errors": 0.0}}


async def test_what_passed_is_parted_among_the_minutes(page: Scraped) -> None:
    await page.shows(*calls(0)).poll(0.0)
    assert await page.shows(*calls(40)).counts(40.0) == {}
    told = await page.shows(*calls(80, errors=3)).counts(80.0)
    assert told == {0: {"calls": pytest.approx(60.0), "errors": pytest.approx(1.5)}}
    told = await page.shows(*calls(130, errors=3)).counts(125.0)
    assert told == {1: {"calls": pytest.approx(20 + 50 * 40 / 45), "errors": pytest.approx(1.5)}}


async def test_a_minute_half_seen_is_not_told(page: Scraped) -> None:
    await page.shows(*calls(0)).poll(30.0)
    assert await page.shows(*calls(90)).counts(70.0) == {}
    assert list(await page.shows(*calls(180)).counts(130.0)) == [1]


async def test_a_reset_counts_from_zero_and_a_new_series_too(page: Scraped) -> None:
    await page.shows(*calls(500)).poll(0.0)
    told = await page.shows(*calls(20), *calls(5, version="v3")[1:2]).counts(60.0)
    assert told[0]["calls"] == 25.0


async def test_over_a_gap_the_minutes_stay_unknown(page: Scraped) -> None:
    await page.shows(*calls(0)).poll(0.0)
    assert await page.shows(*calls(9000)).counts(600.0) == {}
    assert await page.shows(*calls(9060)).counts(660.0) == {10: {"calls": 60.0, "errors": 0.0}}


async def test_a_family_that_is_not_there_is_unknown_and_one_without_series_is_zero(
    page: Scraped,
) -> None:
    await page.shows(*calls(0)[:2]).poll(0.0)
    assert await page.shows(*calls(9)[:2]).counts(60.0) == {0: {"calls": 9.0}}
    assert await page.shows(*calls(18)).counts(120.0) == {1: {"calls": 9.0, "errors": 0.0}}
    sentence = await page.shows("other_total 3").fails(180.0)
    assert "shows no agent_calls_total; until it does, calls are unknown" in sentence


async def test_a_value_that_is_none_is_left_out_and_said(page: Scraped) -> None:
    await page.shows(*calls(0)).poll(0.0)
    odd = [f'agent_calls_total{{x="{n}"}} {v}' for n, v in enumerate(("NaN", "1e999", "-4"))]
    batch = await page.shows(*calls(60), *odd).poll(60.0)
    assert (batch.bad, batch.bad_sample) == (3, "agent_calls_total is nan")
    assert batch.minutes is not None
    assert list(batch.minutes.counts.values()) == [{"errors": 0.0}]  # calls are unknown
    told = await page.shows(*calls(90)).counts(120.0)
    assert told == {1: {"calls": 90.0, "errors": 0.0}}


async def test_a_series_that_was_away_is_not_new(page: Scraped) -> None:
    await page.shows(*calls(5000, errors=5000)).poll(0.0)
    await page.shows(*calls(5002)).poll(30.0)
    told = await page.shows(*calls(5004, errors=5001)).counts(60.0)
    assert told == {0: {"calls": 4.0, "errors": 1.0}}
    odd = ('agent_errors_total{version="v2"} NaN',)
    await page.shows(*calls(5006), *odd).poll(90.0)
    told = await page.shows(*calls(5008, errors=5003)).counts(120.0)
    assert told == {1: {"calls": 4.0, "errors": 2.0}}


async def test_openmetrics(page: Scraped) -> None:
    kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    def lines(count: int) -> tuple[str, ...]:
        return (
            "# TYPE agent_calls counter",
            "# HELP agent_calls Calls.",
            f'agent_calls_total{{variant="live"}} {count} 1796133600.1 # {{trace_id="a"}} 1 1.5',
            "agent_calls_created 1796133000",
            "# EOF",
        )

    await page.shows(*lines(5), kind=kind).poll(0.0)
    assert await page.shows(*lines(65), kind=kind).counts(60.0) == {0: {"calls": 60.0}}


def buckets(*counts: float, inf: bool = True) -> tuple[str, ...]:
    """A histogram with bounds of 1, 2, 4 and 8 s."""
    bounds = [*("1", "2", "4", "8"), *(["+Inf"] if inf else [])]
    found = zip(bounds, counts, strict=False)
    return tuple(f'took_seconds_bucket{{le="{bound}"}} {count}' for bound, count in found)


async def test_a_histogram_gives_the_p95_of_the_last_hour(server: Server, http: Http) -> None:
    page = Scraped(server, http, latency="took_seconds")
    await page.shows(*calls(0), *buckets(0, 0, 0, 0, 0)).poll(0.0)
    batch = await page.shows(*calls(100), *buckets(50, 90, 100, 100, 100)).poll(60.0)
    assert batch.minutes is not None
    assert list(batch.minutes.values["latency-p95"].values()) == [pytest.approx(3.0)]
    for minute in range(2, 70):  # the first minute has left the hour
        more = 100 * minute
        page.shows(*calls(more), *buckets(more, more, more, more, more))
        batch = await page.poll(60.0 * minute)
    assert batch.minutes is not None
    (value,) = batch.minutes.values["latency-p95"].values()
    assert value == pytest.approx(0.95, abs=0.02)


async def test_a_histogram_that_cannot_tell_says_so(server: Server, http: Http) -> None:
    page = Scraped(server, http, latency="took_seconds")
    await page.shows(*calls(0), *buckets(0, 0, 0, 0, inf=False)).poll(0.0)
    batch = await page.shows(*calls(9), *buckets(1, 2, 3, 9, inf=False)).poll(60.0)
    assert "neither a bucket without a bound nor a count" in batch.bad_sample
    assert batch.minutes is not None
    assert batch.minutes.values == {}
    batch = await page.shows(*calls(99), *buckets(10, 20, 30, 40, 90)).poll(120.0)
    assert "its p95 is over 8, the last bound of its histogram" in batch.bad_sample


async def test_a_summary_is_no_histogram(server: Server, http: Http) -> None:
    page = Scraped(server, http, latency="took_seconds")

    def summary(count: int) -> tuple[str, ...]:
        return (f'took_seconds{{quantile="0.95"}} {count}', f"took_seconds_count {count}")

    await page.shows(*calls(0), *summary(0)).poll(0.0)
    batch = await page.shows(*calls(9), *summary(9)).poll(60.0)
    assert "it has no buckets; a summary's quantiles cannot be added up" in batch.bad_sample


def test_beyond_the_highest_limit_the_last_bound_is_enough() -> None:
    value = quantile_of({"5": 10.0, "10": 50.0, "+Inf": 100.0})
    assert value is not None
    assert 10.0 < value < 10.001
    assert quantile_of({}) is None
    assert quantile_of({"1": 96.0, "NaN": 7.0, "odd": 8.0, "+Inf": 100.0}) == pytest.approx(
        0.99, abs=0.01
    )
    assert quantile_of({"1": 0.0, "+Inf": 0.0}) is None


@given(st.lists(st.floats(0.001, 9.9), min_size=1, max_size=200))
def test_the_quantile_lies_in_the_bucket_of_the_exact_one(times: list[float]) -> None:
    bounds = [0.5, 1, 2, 3, 5, 10]
    held = {str(bound): float(sum(time <= bound for time in times)) for bound in bounds}
    value = quantile_of({**held, "+Inf": float(len(times))})
    exact = sorted(times)[-(-95 * len(times) // 100) - 1]
    assert value is not None
    high = next(bound for bound in bounds if exact <= bound)
    low = max([0.0, *(bound for bound in bounds if bound < exact)])
    assert low <= value <= high


@given(
    st.floats(0, 1e9),
    st.floats(0.001, 300),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 9)),
)
def test_shares_and_increases_lose_nothing(
    start: float, length: float, before: dict[str, float]
) -> None:
    parts = shares(start, start + length)
    assert math.fsum(share for _, share in parts) == pytest.approx(1.0)
    assert [minute for minute, _ in parts] == sorted({minute for minute, _ in parts})
    after = {name: value + 2 for name, value in before.items()}
    assert increase(before, after) == pytest.approx(2 * len(before))
    assert bucket_increase({"h": before}, {"h": after}) == pytest.approx(
        {name: after[name] - before[name] for name in after}
    )


async def test_a_hundred_thousand_series(page: Scraped) -> None:
    many = [f'agent_calls_total{{user="u{n}"}} 1' for n in range(100_000)]
    others = [f'other_total{{user="u{n}"}} 1' for n in range(100_000)]
    assert "over 20,000 series are asked for" in await page.shows(*many).fails()
    await page.shows(*calls(0), *others).poll(0.0)
    assert await page.shows(*calls(60), *others).counts(60.0) == {0: {"calls": 60.0, "errors": 0.0}}


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        (b"<html>Sign in</html>", "text/plain", "answers with a web page instead of data"),
        (b"", TEXT, "it is empty"),
        (b"\xff\xfe", TEXT, "it is not UTF-8 text"),
        (b'agent_calls_total{a="b 5\n', TEXT, "it cannot be parsed"),
        (b"agent_calls_total\n", TEXT, "it cannot be parsed"),
        (b"agent_calls_total five\n", TEXT, "it cannot be parsed"),
        (b'{"status": "ok"}', "application/json", "shows no agent_calls_total"),
    ],
    ids=str,
)
async def test_what_is_no_page(
    page: Scraped, server: Server, body: bytes, kind: str, sentence: str
) -> None:
    server.answers["/metrics"] = lambda handler: handler.reply(200, body, Content_Type=kind)
    assert sentence in await page.fails()


async def test_a_redirect_within_the_origin_is_followed_with_the_key(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGE_KEY", "Bearer s3cret")
    headers = {"Authorization": {"env": "PAGE_KEY"}}
    page = Scraped(server, http, headers=headers)

    def moved(handler: Handler) -> None:
        handler.reply(307, Location="/metrics/")

    page.shows(*calls(0))
    server.answers["/metrics/"], server.answers["/metrics"] = server.answers["/metrics"], moved
    await page.poll(0.0)
    assert [seen.headers.get("authorization") for seen in server.seen] == ["Bearer s3cret"] * 2
    server.answers["/metrics"] = lambda handler: handler.reply(
        307, Location="http://127.0.0.1:9/metrics"
    )
    sentence = await page.fails(60.0)
    assert "redirects to http://127.0.0.1:9, which we do not follow" in sentence
    server.answers["/metrics/"] = moved
    server.answers["/metrics"] = moved
    assert "redirects to its own /metrics/" in await page.fails(60.0)


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        ({"calls": "sum(rate(x[1m]))"}, 'feeds.page: "sum(rate(x[1m]))" names no series'),
        ({"calls": 'x{a="b"'}, "names no series"),
        ({"calls": "x{a==b}"}, "a label is matched as in code"),
        ({"calls": 'x{a=~"("}'}, '"(" is no regular expression'),
    ],
    ids=str,
)
def test_what_selects_nothing(
    server: Server, http: Http, minutes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(FeedError) as caught:
        Scraped(server, http, minutes=minutes)
    assert sentence in caught.value.sentence
