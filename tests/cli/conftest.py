"""The command line as a person types it, in a home of its own."""

from pathlib import Path

import pytest

from tests.cli.inside import Inside
from tests.cli.shell import Shell

# What is tested there is the process itself: how it starts, ends, is spoken to, and is stopped.
OF_PROCESSES = {"test_live", "test_refusals", "test_say"}


@pytest.fixture
def shell(tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """A shell with an empty home; without a process a command where that is not the point."""
    own = request.module.__name__.rpartition(".")[2] in OF_PROCESSES
    return Shell(tmp_path) if own else Inside(tmp_path)


@pytest.fixture
def claims(shell: Shell) -> Path:
    """A deployment that `warroom init` has just written, whose agent has answered nothing yet."""
    directory = shell.place / "claims"
    shell("init", directory, "--name", "claims-triage", "--context", "internal").done()
    (directory / "calls.jsonl").touch()
    return directory
