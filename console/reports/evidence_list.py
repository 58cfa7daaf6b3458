"""What lies in `evidence/`, and what the journal says should: names, hashes, sizes, no contents."""

import csv
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from console.domain.entry import Entry

COLUMNS = ("sha256", "size", "state", "named_by")
_DIGEST = re.compile(r"[0-9a-f]{64}")
# Where an entry names a file in `evidence/` by its hash.
_NAMED = {
    "item.confirmed": ("evidence", "sha256"),
    "probe.ran": ("sha256",),
    "call.captured": ("sha256",),
    "escalation.raised": ("reason",),
}


@dataclass(frozen=True)
class Kept:
    """One file: `whole` if its bytes have the hash that is its name; `by` are `writer/seq`."""

    sha256: str
    size: int | None
    state: Literal["whole", "changed", "missing", "unreadable"]
    by: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceList:
    """All of `evidence/`, sorted by name."""

    kept: tuple[Kept, ...]

    def table(self) -> str:
        """As CSV with a header."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in self.kept:
            size = "" if one.size is None else one.size
            rows.writerow((one.sha256, size, one.state, " ".join(one.by)))
        return text.getvalue()


def evidence_list(directory: Path, entries: Iterable[Entry]) -> EvidenceList:
    """Look at each file in the deployment's `evidence/`, and for each that the journal names."""
    named: dict[str, list[str]] = {}
    for entry in entries:
        if digest := _digest_of(entry):
            named.setdefault(digest, []).append(f"{entry.writer}/{entry.seq}")
    folder = directory / "evidence"
    here: set[str] = set()
    if folder.is_dir() and not folder.is_symlink():
        here = {name for name in os.listdir(folder) if _DIGEST.fullmatch(name)}  # noqa: PTH208 -- only the names
    return EvidenceList(
        tuple(
            _look(folder / digest, tuple(named.get(digest, ())))
            for digest in sorted(here | {*named})
        )
    )


def _digest_of(entry: Entry) -> str:
    way = _NAMED.get(entry.kind)
    if way is None:
        return ""
    value: object = msgspec.json.decode(entry.data)
    for key in way:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and _DIGEST.fullmatch(value) else ""


def _look(path: Path, by: tuple[str, ...]) -> Kept:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return Kept(path.name, None, "missing", by)
    except OSError:
        return Kept(path.name, None, "unreadable", by)
    with os.fdopen(fd, "rb") as stream:
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode):
            return Kept(path.name, None, "unreadable", by)
        whole = hashlib.file_digest(stream, "sha256").hexdigest() == path.name
    return Kept(path.name, about.st_size, "whole" if whole else "changed", by)
