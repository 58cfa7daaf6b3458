"""Logs of single calls that any process may read: which feeds they are, and reading one wholly."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from config.feed import Feed as FeedSpec
from console.clock import Clock
from console.feeds import Reader, make_feed
from console.feeds.base import Feed, FeedError, Log
from console.feeds.fields import RecordReader
from console.net import Http

HISTORY_S = 48 * 3600.0
MOST_PATIENCE_S = 30.0
MOST_TRIES = 5
PAUSE_S = 0.001


def log_of(
    spec: FeedSpec, http: Http, salt: str, base: Path, *, reader: Reader = RecordReader
) -> Log | None:
    """The log that `spec` describes; None if it gives numbers alone, or is told and keeps none.

    The arguments are those of `make_feed`. Raises `FeedError`.
    """
    if spec.kind == "otlp":
        return None
    feed = make_feed(spec, http, salt, base, reader=reader)
    return feed if isinstance(feed, Log) else None


async def read_through(
    feed: Feed,
    cursor: dict[str, object],
    moment: float,
    *,
    clock: Clock,
    until: float,
    enough: Callable[[], bool],
) -> tuple[dict[str, object], bool]:
    """Read `feed` from `cursor` to its end, asked as if it were `moment` (unix seconds).

    Where to go on, and whether that was all there is: not if it takes longer than `until`
    (`Clock.monotonic`) or something was lost. Ends as soon as it is `enough`. A server that asks
    for patience gets some; else raises `FeedError`.
    """
    whole, tries, behind = True, 0, True
    while behind:
        if clock.monotonic() > until:
            return cursor, False
        try:
            batch = await feed.poll(cursor, moment)
        except FeedError as error:
            tries += 1
            if error.retry_after_s is None or tries >= MOST_TRIES:
                raise
            await asyncio.sleep(min(error.retry_after_s, MOST_PATIENCE_S))
            continue
        cursor, behind = batch.cursor, batch.behind
        whole = whole and not batch.gap
        if enough():
            break
        await asyncio.sleep(PAUSE_S)
    return cursor, whole


async def read_since(
    feed: Feed,
    since: float,
    now: float,
    *,
    clock: Clock,
    until: float,
    enough: Callable[[], bool],
) -> bool:
    """Read all that `feed` has from `since` to `now`; whether that was all there is.

    See `read_through`.
    """
    cursor: dict[str, object] = {}
    whole = True
    # A log that is asked from the start goes 48 h back; asked as if it were 48 h after `since` it
    # goes back to there.
    for moment in sorted({min(now, since + HISTORY_S), now}):
        cursor, more = await read_through(
            feed, cursor, moment, clock=clock, until=until, enough=enough
        )
        whole = whole and more
        if enough():
            return True
        if clock.monotonic() > until:
            return False
    return whole
