"""A real OpenTelemetry SDK exports to the receiver, in protobuf and JSON."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as ProtoExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
)
from opentelemetry.trace import Status, StatusCode, Tracer

from config.feed import Feed as FeedSpec
from config.presets import preset
from console.domain.call import Call
from console.feeds import Batch, FeedError, Listener, make_feed
from console.feeds.fields import RecordReader
from console.feeds.otlp import OtlpFeed
from console.feeds.traces import Traces
from console.net import Http
from tests.feeds.records import SALT, START
from tests.room.stand import eventually

EXPORTERS: list[Callable[..., SpanExporter]] = [ProtoExporter, JsonExporter]


def feed_of(traces: Traces | None = None, **more: Any) -> OtlpFeed:
    """A feed on a free port that waits for nothing but the root."""
    spec = {"id": "agent", "kind": "otlp", "listen": "127.0.0.1:0", **more}
    reader = RecordReader(preset("otel-genai").fields, SALT)
    made = traces or Traces(grace_s=0, entry_s=0)
    return OtlpFeed(FeedSpec.model_validate(spec), reader, Path("/nowhere"), made)


@asynccontextmanager
async def listening(**more: Any) -> AsyncIterator[OtlpFeed]:
    """A feed that was polled once, so that it listens."""
    feed = feed_of(**more)
    try:
        await feed.poll({}, START)
        yield feed
    finally:
        await asyncio.to_thread(feed.close)


@contextmanager
def tracing(feed: OtlpFeed, exporter: Callable[..., SpanExporter], **more: Any) -> Iterator[Tracer]:
    """An agent's tracer; what it traced has been sent when the block ends."""
    resource = Resource.create({"service.name": "claims", "service.version": "v2.4.0"})
    provider = TracerProvider(resource=resource)
    to = exporter(endpoint=f"http://127.0.0.1:{feed.port}/v1/traces", **more)
    provider.add_span_processor(BatchSpanProcessor(to, max_queue_size=200_000))
    try:
        yield provider.get_tracer("agent")
    finally:
        provider.shutdown()


def answer_a_claim(tracer: Tracer, number: int = 0) -> None:
    """An agent's work: two model calls, and a tool that fails."""
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": f"c-{number}"}
    chat: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "small-1"}
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "paid"}]}]
    said = {"gen_ai.output.messages": json.dumps(answer)}
    with tracer.start_as_current_span("invoke_agent claims", attributes=agent):
        used = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}
        with tracer.start_as_current_span("chat small-1", attributes=chat | used):
            pass
        named = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "policy"}
        with tracer.start_as_current_span("execute_tool policy", attributes=named) as tool:
            tool.set_status(Status(StatusCode.ERROR, "no answer"))
            tool.set_attribute("error.type", "timeout")
        used = {"gen_ai.usage.input_tokens": 200, "gen_ai.usage.output_tokens": 20}
        with tracer.start_as_current_span("chat small-1", attributes=chat | used | said):
            pass


async def polled(feed: OtlpFeed) -> Batch:
    """All that the feed has, as one batch."""
    whole = await feed.poll({}, START)
    more = whole
    while more.behind:
        more = await feed.poll(more.cursor, START)
        whole.calls += more.calls
    return whole


@pytest.mark.parametrize("exporter", EXPORTERS)
async def test_a_trace_from_a_real_sdk_is_a_call(exporter: Callable[..., SpanExporter]) -> None:
    async with listening() as feed:
        with tracing(feed, exporter) as tracer:
            await asyncio.to_thread(answer_a_claim, tracer)
        batch = await polled(feed)
    (call,) = batch.calls
    assert (batch.bad, batch.quiet) == (0, "")
    assert (call.tokens_in, call.tokens_out) == (300, 30)
    assert (call.tools, call.tools_failed) == (("policy",), ("policy",))
    assert (call.error, call.version, call.model) == ("", "v2.4.0", "small-1")
    assert (call.conversation, call.output) == ("c-0", "paid")
    assert call.latency_s is not None
    assert call.latency_s > 0


async def test_a_failed_agent_and_compression() -> None:
    def fail(tracer: Tracer) -> None:
        with (
            pytest.raises(ValueError, match="odd"),
            tracer.start_as_current_span("x", attributes={"gen_ai.agent.name": "claims"}),
        ):
            raise ValueError("odd")

    async with listening() as feed:
        with tracing(feed, ProtoExporter, compression=Compression.Gzip) as tracer:
            await asyncio.to_thread(fail, tracer)
        with tracing(feed, ProtoExporter, compression=Compression.Deflate) as tracer:
            await asyncio.to_thread(answer_a_claim, tracer)
        calls = (await polled(feed)).calls
    assert [call.error for call in calls] == ["ValueError", ""]


async def test_ten_thousand_spans() -> None:
    def work(tracer: Tracer) -> None:
        for number in range(2500):
            answer_a_claim(tracer, number)

    async with listening() as feed:
        with tracing(feed, ProtoExporter) as tracer:
            await asyncio.to_thread(work, tracer)
        batch = await polled(feed)
    assert len({call.id for call in batch.calls}) == len(batch.calls) == 2500
    assert {(call.tokens_in, call.tools_failed) for call in batch.calls} == {(300, ("policy",))}
    assert batch.bad == 0


async def test_children_sent_one_by_one_before_their_root() -> None:
    async with listening() as feed:
        provider = TracerProvider()
        to = ProtoExporter(endpoint=f"http://127.0.0.1:{feed.port}/v1/traces")
        provider.add_span_processor(SimpleSpanProcessor(to))
        with provider.get_tracer("agent").start_as_current_span("outer"):
            await asyncio.to_thread(lambda: None)
            with provider.get_tracer("agent").start_as_current_span(
                "chat", attributes={"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 4}
            ):
                pass
            before = await feed.poll({}, START)
        after = await feed.poll(before.cursor, START)
        provider.shutdown()
    assert (before.calls, before.cursor["held"]) == ([], 1)
    assert [call.tokens_in for call in after.calls] == [4]
    assert after.cursor["held"] == 0


async def test_an_exporter_told_to_wait_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.feeds.otlp.MOST_SPANS", 6)
    # Whole traces are not given up to make room.
    async with listening(traces=Traces(grace_s=0.2)) as feed:
        with tracing(feed, ProtoExporter) as first:
            await asyncio.to_thread(answer_a_claim, first)
        held = feed._intake.held
        sent = asyncio.create_task(asyncio.to_thread(send_one, feed))
        await eventually(lambda: bool(feed._intake._awaited))
        found: list[Call] = []

        batch = Batch([], {})
        while not sent.done() or feed._intake.held or len(found) < 2:
            batch = await feed.poll(batch.cursor, START)
            found += batch.calls
            await asyncio.wait({sent}, timeout=0.02)
        await sent
        assert held == 4
        assert feed._intake._awaited == {}
        assert len({call.id for call in found}) == 2


def send_one(feed: OtlpFeed) -> None:
    """Trace one call and wait until its export has come to an end."""
    with tracing(feed, ProtoExporter) as tracer:
        answer_a_claim(tracer)


async def test_an_export_that_never_comes_again_is_counted() -> None:
    now = [0.0]
    feed = feed_of(traces=Traces())
    feed._intake._clock = feed._clock = lambda: now[0]
    spans = [{"traceId": "1" * 32, "spanId": f"{n:016x}"} for n in range(1, 4)]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    with pytest.MonkeyPatch.context() as small:
        small.setattr("console.feeds.otlp.MOST_SPANS", 2)
        assert feed._intake.take("traces", "application/json", body).status == 429
    assert feed._intake.hand_out(10)[2].bad == 0
    now[0] = 61
    lost = feed._intake.hand_out(10)[2]
    assert (lost.bad, "never came again" in lost.bad_sample) == (1, True)
    assert feed._intake.hand_out(10)[2].bad == 0


async def test_silence_is_told_and_is_no_answer() -> None:
    async with listening(listen="localhost:0") as feed:
        assert (await feed.poll({}, START)).quiet == "nothing has come yet on localhost:0"
        with tracing(feed, JsonExporter) as tracer:
            await asyncio.to_thread(answer_a_claim, tracer)
        assert (await feed.poll({}, START)).quiet == ""
        assert (await feed.poll({}, START)).quiet.startswith("nothing has come for ")


async def test_an_exporter_that_speaks_grpc_is_told_of() -> None:
    async with listening() as feed:
        with await asyncio.to_thread(socket.create_connection, ("127.0.0.1", feed.port)) as sender:
            sender.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            while await asyncio.to_thread(sender.recv, 4096):
                pass
        quiet = (await feed.poll({}, START)).quiet
    assert "speaks gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in quiet


async def test_traces_without_an_agent_are_left_out_and_told() -> None:
    async with listening() as feed:
        with tracing(feed, ProtoExporter) as tracer, tracer.start_as_current_span("GET /healthz"):
            pass
        first = await feed.poll({}, START)
        quiet = (await feed.poll({}, START)).quiet
    assert (first.calls, first.bad) == ([], 0)
    assert quiet.endswith("; 1 traces have no span of an agent, a model or a tool")


async def test_what_was_held_when_the_console_stopped_is_counted_and_a_gap() -> None:
    async with listening(traces=Traces(grace_s=1e6)) as feed:  # and is killed
        with tracing(feed, ProtoExporter) as tracer:
            await asyncio.to_thread(answer_a_claim, tracer)
        cursor = (await feed.poll({}, START)).cursor
    async with listening() as feed:
        batch = await feed.poll(cursor, START)
        again = await feed.poll(batch.cursor, START)
    assert (batch.bad, batch.gap) == (4, True)
    assert batch.bad_sample.startswith("the console stopped before the rest of a trace had come")
    assert (again.bad, again.gap) == (0, False)


async def test_a_batch_that_nobody_took_is_given_again() -> None:
    async with listening() as feed:
        start = await feed.poll({}, START)
        with tracing(feed, ProtoExporter) as tracer:
            await asyncio.to_thread(answer_a_claim, tracer)
        lost = await feed.poll(start.cursor, START)
        again = await feed.poll(start.cursor, START)
        taken = await feed.poll(again.cursor, START)
    assert len(lost.calls) == 1
    assert again.calls == lost.calls
    assert taken.calls == []


async def test_a_port_in_use_is_one_sentence() -> None:
    async with listening() as first:
        address = f"127.0.0.1:{first.port}"
        second = feed_of(listen=address)
        with pytest.raises(FeedError) as caught:
            await second.poll({}, START)
        assert str(caught.value) == (
            f"{address} cannot be listened on: another program has this port; stop what uses it, "
            "or change listen of feed agent and the agent's endpoint"
        )
    await second.poll({}, START)
    assert second.port == first.port or second.port is not None
    second.close()


async def test_the_next_one_may_listen_at_once() -> None:
    async with listening() as first:
        port = first.port
        with await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port)) as sender:
            sender.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while await asyncio.to_thread(sender.recv, 4096):  # until the receiver ends it
                pass
    async with listening(listen=f"127.0.0.1:{port}") as second:
        assert second.port == port


async def test_a_closed_feed_does_not_open_again() -> None:
    async with listening() as feed:
        port = feed.port
    await feed.poll({}, START)
    assert (port is not None, feed.port) == (True, None)
    feed.close()


async def test_the_token_that_is_missing(tmp_path: Path) -> None:
    feed = feed_of(token={"file": "no-such-file"})
    with pytest.raises(FeedError, match="feed agent has no token to ask for: the secret file"):
        await feed.poll({}, START)


async def test_make_feed_knows_the_usual_preset() -> None:
    spec = FeedSpec.model_validate({"id": "x", "kind": "otlp", "listen": "[::1]:0"})
    assert spec.preset == "otel-genai"
    assert isinstance(make_feed(spec, Http(), SALT, Path()), Listener)
