"""The system that a rollback changes, in a process of its own: it loses, delays and repeats.

Run: python -m tests.executor.chaos_server PLACE PORT SEED

What it is and what happened to it stand in `PLACE/effects.jsonl`, written before any answer, so
that it can be killed at any moment and come back as it was. It honours Idempotency-Key. It also is
the agent: `PLACE/calls.jsonl` gets a call of the version that answers now, ten times a second.
"""

import json
import os
import random
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GOOD, BAD = "v2.3.1", "v2.4.0"
STATE = {"traffic": 1, "version": BAD, "flag": True}
EFFECTS, REQUESTS, CALLS = "effects.jsonl", "requests.jsonl", "calls.jsonl"
CALM = "calm"
# What becomes of a request, with its weight.
DEEDS = {
    "do": 36,
    "lose-before": 13,
    "lose-after": 14,
    "fault-before": 5,
    "fault-after": 5,
    "slow-before": 6,
    "slow-after": 6,
    "twice": 5,
    "repeat-late": 6,
    "do-late": 8,
    "nothing": 3,
    "forbid": 3,
}
LOOKS = {"show": 52, "lose": 18, "fault": 12, "slow": 12, "garbage": 6}
LATE_S = (0.3, 2.5)
CALL_EVERY_S = 0.1


class System:
    """The state, and all that ever changed it."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.state: dict[str, Any] = dict(STATE)
        self.keys: set[str] = set()
        self.lock = threading.Lock()
        if (place / EFFECTS).exists():
            for effect in read(place / EFFECTS):
                self.state[effect["name"]] = effect["value"]
                self.keys.add(effect["key"])

    @property
    def calm(self) -> bool:
        """Whether all goes well from now on."""
        return (self.place / CALM).exists()

    def drawn(self, weights: dict[str, int], usual: str) -> str:
        with self.lock:
            drawn = self.chance.choices(list(weights), list(weights.values()))[0]
        return usual if self.calm else drawn

    def late(self) -> float:
        with self.lock:
            return self.chance.uniform(*LATE_S)

    def note(self, name: str, key: str, deed: str) -> None:
        with self.lock:
            _append(self.place / REQUESTS, {"at": time.time(), "name": name, "key": key, "d": deed})

    def take_effect(self, name: str, key: str, value: object) -> None:
        """Once for each key."""
        with self.lock:
            if key not in self.keys:
                what = {"at": time.time(), "name": name, "key": key, "value": value}
                _append(self.place / EFFECTS, what)
                self.keys.add(key)
                self.state[name] = value

    def serves(self) -> str:
        with self.lock:
            return GOOD if self.state["traffic"] == 0 else str(self.state["version"])

    def be_the_agent(self) -> None:
        """Log calls for ever."""
        number = 0
        while True:
            number += 1
            at = datetime.now(UTC).isoformat()
            call = {"id": f"{os.getpid()}-{number}", "at": at, "version": self.serves()}
            _append(self.place / CALLS, {**call, "variant": "live", "latency_s": 0.9, "cost": 0.02})
            threading.Event().wait(CALL_EVERY_S)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a file that may be cut at its end by a kill."""
    if not path.exists():
        return []
    whole = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in whole]


def _append(path: Path, what: dict[str, Any]) -> None:
    """One write: whoever is killed has written all of it or nothing."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(fd, json.dumps(what).encode() + b"\n")
    finally:
        os.close(fd)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    system: System

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _answer(self, status: int, body: str = "{}") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        """`/NAME` with `{"value": …}` sets it."""
        system = self.server.system
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, key = self.path.strip("/"), self.headers.get("Idempotency-Key", "")
        value = json.loads(raw)["value"]
        deed = system.drawn(DEEDS, "do")
        system.note(name, key, deed)

        def take_effect(_: object = None) -> None:
            system.take_effect(name, key, value)

        if deed == "slow-before":
            threading.Event().wait(system.late())
        if deed not in {"lose-before", "fault-before", "do-late", "nothing", "forbid"}:
            take_effect()
        if deed == "twice":
            take_effect()
        if deed in {"repeat-late", "do-late"}:
            threading.Timer(system.late(), take_effect).start()
        if deed == "slow-after":
            threading.Event().wait(system.late())
        match deed:
            case "fault-before" | "fault-after":
                self._answer(500, "oops")
            case "forbid":
                self._answer(403, "no")
            case "lose-before" | "lose-after" | "do-late":
                self.close_connection = True
            case _:
                self._answer(200)

    def do_GET(self) -> None:
        """All of the state."""
        system = self.server.system
        look = system.drawn(LOOKS, "show")
        if look == "slow":
            threading.Event().wait(system.late())
        match look:
            case "lose":
                self.close_connection = True
            case "fault":
                self._answer(503, "oops")
            case "garbage":
                self._answer(200, "<html>Sign in</html>")
            case _:
                with system.lock:
                    state = json.dumps(system.state)
                self._answer(200, state)


def main(place: Path, port: int, seed: int) -> None:
    """Serve until killed."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.system = System(place, seed)
        threading.Thread(target=server.system.be_the_agent, daemon=True).start()
        server.serve_forever(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
