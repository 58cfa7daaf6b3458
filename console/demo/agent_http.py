"""The simulated agent's endpoints: logs, metrics, invocation and controls."""

import hmac
import re
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from console.demo import traffic
from console.demo.agent_control import (
    DrillTarget,
    ModeWrite,
    RolloutWrite,
    ToolWrite,
    TrafficWrite,
    VersionWrite,
    Write,
)
from console.demo.agent_state import Agent, Faults

MOST_LINES = 5_000
MOST_BODY = 65_536
CHUNK = 65_536
LONGEST_ANSWER_S = 0.5
IDLE_S = 30.0
Body = TypeVar("Body")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_WRITES: dict[str, type[Write]] = {
    "/control/traffic": TrafficWrite,
    "/control/version": VersionWrite,
    "/control/mode": ModeWrite,
    "/control/rollout": RolloutWrite,
    "/control/tools": ToolWrite,
}
# The same controls once more, of an agent that serves nobody: for drills.
_DRILL = "/drill"


class Invocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /invoke`."""

    input: str
    user: str = ""


class Refusal(Exception):
    """A request that is answered with `status` and one sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.status = status


class Server(ThreadingHTTPServer):
    """An HTTP server on the loopback with one agent behind it."""

    daemon_threads = True

    def __init__(self, port: int, agent: Agent, token: str) -> None:
        """Listen on `port`, 0 for any free one; a `token` that is not empty must be shown."""
        super().__init__(("127.0.0.1", port), Handler)
        self.agent = agent
        self.token = token

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news; anything else is, without a panic."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            sys.stderr.write(f"request failed: {type(error).__name__}: {error}\n")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "agent"
    sys_version = ""
    timeout = IDLE_S
    wbufsize = CHUNK

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Requests are not logged."""

    def do_GET(self) -> None:
        """Answer a reader."""
        url = urlsplit(self.path)
        readers: dict[str, Callable[[dict[str, list[str]]], None]] = {
            "/healthz": self._health,
            "/logs/calls.jsonl": self._log_file,
            "/logs/calls": self._log_lines,
            "/metrics": self._metrics,
            "/control": self._control,
            f"{_DRILL}/control": self._control,
            "/notices": self._inbox,
            "/integrations/model": self._health,
            "/integrations/policies": self._health,
        }
        self._guarded(readers.get(url.path), parse_qs(url.query))

    def do_POST(self) -> None:
        """Answer an input, or take a notice."""
        takers = {"/invoke": self._invoke, "/notices": self._notice}
        self._guarded(takers.get(urlsplit(self.path).path), {})

    def do_PUT(self) -> None:
        """Answer a control write."""
        path = urlsplit(self.path).path
        takers = {"/control/faults": self._fail, f"{_DRILL}/reset": self._reset}
        write = self._write if path.removeprefix(_DRILL) in _WRITES else None
        self._guarded(takers.get(path, write), {})

    def _guarded(
        self,
        answer: Callable[[dict[str, list[str]]], None] | None,
        query: dict[str, list[str]],
    ) -> None:
        try:
            self._admit(urlsplit(self.path).path, known=answer is not None)
            if answer is not None:
                answer(query)
        except Refusal as refusal:
            self._json(refusal.status, {"error": str(refusal)})

    def _admit(self, path: str, *, known: bool) -> None:
        if not known:
            raise Refusal(HTTPStatus.NOT_FOUND, f"{self.command} {path}: no such endpoint")
        if path.startswith(("/logs", "/metrics", "/control", _DRILL)):
            self._authorize()
        if path.startswith(("/logs", "/metrics", "/healthz")) and self.server.agent.dark():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the agent does not answer")

    def _authorize(self) -> None:
        shown = self.headers.get("Authorization", "").encode()
        if self.server.token and not hmac.compare_digest(
            shown, f"Bearer {self.server.token}".encode()
        ):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")

    def _health(self, _query: dict[str, list[str]]) -> None:
        self._json(HTTPStatus.OK, {"status": "ok"})

    def _inbox(self, _query: dict[str, list[str]]) -> None:
        self._json(HTTPStatus.OK, {"notices": self.server.agent.notices()})

    def _notice(self, _query: dict[str, list[str]]) -> None:
        self.server.agent.notice(self._body(dict[str, object]))
        self._json(HTTPStatus.OK, {"taken": True})

    def _fail(self, _query: dict[str, list[str]]) -> None:
        faults = self._body(Faults)
        self.server.agent.fail(faults)
        self._json(HTTPStatus.OK, msgspec.to_builtins(faults))

    def _control(self, _query: dict[str, list[str]]) -> None:
        self._json(HTTPStatus.OK, self._controlled.control())

    @property
    def _controlled(self) -> Agent | DrillTarget:
        """What the request is about: the agent itself, or the one to rehearse on."""
        agent = self.server.agent
        return agent.drill if self.path.startswith(f"{_DRILL}/") else agent

    def _reset(self, _query: dict[str, list[str]]) -> None:
        self.server.agent.drill.reset()
        self._json(HTTPStatus.OK, self.server.agent.drill.control())

    def _metrics(self, _query: dict[str, list[str]]) -> None:
        text = self.server.agent.exposition().encode()
        self._begin(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", len(text))
        self.wfile.write(text)

    def _log_file(self, _query: dict[str, list[str]]) -> None:
        """The whole log or a range of its bytes (RFC 9110, section 14; one range)."""
        self.server.agent.tick()  # who asks is told all up to now, however fast the time runs
        size = self.server.agent.log_bytes
        span = _span(self.headers.get("Range", ""), size)
        if span is None:
            start, end, status = 0, size, HTTPStatus.OK
            extra = {"Accept-Ranges": "bytes"}
        elif span[0] >= span[1]:
            self._begin(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                "application/x-ndjson",
                0,
                {"Content-Range": f"bytes */{size}"},
            )
            return
        else:
            (start, end), status = span, HTTPStatus.PARTIAL_CONTENT
            extra = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
        self._begin(status, "application/x-ndjson", end - start, extra)
        with self.server.agent.log_path.open("rb") as log:
            log.seek(start)
            while start < end:
                chunk = log.read(min(CHUNK, end - start))
                if not chunk:
                    self.close_connection = True
                    return
                self.wfile.write(chunk)
                start += len(chunk)

    def _log_lines(self, query: dict[str, list[str]]) -> None:
        """At most 5,000 lines from a time or a cursor on; X-Next-Cursor says where to go on."""
        self.server.agent.tick()
        size = self.server.agent.log_bytes
        with self.server.agent.log_path.open("rb") as log:
            log.seek(_start(log, query, size))
            lines: list[bytes] = []
            while len(lines) < MOST_LINES and log.tell() < size:
                lines.append(log.readline())
            cursor = log.tell()
        body = b"".join(lines)
        extra = {"X-Next-Cursor": str(cursor)}
        self._begin(HTTPStatus.OK, "application/x-ndjson", len(body), extra)
        self.wfile.write(body)

    def _invoke(self, _query: dict[str, list[str]]) -> None:
        asked = self._body(Invocation)
        if not asked.input.strip():
            raise Refusal(HTTPStatus.BAD_REQUEST, "input: a text is needed")
        synthetic = self.headers.get("X-Warroom-Synthetic", "").lower() == "true"
        call = self.server.agent.invoke(asked.input, asked.user, synthetic=synthetic)
        threading.Event().wait(min(call.latency_s, LONGEST_ANSWER_S))
        if call.error:
            self._json(HTTPStatus.BAD_GATEWAY, {"id": call.id, "error": call.error})
            return
        answer = {
            "id": call.id,
            "output": call.output,
            "version": call.version,
            "escalation": call.escalation,
            "latency_s": call.latency_s,
        }
        self._json(HTTPStatus.OK, answer)

    def _write(self, _query: dict[str, list[str]]) -> None:
        write = self._body(_WRITES[urlsplit(self.path).path.removeprefix(_DRILL)])
        key = self.headers.get("Idempotency-Key", "")
        status, body = self._controlled.write(write, key)
        self._begin(HTTPStatus(status), "application/json", len(body.encode()))
        self.wfile.write(body.encode())

    def _body(self, kind: type[Body]) -> Body:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "a body with a Content-Length is needed")
        if int(length) > MOST_BODY:
            raise Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is over {MOST_BODY} bytes"
            )
        try:
            return msgspec.json.decode(self.rfile.read(int(length)), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"the body cannot be used: {error}") from None

    def _json(self, status: HTTPStatus, value: dict[str, object]) -> None:
        body = msgspec.json.encode(value)
        self._begin(status, "application/json", len(body))
        self.wfile.write(body)

    def _begin(
        self, status: HTTPStatus, kind: str, length: int, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        if status >= HTTPStatus.BAD_REQUEST and self.command != "GET":
            # The body may not have been read, and would be taken for the next request.
            self.send_header("Connection", "close")
        self.end_headers()


def _span(header: str, size: int) -> tuple[int, int] | None:
    """The half-open range of bytes asked for; None to send all; an empty one cannot be had."""
    match = _RANGE.match(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _start(log: BinaryIO, query: dict[str, list[str]], size: int) -> int:
    """The offset of the first line asked for by `cursor` or `since`; 0 without either."""
    if cursor := query.get("cursor", [""])[0]:
        offset = int(cursor) if cursor.isdecimal() else -1
        log.seek(max(0, offset - 1))
        if not 0 <= offset <= size or (offset and log.read(1) != b"\n"):
            raise Refusal(HTTPStatus.BAD_REQUEST, f'cursor: "{cursor}" was not given by this log')
        return offset
    since = query.get("since", [""])[0]
    if not since:
        return 0
    try:
        wanted = traffic.rfc3339(traffic.unix_ms(since)).encode()
    except (ValueError, OverflowError):
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f'since: "{since}" is not a time like 2026-03-01T14:00:00Z'
        ) from None
    return _first_line(log, size, wanted)


def _first_line(log: BinaryIO, size: int, wanted: bytes) -> int:
    """The offset of the first line whose time is not before `wanted`, by bisection."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        log.seek(max(0, middle - 1))
        if middle:
            log.readline()
        start = log.tell()
        line = log.readline()
        if start >= high or _time_of(line) >= wanted:
            high = middle
        else:
            low = start + len(line)
    return low


def _time_of(line: bytes) -> bytes:
    return line.split(b'"at":"', 1)[1].split(b'"', 1)[0]
