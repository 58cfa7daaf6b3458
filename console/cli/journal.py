"""`warroom journal`: show, export."""

from argparse import Namespace
from contextlib import closing
from pathlib import Path

from config.load import ConfigError, load
from config.model import Person
from console.clean import clean
from console.cli.exits import CORRUPT, DONE
from console.cli.report import check_output
from console.cli.say import say, warn, write
from console.cli.standing import marks_of
from console.cli.trust import deployment_of, verified
from console.clock import SystemClock
from console.domain.entry import Actor, Entry
from console.domain.refused import Refused
from console.domain.words import entry_words
from console.journal import Journal
from console.journal.export import export as write_out
from console.journal.redaction import Redactor
from console.room import OpenFailed


def entries_of(directory: Path) -> tuple[list[Entry], str]:
    """All verified entries in their order, and what is wrong with the rest.

    The journal speaks for itself: a `warroom.toml` that cannot be read does not matter here.
    """
    journal = Journal.open(
        directory,
        deployment_of(directory) or load(directory).deployment.deployment,
        clock=SystemClock(),
        config_hash="",
        read_only=True,
        genesis_actor=Actor(""),
    )
    with closing(journal):
        return journal.read_new(), journal.trouble


def _damage(trouble: str) -> int:
    if trouble:
        warn(trouble)
    return CORRUPT if trouble else DONE


def show(args: Namespace) -> int:
    """`warroom journal show`."""
    entries, trouble = entries_of(args.dir)
    marks = marks_of(args.dir)
    lines = [
        f"{entry.at:%Y-%m-%dT%H:%M:%SZ}  {entry.writer}/{entry.seq:<5} "
        f"{clean(entry.actor.name, 24):24} {entry.kind:20} {clean(entry_words(entry))}"
        f"{marks.get((entry.writer, entry.seq), '')}"
        for entry in entries
    ]
    found = [line for line in lines if args.filter.lower() in line.lower()]
    say(*(found[-args.last :] if args.last else found))
    return _damage(trouble)


def export(args: Namespace) -> int:
    """`warroom journal export`: 0 once written, 4 if it was made from a damaged journal."""
    entries, trouble = entries_of(args.dir)
    redactor = _redactor(args, entries)
    if args.format == "archive":
        return _archive(args, entries, redactor)
    if args.with_evidence:
        raise OpenFailed("--with-evidence is for --format archive")
    pieces = write_out(entries, args.format, args.dir, redactor)
    if args.output is None:
        write(pieces)
        return _damage(trouble)
    check_output(args.output, args.dir)
    try:
        with args.output.open("w", encoding="utf-8") as out:
            out.writelines(pieces)
    except OSError as error:
        raise OpenFailed(f"{args.output} cannot be written: {error.strerror}") from None
    return _damage(trouble)


def _redactor(args: Namespace, entries: list[Entry]) -> Redactor | None:
    rules = [rule.strip() for rule in args.redact.split(",") if rule.strip()]
    if not rules:
        return None
    people: tuple[Person, ...] = ()
    try:
        people = load(args.dir).deployment.people
    except ConfigError as error:
        warn(f"only names that the journal knows are taken out, no phones: {error.problems[0]}")
    names, phones = [one.name for one in people], [one.phone for one in people]
    try:
        return Redactor(rules, entries, names, phones)
    except ValueError as error:
        raise OpenFailed(str(error)) from None


def _archive(args: Namespace, entries: list[Entry], redactor: Redactor | None) -> int:
    from console.cli.export import binary_out
    from console.reports.archive import write_archive
    from console.reports.archive_files import ArchiveError
    from console.reports.evidence_list import evidence_list

    if redactor is not None and args.with_evidence:
        raise OpenFailed(
            "--with-evidence and --redact exclude each other: nobody looks into evidence files"
        )
    report = verified(args.dir)
    found = evidence_list(args.dir, entries)
    at = entries[-1].at.timestamp() if entries else 0.0
    try:
        with binary_out(args.output, args.dir) as out:
            told = write_archive(
                out,
                args.dir,
                report,
                found,
                at=at,
                reports=_go_live(args, entries) if redactor is None and entries else {},
                with_evidence=args.with_evidence,
                redactor=redactor,
            )
    except ArchiveError as error:
        raise OpenFailed(str(error)) from None
    if args.output is not None:
        say(f"{len(told.files)} files in {args.output}: unpack it, then sha256sum -c SHA256SUMS")
        say(*(f"Not in it: {what}" for what in told.left_out))
    damaged = [one for one in report.writers if not one.ok]
    for one in damaged:
        warn(
            f"{one.file}, line {one.line}: {one.problem}; the archive holds the file as it is, "
            "and its README says so"
        )
    return CORRUPT if damaged else DONE


def _go_live(args: Namespace, entries: list[Entry]) -> dict[str, bytes]:
    """The Go-Live Report as of the latest entry, by file name; none where it cannot be made.

    It is made of what the archive holds: without the files of evidence it does not look at them.
    """
    from console.reports.ground import Options, evidenced
    from console.reports.written import written
    from console.room.reported import recorded_ground, sealed_for

    try:
        ground = recorded_ground(args.dir, max(entry.at.timestamp() for entry in entries))
        if not args.with_evidence:
            ground = evidenced(ground, None)
        seal = sealed_for(ground, "go-live", Options(), args.dir)
        return {f"go-live.{form}": written(ground, seal, form) for form in ("html", "json")}
    except (ConfigError, OpenFailed, Refused) as error:
        warn(f"the archive holds no Go-Live Report: {error}")
        return {}
