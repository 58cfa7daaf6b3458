"""`warroom journal`: show, verify, export."""

from argparse import Namespace
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from config.load import load
from console.clean import clean
from console.cli.say import say, warn, write
from console.clock import SystemClock
from console.domain.entry import Actor, Entry
from console.domain.words import entry_words
from console.journal import Journal
from console.journal.export import export as write_out
from console.journal.home import check_deployment, default_home
from console.journal.verify import verify as verify_files
from console.room import OpenFailed

MOST_LINE = 1 << 20


def _entries(directory: Path) -> tuple[list[Entry], str]:
    """All verified entries in their order, and what is wrong with the rest.

    The journal speaks for itself: a `warroom.toml` that cannot be read does not matter here.
    """
    journal = Journal.open(
        directory,
        _deployment(directory) or load(directory).deployment.deployment,
        clock=SystemClock(),
        config_hash="",
        read_only=True,
        genesis_actor=Actor(""),
    )
    with closing(journal):
        return journal.read_new(), journal.trouble


def _deployment(directory: Path) -> str:
    """The deployment's id, by the first line of a journal that can be read; empty without one."""
    if not directory.is_dir():
        raise OpenFailed(f"{directory} is not a directory; name the deployment's directory")
    for file in sorted((directory / "journal").glob("*.jsonl")):
        with suppress(OSError, ValueError, KeyError, TypeError), file.open("rb") as stream:
            deployment = str(msgspec.json.decode(stream.readline(MOST_LINE))["deployment"])
            check_deployment(deployment)
            return deployment
    return ""


def _damage(trouble: str) -> int:
    if trouble:
        warn(trouble)
    return 4 if trouble else 0


def show(args: Namespace) -> int:
    """`warroom journal show`."""
    entries, trouble = _entries(args.dir)
    lines = [
        f"{entry.at:%Y-%m-%dT%H:%M:%SZ}  {entry.writer}/{entry.seq:<5} "
        f"{clean(entry.actor.name, 24):24} {entry.kind:20} {clean(entry_words(entry))}"
        for entry in entries
    ]
    found = [line for line in lines if args.filter.lower() in line.lower()]
    say(*(found[-args.last :] if args.last else found))
    return _damage(trouble)


def verify(args: Namespace) -> int:
    """`warroom journal verify`: 0 if every line verifies, 4 if not."""
    deployment = _deployment(args.dir)
    report = verify_files(args.dir, default_home(deployment) if deployment else None)
    for writer in report.writers:
        if writer.ok:
            say(f"✓ {writer.writer}: {writer.entries} entries, head {writer.head}")
        else:
            say(
                f"✗ {writer.writer}: line {writer.line}, byte {writer.offset}: {writer.problem} "
                f"({writer.entries} entries before it verify)"
            )
    if not report.writers:
        say("no journal has been written yet")
    say(f"Checked: {report.checked}", f"Not known: {report.unknown}")
    return 0 if report.ok else 4


def export(args: Namespace) -> int:
    """`warroom journal export`."""
    entries, trouble = _entries(args.dir)
    pieces = write_out(entries, args.format, args.dir)
    if args.output is None:
        write(pieces)
        return _damage(trouble)
    try:
        with args.output.open("w", encoding="utf-8") as out:
            out.writelines(pieces)
    except OSError as error:
        raise OpenFailed(f"{args.output} cannot be written: {error.strerror}") from None
    return _damage(trouble)
