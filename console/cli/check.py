"""`warroom check`: whether everything is ready to watch, and what the rules would have done."""

import asyncio
import os
import sys
from argparse import Namespace
from itertools import groupby
from textwrap import wrap
from typing import Any

import msgspec

from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.look_terminal import look_at_terminal
from console.cli.say import say, say_json
from console.domain.times import iso, span
from console.room.doctor import Examination, examine
from console.room.finding import WRONG, Finding
from console.room.lookout import Preview

MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "unreached": "✗"}


def check(args: Namespace) -> int:
    """`warroom check`: 0 if nothing is wrong, 3 if a feed is not reached, else 1."""
    found = asyncio.run(examine(args.dir))
    here = tuple(look_at_terminal(os.environ))
    found = msgspec.structs.replace(found, findings=(*found.findings, *here))
    if args.json:
        say_json(_plain(found))
    else:
        wrong = 0  # what is said in one line is mended in one go
        for (verdict, area, detail), same in groupby(found.findings, key=_told):
            names = ", ".join(one.name for one in same)
            say(*_fitted(f"  {MARKS[verdict]} {verdict:9} {area} {names}: {detail}"))
            wrong += verdict in WRONG
        say(*_previews(found))
        say("nothing is wrong" if not wrong else f"{wrong} to mend")
    if not found.wrong:
        return DONE
    return UNREACHED if any(one.verdict == "unreached" for one in found.wrong) else REFUSED


def _fitted(line: str) -> list[str]:
    """A finding as the terminal is wide; elsewhere it stays one line."""
    if not sys.stdout.isatty():
        return [line]
    width = max(40, os.get_terminal_size(sys.stdout.fileno()).columns - 1)
    return wrap(line, width, subsequent_indent=" " * 14, break_on_hyphens=False)


def _told(one: Finding) -> tuple[str, str, str]:
    return one.verdict, one.area, one.detail


def _previews(found: Examination) -> list[str]:
    if not found.previews:
        return []
    lines = ["Rules beside the guide's, over the last 48 h that are recorded:"]
    for one in found.previews:
        told = f"{_past(one)}; now {one.reading.verdict}: {one.reading.why}"
        lines += _fitted(f"  {one.rule:24} {told}")
    return lines


def _past(one: Preview) -> str:
    if one.episodes is None:
        return "no preview, of this nothing is recorded"
    over = f"in {span(one.until - one.since)}"
    if not one.episodes:
        return f"would not have fired {over}"
    first, last = one.episodes[0].fired_at, one.episodes[-1].fired_at
    times = f"{len(one.episodes)} times" if len(one.episodes) > 1 else "once"
    when = f"at {iso(first)}" if first == last else f"first {iso(first)}, last {iso(last)}"
    return f"would have fired {times} {over}, {when}, for {span(_lasted(one))} in all"


def _lasted(one: Preview) -> float:
    ends = [
        (e.fired_at, one.until if e.resolved_at is None else e.resolved_at)
        for e in one.episodes or ()
    ]
    return sum(end - start for start, end in ends)


def _plain(found: Examination) -> dict[str, Any]:
    """As plain JSON values: times RFC 3339, lengths in seconds."""
    return {
        "ok": not found.wrong,
        "findings": [
            {"area": f.area, "name": f.name, "verdict": f.verdict, "detail": f.detail}
            for f in found.findings
        ],
        "rules": [
            {
                "rule": one.rule,
                "now": {"verdict": one.reading.verdict, "why": one.reading.why},
                "severity": one.reading.severity,
                "recipients": list(one.reading.recipients),
                "since": iso(one.since),
                "until": iso(one.until),
                "fired": None if one.episodes is None else len(one.episodes),
                "seconds": None if one.episodes is None else _lasted(one),
                "episodes": [
                    {
                        "fired_at": iso(episode.fired_at),
                        "resolved_at": None
                        if episode.resolved_at is None
                        else iso(episode.resolved_at),
                    }
                    for episode in one.episodes or ()
                ],
            }
            for one in found.previews
        ],
    }
