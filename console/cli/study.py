"""A sample of a log, read and understood: which preset fits, or which field map to write."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from config.feed import USUAL_PRESETS, FeedKind
from config.leaks import NO_VARIABLE, names_variable
from config.presets import Preset, preset
from config.secret import MissingSecret, Secret
from config.write import table_text
from console.cli.presets import preset_named
from console.clock import SystemClock
from console.feeds.base import MOST_BYTES
from console.feeds.fitting import Fit, at_home, fit, fit_preset, fits
from console.feeds.pages import sample_params
from console.feeds.proposing import Proposal, next_page, propose
from console.feeds.samples import Sample
from console.feeds.web import extended
from console.net import Http, resolve_headers, status_error
from console.room import OpenFailed

ENOUGH_BYTES = 2 * 1024 * 1024
WEB = ("http://", "https://")
EXAMPLE = "https://agent.example/calls"
CLEARLY = 2


class Source(msgspec.Struct, frozen=True):
    """Where a sample is taken: a file's path or a URL, and what is asked of it.

    `headers` are NAME=VARIABLE, a header and the environment variable that holds its value. With
    `preset` or `kind` nothing else is tried.
    """

    place: str
    headers: tuple[str, ...] = ()
    preset: str = ""
    kind: FeedKind | None = None

    @property
    def web(self) -> bool:
        """Whether it is asked over HTTP."""
        return self.place.startswith(WEB)

    @property
    def header_table(self) -> dict[str, dict[str, str]]:
        """The headers as `warroom.toml` writes them."""
        pairs = (given.partition("=") for given in self.headers)
        return {name: {"env": variable} for name, _, variable in pairs}


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


def read(source: Source) -> bytes:
    """The beginning of the source, up to the end of a line. Raises `NetError`, `OpenFailed`."""
    known = preset_named(source.preset) if source.preset else None
    if source.web:
        data, more = asyncio.run(_fetched(source, known))
    else:
        try:
            with Path(source.place).open("rb") as file:
                data = file.read(ENOUGH_BYTES + 1)
        except OSError as error:
            raise OpenFailed(f"{source.place} cannot be read: {error.strerror}") from None
        more = len(data) > ENOUGH_BYTES
    return data[: data.rfind(b"\n") + 1] if more and b"\n" in data else data


async def _fetched(source: Source, known: Preset | None) -> tuple[bytes, bool]:
    """What the address answers, and whether more would follow."""
    try:
        secretive = "@" in urlsplit(source.place).netloc
    except ValueError:
        raise OpenFailed("the address is not a URL") from None
    if secretive:
        raise OpenFailed("the address holds a user or password; give it with --header instead")
    headers = {}
    for given in source.headers:
        name, mark, variable = given.partition("=")
        if not mark:
            raise OpenFailed("--header is NAME=VARIABLE, a header and where its value is kept")
        if not names_variable(variable):
            raise OpenFailed(f"--header {name}=…: {NO_VARIABLE}")
        try:
            headers[name] = Secret(env=variable).reveal(Path())
        except MissingSecret as why:
            raise OpenFailed(str(why)) from None
    plain, secret = resolve_headers(source.place, headers)
    asked = {} if known is None else sample_params(known.feed, SystemClock().now())
    async with Http() as http:
        response = await http.fetch(
            "GET",
            extended(source.place, "", asked),
            headers={**plain, "Range": f"bytes=0-{ENOUGH_BYTES - 1}"},
            secret_headers=secret,
            cap_bytes=2 * MOST_BYTES,
            accept="application/json, application/x-ndjson, text/plain, */*;q=0.1",
        )
    if response.status not in {200, 206}:
        error = status_error(response, source.place)
        if response.status in {401, 403}:
            error.sentence += "; give its key with --header NAME=VARIABLE"
        raise error
    return response.body, response.status == 206 and len(response.body) == ENOUGH_BYTES


def study(source: Source, sample: Sample) -> Study | None:
    """What is best for the sample; None if nothing can read it."""
    proposal = propose(sample)
    ranked = [_fit_of(source.preset, sample)] if source.preset else fits(sample, source.kind)
    guess = fit("", proposal.fields, sample) if "at" in proposal.fields else None
    best = next((one for one in ranked if source.preset or one.reads), None)
    if best is None or (guess is not None and not source.preset and _better(guess, best, sample)):
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
    feed = needless(_feed(source, sample, best))
    return Study(sample, best, others, proposal, feed, more)


def blank(source: Source, sample: Sample) -> Study:
    """Of a sample that nothing can read as it is: what was guessed, for somebody to go on with."""
    proposal, nothing = propose(sample), Fit("", (), len(sample.records), 0)
    feed = needless(_feed(source, sample, nothing))
    return Study(sample, nothing, [], proposal, feed, proposal.table)


def needless(feed: dict[str, Any]) -> dict[str, Any]:
    """The feed; an empty `preset` only where it keeps the kind's usual one away.

    Names of that one which the log does not know would never be filled, and an absent flag or error
    counts as none, while what is not mapped is not known.
    """
    wanted = feed["preset"] or feed["kind"] in USUAL_PRESETS
    return feed if wanted else {key: value for key, value in feed.items() if key != "preset"}


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


def _feed(source: Source, sample: Sample, best: Fit) -> dict[str, Any]:
    """The keys of the feed, so that it loads."""
    web = source.web
    kind = source.kind or ("jsonl-http" if web else "jsonl")
    if source.kind is None and sample.traced == "otlp":
        kind = "otlp"
    elif source.kind is None and sample.form != "lines":
        kind = "json-pages"
    kinds = preset(best.preset).kinds if best.preset else (kind,)
    feed: dict[str, Any] = {"kind": kind if kind in kinds else kinds[0], "preset": best.preset}
    if feed["kind"] == "jsonl":
        lines = not web and sample.form == "lines"
        feed["path"] = str(Path(source.place).resolve()) if lines else "calls.jsonl"
    elif feed["kind"] == "otlp":
        feed["listen"] = "127.0.0.1:4318"
    else:
        feed["url"] = source.place if web else EXAMPLE
    if feed["kind"] == "loki":
        feed["query"] = '{app="agent"}'
    pages = feed["kind"] == "json-pages"
    if pages and (not best.preset or preset(best.preset).feed.by == "range"):
        feed |= {"items": sample.items} if sample.items else {}
        feed |= next_page(sample)
    if source.headers and "url" in feed:
        feed["headers"] = source.header_table
    return feed
