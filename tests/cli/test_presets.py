"""`warroom presets`: the list, and each one pasted into a file that loads."""

import pytest

from config.load import parse
from config.presets import pasting, preset_names
from config.presets.steps import step_names
from config.presets.switches import switch_names
from config.write import InitAnswers, initial
from tests.cli.shell import USAGE, Shell

OWN = initial(InitAnswers(name="claims", version="v1", exposure="internal"))


def test_they_are_listed_with_what_each_needs(shell: Shell) -> None:
    said = shell("presets").done()
    told = shell("presets", "--json").json()
    switches = [f"switch-{name}" for name in switch_names()]
    steps = [f"step-{name}" for name in step_names()]
    assert list(told) == [*preset_names(), *switches, *steps]
    for name, one in told.items():
        assert f"  {name} " in said
        assert one["title"] in said
    assert told["n8n"]["kinds"] == ["json-pages"]
    assert told["switch-n8n"]["kinds"] == ["traffic.switch"]
    assert told["step-n8n-off"] == {
        "kinds": ["rollback.steps"],
        "title": "n8n: deactivate a workflow",
        "needs": ["url", "id"],
        "headers": ["X-N8N-API-KEY"],
    }
    assert "fill url, id; key in X-N8N-API-KEY" in said


def test_one_is_printed_to_be_pasted(shell: Shell) -> None:
    assert shell("presets", "langfuse").done() == pasting.feed_paste("langfuse")
    said = shell("presets", "switch-caddy").done()
    assert 'id = "ID"  # the @id of the selection_policy' in said
    assert "# [switch]" in said
    shell("presets", "langfus").fails(USAGE, 'did you mean "langfuse"?')
    shell("presets", "switch-cady").fails(USAGE, 'did you mean "switch-caddy"?')


@pytest.mark.parametrize("name", preset_names())
def test_a_feed_pasted_loads(name: str) -> None:
    feed = parse(f"{OWN}\n{pasting.feed_paste(name)}".encode()).feeds[name]
    assert feed.preset == name


@pytest.mark.parametrize("name", switch_names())
def test_a_switch_pasted_loads(name: str) -> None:
    switch = parse(f"{OWN}\n{pasting.switch_paste(name)}".encode()).traffic.switch
    assert switch is not None
    assert switch.preset == name


@pytest.mark.parametrize("name", step_names())
def test_a_step_pasted_loads(name: str) -> None:
    (step,) = parse(f"{OWN}\n{pasting.step_paste(name)}".encode()).rollback.steps
    assert step.preset == name
