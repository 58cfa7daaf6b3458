"""Files that others put where we look: read without waiting, and only what is a file."""

import os
import stat
from pathlib import Path


def read_regular(path: Path, most: int, offset: int = 0) -> bytes:
    """At most `most` bytes from `offset` on. `OSError` for a pipe, a link, a device, no file."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(0, "is no regular file", str(path))
        file.seek(offset)
        return file.read(most)
