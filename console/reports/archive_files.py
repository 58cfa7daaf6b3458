"""The files of an archive: found without following links, hashed while they are copied."""

import hashlib
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

PACKED = (".tar.gz", ".tgz", ".tar", ".zip")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

Opener = Callable[[ExitStack], tuple[IO[bytes], int]]


class ArchiveError(Exception):
    """The archive cannot be made; the text is one sentence."""


@dataclass(frozen=True)
class Part:
    """One file of the archive; `open` gives a stream and how many bytes of it are the file."""

    name: str
    open: Opener

    def add(self, tar: tarfile.TarFile, name: str, at: int) -> str:
        """Write it to `tar` as `name`, with the time `at`; its SHA-256."""
        with ExitStack() as held:
            try:
                stream, size = self.open(held)
                info = tarfile.TarInfo(name)
                info.size, info.mtime, info.mode = size, at, 0o600
                hashing = _Hashing(stream, size)
                tar.addfile(info, hashing)  # type: ignore[arg-type]  # of a file it only reads
            except OSError as error:
                if error.filename is None and error.errno is None:  # tarfile's own: too few bytes
                    raise ArchiveError(f"{self.name} became shorter while it was read") from None
                raise ArchiveError(f"{self.name} cannot be read: {error.strerror}") from None
            return hashing.digest()


class _Hashing:
    """Reads at most `size` bytes of a stream and hashes what it gives."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, self._left))
        self._left -= len(block)
        self._hash.update(block)
        return block

    def digest(self) -> str:
        return self._hash.hexdigest()


def made(name: str, content: bytes) -> Part:
    """A file whose bytes are at hand."""
    return Part(name, lambda _: (BytesIO(content), len(content)))


def copied(root: int, name: str, size: int | None = None) -> Part:
    """The file `name` under the open directory `root`: its first `size` bytes, or all of it."""

    def open_it(held: ExitStack) -> tuple[IO[bytes], int]:
        stream = held.enter_context(os.fdopen(_descend(root, name), "rb"))
        return stream, os.fstat(stream.fileno()).st_size if size is None else size

    return Part(name, open_it)


@contextmanager
def opened(directory: Path) -> Iterator[int]:
    """A descriptor of the deployment's directory, which may itself be reached by a link."""
    try:
        root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ArchiveError(f"{directory} cannot be read: {error.strerror}") from None
    try:
        yield root
    finally:
        os.close(root)


def is_there(root: int, name: str) -> bool:
    """Whether `name` under `root` is a regular file, and no link."""
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode)
    except OSError:
        return False


def walk(root: int, folder: str, left_out: list[str]) -> Iterator[Part]:
    """Every regular file under `folder`, whatever its depth; what is none is told in `left_out`.

    Hidden files are scratch of ours, packed ones earlier archives.
    """
    try:
        place = os.open(folder, _FOLDER, dir_fd=root)
    except FileNotFoundError:
        return
    except OSError:
        left_out.append(f"{folder}, which is no directory of its own (a link is not followed)")
        return
    try:
        for _, _, names, at in _below(place, left_out, folder):
            for name in names:
                yield copied(root, f"{at}/{name}")
    finally:
        os.close(place)


def _below(
    place: int, left_out: list[str], folder: str
) -> Iterator[tuple[str, list[str], list[str], str]]:
    for path, folders, names, fd in os.fwalk(".", dir_fd=place, follow_symlinks=False):
        at = os.path.normpath(f"{folder}/{path}")
        folders.sort()
        kept = []
        for name in sorted(names + [one for one in folders if _kind(one, fd) == "link"]):
            if name.startswith(".") or name.endswith(PACKED):
                continue
            if (kind := _kind(name, fd)) != "file":
                left_out.append(f"{at}/{ascii(name)[1:-1]}, which is {kind}")
            elif not _is_plain(f"{at}/{name}"):
                left_out.append(f"{at}/{ascii(name)[1:-1]}, whose name could not be checked later")
            else:
                kept.append(name)
        folders[:] = [one for one in folders if not one.startswith(".")]
        yield path, folders, kept, at


def _kind(name: str, fd: int) -> str:
    try:
        mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
    except OSError:
        return "gone"
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "no regular file"


def _is_plain(name: str) -> bool:
    """Whether `sha256sum` writes it as it is."""
    return name.isprintable() and "\\" not in name and not _surrogates(name)


def _surrogates(name: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in name)


def _descend(root: int, name: str) -> int:
    """Open `name` under `root` without a link anywhere on the way; only a regular file."""
    *folders, last = name.split("/")
    at = os.dup(root)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        fd = os.open(last, _FILE, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(22, "it is not a regular file", name)
    return fd


def folders_of(root: int, folders: Sequence[str], left_out: list[str]) -> list[Part]:
    """All files of several folders."""
    return [part for folder in folders for part in walk(root, folder, left_out)]
