"""`warroom fields` as a person types it."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.feed import Feed as FeedSpec
from tests.cli.shell import REFUSED, UNREACHED, USAGE, Shell
from tests.feeds.records import line, lines, record
from tests.feeds.server import Log, Server, running

SAMPLES = Path(__file__).parents[1] / "feeds" / "samples"
OWN = {"ts": "2026-12-01T00:00:00Z", "requestId": "r1", "tookMs": 900, "spend": 0.1, "ok": True}


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def feed_in(text: str) -> FeedSpec:
    """The feed that is proposed at the end of what was said, as the config reads it."""
    toml = tomllib.loads(text[text.index("[feeds.calls]") :])
    return FeedSpec.model_validate(toml["feeds"]["calls"])


def test_a_file_of_our_own_shape(shell: Shell) -> None:
    (shell.place / "calls.jsonl").write_bytes(lines(0, 3))
    said = shell("fields", "calls.jsonl").done()
    assert said.startswith("calls.jsonl: 3 records (JSON lines)\n")
    assert "latency_s     latency_s" in said
    assert "error-rate cannot be computed: it lacks `error`" in said
    feed = feed_in(said)
    assert (feed.kind, feed.preset) == ("jsonl", "native")
    assert feed.path == str((shell.place / "calls.jsonl").resolve())


def test_a_shape_that_nobody_knows(shell: Shell) -> None:
    (shell.place / "own.jsonl").write_text(json.dumps(OWN) + "\n")
    said = shell("fields", "own.jsonl").done()
    feed = feed_in(said)
    assert feed.preset == "", "what the usual preset names and the log lacks would read as zero"
    assert "spend" in said
    assert "cost is in USD unless [nfr] currency says otherwise" in said
    places = {name: (spec.path, spec.transform) for name, spec in feed.fields.items()}
    assert places == {
        "id": ("requestId", None),
        "at": ("ts", None),
        "latency_s": ("tookMs", "ms"),
        "cost": ("spend", None),
        "error": ("ok", "not"),
    }


def test_a_log_that_has_more_than_the_preset_knows(shell: Shell) -> None:
    row = {key: value for key, value in record(1).items() if key != "latency_s"}
    row |= {"duration_ms": 900, "model": "m", "error": None, "version": "v2"}
    (shell.place / "calls.jsonl").write_text(json.dumps(row) + "\n")
    said = shell("fields", "calls.jsonl").done()
    assert "seems to have more than the preset knows: latency_s" in said
    feed = feed_in(said)
    assert feed.preset == "native"
    assert {name: (spec.path, spec.transform) for name, spec in feed.fields.items()} == {
        "latency_s": ("duration_ms", "ms")
    }


def test_what_a_kind_asks_for(shell: Shell) -> None:
    (shell.place / "calls.jsonl").write_bytes(lines(0, 3))
    feed = feed_in(shell("fields", "calls.jsonl", "--kind", "jsonl-http").done())
    assert (feed.kind, feed.preset) == ("jsonl-http", "native")
    feed = feed_in(shell("fields", "calls.jsonl", "--kind", "loki").done())
    assert (feed.kind, feed.query) == ("loki", '{app="agent"}')


@pytest.mark.parametrize("name", ["datadog", "langfuse", "litellm", "n8n", "phoenix", "mlflow"])
def test_an_answer_of_a_vendor(shell: Shell, name: str) -> None:
    file = next(SAMPLES.glob(f"{name}*.json"))
    told = shell("fields", file, "--json").json()
    assert told["preset"] == name
    assert told["calls"] == told["records"]
    assert tomllib.loads(told["toml"])["feeds"]["calls"]["preset"] == name
    assert feed_in(told["toml"]).preset == name


def test_a_log_on_the_web_with_a_key(shell: Shell, server: Server) -> None:
    server.answers["/log"] = Log(lines(0, 2))
    shell.env["LOG_KEY"] = "sesame-17"
    url = server.url + "/log"
    answer = shell("fields", url, "--header", "X-Key=LOG_KEY")
    said = answer.done()
    assert server.seen[0].headers["x-key"] == "sesame-17"
    assert "sesame-17" not in said
    feed = feed_in(said)
    assert (feed.kind, feed.url, feed.headers["X-Key"].env) == ("jsonl-http", url, "LOG_KEY")


def test_an_api_is_asked_as_its_preset_says(shell: Shell, server: Server) -> None:
    body = (SAMPLES / "litellm.json").read_bytes()
    server.answers["/spend/logs/v2"] = lambda handler: handler.reply(200, body)
    said = shell("fields", server.url + "/spend/logs/v2", "--preset", "litellm").done()
    asked = parse_qs(urlsplit(server.seen[0].path).query)
    assert asked.keys() == {"page_size", "start_date", "end_date"}
    assert feed_in(said).kind == "json-pages"


def test_a_page_of_an_unknown_api(shell: Shell, server: Server) -> None:
    body = json.dumps({"result": {"runs": [OWN, OWN]}, "next_token": "x"}).encode()
    server.answers["/runs"] = lambda handler: handler.reply(200, body)
    feed = feed_in(shell("fields", server.url + "/runs").done())
    assert (feed.kind, feed.items, feed.by) == ("json-pages", "result.runs", "cursor")
    assert feed.next_path == "next_token"


def test_a_big_log_is_read_at_its_beginning(shell: Shell, server: Server) -> None:
    server.answers["/log"] = log = Log(lines(0, 30, input="x" * 100_000))
    (shell.place / "big.jsonl").write_bytes(log.body)
    for source in (server.url + "/log", "big.jsonl"):
        told = shell("fields", source, "--json").json()
        assert (told["records"], told["unread"]) == (20, 0)


def test_what_users_wrote_stays_out_of_it(shell: Shell) -> None:
    row: dict[str, Any] = record(1, input="card 4111", output="no \x1b[2J", user="anna")
    (shell.place / "calls.jsonl").write_text(json.dumps(row) + "\n")
    for more in ([], ["--json"]):
        said = shell("fields", "calls.jsonl", *more).done()
        assert not any(word in said for word in ("4111", "anna", "\x1b"))
        assert "9 characters" in said


def test_records_that_are_no_calls_are_refused(shell: Shell) -> None:
    (shell.place / "half.jsonl").write_bytes(line(0) + line(1, latency_s="slow") * 3)
    answer = shell("fields", "half.jsonl", "--preset", "native")
    assert answer.code == REFUSED
    assert '3 not: latency_s: "slow" is not a number' in answer.out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["none.jsonl"], USAGE, "none.jsonl cannot be read: No such file or directory"),
        (["."], USAGE, ". cannot be read: Is a directory"),
        (["text"], USAGE, "text holds no JSON that can be read"),
        (["timeless"], REFUSED, "timeless has no field that looks like the time of a call"),
        (["timeless", "--preset", "natve"], USAGE, 'no preset "natve"; did you mean "native"?'),
        (["timeless", "--preset", "n8n-metrics"], USAGE, '"n8n-metrics" is for metrics, not for'),
        (["timeless", "--kind", "sql"], USAGE, "--kind is a kind of log: jsonl, jsonl-http, json"),
        (["http://127.0.0.1:9/"], UNREACHED, "http://127.0.0.1:9 does not listen"),
        (["http://[/"], USAGE, "the address is not a URL"),
        (["http://a:b@h/"], USAGE, "the address holds a user or password; give it with --header"),
        (["http://127.0.0.1:9/", "--header", "K=NO_SUCH"], USAGE, "variable NO_SUCH is not set"),
        (["http://127.0.0.1:9/", "--header", "K=a b"], USAGE, "--header K=…: what follows"),
        (["http://127.0.0.1:9/", "--header", "K=ghp_Zx81"], USAGE, "is no variable that is set"),
        (["http://127.0.0.1:9/", "--header", "K"], USAGE, "--header is NAME=VARIABLE"),
    ],
)
def test_one_sentence_says_what_is_wrong(
    shell: Shell, words: list[str], code: int, sentence: str
) -> None:
    (shell.place / "text").write_text("hello\nworld\n")
    (shell.place / "timeless").write_text('{"id": 1}\n')
    shell("fields", *words).fails(code, sentence)


def test_an_endpoint_that_refuses(shell: Shell, server: Server) -> None:
    server.answers["/log"] = lambda handler: handler.reply(401, b"no")
    shell("fields", server.url + "/log").fails(
        UNREACHED, f"401 from {server.url}", "give its key with --header NAME=VARIABLE"
    )
