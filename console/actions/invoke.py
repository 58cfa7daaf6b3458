"""Synthetic inputs: sent to the agent as `[invoke]` says, each with a mark that no call holds."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from config.model import Invoke, MissingSecret, Secret
from console.clean import clean
from console.net import Http, NetError, Response, resolve_headers, status_error

USER = "warroom-probe"


class NotTaken(NamedTuple):
    """Why the agent did not take an input, and whether it was there to answer at all."""

    why: str
    reached: bool


def new_mark() -> str:
    """A text that no other call holds."""
    return f"wr-{token_hex(8)}"


async def ask(
    http: Http,
    base: Path,
    method: str,
    url: str,
    headers: Mapping[str, Secret],
    *,
    body: bytes | None = None,
    deadline_s: float,
) -> Response:
    """One request with the configured headers; secret files lie relative to `base`.

    Raises `NetError` or `MissingSecret`.
    """
    revealed = await asyncio.to_thread(
        lambda: {name: secret.reveal(base) for name, secret in headers.items()}
    )
    plain, bound = resolve_headers(url, revealed)
    if body is not None and "content-type" not in {name.lower() for name in headers}:
        plain["Content-Type"] = "application/json"
    return await http.fetch(
        method,
        url,
        headers=plain,
        secret_headers=bound,
        body=body,
        deadline_s=deadline_s,
    )


async def send(http: Http, base: Path, invoke: Invoke, text: str) -> NotTaken | None:
    """Send one synthetic input; None if the agent took it."""
    body = invoke.body.replace("{input}", _json(text)).replace("{user}", _json(USER))
    try:
        response = await ask(
            http,
            base,
            invoke.method,
            invoke.url,
            invoke.headers,
            body=body.encode(),
            deadline_s=invoke.timeout_s,
        )
    except MissingSecret as missing:
        return NotTaken(clean(f"not sent: {missing}"), False)
    except NetError as error:
        return NotTaken(clean(error.sentence), error.kind not in {"unreachable", "timeout"})
    if response.status >= 400:
        return NotTaken(clean(status_error(response, invoke.url).sentence), True)
    return None


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
