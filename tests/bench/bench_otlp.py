"""How many spans a second the receiver takes on one core, until they are calls.

An agent's trace has five spans (agent, two models with messages, two tools); batches of 512 as
exporters send them. "taken" is decoding and holding them, as an exporter waits for it; "calls" is
joining them and reading them by the map; the bare decoders are shown beside. Then the same over
HTTP, with the sender in a process of its own, while the event loop of the console idles.

Run: python -m tests.bench.bench_otlp [spans]
"""

import asyncio
import http.client
import json
import multiprocessing
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from config.feed import Feed as FeedSpec
from config.presets import preset
from console.feeds.fields import RecordReader
from console.feeds.otlp import Intake, OtlpFeed
from console.feeds.otlp_answers import JSON, PROTOBUF
from console.feeds.spans import joined
from console.feeds.traces import Traces

BATCH = 512
START = 1_796_083_200_000_000_000
TEXT = "The insured reports a cracked windscreen on the motorway near junction 12. " * 4


def span(trace: int, number: int, parent: int, **attributes: Any) -> dict[str, Any]:
    """A span in OTLP/JSON."""
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    told = {key.replace("__", "."): value for key, value in attributes.items()}
    begun = START + trace * 1_000_000 + number * 1000
    return {
        "traceId": f"{trace + 1:032x}",
        "spanId": f"{trace * 8 + number:016x}",
        "parentSpanId": f"{trace * 8 + parent:016x}" if parent else "",
        "name": f"span {number}",
        "kind": 1,
        "flags": 0x101,
        "startTimeUnixNano": str(begun),
        "endTimeUnixNano": str(begun + 900_000_000),
        "attributes": [
            {"key": key, "value": {kinds[type(value)]: value}} for key, value in told.items()
        ],
        "status": {},
    }


def spans(count: int) -> list[dict[str, Any]]:
    """Traces of five spans, children before their root, as they end."""
    made = []
    for trace in range(count // 5):
        model = {
            "gen_ai__operation__name": "chat",
            "gen_ai__provider__name": "openai",
            "gen_ai__request__model": "large",
            "gen_ai__response__model": "large-2026-01",
            "gen_ai__usage__input_tokens": 812,
            "gen_ai__usage__output_tokens": 96,
            "gen_ai__input__messages": json.dumps([{"role": "user", "content": TEXT}]),
            "gen_ai__output__messages": json.dumps([{"role": "assistant", "content": TEXT}]),
        }
        tool = {"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": "policy"}
        agent = {"gen_ai__operation__name": "invoke_agent", "gen_ai__conversation__id": "c-1"}
        made += [
            span(trace, 2, 1, **model),
            span(trace, 3, 1, **tool),
            span(trace, 4, 1, **tool),
            span(trace, 5, 1, **model),
            span(trace, 1, 0, **agent),
        ]
    return made


def bodies(count: int) -> dict[str, list[bytes]]:
    """The exports of both encodings."""
    made = spans(count)
    requests = [
        {"resourceSpans": [{"scopeSpans": [{"spans": made[n : n + BATCH]}]}]}
        for n in range(0, len(made), BATCH)
    ]
    text = [json.dumps(request, separators=(",", ":")).encode() for request in requests]
    for one in made:  # what ParseDict reads as protobuf's own JSON: ids in base64
        for key in ("traceId", "spanId", "parentSpanId"):
            one[key] = msgspec.to_builtins(bytes.fromhex(one[key]))
    binary = [
        ParseDict(request, ExportTraceServiceRequest()).SerializeToString() for request in requests
    ]
    return {JSON: text, PROTOBUF: binary}


def timed(count: int, name: str, begun: float) -> None:
    """Print spans a second of processor time since `begun`."""
    took = time.process_time() - begun
    sys.stdout.write(f"  {name:28} {count / took:>12,.0f} spans/s\n")


def inside(kind: str, sent: list[bytes], count: int) -> None:
    """Without HTTP, in this thread."""
    intake = Intake(Traces(grace_s=0), time.monotonic)
    reader = RecordReader(preset("otel-genai").fields, "salt")
    begun = time.process_time()
    for body in sent:
        if kind == JSON:
            msgspec.json.decode(body)
        else:
            ExportTraceServiceRequest.FromString(body)
    timed(count, "bare decoder", begun)
    begun = time.process_time()
    for body in sent:
        assert intake.take("traces", kind, body).status == 200
    timed(count, "taken", begun)
    half = time.process_time()
    traces = intake.hand_out(count)[0]
    read = reader.read_items(joined([one for trace in traces for one in trace]))
    timed(count, "calls", half)
    timed(count, "both", begun)
    assert (len(read.calls), read.bad) == (count // 5, 0)


def send(port: int, kind: str, sent: list[bytes]) -> None:
    """The exporter's side."""
    pause = threading.Event()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for body in sent:
        while True:
            connection.request("POST", "/v1/traces", body, {"Content-Type": kind})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                break
            pause.wait(0.05)


async def over_http(kind: str, sent: list[bytes], count: int) -> None:
    """Through the socket, into a feed that is polled; and how long the event loop was kept."""
    spec = {"id": "bench", "kind": "otlp", "listen": "127.0.0.1:0"}
    reader = RecordReader(preset("otel-genai").fields, "salt")
    feed = OtlpFeed(FeedSpec.model_validate(spec), reader, Path(), Traces(grace_s=0))
    cursor = (await feed.poll({}, 0.0)).cursor
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(feed.port, kind, sent))
    sender.start()
    loop = asyncio.get_running_loop()
    begun, worst, calls, due = time.process_time(), 0.0, 0, 0.0
    never = asyncio.Event()
    polling = asyncio.create_task(feed.poll(cursor, 0.0))
    while calls < count // 5:
        before = loop.time()
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), 0.005)
        worst = max(worst, loop.time() - before - 0.005)
        if polling.done() and loop.time() > due:
            due = loop.time() + 0.1
            batch = polling.result()
            calls += len(batch.calls)
            polling = asyncio.create_task(feed.poll(batch.cursor, 0.0))
    timed(count, "over HTTP, all of it", begun)
    sys.stdout.write(f"  {'event loop kept at most':28} {worst * 1000:>12,.0f} ms\n")
    await polling
    sender.join()
    feed.close()


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    for kind, sent in bodies(count).items():
        size = sum(map(len, sent)) / count
        sys.stdout.write(f"{kind}: {count:,} spans, {size:,.0f} bytes each\n")
        inside(kind, sent, count)
        asyncio.run(over_http(kind, sent, count))


if __name__ == "__main__":
    main()
