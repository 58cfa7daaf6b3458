"""What README says about checking the record, done word for word on what this product wrote."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import DONE, WARROOM, Shell, flip, journal_of
from tests.journal.keys import Keys
from tests.packaging.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def agent(shell: Shell) -> Path:
    """`my-agent`, as README calls it, with three entries."""
    directory = shell.place / "my-agent"
    shell("init", directory, "--name", "claims-triage", "--context", "internal").done()
    (directory / "calls.jsonl").touch()
    for text in ("first", "second"):
        shell("note", directory, text).done()
    return directory


def _block(language: str, holds: str) -> str:
    """The one code block of README that holds a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if holds in block)
    return str(found)


def _bare(script: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    """Run it where there is nothing but Python's own library: no packages, no environment."""
    return subprocess.run(
        ["env", "-i", f"PATH={os.environ['PATH']}", "python3", "-I", "-S", str(script), str(file)],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "verify.py"
    path.write_text(_block("python", "Verifies one writer's journal file"), "utf-8")
    return path


def test_the_script_is_the_one_that_archives_hold(script: Path) -> None:
    ours = ROOT / "console" / "journal" / "verify_journal.py"
    assert script.read_text("utf-8") == ours.read_text("utf-8")


def test_the_script_knows_good_torn_and_changed(shell: Shell, agent: Path, script: Path) -> None:
    path = journal_of(agent)
    good = _bare(script, path)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("3 entries, head ")
    path.write_bytes(path.read_bytes() + b'{"actor":{"na')
    assert "13 bytes not verified" in _bare(script, path).stdout
    shell("note", agent, "after the crash").done()
    healed = _bare(script, path)
    assert healed.returncode == 0
    assert healed.stdout.startswith("5 entries, head ")
    whole = path.read_bytes()
    torn = whole.index(b'{"actor":{"na\n')
    path.write_bytes(whole[:torn] + b"X" + whole[torn + 1 :])
    assert _bare(script, path).returncode == 1
    path.write_bytes(whole)
    for line, left in ((1, 0), (2, 1), (3, 2), (6, 4)):  # line 4 is the torn one, 5 names it
        flip(agent, line)
        changed = _bare(script, path)
        assert changed.returncode == 1
        assert changed.stdout.startswith(f"{left} entries"), line
        path.write_bytes(whole)


def _sh(shell: Shell, lines: str) -> "subprocess.CompletedProcess[str]":
    """Run README's lines as they stand, with `warroom` in the path."""
    programs = shell.place / "bin"
    programs.mkdir(exist_ok=True)
    python, *rest = WARROOM
    (programs / "warroom").write_text(f"#!/bin/sh\nexec {python} {rest[0]} '{rest[1]}' \"$@\"\n")
    (programs / "warroom").chmod(0o755)
    return subprocess.run(
        ["sh", "-euc", lines],
        cwd=shell.place,
        env={**shell.env, "PATH": f"{programs}:{os.environ['PATH']}", "WARROOM_AS": "agent lead"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_readme_says_of_anchors_and_signatures(
    shell: Shell, agent: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path / "keys")
    keys.allow(("agent lead", keys.make("lead"))).rename(shell.place / "allowed_signers")
    toml = agent / "warroom.toml"
    signing = '[signing]\nkey = "../keys/lead"\nallowed_signers = "../allowed_signers"\n'
    toml.write_text(toml.read_text() + signing)
    lines = _block("sh", "journal anchor my-agent")
    line = shell("journal", "anchor", agent).done().strip()
    done = _sh(shell, lines.replace("LINE", f"'{line}'"))
    assert (done.returncode, done.stderr) == (DONE, ""), done
    assert 'Good "warroom" signature for agent lead' in done.stdout
    assert "all still there, unchanged" in done.stdout
    assert "valid, by agent lead" in done.stdout


def test_what_readme_says_of_the_archive(shell: Shell, agent: Path) -> None:
    done = _sh(shell, _block("sh", "--format archive"))
    assert (done.returncode, done.stderr) == (DONE, ""), done
    assert f"journal/{journal_of(agent).name}: OK" in done.stdout
    assert "3 entries, head " in done.stdout
    assert (shell.place / "outside.tar.gz").stat().st_mode & 0o777 == 0o600
