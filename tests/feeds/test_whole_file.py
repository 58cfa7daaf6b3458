"""A whole file, once: every call counted, every bad line named, whatever the file looks like."""

import gzip
import json
import os
from pathlib import Path

import pytest

from config.presets import preset
from console.feeds.fields import RecordReader
from console.feeds.lines import MOST_LINE_BYTES
from console.feeds.whole_file import MOST_NAMED, WholeFile


def line(number: int, **more: object) -> bytes:
    at = f"2026-12-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    return json.dumps({"id": f"c{number}", "at": at, "latency_s": 1.0, **more}).encode()


def read(path: Path) -> tuple[WholeFile, list[str]]:
    """The file, and the ids of its calls."""
    file = WholeFile(path, RecordReader(preset("native").fields, "salt"))
    ids: list[str] = []
    for piece in file:
        for tally in piece.tallies:
            ids += tally.ids
        ids += [call.id for call in piece.calls]
    return file, ids


def written(path: Path, lines: list[bytes], end: bytes = b"\n") -> Path:
    data = b"\n".join(lines) + end
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["calls.jsonl", "calls.jsonl.gz"])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_every_call_of_many_pieces_is_read_once(tmp_path: Path, name: str, end: bytes) -> None:
    lines = [line(number, output="x" * 700) for number in range(7000)]
    file, ids = read(written(tmp_path / name, lines, end))
    assert sorted(ids) == sorted(f"c{number}" for number in range(7000))
    assert (file.lines, file.bad, file.trouble) == (7000, 0, "")


def test_bad_lines_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    lines = [line(number, output="x" * 700) for number in range(7000)]
    bad = {3: b"{oops", 4000: b"[1]", 4001: b"\xff", 6999: b'{"id": "a"}'}
    for place, text in bad.items():
        lines[place] = text
    lines[10] = b""
    file, ids = read(written(tmp_path / "calls.jsonl", lines))
    assert (file.lines, file.bad, len(ids)) == (7000, 4, 7000 - 5)
    assert [one.line for one in file.named] == [place + 1 for place in bad]
    assert "not JSON" in file.named[0].why


def test_no_more_than_a_few_are_named(tmp_path: Path) -> None:
    file, _ = read(written(tmp_path / "calls.jsonl", [b"{oops"] * 100))
    assert (file.bad, len(file.named)) == (100, MOST_NAMED)


@pytest.mark.parametrize("times", [2, 3, 5])
def test_an_overlong_line_is_one_bad_line(tmp_path: Path, times: int) -> None:
    long = line(5, output="x" * (times * MOST_LINE_BYTES))
    lines = [line(1), line(2), long, line(4), b"{oops", line(6)]
    file, ids = read(written(tmp_path / "calls.jsonl", lines))
    assert ids == ["c1", "c2", "c4", "c6"]
    assert [one.line for one in file.named] == [3, 5]
    assert (file.lines, file.bad) == (6, 2)


def test_a_compressed_file_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "calls.jsonl.gz", [line(n) for n in range(5000)])
    path.write_bytes(path.read_bytes()[:5000])
    file, ids = read(path)
    assert 0 < len(ids) < 5000
    assert file.trouble == "the compressed file is cut off"


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    file, ids = read(written(tmp_path / "calls.jsonl", [], b""))
    assert (file.lines, ids) == (0, [])


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "none"):
        with pytest.raises(OSError, match=r"regular file|No such file"):
            read(tmp_path / name)
