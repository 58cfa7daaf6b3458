"""A writer's file entry by entry, as it goes out: each with what a crash tore before it."""

import os
from array import array
from dataclasses import dataclass
from pathlib import Path

from console.journal.chain import Chain

_HASH = slice(-66, -2)  # of a sealed line without its line feed


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of the file from the end of one entry to the end of the next, `seq`."""

    seq: int
    h: str
    data: bytes


class Lines:
    """The verified entries of one file, as far as it was read."""

    def __init__(self, path: Path, deployment: str) -> None:
        """Read nothing yet."""
        self._chain = Chain(path, deployment)
        self._ends = array("Q")
        self._hashes: list[bytes] = []
        self._stamp = (0, 0)

    @property
    def writer(self) -> str:
        """Whose they are."""
        return self._chain.writer

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._hashes)

    def h(self, seq: int) -> str:
        """The hash of entry `seq`; empty if there is none."""
        return self._hashes[seq - 1].hex() if 0 < seq <= len(self._hashes) else ""

    def read(self) -> None:
        """Read what is new. Blocks; `OSError` where the disk refuses."""
        try:
            stat = self._chain.path.stat()
            if (stat.st_ino, stat.st_size) == self._stamp:
                return
            fd = os.open(self._chain.path, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            stat = os.fstat(fd)
            if self._stamp[0] not in {0, stat.st_ino} or stat.st_size < self._chain.offset:
                self._chain = Chain(self._chain.path, self._chain.deployment)
                self._ends, self._hashes = array("Q"), []
            self._read(fd)
            self._stamp = (stat.st_ino, stat.st_size)
        finally:
            os.close(fd)

    def _read(self, fd: int) -> None:
        place = self._chain.offset
        hashes = [bytes.fromhex(entry.h) for entry in self._chain.read(fd)]
        data = os.pread(fd, self._chain.offset - place, place)
        start, found = 0, 0
        while found < len(hashes):
            end = data.index(b"\n", start)
            if data[start:end][_HASH] == hashes[found].hex().encode():
                self._ends.append(place + end + 1)
                found += 1
            start = end + 1
        self._hashes += hashes

    def pieces(self, first: int, most: int, most_bytes: int) -> list[Piece]:
        """Entries from `first` on, at most so many and, behind the first, so many bytes. Blocks."""
        start = self._ends[first - 2] if first > 1 else 0
        last = first
        while last < min(self.count, first + most - 1) and self._ends[last] - start <= most_bytes:
            last += 1
        with self._chain.path.open("rb") as file:
            file.seek(start)
            data = file.read(self._ends[last - 1] - start)
        made, place = [], start
        for seq in range(first, last + 1):
            end = self._ends[seq - 1]
            made.append(Piece(seq, self.h(seq), data[place - start : end - start]))
            place = end
        return made
