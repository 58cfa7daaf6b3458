"""An endpoint asked as it is typed: what it says, or why not, and what to do then."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from config.feed import Feed as FeedSpec
from config.guide import MetricId
from config.leaks import NO_VARIABLE, keys_in_query, names_variable, query_words
from console.clean import clean
from console.cli.asking import Wrong, ask, text
from console.cli.fields import MONEY
from console.cli.mapping import OtherLog, confirmed
from console.cli.say import say, say_now, wrapped
from console.cli.study import Source, Study, blank, needless, read, study
from console.clock import SystemClock
from console.domain.call import Call
from console.domain.times import span
from console.feeds import FeedError, Log, make_feed
from console.feeds.samples import NoSample, sample_of
from console.net import Http, NetError, origin_of
from console.room import OpenFailed

BACK_S = 3600.0
PATIENCE_S = 10.0
_HEADER = re.compile(r"[A-Za-z0-9-]+=[A-Za-z_][A-Za-z0-9_]*")
RECEIVER = "127.0.0.1:4318"
_WHY = (
    "Errors, latency, escalations and cost are read from its calls, as they come: a growing file "
    "of JSON lines, the URL of a log or an API, or otlp for an agent that exports OpenTelemetry. "
    "It is tested at once."
)

Table = Mapping[str, Any]


class Unfit(Exception):
    """An endpoint that cannot be used so; the text says why. `kept` is what to write all the same.

    None where that would not load. A `locked` one wants a key, or another.
    """

    def __init__(self, why: str, kept: Table | None = None, *, locked: bool = False) -> None:
        super().__init__(why)
        self.kept = kept
        self.locked = locked


class Tried(msgspec.Struct, frozen=True):
    """A feed to write, and what it gave when it was polled.

    `tested`: it answered, and was confirmed. `lacking` are the metrics that it cannot give.
    """

    feed: Table
    calls: list[Call] = []
    tested: bool = False
    lacking: frozenset[MetricId] = frozenset()

    @property
    def version(self) -> str:
        """Which version the newest call of the agent ran; empty if it says none."""
        return _newest(one for one in self.calls if one.variant != "control")

    @property
    def stable(self) -> str:
        """Which version the newest call of the control ran; empty if it says none."""
        return _newest(one for one in self.calls if one.variant == "control")


def tried(question: str, why: str, given: str, taste: Callable[[Source], Tried]) -> Tried | None:
    """What `taste` makes of the first address that will do, or is kept; None if it is skipped."""
    source = Source(given or ask(question, text, why=why, default="none"))
    while source.place:
        try:
            return taste(source)
        except Unfit as unfit:
            say(*wrapped(f"✗ {unfit}"))
            if unfit.locked and (header := _key()):
                source = msgspec.structs.replace(source, headers=(header,))
                continue
            keep = "" if unfit.kept is None else " keep it so,"
            answer = ask(f"Again,{keep} skip it, or another address", text, default="again")
            if answer == "keep" and unfit.kept is not None:
                return Tried(unfit.kept)
            if answer == "skip":
                return None
            source = source if answer == "again" else Source(answer)
    return None


def calls(given: str) -> Tried | None:
    """The feed of single calls."""
    return tried("Its calls", _WHY, given, _calls)


def checked(feed: Table, name: str) -> FeedSpec:
    """The feed as `warroom.toml` would give it. Raises `Unfit` if it would not load."""
    try:
        return FeedSpec.model_validate(feed).model_copy(update={"id": name})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unfit(f"{place}: {first['msg']}") from None


def waiting_for(url: str) -> None:
    """Say whom we wait for, and for how long at most: a dead endpoint is no hang."""
    say_now(f"  asking {origin_of(url)}, for {PATIENCE_S:.0f} s at most")


def _key() -> str:
    why = (
        "It wants a key. Its value stays in an environment variable, and only the name is "
        "written: HEADER=VARIABLE, such as Authorization=AGENT_LOG_TOKEN."
    )
    return ask("Its key", _header, why=why, default="none")


def _header(answer: str) -> str:
    """A header and its variable; never a value, which would be written. Raises `Wrong`."""
    if text(answer) and not _HEADER.fullmatch(answer):
        raise Wrong("write HEADER=VARIABLE, a header and the name of a variable, or none")
    if text(answer) and not names_variable(answer.partition("=")[2]):
        raise Wrong(NO_VARIABLE)
    return text(answer)


def _calls(source: Source) -> Tried:
    if source.place.lower() == "otlp":
        say(f"  let the agent's exporter send to http://{RECEIVER}/v1/traces")
        return Tried({"kind": "otlp", "listen": RECEIVER, "preset": "otel-genai"})
    found = _sampled(source)
    try:
        made = confirmed(found)
    except OtherLog:
        raise Unfit("this log is left") from None
    feed = needless({**found.feed, "preset": made.preset})
    if made.own:
        feed["fields"] = dict(made.own)
    spec = checked(feed, "calls")
    lacking = frozenset(made.fit().lacking)
    if spec.kind == "otlp":
        return Tried(feed, tested=True, lacking=lacking)
    try:
        got = asyncio.run(_polled(spec))
    except FeedError as error:
        raise Unfit(error.sentence, feed) from None
    except TimeoutError:
        raise Unfit(f"no whole answer within {PATIENCE_S:.0f} s", feed) from None
    say(*_told(got))
    return Tried(feed, got, tested=True, lacking=lacking)


def _told(got: Sequence[Call]) -> Iterator[str]:
    """What a poll brought, and what its last hour says of volume and cost."""
    newest = max((call.at for call in got), default=None)
    if newest is None:
        yield "  ! polled as it will be: no call in the last hour"
        return
    ago = span(SystemClock().now() - newest)
    yield f"  ✓ polled as it will be: {len(got):,} calls, the newest {ago} ago"
    hour = [call for call in got if call.at > newest - BACK_S]
    costs = [call.cost for call in hour if call.cost is not None]
    each = f", {sum(costs) / len(costs):.3g} {MONEY} each" if costs else ""
    yield f"  in its last hour: {len(hour):,} calls{each}; [forecast] may begin from that"


def _sampled(source: Source) -> Study:
    """A sample of the log, read and understood. Raises `Unfit`."""
    if "://" in source.place and not source.web:
        raise Unfit("a URL begins with http:// or https://")
    place = Path(source.place)
    if not source.web and place.exists() and not place.is_file():
        raise Unfit(f"{clean(source.place, 100)} is no file: a log is one that grows")
    kept = _kept(source)
    checked(kept, "calls")
    if names := keys_in_query(source.place):
        say(*wrapped(f"! {query_words(names)}"))
    if source.web:
        waiting_for(source.place)
    try:
        sample = sample_of(read(source))
    except NetError as error:
        locked = error.status in {401, 403}
        why = error.sentence.partition(";")[0] if locked else error.sentence
        raise Unfit(why, kept, locked=locked) from None
    except OpenFailed as why:
        raise Unfit(str(why), kept, locked=bool(source.headers)) from None
    except NoSample as why:
        raise Unfit(f"{clean(source.place, 100)} {why}", kept) from None
    if not source.web and sample.form != "lines":
        told = "is one JSON value; a file is read line by line: write one record a line"
        raise Unfit(f"{clean(source.place, 100)} {told}", kept)
    more = f"; {sample.unread:,} lines could not be decoded" if sample.unread else ""
    say(f"  ✓ read {len(sample.records):,} records{more}")
    return study(source, sample) or blank(source, sample)


def _kept(source: Source) -> Table:
    """The feed where nothing is known of its records."""
    if source.web:
        feed = {"kind": "jsonl-http", "url": source.place, "preset": "native"}
        return {**feed, "headers": source.header_table} if source.headers else feed
    return {"kind": "jsonl", "path": str(Path(source.place).absolute()), "preset": "native"}


async def _polled(spec: FeedSpec) -> list[Call]:
    """The calls of the last hour or so, asked for as the console will. Raises `FeedError`."""
    now = SystemClock().now()
    async with Http() as http, asyncio.timeout(PATIENCE_S):
        feed = make_feed(spec, http, "", Path())
        cursor = await feed.near_end({}, now, BACK_S) if isinstance(feed, Log) else {}
        return (await feed.poll(cursor, now)).calls


def _newest(found: Iterable[Call]) -> str:
    told = [call for call in found if call.version]
    return max(told, key=lambda call: call.at).version if told else ""
