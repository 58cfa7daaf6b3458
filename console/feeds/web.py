"""The HTTP endpoint of a feed: its address, its credentials, and errors in words about both."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from config.feed import Feed as FeedSpec
from config.secret import MissingSecret
from console.clean import clean
from console.feeds.base import MOST_BYTES, FeedError
from console.net import Http, NetError, Response, origin_of, resolve_headers, status_error

Params = Mapping[str, str | Sequence[str]]


class TooBig(FeedError):
    """An answer over the cap of bytes: asking for less may do."""


class Endpoint:
    """Asks the endpoint that `spec` describes; secret files lie relative to `base`."""

    def __init__(self, spec: FeedSpec, http: Http, base: Path) -> None:
        self.spec = spec
        self.url = spec.url or ""
        self.origin = origin_of(self.url)
        self._http = http
        self._base = base

    async def get(
        self,
        *,
        path: str = "",
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str,
        cap_bytes: int = MOST_BYTES,
        too_big: str = "",
        follow: bool = False,
    ) -> Response:
        """One GET of the configured address with `path` appended; any status but a redirect.

        `follow` goes after one redirect within the same origin. `too_big` says what to do if the
        answer is over `cap_bytes`. Raises `FeedError`.
        """
        return await self._ask(
            "GET",
            extended(self.url, path, params or {}),
            headers=headers or {},
            accept=accept,
            cap_bytes=cap_bytes,
            too_big=too_big,
            follow=follow,
        )

    async def post(self, *, path: str, body: bytes) -> Response:
        """One POST of JSON to the configured address with `path` appended. Raises `FeedError`."""
        return await self._ask(
            "POST",
            extended(self.url, path, {}),
            headers={"Content-Type": "application/json"},
            accept="application/json",
            body=body,
        )

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        accept: str,
        body: bytes | None = None,
        cap_bytes: int = MOST_BYTES,
        too_big: str = "",
        follow: bool = False,
    ) -> Response:
        try:
            revealed = await asyncio.to_thread(
                lambda: {k: v.reveal(self._base) for k, v in self.spec.headers.items()}
            )
        except MissingSecret as why:
            raise FeedError(f"no credentials for {self.origin}: {why}") from None
        plain, secret = resolve_headers(self.url, revealed)
        try:
            return await self._http.fetch(
                method,
                url,
                headers={**plain, **headers},
                secret_headers=secret,
                body=body,
                deadline_s=self.spec.deadline_s,
                cap_bytes=cap_bytes,
                accept=accept,
                follow=follow,
            )
        except NetError as error:
            advice = f"; {too_big}" if too_big and error.kind == "too-big" else ""
            kind = TooBig if error.kind == "too-big" else FeedError
            raise kind(error.sentence + advice, error.retry_after_s) from None

    def refusal(self, response: Response, detail: str = "") -> FeedError:
        """The error for an answer with a status of no use; `detail` is clean text."""
        error = status_error(response, self.url)
        sentence = error.sentence + (f" ({detail})" if detail else "")
        if response.status in {401, 403}:
            name = next(iter(self.spec.headers), "Authorization")
            sentence += f"; check headers.{name} of feed {self.spec.id}"
        elif response.status in {404, 405}:
            sentence += f"; check the url of feed {self.spec.id}"
        elif response.status == 429:
            sentence += f"; raise poll_s of feed {self.spec.id}"
        return FeedError(sentence, error.retry_after_s)

    def plain_refusal(self, response: Response, what: str) -> FeedError:
        """The error for an answer that says in plain text what is wrong; `what` was asked."""
        self.no_web_page(response)
        why = clean(response.body[:400].decode("utf-8", "replace").strip(), 200)
        if response.status in {400, 422}:
            return FeedError(f"{self.origin} refuses {what}: {why or 'it does not say why'}")
        return self.refusal(response, why)

    def no_web_page(self, response: Response) -> None:
        """Raise `FeedError` if a page for people came in place of data."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = response.body
        start = body[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        # Static servers call what they do not know text/html: a page is a page by what is in it.
        said = kind in {"text/html", "application/xhtml+xml"}
        if start.startswith((b"<!doctype html", b"<html")) or (
            said and (start.startswith(b"<") or b"}" not in body)
        ):
            raise FeedError(
                f"{self.origin} answers with a web page instead of data; check the url of feed "
                f"{self.spec.id}, or whether a login page stands before it"
            )


def extended(url: str, path: str, params: Params) -> str:
    """`url` with `path` and `params` appended; its own query stays, but for the same names."""
    parts = urlsplit(url)
    own = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in params]
    query = urlencode([*own, *params.items()], doseq=True) if params else parts.query
    return urlunsplit(
        (
            parts.scheme,
            parts.netloc,
            (parts.path.rstrip("/") + path) if path else parts.path,
            query,
            "",
        )
    )
