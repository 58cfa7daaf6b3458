"""What can go wrong with the record, each said in one sentence."""

from pathlib import Path


class Corrupt(Exception):
    """A journal file does not hold what was once written to it; it is only read from now on.

    `line` counts from 1 and `offset` from 0, both of the first bad byte's line.
    """

    def __init__(self, file: Path, line: int, offset: int, what: str) -> None:
        """Say `what` is wrong in `file`, and where."""
        super().__init__(
            f"{file}, line {line} (byte {offset}): {what}; it is only read until it is restored "
            "from a copy"
        )
        self.file = file
        self.line = line
        self.offset = offset
        self.what = what


class Redacted(Corrupt):
    """A file of a copy that was redacted to be handed on: it can be verified, never continued."""

    def __init__(self, file: Path, line: int, offset: int) -> None:
        """Say where the first redacted line is."""
        super().__init__(file, line, offset, "the entry is redacted")
        self.args = (
            f"{file}, line {line}: the entry is redacted, so this is a copy made to be handed on; "
            "it can be verified (warroom journal verify), but not opened",
        )


class Latched(Exception):
    """The disk reported an error while writing or syncing; nothing more is written until reopened.

    After such an error nobody can say what is on the disk, and a later sync that succeeds proves
    nothing.
    """


class DiskFull(Exception):
    """The file system has no room; only rollback and incident entries are still taken."""


class Unwritable(Exception):
    """The journal cannot be kept here: no directory, no permission, a network file system."""
