"""The rules of the house that a program can check."""

import re

import pytest

from tests.packaging.tree import PACKAGES, ROOT, calls, comments, python_files, tracked

ALLOWED = {
    *PACKAGES,
    *("pyproject.toml", "tests", "screenshots", "README.md"),
    *("LICENSE", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "requirements.lock"),
}
MOST_LINES = 400

# In pieces, so that this file does not name what it forbids.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(host))
        for host in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("debian", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("golang", "org"),
            ("crates", "io"),
        )
    )
)
MACHINES = re.compile(
    "/(?:" + "|".join(("home/[a-z]", "Users/[A-Za-z]", "root/", "opt/py", "work/")) + ")"
)

EXCUSE = re.compile(r"#\s*(?P<what>noqa|type:\s*ignore)\b(?P<rest>.*)")
EXCUSED = re.compile(r"(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[a-z\-, ]+\])\s*(?:#|--?)\s.*\w\w.*")

BINARY = (".png", ".gif")


def test_the_top_level_holds_what_it_should() -> None:
    top = {name.partition("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_tells_one_story(package: str) -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / package).rglob("*.py")
        if (count := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert not long


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in python_files()
        if path.is_relative_to(ROOT / "tests")
        for line, name in calls(path)
        if name.rpartition(".")[2] == "sleep"
    ]
    assert not sleeping, "wait for a condition instead"


def test_no_file_names_a_registry_or_a_machine() -> None:
    named = [
        f"{name}: {found.group()}"
        for name in tracked()
        if not name.endswith(BINARY)
        for pattern in (REGISTRIES, MACHINES)
        for found in pattern.finditer((ROOT / name).read_text("utf-8"))
    ]
    assert not named


def unexcused(comment: str) -> bool:
    """Whether a comment silences a check without its code and a reason beside it."""
    found = EXCUSE.search(comment)
    return found is not None and not EXCUSED.fullmatch(found["rest"])


@pytest.mark.parametrize(
    ("comment", "bad"),
    [
        ("# a remark", False),
        ("# noqa" + ": S310 - it is our own", False),
        ("# noqa" + ": A002, S310 -- the base's name", False),
        ("# noqa" + ": S113 - `wait` covers `it`", False),
        ("# type: " + "ignore[arg-type]  # a spy", False),
        ("# noqa", True),
        ("# noqa" + ": S310", True),
        ("# noqa" + " - all of it", True),
        ("# type: " + "ignore", True),
        ("# type: " + "ignore[arg-type]", True),
        ("# type: " + "ignore[arg-type]  #", True),
    ],
)
def test_what_a_reason_is(comment: str, bad: bool) -> None:
    assert unexcused(comment) is bad


def test_every_silenced_check_has_its_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{line}: {comment}"
        for path in python_files()
        for line, comment in comments(path)
        if unexcused(comment)
    ]
    assert not bare
