"""Alerts that others raise: Alertmanager's API v2, and the rules of a Prometheus itself."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from config.feed import Feed as FeedSpec
from console.clean import clean
from console.domain.outside import OutsideAlert
from console.feeds.base import Batch, FeedError
from console.feeds.web import Endpoint
from console.net import MIB, Http

MOST_BYTES = 16 * MIB
MOST_LABELS = 30
MOST_LINKS = 5
_ACCEPT = "application/json"
_SHORT = 200

AlertState = Literal["pending", "firing", "silenced", "inhibited"]


class _Status(msgspec.Struct, rename="camel"):
    state: str = ""
    silenced_by: list[str] = []
    inhibited_by: list[str] = []
    muted_by: list[str] = []


class _Alert(msgspec.Struct, rename="camel"):
    labels: dict[str, str]
    starts_at: datetime
    status: _Status
    annotations: dict[str, str] = {}


class AlertmanagerFeed:
    """Asks for all alerts, active, silenced and inhibited; the whole list at each poll."""

    def __init__(self, spec: FeedSpec, http: Http, base: Path) -> None:
        """Ask the Alertmanager at `spec.url` for the alerts that `spec.match` lets through."""
        self.id = spec.id
        self._endpoint = Endpoint(spec, http, base)

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`; the cursor stays empty."""
        endpoint = self._endpoint
        response = await endpoint.get(
            path="/api/v2/alerts",
            params={"filter": endpoint.spec.match} if endpoint.spec.match else {},
            accept=_ACCEPT,
            cap_bytes=MOST_BYTES,
            too_big=f"narrow `match` of feed {self.id}",
        )
        endpoint.no_web_page(response)
        if response.status != 200:
            said = response.body[:300].decode("utf-8", "replace").strip().strip('"')
            detail = clean(said, _SHORT) if response.status == 400 else ""
            raise endpoint.refusal(response, detail)
        try:
            outside = await asyncio.to_thread(_read, self.id, response.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise FeedError(
                f"{endpoint.origin} does not answer as Alertmanager's API v2 does; check the url "
                f"of feed {self.id}"
            ) from None
        return Batch([], {}, outside=outside)


def outside_alert(
    feed: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    state: AlertState,
    since: datetime,
    muted_by: Sequence[str] = (),
) -> OutsideAlert:
    """An alert as told by `feed`, cleaned; it is known by its labels, whoever tells of it."""
    known = msgspec.json.encode(sorted(labels.items()))
    shown = {clean(name, 80): clean(value, _SHORT) for name, value in sorted(labels.items())}
    said = annotations.get("summary") or annotations.get("description") or ""
    name = shown.pop("alertname", "") or "alert without a name"
    return OutsideAlert(
        id=hashlib.sha256(known).hexdigest()[:16],
        feed=feed,
        name=name,
        state=state,
        since=since.timestamp(),
        severity=shown.pop("severity", ""),
        summary=clean(said, 500),
        labels=tuple(shown.items())[:MOST_LABELS],
        muted_by=clean(", ".join(muted_by), _SHORT),
        links=tuple(
            (clean(name, 80), clean(value, 500))
            for name, value in sorted(annotations.items())
            if value.startswith(("http://", "https://"))
        )[:MOST_LINKS],
    )


def _read(feed: str, body: bytes) -> tuple[OutsideAlert, ...]:
    found = msgspec.json.decode(body, type=list[_Alert])
    return tuple(_told(feed, alert) for alert in found)


def _told(feed: str, alert: _Alert) -> OutsideAlert:
    status = alert.status
    state: AlertState = "firing"
    if status.silenced_by or status.muted_by:
        state = "silenced"
    elif status.inhibited_by:
        state = "inhibited"
    muted_by = [*status.silenced_by, *status.muted_by, *status.inhibited_by]
    return outside_alert(feed, alert.labels, alert.annotations, state, alert.starts_at, muted_by)
