"""`warroom report`: documents of what is known, to the standard output or a file."""

import asyncio
import json
import os
import secrets
import shlex
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from config.load import FILE_NAME
from config.model import Deployment, Person
from console.clean import clean
from console.cli.say import write
from console.reports.document import Document
from console.reports.ground import Ground
from console.reports.markdown import render
from console.reports.prompts import readiness_prompt, runbook_prompt
from console.reports.protocol import protocol, protocol_document, reviewers
from console.reports.readiness import readiness_report
from console.reports.readiness_document import readiness_document
from console.reports.runbook import runbook
from console.reports.runbook_document import runbook_document
from console.room import OpenFailed, WarRoom

# What lies there is the record itself; a report is never written over it.
RECORD = ("journal", "telemetry", "evidence")
REPORTS = "reports"


def report(args: Namespace) -> int:
    """`warroom report`: 0 once it is written, 4 if it was made from a damaged journal."""
    if args.output is not None:
        _check_output(args.output, args.dir)
    if args.prompt and args.kind == "protocol":
        raise OpenFailed("there is a prompt for --kind readiness and runbook alone")
    if args.person and args.kind != "protocol":
        raise OpenFailed("--for names whose sheet --kind protocol writes")
    ground = _ground(args)
    text = _text(args, ground)
    if args.output is None:
        write([text])
    else:
        _write_file(args.output, text, args.dir / REPORTS)
    return 4 if ground.trouble else 0


def _ground(args: Namespace) -> Ground:
    """One moment of the deployment. Only the readiness report asks the feeds, and once."""
    asks = args.kind == "readiness" and not args.offline

    async def look() -> Ground:
        room = WarRoom.open(args.dir, read_only=True, offline=not asks)
        try:
            if asks:
                await room.poll_once()
            picture = await asyncio.to_thread(room.take_picture)
            return Ground(
                now=picture.now,
                deployment=room.deployment,
                state=picture.state,
                items=picture.items,
                go_live=picture.go_live,
                gate=picture.gate,
                entries=tuple(room.record.entries),
                heads=room.record.journal.heads,
                trouble=room.record.journal.trouble,
                unasked=not asks,
                directory=shlex.quote(str(args.dir.resolve())),
            )
        finally:
            await room.close()

    return asyncio.run(look())


def _text(args: Namespace, ground: Ground) -> str:
    facts: Any
    document: Document
    prompt = ""
    match args.kind:
        case "readiness":
            facts = readiness_report(ground)
            document, prompt = readiness_document(facts), readiness_prompt(facts)
        case "runbook":
            facts = runbook(ground)
            document, prompt = runbook_document(facts), runbook_prompt(facts)
        case _:
            facts = protocol(ground, _people(ground.deployment, args.person))
            document = protocol_document(facts)
    if args.format == "json":
        told = {"kind": args.kind, "prompt": prompt} if args.prompt else msgspec.to_builtins(facts)
        return json.dumps(told, indent=2, allow_nan=False) + "\n"
    return prompt if args.prompt else render(document)


def _people(deployment: Deployment, name: str) -> list[Person]:
    """Whose sheets are wanted: all whom an escalation reaches, or the one of that name."""
    known = reviewers(deployment)
    if not name:
        return known
    found = [person for person in known if person.name == name]
    if not found:
        names = ", ".join(person.name for person in known) or "nobody"
        raise OpenFailed(f'no escalation reaches "{clean(name, 80)}" (it reaches: {names})')
    return found


def _check_output(path: Path, directory: Path) -> None:
    if path.is_dir():
        raise OpenFailed(f"{path} is a directory; name a file for --output")
    place, home = path.resolve(), directory.resolve()
    record = [home / FILE_NAME, *(home / name for name in RECORD)]
    if any(place == kept or kept in place.parents for kept in record):
        raise OpenFailed(f"{path} belongs to the deployment's record; name another --output")
    if path.exists() and not place.is_file():
        raise OpenFailed(f"{path} is no regular file; leave --output out and use a pipe")


def _write_file(path: Path, text: str, reports: Path) -> None:
    """Write the file whole or not at all; one that was there is replaced.

    The deployment's own folder of `reports` is made if it is not there, any other is not.
    """
    place = path.resolve()
    scratch = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}")
    try:
        if place.parent == reports.resolve():
            place.parent.mkdir(exist_ok=True)
        with scratch.open("x", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(place)
    except OSError as error:
        raise OpenFailed(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
