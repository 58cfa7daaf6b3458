"""The record as one file to hand on: a `.tar.gz` that unpacks to files and their SHA-256 sums.

The same state gives the same bytes: sorted names, one fixed time, nobody's account. Whole files are
never held in memory, and no symbolic link is followed.
"""

import gzip
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO

from config.load import FILE_NAME, MOST_BYTES
from console.clock import CLOCK_FILE
from console.journal.line import is_sealed
from console.journal.redaction import Redactor
from console.journal.verify import Report, WriterReport
from console.reports.archive_files import (
    ArchiveError,
    Part,
    copied,
    folders_of,
    is_there,
    made,
    opened,
)
from console.reports.archive_words import read_me
from console.reports.evidence_list import EvidenceList
from console.reports.plain_config import without_secrets

SUMS = "SHA256SUMS"
SCRIPT = "verify_journal.py"


@dataclass
class Archived:
    """What went in: `files` with their SHA-256, and in sentences what was left out and why."""

    files: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def write_archive(
    out: IO[bytes],
    directory: Path,
    report: Report,
    evidence: EvidenceList,
    *,
    at: float,
    reports: Mapping[str, bytes] | None = None,
    with_evidence: bool = False,
    redactor: Redactor | None = None,
) -> Archived:
    """Write the deployment at `directory`, whose journal verified as `report`, to `out`.

    `reports` are documents made just now, by file name; they stand in `reports/` beside those that
    lie there, and in place of one of the same name. `at` (unix seconds) is the time of all files:
    with that of the last entry the same state gives the same bytes. A damaged journal goes in as it
    is, so that others can look at it. Redacted archives hold no telemetry, of the reports in the
    deployment signed heads alone, no evidence and no `warroom.toml`: nobody can say what names are
    in those.

    Raises `ArchiveError` where a part cannot be read, and `OSError` where `out` takes no more.
    """
    told = Archived()
    name = f"warroom-{report.deployment or 'empty'}"
    with ExitStack() as held:
        root = held.enter_context(opened(directory))
        fresh = [made(f"reports/{key}", value) for key, value in sorted((reports or {}).items())]
        found = _found(root, directory, told, with_evidence, redactor is not None)
        names = {part.name for part in fresh}
        parts = [
            *_journal(root, report, redactor, told),
            made(SCRIPT, resources.files("console.journal").joinpath(SCRIPT).read_bytes()),
            made("evidence.csv", evidence.table().encode()),
            *fresh,
            *(part for part in found if part.name not in names),
        ]
        told_of = "" if redactor is None else f"Left out: {', '.join(sorted(redactor.rules))}."
        words = read_me(report, [part.name for part in parts], told.left_out, told_of)
        parts.append(made("README.txt", words.encode()))
        zipped = held.enter_context(gzip.GzipFile("", "wb", 6, out, 0))
        tar = held.enter_context(tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT))
        for part in sorted(parts, key=lambda part: part.name):
            told.files[part.name] = part.add(tar, f"{name}/{part.name}", int(at))
        sums = "".join(f"{digest}  {key}\n" for key, digest in told.files.items())
        made(SUMS, sums.encode()).add(tar, f"{name}/{SUMS}", int(at))
    return told


def _journal(
    root: int, report: Report, redactor: Redactor | None, told: Archived
) -> Iterator[Part]:
    """Each writer's file up to its last whole entry; a damaged one whole."""
    for writer in report.writers:
        name = f"journal/{writer.file.name}"
        if not is_there(root, name):
            told.left_out.append(f"{name}, which is gone or a link")
        elif redactor is not None:
            if not writer.ok:
                told.left_out.append(f"{name} from line {writer.line} on, which does not verify")
            yield _redacted(root, name, writer, redactor)
        elif not writer.ok:
            yield copied(root, name)
        else:
            if writer.torn:
                told.left_out.append(f"the last {writer.torn} bytes of {name}, never finished")
            yield copied(root, name, writer.length)


def _redacted(root: int, name: str, writer: WriterReport, redactor: Redactor) -> Part:
    def open_it(held: ExitStack) -> tuple[IO[bytes], int]:
        stream, size = copied(root, name, writer.length).open(held)
        scratch = held.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 -- closed with the part
        while size > 0 and (line := stream.readline(size)):
            size -= len(line)
            line = line.removesuffix(b"\n")
            if is_sealed(line):  # what a crash tore may hold names, and is nobody's entry
                scratch.write(redactor.line(line) + b"\n")
        length = scratch.tell()
        scratch.seek(0)
        return scratch, length

    return Part(name, open_it)


def _found(
    root: int, directory: Path, told: Archived, with_evidence: bool, redacted: bool
) -> list[Part]:
    """What lies in the directory besides the journal."""
    left = told.left_out
    if redacted:
        left.append(
            f"{FILE_NAME}, telemetry, and all of reports/ but signed heads: nobody can say what "
            "names and words are in them"
        )
        found = folders_of(root, ["reports"], [])
        return [part for part in found if _is_signed_heads(root, part.name)]
    folders = ["telemetry", "reports"] + (["evidence"] if with_evidence else [])
    if not with_evidence:
        left.append("the files of evidence/, of which evidence.csv is the list")
    clock = [copied(root, CLOCK_FILE)] if is_there(root, CLOCK_FILE) else []
    return [*_config(root, left), *clock, *folders_of(root, folders, left)]


def _config(root: int, left_out: list[str]) -> list[Part]:
    if not is_there(root, FILE_NAME):
        left_out.append(f"{FILE_NAME}, which is not there, or a link")
        return []
    with ExitStack() as held:
        try:
            stream, _ = copied(root, FILE_NAME).open(held)
            raw = stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise ArchiveError(f"{FILE_NAME} cannot be read: {error.strerror}") from None
    plain = without_secrets(raw)
    if plain is None:
        left_out.append(f"{FILE_NAME}, which may hold secrets that cannot be told from the rest")
        return []
    text, secrets = plain
    if secrets:
        left_out.append(
            f"{secrets} secrets that stood in {FILE_NAME}, so its hash is not the journal's"
        )
    return [made(FILE_NAME, text)]


def _is_signed_heads(root: int, name: str) -> bool:
    """Whether it is a statement of heads with a signature, or that: they name nobody."""
    text = name.removesuffix(".sig")
    if not (is_there(root, text) and is_there(root, f"{text}.sig")):
        return False
    with ExitStack() as held:
        stream, _ = copied(root, text).open(held)
        return stream.read(len(HEADS)) == HEADS


HEADS = b"warroom journal heads 1\n"
