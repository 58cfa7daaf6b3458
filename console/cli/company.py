"""Who is here and how it stands with other machines, for people and for programs."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from console.cli.exits import DONE
from console.cli.say import say, say_json
from console.domain.presence import Present, together
from console.domain.times import iso, iso_or_none, span
from console.presence import here
from console.sync import kept
from console.sync.status import SyncStatus


def who(args: Namespace) -> int:
    """`warroom who`: 0. Reads no journal and asks nobody."""
    from config.load import load
    from console.clock import clock_for

    loaded = load(args.dir)
    clock = clock_for(loaded.directory)
    left, now = kept.read(loaded.directory / "journal"), clock.now()
    present = everybody(loaded.directory, left.told(clock))
    if args.json:
        say_json(present_of(present))
    else:
        say(*(who_sentences(present, now) or ["Nobody has it open."]))
    return DONE


def everybody(directory: Path, status: SyncStatus) -> tuple[Present, ...]:
    """Who has it open on this machine and on those that are heard of."""
    return together(status.present, here(directory))


def present_of(present: tuple[Present, ...]) -> list[dict[str, Any]]:
    """Each process as plain JSON values: `since` RFC 3339; `recording` is true of the watcher."""
    return [
        {
            "name": one.name,
            "roles": list(one.roles),
            "since": iso(one.since),
            "host": one.host,
            "writer": one.writer,
            "what": one.what,
            "recording": one.recording,
            "runs": list(one.runs),
        }
        for one in present
    ]


def sync_of(status: SyncStatus) -> dict[str, Any]:
    """How it stands with other machines as plain JSON values; times RFC 3339, null if never."""
    return {
        "state": status.state,
        "since": iso(status.since) if status.state != "off" else None,
        "why": status.why,
        "waiting": status.waiting,
        "missing": status.missing,
        "peers": [
            {
                "writer": peer.writer,
                "entries": peer.entries,
                "heard_at": iso_or_none(peer.heard_at),
                "acked": peer.acked,
            }
            for peer in status.peers
        ],
        "refused": [asdict(one) for one in status.refused],
    }


def who_sentences(present: tuple[Present, ...], now: float) -> list[str]:
    """One sentence each."""
    return [_sentence(one, now) for one in present]


def _sentence(one: Present, now: float) -> str:
    records = ", and records" if one.recording else ""
    runs = f", and carries out {', '.join(one.runs)}" if one.runs else ""
    what = {"console": "a console", "watch": "warroom watch", "sync": "warroom sync"}[one.what]
    roles = f" ({', '.join(one.roles)})" if one.roles else ""
    ago = span(now - one.since)
    return f"{one.name}{roles} is here for {ago}, in {what} on {one.host}{records}{runs}."


def sync_sentences(status: SyncStatus, now: float) -> list[str]:
    """Nothing where no other machine is configured."""
    if status.state == "off":
        return []
    why = f": {status.why}" if status.why else ""
    words = {
        "synced": "has been in step with the others",
        "catching-up": "has been catching up with the others",
    }
    state = words.get(status.state, "has reached none of the others")
    head = f"This machine {state} for {span(now - status.since)}{why}."
    counts = f"{status.waiting:,} entries wait to be sent, {status.missing:,} to be received."
    lines = [head, *([counts] if status.waiting or status.missing else [])]
    return [*lines, *(f"Refused: {one.words}." for one in status.refused)]
