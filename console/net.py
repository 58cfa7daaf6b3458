"""One HTTP discipline: a total deadline, a cap on bytes, no redirects, secrets bound to an origin.

Nothing here puts a secret, a URL's query or a server's text into an error or a log: an error names
the origin and what happened. httpx is imported when the first request is made.
"""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from console.clean import clean
from console.client import make_client

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

MIB = 1024 * 1024
MOST_RETRY_AFTER_S = 300.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADVICE = {
    401: "the endpoint refuses our credentials",
    403: "the endpoint knows us but does not allow this",
    404: "there is nothing at this address",
    405: "the endpoint does not take this method",
    413: "the endpoint says that we sent too much",
    416: "the endpoint has no such range",
    429: "we asked too often",
}

NetKind = Literal["unreachable", "timeout", "refused", "too-big", "redirect", "tls", "protocol"]


class NetError(Exception):
    """A request that gave no usable answer; `str` of it is `sentence`.

    "refused" is an answer with an error status; then `status` is set, and `retry_after_s` (seconds,
    at most 300) if the server asked for patience.
    """

    def __init__(
        self,
        kind: NetKind,
        sentence: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.kind: NetKind = kind
        self.sentence = sentence
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class SecretHeaders:
    """Header values that go to `origin` and nowhere else."""

    origin: str
    values: Mapping[str, SecretStr] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """A whole answer. Header names are lower case; `elapsed_s` is real seconds for all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float


def origin_of(url: str) -> str:
    """`scheme://host:port` of `url`, without user, path and query; the usual port is left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    usual = _DEFAULT_PORTS.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    return clean(f"{parts.scheme}://{host}{port}", 200)


def resolve_headers(
    url: str, headers: Mapping[str, str | SecretStr]
) -> tuple[dict[str, str], SecretHeaders]:
    """Part the headers configured for `url` into plain ones and those bound to its origin."""
    plain: dict[str, str] = {}
    secret: dict[str, SecretStr] = {}
    for name, value in headers.items():
        if isinstance(value, str):
            plain[name] = value
        else:
            secret[name] = value
    return plain, SecretHeaders(origin_of(url), secret)


def status_text(status: int) -> str:
    """What an HTTP status means, in a few plain words."""
    if status in _ADVICE:
        return _ADVICE[status]
    try:
        phrase = HTTPStatus(status).phrase.lower()
    except ValueError:
        phrase = "a status that we do not know"
    return f"the endpoint has a fault ({phrase})" if status >= 500 else phrase


def status_error(response: Response, url: str) -> NetError:
    """The error that stands for an answer whose status is not what was hoped for."""
    sentence = f"{response.status} from {origin_of(url)}: {status_text(response.status)}"
    return NetError(
        "refused",
        sentence,
        status=response.status,
        retry_after_s=retry_after(
            response.headers.get("retry-after"), response.headers.get("date")
        ),
    )


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """The seconds that a `Retry-After` header asks for, at most 300; None if it says nothing clear.

    A date counts from the server's own `Date` header, so that two clocks do not matter.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MOST_RETRY_AFTER_S)
    try:
        wait = (
            parsedate_to_datetime(text).timestamp() - parsedate_to_datetime(date or "").timestamp()
        )
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), MOST_RETRY_AFTER_S)


class Backoff:
    """How long to wait after failures in a row: exponential with full jitter."""

    def __init__(
        self,
        base_s: float = 1.0,
        cap_s: float = 30.0,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """`rand` gives a number from 0 up to 1."""
        self._base_s = base_s
        self._cap_s = cap_s
        self._rand = rand
        self._failures = 0

    def next(self, at_least: float | None = None) -> float:
        """Count a failure; the seconds to wait, no fewer than a server's `Retry-After`."""
        ceiling = min(self._cap_s, self._base_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return max(self._rand() * ceiling, at_least or 0.0)

    def reset(self) -> None:
        """Forget the failures after a success."""
        self._failures = 0


class Http:
    """A connection pool that keeps the discipline. Close it with `aclose` or `async with`."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` replaces the network in tests; its answers must be streams."""
        self._transport = transport
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._making = asyncio.Lock()

    async def __aenter__(self) -> Http:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.aclose()

    async def warm_up(self) -> None:
        """Load what a first request needs, before it is needed."""
        await self._ready("http")

    async def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        secret_headers: SecretHeaders | None = None,
        body: bytes | None = None,
        deadline_s: float = 10.0,
        cap_bytes: int = 4 * MIB,
        accept: str = "*/*",
        follow: bool = False,
    ) -> Response:
        """Ask once and read the whole answer. Raises `NetError` and nothing else.

        `follow` goes after one redirect, if it stays within the origin: credentials go no further.

        Any status but a redirect is an answer; see `status_error`. `deadline_s` is for everything,
        from the name's look-up to the last byte; `cap_bytes` is for the body as sent and inflated.
        """
        where = _origin(url)
        sent = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "warroom"}
        sent.update(headers or {})
        if secret_headers is not None and secret_headers.values:
            if secret_headers.origin != where:
                raise NetError(
                    "refused",
                    f"the credentials for {secret_headers.origin} are not sent to {where}",
                )
            sent.update({k: v.get_secret_value() for k, v in secret_headers.values.items()})
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(deadline_s):
                ask = partial(
                    self._exchange,
                    method,
                    headers=sent,
                    body=body,
                    cap_bytes=cap_bytes,
                    where=where,
                )
                try:
                    status, got, raw = await ask(url, where=where)
                except _Moved as moved:
                    if not follow or moved.to is None:
                        raise
                    status, got, raw = await ask(moved.to, where=where)
                plain = await _inflated(raw, got.get("content-encoding", ""), cap_bytes, where)
        except TimeoutError:
            raise NetError("timeout", f"no full answer from {where} in {deadline_s:g} s") from None
        return Response(status, got, plain, asyncio.get_running_loop().time() - started)

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        cap_bytes: int,
        where: str,
    ) -> tuple[int, dict[str, str], bytes]:
        client = await self._ready(urlsplit(url).scheme)
        import httpx  # noqa: PLC0415 - half of the cost of starting up; see the module's docstring

        try:
            async with client.stream(method, url, headers=headers, content=body) as response:
                if response.is_redirect:
                    raise _redirected(response.headers.get("location", ""), url, where)
                raw = await _capped(response.aiter_raw(), cap_bytes, where)
                return response.status_code, dict(response.headers.items()), raw
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _told(error, where) from None

    async def _ready(self, scheme: str) -> httpx.AsyncClient:
        """The client, made in a thread: that takes a tenth of a second, and keys must not wait.

        Authorities are read for the first TLS connection only: that is most of the time.
        """
        secure = scheme != "http"
        async with self._making:
            if secure not in self._clients:
                self._clients[secure] = await asyncio.to_thread(
                    make_client, self._transport, secure=secure
                )
        return self._clients[secure]


def _origin(url: str) -> str:
    """`origin_of`, with a `NetError` for what is no URL."""
    try:
        return origin_of(url)
    except ValueError:
        raise NetError("protocol", "the address is not a URL") from None


async def _capped(chunks: AsyncIterator[bytes], cap_bytes: int, where: str) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > cap_bytes:
            raise _too_big(cap_bytes, where)
    return bytes(body)


async def _inflated(raw: bytes, encoding: str, cap_bytes: int, where: str) -> bytes:
    """`raw` without the compression that we asked the server not to use."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"} or not raw:
        return raw
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise NetError(
            "protocol",
            f'{where} answers in the encoding "{clean(encoding, 40)}" although we asked for none',
        )
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = await asyncio.to_thread(inflater.decompress, raw, cap_bytes + 1)
    except zlib.error:
        raise NetError("protocol", f"the compressed answer of {where} is damaged") from None
    if len(plain) > cap_bytes:
        raise _too_big(cap_bytes, where)
    if not inflater.eof or inflater.unused_data:
        raise NetError("protocol", f"the compressed answer of {where} is damaged")
    return plain


def _too_big(cap_bytes: int, where: str) -> NetError:
    return NetError("too-big", f"the answer of {where} is over {cap_bytes / MIB:g} MiB")


class _Moved(NetError):
    """A redirect; `to` is the new address if it is of the same origin."""

    def __init__(self, sentence: str, to: str | None = None) -> None:
        super().__init__("redirect", sentence)
        self.to = to


def _redirected(location: str, url: str, where: str) -> NetError:
    try:
        to = urljoin(url, location)
        target = origin_of(to)
    except ValueError:
        target = "an address that is not a URL"
    if target == where:
        path = clean(urlsplit(to).path or "/", 200)
        return _Moved(f"{where} redirects to its own {path}: write that address", to)
    return _Moved(f"{where} redirects to {target}, which we do not follow: check the address")


def _told(error: Exception, where: str) -> NetError:
    """`error` in our words. Its own text may hold a header's value, so it is not used."""
    import httpx  # noqa: PLC0415 - already loaded when this runs

    for cause in _causes(error):
        kind, why = _root(cause)
        if kind is not None:
            return NetError(kind, f"{where} {why}")
    if isinstance(error, httpx.ConnectError):
        return NetError("unreachable", f"{where} cannot be reached")
    if isinstance(error, httpx.NetworkError | OSError):
        return NetError("unreachable", f"{where} broke the connection off")
    if isinstance(error, httpx.RemoteProtocolError):
        return NetError("protocol", f"{where} broke off, or does not speak HTTP as it should")
    return NetError("protocol", f"the request to {where} cannot be sent: check address and headers")


def _root(cause: BaseException) -> tuple[NetKind | None, str]:
    """What the machine says lies under a failure, if we have better words for it."""
    match cause:
        case ssl.SSLCertVerificationError():
            return "tls", f"shows a certificate we do not trust: {clean(cause.verify_message, 100)}"
        case ssl.SSLError():
            return "tls", "does not speak TLS as we do; is it http or https?"
        case socket.gaierror():
            return "unreachable", "has a name that is not known here"
        case ConnectionRefusedError():
            return "unreachable", "does not listen"
        case _:
            return None, ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error`, and what lies under it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
