"""`warroom check` says what the terminal can do, on a real one."""

import pexpect
import pytest

from config.write import InitAnswers, initial, write_new
from tests.cli.shell import WARROOM, Shell


@pytest.mark.parametrize(
    ("env", "size", "told"),
    [
        (
            {"TERM": "dumb", "LC_ALL": "C"},
            (20, 100),
            (
                "! warn      terminal kind: TERM is dumb: use a terminal such as xterm-256color",
                "! warn      terminal size: 100x20: less is shown than at 80x24",
                "! warn      terminal colours: 16 at most",
                "! warn      terminal letters: LC_ALL is C, which is no UTF-8",
            ),
        ),
        (
            {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TMUX": "x"},
            (24, 80),
            (
                "terminal kind: TERM is xterm-256color",
                "terminal size: 80x24",
                "terminal colours: all",
                "terminal letters: UTF-8, by LANG",
                "in tmux it needs: set -g set-clipboard on",
            ),
        ),
    ],
    ids=["poor", "rich"],
)
def test_abilities(
    shell: Shell, env: dict[str, str], size: tuple[int, int], told: tuple[str, ...]
) -> None:
    answers = InitAnswers(name="x", version="v1", exposure="internal", logs="calls.jsonl")
    write_new(shell.place / "a", initial(answers))
    child = pexpect.spawn(
        WARROOM[0],
        [*WARROOM[1:], "check", str(shell.place / "a")],
        env={**shell.env, **env},
        encoding="utf-8",
        timeout=30,
        dimensions=size,
    )
    child.expect(pexpect.EOF)
    lines = (child.before or "").splitlines()
    child.close()
    said = " ".join(" ".join(lines).split())
    assert all(" ".join(text.split()) in said for text in told), said
    assert max(map(len, (line for line in lines if "terminal" in line))) < size[1]
