"""Whether records hold what the field map names: what none has is read as none; see `doctor`."""

import asyncio
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

import msgspec

from config.feed import CallField, Feed
from config.guide import MetricId, metric_rules, trigger_rules
from config.leaks import keys_in_url
from config.model import Deployment
from console.clean import clean
from console.clock import SystemClock
from console.domain.queue_words import ROWS
from console.feeds import FeedError, fields_of, joins
from console.feeds.fitting import fit
from console.feeds.logs import log_of
from console.feeds.samples import Sample
from console.feeds.tasting import TastingReader, read_end
from console.feeds.tool_names import NAMED_BY
from console.net import Http
from console.room.escalating import READ_FROM, call_feeds
from console.room.finding import Finding
from console.room.lookout import GIVE_CALLS

PATIENCE_S = 5.0
# Left out of a record, each of these is read as "none", and nobody sees the difference.
_NONE: frozenset[CallField] = frozenset({"error", "escalation", "flags", "tools"})
_QUEUED: Mapping[str, CallField] = {
    "escalate": "escalation",
    "safety-flag": "flags",
    "tool-misuse": "tools",
}


class Absent(msgspec.Struct, frozen=True):
    """The fields that none of the last `records` of a feed has, though its map names them.

    `tools` says why its tools cannot be read; empty if they can. No `records`: they did not come
    in time.
    """

    feed: Feed
    records: int
    fields: frozenset[CallField]
    tools: str = ""


async def absent_fields(
    deployment: Deployment, live: Collection[str], directory: Path, http: Http
) -> list[Absent]:
    """What the ends of the `live` logs lack, all read at once; one that has none is left out."""
    logs = [one for one in deployment.feeds.values() if one.kind in GIVE_CALLS and one.id in live]
    found = await asyncio.gather(*(_absent(spec, deployment, directory, http) for spec in logs))
    return [one for one in found if one is not None]


async def _absent(spec: Feed, deployment: Deployment, directory: Path, http: Http) -> Absent | None:
    try:
        known = fields_of(spec)
        async with asyncio.timeout(PATIENCE_S):
            records = await _end_of(spec, deployment, directory, http)
    except TimeoutError:
        return Absent(spec, 0, frozenset())
    except (FeedError, OSError):
        return None
    if not records:
        return None
    seen = fit("", known, Sample(records, "lines")).fields
    lacking = {one.field for one in seen if one.field in known and not one.present}
    tools = next((one.why for one in seen if one.field == "tools"), "")
    return Absent(spec, len(records), frozenset(lacking), tools)


async def _end_of(
    spec: Feed, deployment: Deployment, directory: Path, http: Http
) -> list[dict[str, Any]]:
    taste: deque[dict[str, Any]] = deque(maxlen=TastingReader.MOST)
    reader = partial(TastingReader, taste=taste)
    log = log_of(spec, http, deployment.deployment, directory, reader=reader)
    if log is not None:
        await read_end(log, SystemClock())
    return list(taste)


def look_at_fields(
    deployment: Deployment, directory: Path, absent: Sequence[Absent]
) -> Iterator[Finding]:
    """Each field that no record has and something reads, with what that comes to."""
    for one in absent:
        if not one.records:
            why = f"its last records did not come within {PATIENCE_S:g} s: what they lack is unseen"
            yield Finding("feed", f"{one.feed.id} fields", "warn", why)
        if one.tools:
            why = (
                f"no name can be read, they are {one.tools}: whether the agent keeps to its tools "
            )
            do = f"is not known; log a `name` in each ({', '.join(NAMED_BY[1:])} are read too)"
            yield Finding("feed", f"{one.feed.id} tools", "warn", why + do)
        for field in sorted(one.fields):
            if readers := _readers(field, one, deployment):
                why = _why(field, one, readers, directory)
                yield Finding("feed", f"{one.feed.id} {field}", "warn", why)


def study_of(feed: Feed, directory: Path) -> str:
    """The command that shows what a feed's records hold."""
    if feed.path:
        return f"warroom fields {quote(clean(str(directory / feed.path), 300))}"
    place = re.split(r"[?#]", feed.url or "")[0]  # what follows may hold a key, whatever its name
    if not place or keys_in_url(place):
        return "warroom fields"
    return f"warroom fields {quote(clean(place, 300))}"


def unheard(metric: MetricId, feed: str, absent: Sequence[Absent]) -> CallField | None:
    """The field for want of which `metric` reads as none from `feed`; None if it is there."""
    rule = next(rule for rule in metric_rules() if rule.id == metric)
    lacking = [name for one in absent if one.feed.id == feed for name in one.fields]
    return next((name for name in lacking if name in _NONE and name in rule.fields[0]), None)


def _metrics_of(one: Absent, deployment: Deployment) -> set[MetricId]:
    """The metrics that the feed's map promises and its records do not hold."""
    given = fields_of(one.feed).keys() - one.fields
    return {
        rule.id
        for rule in metric_rules()
        if not any(given >= set(way) for way in rule.fields[: None if deployment.prices else 1])
    }


def _readers(field: CallField, one: Absent, deployment: Deployment) -> list[str]:
    """What reads a field of a feed, in words."""
    metrics = {
        rule.id
        for rule in metric_rules()
        if field in rule.fields[0]
        and rule.id in _metrics_of(one, deployment)
        and deployment.feed_of(rule.id).id == one.feed.id
    }
    told = [name.replace("-", " ") for name in (r.id for r in metric_rules()) if name in metrics]
    told += [f"the trigger {rule.id}" for rule in trigger_rules() if rule.metric in metrics]
    told += [
        f"rule {own.id}"
        for own in deployment.rules
        if own.metric in metrics and own.feed in {None, one.feed.id}
    ]
    told += [
        f"the queue ({ROWS[row]})"
        for row, metric in READ_FROM.items()
        if _QUEUED[row] == field
        and one.feed.id in call_feeds(deployment, metric)
        and (row != "tool-misuse" or deployment.agent.tools is not None)
    ]
    if field == "version" and one.feed.id in call_feeds(deployment, "traffic"):
        told.append("the lock of the config tag")
    return told


def _why(field: CallField, one: Absent, readers: Sequence[str], directory: Path) -> str:
    path = fields_of(one.feed)[field].path
    place = "" if path == field else f" (at {clean(path, 80)})"
    what = "calls" if joins(one.feed) else "records"
    lacks = f"0 of its last {one.records:,} {what} have `{field}`{place}"
    who = f"{', '.join(readers[:-1])} and {readers[-1]}" if readers[1:] else readers[0]
    where = f"map it in [feeds.{one.feed.id}.fields], see: {study_of(one.feed, directory)}"
    if field not in _NONE:
        return f"{lacks}: {who} cannot be read; {where}"
    spoken = field == "escalation" and "output" in fields_of(one.feed).keys() - one.fields
    but = " but outputs that begin ESCALATE:" if spoken else ""
    read = "read" if readers[1:] else "reads"
    return (
        f"{lacks}: {who} {read} none there{but}. That is right if the agent leaves the "
        f"key out where there is none; else {where}"
    )
