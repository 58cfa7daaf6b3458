"""`warroom fields`: how a log is read, before it is connected."""

from argparse import Namespace
from typing import Any, get_args

import msgspec

from config.feed import FEED_KEYS, FeedKind
from console.clean import clean
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.say import say, say_json, warn, width, wrapped
from console.cli.study import EXAMPLE, Source, Study, read, study
from console.feeds.fitting import FieldFit, Fit
from console.feeds.samples import NoSample, sample_of
from console.net import NetError
from console.room import OpenFailed

_BESIDE = 49  # what a line holds beside the place: a name, a count and a value
_LEAST = 16
MONEY = "USD"  # what an amount is in until [nfr] currency says otherwise
_UNITS = {"latency_s": "s", "cost": MONEY}


def fields(args: Namespace) -> int:
    """`warroom fields`: 0 if at least half of the records are calls, 1 if not, 3 unreached."""
    kinds = [kind for kind in get_args(FeedKind) if "fields" in FEED_KEYS[kind]]
    if args.kind is not None and args.kind not in kinds:
        raise OpenFailed(f"--kind is a kind of log: {', '.join(kinds)}")
    source = Source(args.source, tuple(args.header), args.preset, args.kind)
    try:
        data = read(source)
    except NetError as error:
        warn(error.sentence)
        return UNREACHED
    try:
        found = study(source, sample_of(data))
    except NoSample as why:
        raise OpenFailed(f"{args.source} {why}") from None
    if found is None:
        warn(f"{args.source} has no field that looks like the time of a call: nothing can read it")
        return REFUSED
    if args.json:
        say_json(_as_json(found))
    else:
        _tell(args.source, found)
    return DONE if found.chosen.reads else REFUSED


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
    say(*field_lines(best))
    say("")
    for metric, needs in best.lacking.items():
        say(*wrapped(f"{metric} cannot be computed: it lacks {needs}"))
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


def field_lines(best: Fit, only: str = "") -> list[str]:
    """A call as it is read: each field, or only one, where it lies, how often, and one value."""
    there = [one for one in best.fields if one.present and only in {"", one.field}]
    widest = max(_LEAST, width() - _BESIDE)
    wide = min(widest, max([len(_place(one)) for one in there], default=0))
    lines = []
    for one in there:
        counted = f"{one.filled:,}" if one.known else f"{one.filled:,} !"
        place = clean(_place(one), wide)
        line = f"  {one.field:13} {place:{wide}} {counted:>7}  "
        lines.append(line + clean(_shown(one), width() - len(line)))
    absent = ", ".join(one.field for one in best.fields if not one.present)
    if not only and any(one.field == "cost" and one.filled for one in there):
        lines += ["", *wrapped(f"cost is in {MONEY} unless [nfr] currency says otherwise")]
    if absent and not only:
        lines += ["", *wrapped(f"not in the sample: {absent}")]
    return lines


def _place(one: FieldFit) -> str:
    return f"{one.path} as {one.transform}" if one.transform else one.path


def _shown(one: FieldFit) -> str:
    if one.filled:
        return f"{one.example} {unit}" if (unit := _UNITS.get(one.field)) else one.example
    return one.why or ("none in this sample" if one.known else "never a value")
