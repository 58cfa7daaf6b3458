"""`[sync] dir`: a folder that all machines see, with each writer's file in it, written by its own.

The folder may be shared or synchronised by whatever does that; it may lag, be half there, or hold
conflicting copies. Only whole verified lines are taken from it, by the same door as any others.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.journal.disk import write_all
from console.journal.reader import SUFFIX
from console.sync.files import read_regular
from console.sync.intake import MOST_BYTES, NAME, SAID, Intake, Refused


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What one exchange did: entries that came in, what was refused, what is in the way.

    `lacking` counts the writers whose lines wait for one that is missing; `holds` says how many
    entries of each other writer are on disk here, `came` whose entries came in.
    """

    new: int = 0
    refused: tuple[Refused, ...] = ()
    why: str = ""
    lacking: int = 0
    holds: Mapping[str, int] = field(default_factory=dict)
    came: tuple[str, ...] = ()


class Folder:
    """Exchanges lines with a folder. Blocks: call it in a thread."""

    def __init__(self, shared: Path, directory: Path, deployment: str, own: frozenset[str]) -> None:
        """Touch nothing yet. `own` are the writers whose files this account brings."""
        self._shared = shared
        self._place = shared / deployment
        self._journal = directory / "journal"
        self._own = own
        self._intake = Intake(directory, deployment, own)
        self._brought: dict[str, tuple[int, int, int]] = {}
        self._taken: dict[str, tuple[int, int, int]] = {}
        self._refused: dict[str, Refused] = {}
        self._lacking: set[str] = set()

    def exchange(self, *, brings: bool = True) -> Exchanged:
        """With `brings` bring what is new of the own files; take what is new of the others'."""
        if not self._shared.is_dir():
            return Exchanged(why=f"{self._shared} is not there: is it mounted, is it synchronised?")
        try:
            self._place.mkdir(exist_ok=True)
            for writer in sorted(self._own) if brings else ():
                self._bring(writer)
            return self._take_all()
        except OSError as error:
            where = error.filename or self._place
            return Exchanged(why=f"{where}: {error.strerror}", refused=self._kept())

    def _bring(self, writer: str) -> None:
        """Make the folder's file the same as the own one, which alone is right."""
        own, theirs = self._journal / f"{writer}{SUFFIX}", self._place / f"{writer}{SUFFIX}"
        try:
            size = own.stat().st_size
        except FileNotFoundError:
            return
        there = _stamp(theirs)
        if self._brought.get(writer) == (size, *there):
            return
        data = own.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        held = read_regular(theirs, MOST_BYTES) if there[0] >= 0 else b""
        if whole.startswith(held):
            _append(theirs, whole[len(held) :])
        else:
            scratch = self._place / f".{writer}.new"
            scratch.unlink(missing_ok=True)
            _append(scratch, whole)
            scratch.replace(theirs)
        self._brought[writer] = (size, *_stamp(theirs))

    def _take_all(self) -> Exchanged:
        new, came_of = 0, []
        for file in sorted(self._place.glob(f"*{SUFFIX}")):
            if file.name.startswith(".") or file.stem in self._own:
                continue
            if not NAME.fullmatch(file.stem):
                why = "it is no writer's name; a copy made by what synchronises the folder?"
                self._refused[file.name] = Refused(file.stem[:60], 0, "misnamed", why)
                continue
            stamp = _stamp(file)
            done = self._taken.get(file.stem, (0, 0, 0))
            if done[1:] == stamp:
                continue
            if stamp[0] > MOST_BYTES:
                self._refused[file.stem] = Refused(file.stem, 0, "too-much", SAID["too-much"])
                continue
            try:
                came, gap, offset = self._take(file, done[0] if stamp[0] >= done[0] else 0)
            except OSError as error:  # one that cannot be read holds up no other
                why = error.strerror or "it cannot be read"
                self._refused[file.stem] = Refused(file.stem, 0, "misnamed", why)
                continue
            new += came
            came_of += [file.stem] if came else []
            (self._lacking.add if gap else self._lacking.discard)(file.stem)
            self._taken[file.stem] = (offset, *stamp)
        holds = {writer: self._intake.mark(writer).seq for writer in sorted(self._taken)}
        return Exchanged(
            new, self._kept(), lacking=len(self._lacking), holds=holds, came=tuple(came_of)
        )

    def _take(self, file: Path, offset: int) -> tuple[int, bool, int]:
        """Entries that came, whether one before them is missing, and where to go on next time."""
        rest = read_regular(file, MOST_BYTES, offset)
        whole = rest[: rest.rfind(b"\n") + 1]
        if not whole:
            return 0, False, offset
        taken = self._intake.take(file.stem, whole)
        if taken.gap and offset:  # the file is another than it was
            return self._take(file, 0)
        if taken.refused is None:
            self._refused.pop(file.stem, None)
        else:
            self._refused[file.stem] = taken.refused
        fine = taken.refused is None and not taken.gap
        return taken.new, bool(taken.gap), offset + len(whole) if fine else 0

    def _kept(self) -> tuple[Refused, ...]:
        return tuple(self._refused.values())


def _stamp(file: Path) -> tuple[int, int]:
    """Size and time of change; (-1, 0) for a file that is not there."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return -1, 0
    return stat.st_size, stat.st_mtime_ns


def _append(file: Path, data: bytes) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
