"""Every test has a home and a state directory of its own."""

from pathlib import Path

import pytest

from tests.room.stand import Stand, stand


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that the product sees."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.delenv("WARROOM_AS", raising=False)
    return home


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    """A deployment that nobody has touched yet."""
    return stand(tmp_path / "claims")
