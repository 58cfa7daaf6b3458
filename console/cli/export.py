"""`warroom export cases`: captured calls as cases of an evaluation (Guide 6.4)."""

import os
import secrets
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from console.clean import clean
from console.cli.deeds import at_rest
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, warn, write
from console.domain.refused import Refused
from console.reports.cases import Case, captured, gather, line
from console.room import OpenFailed


def cases(args: Namespace) -> int:
    """`warroom export cases`: 0 if every captured call is written, 1 if one is not, and why."""
    expected = dict(map(_expected, args.expected))
    if args.output is not None:
        _check(args.output, args.dir)
    room = at_rest(args)
    state, folder = room.state, room.directory / "evidence"
    calls = captured(state, args.incident)
    if not calls:
        raise Refused(
            "no call is captured"
            + (f" for {args.incident}" if args.incident else "")
            + ": warroom incident capture DIR ID CALL ..."
        )
    known = {one.call for one in calls}
    for name in expected:
        if name not in known:
            raise Refused(f"--expected names {clean(name, 80)}, which is not captured here")
    found = gather(calls, folder, expected)
    lines, lacking = _lines(found.cases, args.format)
    lacking = [*found.lacking, *lacking]
    cases = f"{len(lines)} case{'s' * (len(lines) != 1)}"
    if lines:
        _write(args.output, lines)
        warn(
            f"{cases} with texts of users taken out of the evidence: keep the file as you keep "
            "that, mode 0600, and delete it when it is loaded"
        )
        if none := sum(one.expected is None for one in found.cases):
            warn(
                f"without an expected answer: {none} of {cases}. That proves nothing until "
                "somebody gives one (--expected CALL=TEXT) or a grader reads it"
            )
    warn(*(f"NOT a case: {why}" for why in lacking))
    if args.output is not None and lines:
        say(f"{cases} written to {args.output}")
    return REFUSED if lacking else DONE


@contextmanager
def binary_out(path: Path | None, directory: Path) -> Iterator[IO[bytes]]:
    """Where an archive goes: a file of mode 0600, whole or not at all, or the piped output."""
    if path is None:
        if sys.stdout.isatty():
            raise OpenFailed("an archive is no text for a terminal: give --output FILE.tar.gz")
        yield sys.stdout.buffer
        return
    _check(path, directory)
    scratch = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(descriptor)
        os.link(scratch, path)
    except FileExistsError:
        raise OpenFailed(f"{path} is there already, and nothing is written over it") from None
    except OSError as error:
        raise OpenFailed(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            scratch.unlink()


def _expected(text: str) -> tuple[str, str]:
    call, sign, answer = text.partition("=")
    if not sign or not call.strip() or not answer.strip():
        raise OpenFailed(f'"{clean(text, 80)}" is not CALL=TEXT with an answer in it')
    return call.strip(), answer


def _lines(found: tuple[Case, ...], form: str) -> tuple[list[str], list[str]]:
    lines, lacking = [], []
    for case in found:
        try:
            lines.append(line(case, form) + "\n")  # type: ignore[arg-type]  # argparse knows the forms
        except ValueError as error:
            lacking.append(f"{case.captured.call}: {error}")
    return lines, lacking


def _check(path: Path, directory: Path) -> None:
    """Refuse what is there, and what belongs to the record, before anything is read."""
    from console.cli.report import check_output

    check_output(path, directory)
    if path.exists() or path.is_symlink():
        raise OpenFailed(f"{path} is there already, and nothing is written over it: name another")


def _write(path: Path | None, lines: list[str]) -> None:
    if path is None:
        write(lines)
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as out:
                out.writelines(lines)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
    except FileExistsError:
        raise OpenFailed(f"{path} is there already, and nothing is written over it") from None
    except OSError as error:
        raise OpenFailed(f"{path} cannot be written: {error.strerror}") from None
