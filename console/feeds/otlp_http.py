"""The HTTP side of the OTLP receiver: a small server on loopback that trusts nobody.

It speaks as much HTTP as exporters do, POST with a length or in chunks, and answers in the encoding
it was asked in. A connection has a time for each request, a body has a size, and there are only so
many of both at once, so that a slow or hostile sender takes a place and no more.
"""

import io
import socket
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from console.feeds.otlp_answers import JSON, PROTOBUF, Answer, in_json, in_protobuf
from console.net import MIB

MOST_BODY = 20 * MIB
MOST_IN_FLIGHT = 64 * MIB
MOST_CONNECTIONS = 50
IDLE_S = 75.0
REQUEST_S = 15.0
_POLL_S = 0.05
_PIECE = 64 * 1024
_MOST_CHUNK_LINE = 256


Take = Callable[[str, str, bytes], Answer]
"""Takes the path's last part (traces, logs, metrics), the content type and the plain body."""
TurnedAway = Callable[[Answer, str], None]
"""Is told what an export was answered, and the path's last part, that `Take` never saw."""


class Refused(Exception):
    """A request that is not taken."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


class Receiver:
    """Listens from `open` until `close`, in threads of its own."""

    def __init__(
        self, host: str, port: int, token: str, take: Take, turned_away: TurnedAway
    ) -> None:
        """Bind the port; `OSError` if that cannot be. `token` "" asks for none."""
        self._server = _Server(host, port, token, take, turned_away)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_S},
            name="otlp-receiver",
            daemon=True,
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Listen no more; requests under way are cut off."""
        self._server.shutdown()
        self._server.server_close()
        self._server.cut_off()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, host: str, port: int, token: str, take: Take, turned_away: TurnedAway
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.token = token
        self.take = take
        self.turned_away = turned_away
        self._lock = threading.Lock()
        self._open: set[Any] = set()
        self._in_flight = 0

    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, as the base class would."""
        # Connections that we ended linger for a minute; who takes over must not wait for them.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is a place left for this connection."""
        with self._lock:
            if len(self._open) < MOST_CONNECTIONS:
                self._open.add(request)
                return True
        with suppress(OSError):
            request.settimeout(0.1)
            request.sendall(
                b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
        return False

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and free its place."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_off(self) -> None:
        """End all connections."""
        with self._lock:
            still = list(self._open)
        for connection in still:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def reserve(self, size: int) -> bool:
        """Count `size` bytes of a body as in memory; False if there are too many."""
        with self._lock:
            if self._in_flight + size > MOST_IN_FLIGHT:
                return False
            self._in_flight += size
            return True

    def free(self, size: int) -> None:
        """Count them no more."""
        with self._lock:
            self._in_flight -= size

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that leaves in the middle is no news, and stderr is the screen."""


class _Timed(io.RawIOBase):
    """A socket's bytes, until `deadline`: no trickle of bytes outlives it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline = time.monotonic() + IDLE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    error_message_format = "%(message)s\n"
    error_content_type = "text/plain"
    server: _Server
    headers: Message

    def setup(self) -> None:
        super().setup()
        self._timed = _Timed(self.connection)
        self._bytes = self.rfile = io.BufferedReader(self._timed, _PIECE)

    def handle_one_request(self) -> None:
        """Wait for a request, then give it its time."""
        self.close_connection = True
        try:
            self._timed.deadline = time.monotonic() + IDLE_S
            if not self._bytes.peek(1):
                return
            self._timed.deadline = time.monotonic() + REQUEST_S
            super().handle_one_request()
        except OSError:  # a time-out is one: whoever it was is gone, or as good as gone
            self.close_connection = True

    def version_string(self) -> str:
        return "warroom"

    def log_message(self, *_: object) -> None:
        """Say nothing: stderr is the screen."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is not HTTP as it should be; HTTP/2 is how gRPC begins."""
        if code == 505:
            self.server.turned_away(Answer(code), "")
        super().send_error(code, message, explain)

    def do_POST(self) -> None:
        """An export, or nothing for us."""
        self._in_use = 0
        signal = self.path.partition("?")[0].removeprefix("/v1/")
        kind = _media_type(self.headers)
        try:
            self._check(signal, kind)
            body = self._body(signal, kind)
            answer = self.server.take(signal, kind, body)
        except Refused as why:
            answer = why.answer
            # What is left of the body would be taken for the next request.
            self.close_connection = True
            if answer.status != 429:
                self.server.turned_away(answer, signal)
        finally:
            self.server.free(self._in_use)
        self._answer(answer, signal, kind)

    def do_GET(self) -> None:
        """Somebody looks whether anything is here."""
        self.close_connection = True
        self._answer(Answer(405, "send spans here with POST /v1/traces"), "", JSON)

    def _check(self, signal: str, kind: str) -> None:
        """Raise `Refused` unless an exporter that may asks for what we do."""
        if self.headers.get("Origin") is not None:  # exporters send none: a web page does
            raise Refused(Answer(403, "browsers may not send here"))
        if self.server.token:
            said = self.headers.get("Authorization", "").encode("utf-8", "replace")
            if not compare_digest(said, f"Bearer {self.server.token}".encode()):
                raise Refused(Answer(401, "the Bearer token is missing or wrong"))
        if signal not in {"traces", "logs", "metrics"}:
            raise Refused(Answer(404, "there is only /v1/traces, /v1/logs and /v1/metrics"))
        if kind not in {JSON, PROTOBUF}:
            raise Refused(Answer(415, f"send {PROTOBUF} or {JSON}"))

    def _body(self, signal: str, kind: str) -> bytes:
        """The plain body. Raises `Refused`."""
        length = self.headers.get("Content-Length")
        chunked = self.headers.get("Transfer-Encoding", "").strip().lower()
        if chunked not in {"", "chunked"} or (chunked and length is not None):
            raise Refused(Answer(400, "a body comes with Content-Length or in chunks"))
        if chunked:
            raw = self._chunks()
        elif length is not None and length.isascii() and length.isdigit():
            raw = self._exactly(int(length[:12]))
        else:
            raise Refused(Answer(411, "a body needs a Content-Length"))
        match self.headers.get("Content-Encoding", "").strip().lower():
            case "" | "identity":
                return raw
            case "gzip" | "deflate":
                return self._inflated(raw)
            case _:
                raise Refused(Answer(415, "of compressions only gzip and deflate are read"))

    def _reserve(self, size: int) -> None:
        if not self.server.reserve(size):
            raise Refused(Answer(429, "too much at once: try again", retry_after_s=1))
        self._in_use += size

    def _exactly(self, length: int) -> bytes:
        if length > MOST_BODY:
            raise _too_big()
        self._reserve(length)
        try:
            raw = self.rfile.read(length)
        except TimeoutError:
            raise Refused(Answer(408, f"no whole request in {REQUEST_S:g} s")) from None
        if len(raw) < length:
            raise Refused(Answer(400, "the body ends early"))
        return raw

    def _chunks(self) -> bytes:
        raw = bytearray()
        while True:
            size = self._line().partition(b";")[0].strip()
            try:
                length = int(size, 16) if size.isalnum() else -1
            except ValueError:
                length = -1
            if length < 0:
                raise Refused(Answer(400, "the chunks of the body are damaged"))
            if length == 0:
                while self._line().strip():
                    pass
                return bytes(raw)
            if len(raw) + length > MOST_BODY:
                raise _too_big()
            raw += self._exactly(length)
            self._line()

    def _line(self) -> bytes:
        try:
            line = self.rfile.readline(_MOST_CHUNK_LINE)
        except TimeoutError:
            raise Refused(Answer(408, f"no whole request in {REQUEST_S:g} s")) from None
        if not line.endswith(b"\n"):
            raise Refused(Answer(400, "the body ends early"))
        return line

    def _inflated(self, raw: bytes) -> bytes:
        """What `raw` unpacks to, a piece at a time, so that a bomb is seen when it grows."""
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        plain = bytearray()
        rest = raw
        try:
            while rest and not inflater.eof:
                piece = inflater.decompress(rest, MIB)
                rest = inflater.unconsumed_tail
                if len(plain) + len(piece) > MOST_BODY:
                    raise _too_big()
                self._reserve(len(piece))
                plain += piece
        except zlib.error:
            raise Refused(Answer(400, "the compressed body is damaged")) from None
        if not inflater.eof or inflater.unused_data:
            raise Refused(Answer(400, "the compressed body is damaged"))
        return bytes(plain)

    def _answer(self, answer: Answer, signal: str, kind: str) -> None:
        proto = kind == PROTOBUF
        body = in_protobuf(answer) if proto else in_json(answer, signal)
        self.send_response(answer.status)
        self.send_header("Content-Type", PROTOBUF if proto else JSON)
        self.send_header("Content-Length", str(len(body)))
        if answer.retry_after_s is not None:
            self.send_header("Retry-After", str(answer.retry_after_s))
        if answer.status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.connection.settimeout(REQUEST_S)
        self.wfile.write(body)


def _media_type(headers: Message) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _too_big() -> Refused:
    return Refused(Answer(413, f"the body is over {MOST_BODY // MIB} MiB: export smaller batches"))
