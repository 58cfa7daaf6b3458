"""`warroom fields`: how a log is read, before it is connected."""

import asyncio
from argparse import Namespace
from pathlib import Path
from textwrap import wrap
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
from pydantic import ValidationError

from config.feed import FEED_KEYS, FeedKind
from config.presets import Preset, preset
from config.secret import MissingSecret, Secret
from config.write import table_text
from console.clean import clean
from console.cli.presets import preset_named
from console.cli.say import say, say_json, warn
from console.clock import SystemClock
from console.feeds.base import MOST_BYTES
from console.feeds.fitting import FieldFit, Fit, at_home, fit, fit_preset, fits
from console.feeds.pages import sample_params
from console.feeds.proposing import Proposal, next_page, propose
from console.feeds.samples import NoSample, Sample, sample_of
from console.feeds.web import extended
from console.net import Http, NetError, resolve_headers, status_error
from console.room import OpenFailed

ENOUGH_BYTES = 2 * 1024 * 1024
WEB = ("http://", "https://")
_WIDEST = 44
EXAMPLE = "https://agent.example/calls"
CLEARLY = 2


class Study(msgspec.Struct, frozen=True):
    """What was found out about a sample.

    `chosen` reads it best: a preset, or the map of `proposal`. `feed` and `more` are what to write:
    the keys of the feed and its own fields, beside those of the preset.
    """

    sample: Sample
    chosen: Fit
    others: list[Fit]
    proposal: Proposal
    feed: dict[str, Any]
    more: dict[str, Any]

    @property
    def toml(self) -> str:
        """What to write into `warroom.toml`."""
        tables = [table_text("feeds.calls", self.feed)]
        if self.more:
            tables.append(table_text("feeds.calls.fields", self.more))
        return "\n\n".join(tables) + "\n"


def fields(args: Namespace) -> int:
    """`warroom fields`: 0 if at least half of the records are calls, 1 if not, 3 unreached."""
    kinds = [kind for kind in get_args(FeedKind) if "fields" in FEED_KEYS[kind]]
    if args.kind is not None and args.kind not in kinds:
        raise OpenFailed(f"--kind is a kind of log: {', '.join(kinds)}")
    known = preset_named(args.preset) if args.preset else None
    try:
        data = _read(args, known)
    except NetError as error:
        warn(error.sentence)
        return 3
    try:
        found = _study(args, sample_of(data))
    except NoSample as why:
        raise OpenFailed(f"{args.source} {why}") from None
    if found is None:
        warn(f"{args.source} has no field that looks like the time of a call: nothing can read it")
        return 1
    if args.json:
        say_json(_as_json(found))
    else:
        _tell(args.source, found)
    return 0 if found.chosen.reads else 1


def _read(args: Namespace, known: Preset | None) -> bytes:
    """The beginning of the source, up to the end of a line. Raises `NetError`."""
    if args.source.startswith(WEB):
        data, more = asyncio.run(_fetched(args, known))
    else:
        try:
            with Path(args.source).open("rb") as file:
                data = file.read(ENOUGH_BYTES + 1)
        except OSError as error:
            raise OpenFailed(f"{args.source} cannot be read: {error.strerror}") from None
        more = len(data) > ENOUGH_BYTES
    return data[: data.rfind(b"\n") + 1] if more and b"\n" in data else data


async def _fetched(args: Namespace, known: Preset | None) -> tuple[bytes, bool]:
    """What the address answers, and whether more would follow."""
    try:
        secretive = "@" in urlsplit(args.source).netloc
    except ValueError:
        raise OpenFailed("the address is not a URL") from None
    if secretive:
        raise OpenFailed("the address holds a user or password; give it with --header instead")
    headers = {}
    for given in args.header:
        name, mark, variable = given.partition("=")
        if not mark:
            raise OpenFailed("--header is NAME=VARIABLE, a header and where its value is kept")
        try:
            headers[name] = Secret(env=variable).reveal(Path())
        except ValidationError:
            raise OpenFailed(f"{variable} is not the name of an environment variable") from None
        except MissingSecret as why:
            raise OpenFailed(str(why)) from None
    plain, secret = resolve_headers(args.source, headers)
    asked = {} if known is None else sample_params(known.feed, SystemClock().now())
    async with Http() as http:
        response = await http.fetch(
            "GET",
            extended(args.source, "", asked),
            headers={**plain, "Range": f"bytes=0-{ENOUGH_BYTES - 1}"},
            secret_headers=secret,
            cap_bytes=2 * MOST_BYTES,
            accept="application/json, application/x-ndjson, text/plain, */*;q=0.1",
        )
    if response.status not in {200, 206}:
        error = status_error(response, args.source)
        if response.status in {401, 403}:
            error.sentence += "; give its key with --header NAME=VARIABLE"
        raise error
    return response.body, response.status == 206 and len(response.body) == ENOUGH_BYTES


def _study(args: Namespace, sample: Sample) -> Study | None:
    """What is best for the sample; None if nothing can read it."""
    proposal = propose(sample)
    ranked = [_fit_of(args.preset, sample)] if args.preset else fits(sample, args.kind)
    guess = fit("", proposal.fields, sample) if "at" in proposal.fields else None
    best = next((one for one in ranked if args.preset or one.reads), None)
    if best is None or (guess is not None and not args.preset and _better(guess, best, sample)):
        best = guess
    if best is None:
        return None
    known = {one.field for one in best.fields if one.known} if best.preset else set()
    hinted = {one.field for one in guess.fields if one.known} if guess else set()
    more = {
        field: place
        for field, place in proposal.table.items()
        if not best.preset or (field in hinted and field not in known and not sample.traced)
    }
    others = [one for one in ranked if one is not best]
    return Study(sample, best, others, proposal, _feed(args, sample, best), more)


def _better(guess: Fit, known: Fit, sample: Sample) -> bool:
    """Whether a guess is worth more than a preset, which was made by somebody who knew."""
    if sample.traced or not guess.reads:
        return False
    ahead = guess.found - known.found
    return ahead > CLEARLY or (ahead > 0 and not at_home(known.preset, sample))


def _fit_of(name: str, sample: Sample) -> Fit:
    if "at" not in preset_named(name).fields:
        raise OpenFailed(f'the preset "{name}" is for metrics, not for a log of calls')
    return fit_preset(name, sample)


def _feed(args: Namespace, sample: Sample, best: Fit) -> dict[str, Any]:
    """The keys of the feed, so that it loads."""
    web = args.source.startswith(WEB)
    kind = args.kind or ("jsonl-http" if web else "jsonl")
    if args.kind is None and sample.traced == "otlp":
        kind = "otlp"
    elif args.kind is None and sample.form != "lines":
        kind = "json-pages"
    kinds = preset(best.preset).kinds if best.preset else (kind,)
    feed: dict[str, Any] = {"kind": kind if kind in kinds else kinds[0], "preset": best.preset}
    if feed["kind"] == "jsonl":
        lines = not web and sample.form == "lines"
        feed["path"] = str(Path(args.source).resolve()) if lines else "calls.jsonl"
    elif feed["kind"] == "otlp":
        feed["listen"] = "127.0.0.1:4318"
    else:
        feed["url"] = args.source if web else EXAMPLE
    if feed["kind"] == "loki":
        feed["query"] = '{app="agent"}'
    pages = feed["kind"] == "json-pages"
    if pages and (not best.preset or preset(best.preset).feed.by == "range"):
        feed |= {"items": sample.items} if sample.items else {}
        feed |= next_page(sample)
    if args.header and "url" in feed:
        pairs = (given.partition("=") for given in args.header)
        feed["headers"] = {name: {"env": variable} for name, _, variable in pairs}
    return feed


def _as_json(found: Study) -> dict[str, Any]:
    sample, best = found.sample, found.chosen
    return {
        "form": sample.form,
        "items": sample.items,
        "records": best.records,
        "unread": sample.unread,
        "preset": best.preset or None,
        "calls": best.calls,
        "running": best.running,
        "bad": best.bad,
        "fields": [msgspec.to_builtins(one) for one in best.fields],
        "lacking": best.lacking,
        "presets": {one.preset: {"found": one.found, "calls": one.calls} for one in found.others},
        "remarks": list(found.proposal.remarks),
        "toml": found.toml,
    }


def _tell(source: str, found: Study) -> None:
    sample, best = found.sample, found.chosen
    shape = {"lines": "JSON lines", "list": "a JSON list", "answer": f"an answer, {sample.items}"}
    spans = "; spans, those of a trace are one record" if sample.traced else ""
    say(f"{source}: {len(sample.records):,} records ({shape[sample.form]}{spans})")
    if sample.unread:
        say(f"  {sample.unread:,} could not be decoded: {sample.why}")
    name = f'preset "{best.preset}"' if best.preset else "no preset fits well; proposed map below"
    say(f"  {name}: {best.found} of {len(best.fields)} fields, {best.calls:,} read as calls")
    if best.running:
        say(f"  not over yet, and read once it is: {best.running:,}")
    if best.bad:
        say(f"  {best.records - best.calls:,} not: {best.bad}")
    say("")
    there = [one for one in best.fields if one.present]
    width = min(_WIDEST, max([len(_place(one)) for one in there], default=0))
    for one in there:
        counted = f"{one.filled:,}" if one.known else f"{one.filled:,} !"
        say(f"  {one.field:13} {clean(_place(one), width):{width}} {counted:>7}  {_shown(one)}")
    absent = ", ".join(one.field for one in best.fields if not one.present)
    if absent:
        say("", *_wrapped(f"not in the sample: {absent}"))
    say("")
    for metric, needs in best.lacking.items():
        say(*_wrapped(f"{metric} cannot be computed: it lacks {needs}"))
    if not best.lacking:
        say("  every metric can be computed")
    close = [one for one in found.others[:3] if one.reads and one.found > 2]
    if close:
        told = ", ".join(f"{one.preset} ({one.found} fields)" for one in close)
        say(f"  other presets that read it: {told}")
    if best.preset and found.more:
        say(f"  the log seems to have more than the preset knows: {', '.join(found.more)}")
    if found.more:
        say(*(f"  look at: {remark}" for remark in found.proposal.remarks))
    if found.feed["kind"] == "jsonl" and sample.form != "lines":
        say("  a file is read line by line: write one record a line")
    if found.feed.get("url") == EXAMPLE:
        say("  the url below is an example: write that of the API")
    say("", "  for warroom.toml:", "", *found.toml.splitlines())


def _wrapped(text: str) -> list[str]:
    return wrap(text, 79, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _place(one: FieldFit) -> str:
    return f"{one.path} as {one.transform}" if one.transform else one.path


def _shown(one: FieldFit) -> str:
    if one.filled:
        return one.example
    return one.why or ("none in this sample" if one.known else "never a value")
