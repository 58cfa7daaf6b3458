"""A traffic switch with a real HTTP server that can be told to misbehave."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from config.rollback import Step

Deed = Literal[
    "do",
    "nothing",
    "forbid",
    "too-many",
    "fault-before",
    "fault-after",
    "drop-before",
    "drop-after",
    "twice",
    "hang-before",
    "hang-after",
    "redirect",
]
Look = Literal["show", "late", "fault", "drop", "html", "hang"]
HANG_S = 20.0  # how long what hangs would hang: whoever waits for its end takes that long


class Switch:
    """The server's state. `deeds` and `looks` are used up from the front; the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.share: object = 1
        self.pending: object = 1
        self.deeds: list[Deed] = ["do"]
        self.looks: list[Look] = ["show"]
        self.effects: list[str] = []
        # `time.monotonic` of each request that would change something.
        self.times: list[float] = []
        self.keys: list[str] = []
        self.bodies: list[str] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.looked = 0
        self.released = threading.Event()
        self.lock = threading.Lock()

    def step(self, **changes: object) -> Step:
        """A step that sends all traffic away from the candidate."""
        return Step.model_validate(
            {
                "id": "traffic",
                "title": "Send all traffic to the stable version",
                "kind": "http",
                "method": "PUT",
                "url": f"{self.url}/control/traffic",
                "body": '{"candidate": 0}',
                "timeout_s": 5.0,
                "manual": "curl -X PUT ...",
                "read_back": {"url": f"{self.url}/control", "path": "candidate", "equals": 0},
                **changes,
            }
        )

    def take_effect(self, key: str, body: str) -> None:
        """What a switch does that honours idempotency keys."""
        with self.lock:
            if key not in self.effects:
                self.effects.append(key)
                self.share = self.pending = json.loads(body)["candidate"]

    def next_deed(self) -> Deed:
        with self.lock:
            return self.deeds.pop(0) if len(self.deeds) > 1 else self.deeds[0]

    def next_look(self) -> Look:
        with self.lock:
            self.looked += 1
            return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    switch: Switch

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _read(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def _answer(self, status: int, body: str = "", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def _act(self) -> None:
        switch = self.server.switch
        body = self._read()
        key = ", ".join(self.headers.get_all("Idempotency-Key", []))
        with switch.lock:
            switch.times.append(time.monotonic())
            switch.keys.append(key)
            switch.bodies.append(body)
            switch.paths.append(self.path)
            switch.headers.append(dict(self.headers.items()))
        deed = switch.next_deed()
        if deed in {"do", "fault-after", "drop-after", "hang-after", "twice"}:
            switch.take_effect(key, body)
        if deed == "twice":
            switch.take_effect(key, body)
        if deed.startswith("hang"):
            switch.released.wait(HANG_S)
        match deed:
            case "forbid":
                self._answer(403, "no")
            case "too-many":
                self._answer(429, Retry_After="60")
            case "fault-before" | "fault-after":
                self._answer(500, "oops")
            case "redirect":
                self._answer(307, Location="http://elsewhere.example/control")
            case "do" | "twice" | "nothing":
                self._answer(200, "{}")
            case _:
                self.close_connection = True

    do_PUT = do_POST = do_DELETE = _act  # noqa: N815 - the standard library names them

    def do_GET(self) -> None:
        switch = self.server.switch
        look = switch.next_look()
        if look == "hang":
            switch.released.wait(HANG_S)
        match look:
            case "show":
                self._answer(200, json.dumps({"candidate": switch.share}))
            case "late":
                self._answer(200, json.dumps({"candidate": 1}))
            case "fault":
                self._answer(503)
            case "html":
                self._answer(200, "<html>Sign in</html>")
            case _:
                self.close_connection = True


@contextmanager
def running_switch(host: str = "127.0.0.1") -> Iterator[Switch]:
    """A switch that listens on a free port of this machine."""
    with _Server((host, 0), _Handler) as server:
        server.switch = Switch(f"http://{host}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.switch
        finally:
            server.switch.released.set()
            server.shutdown()
            thread.join()
