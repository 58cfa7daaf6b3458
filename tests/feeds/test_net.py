"""The HTTP discipline, against a server that keeps to nothing."""

import gzip
import logging
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from console.net import (
    MIB,
    Backoff,
    Http,
    NetError,
    NetKind,
    Response,
    SecretHeaders,
    origin_of,
    resolve_headers,
    retry_after,
    status_error,
)
from tests.feeds.server import Handler, Server, running

TOKEN = "Bearer s3cr3t-t0ken"


async def failing(http: Http, url: str, kind: NetKind, **more: float) -> NetError:
    """The error of a request that must fail as `kind`."""
    with pytest.raises(NetError) as caught:
        await http.fetch("GET", url, deadline_s=more.get("deadline_s", 5.0), cap_bytes=MIB)
    assert caught.value.kind == kind
    return caught.value


async def test_brings_status_headers_and_body(http: Http, server: Server) -> None:
    server.answers["/x"] = lambda handler: handler.reply(404, b"nothing", X_Who="me")
    response = await http.fetch("GET", server.url + "/x", accept="text/plain")
    assert (response.status, response.body) == (404, b"nothing")
    assert response.headers["x-who"] == "me"
    assert 0 < response.elapsed_s < 5
    assert server.seen[0].headers["accept"] == "text/plain"
    assert server.seen[0].headers["accept-encoding"] == "identity"


def drip(handler: Handler) -> None:
    """One byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.gone.wait(0.02):
        handler.wfile.write(b".")


async def test_the_deadline_is_for_all_of_it(http: Http, server: Server) -> None:
    server.answers["/"] = drip
    error = await failing(http, server.url + "/", "timeout", deadline_s=0.3)
    assert error.sentence == f"no full answer from {server.url} in 0.3 s"


async def test_a_body_over_the_cap(http: Http, server: Server) -> None:
    server.answers["/"] = lambda handler: handler.reply(200, b"x" * (2 * MIB))
    error = await failing(http, server.url + "/", "too-big")
    assert error.sentence == f"the answer of {server.url} is over 1 MiB"


async def test_a_body_that_never_ends(http: Http, server: Server) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not handler.server.gone.is_set():
            handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    server.answers["/"] = endless
    await failing(http, server.url + "/", "too-big")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_inflates_what_was_not_asked_for(http: Http, server: Server, encoding: str) -> None:
    packed = gzip.compress(b"hello") if encoding == "gzip" else zlib.compress(b"hello")
    server.answers["/"] = lambda handler: handler.reply(200, packed, Content_Encoding=encoding)
    assert (await http.fetch("GET", server.url + "/")).body == b"hello"


def test_a_gzip_bomb_does_not_overshoot(server: Server) -> None:
    bomb = gzip.compress(b"\0" * (256 * MIB), compresslevel=9)
    assert len(bomb) < MIB
    server.answers["/"] = lambda handler: handler.reply(200, bomb, Content_Encoding="gzip")
    # in a process of its own, whose memory nobody else has raised
    asked = f"""
import asyncio, resource
from console.net import Http, NetError, MIB
async def main():
    async with Http() as http:
        await http.fetch("GET", "{server.url}/none", cap_bytes=MIB)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            await http.fetch("GET", "{server.url}/", cap_bytes=MIB)
        except NetError as error:
            print(error.kind, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
asyncio.run(main())
"""
    server.answers["/none"] = lambda handler: handler.reply(200)
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    kind, grown_kib = done.stdout.split()
    assert kind == "too-big"
    assert int(grown_kib) < 8 * 1024


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"hello", mtime=0)[:-6], "gzip"),
        (b"not gzip at all", "gzip"),
        (gzip.compress(b"a", mtime=0) + b"tail", "gzip"),
        (b"whatever", "br"),
    ],
)
async def test_refuses_a_damaged_or_strange_encoding(
    http: Http, server: Server, body: bytes, encoding: str
) -> None:
    server.answers["/"] = lambda handler: handler.reply(200, body, Content_Encoding=encoding)
    await failing(http, server.url + "/", "protocol")


async def test_a_redirect_is_an_error_and_carries_nothing_on(http: Http, server: Server) -> None:
    with running() as other:
        other.answers["/"] = lambda handler: handler.reply(200, b"thanks for the token")
        server.answers["/"] = lambda handler: handler.reply(307, Location=other.url + "/?a=b")
        url = server.url + "/"
        _, secret = resolve_headers(url, {"X-Api-Key": SecretStr(TOKEN)})
        with pytest.raises(NetError) as caught:
            await http.fetch("GET", url, secret_headers=secret)
        assert caught.value.kind == "redirect"
        assert other.url in caught.value.sentence
        assert other.seen == []
        assert server.seen[0].headers["x-api-key"] == TOKEN


async def test_a_redirect_to_itself_names_the_path(http: Http, server: Server) -> None:
    server.answers["/metrics"] = lambda handler: handler.reply(307, Location="/metrics/?key=k")
    error = await failing(http, server.url + "/metrics", "redirect")
    assert error.sentence == f"{server.url} redirects to its own /metrics/: write that address"


async def test_secrets_stay_with_their_origin(http: Http, server: Server) -> None:
    server.answers["/"] = lambda handler: handler.reply(200)
    bound = SecretHeaders("https://elsewhere", {"Authorization": SecretStr(TOKEN)})
    with pytest.raises(NetError) as caught:
        await http.fetch("GET", server.url + "/", secret_headers=bound)
    assert caught.value.kind == "refused"
    assert server.seen == []
    assert TOKEN not in repr(bound)


async def test_nobody_listens(http: Http) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        error = await failing(http, url + "/path?token=x", "unreachable")
    assert error.sentence == f"{url} does not listen"


async def test_a_name_that_nobody_knows(http: Http) -> None:
    error = await failing(http, "http://no-such-host.invalid/", "unreachable")
    assert error.sentence == "http://no-such-host.invalid has a name that is not known here"


def answering(raw: bytes) -> tuple[socket.socket, Callable[[], None]]:
    """A listening socket and a task that answers one connection with raw bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(raw)

    return listener, answer


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
        b"",
    ],
)
async def test_what_is_not_http(http: Http, raw: bytes) -> None:
    listener, answer = answering(raw)
    with listener:
        thread = threading.Thread(target=answer)
        thread.start()
        await failing(http, f"http://127.0.0.1:{listener.getsockname()[1]}/", "protocol")
        thread.join()


async def test_plain_http_where_tls_was_meant(http: Http) -> None:
    listener, answer = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with listener:
        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        error = await failing(http, f"https://127.0.0.1:{port}/", "tls")
        thread.join()
    assert error.sentence.endswith("does not speak TLS as we do; is it http or https?")


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """What a server needs to show a certificate that nobody signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_signed(http: Http, self_signed: ssl.SSLContext) -> None:
    with running() as server:
        server.socket = self_signed.wrap_socket(server.socket, server_side=True)
        url = f"https://127.0.0.1:{server.server_port}"
        error = await failing(http, url + "/", "tls")
    assert error.sentence.startswith(f"{url} shows a certificate we do not trust: self")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:9/", {"Authorization": f"{TOKEN}\r\nX-Evil: 1"}),
        ("http://127.0.0.1:9/", {"Authorization": f"{TOKEN} ümlaut"}),
        ("http://127.0.0.1:9/", {f"bad name {TOKEN}": "x"}),
        (f"http://[::1/{TOKEN}", {}),
        (f"http://127.0.0.1:99999/{TOKEN}", {}),
        (f"gopher://127.0.0.1/{TOKEN}", {}),
        (f"http:///{TOKEN}", {}),
    ],
)
async def test_what_cannot_be_sent_is_not_shown(
    http: Http, server: Server, url: str, headers: dict[str, str]
) -> None:
    server.answers["/"] = lambda handler: handler.reply(200)
    with pytest.raises(NetError) as caught:
        await http.fetch("GET", url.replace("127.0.0.1:9/", server.url[7:] + "/"), headers=headers)
    assert "s3cr3t" not in caught.value.sentence
    assert caught.value.__cause__ is None
    assert server.seen == []


async def test_logs_hold_no_address(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answers["/"] = lambda handler: handler.reply(200)
    with caplog.at_level(logging.DEBUG):
        async with Http() as http:
            await http.fetch("GET", server.url + "/?token=s3cr3t")
    assert "s3cr3t" not in caplog.text
    assert "httpx" not in {record.name for record in caplog.records}


async def test_the_environment_sets_no_proxy(
    http: Http, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.answers["/"] = lambda handler: handler.reply(200, b"direct")
    assert (await http.fetch("GET", server.url + "/")).body == b"direct"


async def test_a_transport_can_stand_in_for_the_network() -> None:
    echo = httpx.MockTransport(
        lambda request: httpx.Response(200, stream=httpx.ByteStream(request.content))
    )
    async with Http(echo) as http:
        response = await http.fetch("PUT", "http://agent/", body=b"payload")
    assert response.body == b"payload"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://user:pass@host/path?key=1", "https://host"),
        ("http://host:80/", "http://host"),
        ("http://HOST:8080", "http://host:8080"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
    ],
)
def test_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_status_errors_say_what_to_do() -> None:
    refused = status_error(Response(429, {"retry-after": "7"}, b"<html>", 0.1), "http://h/p?q=1")
    assert refused.sentence == "429 from http://h: we asked too often"
    assert refused.retry_after_s == 7
    fault = status_error(Response(503, {}, b"", 0.1), "http://h")
    assert fault.sentence == "503 from http://h: the endpoint has a fault (service unavailable)"
    odd = status_error(Response(299, {}, b"", 0.1), "http://h")
    assert odd.sentence == "299 from http://h: a status that we do not know"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("12", 12.0),
        ("999999999999", 300.0),
        ("-1", None),
        ("soon", None),
        ("Tue, 01 Dec 2026 00:01:00 GMT", 60.0),
        ("Tue, 01 Dec 2026 09:00:00 GMT", 300.0),
        ("Mon, 30 Nov 2026 00:00:00 GMT", 0.0),
        ("Tue, 99 Dec 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, "Tue, 01 Dec 2026 00:00:00 GMT") == seconds


def test_backoff_grows_to_its_cap_and_starts_again() -> None:
    backoff = Backoff(base_s=1.0, cap_s=30.0, rand=lambda: 1.0)
    assert [backoff.next() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.next(at_least=120.0) == 120.0
    backoff.reset()
    assert backoff.next() == 1.0
    assert Backoff(rand=lambda: 0.25).next() == 0.25


def test_is_cheap_to_import() -> None:
    asked = "import sys, console.net; print([m for m in ('httpx', 'pydantic') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
