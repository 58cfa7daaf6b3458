"""README.md and CI say the same words, what is pointed at is there, and the run bit is set."""

import os
import re

from config.presets import preset
from tests.packaging.tree import ROOT

RUN = ROOT / ".ci" / "run"
DEMO = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/warroom demo"
TESTS = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest"
)


def test_the_readme_shows_the_demo_and_the_tests_in_one_command_each() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text("utf-8").splitlines()]
    assert DEMO in lines
    assert TESTS in lines


def test_the_vendors_that_the_readme_lists_have_such_presets() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    table = text[text.index("| vendor |") :].partition("\n\n")[0].splitlines()[2:]
    listed: dict[str, set[str]] = {}
    for row in table:
        kinds, names = (re.findall(r"`([^`]+)`", cell) for cell in row.split("|")[2:4])
        listed |= {name: set(kinds) for name in names}
    assert {"n8n", "langfuse", "litellm", "phoenix", "mlflow", "otel-genai"} <= listed.keys()
    wrong = {name for name in listed if listed[name] - set(preset(name).kinds)}
    assert wrong == set()


def test_the_files_that_contributing_names_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`((?:config|console|tests|widgets)/[a-z0-9_./-]+\.[a-z]+)", text))
    assert "config/guide/triggers.toml" in named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_ci_runs_the_readmes_test_command_last() -> None:
    assert RUN.read_text("utf-8").splitlines()[-1] == TESTS


def test_the_scripts_can_be_run() -> None:
    assert all(os.access(ROOT / ".ci" / name, os.X_OK) for name in ("run", "lock"))
