"""Who answers after the steps: read from near the end, never waited for, never made up."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.model import Deployment, Invoke
from console.clock import SystemClock
from console.domain.times import iso
from console.executor.verdict import Fresh
from console.executor.witness import Witness
from console.net import Http
from tests.feeds.server import Handler, Log, Server, running
from tests.room.stand import BAD, GOOD, NOW, SetClock, Stand, stand


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    return stand(tmp_path / "claims", clock=SetClock())


def clock_of(claims: Stand) -> SetClock:
    assert isinstance(claims.clock, SetClock)
    return claims.clock


def line(number: int, at: float, version: str = GOOD, **more: object) -> bytes:
    call = {"id": f"c-{number}", "at": iso(at), "version": version, "cost": 0.02, **more}
    return json.dumps(call).encode() + b"\n"


def write(claims: Stand, *lines: bytes) -> None:
    with claims.log.open("ab") as log:
        log.writelines(lines)


def deployed(claims: Stand, **changes: Any) -> Deployment:
    return load(claims.directory).deployment.model_copy(update=changes)


@asynccontextmanager
async def witness(
    claims: Stand, deployment: Deployment | None = None, **options: Any
) -> AsyncIterator[Witness]:
    given: dict[str, Any] = {"bad": BAD, "target": GOOD, "trigger": "error-rate", **options}
    async with Http() as http:
        told = deployment or deployed(claims)
        made = Witness(told, claims.directory, http, claims.clock, **given)
        try:
            yield made
        finally:
            await made.close()


async def look_until(made: Witness, executed: float, so: Callable[[Fresh], bool]) -> Fresh:
    """Look again and again; the first that is `so`."""
    async with asyncio.timeout(20.0):
        while True:
            fresh = await made.look(executed)
            if so(fresh):
                return fresh


async def test_fresh_calls_on_the_target(claims: Stand) -> None:
    write(claims, line(1, NOW - 60, BAD), line(2, NOW - 1, GOOD))
    async with witness(claims) as made:
        fresh = await made.look(NOW)
        assert fresh == Fresh(0, 0, True, BAD, wanted=3)
        clock_of(claims).moment += 30
        write(claims, *(line(10 + n, NOW + 5 + n) for n in range(3)))
        write(claims, line(12, NOW + 7), line(20, NOW + 8, variant="control"))
        fresh = await made.look(NOW)
        assert fresh == Fresh(3, 0, True, BAD, wanted=3)
        assert made.trouble == ""


async def test_only_what_follows_the_last_bad_call_counts(claims: Stand) -> None:
    clock = clock_of(claims)
    async with witness(claims) as made:
        write(claims, line(1, NOW + 1), line(2, NOW + 2, BAD), line(3, NOW + 3))
        clock.moment = NOW + 5
        fresh = await made.look(NOW)
        assert (fresh.stable, fresh.bad) == (1, 1)
        clock.moment = NOW + 13
        fresh = await made.look(NOW)
        assert (fresh.stable, fresh.bad) == (1, 0)


async def test_calls_that_name_neither_version(claims: Stand) -> None:
    async with witness(claims) as made:
        write(claims, line(1, NOW + 1, ""), line(2, NOW + 2, "2.3.1"), line(3, NOW + 3))
        clock_of(claims).moment = NOW + 5
        fresh = await made.look(NOW)
        assert (fresh.stable, fresh.bad, fresh.other) == (1, 0, 2)


async def test_the_existing_process_is_proved_by_silence(claims: Stand) -> None:
    write(claims, line(1, NOW - 300, BAD))
    async with witness(claims, target="") as made:
        clock_of(claims).moment = NOW + 61
        fresh = await made.look(NOW)
        assert (fresh.quiet_s, fresh.seen, fresh.stable) == (61.0, True, 0)
        write(claims, line(2, NOW + 40, BAD), line(3, NOW + 41, ""))
        fresh = await made.look(NOW)
        assert (fresh.quiet_s, fresh.stable) == (21.0, 0)


@pytest.mark.parametrize("past", [(), (line(1, NOW - 900, BAD),), (line(1, NOW - 30, ""),)])
async def test_silence_of_what_was_not_called_proves_nothing(
    claims: Stand, past: tuple[bytes, ...]
) -> None:
    write(claims, *past)
    async with witness(claims, target="") as made:
        clock_of(claims).moment = NOW + 100
        assert (await made.look(NOW)).quiet_s == 0.0


async def test_the_past_is_not_read(tmp_path: Path) -> None:
    past = b"".join(line(n, NOW - 40_000 + n, BAD) for n in range(40_000))
    with running() as server:
        log = server.answers["/log"] = Log(past)
        claims = stand(tmp_path / "long", feeds=over_http(server), clock=SetClock(NOW + 20))
        log.body += line(50_000, NOW + 10)
        async with witness(claims) as made:
            fresh = await made.look(NOW)
    assert fresh.stable == 1
    asked = [seen.headers["range"].removeprefix("bytes=").split("-")[0] for seen in server.seen]
    assert min(int(first) for first in asked if first != "0") > len(past) - 2**20 - 500


async def test_a_flood_is_counted_by_its_numbers(claims: Stand) -> None:
    write(claims, *(line(n, NOW + 1 + n / 1000, error="x" if n < 30 else "") for n in range(4500)))
    clock_of(claims).moment = NOW + 8
    async with witness(claims) as made:
        fresh = await look_until(made, NOW, lambda fresh: fresh.stable >= 4500)
        assert fresh.stable == 4500
        assert made.metric() == (
            "left",
            "0.7 % of 4,500 fresh calls fail, limit 5 %: it has left the danger zone",
        )


def over_http(server: Server, **more: object) -> dict[str, dict[str, object]]:
    spec = {"kind": "jsonl-http", "url": f"{server.url}/log", "poll_s": 1.0, "deadline_s": 20.0}
    return {"calls": {**spec, **more}}


async def test_a_feed_that_hangs_is_left_to_it(tmp_path: Path) -> None:
    with running() as server:

        def hang(_: Handler) -> None:
            server.gone.wait(20)

        server.answers["/log"] = hang
        file: dict[str, object] = {"kind": "jsonl", "path": "calls.jsonl"}
        feeds = {**over_http(server), "file": file}
        claims = stand(tmp_path / "hung", feeds=feeds, clock=SystemClock())
        executed = claims.clock.now() - 5.0
        write(claims, line(1, executed + 2))
        async with witness(claims) as made:
            began = time.monotonic()
            first, second = await made.look(executed), await made.look(executed)
            took = time.monotonic() - began
        server.gone.set()
    assert (first.stable, second.stable, second.seen) == (1, 1, True)
    assert took < 4.0
    assert len(server.seen) == 1


async def test_a_feed_that_is_down_and_comes_back(claims: Stand) -> None:
    claims.log.unlink()
    async with witness(claims) as made:
        fresh = await made.look(NOW)
        assert not fresh.seen
        assert made.trouble.startswith("there is no file ")
        assert made.metric()[0] == "unknown"
        write(claims, line(1, NOW + 1))
        clock_of(claims).moment = NOW + 2
        fresh = await made.look(NOW)
        assert (fresh.seen, fresh.stable, made.trouble) == (True, 1, "")
        claims.log.unlink()
        clock_of(claims).real += 11
        assert not (await made.look(NOW)).seen


async def test_a_server_that_asks_for_patience_gets_it(tmp_path: Path) -> None:
    def busy(handler: Handler) -> None:
        handler.reply(429, Retry_After="60")

    with running() as server:
        server.answers["/log"] = busy
        claims = stand(tmp_path / "busy", feeds=over_http(server), clock=SetClock())
        async with witness(claims) as made:
            for _ in range(3):
                await made.look(NOW)
            assert len(server.seen) == 1
            server.answers["/log"] = Log(line(1, NOW + 1))
            clock_of(claims).real += 61
            assert (await made.look(NOW)).stable == 1


async def test_where_the_log_goes_on_is_known_from_the_console(tmp_path: Path) -> None:
    def api(handler: Handler) -> None:
        new = "cursor=here" in handler.path
        handler.reply(200, line(2, NOW + 1) if new else line(1, NOW + 2, BAD), X_Next_Cursor="here")

    with running() as server:
        server.answers["/log"] = api
        feeds = over_http(server, by="cursor")
        claims = stand(tmp_path / "token", feeds=feeds, clock=SetClock(NOW + 5))
        async with witness(claims, cursors={"calls": {"token": "here"}}) as made:
            fresh = await made.look(NOW)
    assert (fresh.stable, fresh.bad) == (1, 0)


async def test_numbers_alone_show_no_version(tmp_path: Path) -> None:
    feeds = {"prom": {"kind": "prometheus", "url": "http://127.0.0.1:9", "minutes": {"calls": "x"}}}
    claims = stand(tmp_path / "numbers", feeds=feeds, clock=SetClock())
    async with witness(claims) as made:
        assert not (await made.look(NOW)).seen
        assert made.trouble == "no feed gives single calls that this process could read"
        assert made.metric() == (
            "unknown",
            "feed prom gives no single calls: look at the metrics",
        )


async def test_a_feed_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    feeds = {"calls": {"kind": "jsonl", "path": "calls.jsonl", "fields": {"at": "[oops"}}}
    claims = stand(tmp_path / "odd", feeds=feeds, clock=SetClock())
    async with witness(claims) as made:
        assert not (await made.look(NOW)).seen
        assert made.trouble.startswith("feeds.calls.fields: at: ")


class Called:
    """An agent that logs each input that it is sent."""

    def __init__(self, server: Server, claims: Stand, version: str = GOOD) -> None:
        self.texts: list[str] = []
        self._claims = claims
        self._version = version
        server.answers["/invoke"] = self

    def __call__(self, handler: Handler) -> None:
        self.texts.append(json.loads(handler.body)["input"])
        self._claims.log_call(self._version, len(self.texts))
        handler.reply(200, b'{"version": "whatever it says"}')


def invoked(claims: Stand, server: Server) -> Deployment:
    return deployed(claims, invoke=Invoke(url=f"{server.url}/invoke"))


async def test_where_no_call_comes_one_is_sent(claims: Stand) -> None:
    clock = clock_of(claims)
    with running() as server:
        called = Called(server, claims)
        async with witness(claims, invoked(claims, server)) as made:
            for seconds in (0.0, 4.0):
                clock.real = 1000.0 + seconds
                await made.look(NOW)
            assert made.sent == 0
            clock.moment, clock.real = NOW + 6, 1006.0
            await made.look(NOW)
            fresh = await look_until(made, NOW, lambda fresh: fresh.stable == 1)
            assert fresh.bad == 0
            clock.real = 1020.0
            await made.look(NOW)
            assert made.sent == 1
            clock.real = 1022.0
            await look_until(made, NOW, lambda fresh: fresh.stable == 2)
            clock.real = 1040.0
            await look_until(made, NOW, lambda fresh: fresh.stable == 3)
            clock.real = 1060.0
            await made.look(NOW)
            assert made.sent == 3
    assert len(set(called.texts)) == 3
    assert all(text.startswith("Synthetic input: ") for text in called.texts)


async def test_only_the_log_says_who_answered(claims: Stand) -> None:
    clock = clock_of(claims)
    with running() as server:
        server.answers["/invoke"] = lambda handler: handler.reply(200, b'{"version": "v2.3.1"}')
        async with witness(claims, invoked(claims, server)) as made:
            await made.look(NOW)
            clock.moment, clock.real = NOW + 6, 1006.0
            await look_until(made, NOW, lambda _: made.sent == 1 and bool(server.seen))
            fresh = await made.look(NOW)
    assert (fresh.seen, fresh.stable) == (True, 0)


async def test_an_agent_that_refuses_is_told(claims: Stand) -> None:
    clock = clock_of(claims)
    with running() as server:
        server.answers["/invoke"] = lambda handler: handler.reply(503)
        async with witness(claims, invoked(claims, server)) as made:
            await made.look(NOW)
            clock.real = 1006.0
            await look_until(made, NOW, lambda _: bool(made.refused))
            assert made.trouble.startswith("the synthetic input was not taken: ")
            assert "503" in made.trouble


@pytest.mark.parametrize("why", ["calls come", "no target", "nobody sees"])
async def test_none_is_sent_without_need(claims: Stand, why: str) -> None:
    clock = clock_of(claims)
    target = "" if why == "no target" else GOOD
    if why == "nobody sees":
        claims.log.unlink()
    with running() as server:
        async with witness(claims, invoked(claims, server), target=target) as made:
            for number in range(8):
                if why == "calls come":
                    write(claims, line(number, NOW + number, BAD))
                clock.moment, clock.real = NOW + number + 1, 1000.0 + 4 * number
                await made.look(NOW)
            assert made.sent == 0
    assert server.seen == []


def calls(n: int, failing: int = 0, **more: Any) -> list[bytes]:
    return [
        line(k, NOW + 1 + k / 10, error="timeout" if k < failing else None, **more)
        for k in range(n)
    ]


def escalating(n: int, k: int) -> list[bytes]:
    return [line(i, NOW + 1, escalation="unsure" if i < k else None) for i in range(n)]


@pytest.mark.parametrize(
    ("trigger", "lines", "after_s", "proof", "sentence"),
    [
        ("error-rate", [], 30, "unknown", "no fresh call: whether any fails is not yet known"),
        ("error-rate", calls(7), 30, "unknown", "7 fresh calls, none fails: not yet known"),
        ("error-rate", calls(1), 30, "unknown", "1 fresh call, none fails: not yet known"),
        ("error-rate", calls(19), 30, "unknown", "19 fresh calls, none fails: not yet known"),
        (
            "error-rate",
            calls(20, 1),
            30,
            "left",
            "5.0 % of 20 fresh calls fail, limit 5 %: it has left the danger zone",
        ),
        ("error-rate", calls(50, 6), 30, "not-yet", "12.0 % of 50 fresh calls fail, limit 5 %: "),
        ("error-rate", calls(4, 1), 30, "not-yet", "25.0 % of 4 fresh calls fail, limit 5 %: not"),
        ("error-rate", calls(1, 1), 30, "not-yet", "the only fresh call fails, limit 5 %: not yet"),
        ("error-rate", calls(25, 9, synthetic=True), 30, "unknown", "no fresh call: whether any"),
        ("escalation-rate", escalating(24, 12), 30, "left", "50.0 % of 24 fresh calls escalate"),
        ("escalation-rate", escalating(24, 13), 30, "not-yet", "54.2 % of 24 fresh calls escalate"),
        ("escalation-rate", escalating(9, 2), 30, "unknown", "9 fresh calls, 2 escalate: not yet"),
        ("escalation-rate", escalating(9, 1), 30, "unknown", "9 fresh calls, 1 escalates: not yet"),
        ("cost-runaway", calls(40), 30, "unknown", "spending is seen for 30 s only: not yet known"),
        ("cost-runaway", calls(40, cost=None), 90, "unknown", "none of 40 fresh calls says what"),
        ("cost-runaway", calls(40), 90, "left", "USD 32.00/h are spent over 90 s, limit USD "),
        ("cost-runaway", [], 90, "left", "USD 0.00/h are spent over 90 s, limit USD "),
        ("cost-runaway", calls(40, cost=9.0), 90, "not-yet", "USD 14,400.00/h are spent over 90 s"),
        ("data-breach", calls(40), 90, "none", "a person declared this trigger"),
        ("owner-judgement", calls(40), 90, "none", "a person declared this trigger"),
        ("no-such-rule", calls(40), 90, "none", "a person declared this trigger"),
    ],
)
async def test_the_metric(
    claims: Stand, trigger: str, lines: list[bytes], after_s: float, proof: str, sentence: str
) -> None:
    write(claims, line(999, NOW - 1, BAD, error="before", cost=99.0, escalation="before"))
    write(claims, *lines)
    clock_of(claims).moment = NOW + after_s
    async with witness(claims, trigger=trigger) as made:
        await made.look(NOW)
        told, why = made.metric()
    assert told == proof
    assert why.startswith(sentence)


async def test_the_metric_without_a_forecast(claims: Stand) -> None:
    bare = deployed(claims)
    bare = bare.model_copy(update={"forecast": type(bare.forecast)()})
    clock_of(claims).moment = NOW + 90
    async with witness(claims, bare, trigger="cost-runaway") as made:
        await made.look(NOW)
        assert made.metric() == ("unknown", "no forecast: what would be too much is not known")


async def test_the_limit_of_spending_scales_with_the_share(claims: Stand) -> None:
    write(claims, *calls(40))
    clock_of(claims).moment = NOW + 90
    async with witness(claims, trigger="cost-runaway", share=0.01) as made:
        await made.look(NOW)
        assert made.metric()[0] == "not-yet"


async def test_a_log_that_does_not_tell_of_errors(tmp_path: Path) -> None:
    with running() as server:
        body = {"data": [json.loads(one) for one in calls(30)]}
        server.answers["/log"] = lambda handler: handler.reply(200, json.dumps(body).encode())
        fields = {"id": "id", "at": "at", "version": "version"}
        paged: dict[str, object] = {
            "kind": "json-pages",
            "by": "page",
            "limit": 100,
            "fields": fields,
        }
        feeds = {"calls": {"url": f"{server.url}/log", **paged}}
        claims = stand(tmp_path / "plain", feeds=feeds, clock=SetClock(NOW + 30))
        async with witness(claims) as made:
            assert (await made.look(NOW)).stable == 30
            assert made.metric() == ("unknown", "the log of feed calls does not say it: not known")


def test_it_is_made_without_loading_the_feeds() -> None:
    code = """
import sys, console.executor.witness
late = ["console.feeds", "console.telemetry", "console.room", "apprise", "prometheus_client"]
print([name for name in late if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
