"""What the tests of the journal share."""

from pathlib import Path

import pytest

from tests.journal.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty deployment of an account that never wrote there."""
    directory = tmp_path / "my-agent"
    directory.mkdir()
    return Desk(directory, tmp_path / "state")
