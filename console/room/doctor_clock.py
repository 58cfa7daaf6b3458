"""Whose clock differs: this machine's, the agent's, or an endpoint's; see `doctor`."""

import asyncio
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime

from console.clock import SystemClock
from console.domain.times import iso, span
from console.net import Http, NetError, Response, origin_of
from console.room.finding import Finding
from console.room.room import WarRoom

SKEW_S = 60.0
SKEW_HERE_S = 2.0
ANSWER_S = 5.0
PLAUSIBLE = 1_704_067_200.0  # 2024-01-01: an earlier time is that of a clock that was never set


def look_at_clock(room: WarRoom, now: float) -> Iterator[Finding]:
    """This machine's clock against the journal's last entry and the newest call."""
    last, speed = room.state.last_at, room.clock.speed
    newest = max((call.at for eye in room.eyes.each.values() for call in eye.recent), default=None)
    if now < PLAUSIBLE:
        yield Finding("clock", "now", "fail", f"says {iso(now)}: set this machine's clock")
    elif last > now + 1:
        why = f"says {iso(now)}, {span(last - now)} before the journal's last entry"
        yield Finding("clock", "now", "fail", f"{why}: set this machine's clock")
    elif newest is not None and newest > now + SKEW_S * speed:
        why = f"the newest call is {span(newest - now)} in the future: set the agent's clock"
        yield Finding("clock", "agent", "fail", why)
    else:
        yield Finding("clock", "now", "ok", iso(now))


async def look_at_skew(urls: Iterable[str]) -> list[Finding]:
    """The clocks of the servers at `urls`, by their Date header, against this machine's own.

    Each is asked once and without credentials: whatever it answers has the time.
    """
    each = {origin_of(url): url.partition("?")[0] for url in urls}
    async with Http() as http:
        told = await asyncio.gather(*(_skew(http, url) for url in each.values()))
    known = {origin: skew for origin, skew in zip(each, told, strict=True) if skew is not None}
    off = {origin: skew for origin, skew in known.items() if abs(skew) > SKEW_HERE_S}
    if known and not off:
        said = f"{', '.join(known)}: within {SKEW_HERE_S:.0f} s of ours"
        return [Finding("clock", "endpoints", "ok", said)]
    return [Finding("clock", origin, "warn", _differs(skew)) for origin, skew in off.items()]


def _differs(skew: float) -> str:
    way = "ahead of" if skew > 0 else "behind"
    return (
        f"is {span(abs(skew))} {way} ours: let both follow a time server; here timedatectl says "
        "whether it is followed"
    )


async def _skew(http: Http, url: str) -> float | None:
    """Seconds that a server's clock is ahead of ours; None where it does not tell."""
    clock = SystemClock()
    try:
        response = await http.fetch("HEAD", url, deadline_s=ANSWER_S)
    except NetError:
        return None
    served = _served_at(response)
    # The header has whole seconds, and was written while we waited.
    return None if served is None else served + 0.5 - (clock.now() - response.elapsed_s / 2)


def _served_at(response: Response) -> float | None:
    """When the answer was made, unix seconds; one from a cache says how old it is."""
    try:
        age = int(response.headers.get("age", "0"))
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp() + age
    except (ValueError, OverflowError):
        return None
