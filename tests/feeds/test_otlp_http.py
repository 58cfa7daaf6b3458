"""What the receiver's port takes and refuses, from bytes on a socket."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from console.feeds import otlp_http
from console.feeds.otlp_answers import JSON, PROTOBUF
from console.feeds.otlp_http import MOST_CONNECTIONS
from console.net import MIB
from tests.feeds.door import SPAN, TOKEN, Door, answer_on, export, request


@pytest.fixture
def guarded() -> Iterator[Door]:
    """A receiver that asks for a token."""
    made = Door(TOKEN)
    yield made
    made.receiver.close()


def test_json_is_answered_in_json(door: Door) -> None:
    status, headers, body = door.post(export(SPAN))
    assert (status, headers["content-type"], body) == (200, JSON, b"{}")
    assert [call.id for call in door.calls()] == ["0af7651916cd43dd8448eb211c80319c"]


def test_protobuf_is_answered_in_protobuf(door: Door) -> None:
    sent = ExportTraceServiceRequest()
    good = sent.resource_spans.add().scope_spans.add().spans.add()
    good.trace_id, good.span_id, good.name = b"\1" * 16, b"\2" * 8, "chat"
    good.attributes.add(key="gen_ai.request.model").value.string_value = "m"
    good.end_time_unix_nano = 1_796_083_201_000_000_000
    status, headers, body = door.post(sent.SerializeToString(), PROTOBUF)
    assert (status, headers["content-type"], body) == (200, PROTOBUF, b"")
    sent.resource_spans[0].scope_spans[0].spans.add().trace_id = b"\1"
    _, _, body = door.post(sent.SerializeToString(), PROTOBUF)
    told = ExportTraceServiceResponse.FromString(body).partial_success
    assert (told.rejected_spans, told.error_message) == (
        1,
        "a span has no valid trace id and span id",
    )
    assert [call.model for call in door.calls()] == ["m"]


def test_spans_of_no_use_are_told_of_and_counted(door: Door) -> None:
    bad = [{**SPAN, "spanId": ""}, {**SPAN, "traceId": "0" * 32}, {**SPAN, "spanId": "xyz"}]
    _, _, body = door.post(export(SPAN, *bad))
    assert json.loads(body)["partialSuccess"]["rejectedSpans"] == "3"
    assert door.lost()[0] == 3
    assert len(door.calls()) == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request(b"{}", "text/plain"), 415),
        (request(b"{}", ""), 415),
        (request(b"{}", path="/v1/spans"), 404),
        (request(b"{}", path="/"), 404),
        (request(b"{}", Origin="http://evil.example"), 403),
        (request(b"{}", Content_Length=""), 411),
        (request(b"{}", Content_Length="-2"), 411),
        (request(b"{}", Content_Length="99999999999999999999"), 413),
        (request(b"{}", length=21 * MIB), 413),
        (request(b"{}", Transfer_Encoding="chunked"), 400),
        (request(b"zz\r\n", Content_Length="", Transfer_Encoding="chunked"), 400),
        (request(b"-1\r\n", Content_Length="", Transfer_Encoding="chunked"), 400),
        (request(b"1500001\r\n", Content_Length="", Transfer_Encoding="chunked"), 413),
        (request(b"{}", Content_Encoding="br"), 415),
        (request(b"{}", Content_Encoding="gzip"), 400),
        (request(gzip.compress(b"{}")[:-4], Content_Encoding="gzip"), 400),
        (request(gzip.compress(b"{}") * 2, Content_Encoding="gzip"), 400),
        (request(b"{"), 400),
        (request(b"\xff\xfe"), 400),
        (request(b"[" * 100_000), 400),
        (request(b"[]"), 400),
        (request(b'{"resourceSpans": 5}'), 400),
        (request(b'{"resourceSpans": [{"scopeSpans": [7]}]}'), 400),
        (request(b"\x0a\xff\xff\xff", PROTOBUF), 400),
        (b"GET /v1/traces HTTP/1.1\r\n\r\n", 405),
        (b"OPTIONS /v1/traces HTTP/1.1\r\n\r\n", 501),
        (b"POST /v1/traces HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"POST /" + b"x" * 70_000, 414),
    ],
)
def test_what_is_refused(door: Door, raw: bytes, status: int) -> None:
    answered, headers, body = door.send(raw)
    assert answered == status
    if status != 400:  # what could be read to its end leaves the connection usable
        assert headers["connection"] == "close"
    assert b"Traceback" not in body
    assert door.calls() == []
    assert door.post(export(SPAN))[0] == 200  # and the next one is served


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"POST / HTTP/9\r\n\r\n", b"\x16\x03\x01"])
def test_what_is_no_http_is_turned_away_in_words(door: Door, raw: bytes) -> None:
    with door.connect() as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        said = connection.makefile("rb").read()
    assert b"<" not in said
    assert b"Traceback" not in said
    assert door.post(export(SPAN))[0] == 200


def test_a_refused_body_is_counted_but_not_a_stranger(door: Door) -> None:
    door.post(b"{}", path="/v1/nonsense")
    assert door.lost() == (0, "")
    door.post(b"{}", "text/plain")
    assert door.lost()[0] == 1
    door.post(b"{nonsense \x1b[31m")
    assert door.lost() == (
        1,
        "an export to /v1/traces cannot be read: it is not JSON, 15 bytes",
    )


def test_the_token(guarded: Door) -> None:
    for said in ("", "Bearer", "Bearer wrong", TOKEN, f"bearer {TOKEN}", "Bearer s3crét"):
        status, headers, body = guarded.post(export(SPAN), Authorization=said)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN.encode() not in body
    assert (guarded.intake.unwelcome, guarded.lost()) == (6, (0, ""))
    assert guarded.post(export(SPAN), Authorization=f"Bearer {TOKEN}")[0] == 200
    assert len(guarded.calls()) == 1


def test_an_error_in_protobuf_is_a_status_message(door: Door) -> None:
    status, headers, body = door.post(b"\xff", PROTOBUF)
    assert (status, headers["content-type"]) == (400, PROTOBUF)
    # google.rpc.Status has the text in field 2, as the other answer's partial success does.
    told = ExportTraceServiceResponse.FromString(b"\x0a" + bytes([len(body)]) + body)
    assert told.partial_success.error_message == "it is not protobuf of OTLP, or cut off"


def test_gzip_and_deflate_and_chunks(door: Door) -> None:
    body = export(SPAN)
    assert door.post(gzip.compress(body), Content_Encoding="gzip")[0] == 200
    pieces = b"".join(
        b"%x;x=y\r\n%s\r\n" % (len(body[n : n + 50]), body[n : n + 50])
        for n in range(0, len(body), 50)
    )
    chunked = request(
        pieces + b"0\r\nTrailer: x\r\n\r\n", Content_Length="", Transfer_Encoding="chunked"
    )
    assert door.send(chunked)[0] == 200
    assert len(door.calls()) == 1


def test_a_gzip_bomb_is_seen_while_it_grows(door: Door) -> None:
    bomb = gzip.compress(bytes(200 * MIB))
    assert len(bomb) < MIB
    status, _, body = door.post(bomb, Content_Encoding="gzip")
    assert (status, json.loads(body)["message"]) == (
        413,
        "the body is over 20 MiB: export smaller batches",
    )


def test_a_connection_serves_many_exports(door: Door) -> None:
    with door.connect() as connection:
        for _ in range(3):
            connection.sendall(request(export(SPAN)))
            assert answer_on(connection)[0] == 200


def test_a_body_that_ends_early(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(request(b"{", length=100))
        connection.shutdown(socket.SHUT_WR)
        assert answer_on(connection)[0] == 400
    assert door.lost()[0] == 1


def test_a_body_without_end(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_http, "REQUEST_S", 0.2)
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        """A byte now and then, more often than any time-out between two bytes."""
        while not over.wait(0.02):
            try:
                connection.sendall(b" ")
            except OSError:
                return

    with door.connect() as connection:
        connection.sendall(request(b"", length=10_000))
        dripping = threading.Thread(target=drip, args=(connection,))
        dripping.start()
        assert answer_on(connection)[0] == 408
        over.set()
        dripping.join()


@pytest.mark.parametrize("start", [b"", b"POST /v1/traces HTTP/1.1\r\nA: "])
def test_a_sender_that_says_nothing_loses_its_place(
    door: Door, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr(otlp_http, "IDLE_S", 0.1)
    monkeypatch.setattr(otlp_http, "REQUEST_S", 0.1)
    with door.connect() as connection:
        connection.sendall(start)
        assert connection.recv(1) == b""


def test_places_are_few_and_come_free(door: Door) -> None:
    held = [door.connect() for _ in range(MOST_CONNECTIONS)]
    for connection in held:
        connection.sendall(request(export(SPAN)))
        assert answer_on(connection)[0] == 200
    with door.connect() as one_more:
        status, headers, _ = answer_on(one_more)
        assert (status, headers["retry-after"]) == (503, "1")
    for connection in held:
        connection.close()
    assert settled(lambda: door.post(export(SPAN))[0] == 200)


def test_bodies_at_once_have_a_limit(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_http, "MOST_IN_FLIGHT", 1000)
    with door.connect() as slow:
        slow.sendall(request(b"{", length=900))
        assert settled(lambda: door.post(export(SPAN), pad="x")[0] == 429)
        status, headers, _ = door.post(export(SPAN))
        assert (status, headers["retry-after"]) == (429, "1")
    assert settled(lambda: door.post(export(SPAN))[0] == 200)


def settled(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true while other threads get their turn."""
    waiting = threading.Event()
    return any(condition() or waiting.wait(0.02) for _ in range(500))


def test_metrics_are_dropped_and_that_is_told_once(door: Door) -> None:
    status, _, body = door.post(b"{}", path="/v1/metrics")
    told = json.loads(body)["partialSuccess"]
    assert (status, told) == (
        200,
        {"errorMessage": "metrics are not read here; only traces and logs are"},
    )
    assert door.post(b"{}", path="/v1/metrics")[2] == b"{}"
    assert door.lost() == (0, "")
