"""Locks between the processes of one machine: the system frees them when a process ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class FileLock:
    """Held by at most one process; the system frees it however that process ends."""

    def __init__(self, path: Path) -> None:
        """Name the lock; take nothing yet. Its folder is made when it is taken."""
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; True if it is held now. `OSError` if the disk refuses."""
        if self._fd is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = _locked(self._path, fcntl.LOCK_EX, os.O_RDWR | os.O_CREAT)
        return self._fd is not None

    def wait(self) -> None:
        """Take the lock as soon as it is free. `OSError` if the disk refuses."""
        if self._fd is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fd = _opened(self._path, os.O_RDWR | os.O_CREAT)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
            except OSError:
                os.close(fd)
                raise
            self._fd = fd

    def taken(self) -> bool:
        """Whether anybody holds the lock, this object included. False where nobody can know."""
        if self._fd is not None:
            return True
        try:
            fd = _locked(self._path, fcntl.LOCK_SH, os.O_RDONLY)
        except OSError:
            return False
        if fd is None:
            return True
        os.close(fd)
        return False

    def release(self) -> None:
        """Give the lock up, if held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        """Try to take the lock; see `held` for how it went."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock up."""
        self.release()


def _locked(path: Path, how: int, mode: int) -> int | None:
    """A descriptor of `path` that holds the lock, or None if somebody else's stands against it."""
    fd = _opened(path, mode)
    try:
        fcntl.flock(fd, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except OSError:
        os.close(fd)
        raise
    return fd


def _opened(path: Path, mode: int) -> int:
    """A descriptor of `path`; one that is made may be locked by whoever may write beside it."""
    try:
        return os.open(path, mode & ~os.O_CREAT | os.O_CLOEXEC)
    except FileNotFoundError:
        if not mode & os.O_CREAT:
            raise
    fd = os.open(path, mode | os.O_CLOEXEC, 0o600)
    with suppress(PermissionError):  # another account was quicker
        os.fchmod(fd, 0o600 | (path.parent.stat().st_mode & 0o066))
    return fd
