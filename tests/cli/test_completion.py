"""Completions, asked of the real shells."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import Shell

# Each prints what its own completion offers for the words given to it.
BASH = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_warroom
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { }
_describe() { print -rl -- ${(P)argv[-1]%%:*} }
_files() { [[ $1 == -/ ]] && print -rl -- *(/) || print -rl -- * }
_message() { }
compadd() { shift; print -rl -- "$@" }
source "$1"; shift
words=("$@") CURRENT=$# PREFIX=${@[-1]}
_warroom
"""
FISH = """
source $argv[1]
complete -C (string join ' ' -- $argv[2..-1]) | string replace -r '\\t.*' ''
"""
RUNS = {
    "bash": ["bash", "-c", BASH, "bash"],
    "zsh": ["zsh", "-fc", ZSH, "zsh"],
    "fish": ["fish", "--no-config", "-c", FISH],
}


@pytest.fixture(params=RUNS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    return name


@pytest.fixture
def script(kind: str, shell: Shell) -> Path:
    path = shell.place / f"completions.{kind}"
    path.write_text(shell("completion", kind).done())
    (shell.place / "claims").mkdir()
    return path


def test_it_offers_what_can_follow(kind: str, script: Path, shell: Shell) -> None:
    def offered(*words: str) -> set[str]:
        done = subprocess.run(
            [*RUNS[kind], str(script), "warroom", *words],
            cwd=shell.place,
            env={**shell.env, "TERM": "dumb"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        return {line.strip("/") for line in done.stdout.splitlines() if line}

    assert {"status", "rollback", "locate"} <= offered("")
    assert "status" in offered("sta")
    assert {"--json", "--offline"} <= offered("status", "claims", "--")
    directories = offered("status", "")
    assert "claims" in directories
    assert script.name not in directories
    assert {"accept", "schema"} <= offered("config", "")
    assert {"md", "html", "pdf", "json"} <= offered("report", "claims", "--format", "")
    assert script.name in offered("report", "claims", "--output", "")
    assert offered("demo", "--dir", "") >= {"claims"}
    assert script.name not in offered("demo", "--dir", "")
    assert not {"claims", "status"} & offered("note", "claims", "--as", "")
    assert {"logging", "load"} <= offered("probe", "")
