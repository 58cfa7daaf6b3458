"""The writer's own file on the disk: lock, append, sync; and a reserve for a full disk."""

import errno
import fcntl
import os
import re
from pathlib import Path

from console.journal.errors import Latched, Unwritable

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
RESERVE = 64 * 1024
RESERVE_NAME = ".reserve"
MOUNTS = Path("/proc/self/mounts")

_PAGE = 4096
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"}
)


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`; a short write is no error, it just goes on."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class OwnFile:
    """The one file this process appends to, shared under a lock with others of the same writer."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the first lock."""
        self.path = path
        self._name = str(path)
        self._fd = -1
        self._identity = (0, 0)

    def lock(self, *, create: bool) -> os.stat_result:
        """Wait for the lock on the file that stands at the path, and tell about it.

        With `create`, a missing file and its directory are made, and synced; without, `OSError`.
        """
        while True:
            if self._fd < 0:
                self._open(create)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            try:
                there = os.stat(self._name)  # noqa: PTH116 -- Path.stat costs more at each append
            except FileNotFoundError:
                self.close()
                continue
            if (there.st_dev, there.st_ino) == self._identity:
                return there
            self.close()

    def unlock(self) -> None:
        """Let others append."""
        if self._fd >= 0:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def append(self, data: bytes) -> None:
        """Write `data` at the end and sync it.

        `OSError` with an errno in `FULL` if there was no room, perhaps after a part was written;
        `Latched` after any other error, and after every error of the sync.
        """
        try:
            write_all(self._fd, data)
        except OSError as error:
            if error.errno in FULL:
                raise
            raise self._latched("writing", error) from error
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise self._latched("syncing", error) from error

    def close(self) -> None:
        """Let go of the file, and so of the lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self, create: bool) -> None:
        flags = os.O_RDWR | os.O_APPEND
        try:
            self._fd = os.open(self.path, flags)
        except FileNotFoundError:
            if not create:
                raise
            self._fd = self._create(flags | os.O_CREAT)
        stat = os.fstat(self._fd)
        self._identity = (stat.st_dev, stat.st_ino)

    def _create(self, flags: int) -> int:
        folder = self.path.parent
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_directory(folder.parent)
        fd = os.open(self.path, flags, 0o644)
        sync_directory(folder)
        return fd

    def _latched(self, doing: str, error: OSError) -> Latched:
        return Latched(
            f"{self.path}: {error.strerror} while {doing}; nothing more is journalled until "
            "the disk is checked and warroom is started again"
        )


class Reserve:
    """Room set aside in the journal's directory, given back when the disk is full.

    64 KiB where the file system has twice that, a quarter of what is left where it has less.
    """

    def __init__(self, folder: Path) -> None:
        """Look at `folder`; nothing is created before the first question."""
        self._path = folder / RESERVE_NAME
        self._size = 0

    def make(self) -> bool:
        """Set the room aside, if there is enough of it; whether it is there now."""
        free = _free(self._path.parent)
        size = self._size or min(RESERVE, free // 4 // _PAGE * _PAGE)
        if size == 0 or free < 2 * size:
            return False
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                os.posix_fallocate(fd, 0, size)
            finally:
                os.close(fd)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            if error.errno not in FULL:
                raise
            return False
        return True

    def release(self) -> bool:
        """Give the room back; whether there was any."""
        try:
            self._size = self._path.stat().st_size
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True


def must_be_local(folder: Path) -> None:
    """Refuse with `Unwritable` a file system that another machine may write to as well.

    Locks and syncs do not hold there.
    """
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return
    kind = file_system(Path(os.path.realpath(folder)), mounts)
    if kind in _NETWORK:
        raise Unwritable(
            f"{folder} lies on a network file system ({kind}), where a journal cannot be kept "
            "safely; keep the deployment on a local disk"
        )


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`, by the text of `/proc/self/mounts`."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def sync_directory(folder: Path) -> None:
    """Sync the names in `folder`."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
