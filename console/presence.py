"""Who has a deployment open on this machine: a small file each, locked by its process.

The system frees the lock however a process ends, so that a file without a lock is that of nobody.
A file is replaced, never changed, and the old one's lock is held until the new one is in its place:
whoever gets the lock of the file that stands there knows that its process is gone.
"""

import fcntl
import os
import re
import stat
from contextlib import suppress
from math import isfinite
from pathlib import Path

import msgspec

from console.clean import clean
from console.domain.presence import Present, Saw

FOLDER = ".present"
MOST_BYTES = 16_384
MOST = 64  # of one deployment on one machine
MOST_TRIES = 5
NAME = re.compile(r"([0-9a-f]{16})\.json")
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_decoder = msgspec.json.Decoder(Present)


class Presence:
    """This process, as others on the machine see it. Its methods block on the disk."""

    def __init__(self, directory: Path, *, make: bool = True) -> None:
        """Tell nobody yet. `make` a journal's folder where there is none."""
        self._make = make
        self._journal = directory / "journal"
        self._fd: int | None = None
        self._path: Path | None = None

    def announce(self, me: Present) -> None:
        """Say who is here, or what has changed of it. `OSError` where nothing can be written."""
        folder = self._journal / FOLDER
        if self._make:
            self._journal.mkdir(exist_ok=True)
        access = self._journal.stat().st_mode
        try:
            folder.mkdir()
        except FileExistsError:
            pass
        else:  # several accounts may share the journal: then they share this too
            folder.chmod(stat.S_IMODE(access))
        path = folder / f"{me.id}.json"
        new = folder / f".{me.id}.tmp"
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(fd, 0o600 | (access & 0o044))
            os.write(fd, msgspec.json.encode(me))
            new.rename(path)
        except OSError:
            os.close(fd)
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        held, self._fd, self._path = self._fd, fd, path
        if held is not None:
            os.close(held)

    def leave(self) -> None:
        """Be here no more."""
        if self._fd is not None and self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None


def here(directory: Path, *, tidy: bool = True) -> tuple[Present, ...]:
    """Every process of this machine that has the deployment open, who came first on top.

    What somebody else than this program put there is passed over; what a process left behind that
    was killed is taken away with `tidy`, where that is allowed. Texts are clean. Raises nothing.
    """
    folder = directory / "journal" / FOLDER
    try:
        with os.scandir(folder) as entries:
            names = sorted(one.name for one in entries if NAME.fullmatch(one.name))
    except OSError:
        return ()
    found = [one for name in names[: 4 * MOST] if (one := _read(folder / name, tidy)) is not None]
    return tuple(sorted(found, key=lambda one: (one.since, one.id))[:MOST])


def _read(path: Path, tidy: bool) -> Present | None:
    """Whose file it is, None if nobody's."""
    for _ in range(MOST_TRIES):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | _FLAGS)
            try:
                return _of(fd, path, tidy)
            except _Replaced:
                continue  # its process lives, and has news
            finally:
                os.close(fd)
        return None
    return None


class _Replaced(Exception):
    """Another file stands there by now."""


def _of(fd: int, path: Path, tidy: bool) -> Present | None:
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _told(path.stem, os.read(fd, MOST_BYTES))
    if path.lstat().st_ino != about.st_ino:
        raise _Replaced
    if tidy:
        path.unlink(missing_ok=True)
    return None


def _told(name: str, data: bytes) -> Present | None:
    try:
        one = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if one.id != name or not isfinite(one.since):
        return None
    return msgspec.structs.replace(
        one,
        name=clean(one.name, 60),
        roles=tuple(clean(role, 40) for role in one.roles[:12]),
        host=clean(one.host, 60),
        writer=clean(one.writer, 100),
        runs=tuple(clean(run, 60) for run in one.runs[:20]),
        saw={clean(name, 40): _finite(held) for name, held in list(one.saw.items())[:40]},
    )


def _finite(held: Saw) -> Saw:
    return held if held.value is None or isfinite(held.value) else Saw(held.verdict)
