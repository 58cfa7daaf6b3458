"""Commands in sentences name the directory, as a shell takes it."""

from pathlib import Path

import pytest

from console.domain.hints import all_pasted, gate_pasted, pasted
from tests.domain.build import Desk

HERE = Path("/srv/my agent")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "run it: warroom probe escalation DIR",
            "run it: warroom probe escalation '/srv/my agent'",
        ),
        ("(u, or warroom incident DIR ID --update)", "(u, or warroom incident '/srv/my agent' ID"),
        ("warroom poll DIR, warroom gate DIR", "warroom poll '/srv/my agent', warroom gate '/srv"),
    ],
)
def test_the_directory_is_put_in(text: str, said: str) -> None:
    assert pasted(text, HERE).startswith(said)
    assert "DIR" not in all_pasted([text], HERE)[0]


@pytest.mark.parametrize("text", ["cd DIR", "warroom fields FILE", "the warroom DIRECTORY", ""])
def test_other_texts_stay(text: str) -> None:
    assert pasted(text, HERE) == text


def test_a_gate_is_shown_with_it_and_decided_without() -> None:
    gate = Desk().gate()
    shown = gate_pasted(gate, HERE)
    assert any("warroom probe escalation DIR" in why for why in gate.missing)
    assert any("warroom probe escalation '/srv/my agent'" in why for why in shown.missing)
    assert any("warroom probe escalation '/srv/my agent'" in one.why for one in shown.criteria)
    assert "DIR" not in str(shown)
