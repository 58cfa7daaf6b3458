"""Evidence as an operator gives it: words, a URL, or a file that is kept by its hash."""

import os
import re
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import mkstemp

from console.clean import clean
from console.domain.events import Evidence
from console.domain.refused import Refused
from console.domain.state import State

MOST_BYTES = 64 * 1024 * 1024
MOST_TEXT = 4096
MOST_SHOWN = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")


class EvidenceFiles:
    """The files in `evidence/` that confirmations name: is each still what was hashed?"""

    def __init__(self, directory: Path) -> None:
        """Look into the deployment at `directory`."""
        self._folder = directory / "evidence"
        self._seen: dict[str, tuple[tuple[int, ...], bool]] = {}

    def broken(self, state: State) -> frozenset[str]:
        """The hashes whose file is gone, unreadable or changed. Blocks; reads only what is new."""
        named = {
            one.evidence.sha256
            for given in state.items.values()
            for one in given.values()
            if one.evidence.sha256
        }
        return frozenset(digest for digest in named if not self._whole(digest))

    def _whole(self, digest: str) -> bool:
        try:
            with (self._folder / digest).open("rb") as stream:
                stat = os.fstat(stream.fileno())
                # A file's change time cannot be set back, as its modification time can.
                stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
                held = self._seen.get(digest)
                if held is None or held[0] != stamp:
                    held = (stamp, file_digest(stream, "sha256").hexdigest() == digest)
                    self._seen[digest] = held
        except (OSError, ValueError):
            return False
        return held[1]


class Texts:
    """Short texts that the journal names by their hash alone, read from `evidence/` once each."""

    def __init__(self, directory: Path) -> None:
        """Look into the deployment at `directory`."""
        self._folder = directory / "evidence"
        self._known: dict[str, str] = {}

    def of(self, digests: Iterable[str]) -> dict[str, str]:
        """The text of each of `digests` whose file is there and whole, clean. Blocks."""
        found = {}
        for digest in {one for one in digests if one}:
            if digest not in self._known and (text := self._read(digest)):
                self._known[digest] = text
            if digest in self._known:
                found[digest] = self._known[digest]
        return found

    def _read(self, digest: str) -> str:
        if not _DIGEST.fullmatch(digest):  # the journal may be another writer's
            return ""
        try:
            with (self._folder / digest).open("rb") as stream:
                raw = stream.read(MOST_TEXT + 1)
        except OSError:
            return ""
        whole = len(raw) <= MOST_TEXT and sha256(raw).hexdigest() == digest
        return clean(raw.decode("utf-8", "replace"), MOST_SHOWN) if whole else ""


def evidence_from(text: str, directory: Path) -> Evidence:
    """A probe (`probe:logging`, its latest run), a URL, a file, or else words.

    A file is copied to `evidence/` under its SHA-256, mode 0600.

    Raises `Refused` for a file that is too large or cannot be kept.
    """
    text = text.strip()
    if text.startswith("probe:"):
        return Evidence("probe", clean(text.removeprefix("probe:"), 40))
    if text.startswith(("https://", "http://")):
        return Evidence("url", clean(text, 2000))
    path = Path(text).expanduser()
    try:
        if not path.is_file():
            return Evidence("text", clean(text, 2000))
        if path.stat().st_size > MOST_BYTES:
            raise Refused(f"{path} is larger than 64 MiB: keep it elsewhere and give its URL")
        raw = path.read_bytes()
        digest = keep_bytes(directory, raw)
    except (OSError, ValueError) as error:
        if len(text) > 255 or "\0" in text:
            return Evidence("text", clean(text, 2000))
        raise Refused(f"{path} cannot be kept as evidence: {error}") from None
    return Evidence("file", clean(path.name, 200), digest)


def keep_bytes(directory: Path, raw: bytes) -> str:
    """Keep `raw` in the deployment's `evidence/`; its SHA-256. `OSError` if it cannot be kept."""
    digest = sha256(raw).hexdigest()
    _keep(directory / "evidence", digest, raw)
    return digest


def _keep(folder: Path, digest: str, raw: bytes) -> None:
    """Keep `raw` under its hash, synced: the journal will name it."""
    folder.mkdir(exist_ok=True, mode=0o700)
    kept = folder / digest
    if kept.exists() and sha256(kept.read_bytes()).hexdigest() == digest:
        return
    fd, scratch = mkstemp(dir=folder, prefix=".")  # mode 0600
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(fd)
        Path(scratch).replace(kept)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    for place in (folder, folder.parent):  # so that the names outlive a power cut too
        held = os.open(place, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
