"""The source tree, as the tests of the packaging look at it."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "console", "widgets")


def package_files() -> set[str]:
    """Every file that a wheel must hold: paths such as `console/clock.py`."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@cache
def _listed() -> tuple[str, ...] | None:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    done = subprocess.run(
        [*command, "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return None
    return tuple(name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())


def tracked() -> tuple[str, ...]:
    """The files of the repository, those not yet added among them; skips where there is no git."""
    names = _listed()
    if names is None:
        pytest.skip("this is not a git checkout, so what belongs to it cannot be told")
    return names


def python_files() -> Iterator[Path]:
    """Every Python file of the product and its tests."""
    for folder in (*PACKAGES, "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """The comments of a Python file, each with its line's number."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """What a Python file calls by a plain or dotted name, each with its line's number."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.lineno, ast.unparse(node.func)
