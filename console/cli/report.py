"""`warroom report`: documents of what is known, to the standard output or a file."""

import asyncio
import os
import secrets
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.load import FILE_NAME
from console.cli.exits import CORRUPT, DONE
from console.cli.running import run
from console.cli.say import patience, write, write_bytes
from console.reports.ground import Ground, Options
from console.reports.kinds import KINDS, make
from console.reports.prompts import readiness_prompt, runbook_prompt
from console.reports.written import as_json, written
from console.room import OpenFailed, WarRoom
from console.room.reported import recorded_ground, report_ground, sealed_for

# What lies there is the record itself; a report is never written over it.
RECORD = ("journal", "telemetry", "evidence")
REPORTS = "reports"
PROMPTS: dict[str, Callable[[Any], str]] = {
    "readiness": readiness_prompt,
    "runbook": runbook_prompt,
}


def report(args: Namespace) -> int:
    """`warroom report`: 0 once it is written, 4 if it was made from a damaged journal.

    `warroom report verify FILE --dir DIR` is the same word with another meaning.
    """
    if args.file is not None:
        return _verify(args)
    if args.against is not None:
        raise OpenFailed("--dir belongs to `warroom report verify FILE --dir DIR`")
    if args.output is not None:
        check_output(args.output, args.dir)
    _check(args)
    # Only what lives from readings asks the feeds, and once.
    with patience("the record is read and the document made"):
        asks = KINDS[args.kind].asks and not (args.offline or args.minutes)
        ground = ground_of(args.dir, asks=asks, minutes_of=args.minutes)
        data = _data(args, ground)
    if args.output is not None:
        write_report(args.output, data, args.dir)
    elif args.format == "pdf" and not args.prompt:
        write_bytes(data)
    else:
        write([data.decode()])
    return CORRUPT if ground.trouble else DONE


def _check(args: Namespace) -> None:
    """Refuse what cannot be, before any file is read."""
    if args.prompt and args.kind not in PROMPTS:
        raise OpenFailed("there is a prompt for --kind readiness and runbook alone")
    if args.prompt and args.format not in {"md", "json"}:
        raise OpenFailed("a prompt is text: --format md or json")
    for option, name in (("person", "for"), ("incident", "incident"), ("rollout", "rollout")):
        able = [kind for kind, one in KINDS.items() if option in one.options]
        if getattr(args, option) and args.kind not in able:
            raise OpenFailed(f"--{name} means something to --kind {' and '.join(able)} alone")
    if args.format == "pdf" and args.output is None and sys.stdout.isatty():
        raise OpenFailed(
            "a PDF is nothing for a terminal: name a file with --output, or use a pipe"
        )


def _verify(args: Namespace) -> int:
    from console.cli.report_verify import verify

    if args.dir != Path("verify"):
        raise OpenFailed(f"one directory at a time: what is {args.file}?")
    if args.against is None:
        raise OpenFailed("name the deployment's directory: warroom report verify FILE --dir DIR")
    return verify(Namespace(file=args.file, dir=args.against))


def ground_of(directory: Path, *, asks: bool, minutes_of: str = "") -> Ground:
    """One moment of the deployment; `asks` every feed once before."""
    return run(_asked(directory)) if asks else recorded_ground(directory, minutes_of=minutes_of)


async def _asked(directory: Path) -> Ground:
    room = WarRoom.open(directory, read_only=True)
    try:
        await room.poll_once()
        return await asyncio.to_thread(report_ground, room)
    finally:
        await room.close()


def _data(args: Namespace, ground: Ground) -> bytes:
    options = Options(args.person, args.incident, args.rollout)
    if args.prompt:
        facts, _ = make(args.kind, ground, options)
        prompt = PROMPTS[args.kind](facts)
        told: Any = {"kind": args.kind, "prompt": prompt}
        return as_json(told) if args.format == "json" else prompt.encode()
    return written(ground, sealed_for(ground, args.kind, options, args.dir), args.format)


def check_output(path: Path, directory: Path) -> None:
    """Refuse a place that is no file, or that belongs to the deployment's record."""
    if path.is_dir():
        raise OpenFailed(f"{path} is a directory; name a file for --output")
    place, home = path.resolve(), directory.resolve()
    record = [home / FILE_NAME, *(home / name for name in RECORD)]
    if any(place == kept or kept in place.parents for kept in record):
        raise OpenFailed(f"{path} belongs to the deployment's record; name another --output")
    if path.exists() and not place.is_file():
        raise OpenFailed(f"{path} is no regular file; leave --output out and use a pipe")


def write_report(path: Path, data: bytes, directory: Path) -> None:
    """Write the file whole or not at all; one that was there is replaced.

    The folder of reports of the deployment at `directory` is made if it is not there, any other is
    not.
    """
    reports = directory / REPORTS
    place = path.resolve()
    scratch = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}")
    try:
        if place.parent == reports.resolve():
            place.parent.mkdir(exist_ok=True)
        with scratch.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(place)
    except OSError as error:
        raise OpenFailed(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
