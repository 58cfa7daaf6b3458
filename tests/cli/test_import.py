"""`warroom journal import`: two machines whose journals meet by hand."""

import shutil
import subprocess
from pathlib import Path

import pytest

from console.journal.home import Home
from tests.cli.inside import Inside
from tests.cli.shell import DONE, REFUSED, USAGE, WARROOM, Answer, Shell, journal_of

Two = tuple[Shell, Path, Shell, Path]


@pytest.fixture
def two(shell: Shell, claims: Path, tmp_path: Path) -> Two:
    """Two accounts on two machines: the second got the deployment's directory by copy."""
    shell("note", claims, "before the copy").done()
    (tmp_path / "train").mkdir()
    other = Inside(tmp_path / "train")
    theirs = other.place / "claims"
    shutil.copytree(claims, theirs)
    other("note", theirs, "from the train", who="tech lead").done()
    shell("note", claims, "from the office").done()
    return shell, claims, other, theirs


def own_file(directory: Path, shell: Shell) -> Path:
    """The file of the shell's account."""
    (memory,) = (Path(shell.env["XDG_STATE_HOME"]) / "warroom").iterdir()
    return directory / "journal" / f"{Home(memory).find(directory)}.jsonl"


def notes(shell: Shell, directory: Path) -> list[str]:
    shown = shell("journal", "show", directory, "--filter", "note").done().splitlines()
    return [line for line in shown if "from the" in line or "before the" in line]


@pytest.mark.parametrize("form", ["directory", "export", "archive", "file"])
def test_both_ways_and_a_second_time(two: Two, form: str, tmp_path: Path) -> None:
    shell, claims, other, theirs = two

    def brought(by: Shell, directory: Path) -> Path:
        if form == "directory":
            return directory
        if form == "file":
            return own_file(directory, by)
        kind = {"export": "jsonl", "archive": "archive"}[form]
        out = tmp_path / f"{directory.parent.name}.{kind}"
        by("journal", "export", directory, "--format", kind, "--output", out)
        return out

    said = shell("journal", "import", claims, brought(other, theirs)).done()
    assert "2 new, 0 known before" in said
    said = other("journal", "import", theirs, brought(shell, claims)).done()
    assert "1 new, 2 known before" in said
    assert notes(shell, claims) == notes(other, theirs)
    assert len(notes(shell, claims)) == 3
    again = shell("journal", "import", claims, brought(other, theirs)).done()
    assert "0 new" in again
    assert "1 new" not in again
    shell("journal", "verify", claims).done()


def test_an_export_comes_through_a_pipe(two: Two) -> None:
    shell, claims, other, theirs = two
    lines = other("journal", "export", theirs).done()
    answer = _piped(shell, lines, "journal", "import", claims, "-")
    assert answer.code == DONE, answer
    assert "2 new" in answer.out


def _piped(shell: Shell, given: str, *words: object) -> Answer:
    done = subprocess.run(
        [*WARROOM, *map(str, words)],
        env=shell.env,
        cwd=shell.place,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def test_a_forged_line_is_refused_by_name_and_what_stood_before_it_kept(two: Two) -> None:
    shell, claims, other, theirs = two
    file = own_file(theirs, other)
    file.write_text(file.read_text().replace("from the train", "from the crane"))
    answer = shell("journal", "import", claims, theirs)
    assert answer.code == REFUSED
    assert "1 new" in answer.out
    assert f"REFUSED, forged: entry 2 of {file.stem}" in answer.err
    assert "crane" not in "".join(notes(shell, claims))
    shell("journal", "verify", claims).done()


def test_an_own_file_that_went_on_elsewhere_is_refused(two: Two, tmp_path: Path) -> None:
    shell, claims, _, _ = two
    before = journal_of(tmp_path / "claims")
    copy = tmp_path / "copy"
    shutil.copytree(claims, copy)
    shell("note", claims, "here").done()
    shutil.copytree(claims, tmp_path / "later")
    whole = before.read_bytes()
    before.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 1])
    answer = shell("journal", "import", claims, tmp_path / "later")
    assert answer.code == REFUSED
    assert "own: entry 4" in answer.err


def test_another_deployments_journal_is_refused(shell: Shell, claims: Path) -> None:
    foreign = shell.place / "foreign"
    shell("init", foreign, "--name", "other", "--context", "internal").done()
    shell("note", foreign, "hello").done()
    answer = shell("journal", "import", claims, foreign)
    assert answer.code == REFUSED
    assert "foreign: entry 1" in answer.err


def test_what_is_no_journal_is_said_in_a_sentence(shell: Shell, claims: Path) -> None:
    words = shell.place / "words.txt"
    words.write_text("hello\n")
    shell("journal", "import", claims, words).fails(USAGE, "holds no line of a journal")
    shell("journal", "import", claims, shell.place / "none").fails(USAGE, "none: No such file")
    broken = shell.place / "broken.tar.gz"
    broken.write_bytes(b"\x1f\x8bnothing")
    shell("journal", "import", claims, broken).fails(USAGE, "cannot be read as an archive")
    empty = shell.place / "empty"
    empty.mkdir()
    shell("journal", "import", claims, empty).fails(USAGE, "holds no file of a writer")
