"""The wheel, built and installed in an empty place, away from the source tree."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.tree import PACKAGES, ROOT, package_files

IMPORT = """
import importlib.metadata, pathlib, sys
import config, config.load, console, console.app, console.cli, widgets, widgets.chart
for module in (config, console, widgets):
    print(pathlib.Path(module.__file__).parent)
print(pathlib.Path(str(importlib.metadata.distribution("warroom").locate_file(""))))
"""


def run(*argv: str | Path, cwd: Path, **environ: str) -> str:
    """The standard output of a command that must succeed."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy so that nothing left in the tree gets into it."""
    place = tmp_path_factory.mktemp("build")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out", cwd=place)
    (built,) = (place / "out").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel installed, and nothing else of ours."""
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index")
    run(*pip, "--target", target, wheel, cwd=target)
    return target


def test_the_wheel_holds_exactly_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = package_files()
    assert {Path(name).suffix for name in source} >= {".py", ".toml", ".tcss", ".typed"}
    assert names == source


def test_it_is_imported_from_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    said = run(sys.executable, "-c", IMPORT, cwd=tmp_path, PYTHONPATH=str(installed))
    assert said.splitlines() == [
        *(str(installed / name) for name in ("config", "console", "widgets")),
        str(installed),
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_it_says_that_it_is_typed(installed: Path, package: str) -> None:
    assert (installed / package / "py.typed").is_file()


def test_its_command_works(installed: Path, tmp_path: Path) -> None:
    warroom = installed / "bin" / "warroom"
    environ = {"PYTHONPATH": str(installed), "XDG_STATE_HOME": str(tmp_path / "state")}
    assert run(warroom, "--version", cwd=tmp_path, **environ) == "warroom 0.1.0\n"
    assert "warroom demo" in run(warroom, "--help", cwd=tmp_path, **environ)
    init = ("init", "my-agent", "--name", "claims", "--context", "internal")
    run(warroom, *init, cwd=tmp_path, **environ)
    assert "claims" in run(warroom, "status", "my-agent", cwd=tmp_path, **environ)
