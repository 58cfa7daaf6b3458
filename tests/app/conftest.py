"""Every test has a home and a state directory of its own."""

import time
from pathlib import Path

import pytest

from tests.app.rooms import Stand, stand


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that the product sees."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    for name in (
        "NO_COLOR",
        "WARROOM_AS",
        "TEXTUAL",
        "TEXTUAL_THEME",
        "WARROOM_THEME",
        "WARROOM_GLYPHS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    return home


@pytest.fixture
def preparing(tmp_path: Path) -> Stand:
    """A deployment that nobody has touched yet."""
    return stand(tmp_path / "claims")


@pytest.fixture
def window(tmp_path: Path) -> Stand:
    """A deployment in the 30th hour of its window."""
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    return standing
