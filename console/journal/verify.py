"""Verifies the files of a journal as anyone can: from their bytes alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from console.clock import SystemClock
from console.journal.chain import Chain, Mark, Torn, Unfinished
from console.journal.errors import Corrupt
from console.journal.home import Home
from console.journal.reader import SUFFIX, Folder, writers

CHECKED = (
    "Each line's hash over its bytes, each entry's number and link to the one before, clocks that "
    "advance, one writer a file and one deployment over all, and that recoveries name exactly the "
    "bytes they skip."
)
UNKNOWN = (
    "That nothing is missing at a file's end beyond the last entry this account remembers, that "
    "nobody rewrote a whole file from its start, that names and times are true."
)


@dataclass(frozen=True, slots=True)
class WriterReport:
    """One writer's file: how far it verifies. `line` from 1 and `offset` in bytes, if not `ok`.

    `torn` counts bytes at the end whose append never ended, `recovered` the tears that were
    healed and named. `remembered` says whether this account knew where the file should end at
    least.
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


@dataclass(frozen=True, slots=True)
class Report:
    """All writers' files, with what was checked and what such a check cannot know."""

    writers: tuple[WriterReport, ...]
    checked: str = CHECKED
    unknown: str = UNKNOWN

    @property
    def ok(self) -> bool:
        """Whether every file verified to its end."""
        return all(writer.ok for writer in self.writers)


def verify(directory: Path, state_home: Path | None = None) -> Report:
    """Verify the deployment at `directory`; `Unwritable` if its journal cannot be read.

    With the account's `state_home` the files are also held against the heads it has seen.
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
        chain = Chain(folder / f"{name}{SUFFIX}", deployment, seen.get(name))
        _read(chain)
        deployment = deployment or chain.deployment
        reports.append(_report(chain))
    return Report(tuple(reports))


def _read(chain: Chain) -> None:
    try:
        fd = os.open(chain.path, os.O_RDONLY)
    except FileNotFoundError:
        chain.fail("the file is gone")
        return
    except OSError as error:
        chain.fail(f"the file cannot be read ({error.strerror})")
        return
    try:
        chain.read(fd)
    except OSError as error:
        chain.fail(f"the file cannot be read ({error.strerror})")
    finally:
        os.close(fd)


def _report(chain: Chain) -> WriterReport:
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
    )
