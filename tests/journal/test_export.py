"""What leaves the journal: verbatim lines, a table, a timeline; nothing in it is live."""

import csv
import io
import re

import pytest
from markdown_it import MarkdownIt

from console.domain.entry import Actor, Draft, Entry
from console.journal.export import COLUMNS, export
from console.journal.verify import verify
from tests.journal.desk import LEAD, Desk, note, write_lines

HOSTILE = "=cmd|' /C calc'!A0"


def _entries(desk: Desk, data: dict[str, object], actor: Actor = LEAD) -> list[Entry]:
    journal = desk.open()
    journal.transact(lambda _: [Draft(actor, "note.added", data)])
    return desk.open().read_new()


def test_lines_are_verbatim_and_in_order(desk: Desk) -> None:
    write_lines(desk.directory / "journal" / "a-00000001.jsonl", [1, 2, 9])
    note(desk.open(), "mine é")
    entries = desk.open().read_new()
    lines = "".join(export(entries, "jsonl", desk.directory)).encode().splitlines()
    files = [file.read_bytes().splitlines() for file in desk.directory.rglob("*.jsonl")]
    assert sorted(lines) == sorted(line for file in files for line in file)
    assert [line[-66:-2].decode() for line in lines] == [entry.h for entry in entries]
    assert list(export(entries[:1], "jsonl", desk.directory)) == [lines[0].decode() + "\n"]


def test_line_that_is_gone_is_said(desk: Desk) -> None:
    entries = _entries(desk, {})
    desk.file().write_bytes(b"")
    with pytest.raises(LookupError, match="is not in"):
        list(export(entries, "jsonl", desk.directory))


def test_table_has_no_formulas(desk: Desk) -> None:
    entries = _entries(desk, {"text": HOSTILE}, Actor(HOSTILE, ("-1", "+2", "@x")))
    rows = list(csv.reader(io.StringIO("".join(export(entries, "csv", desk.directory)))))
    assert tuple(rows[0]) == COLUMNS
    row = dict(zip(COLUMNS, rows[-1], strict=True))
    assert row["at"] == "2023-11-14T22:13:20.250000Z"
    assert row["actor"] == "'" + HOSTILE
    assert row["roles"].startswith("'-1")
    assert row["data"].startswith('{"text":')
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in rows for cell in line)


@pytest.mark.parametrize("name", [" =1+1", "\t=1+1", "\n=1", "@SUM(1)", "-1", "+1"])
def test_no_cell_begins_as_a_formula(desk: Desk, name: str) -> None:
    entries = _entries(desk, {}, Actor(name))
    rows = list(csv.reader(io.StringIO("".join(export(entries, "csv", desk.directory)))))
    assert not rows[-1][4].lstrip().startswith(("=", "+", "-", "@"))


def test_timeline_escapes_markdown_and_control_characters(desk: Desk) -> None:
    text = "<img src=x> [a](b) **b** \x1b[31m # `c` \u202e | line\nnext"
    entries = _entries(desk, {"text": text, "n": [1, 2]})
    timeline = "".join(export(entries, "md", desk.directory))
    assert "## 2023-11-14" in timeline
    assert "- **22:13:20Z** note.added · agent lead (agent-lead) · " in timeline
    assert re.search(r" · [a-z0-9-]+-[0-9a-f]{8} 2\n", timeline)
    assert "\x1b" not in timeline
    assert "\u202e" not in timeline
    said = next(line for line in timeline.splitlines() if line.startswith("  - text:"))
    assert not re.search(r"(?<!\\)[<>*`|\[\]#]", said)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(timeline)
    assert not re.search(r"<(?!/?(?:h1|h2|ul|li|p|strong)>)", html)
    assert "&lt;img src=x&gt; [a](b) **b** ␛[31m # `c` ⟨U+202E⟩ | line⏎next" in html
    assert "n: [1,2]" in html
    assert "line" in said
    assert "next" in said
    assert "  - n: \\[1,2\\]" in timeline


def test_report_says_what_was_checked_and_what_cannot_be_known(desk: Desk) -> None:
    journal = desk.open()
    note(journal, "x")
    report = verify(desk.directory, desk.state)
    (writer,) = report.writers
    assert report.ok
    assert (writer.writer, writer.entries, writer.head) == (journal.writer, 2, journal.head)
    assert writer.remembered
    assert not verify(desk.directory).writers[0].remembered
    assert "hash" in report.checked
    assert "rewrote" in report.unknown


def test_report_of_an_empty_journal(desk: Desk) -> None:
    assert verify(desk.directory).writers == ()
    assert verify(desk.directory).ok
