"""What the command line prints: clean whatever it was given, and with an exit code that is true."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from console.domain.times import iso
from tests.cli.shell import DONE, REFUSED, UNREACHED, USAGE, WARROOM, Shell
from tests.domain.build import NOW

TITLE = "\x1b]0;owned\x07"
HOSTILE = f"{TITLE}\x1b[2J\u202egnp.exe\u2066"
FORBIDDEN = ("\x1b", "\x07", "\u202e", "\u2066", "\x9b")


def must_be_clean(*texts: str) -> None:
    for text in texts:
        assert not [mark for mark in FORBIDDEN if mark in text], ascii(text)


@pytest.fixture
def hostile(shell: Shell, claims: Path) -> Path:
    """A deployment whose log and entries try to command the terminal."""
    (claims / "calls.jsonl").write_text(
        json.dumps({"id": HOSTILE, "at": iso(NOW), "version": HOSTILE}) + f"\n{HOSTILE}\n"
    )
    return claims


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("gate",),
        ("gate", "--json"),
        ("checklist",),
        ("rollback",),
        ("rollback", "--fire", "--why", HOSTILE),
        ("rollback", "--fire", "--json", "--why", HOSTILE),
        ("incident", "--close", HOSTILE),
        ("duty", HOSTILE, HOSTILE),
        ("ack", HOSTILE),
        ("confirm", HOSTILE, "--evidence", HOSTILE),
        ("review", HOSTILE),
        ("open", "--as", HOSTILE),
        ("journal", "export", "--output", f"no/{HOSTILE}"),
    ],
    ids=" ".join,
)
def test_no_data_reaches_the_terminal_as_a_command(
    shell: Shell, hostile: Path, words: tuple[str, ...]
) -> None:
    shell("note", hostile, HOSTILE).done()
    verb = words[:2] if words[0] == "journal" else words[:1]
    answer = shell(*verb, hostile, *words[len(verb) :])
    assert answer.out or answer.err
    must_be_clean(answer.out, answer.err)
    for form in ("jsonl", "csv", "md"):
        must_be_clean(shell("journal", "export", hostile, "--format", form).done())
    must_be_clean(shell("journal", "show", hostile).done())


def test_a_terminal_that_lacks_the_glyphs_gets_escapes(shell: Shell, claims: Path) -> None:
    done = subprocess.run(
        [*WARROOM, "checklist", str(claims)],
        env={**shell.env, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (DONE, "")
    assert "\\u25cb" in done.stdout


def test_where_no_feed_answers_the_code_says_so(shell: Shell, claims: Path) -> None:
    assert shell("status", claims).code == DONE
    assert shell("gate", claims).code == REFUSED
    (claims / "calls.jsonl").unlink()
    answer = shell("gate", claims)
    assert (answer.code, answer.err) == (UNREACHED, ""), answer
    # A dead feed is something that a status can say; it was asked no more than that.
    assert "Feed calls is down: there is no file" in shell("status", claims).done()


def test_the_journal_speaks_without_the_config(shell: Shell, claims: Path) -> None:
    shell("note", claims, "hello there").done()
    (claims / "warroom.toml").write_text("broken [")
    assert "hello there" in shell("journal", "show", claims).done()
    assert "hello there" in shell("journal", "export", claims).done()
    assert "2 entries" in shell("journal", "verify", claims).done()
    shell("journal", "show", shell.place / "nowhere").fails(USAGE, "is not a directory")
    empty = shell.place / "empty"
    empty.mkdir()
    shell("journal", "show", empty).fails(USAGE, "warroom.toml")


def test_evidence_is_kept_whole_and_mended(shell: Shell, claims: Path) -> None:
    source = shell.place / "load-test.txt"
    source.write_text("p95 2.1 s at 3,000 calls an hour")
    digest = sha256(source.read_bytes()).hexdigest()
    words = ("confirm", claims, "load-test", "--evidence", source)
    shell(*words, who="tech lead").done()
    kept = claims / "evidence" / digest
    assert kept.read_bytes() == source.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(b"damaged")
    shell(*words, who="tech lead").done()
    assert kept.read_bytes() == source.read_bytes()
    assert [path.name for path in kept.parent.iterdir()] == [digest]


def test_records_that_cannot_be_read_are_said(shell: Shell, claims: Path) -> None:
    (claims / "calls.jsonl").write_text('{"id": "a", "at": NaN}\nno json\n')
    assert "Feed calls: 2 of 2 records unreadable (" in shell("status", claims).done()
    assert shell("status", claims, "--json").json()["unreadable"] == {"calls": 2}
    told = shell("watch", claims, "--for", "2s")
    assert "feed calls, unreadable: " in told.err
