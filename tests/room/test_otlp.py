"""A room with a receiver: an agent's real exporter fills the metrics; only one process listens."""

import asyncio
import http.client
import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode

from config.write import render, write_new
from console.clock import SystemClock
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.feeds.otlp import OtlpFeed
from console.feeds.traces import Traces
from console.room import WarRoom
from console.room.following import ELSEWHERE, NOWHERE
from tests.feeds.door import SPAN
from tests.feeds.door import export as export_of
from tests.room.stand import NOBODYS, Stand, eventually


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A deployment whose agent is told to export here, on the machine's own time."""
    monkeypatch.setattr("console.feeds.otlp.Traces", lambda: Traces(grace_s=0))
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    del values["traffic"]["switch"]  # nobody's
    values["feeds"] = {"calls": {"kind": "otlp", "listen": "127.0.0.1:0", "poll_s": 0.5}}
    directory = tmp_path / "traced"
    directory.mkdir()
    write_new(directory, render(values))
    return Stand(directory, SystemClock())


def port_of(room: WarRoom) -> int:
    """The port that the room's feed listens on."""
    feed = room.eyes.each["calls"]._feed
    assert isinstance(feed, OtlpFeed)
    assert feed.port is not None
    return feed.port


def export(port: int, good: int, failed: int) -> None:
    """Let an agent answer some calls, and wait until all of it was sent."""
    provider = TracerProvider(resource=Resource.create({"service.version": "v2.4.0"}))
    to = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(to))
    tracer = provider.get_tracer("agent")
    named = {"gen_ai.operation.name": "invoke_agent"}
    for number in range(good + failed):
        with tracer.start_as_current_span("invoke_agent", attributes=named) as span:
            with tracer.start_as_current_span("chat", attributes={"llm.cost.total": 0.02}):
                pass
            if number >= good:
                span.set_status(StatusCode.ERROR)
    provider.shutdown()


def trace() -> bytes:
    """An export of one call in OTLP/JSON, ended just now."""
    now = time.time_ns()
    return export_of({**SPAN, "startTimeUnixNano": str(now - 1000), "endTimeUnixNano": str(now)})


def post(port: int, body: bytes) -> None:
    """Send it."""
    sender = http.client.HTTPConnection("127.0.0.1", port)
    sender.request("POST", "/v1/traces", body, {"Content-Type": "application/json"})
    assert sender.getresponse().status == 200
    sender.close()


async def test_an_exporter_fills_the_metrics(traced: Stand) -> None:
    async with traced.room(offline=False) as room:
        running = asyncio.create_task(room.run())
        eye = room.eyes.each["calls"]
        await eventually(lambda: eye._feed is not None and bool(eye.view().fresh.error))
        assert room.recording == "here"
        fresh = eye.view().fresh
        assert (fresh.state, fresh.age_s) == ("stale", None)
        assert fresh.error == "nothing has come yet on 127.0.0.1:0"
        assert eye.error == ""
        await asyncio.to_thread(export, port_of(room), 38, 2)
        await eventually(lambda: eye.calls_read == 40 and eye.view().fresh.state == "live")
        total = eye.series.total()
        assert (total.calls, total.errors, total.versions) == (40, 2, {"v2.4.0": 40})
        assert total.cost_per_call == pytest.approx(0.02)
        assert total.p95 is not None
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert eye._feed is None


async def test_another_process_reads_what_the_receivers_one_records(traced: Stand) -> None:
    async with traced.room(offline=False) as owner, traced.room(offline=False) as other:
        await asyncio.to_thread(owner.look)
        await asyncio.to_thread(other.look)
        assert (owner.recording, other.recording) == ("here", "elsewhere")
        await owner.poll_once()
        await other.poll_once()
        mine, theirs = owner.eyes.each["calls"], other.eyes.each["calls"]
        assert theirs._feed is None
        assert (theirs.error, theirs.view().fresh.error) == ("", ELSEWHERE)
        await asyncio.to_thread(export, port_of(owner), 20, 0)
        while not mine.calls_read:
            await owner.poll_once()
        await other.poll_once()
        assert theirs.series.total().calls == 20
        assert theirs.view().fresh.state == "live"


async def test_a_trace_that_is_sent_again_after_a_restart_counts_once(traced: Stand) -> None:
    body = trace()
    for extra in (0, 1):
        async with traced.room(offline=False) as room:
            await asyncio.to_thread(room.look)
            await room.poll_once()
            eye = room.eyes.each["calls"]
            await asyncio.to_thread(post, port_of(room), body)
            await asyncio.to_thread(export, port_of(room), extra, 0)
            while eye.calls_read + eye.repeated < 1 + extra:
                await room.poll_once()
            assert (eye.calls_read, eye.repeated) == (1, extra)
            assert eye.series.total().calls == 1 + extra


async def test_what_waits_when_the_console_is_closed_is_recorded(
    traced: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.feeds.otlp.Traces", lambda: Traces(grace_s=1e6))
    async with traced.room(offline=False) as room:
        await asyncio.to_thread(room.look)
        await room.poll_once()
        await asyncio.to_thread(export, port_of(room), 7, 0)
        await room.poll_once()
        assert room.eyes.each["calls"].calls_read == 0
    async with traced.room(offline=False) as room:
        await asyncio.to_thread(room.look)
        await room.poll_once()
        eye = room.eyes.each["calls"]
        assert (eye.series.total().calls, eye.bad) == (7, 0)


async def test_the_port_goes_over_to_who_records_next(traced: Stand) -> None:
    async with traced.room(offline=False) as next_one:
        async with traced.room(offline=False) as first:
            await asyncio.to_thread(first.look)
            await first.poll_once()
            await asyncio.to_thread(export, port_of(first), 20, 0)
            while not first.eyes.each["calls"].calls_read:
                await first.poll_once()
        await asyncio.to_thread(next_one.look)
        await next_one.poll_once()
        eye = next_one.eyes.each["calls"]
        # What is on disk is no sign that the exporter reaches this process.
        assert eye.view().fresh.state == "stale"
        await asyncio.to_thread(export, port_of(next_one), 5, 0)
        while eye.calls_read < 5:
            await next_one.poll_once()
        assert eye.view().fresh.state == "live"
        assert eye.series.total().calls == 25


async def test_a_console_that_only_looks_opens_no_port(traced: Stand) -> None:
    async with traced.room(offline=False, read_only=True) as room:
        await asyncio.to_thread(room.look)
        await room.poll_once()
        eye = room.eyes.each["calls"]
        assert (eye._feed, eye.error) == (None, "")
        assert eye.view().fresh.error == NOWHERE
        assert eye.view().fresh.state == "stale"
