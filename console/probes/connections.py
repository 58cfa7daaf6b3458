"""Every integration, one by one, and nothing of staging in production (Guide 3.1)."""

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel

from config.model import Integration, MissingSecret, Secret
from console.clean import clean
from console.net import NetError, status_text
from console.probes.ground import Ground, Say, ask
from console.probes.result import Result, Row, Verdict, failed

EXPIRES_SOON_DAYS = 14
TLS_S = 10.0
_MARKS = re.compile(r"[\s/:@?&=#;,\"'{}]+")


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
    reached = False
    for one in integrations:
        say(f"{clean(one.title, 80)}: asking")
        answered, found = await _try(ground, one)
        reached = reached or answered
        rows += found
        say(f"{clean(one.title, 80)}: {found[0].detail}")
    rows += await asyncio.to_thread(_staging, ground)
    return Result("connections", tuple(rows), reached)


async def _try(ground: Ground, one: Integration) -> tuple[bool, list[Row]]:
    """Whether something was there to answer, and what was found."""
    name = clean(one.id, 80)
    try:
        response = await ask(ground, one.method, one.url, one.headers, deadline_s=one.timeout_s)
    except MissingSecret as missing:
        return False, [Row(name, "fail", clean(f"not tried, a secret is missing: {missing}"))]
    except NetError as error:
        there = error.kind not in {"unreachable", "timeout"}
        return there, [Row(name, "fail", clean(error.sentence))]
    took = f"{response.elapsed_s * 1000:.0f} ms"
    if response.status not in one.expect_status:
        wanted = " or ".join(map(str, one.expect_status))
        why = f"answered {response.status} in {took}, expected {wanted}: "
        if response.status in {401, 403}:
            why += "reached, but not authenticated"
        else:
            why += status_text(response.status)
        return True, [Row(name, "fail", why)]
    how = "reached and authenticated" if one.headers else "reached, without credentials"
    rows = [Row(name, "ok", f"{how}, {response.status} in {took}")]
    if urlsplit(one.url).scheme == "https":
        rows.append(await asyncio.to_thread(_certificate, name, one.url))
    return True, rows


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
    hosts = [(clean(host, 80), _pattern(host)) for host in staging.hosts]
    hashes = set(staging.secret_sha256)
    for place, given in _texts(ground.deployment, ""):
        try:
            text = given if isinstance(given, str) else given.reveal(ground.base).get_secret_value()
        except MissingSecret as missing:
            rows.append(Row(place, "fail", clean(f"a secret is missing: {missing}")))
            continue
        forms = {text, unquote(text)}
        named = [host for host, pattern in hosts if any(map(pattern.search, forms))]
        rows += [Row(place, "fail", f"names the staging host {host}") for host in named]
        if not hashes.isdisjoint(_hashes(forms)):
            rows.append(Row(place, "fail", "is a staging secret"))
    if not rows:
        rows.append(Row("staging", "ok", "no host and no secret of staging in warroom.toml"))
    return rows


def _pattern(host: str) -> re.Pattern[str]:
    """Finds the host, or one below it, in a URL, an argument or any other text.

    A host of a single word is looked for in URLs alone: elsewhere it is a word like others.
    """
    start = r"(?<![\w.-])" if "." in host or ":" in host else r"://(?:[^/@\s]*@)?"
    end = r"(?![\w-]|\.\w)"
    return re.compile(rf"{start}(?:[\w-]+\.)*{re.escape(host)}{end}", re.IGNORECASE)


def _hashes(texts: set[str]) -> Iterator[str]:
    """The hashes of texts and of what stands in them between spaces or a URL's marks."""
    parts = {part for text in texts for part in (text, *text.split(), *_MARKS.split(text))}
    return (hashlib.sha256(part.encode("utf-8", "replace")).hexdigest() for part in parts if part)


def _texts(value: object, place: str) -> Iterator[tuple[str, str | Secret]]:
    """Every text and secret of the config with its key, but staging's own and mere words."""
    for key, inner in _inside(value):
        where = f"{place}.{key}".removeprefix(".")
        if where == "staging" or (isinstance(inner, str) and key in {"description", "title"}):
            continue
        if isinstance(inner, str | Secret):
            yield where, inner
        else:
            yield from _texts(inner, where)


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
