"""The calls that a rollback is about: found in any log, kept whole, shown nowhere."""

import asyncio
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from console.clock import SystemClock
from console.domain.events_rollback import CallCaptured
from console.domain.times import iso
from console.executor import capture as capturing
from console.executor.capture import NONE_NAMED, Capture, capture
from console.net import Http
from tests.feeds.server import Handler, Log, Server, running
from tests.feeds.test_pages import Api as Pages
from tests.room.stand import BAD, NOW, RushClock, SetClock, Stand, small_disk, stand, use_up

SECRET = "my card is 4111 1111 1111 1111"


def record(name: str, at: float = NOW - 60, **more: object) -> dict[str, Any]:
    return {
        "id": name,
        "at": iso(at),
        "version": BAD,
        "input": SECRET,
        "output": "Thank you.\nYour card …",
        "tenant": {"own": "field"},
        **more,
    }


def log_lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def past(count: int, end: float) -> bytes:
    """Other calls, one a second up to `end`."""
    return b"".join(
        log_lines({"id": f"other-{n}", "at": iso(end - count + n), "input": "x" * 40})
        for n in range(count)
    )


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    return stand(tmp_path / "claims", clock=SetClock())


async def captured(claims: Stand, *calls: str, **more: Any) -> Capture:
    deployment = load(claims.directory).deployment
    async with Http() as http:
        return await capture(
            "rb-1", calls, deployment, claims.directory, http, claims.clock, **more
        )


def held(claims: Stand, event: CallCaptured) -> dict[str, Any]:
    """What is kept of a call; the file is as its name says, and for its owner alone."""
    path = claims.directory / "evidence" / event.sha256
    raw = path.read_bytes()
    assert sha256(raw).hexdigest() == event.sha256
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert raw.isascii()
    told: dict[str, Any] = json.loads(raw)
    return told


async def test_a_call_is_kept_whole(claims: Stand) -> None:
    wanted = record("call-7")
    claims.log.write_bytes(log_lines(record("call-70"), wanted, record("call-8")))
    made = await captured(claims, "call-7")
    (event,) = made.events
    assert (event.about, event.call, event.why, made.why) == ("rb-1", "call-7", "", "")
    assert held(claims, event) == {
        "call": "call-7",
        "at": iso(NOW - 60),
        "feed": "calls",
        "version": BAD,
        "input": SECRET,
        "output": "Thank you.\nYour card …",
        "record": wanted,
    }
    assert SECRET not in repr(made)


async def test_no_call_is_named(claims: Stand) -> None:
    assert await captured(claims) == Capture((), NONE_NAMED)
    assert not (claims.directory / "evidence").exists()


async def test_each_call_has_its_own_answer(claims: Stand) -> None:
    claims.log.write_bytes(log_lines(record("a"), record("b", output=None, input=None)))
    made = await captured(claims, "b", "gone", "a", "b")
    assert [(one.call, bool(one.sha256), one.why) for one in made.events] == [
        ("b", True, "its record has neither its input nor its output"),
        ("gone", False, "it is in no log of the last 48 h"),
        ("a", True, ""),
    ]


async def test_one_from_long_ago_is_found(claims: Stand) -> None:
    old = past(100, NOW - 80_000) + log_lines(record("old", NOW - 79_000))
    claims.log.write_bytes(old + past(30_000, NOW))
    assert claims.log.stat().st_size > 2 * 2**20
    (event,) = (await captured(claims, "old")).events
    assert held(claims, event)["record"]["id"] == "old"


@pytest.mark.parametrize(
    "name", ["42", "zwölf", 'quo"ted', "line-"], ids=["number", "letters", "quoted", "no id"]
)
async def test_ids_of_every_kind(claims: Stand, name: str) -> None:
    wanted = record(name)
    if name == "42":
        wanted["id"] = 42
    if name == "line-":
        del wanted["id"]
        name += sha256(json.dumps(wanted).encode()).hexdigest()[:16]
    claims.log.write_bytes(past(20, NOW - 100) + log_lines(wanted) + past(20, NOW))
    (event,) = (await captured(claims, name)).events
    assert held(claims, event)["record"] == wanted


def feed(server: Server, **more: object) -> dict[str, dict[str, object]]:
    spec = {"kind": "jsonl-http", "url": f"{server.url}/log", "poll_s": 1.0, "deadline_s": 20.0}
    return {"calls": {**spec, **more}}


async def test_over_http_near_the_end_is_enough(tmp_path: Path) -> None:
    body = past(20_000, NOW - 60) + log_lines(record("call-7", NOW - 30)) + past(20, NOW)
    with running() as server:
        server.answers["/log"] = Log(body)
        claims = stand(tmp_path / "web", feeds=feed(server), clock=SetClock())
        (event,) = (await captured(claims, "call-7")).events
        starts = [seen.headers["range"].removeprefix("bytes=") for seen in server.seen]
    assert held(claims, event)["input"] == SECRET
    assert all(int(one.split("-")[0]) > len(body) - 2**20 - 500 for one in starts if one != "0-0")


async def test_in_pages(tmp_path: Path) -> None:
    with running() as server:
        api = Pages(server, newest_first=True)
        for number in range(300):
            api.add(NOW - 30.0 * (300 - number), text=f"say {number}", own=[number])
        spec: dict[str, object] = {
            "kind": "json-pages",
            "url": f"{server.url}/api",
            "by": "page",
            "limit": 50,
            "limit_param": "limit",
            "since_param": "",
            "newest_first": True,
            "fields": {"id": "id", "at": "at", "input": "text"},
        }
        claims = stand(tmp_path / "paged", feeds={"calls": spec}, clock=SetClock())
        new, old = (await captured(claims, "r290", "r5")).events
    assert held(claims, new)["record"]["own"] == [290]
    assert held(claims, old)["input"] == "say 5"


async def test_the_feed_with_the_texts_is_preferred(tmp_path: Path) -> None:
    plain: dict[str, object] = {"kind": "jsonl", "path": "calls.jsonl"}
    both = stand(
        tmp_path / "both",
        feeds={"bare": plain, "texts": {**plain, "path": "texts.jsonl"}},
        clock=SetClock(),
    )
    both.log.write_bytes(log_lines({"id": "a", "at": iso(NOW - 9)}))
    texts = past(5_000, NOW - 10) + log_lines(record("a"))
    (both.directory / "texts.jsonl").write_bytes(texts)
    (event,) = (await captured(both, "a")).events
    assert (held(both, event)["feed"], event.why) == ("texts", "")


async def test_why_it_could_not_be_had(tmp_path: Path) -> None:
    with running() as server:
        server.answers["/log"] = lambda handler: handler.reply(503)
        told: dict[str, object] = {"kind": "otlp", "listen": "127.0.0.1:4318"}
        file: dict[str, object] = {"kind": "jsonl", "path": "none.jsonl"}
        feeds = {**feed(server), "told": told, "file": file}
        claims = stand(tmp_path / "down", feeds=feeds, clock=SetClock())
        (event,) = (await captured(claims, "a")).events
    assert event.sha256 == ""
    assert event.why.startswith("503 from ")
    assert "feed told keeps no log" in event.why
    assert "there is no file" in event.why


async def test_a_feed_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    with running() as server:

        def hang(_: Handler) -> None:
            server.gone.wait(20)

        server.answers["/log"] = hang
        file: dict[str, object] = {"kind": "jsonl", "path": "calls.jsonl"}
        claims = stand(tmp_path / "hung", feeds={**feed(server), "file": file}, clock=RushClock())
        claims.log.write_bytes(log_lines(record("a", claims.clock.now() - 9)))
        async with asyncio.timeout(10.0):
            made = await captured(claims, "a", "b", most_s=1.0)
        server.gone.set()
    a, b = made.events
    assert held(claims, a)["input"] == SECRET
    assert "feed calls was not read to its end within 1 s" in b.why


async def test_too_many_are_named(claims: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "MOST_CALLS", 2)
    claims.log.write_bytes(log_lines(record("a"), record("b"), record("c")))
    made = await captured(claims, "a", "b", "c")
    assert [bool(one.sha256) for one in made.events] == [True, True, False]
    assert made.why == made.events[2].why
    assert made.why.startswith("over 2 calls are named")


async def test_too_much_is_not_kept(claims: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "MOST_BYTES", 3000)
    claims.log.write_bytes(log_lines(record("a", more="x" * 1500), record("b", more="x" * 1500)))
    a, b = (await captured(claims, "a", "b")).events
    assert held(claims, a)["call"] == "a"
    assert b.sha256 == ""
    assert b.why.startswith("not kept: ")


async def test_a_full_disk_is_told(claims: Stand) -> None:
    claims.log.write_bytes(log_lines(record("a", more="x" * 20_000)))
    with small_disk(claims.directory / "evidence"):
        use_up(claims.directory / "evidence")
        (event,) = (await captured(claims, "a")).events
    assert (event.sha256, event.why) == ("", "not kept: No space left on device")


async def test_a_damaged_record_spoils_nothing(claims: Stand) -> None:
    broken = b'{"id": "a", "at": "yesterday", "input": "?"}\n{"id": "a"\n'
    claims.log.write_bytes(broken + log_lines(record("a")))
    (event,) = (await captured(claims, "a")).events
    assert held(claims, event)["record"] == record("a")


def test_it_is_loaded_without_the_feeds() -> None:
    code = """
import sys, console.executor.capture, console.executor.notices
late = ["console.feeds", "console.room", "console.telemetry", "apprise", "prometheus_client"]
print([name for name in late if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_real_clock_will_do(tmp_path: Path) -> None:
    claims = stand(tmp_path / "now", clock=SystemClock())
    claims.log_call(BAD, 1)
    (event,) = (await captured(claims, f"{BAD}-1", since=claims.clock.now() - 60)).events
    assert held(claims, event)["version"] == BAD
