"""What a connection shows: authentication, a certificate's end, and what is not configured."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from config.load import ConfigError, parse
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


async def found(
    url: str, more: str = "", transport: httpx.AsyncBaseTransport | None = None
) -> Result:
    given = f'[[integrations]]\nid = "crm"\ntitle = "CRM"\nurl = "{url}"\n{more}' if url else ""
    text = TOML.format(
        exposure="internal", flags="", version="v2", extra="", business=given, two="false"
    )
    async with Http(transport) as http:
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


def openssl(folder: Path, *args: str) -> None:
    done = subprocess.run(["openssl", *args], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("openssl makes no certificate here")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and a request for this host's certificate."""
    folder = tmp_path_factory.mktemp("authority")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(folder, *new, "-x509", "-days", "90", "-subj", "/CN=Tests", "-keyout", "ca.key",
            "-out", "ca.pem")  # fmt: skip
    openssl(folder, *new, "-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", "key.pem", "-out", "csr.pem")  # fmt: skip
    return folder


def speak_tls(server: HTTPServer, authority: Path, days: int) -> str:
    """Let the server show a certificate of the authority that is good for `days`; its URL."""
    openssl(authority, "x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-copy_extensions", "copy", "-days", str(days),
            "-out", "cert.pem")  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return f"https://127.0.0.1:{server.server_port}/"


async def test_a_certificate_that_nobody_trusts_fails(authority: Path, server: HTTPServer) -> None:
    result = await found(speak_tls(server, authority, 60))
    assert (result.passed, result.reached) == (False, True)
    assert "certificate we do not trust" in result.rows[0].detail


@pytest.mark.parametrize(
    ("days", "row", "verdict", "says"),
    [
        (-1, "crm", "fail", "certificate has expired"),
        (5, "crm certificate", "warn", "good for 4 days"),
        (60, "crm certificate", "ok", "good for 59 days"),
    ],
)
async def test_how_long_a_certificate_is_good_is_read_from_the_server(
    authority: Path,
    server: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    row: str,
    verdict: str,
    says: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    trusting = httpx.AsyncHTTPTransport(verify=ssl.create_default_context())
    url = speak_tls(server, authority, days)
    result = await found(url, '[integrations.headers]\nX-Key = "right"', trusting)
    seen = {one.name: one for one in result.rows}
    assert (seen[row].verdict, says in seen[row].detail) == (verdict, True), result.rows
    assert result.reached
    assert result.passed == (verdict != "fail")


async def test_without_credentials_nothing_was_authenticated(server: HTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    result = await found(url, "expect_status = [401]")
    assert "without credentials" in result.rows[0].detail
    assert "authenticated" not in result.rows[0].detail


RIGHT = '[integrations.headers]\nX-Key = "right"\n'
INVOKE = '[invoke]\nurl = "https://agent.example/"\n'


async def staged(server: HTTPServer, staging: str, elsewhere: str) -> dict[str, str]:
    """What fails, with `staging` in its table and `elsewhere` in the config."""
    more = f"{RIGHT}[staging]\n{staging}\n{elsewhere}"
    result = await found(f"http://127.0.0.1:{server.server_port}/", more)
    return {row.name: row.detail for row in result.rows if row.verdict == "fail"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        '[invoke]\nurl = "https://STG.example:8443/x"',
        '[invoke]\nurl = "https://eu.stg.example./x"',
        '[invoke]\nurl = "https://agent.example/?next=https%3A%2F%2Fstg.example%2F"',
        INVOKE + 'body = \'{"back": "https://stg.example/cb", "input": "{input}"}\'',
        INVOKE + 'headers = { Referer = "https://stg.example/" }',
        INVOKE + 'headers = { X-Back = { env = "BACK" } }',
    ],
)
async def test_a_staging_host_is_found_wherever_it_stands(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    monkeypatch.setenv("BACK", "json://user:pass@stg.example/hook")
    failed = await staged(server, 'hosts = ["stg.example"]', elsewhere)
    assert list(failed.values()) == ["names the staging host stg.example"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("test.example", "https://latest.example/"),
        ("stg.example", "https://stg.example.com/"),
        ("stg.example", "https://not-stg.example/"),
        ("staging", "https://agent.example/staging"),
        ("agent.example:9001", "https://agent.example:9000/"),
    ],
)
async def test_a_host_that_only_looks_alike_is_no_staging_host(
    server: HTTPServer, host: str, url: str
) -> None:
    assert await staged(server, f'hosts = ["{host}"]', f'[invoke]\nurl = "{url}"') == {}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("staging", "http://staging:8080/"),
        ("staging", "http://api.staging/"),
        ("agent.example:9001", "https://agent.example:9001/"),
    ],
)
async def test_a_host_of_one_word_or_with_a_port_is_found(
    server: HTTPServer, host: str, url: str
) -> None:
    failed = await staged(server, f'hosts = ["{host}"]', f'[invoke]\nurl = "{url}"')
    assert failed == {"invoke.url": f"names the staging host {host}"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        '[invoke]\nurl = "https://agent.example/?key=s3cret&x=1"',
        INVOKE + 'headers = { X-Hook = "slack://s3cret/B/C" }',
        INVOKE + 'headers = { Authorization = "Bearer s3cret" }',
        INVOKE + 'headers = { X-Key = "s3cret" }',
    ],
)
async def test_a_staging_secret_is_found_by_its_hash(server: HTTPServer, elsewhere: str) -> None:
    digest = sha256(b"s3cret").hexdigest()
    failed = await staged(server, f'secret_sha256 = ["{digest}"]', elsewhere)
    assert list(failed.values()) == ["is a staging secret"]


@pytest.mark.parametrize("host", ["https://stg.example/", "stg.example/x", "", "two words"])
async def test_a_staging_host_is_no_url(server: HTTPServer, host: str) -> None:
    with pytest.raises(ConfigError, match=r"staging\.hosts: must be a host such as"):
        await staged(server, f'hosts = ["{host}"]', "")
