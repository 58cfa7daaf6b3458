"""`warroom journal`: show, verify, export."""

import sys
from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

import msgspec

from console.clean import clean
from console.domain.entry import Entry
from console.domain.words import entry_words
from console.journal.export import export as write_out
from console.journal.home import default_home
from console.journal.verify import verify as verify_files
from console.room import WarRoom


def _entries(args: Namespace) -> tuple[list[Entry], str]:
    """All verified entries in their order, and what is wrong with the rest."""
    room = WarRoom.open(args.dir, read_only=True, offline=True)
    trouble = room.record.journal.trouble
    room.record.journal.close()
    return room.record.entries, trouble


def _damage(trouble: str) -> int:
    if trouble:
        print(f"warroom: {clean(trouble, 1000)}", file=sys.stderr)
    return 4 if trouble else 0


def show(args: Namespace) -> int:
    """`warroom journal show`."""
    entries, trouble = _entries(args)
    lines = [
        f"{entry.at:%Y-%m-%dT%H:%M:%SZ}  {entry.writer}/{entry.seq:<5} "
        f"{clean(entry.actor.name, 24):24} {entry.kind:20} {clean(entry_words(entry))}"
        for entry in entries
    ]
    found = [line for line in lines if args.filter.lower() in line.lower()]
    print("\n".join(found[-args.last :] if args.last else found))
    return _damage(trouble)


def verify(args: Namespace) -> int:
    """`warroom journal verify`: 0 if every line verifies, 4 if not."""
    report = verify_files(args.dir, _home(args))
    for writer in report.writers:
        if writer.ok:
            print(f"✓ {writer.writer}: {writer.entries} entries, head {writer.head}")
        else:
            print(
                f"✗ {writer.writer}: line {writer.line}, byte {writer.offset}: {writer.problem} "
                f"({writer.entries} entries before it verify)"
            )
    if not report.writers:
        print("no journal has been written yet")
    print(f"Checked: {report.checked}\nNot known: {report.unknown}")
    return 0 if report.ok else 4


def _home(args: Namespace) -> Path | None:
    raw = next(iter(sorted((args.dir / "journal").glob("*.jsonl"))), None)
    if raw is None:
        return None
    with raw.open("rb") as stream:
        line = stream.readline(1 << 20)
    try:
        return default_home(msgspec.json.decode(line)["deployment"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return None


def export(args: Namespace) -> int:
    """`warroom journal export`."""
    entries, trouble = _entries(args)
    with args.output.open("w", encoding="utf-8") if args.output else nullcontext(sys.stdout) as out:
        out.writelines(write_out(entries, args.format, args.dir))
    return _damage(trouble)
