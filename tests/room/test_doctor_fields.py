"""What `check` says of a log's records, of keys in URLs, and of what is not written yet."""

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from config.leaks import keys_in_url
from console.domain.times import iso
from console.room.doctor import examine
from console.room.doctor_fields import PATIENCE_S
from tests.feeds.server import Handler, Log, running
from tests.room.stand import RushClock, Stand, stand

NONE: dict[str, Any] = {"error": None, "escalation": None, "flags": [], "tools": []}
WHOLE: dict[str, Any] = {"latency_s": 0.9, "cost": 0.02, "version": "v2.4.0", "output": "a"}
WHOLE |= {"input": "q"}


class Once:
    """Answers one request, and lets every later one hang until it is released."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.answered = False
        self.released = threading.Event()

    def __call__(self, handler: Handler) -> None:
        if self.answered:
            self.released.wait(60)
        self.answered = True
        self.log(handler)


@pytest.fixture
def fit(tmp_path: Path) -> Stand:
    hand: dict[str, object] = {"id": "off", "title": "Off", "kind": "manual", "manual": "unplug it"}
    return stand(tmp_path / "fit", steps=[hand], suspensions=(), clock=RushClock())


def lines(fit: Stand, number: int = 250, **fields: Any) -> str:
    """The calls of some minutes ago."""
    at = iso(fit.clock.now() - 300)
    rows = ({"id": f"c{n}", "at": at, **fields} for n in range(number))
    return "".join(json.dumps(row) + "\n" for row in rows)


def told(fit: Stand) -> dict[str, tuple[str, str]]:
    found = asyncio.run(examine(fit.directory))
    return {f"{one.area} {one.name}": (one.verdict, one.detail) for one in found.findings}


def change(fit: Stand, old: str, new: str) -> None:
    config = fit.directory / "warroom.toml"
    text = config.read_text()
    assert text.count(old) == 1
    config.write_text(text.replace(old, new))


def test_fields_that_no_record_has_are_said_with_what_reads_them(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **WHOLE))
    seen = told(fit)
    for field, readers in (
        ("error", "error rate and the trigger error-rate read none"),
        ("escalation", "escalation rate, the trigger escalation-rate and the queue (handed over)"),
        ("flags", "safety flags and the queue (safety flag) read none"),
    ):
        verdict, why = seen[f"feed calls {field}"]
        assert verdict == "warn"
        assert why.startswith(f"0 of its last 200 records have `{field}`: {readers}")
        assert "right if the agent leaves the key out where there is none" in why
        assert why.endswith(f"map it in [feeds.calls.fields], see: warroom fields {fit.log}")
    assert "but outputs that begin ESCALATE:" in seen["feed calls escalation"][1]
    for metric, field in (("error-rate", "error"), ("safety-flags", "flags")):
        assert seen[f"metric {metric}"] == (
            "warn",
            f"reads 0 while no record of feed calls has `{field}`; see feed calls {field}",
        )
    assert seen["metric latency-p95"][0] == "ok"


def test_a_key_that_holds_nothing_is_no_absent_one(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **WHOLE, **NONE))
    seen = told(fit)
    assert not [name for name in seen if name.startswith("feed calls ")]
    assert seen["metric error-rate"][0] == seen["metric safety-flags"][0] == "ok"


def test_one_record_that_has_it_is_enough(fit: Stand) -> None:
    rare = json.loads(lines(fit, 1, **WHOLE, **NONE))
    fit.log.write_text(lines(fit, **WHOLE) + json.dumps({**rare, "id": "last"}) + "\n")
    assert not [name for name in told(fit) if name.startswith("feed calls ")]


def test_a_field_without_which_nothing_can_be_read(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **NONE, version="v1", cost=0.1))
    seen = told(fit)
    assert seen["feed calls latency_s"][1].startswith(
        "0 of its last 200 records have `latency_s`: latency p95 cannot be read; map it"
    )
    assert "accuracy cannot be read" in seen["feed calls output"][1]
    assert "feed calls cost" not in seen


def test_a_mapped_place_is_named(fit: Stand) -> None:
    change(fit, 'path = "calls.jsonl"', 'path = "calls.jsonl"\nfields = { flags = "meta.flags" }')
    fit.log.write_text(lines(fit, **WHOLE, **NONE))
    assert "have `flags` (at meta.flags): safety flags" in told(fit)["feed calls flags"][1]


def test_of_a_log_behind_a_url_too(fit: Stand) -> None:
    with running() as server:
        server.answers["/log"] = Log(lines(fit, 30, **WHOLE).encode())
        change(fit, '\nkind = "jsonl"', '\nkind = "jsonl-http"')
        change(fit, '\npath = "calls.jsonl"', f'\nurl = "{server.url}/log"')
        why = told(fit)["feed calls flags"][1]
    assert why.startswith("0 of its last 30 records have `flags`")
    assert why.endswith(f"see: warroom fields {server.url}/log")


@pytest.mark.parametrize(
    "tool",
    [
        "lookup",
        {"name": "lookup"},
        {"tool": "lookup"},
        {"id": "1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}},
    ],
)
def test_names_of_tools_are_read(fit: Stand, tool: object) -> None:
    fit.log.write_text(lines(fit, **WHOLE, **{**NONE, "tools": [tool]}))
    assert "feed calls tools" not in told(fit)


def test_tools_that_say_no_name(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **WHOLE, **{**NONE, "tools": [{"callee": "lookup"}]}))
    verdict, why = told(fit)["feed calls tools"]
    assert verdict == "warn"
    assert "objects without a `name`" in why
    assert "log a `name` in each" in why


def test_a_key_in_a_url_is_named_and_not_shown(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **WHOLE, **NONE))
    key, password = "sesame-17", "sesame-18"
    with (fit.directory / "warroom.toml").open("a") as config:
        config.write(
            f'\n[feeds.api]\nkind = "jsonl-http"\nurl = "http://127.0.0.1:9/log?token={key}"\n'
        )
    change(
        fit,
        'name = "tech lead"',
        f'name = "tech lead"\nnotify = ["mailto://kim:{password}@mail.example"]',
    )
    seen = told(fit)
    verdict, why = seen["secret feeds.api.url"]
    assert verdict == "warn"
    assert "warroom.toml holds `token` in this URL" in why
    assert 'HEADER = { env = "VARIABLE" }' in why
    (address,) = [name for name in seen if name.startswith("secret people") and "notify" in name]
    assert "a password before the @" in seen[address][1]
    assert 'write { env = "VARIABLE" }' in seen[address][1]
    assert "sesame" not in str(seen)


@pytest.mark.parametrize(
    ("url", "held"),
    [
        ("http://h/log?api_key=x", ["`api_key`"]),
        ("http://u:p@h/log?sig=x", ["a password before the @", "`sig`"]),
        ("http://u@h/log?page=2", []),
        ("http://[", []),
    ],
)
def test_what_of_a_url_is_a_key(url: str, held: list[str]) -> None:
    assert keys_in_url(url) == held


@pytest.mark.parametrize(
    "name",
    [
        *("code", "pass", "jwt", "bearer", "credential", "session", "api_key2", "APIToken"),
        *("accessToken", "X-Api-Key"),
    ],
)
def test_what_is_called_as_keys_are(name: str) -> None:
    for form in ("http://h/log?{}=s", "http://h/log?a=1;{}=s", "http://h/log#{}=s"):
        assert keys_in_url(form.format(name)) == [f"`{name}`"]


def test_no_hint_shows_what_a_url_asks_with(fit: Stand) -> None:
    with running() as server:
        server.answers["/log"] = Log(lines(fit, 30, **WHOLE).encode())
        change(fit, '\nkind = "jsonl"', '\nkind = "jsonl-http"')
        change(fit, '\npath = "calls.jsonl"', f'\nurl = "{server.url}/log?who=s3same"')
        seen = told(fit)
    assert seen["feed calls flags"][1].endswith(f"see: warroom fields {server.url}/log")
    assert "s3same" not in str(seen)


def test_what_is_over_its_limit_reads_no_zero(fit: Stand) -> None:
    """The last records lack the field, those before them do not."""
    failed = lines(fit, 100, **WHOLE, error="upstream 502")
    fit.log.write_text(failed + lines(fit, 250, **WHOLE).replace('"id": "c', '"id": "d'))
    seen = told(fit)
    assert seen["feed calls error"][0] == "warn"
    assert "now breach" in seen["metric error-rate"][1]


def test_logs_that_hang_are_asked_together_and_said(fit: Stand) -> None:
    text = lines(fit, 30, **WHOLE).encode()
    with running() as server:
        for name in ("calls", "second", "third"):
            server.answers[f"/{name}"] = Once(Log(text))
        change(fit, '\nkind = "jsonl"', '\nkind = "jsonl-http"')
        change(fit, '\npath = "calls.jsonl"', f'\nurl = "{server.url}/calls"')
        config = fit.directory / "warroom.toml"
        more = [f'[feeds.{n}]\nkind = "jsonl-http"\nurl = "{server.url}/{n}"\n' for n in
                ("second", "third")]  # fmt: skip
        config.write_text("\n".join([config.read_text(), *more]))
        began = time.monotonic()
        seen = told(fit)
        took = time.monotonic() - began
        for answer in server.answers.values():
            assert isinstance(answer, Once)
            answer.released.set()
    for name in ("calls", "second", "third"):
        verdict, why = seen[f"feed {name} fields"]
        assert verdict == "warn"
        assert "did not come within 5 s" in why
    assert took < 3 * PATIENCE_S, "they are waited for together"


def test_what_the_guide_asks_for_later_is_said_once(fit: Stand) -> None:
    fit.log.write_text(lines(fit, **WHOLE, **NONE))
    seen = told(fit)
    assert "config [invoke]" not in seen, "it is written here"
    verdict, why = seen["config baseline"]
    assert verdict == "warn"
    assert f"warroom baseline {fit.directory} --accuracy" in why
    assert "DIR" not in str(seen)


def test_of_spans_that_are_joined_it_says_calls(fit: Stand) -> None:
    """Several rows are one call there; what is counted is the calls."""
    start = int((fit.clock.now() - 300) * 1e9)
    rows: list[dict[str, Any]] = [
        {
            "context": {"trace_id": f"{trace:032x}", "span_id": f"{trace:08x}{place:08x}"},
            "parent_id": f"{trace:08x}{0:08x}" if place else None,
            "name": "answer",
            "span_kind": "TOOL" if place else "AGENT",
            "start_time": iso((start + place * 1e9) / 1e9),
            "end_time": iso((start + (9 - place) * 1e9) / 1e9),
            "status_code": "UNSET",
            "attributes": {"openinference.span.kind": "TOOL" if place else "AGENT"},
            "events": [],
        }
        for trace in range(1, 8)
        for place in range(3)
    ]
    body = json.dumps({"data": rows, "next_cursor": None}).encode()
    with running() as server:
        server.answers["/spans"] = lambda handler: handler.reply(200, body)
        change(fit, '\nkind = "jsonl"', '\nkind = "json-pages"\npreset = "phoenix"')
        change(fit, '\npath = "calls.jsonl"', f'\nurl = "{server.url}/spans"')
        seen = told(fit)
    assert seen["feed calls version"][1].startswith("0 of its last 7 calls have `version`")
