"""Follows the writers' files as they appear, grow, or are replaced by longer copies."""

import os
from pathlib import Path
from stat import S_ISREG

from console.clock import Clock
from console.domain.entry import Entry
from console.journal.chain import Chain
from console.journal.errors import Unwritable

SUFFIX = ".jsonl"
NO_FILE = "the file cannot be read (it is no regular file)"


class Reader:
    """Gives each verified entry of a file once. `chain` holds how far it is, and its problem."""

    def __init__(self, chain: Chain) -> None:
        """Follow the file of `chain`."""
        self.chain = chain
        self._name = str(chain.path)
        self._stamp = (0, 0, 0)

    def refresh(self, stat: os.stat_result | None = None) -> list[Entry]:
        """The entries that were not there before; none once the file has a problem.

        `stat` is the file's, if it was just asked for.
        """
        chain = self.chain
        if chain.problem is not None:
            return []
        try:
            if stat is None:
                stat = os.stat(self._name)  # noqa: PTH116 -- Path.stat costs more at each append
            if self._stamp == (stat.st_dev, stat.st_ino, stat.st_size):
                return []
            fd = os.open(self._name, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would make us wait
        except FileNotFoundError:
            if chain.mark is not None:
                chain.fail("the file is gone")
            return []
        except OSError as error:
            chain.fail(f"the file cannot be read ({error.strerror})")
            return []
        try:
            return self._read(fd)
        except OSError as error:
            self.chain.fail(f"the file cannot be read ({error.strerror})")
            return []
        finally:
            os.close(fd)

    def wrote(self) -> None:
        """The chain was moved past what this process wrote itself to the file read last."""
        device, inode, _ = self._stamp
        self._stamp = (device, inode, self.chain.offset)

    def _read(self, fd: int) -> list[Entry]:
        stat = os.fstat(fd)
        stamp = (stat.st_dev, stat.st_ino, stat.st_size)
        chain = self.chain
        if not S_ISREG(stat.st_mode):
            chain.fail(NO_FILE)
            return []
        known = chain.seq
        if self._stamp[1] and stamp[:2] != self._stamp[:2]:
            chain = self.chain = Chain(chain.path, chain.deployment, chain.mark)
        elif stamp[2] < chain.offset:
            chain.fail(f"the file has {stamp[2]} bytes, of {chain.offset} that were read before")
            return []
        self._stamp = stamp
        entries = chain.read(fd)
        return entries if chain.seq == known + len(entries) else entries[known:]


class Folder:
    """The names in the journal's directory, listed again when something there came or went."""

    SETTLED_S = 0.1

    def __init__(self, path: Path, clock: Clock) -> None:
        """Nothing is read before the first question."""
        self.path = path
        self._name = str(path)
        self._clock = clock
        self._changed = -1
        self._since = 0.0
        self._listed = 0.0
        self._names: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """All names; none if the directory does not exist. `Unwritable` if it cannot be read.

        A directory's time of change ticks coarsely, so a listing counts as final only when made
        well after the change was first noticed.
        """
        try:
            changed = os.stat(self._name).st_mtime_ns  # noqa: PTH116 -- as in `Reader`
            if changed == self._changed and self._listed - self._since > self.SETTLED_S:
                return self._names
            now = self._clock.monotonic()
            names = frozenset(os.listdir(self._name))  # noqa: PTH208 -- only the names
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise Unwritable(
                f"{self.path} cannot be read as a directory ({error.strerror})"
            ) from error
        if changed != self._changed:
            self._changed, self._since = changed, now
        self._listed, self._names = now, names
        return names


def writers(names: frozenset[str]) -> list[str]:
    """Whose files are among `names`, sorted."""
    return sorted(
        name.removesuffix(SUFFIX)
        for name in names
        if name.endswith(SUFFIX) and not name.startswith(".")
    )
