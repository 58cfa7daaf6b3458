"""The command line as a person types it, in a home of its own."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell with an empty home."""
    return Shell(tmp_path)


@pytest.fixture
def claims(shell: Shell) -> Path:
    """A deployment that `warroom init` has just written, whose agent has answered nothing yet."""
    directory = shell.place / "claims"
    shell("init", directory, "--name", "claims-triage", "--context", "internal").done()
    (directory / "calls.jsonl").touch()
    return directory
