"""Compressed files of a log are inflated piece by piece, and no further than makes sense."""

import gzip
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.feeds.log_file import Inflater, LogFile, Mark

LINES = b"".join(b'{"id":"call-%06d"}\n' % number for number in range(20_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a compressed log is."""
    return tmp_path / "calls.jsonl.1.gz"


def read_all(path: Path, size: int, back: int = 0) -> tuple[bytes, str]:
    """All of a file in reads of `size`, each beginning `back` bytes before the last one's end."""
    got = b""
    with LogFile(path) as file:
        inflater = Inflater(file.inode)
        while True:
            start = max(0, len(got) - back)
            data, trouble = file.read(start, size, inflater)
            assert data[: len(got) - start] == got[start:]
            if trouble or start + len(data) <= len(got):
                return got[:start] + data, trouble
            got = got[:start] + data


@pytest.mark.parametrize("size", [1000, 65_536, 10**7])
@pytest.mark.parametrize("back", [0, 100])
def test_inflates_in_pieces(path: Path, size: int, back: int) -> None:
    path.write_bytes(gzip.compress(LINES))
    assert read_all(path, size, back) == (LINES, "")


def test_goes_on_without_beginning_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(gzip.compress(LINES, 1))
    taken = 0
    real = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal taken
        data = real(descriptor, size, offset)
        taken += len(data)
        return data

    monkeypatch.setattr(os, "pread", counted)
    assert read_all(path, 8000, 50)[0] == LINES
    assert taken == path.stat().st_size


@given(st.lists(st.tuples(st.integers(0, 500_000), st.integers(1, 90_000)), max_size=8))
def test_any_place_may_be_asked_for(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("log") / "calls.jsonl.1.gz"
    path.write_bytes(gzip.compress(LINES, 1))
    with LogFile(path) as file:
        inflater = Inflater(file.inode)
        for offset, size in asked:
            assert file.read(offset, size, inflater) == (LINES[offset : offset + size], "")


def test_several_members_are_one_file(path: Path) -> None:
    path.write_bytes(gzip.compress(LINES) + gzip.compress(b"more\n") + b"\0" * 512)
    assert read_all(path, 65_536) == (LINES + b"more\n", "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw[: len(raw) // 2], "the compressed file is cut off"),
        (lambda raw: raw[:-4], "the compressed file is cut off"),
        (lambda raw: b"plain text\n" + raw, "the compressed file is damaged"),
        (lambda raw: raw[:5000] + b"\xff" * 200 + raw[5200:], "the compressed file is damaged"),
        (lambda raw: raw + b"rubbish", "the compressed file is damaged"),
        (lambda raw: b"", ""),
    ],
)
def test_what_is_not_whole(path: Path, change: object, sentence: str) -> None:
    assert callable(change)
    path.write_bytes(change(gzip.compress(LINES)))
    data, trouble = read_all(path, 65_536)
    assert trouble == sentence
    assert LINES.startswith(data[:20_000])


def test_a_bomb_is_left(path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    piece = b"\0" * 2**20
    path.write_bytes(b"".join(packer.compress(piece) for _ in range(200)) + packer.flush())
    size = 2 * 2**20
    with LogFile(path) as file:
        inflater = Inflater(file.inode)
        reads = 0
        trouble = ""
        while not trouble:
            data, trouble = file.read(reads * size, size, inflater)
            assert len(data) <= size
            reads += 1
    assert trouble == "it inflates to over 300 times its size"
    assert reads < 100


def test_a_copy_that_was_compressed_is_known_again(path: Path) -> None:
    plain = path.with_suffix("")
    plain.write_bytes(LINES)
    with LogFile(plain) as file:
        marks = [Mark(file.inode, offset, file.head(offset)) for offset in (10, 256, 9000)]
    path.write_bytes(gzip.compress(LINES))
    with LogFile(path) as file:
        assert all(file.is_of(mark) for mark in marks)
        assert not file.is_of(Mark(marks[0].inode, 0, ""))
    path.write_bytes(gzip.compress(LINES[1:]))
    with LogFile(path) as file:
        assert not any(file.is_of(mark) for mark in marks)
