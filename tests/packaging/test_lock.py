"""`requirements.lock`: all of pyproject.toml's dependencies, within their ranges, with hashes."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# A pin: `name==version \`, then its hashes, each on a line of its own.
PIN = re.compile(r"^([a-z0-9\-]+)==(\S+) \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M)


def wanted() -> list[str]:
    """What pyproject.toml asks for, to run and to develop."""
    return [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("line", wanted())
def test_a_dependency_is_locked_within_its_range(line: str) -> None:
    pins = {name: version for name, version, _ in PIN.findall(LOCK)}
    requirement = Requirement(line)
    locked = pins.get(canonicalize_name(requirement.name))
    assert locked is not None, "run .ci/lock"
    assert Version(locked) in requirement.specifier, "run .ci/lock"


def test_every_line_is_a_pin_with_hashes_or_a_comment() -> None:
    rest = PIN.sub("", LOCK)
    assert [line for line in rest.splitlines() if not re.fullmatch(r"\s*(#.*)?", line)] == []


def test_the_lock_names_no_place() -> None:
    assert re.findall(r"\w+://\S*|(?:^|\s)/\S+", LOCK) == []
