"""What a connection shows: authentication, a certificate's end, and what is not configured."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config.load import parse
from console.net import Http
from console.probes import Ground, Result, connections
from console.probes.connections import certificate_row
from tests.domain.build import TOML

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Guarded(BaseHTTPRequestHandler):
    """Wants a key."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers.get("X-Key") == "right" else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    running = HTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


async def found(url: str, more: str = "") -> Result:
    given = f'[[integrations]]\nid = "crm"\ntitle = "CRM"\nurl = "{url}"\n{more}' if url else ""
    text = TOML.format(exposure="internal", flags="", version="v2", extra="", business=given)
    async with Http() as http:
        ground = Ground(parse(text.encode()), Path("/nowhere"), http, lambda: 0.0)
        return await connections(ground, lambda _: None)


async def test_reached_is_not_yet_authenticated(server: HTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    wrong = await found(url, '[integrations.headers]\nX-Key = "wrong"')
    assert (wrong.passed, wrong.reached) == (False, True)
    assert "reached, but not authenticated" in wrong.rows[0].detail
    assert "wrong" not in wrong.summary.replace("wrong:", "")
    right = await found(url, '[integrations.headers]\nX-Key = "right"')
    assert right.passed
    assert "[staging]" in right.summary


async def test_a_missing_secret_is_named_before_anything_is_sent(server: HTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    result = await found(url, '[integrations.headers]\nX-Key = { env = "NO_SUCH_KEY" }')
    assert "NO_SUCH_KEY" in result.rows[0].detail


async def test_where_nothing_listens_nothing_was_reached() -> None:
    result = await found("http://127.0.0.1:9/")
    assert (result.passed, result.reached) == (False, False)


async def test_without_integrations_nothing_is_proven() -> None:
    result = await found("")
    assert not result.passed
    assert "write [[integrations]]" in result.summary


@pytest.mark.parametrize(
    ("ends", "verdict", "says"),
    [
        ("Dec 20 00:00:00 2026 GMT", "ok", "good for 19 days"),
        ("Dec 15 00:00:00 2026 GMT", "ok", "good for 14 days"),
        ("Dec 14 23:59:59 2026 GMT", "warn", "good for 13 days"),
        ("Nov 30 00:00:00 2026 GMT", "fail", "expired on 2026-11-30"),
        ("soon", "warn", "does not say"),
    ],
)
def test_a_certificate_that_ends_soon_is_said(ends: str, verdict: str, says: str) -> None:
    row = certificate_row("crm certificate", ends, NOW)
    assert (row.verdict, says in row.detail) == (verdict, True)


@pytest.fixture
def own_certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate that nobody signed."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    return key, cert


async def test_a_certificate_that_nobody_trusts_fails(
    own_certificate: tuple[Path, Path], server: HTTPServer
) -> None:
    key, cert = own_certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    result = await found(f"https://127.0.0.1:{server.server_port}/")
    assert not result.passed
    assert "certificate we do not trust" in result.rows[0].detail
