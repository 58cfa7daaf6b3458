"""A server with the shapes of Unleash, n8n and a plain document, which can be told to misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Deed = Literal["do", "lie", "hang", "hang-after", "drop-after", "fault", "forbid", "busy", "moved"]
STRATEGY = "/api/admin/projects/default/features/agent%20v2/environments/production/strategies/7f"
VARIABLES = "/api/v1/variables"


class Products:
    """What the server holds; `deeds` are used up from the front, the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.deeds: list[Deed] = ["do"]
        self.document: Any = {"candidate_share": 1, "mode": "shadow"}
        self.strategy: Any = {
            "id": "7f",
            "name": "flexibleRollout",
            "constraints": [{"contextName": "region", "operator": "IN", "values": ["eu"]}],
            "parameters": {"rollout": "1", "stickiness": "default", "groupId": "agent v2"},
        }
        self.variables: Any = [
            {"id": "a", "key": "other", "value": "7"},
            {"id": "b", "key": "candidate_share", "value": "1"},
        ]
        self.keys: list[str] = []
        self.effects = 0
        self.seen: list[dict[str, str]] = []
        self.unreadable = False
        self.released = threading.Event()
        self._done: set[str] = set()

    def read(self, path: str) -> Any:
        """What a GET shows; None where there is nothing."""
        match path.partition("?")[0]:
            case "/share":
                return self.document
            case p if p == STRATEGY:
                return self.strategy
            case p if p == VARIABLES:
                return {"data": self.variables, "nextCursor": None}
        return None

    def write(self, path: str, body: Any, key: str) -> None:
        """Take a write, once for a key."""
        self.keys.append(key)
        if key in self._done:
            return
        self._done.add(key)
        self.effects += 1
        if path == STRATEGY:
            (patch,) = body
            assert (patch["op"], patch["path"]) == ("replace", "/parameters/rollout")
            self.strategy["parameters"]["rollout"] = patch["value"]
        elif path.startswith(VARIABLES):
            (held,) = [one for one in self.variables if one["id"] == path.rpartition("/")[2]]
            held |= body
        else:
            self.document |= body


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    products: Products

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Show what there is."""
        held = self.server.products
        held.seen.append({name.lower(): value for name, value in self.headers.items()})
        found = None if held.unreadable else held.read(self.path)
        self._reply(200 if found is not None else 404, found)

    def do_PUT(self) -> None:
        """Do, or misbehave."""
        held = self.server.products
        held.seen.append({name.lower(): value for name, value in self.headers.items()})
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        deed = held.deeds.pop(0) if len(held.deeds) > 1 else held.deeds[0]
        if deed == "hang":
            held.released.wait(20)
        if deed in {"do", "hang-after", "drop-after"}:
            held.write(self.path, body, self.headers.get("Idempotency-Key", ""))
        if deed == "hang-after":
            held.released.wait(20)
        if deed == "drop-after":
            self.close_connection = True
            return
        status = {"fault": 500, "forbid": 403, "busy": 429, "moved": 302}.get(deed, 200)
        self._reply(status, {"said": "done"})

    def do_PATCH(self) -> None:
        """As PUT."""
        self.do_PUT()

    def _reply(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[Products]:
    """The server, on a free port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.products = Products(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.products
    finally:
        server.products.released.set()
        server.shutdown()
        server.server_close()
