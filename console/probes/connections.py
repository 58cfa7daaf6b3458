"""Every integration, one by one, and nothing of staging in production (Guide 3.1)."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import BaseModel

from config.model import Integration, MissingSecret, Secret
from console.clean import clean
from console.net import NetError, status_text
from console.probes.ground import Ground, Say, ask
from console.probes.result import Result, Row, Verdict, failed

EXPIRES_SOON_DAYS = 14
TLS_S = 10.0


async def connections(ground: Ground, say: Say) -> Result:
    """Reach each integration, the secondary ones too, and look for what belongs to staging."""
    integrations = ground.deployment.integrations
    if not integrations:
        return failed(
            "connections",
            "integrations",
            "none is configured; write [[integrations]] for each service that the agent calls",
        )
    rows: list[Row] = []
    for one in integrations:
        say(f"{clean(one.title, 80)}: asking")
        found = await _try(ground, one)
        rows += found
        say(f"{clean(one.title, 80)}: {found[0].detail}")
    reached = any(row.verdict != "fail" or "answered" in row.detail for row in rows)
    rows += await asyncio.to_thread(_staging, ground)
    return Result("connections", tuple(rows), reached)


async def _try(ground: Ground, one: Integration) -> list[Row]:
    name = clean(one.id, 80)
    try:
        response = await ask(ground, one.method, one.url, one.headers, deadline_s=one.timeout_s)
    except MissingSecret as missing:
        return [Row(name, "fail", clean(f"not tried, a secret is missing: {missing}"))]
    except NetError as error:
        return [Row(name, "fail", clean(error.sentence))]
    took = f"{response.elapsed_s * 1000:.0f} ms"
    if response.status not in one.expect_status:
        wanted = " or ".join(map(str, one.expect_status))
        why = f"answered {response.status} in {took}, expected {wanted}: "
        if response.status in {401, 403}:
            why += "reached, but not authenticated"
        else:
            why += status_text(response.status)
        return [Row(name, "fail", why)]
    rows = [Row(name, "ok", f"reached and authenticated, {response.status} in {took}")]
    if urlsplit(one.url).scheme == "https":
        rows.append(await asyncio.to_thread(_certificate, name, one.url))
    return rows


def _certificate(name: str, url: str) -> Row:
    """How long the server's certificate is still good. That it is trusted is known already."""
    parts = urlsplit(url)
    row = f"{name} certificate"
    try:
        context = ssl.create_default_context()
        with (
            socket.create_connection((parts.hostname, parts.port or 443), TLS_S) as raw,
            context.wrap_socket(raw, server_hostname=parts.hostname) as wrapped,
        ):
            shown = wrapped.getpeercert() or {}
    except (OSError, ValueError):
        return Row(row, "warn", "could not be read")
    ends = str(shown.get("notAfter", ""))
    return certificate_row(row, ends, datetime.now(UTC))


def certificate_row(name: str, ends: str, now: datetime) -> Row:
    """The row for a certificate that ends at `ends`, in OpenSSL's form."""
    try:
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    except ValueError:
        return Row(name, "warn", "does not say when it ends")
    days = (end - now).days
    if days < 0:
        return Row(name, "fail", f"expired on {end:%Y-%m-%d}")
    verdict: Verdict = "warn" if days < EXPIRES_SOON_DAYS else "ok"
    return Row(name, verdict, f"good for {days} days, until {end:%Y-%m-%d}")


def _staging(ground: Ground) -> list[Row]:
    """Hosts and secrets of staging anywhere in the production config. Blocks."""
    staging = ground.deployment.staging
    if not staging.hosts and not staging.secret_sha256:
        why = "not looked for: write [staging] with its hosts and the hashes of its secrets"
        return [Row("staging", "warn", why)]
    rows = []
    wanted = {host.casefold() for host in staging.hosts}
    for place, text in _texts(ground.deployment, ""):
        named = sorted(host for host in wanted if _names(text.casefold(), host))
        rows += [Row(place, "fail", f"names the staging host {clean(h, 80)}") for h in named]
    for place, secret in _secrets(ground.deployment, ""):
        try:
            value = secret.reveal(ground.base).get_secret_value()
        except MissingSecret as missing:
            rows.append(Row(place, "fail", clean(f"a secret is missing: {missing}")))
            continue
        parts = {value, *value.split()}
        hashes = {hashlib.sha256(part.encode()).hexdigest() for part in parts}
        if hashes & set(staging.secret_sha256):
            rows.append(Row(place, "fail", "is a staging secret"))
    if not rows:
        rows.append(Row("staging", "ok", "no host and no secret of staging in warroom.toml"))
    return rows


def _names(text: str, host: str) -> bool:
    """Whether a URL leads to the host or below it, or another text names it."""
    if "://" not in text:
        return host in text
    there = urlsplit(text).hostname or ""
    return there == host or there.endswith(f".{host}")


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Every text of the config that may name a host, with its key. Staging's own table is not."""
    for key, inner in _inside(value):
        where = f"{place}.{key}".removeprefix(".")
        if where == "staging" or isinstance(inner, Secret):
            continue
        if isinstance(inner, str) and key not in {"manual", "description", "title"}:
            yield where, inner
        else:
            yield from _texts(inner, where)


def _secrets(value: object, place: str) -> Iterator[tuple[str, Secret]]:
    """Every secret of the config with its key."""
    for key, inner in _inside(value):
        where = f"{place}.{key}".removeprefix(".")
        if isinstance(inner, Secret):
            yield where, inner
        else:
            yield from _secrets(inner, where)


def _inside(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Secret):
        return
    if isinstance(value, BaseModel):
        yield from value
    elif isinstance(value, dict):
        yield from ((str(key), inner) for key, inner in value.items())
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value):
            named = getattr(inner, "id", None) or getattr(inner, "name", None)
            yield str(named or number), inner
