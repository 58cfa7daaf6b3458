"""The rule of tests/conftest.py: a skip is told at home and fails on CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.tree import ROOT

ONE = "import pytest\ndef test_it():\n    pytest.skip('no server here')\n"
FIXTURE = (
    "import pytest\n@pytest.fixture\ndef server():\n    pytest.skip('no server here')\n"
    "def test_it(server):\n    pass\n"
)
FILE = "import pytest\npytest.skip('no server here', allow_module_level=True)\n"
EXPECTED = "import pytest\n@pytest.mark.xfail(reason='later')\ndef test_it():\n    assert False\n"


def run(place: Path, test: str, ci: str) -> subprocess.CompletedProcess[str]:
    """pytest on one test file, with our conftest beside it."""
    (place / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    (place / "test_it.py").write_text(test)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", place, place],
        env={**os.environ, "CI": ci, "PYTEST_ADDOPTS": ""},
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("test", [ONE, FIXTURE, FILE], ids=["test", "fixture", "file"])
def test_a_skip_fails_on_ci_with_its_reason(tmp_path: Path, test: str) -> None:
    done = run(tmp_path, test, "true")
    assert done.returncode != 0
    assert "no server here" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("test", [ONE, FIXTURE], ids=["test", "fixture"])
def test_a_skip_is_only_told_at_home(tmp_path: Path, test: str) -> None:
    done = run(tmp_path, test, "")
    assert done.returncode == 0
    assert "1 skipped" in done.stdout


def test_an_expected_failure_stays_one(tmp_path: Path) -> None:
    done = run(tmp_path, EXPECTED, "true")
    assert done.returncode == 0
    assert "1 xfailed" in done.stdout
