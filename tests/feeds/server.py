"""A real HTTP server on loopback that can lie."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the answer set for its path."""

    protocol_version = "HTTP/1.1"
    server: "Server"
    body = b""

    def do_GET(self) -> None:
        """Answer, and remember what was asked."""
        self.server.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}))
        path = self.path.partition("?")[0]
        self.server.answers[path](self)

    def do_POST(self) -> None:
        """As GET, after the body has been read."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; `Content_Type="x"` becomes the header Content-Type."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@dataclass
class Seen:
    """One request as the server got it."""

    path: str
    headers: dict[str, str]


@dataclass
class Log:
    """A log file that the server serves, by byte range if it feels like it."""

    body: bytes = b""
    ranges: bool = True

    def __call__(self, handler: Handler) -> None:
        """Serve as RFC 9110 says, or ignore `Range`."""
        wanted = handler.headers.get("Range")
        if wanted is None or not self.ranges:
            handler.reply(200, self.body)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(self.body)), len(self.body) - 1)
        if start >= len(self.body):
            handler.reply(416, Content_Range=f"bytes */{len(self.body)}")
            return
        part = self.body[start : end + 1]
        handler.reply(206, part, Content_Range=f"bytes {start}-{end}/{len(self.body)}")


class Server(ThreadingHTTPServer):
    """Listens on a free port of loopback; `gone` is set when it stops."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self.gone = threading.Event()

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is what these tests are about."""


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block lasts."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.gone.set()
        server.shutdown()
        thread.join()
        server.server_close()
