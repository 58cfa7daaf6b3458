"""A traffic switch that is a JSON document behind HTTP: Caddy, Unleash, n8n and the like."""

from pathlib import Path

import msgspec
from pydantic import SecretStr

from config.secret import MissingSecret
from config.switch import Switch
from console.actions.act import Sent
from console.actions.documents import NotThere, shape_of, share_in
from console.actions.switch import Shown, Unreadable
from console.actions.switch_values import SwitchValues
from console.actions.values import is_json
from console.clean import clean
from console.net import Http, NetError, Response, origin_of, resolve_headers, status_error

_CAP_BYTES = 1024 * 1024
_NOT_NOW = frozenset({408, 425, 429})
PRECONDITION_FAILED = 412


class HttpHands:
    """Reads with GET and writes as `[traffic.switch]` says. Headers go with both."""

    repeats = True

    def __init__(self, switch: Switch, http: Http, base: Path) -> None:
        """Take the switch as configured; files of secrets are looked for from `base`."""
        self._switch = switch
        self._http = http
        self._base = base

    def _headers(self) -> dict[str, SecretStr]:
        own = {"idempotency-key", "if-match"}
        return {
            name: secret.reveal(self._base)
            for name, secret in self._switch.headers.items()
            if name.lower() not in own
        }

    async def read(self, values: SwitchValues, deadline_s: float) -> Shown:
        """See `Hands.read`."""
        switch = self._switch
        url = values.fill_url(switch.read_url or switch.url or "")
        try:
            plain, bound = resolve_headers(url, self._headers())
            response = await self._http.fetch(
                "GET",
                url,
                headers=plain,
                secret_headers=bound,
                deadline_s=deadline_s,
                cap_bytes=_CAP_BYTES,
                accept="application/json",
            )
        except (MissingSecret, NetError) as error:
            raise Unreadable(clean(f"it cannot be read: {error}", 300)) from None
        return self._shown(response, url, values)

    def _shown(self, response: Response, url: str, values: SwitchValues) -> Shown:
        if not 200 <= response.status < 300:
            told = status_error(response, url).sentence
            raise Unreadable(clean(f"it cannot be read: {told}", 300))
        try:
            document = msgspec.json.decode(response.body)
            found = share_in(document, self._switch, values)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable(f"{origin_of(url)} answers with something else than JSON") from None
        except NotThere as why:
            raise Unreadable(clean(f"{origin_of(url)}: {why}", 300)) from None
        etag = response.headers.get("etag", "")
        return Shown(found.share, found.phase, etag, document if self._switch.whole else None)

    async def write(self, values: SwitchValues, shown: Shown | None, deadline_s: float) -> Sent:
        """See `Hands.write`."""
        switch, etag = self._switch, "" if shown is None else shown.etag
        url, body = values.fill_url(switch.url or ""), values.fill_body(switch.body, etag)
        if why := self._unfit(body, shown):
            return Sent("unsent", clean(f"nothing was written: {why}", 300))
        try:
            headers = self._headers()
        except MissingSecret as missing:
            return Sent("unsent", clean(f"nothing was written: {missing}", 300))
        plain, bound = resolve_headers(url, headers)
        plain["Idempotency-Key"] = values.key
        if switch.etag and etag:
            plain["If-Match"] = etag
        if is_json(body) and "content-type" not in {name.lower() for name in headers}:
            plain["Content-Type"] = "application/json"
        try:
            response = await self._http.fetch(
                switch.method,
                url,
                headers=plain,
                secret_headers=bound,
                body=body.encode(),
                deadline_s=deadline_s,
            )
        except NetError as error:
            return Sent("refused" if error.kind == "redirect" else "lost", clean(error.sentence))
        if response.status in switch.expect_status:
            return Sent("accepted", f"{response.status} from {origin_of(url)}")
        told = status_error(response, url)
        if response.status == PRECONDITION_FAILED:
            why = f"412 from {origin_of(url)}: somebody has changed it since it was read"
            return Sent("refused", clean(why))
        lost = response.status >= 500 or response.status in _NOT_NOW
        return Sent("lost" if lost else "refused", clean(told.sentence), told.retry_after_s)

    def _unfit(self, body: str, shown: Shown | None) -> str:
        """Why the body must not be written over what was read; empty if it may."""
        if self._switch.etag and (shown is None or not shown.etag):
            return "what is read has no ETag, so nobody could tell whether somebody changes it too"
        if not self._switch.whole:
            return ""
        return _unlike(body, shown)


def _unlike(body: str, shown: Shown | None) -> str:
    """Why the body has not the shape of what was read; empty if it has."""
    if shown is None:
        return "it cannot be read, and the body must have its shape"
    if not is_json(body):
        return "the body is not JSON, and must have the shape of what is read"
    new, old = shape_of(msgspec.json.decode(body)), shape_of(shown.document)
    if new == old:
        return ""
    if isinstance(new, list) and isinstance(old, list):
        return f"there are {len(old)} values, and the body has {len(new)}"
    return "the body has not the shape of what is read"
