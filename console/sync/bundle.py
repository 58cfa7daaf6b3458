"""What somebody brings of other writers' files: a journal, an archive, an export."""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from console.journal.reader import SUFFIX
from console.sync.files import read_regular
from console.sync.intake import MOST_BYTES

_GZIP = b"\x1f\x8b"


class Unusable(Exception):
    """It cannot be read as any of these; the text is one sentence."""


class _Whose(msgspec.Struct, gc=False):
    writer: str


def writers_in(place: Path | None, given: IO[bytes] | None = None) -> dict[str, bytes]:
    """The lines of each writer, in the order in which they stand: those at `place`, or `given`.

    `place` is a deployment's directory, its `journal/`, a writer's file, an export as JSON lines or
    an archive. Raises `Unusable`, and `OSError` if it cannot be read.
    """
    if place is None:
        return _grouped((given or io.BytesIO()).read(MOST_BYTES + 1), "the standard input")
    if place.is_dir():
        return _in_folder(place)
    with place.open("rb") as file:
        if file.peek(2)[:2] == _GZIP:
            return _in_archive(file, place)
        return _grouped(file.read(MOST_BYTES + 1), str(place), place.stem)


def _in_folder(place: Path) -> dict[str, bytes]:
    folder = place / "journal" if (place / "journal").is_dir() else place
    files = sorted(file for file in folder.glob(f"*{SUFFIX}") if not file.name.startswith("."))
    if not files:
        raise Unusable(f"{folder} holds no file of a writer (NAME{SUFFIX})")
    read = ((file, read_regular(file, MOST_BYTES + 1)) for file in files)
    return {file.stem: _bounded(data, str(file)) for file, data in read}


def _in_archive(file: IO[bytes], place: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.parent.name != "journal" or path.suffix != SUFFIX or not member.isfile():
                    continue
                stream = archive.extractfile(member)
                left = MOST_BYTES - sum(map(len, found.values()))
                data = b"" if stream is None else stream.read(left + 1)
                if len(data) > left:
                    raise Unusable(f"{place} unpacks to more than any journal is")
                found[path.stem] = data
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Unusable(f"{place} cannot be read as an archive ({error})") from None
    if not found:
        raise Unusable(f"{place} is an archive without a journal/ in it")
    return found


def _grouped(data: bytes, where: str, name: str = "") -> dict[str, bytes]:
    """Lines of several writers in one file; of one alone every byte, with what a crash tore."""
    _bounded(data, where)
    lines = data.splitlines(keepends=True)
    names = [_writer(line) for line in lines]
    known = {one for one in names if one}
    if not known:
        raise Unusable(f"{where} holds no line of a journal")
    if known == {name}:
        return {name: data}
    return {one: _joined(lines, names, one) for one in sorted(known)}


def _joined(lines: list[bytes], names: Iterable[str], writer: str) -> bytes:
    return b"".join(line for line, name in zip(lines, names, strict=True) if name == writer)


def _writer(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Whose).writer
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _bounded(data: bytes, where: str) -> bytes:
    if len(data) > MOST_BYTES:
        raise Unusable(f"{where} is larger than {MOST_BYTES >> 20} MiB, which no journal is")
    return data
