"""Captures the calls that a rollback is about: input and output into `evidence/` (Guide 3.5, 6.3).

Their texts go into files with mode 0600 and nowhere else; the record gets the files' hashes.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from config.feed import Feed as FeedSpec
from config.model import Deployment
from console.bounded import within
from console.clean import clean
from console.clock import Clock
from console.domain.call import Call
from console.domain.events_rollback import CallCaptured
from console.domain.times import iso
from console.evidence import keep_bytes
from console.net import Http

if TYPE_CHECKING:
    from console.feeds.keeping import Kept, Wanted

MOST_CALLS = 50
MOST_SECONDS = 120.0
MOST_BYTES = 64 * 1024 * 1024
LATELY_S = 3600.0
HISTORY_S = 48 * 3600.0
MAKE_S = 10.0
KEEP_S = 10.0
NONE_NAMED = "no call was named, so none is captured: attach the one that showed it by hand"


class Capture(msgspec.Struct, frozen=True):
    """What came of it, call by call; `why` is one sentence where there is more to say."""

    events: tuple[CallCaptured, ...]
    why: str = ""


async def capture(
    about: str,
    calls: Sequence[str],
    deployment: Deployment,
    directory: Path,
    http: Http,
    clock: Clock,
    *,
    since: float | None = None,
    most_s: float = MOST_SECONDS,
) -> Capture:
    """Find `calls`, by their ids, in the logs of the last 48 h and keep each as evidence.

    `about` is the rollback's id, `since` (unix seconds) a time before which none of them was. Takes
    `most_s` real seconds to look at most and a few more to keep. Never raises.
    """
    if not calls:
        return Capture((), NONE_NAMED)
    named = list(dict.fromkeys(calls))
    asked, rest = named[:MOST_CALLS], named[MOST_CALLS:]
    found, troubles = await _found(asked, deployment, directory, http, clock, since, most_s)
    lacking = "; ".join(dict.fromkeys(troubles)) or "it is in no log of the last 48 h"
    events, kept = [], 0
    for call in asked:
        if call not in found:
            events.append(CallCaptured(about, call, "", clean(lacking)))
            continue
        event, size = await keep(about, found[call], directory, MOST_BYTES - kept)
        kept += size
        events.append(event)
    over = f"over {MOST_CALLS} calls are named: only the first {MOST_CALLS} are captured"
    events += [CallCaptured(about, call, "", over) for call in rest]
    return Capture(tuple(events), over if rest else "")


async def keep(
    about: str, kept: "Kept", directory: Path, most_bytes: int = MOST_BYTES
) -> tuple[CallCaptured, int]:
    """Keep one call as evidence; what goes on record, and the bytes that it took. Never raises."""
    call = kept.call.id
    raw = as_evidence(kept.call, kept.feed, kept.raw)
    if len(raw) > most_bytes:
        why = f"not kept: it and those before it are over {MOST_BYTES // 1024 // 1024} MiB"
        return CallCaptured(about, call, "", why), 0
    try:
        digest = await within(KEEP_S, partial(keep_bytes, directory, raw))
    except TimeoutError:
        return CallCaptured(about, call, "", f"not kept: the disk hangs for {KEEP_S:g} s"), 0
    except OSError as error:
        why = clean(f"not kept: {error.strerror or type(error).__name__}")
        return CallCaptured(about, call, "", why), 0
    why = "" if kept.has_texts else "its record has neither its input nor its output"
    return CallCaptured(about, call, digest, why), len(raw)


def as_evidence(call: Call, feed: str, raw: Mapping[str, Any] | None) -> bytes:
    """A call as it is kept: ASCII JSON with the texts as the console reads them, and its record.

    `raw` is the record as the log has it, null where it is not at hand.
    """
    held = {
        "call": call.id,
        "at": iso(call.at),
        "feed": feed,
        "version": call.version,
        "input": call.input,
        "output": call.output,
        "record": raw,
    }
    return json.dumps(held, indent=1, sort_keys=True).encode("ascii", "replace") + b"\n"


async def _found(
    calls: Sequence[str],
    deployment: Deployment,
    directory: Path,
    http: Http,
    clock: Clock,
    since: float | None,
    most_s: float,
) -> tuple[dict[str, "Kept"], list[str]]:
    """The calls by id, as far as a log has them, and why some may lack."""
    now, until = clock.now(), clock.monotonic() + most_s
    try:
        wanted = await within(MAKE_S, partial(_wanted, calls))
    except Exception as error:  # a capture that cannot be had stops nobody
        return {}, [f"the logs cannot be read by a fault of ours ({type(error).__name__})"]
    start = max(now - HISTORY_S, since if since is not None else 0.0)

    async def look(spec: FeedSpec) -> str:
        try:
            async with asyncio.timeout(most_s):
                return await _look(
                    spec, wanted, deployment, directory, http, clock, start, now, until
                )
        except TimeoutError:
            return f"feed {spec.id} was not read to its end within {most_s:g} s"
        except Exception as error:  # a `FeedError` as a rule
            fault = f"feed {spec.id} is not read by a fault of ours ({type(error).__name__})"
            return getattr(error, "sentence", "") or fault

    answers = await asyncio.gather(*map(look, deployment.feeds.values()))
    return wanted.found, [answer for answer in answers if answer]


def _wanted(calls: Sequence[str]) -> "Wanted":
    """What reads logs takes 50 ms and more to load: call it in a thread."""
    from console.feeds.keeping import Wanted  # noqa: PLC0415 - the kill switch starts without

    return Wanted(calls)


async def _look(
    spec: FeedSpec,
    wanted: "Wanted",
    deployment: Deployment,
    directory: Path,
    http: Http,
    clock: Clock,
    start: float,
    now: float,
    until: float,
) -> str:
    """Look through one feed, its end first; why it may not have shown all, empty if it has."""
    from console.feeds.keeping import KeepingReader  # noqa: PLC0415 - the kill switch starts without
    from console.feeds.logs import (  # noqa: PLC0415 - the kill switch starts without
        log_of,
        read_since,
        read_through,
    )

    if spec.kind == "otlp":
        return f"feed {spec.id} keeps no log: only the console that records may still hold it"
    reader = partial(KeepingReader, wanted=wanted, feed=spec.id)
    log = log_of(spec, http, deployment.deployment, directory, reader=reader)
    if log is None:
        return ""

    def enough() -> bool:
        return not wanted.left(spec.id)

    near = await log.near_end({}, now, LATELY_S)
    await read_through(log, near, now, clock=clock, until=until, enough=enough)
    if enough():
        return ""
    whole = await read_since(log, start, now, clock=clock, until=until, enough=enough)
    return "" if whole else f"feed {spec.id} was not read to its end"
