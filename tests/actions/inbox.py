"""A real HTTP receiver of notices, which can be told to refuse them or to keep silent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Deed = Literal["take", "refuse", "hang"]


class Inbox:
    """What came in, by path; `deeds` of a path are used up from the front, the last one stays."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.deeds: dict[str, list[Deed]] = {}
        self.taken: dict[str, list[str]] = {}
        self.asked: dict[str, int] = {}
        self.released = threading.Event()

    def address(self, name: str) -> str:
        """The Apprise URL of somebody's inbox."""
        return f"json://127.0.0.1:{self.port}/{name}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    inbox: Inbox

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Take a notice, or not."""
        inbox, name = self.server.inbox, self.path.strip("/")
        notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        deeds = inbox.deeds.setdefault(name, ["take"])
        deed = deeds.pop(0) if len(deeds) > 1 else deeds[0]
        inbox.asked[name] = inbox.asked.get(name, 0) + 1
        if deed == "hang":
            inbox.released.wait(20)
        if deed == "take":
            said = f"{notice['title']}|{notice['message']}"
            inbox.taken.setdefault(name, []).append(said)
        self.send_response(200 if deed == "take" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def receiving() -> Iterator[Inbox]:
    """An inbox on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.inbox = Inbox(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.inbox
    finally:
        server.inbox.released.set()
        server.shutdown()
        server.server_close()
