"""The HTTP client as this product wants it: no redirects, no environment, quick to be had."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def make_client(transport: httpx.AsyncBaseTransport | None, *, secure: bool) -> httpx.AsyncClient:
    """A client; only a `secure` one reads the authorities that TLS needs. Blocks for a moment.

    `transport` replaces the network in tests.
    """
    # httpx loads its own command line, with rich and pygments, where these are installed: it goes
    # on without, and a rollback's first request is out a tenth of a second sooner.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not to be had
    import httpx  # noqa: PLC0415 - half of the cost of starting up

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.ERROR)  # INFO and DEBUG print the query
    return httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        verify=secure,
        timeout=None,  # noqa: S113 - `asyncio.timeout` in `Http.fetch` covers all of it
    )
