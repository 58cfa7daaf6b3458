"""What an account remembers outside the deployment's directory: its name as writer, heads seen.

In `$XDG_STATE_HOME/warroom/<deployment>/`, so that a copied directory never continues another's
file, and a file that lost its end is noticed.
"""

import contextlib
import fcntl
import os
import re
import secrets
import socket
from pathlib import Path

import msgspec

from console.journal.chain import Mark

COPIED = "copied.txt"
"""What was copied last from a screen, kept beside the rest."""
_DEPLOYMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HEAD = re.compile(rb" *([0-9]+) ([0-9a-f]{64})\n")


class _Place(msgspec.Struct, frozen=True):
    """Which writer this account is in which directory."""

    writer: str
    directory: str
    device: int
    inode: int


class Home:
    """The memory of one account on one machine for one deployment, at `path`."""

    def __init__(self, path: Path) -> None:
        """Look at `path`; nothing is created before something is kept."""
        self.path = path
        self._fds: dict[str, int] = {}

    def find(self, directory: Path) -> str:
        """The name this account writes under in `directory`; empty if it has none yet."""
        place = _match(self._places(), directory)
        return place.writer if place else ""

    def claim(self, directory: Path) -> str:
        """The name to write under in `directory`, made and kept if there is none yet.

        A moved directory keeps its name, a copied one gets a new one. `OSError` if nothing can be
        kept here.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.path / "writers.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            places = self._places()
            known = _match(places, directory)
            stat = directory.stat()
            writer = known.writer if known else _new_name(directory)
            place = _Place(writer, os.path.realpath(directory), stat.st_dev, stat.st_ino)
            if place != known:
                self._keep([other for other in places if other != known] + [place])
            return writer
        finally:
            os.close(lock)

    def heads(self, own: str) -> dict[str, Mark]:
        """The last entry of each writer that `own` has seen."""
        heads: dict[str, Mark] = {}
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for file in (self.path / "heads" / own).iterdir():
                found = _HEAD.fullmatch(file.read_bytes())
                if found:
                    heads[file.name] = Mark(int(found[1]), found[2].decode())
        return heads

    def remember(self, own: str, writer: str, seq: int, h: str) -> None:
        """Note that the last entry of `writer` that `own` has seen is number `seq`.

        The record in place is overwritten without a sync: it comes after the entry's own sync, so
        it may lag behind the file after a power cut, but never runs ahead.
        """
        fd = self._fds.get(writer)
        if fd is None:
            folder = self.path / "heads" / own
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = self._fds[writer] = os.open(folder / writer, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(fd, b"%20d %b\n" % (seq, h.encode()), 0)

    def close(self) -> None:
        """Let go of the files."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _places(self) -> list[_Place]:
        # A memory that is gone or unreadable makes a new writer, which is always safe.
        try:
            return msgspec.json.decode((self.path / "writers.json").read_bytes(), type=list[_Place])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return []

    def _keep(self, places: list[_Place]) -> None:
        scratch = self.path / "writers.new"
        with scratch.open("wb") as file:
            file.write(msgspec.json.encode(places))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.path / "writers.json")


def default_home(deployment: str) -> Path:
    """Where the account keeps what it remembers of `deployment`."""
    return account_home() / deployment


def account_home() -> Path:
    """Where the account keeps what it remembers, by the XDG rules."""
    base = os.environ.get("XDG_STATE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "warroom"


def check_deployment(deployment: str) -> None:
    """Refuse with a `ValueError` an id that cannot name a directory."""
    if not _DEPLOYMENT.fullmatch(deployment):
        raise ValueError(
            f"{deployment!r} is not a deployment's id: letters, digits, dots, dashes and "
            "underscores, at most 100, as written by `warroom init`"
        )


def _match(places: list[_Place], directory: Path) -> _Place | None:
    """The same directory, wherever it has moved; else what stands at the same path."""
    try:
        stat = directory.stat()
    except FileNotFoundError:
        return None
    for place in places:
        if (place.device, place.inode) == (stat.st_dev, stat.st_ino):
            return place
    path = os.path.realpath(directory)
    return next((place for place in places if place.directory == path), None)


def _new_name(directory: Path) -> str:
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:40] or "host"
    while True:
        name = f"{host}-{secrets.token_hex(4)}"
        if not (directory / "journal" / f"{name}.jsonl").exists():
            return name
