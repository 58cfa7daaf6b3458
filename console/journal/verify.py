"""Verifies the files of a journal as anyone can: from their bytes alone."""

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from console.clock import SystemClock
from console.journal.chain import Chain, Mark, Torn, Unfinished
from console.journal.copies import Copied, read_copy
from console.journal.errors import Corrupt, Redacted
from console.journal.home import Home
from console.journal.reader import NO_FILE, SUFFIX, Folder, writers

CHECKED = (
    "Each line's hash over its bytes, each entry's number and link to the one before, clocks that "
    "advance, one writer a file and one deployment over all, and that recoveries name exactly the "
    "bytes they skip."
)
CHECKED_COPY = (
    "Each unredacted line's hash over its bytes; of all lines the number, the clock and that each "
    "names the hash of the one before. What a crash tore is not part of a copy."
)
UNKNOWN = (
    "That nothing is missing at a file's end beyond the last entry this account remembers, that "
    "nobody rewrote a whole file from its start, that names and times are true."
)
UNKNOWN_COPY = (
    "What redacted entries held, and that they are the ones that were written: a redacted entry "
    "fits its neighbours, no more. Nor that it stays hidden: whoever has a list of likely names "
    "can try each of them against the hash that was kept. What stands before one is bound to what "
    "stands after it only where the original is at hand, or a signature or an anchor names the "
    "place. That nobody rewrote the whole from its start, that names and times are true."
)


@dataclass(frozen=True, slots=True)
class WriterReport:
    """One writer's file: how far it verifies. `line` from 1 and `offset` in bytes, if not `ok`.

    `torn` counts bytes at the end whose append never ended, `recovered` the tears that were
    healed and named. `remembered` says whether this account knew where the file should end at
    least. `hashes` are those of all `entries`, which end `length` bytes into the file. In a copy
    `redacted` counts the entries whose content does not verify, `loose` those of them at the end.
    """

    writer: str
    file: Path
    entries: int
    head: str
    ok: bool
    problem: str
    line: int
    offset: int
    torn: int
    recovered: int
    remembered: bool
    redacted: int = 0
    loose: int = 0
    hashes: tuple[str, ...] = field(default=(), repr=False)
    length: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All writers' files, with what was checked and what such a check cannot know."""

    writers: tuple[WriterReport, ...]
    deployment: str = ""
    checked: str = CHECKED
    unknown: str = UNKNOWN

    @property
    def ok(self) -> bool:
        """Whether every file verified to its end."""
        return all(writer.ok for writer in self.writers)

    @property
    def entries(self) -> int:
        """All entries that verified, or of a copy that were linked."""
        return sum(writer.entries for writer in self.writers)

    @property
    def redacted(self) -> int:
        """The entries whose content does not verify because it was redacted."""
        return sum(writer.redacted for writer in self.writers)


def verify(directory: Path, state_home: Path | None = None) -> Report:
    """Verify the deployment at `directory`; `Unwritable` if its journal cannot be read.

    That may be a redacted copy; `verify_copy` takes the single file of an export. With the
    account's `state_home` the files are also held against the heads it has seen.
    """
    folder = directory / "journal"
    seen: dict[str, Mark] = {}
    if state_home is not None:
        home = Home(state_home)
        own = home.find(directory)
        seen = home.heads(own) if own else {}
    reports: list[WriterReport] = []
    deployment = ""
    for name in sorted({*writers(Folder(folder, SystemClock()).names()), *seen}):
        path = folder / f"{name}{SUFFIX}"
        chain = Chain(path, deployment, seen.get(name))
        hashes = _read(chain)
        # Where this account knows how the file stood, it is no copy but a changed original.
        if isinstance(chain.problem, Redacted) and name not in seen:
            (copied,) = read_copy(path, name, deployment)
            chain = copied.chain
            reports.append(_of_copy(copied))
        else:
            reports.append(_report(chain, hashes))
        deployment = deployment or chain.deployment
    report = Report(tuple(reports), deployment)
    return _as_copy(report) if report.redacted else report


def verify_copy(file: Path) -> Report:
    """Verify the lines of all writers in an exported `file`; `OSError` if it cannot be read."""
    copies = read_copy(file)
    deployment = copies[0].chain.deployment if copies else ""
    return _as_copy(Report(tuple(_of_copy(copied) for copied in copies), deployment))


def _as_copy(report: Report) -> Report:
    return Report(report.writers, report.deployment, CHECKED_COPY, UNKNOWN_COPY)


def _read(chain: Chain) -> list[str]:
    """The hashes of the entries that verify; `chain` holds what does not."""
    try:
        fd = os.open(chain.path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would make us wait
    except FileNotFoundError:
        chain.fail("the file is gone")
        return []
    except OSError as error:
        chain.fail(f"the file cannot be read ({error.strerror})")
        return []
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            chain.fail(NO_FILE)
            return []
        return [entry.h for entry in chain.read(fd)]
    except OSError as error:
        chain.fail(f"the file cannot be read ({error.strerror})")
        return []
    finally:
        os.close(fd)


def _of_copy(copied: Copied) -> WriterReport:
    report = _report(copied.chain, copied.hashes)
    return replace(report, redacted=copied.redacted, loose=copied.loose)


def _report(chain: Chain, hashes: list[str]) -> WriterReport:
    problem: Corrupt | None = chain.problem
    torn = 0
    if isinstance(chain.tail, Torn):
        torn = chain.tail.skipped.length
    elif isinstance(chain.tail, Unfinished):
        torn = chain.tail.length
    return WriterReport(
        writer=chain.writer,
        file=chain.path,
        entries=chain.seq,
        head=chain.h,
        ok=problem is None,
        problem=problem.what if problem else "",
        line=problem.line if problem else 0,
        offset=problem.offset if problem else 0,
        torn=torn,
        recovered=chain.recovered,
        remembered=chain.seen is not None,
        hashes=tuple(hashes),
        length=chain.offset,
    )
