"""Lines that are sealed and well formed, and still do not belong where they stand."""

import hashlib
import json
from collections.abc import Callable

import pytest

from console.journal.verify import verify
from tests.journal.desk import Desk, texts, write_lines

Record = dict[str, object]


def _sealed(record: Record) -> bytes:
    body = json.dumps(record, sort_keys=True, separators=(",", ":"))[:-1].encode()
    h = hashlib.sha256(b"warroom/1\n" + body).hexdigest()
    return body + b',"h":"%b"}\n' % h.encode()


def _forged(desk: Desk, change: Callable[[Record], object]) -> None:
    """Three good entries, the middle one changed and sealed anew."""
    file = desk.directory / "journal" / "a-00000001.jsonl"
    write_lines(file, [1, 3, 5])
    lines = file.read_bytes().splitlines(keepends=True)
    record: Record = json.loads(lines[1])
    del record["h"]
    change(record)
    lines[1] = _sealed(record)
    file.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"prev": "0" * 64}, "entry 2 does not follow from the entry before it"),
        ({"seq": 3}, "entry 3 stands where entry 2 belongs"),
        ({"seq": 1}, "entry 1 stands where entry 2 belongs"),
        ({"clock": 1}, "entry 2 has a clock that does not advance"),
        ({"v": 2}, "the entry has version 2, this program reads 1"),
        ({"writer": "b-00000001"}, "the entry belongs to the writer 'b-00000001'"),
        ({"deployment": "other"}, "the entry belongs to the deployment 'other'"),
        ({"data": {"text": "x" * 300_000}}, "the line is longer than 262144 bytes"),
        ({"at": "yesterday"}, "the line is not an entry"),
        ({"actor": None}, "the line is not an entry"),
    ],
)
def test_sealed_line_that_does_not_belong_is_corrupt(desk: Desk, change: Record, why: str) -> None:
    _forged(desk, lambda record: record.update(change))
    journal = desk.open()
    assert texts(journal.read_new()) == ["1"]
    assert "line 2" in journal.trouble
    assert why in journal.trouble
    assert why in verify(desk.directory).writers[0].problem


def test_changed_entry_breaks_the_one_after_it(desk: Desk) -> None:
    _forged(desk, lambda record: record.update(data={"text": "another"}))
    journal = desk.open()
    assert texts(journal.read_new()) == ["1", "another"]
    assert "entry 3 does not follow from the entry before it" in journal.trouble


def test_line_with_bytes_after_its_seal_is_corrupt(desk: Desk) -> None:
    file = desk.directory / "journal" / "a-00000001.jsonl"
    write_lines(file, [1, 3])
    file.write_bytes(file.read_bytes().replace(b'"}\n', b'"} \n'))
    assert "hash does not match" in desk.open().trouble
