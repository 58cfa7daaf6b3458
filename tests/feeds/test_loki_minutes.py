"""Minutes that Loki counts itself: LogQL out, Prometheus' matrix back."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config.feed import Feed as FeedSpec
from config.presets import preset
from console.feeds import make_feed
from console.feeds.base import Feed, FeedError, MinuteSeries
from console.net import Http
from tests.feeds.loki_server import refuse
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

NOW = 600_000_030.0
LAST = 600_000_000 // 60
PATH = "/loki/api/v1/query_range"
PIPE = '| json error="error" | error!=""'
# As Loki 3 answers: whole seconds as numbers, values as text, statistics after the result.
MATRIX = (
    '{"status":"success","data":{"resultType":"matrix","result":RESULT,'
    '"stats":{"summary":{"bytesProcessedPerSecond":0,"execTime":0.01}}}}'
)


def feed(url: str, http: Http, **more: object) -> Feed:
    """A feed of kind loki that counts."""
    told = {"id": "loki", "kind": "loki", "url": url, "query": '{app="agent"}', **more}
    return make_feed(FeedSpec.model_validate(told), http, SALT, Path())


def answer(result: str) -> bytes:
    """A matrix as Loki sends it."""
    return MATRIX.replace("RESULT", result).encode()


def asked(server: Server) -> list[dict[str, str]]:
    """The questions that came."""
    return [
        {name: value[0] for name, value in parse_qs(urlsplit(seen.path).query).items()}
        for seen in server.seen
    ]


async def test_it_asks_for_minutes_and_not_for_lines(server: Server, http: Http) -> None:
    def count(handler: Handler) -> None:
        query = parse_qs(urlsplit(handler.path).query)["query"][0]
        value = "1.25" if query.startswith("quantile") else "3"
        end = LAST * 60
        result = [{"metric": {}, "values": [[end - 60, value], [end, value]]}]
        handler.reply(200, answer(json.dumps(result)))

    server.answers[PATH] = count
    loki = feed(
        server.url,
        http,
        minutes={
            "calls": "sum(count_over_time($query [1m]))",
            "errors": f"sum(count_over_time($query {PIPE} [1m]))",
        },
        values={"latency-p95": "quantile_over_time(0.95, $query | unwrap latency_s [1h]) by ()"},
    )
    batch = await loki.poll({}, NOW)
    both = {"calls": 3.0, "errors": 3.0}
    assert batch.minutes == MinuteSeries(
        {LAST - 2: both, LAST - 1: both}, {"latency-p95": {LAST - 2: 1.25, LAST - 1: 1.25}}
    )
    assert (batch.calls, batch.behind) == ([], False)
    first = asked(server)
    assert [one["query"] for one in first] == [
        'sum(count_over_time({app="agent"} [1m]))',
        f'sum(count_over_time({{app="agent"}} {PIPE} [1m]))',
        'quantile_over_time(0.95, {app="agent"} | unwrap latency_s [1h]) by ()',
    ]
    assert {(one["start"], one["end"], one["step"]) for one in first} == {
        (str((LAST - 2879) * 60), str(LAST * 60), "60")
    }
    server.seen.clear()
    await loki.poll(batch.cursor, NOW + 60)
    assert {int(one["end"]) - int(one["start"]) for one in asked(server)} == {3 * 60}


async def test_what_is_no_number_is_unknown(server: Server, http: Http) -> None:
    result = '[{"metric":{},"values":[[60,"NaN"],[120,"1e999"],[180,"+Inf"],[240,"2"]]}]'
    server.answers[PATH] = lambda handler: handler.reply(200, answer(result))
    batch = await feed(server.url, http, minutes={"calls": "sum($query)"}).poll({}, 400.0)
    assert batch.minutes == MinuteSeries({3: {"calls": 2.0}}, {})
    server.answers[PATH] = lambda handler: handler.reply(200, answer("[]"))
    batch = await feed(server.url, http, minutes={"calls": "sum($query)"}).poll({}, 400.0)
    assert batch.minutes == MinuteSeries({}, {})


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            400,
            b"parse error at line 1, col 48: syntax error: unexpected )\n",
            "URL refuses minutes.calls of feed loki: parse error at line 1, col 48: syntax error: "
            "unexpected )",
        ),
        (
            400,
            b"maximum number of series (500) reached for a single query; consider reducing",
            "URL refuses minutes.calls of feed loki: maximum number of series (500) reached for",
        ),
        (401, b"no org id\n", "401 from URL: the endpoint refuses our credentials (no org id); ch"),
        (504, b"context deadline exceeded", "504 from URL: the endpoint has a fault (gateway time"),
        (502, b"<html>Bad Gateway", "URL answers with a web page instead of data"),
        (200, b"ok", "URL does not answer as Loki does; check the url of feed loki"),
        (
            200,
            answer('[{"metric":{"pod":"a"},"values":[]},{"metric":{"pod":"b"},"values":[]}]'),
            "minutes.calls of feed loki gives 2 series where one is needed; wrap it in sum(...)",
        ),
        (
            200,
            answer("[]").replace(b"matrix", b"streams"),
            "minutes.calls of feed loki gives a streams where a matrix is needed",
        ),
    ],
)
async def test_what_cannot_be_counted(
    server: Server, http: Http, status: int, body: bytes, sentence: str
) -> None:
    server.answers[PATH] = lambda handler: handler.reply(status, body)
    with pytest.raises(FeedError) as caught:
        await feed(server.url, http, minutes={"calls": "sum($query)"}).poll({}, NOW)
    assert caught.value.sentence.startswith(sentence.replace("URL", server.url))


async def test_a_flood_of_series_is_refused(server: Server, http: Http) -> None:
    series = [{"metric": {"id": f"call-{n}"}, "values": [[60, "1"]]} for n in range(100_000)]
    server.answers[PATH] = lambda handler: handler.reply(200, answer(json.dumps(series)))
    with pytest.raises(FeedError) as caught:
        await feed(server.url, http, minutes={"calls": "sum($query)"}).poll({}, 400.0)
    assert caught.value.sentence == f"the answer of {server.url} is over 4 MiB"


@pytest.mark.parametrize("name", ["minutes", "values"])
def test_a_query_without_a_place_and_the_reverse(http: Http, name: str) -> None:
    one = {"minutes": "calls", "values": "latency-p95"}[name]
    with pytest.raises(FeedError) as caught:
        feed("http://h", http, **{name: {one: 'sum(count_over_time({app="a"}[1m]))'}})
    assert caught.value.sentence == (
        "feeds.loki.query: nothing uses it; write $query for it in minutes and values, or take "
        "it out"
    )
    with pytest.raises(FeedError) as caught:
        feed("http://h", http, query=None, **{name: {one: "sum(count_over_time($query[1m]))"}})
    assert caught.value.sentence == (
        "feeds.loki.query: say which lines are to be counted, such as '{app=\"agent\"}'"
    )
    own = feed("http://h", http, query=None, **{name: {one: 'sum(rate({app="a"}[1m]))'}})
    assert own.id == "loki"


async def test_our_own_shape_is_counted_in_eight_questions(server: Server, http: Http) -> None:
    server.answers[PATH] = lambda handler: handler.reply(200, answer("[]"))
    await feed(server.url, http, preset="native-loki", query='{app="claims"}').poll({}, NOW)
    questions = [one["query"] for one in asked(server)]
    known = preset("native-loki")
    assert len(questions) == len(known.minutes) + len(known.values) == 8
    for question in questions:
        assert "$query" not in question
        assert question.count("{") == question.count('{app="claims"}') > 0
        # A line that is not JSON, or lacks the number, must not fail the whole question.
        assert question.count('__error__=""') >= question.count("| json")
        assert question.count('variant!="control"') == question.count("| json")
        assert question.count('synthetic!="true"') == question.count("| json")
    zeros = [question for question in questions if " or 0 * " in question.replace("\n", " ")]
    assert len(zeros) == 3  # errors, escalations and flags: 0 only where calls are known


async def test_credentials_of_a_tenant(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOKI_TOKEN", "Bearer s3cret")
    server.answers[PATH] = lambda handler: refuse(handler, "no", 403)
    headers = {"X-Scope-OrgID": "team-a", "Authorization": {"env": "LOKI_TOKEN"}}
    with pytest.raises(FeedError) as caught:
        await feed(server.url, http, headers=headers, minutes={"calls": "sum($query)"}).poll({}, 1)
    sent = server.seen[-1].headers
    assert (sent["x-scope-orgid"], sent["authorization"]) == ("team-a", "Bearer s3cret")
    assert "s3cret" not in caught.value.sentence
