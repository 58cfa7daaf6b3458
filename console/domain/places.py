"""Places in the journal, as people write them: a time, an entry, a word. Pure.

What jumps lead to: decisions, alerts, incidents.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from console.domain.entry import Entry
from console.domain.refused import Refused
from console.domain.times import iso, utc

Kind = Literal["decision", "alert", "incident"]
KINDS: dict[str, Kind] = {
    "gate.decided": "decision",
    "gate.proposed": "decision",
    "window.assessed": "decision",
    "rollback.triggered": "decision",
    "suspension.triggered": "decision",
    "alert.fired": "alert",
    "trigger.raised": "alert",
    "incident.opened": "incident",
}
FORMS = "a time (2026-11-20T14:02:31Z, 14:02, +2h, -10m), #123, WRITER/123, first, last or gate"
_AWAY = re.compile(r"([+-])(\d{1,5})\s?(s|min|m|h|d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?Z?")
_NUMBER = re.compile(r"(?:#|(?P<writer>[^/\s]+)/#?)(?P<seq>\d{1,12})")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def place_of(text: str, entries: Sequence[Entry], now: float) -> float | Entry:
    """What `text` means: a time (unix seconds), or one of `entries`, which are as they came to be.

    `now` is where the reader stands: `+2h` is told from there, `14:02` is that time of the same
    UTC day. Raises `Refused` for what is none of it.
    """
    text = text.strip()
    if text in {"first", "last"}:
        return entries[0 if text == "first" else -1]
    if text == "gate":
        return _last_gate(entries)
    if found := _NUMBER.fullmatch(text):
        return _numbered(found["writer"], int(found["seq"]), entries)
    if found := _AWAY.fullmatch(text):
        seconds = int(found[2]) * _SECONDS[found[3]]
        return now + (seconds if found[1] == "+" else -seconds)
    if found := _CLOCK.fullmatch(text):
        return _time_of_day(text, found, now)
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f'"{text}" is no place in the record', f"write {FORMS}") from None
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()


def within(moment: float, start: float, end: float) -> float:
    """`moment`, if the record holds it; `Refused` with what it holds. All in unix seconds."""
    if moment < start - 1:  # it may have been written to the second
        raise Refused(f"{iso(moment)} is before the record, which begins at {iso(start)}")
    if moment > end + 1:
        raise Refused(f"{iso(moment)} is after the record, which ends at {iso(end)}")
    return min(max(moment, start), end)


def _last_gate(entries: Sequence[Entry]) -> Entry:
    for entry in reversed(entries):
        if entry.kind == "gate.decided":
            return entry
    raise Refused("no gate was decided in this record")


def _numbered(writer: str | None, seq: int, entries: Sequence[Entry]) -> Entry:
    most: dict[str, int] = {}
    for entry in entries:
        most[entry.writer] = max(entry.seq, most.get(entry.writer, 0))
    names = _named(writer, sorted(most))
    found = [entry for entry in entries if entry.seq == seq and entry.writer in names]
    if len(found) == 1:
        return found[0]
    if found:
        forms = " or ".join(sorted(f"{entry.writer}/{seq}" for entry in found)[:3])
        raise Refused(f"several wrote an entry {seq}: write {forms}")
    held = " and ".join(
        f"1 to {most[name]}" + (f" of {name}" if names[1:] else "") for name in names[:3]
    )
    raise Refused(f"there is no entry {seq}: they are numbered from {held}")


def _named(writer: str | None, names: Sequence[str]) -> Sequence[str]:
    """The writers that are meant: all, the one of that name, or the one whose name ends so."""
    if writer is None:
        return names
    if writer in names:
        return [writer]
    ending = [name for name in names if name.endswith(writer)]
    if not ending:
        raise Refused(f"no writer is called {writer} (one of: {', '.join(names)})")
    if ending[1:]:
        raise Refused(f"several writers' names end in {writer}: {', '.join(ending)}")
    return ending


def _time_of_day(text: str, found: re.Match[str], now: float) -> float:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Refused(f'"{text}" is no time of day')
    day = utc(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(hours=hour, minutes=minute, seconds=second)).timestamp()
