"""What a probe stands on: the deployment, its directory, the network, where its log is read to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.model import Deployment, MissingSecret, Secret
from console.actions import invoke
from console.net import Http, NetError, Response

Say = Callable[[str], None]
"""Told, on the event loop, what goes on: one clean line."""


@dataclass(frozen=True)
class Ground:
    """`cursors` are where each log feed was read to, so that a probe need not read its past.

    `now` is the deployment's time, `within_s` how many real seconds a marked call may take to
    appear (Guide 3.2).
    """

    deployment: Deployment
    base: Path
    http: Http
    now: Callable[[], float]
    cursors: Mapping[str, dict[str, object]] = field(default_factory=dict)
    within_s: float = 60.0


async def ask(
    ground: Ground,
    method: str,
    url: str,
    headers: Mapping[str, Secret],
    *,
    body: bytes | None = None,
    deadline_s: float,
) -> Response:
    """One request with the configured headers. Raises `NetError` or `MissingSecret`."""
    return await invoke.ask(
        ground.http, ground.base, method, url, headers, body=body, deadline_s=deadline_s
    )


__all__ = ["Ground", "MissingSecret", "NetError", "Response", "Say", "ask"]
