"""What is said of one journal entry, whole: who, when, its data, and what vouches for it."""

from collections.abc import Iterator

import msgspec

from console.clean import clean
from console.domain.entry import Entry
from console.domain.words import entry_words
from console.journal.judging import Judge
from console.journal.line import MAX_LINE, ZEROS
from console.journal.statements import SIGNED
from console.screens.moments import moment_text
from widgets.labelled import Told
from widgets.line import Tone


def entry_told(entry: Entry, judge: Judge | None, now: float) -> tuple[Told, ...]:
    """All of `entry` as labelled texts, at `now` (unix seconds); nothing of it is left out.

    `judge` knows what signatures are worth, where members have keys.
    """
    roles = f" ({_whole(', '.join(entry.actor.roles))})" if entry.actor.roles else ""
    first = entry.prev == ZEROS
    return (
        (
            "kind",
            ((_whole(kind_words(entry.kind)), "strong"), (f"({_whole(entry.kind)})", "muted")),
        ),
        ("says", tuple((line, "") for line in _whole(entry_words(entry)).split("\n"))),
        ("when", ((moment_text(entry.moment, now), ""), (_exact(entry), "muted"))),
        ("by", ((f"{_whole(entry.actor.name) or 'nobody'}{roles}", ""),)),
        ("entry", ((f"{entry.seq:,} of {_whole(entry.writer)}, clock {entry.clock:,}", ""),)),
        ("counts", vouched(entry, judge)),
        ("data", tuple((line, "") for line in data_lines(bytes(entry.data)))),
        ("hash", ((_whole(entry.h), "muted"),)),
        ("prev", (("none: the first of its writer" if first else _whole(entry.prev), "muted"),)),
    )


def kind_words(kind: str) -> str:
    """`gate.decided` as `gate decided`."""
    return kind.replace(".", " ").replace("-", " ")


def _exact(entry: Entry) -> str:
    return entry.at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _whole(text: str) -> str:
    return clean(text, MAX_LINE, lines=True)


def vouched(entry: Entry, judge: Judge | None) -> tuple[tuple[str, Tone], ...]:
    """What is known of its line, and whose signature stands behind it."""
    chained: tuple[str, Tone] = (
        "verified: its hash is right and the chain unbroken up to it",
        "good",
    )
    if judge is None:
        return (chained, ("no signature is looked at here", "muted"))
    names, why = judge.signers(entry.writer, entry.seq)
    if why:
        return (chained, (f"kept apart where it was not written: {_whole(why)}", "bad"))
    if entry.kind == SIGNED and why is None:
        return (chained, ("it is a signature, and counts", "good"))
    if names:
        return (chained, (f"signed by {_whole(' and '.join(names))}", "good"))
    return (chained, ("nobody has signed it yet", "warn"))


def data_lines(data: bytes) -> list[str]:
    """An entry's data a line a value, each behind its name: `evidence.kind: url`.

    As it was written where it is nested too deeply for that, or its names would be said over and
    over: whoever wrote it may wish us ill.
    """
    lines, room = [], MAX_LINE
    try:
        for line in _lines("", msgspec.json.decode(data)):
            lines.append(line)
            room -= len(line)
            if room < 0:
                break
        else:
            return lines or ["none"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    return _whole(data.decode(errors="replace")).split("\n")


def _lines(name: str, value: object) -> Iterator[str]:
    match value:
        case dict() if value:
            for key, one in value.items():
                yield from _lines(f"{name}.{key}" if name else str(key), one)
        case list() if any(isinstance(one, dict | list) for one in value):
            for place, one in enumerate(value, 1):
                yield from _lines(f"{name} {place}", one)
        case _:
            first, *rest = _said(value).split("\n")
            yield f"{_whole(name)}: {first}" if name else first
            yield from (f"  {line}" for line in rest)


def _said(value: object) -> str:
    match value:
        case str():
            return _whole(value)
        case "" | None | [] | {}:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_said(one) for one in value)
        case _:
            return _whole(msgspec.json.encode(value).decode())
