"""A deployment for a test's agent."""

from pathlib import Path

import pytest

from tests.demo.running import START, move_clock


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    move_clock(tmp_path, START)
    return tmp_path
