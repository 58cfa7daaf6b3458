"""A metrics page read directly: counters become minutes, and a histogram the p95 of an hour.

What passed between two readings belongs to the time between them. It is parted among the minutes
of that time if it is short; over a longer gap nobody can tell when it happened, and the minutes
that the gap touches stay unknown.
"""

import asyncio
import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec

from config.feed import Feed as FeedSpec
from config.feed import MinuteCount
from console.clean import clean
from console.feeds.base import Batch, FeedError, MinuteSeries, saved, understood
from console.feeds.paths import FieldMapError
from console.feeds.scrape import MOST_SERIES, BadPage, Page, read_page
from console.feeds.selectors import parse_selectors
from console.feeds.web import Endpoint
from console.net import MIB, Http

MOST_BYTES = 32 * MIB
PART_S = 300.0
HOUR = 60
HIGHEST_LIMIT_S = 10.0
_ACCEPT = "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5"
Held = TypeVar("Held", float, dict[str, float])
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}


class PageCursor(msgspec.Struct, forbid_unknown_fields=True):
    """The last page, and what is known of the minutes since.

    `at` is when it was read (unix seconds), `since` from when on nothing was missed. `series` and
    `buckets` are its values as in `Page`. `open` holds counts of minutes that are not over, `spans`
    how long the answers of each of the last 60 minutes took: minute -> bound -> calls.
    """

    at: float
    since: float
    series: dict[str, dict[str, float]]
    buckets: dict[str, dict[str, float]]
    open: dict[str, dict[str, float]] = {}
    spans: dict[str, dict[str, float]] = {}


class ExpositionFeed:
    """Scrapes `spec.url`."""

    def __init__(
        self, spec: FeedSpec, http: Http, base: Path, counters: Mapping[MinuteCount, str]
    ) -> None:
        """`counters` are selectors by what they count. Raises `FeedError` for one that is none."""
        self.id = spec.id
        self._endpoint = Endpoint(spec, http, base)
        self._second = _SECONDS[spec.latency_unit]
        try:
            self._counts = {str(k): parse_selectors(text) for k, text in counters.items()}
            self._latency = parse_selectors(spec.latency) if spec.latency else ()
        except FieldMapError as why:
            raise FeedError(f"feeds.{spec.id}: {why}") from None

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`. The first page only tells from where to count."""
        response = await self._endpoint.get(
            accept=_ACCEPT,
            cap_bytes=MOST_BYTES,
            follow=True,
            too_big=f"let feed {self.id} read a page of the agent's own metrics",
        )
        self._endpoint.no_web_page(response)
        if response.status != 200:
            raise self._endpoint.refusal(response)
        kind = response.headers.get("content-type", "")
        try:
            page = await asyncio.to_thread(
                read_page, response.body, kind, self._counts, self._latency
            )
        except BadPage as why:
            raise FeedError(
                f"{self._endpoint.origin} does not show metrics as Prometheus reads them: {why}; "
                f"check the url of feed {self.id}"
            ) from None
        self._must_be_there(page)
        last = understood(cursor, PageCursor)
        if last is None or not 0 < now - last.at <= PART_S:
            fresh = PageCursor(now, now, page.counts, page.buckets)
            if last is not None:
                fresh.spans = last.spans
            return Batch([], saved(fresh), page.bad, page.bad_sample, MinuteSeries({}, {}))
        return self._went_on(last, page, now)

    def _must_be_there(self, page: Page) -> None:
        if "calls" in self._counts and not page.counts["calls"] and not page.bad:
            names = ", ".join(one.name for one in self._counts["calls"])
            raise FeedError(
                f"{self._endpoint.origin} shows no {clean(names, 120)}; until it does, calls are "
                f"unknown: check minutes.calls and preset of feed {self.id}"
            )

    def _went_on(self, last: PageCursor, page: Page, now: float) -> Batch:
        """The minutes that are over now, by what changed since `last`."""
        went = {
            count: increase(last.series.get(count, {}), series)
            for count, series in page.counts.items()
            if page.knows(self._counts[count]) and count not in page.doubtful
        }
        took = bucket_increase(last.buckets, page.buckets)
        # A series that is away for a while is no new one when it comes back.
        # Of a count that cannot be read whole nothing is taken: the next page tells of both times.
        series = {
            name: last.series.get(name, {})
            if name in page.doubtful
            else _kept(last.series.get(name, {}), now)
            for name, now in page.counts.items()
        }
        buckets = _kept(last.buckets, page.buckets)
        cursor = PageCursor(now, last.since, series, buckets, dict(last.open), dict(last.spans))
        for minute, share in shares(last.at, now):
            _add(cursor.open, minute, went, share)
            _add(cursor.spans, minute, took, share)
        told = MinuteSeries({}, {})
        ended = int(now // 60)
        for name in sorted(cursor.open, key=int):
            minute = int(name)
            if minute >= ended:
                continue
            counted = cursor.open.pop(name)
            if minute * 60 >= last.since:
                told.counts[minute] = counted
        cursor.spans = {
            name: held for name, held in cursor.spans.items() if int(name) >= ended - HOUR
        }
        note = self._quantile(cursor, told, ended)
        return Batch([], saved(cursor), page.bad, page.bad_sample or note, told)

    def _quantile(self, cursor: PageCursor, told: MinuteSeries, ended: int) -> str:
        """Put the p95 of the last hour where the minutes that ended are; why not, if not."""
        if not self._latency or not told.counts:
            return ""
        total: dict[str, float] = {}
        for name, held in cursor.spans.items():
            if int(name) < ended:
                for bound, calls in held.items():
                    total[bound] = total.get(bound, 0.0) + calls
        try:
            value = quantile_of(total)
        except ValueError as why:
            return f"latency of feed {self.id}: {why}"
        if value is not None:
            told.values["latency-p95"] = {max(told.counts): value * self._second}
        return ""


def _kept(before: Mapping[str, Held], after: Mapping[str, Held]) -> dict[str, Held]:
    """The latest known of each series; of too many that are gone none is kept."""
    both = {**before, **after}
    return both if len(both) <= MOST_SERIES else dict(after)


def increase(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """What counters gained; one that fell was reset, one that is new began at 0."""
    gained = 0.0
    for name, value in after.items():
        held = before.get(name, 0.0)
        gained += value - held if value >= held else value
    return gained


def bucket_increase(
    before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """What the buckets of histograms gained, by bound; a histogram is reset as a whole."""
    gained: dict[str, float] = {}
    for name, buckets in after.items():
        held = before.get(name, {})
        reset = any(buckets.get(bound, 0.0) < count for bound, count in held.items())
        for bound, count in buckets.items():
            more = count - (0.0 if reset else held.get(bound, 0.0))
            gained[bound] = gained.get(bound, 0.0) + more
    return gained


def shares(start: float, end: float) -> list[tuple[int, float]]:
    """The minutes from `start` to `end` (unix seconds), each with its share of that time."""
    edges = [start, *(m * 60.0 for m in range(int(start // 60) + 1, int(end // 60) + 1)), end]
    return [
        (int(low // 60), (high - low) / (end - start))
        for low, high in pairwise(edges)
        if high > low
    ]


def quantile_of(buckets: Mapping[str, float], rank: float = 0.95) -> float | None:
    """The quantile of a histogram (upper bound -> calls up to it), as Prometheus interpolates it.

    None of no calls. Beyond the last bound all that is known is that it is longer: that is said
    by the next number after the bound where no limit of the guide is higher, else by `ValueError`.
    """
    read = ((_bound(text), count) for text, count in buckets.items())
    bounds = sorted((bound, count) for bound, count in read if not math.isnan(bound))
    if not bounds or bounds[-1][0] != math.inf:
        if not bounds:
            return None
        raise ValueError("its histogram has neither a bucket without a bound nor a count")
    if len(bounds) == 1:
        raise ValueError("it has no buckets; a summary's quantiles cannot be added up")
    wanted = rank * bounds[-1][1]
    if wanted <= 0:
        return None
    below_bound, below = 0.0, 0.0
    for bound, count in bounds:
        if count >= wanted:
            if bound == math.inf:
                break
            return below_bound + (bound - below_bound) * (wanted - below) / (count - below)
        below_bound, below = bound, max(below, count)
    if below_bound >= HIGHEST_LIMIT_S:
        return math.nextafter(below_bound, math.inf)
    raise ValueError(
        f"its p95 is over {below_bound:g}, the last bound of its histogram: it needs higher ones"
    )


def _bound(text: str) -> float:
    try:
        bound = float(text)
    except ValueError:
        return math.nan
    return bound


def _add(
    into: dict[str, dict[str, float]], minute: int, amounts: Mapping[str, float], share: float
) -> None:
    held = dict(into.get(str(minute), {}))
    for name, amount in amounts.items():
        held[name] = held.get(name, 0.0) + amount * share
    into[str(minute)] = held
