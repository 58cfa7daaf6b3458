"""`warroom journal`: shown, verified, exported; and what every command says when it is damaged."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import CORRUPT, DONE, REFUSED, USAGE, Shell, entries, flip, journal_of
from tests.packaging.tree import ROOT

INDEPENDENT = ROOT / "console" / "journal" / "verify_journal.py"


@pytest.fixture
def written(shell: Shell, claims: Path) -> Path:
    """A deployment with an opening and three notes."""
    for text in ("first", "=1+1", "**third**"):
        shell("note", claims, text).done()
    return claims


def test_show_and_its_filters(shell: Shell, written: Path) -> None:
    lines = shell("journal", "show", written).done().splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["first", "=1+1", "**third**"]
    assert "agent lead" in lines[1]
    assert shell("journal", "show", written, "--last", "1").done().splitlines() == lines[-1:]
    assert shell("journal", "show", written, "--filter", "FIRST").done().splitlines() == [lines[1]]


def test_verify_counts_and_names_the_head(shell: Shell, written: Path) -> None:
    said = shell("journal", "verify", written).done()
    head = entries(written)[-1]["h"]
    assert f"4 entries, head {head}" in said
    assert "Not known:" in said


def test_verify_before_the_first_entry(shell: Shell, claims: Path) -> None:
    assert "no journal has been written yet" in shell("journal", "verify", claims).done()


def test_jsonl_is_verbatim_and_verifies_without_us(shell: Shell, written: Path) -> None:
    output = shell.place / "out.jsonl"
    shell("journal", "export", written, "--output", output).done()
    assert output.read_bytes() == journal_of(written).read_bytes()
    assert shell("journal", "export", written).out.encode() == output.read_bytes()
    check = subprocess.run(
        [sys.executable, INDEPENDENT, output], capture_output=True, text=True, check=False
    )
    head = entries(written)[-1]["h"]
    assert (check.returncode, check.stdout) == (
        0,
        f"4 entries, head {head}, 0 bytes not verified\n",
    )


def test_csv_runs_no_formula(shell: Shell, written: Path) -> None:
    rows = list(csv.reader(io.StringIO(shell("journal", "export", written, "--format=csv").done())))
    assert len(rows) == 5
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_markdown_marks_nothing_up_from_data(shell: Shell, written: Path) -> None:
    said = shell("journal", "export", written, "--format", "md").done()
    assert said.startswith("# Journal\n")
    assert r"\*\*third\*\*" in said


def test_an_output_that_cannot_be_written(shell: Shell, written: Path) -> None:
    answer = shell("journal", "export", written, "--output", shell.place / "no" / "out")
    answer.fails(USAGE, "out", "No such file or directory")


@pytest.mark.parametrize("line", [1, 3])
def test_a_flipped_byte_is_found_and_named(shell: Shell, written: Path, line: int) -> None:
    flip(written, line)
    answer = shell("journal", "verify", written)
    assert answer.code == CORRUPT
    assert f"line {line}, byte " in answer.out
    assert f"({line - 1} entries before it verify)" in answer.out
    status = shell("status", written, "--json")
    assert status.code == CORRUPT
    assert status.json()["journal"]["intact"] is False
    assert status.json()["journal"]["entries"] == line - 1
    assert f"line {line} " in shell("status", written).out
    shell("note", written, "x").fails(CORRUPT, f"line {line} ", journal_of(written).name)
    shell("gate", written, "--hold", "why").fails(CORRUPT, f"line {line} ")
    show = shell("journal", "show", written)
    show.fails(CORRUPT, f"line {line} ")
    assert len([text for text in show.out.splitlines() if text]) == line - 1
    shell("journal", "export", written).fails(CORRUPT, f"line {line} ")


def test_a_rollback_still_works_on_a_damaged_journal(shell: Shell, written: Path) -> None:
    flip(written, 2)
    before = journal_of(written).read_bytes()
    answer = shell("rollback", written, "--fire", "--json")
    assert answer.code == REFUSED
    run = answer.json()
    assert run["outcome"] == "unknown"
    assert "line 2 " in run["unjournalled"]
    assert journal_of(written).read_bytes() == before
    kept = list((shell.place / "home" / "state").rglob("fallback.jsonl"))
    assert len(kept) == 1
    assert b"rollback.triggered" in kept[0].read_bytes()


def test_a_torn_end_is_mended_by_the_next_entry(shell: Shell, written: Path) -> None:
    path = journal_of(written)
    path.write_bytes(path.read_bytes() + b'{"actor":{"na')
    assert shell("status", written).code == DONE
    shell("note", written, "after the crash").done()
    kinds = [
        line.split(b'"kind":"')[1].split(b'"')[0]
        for line in path.read_bytes().splitlines()
        if b'"kind"' in line
    ]
    assert kinds[-2:] == [b"journal.recovered", b"note.written"]
    shell("journal", "verify", written).done()


def test_lost_entries_are_noticed(shell: Shell, written: Path) -> None:
    path = journal_of(written)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert shell("journal", "verify", written).code == CORRUPT
    shell("note", written, "x").fails(CORRUPT)


def test_a_pipe_in_a_writers_place_is_not_waited_for(shell: Shell, written: Path) -> None:
    pipe = written / "journal" / "aaa-00000001.jsonl"
    os.mkfifo(pipe)
    answer = shell("journal", "verify", written)
    assert answer.code == CORRUPT
    assert "it is no regular file" in answer.out + answer.err
    for words in (("anchor", written), ("sign", written, "--key", "/none")):
        refused = shell("journal", *words)
        refused.fails(CORRUPT, f"{pipe}, line 1", "it is no regular file")
    assert "it is no regular file" in shell("journal", "show", written).err


def test_a_file_in_the_journals_place(shell: Shell, claims: Path) -> None:
    (claims / "journal").write_text("not a directory")
    for words in (("status", claims), ("note", claims, "x"), ("journal", "show", claims)):
        shell(*words).fails(USAGE, str(claims / "journal"))
