"""`warroom check`: exit codes, words, JSON and the preview of rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.demo.run import Demo
from console.demo.scenarios import SCENARIOS
from tests.cli.shell import REFUSED, UNREACHED, USAGE, Shell

RULE = """
[[rules]]
id = "busy"
metric = "escalation-rate"
window_s = 1800
over = 0.01
for_s = 300
recipient = "tech-lead"
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, Demo]]:
    """A healthy demo in its window with a rule that fires, and a shell of the same account."""
    place = tmp_path_factory.mktemp("check")
    shell = Shell(place)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_STATE_HOME"):
            patch.setenv(name, shell.env[name])
        demo = Demo.start(place / "claims", scenario="healthy", speed=60.0)
        demo.stop_clock()
        with (demo.directory / "warroom.toml").open("a") as config:
            config.write(RULE)
        yield shell, demo
        demo.stop()


def test_all_is_well_and_a_rule_is_previewed(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    said = shell("check", demo.directory).done()
    assert "✓ ok        feed calls: live" in said
    assert "✓ ok        rollback version: it can be read back: " in said
    assert "✓ ok        executor process: stands by after " in said
    assert "rule:busy                would have fired once in 48h" in said
    assert "watch:override" in said
    assert said.endswith("nothing is wrong\n")


def test_as_json(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    told = shell("check", demo.directory, "--json").json()
    assert told["ok"] is True
    assert {one["area"] for one in told["findings"]} == {
        *("config", "people", "feed", "metric", "secret", "journal", "disk", "clock", "traffic"),
        *("rollback", "executor", "escalation", "threshold", "terminal"),
    }
    rules = {one["rule"]: one for one in told["rules"]}
    busy = rules["rule:busy"]
    assert (busy["fired"], busy["severity"], busy["recipients"]) == (1, "ticket", ["tech-lead"])
    assert busy["episodes"][0]["resolved_at"] is None
    assert busy["seconds"] > 24 * 3600
    assert rules["watch:version"]["fired"] == 0
    assert rules["watch:override"]["fired"] is None


def test_a_feed_that_does_not_answer(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    directory = tmp_path / "claims"
    shell("init", directory, "--name", "x", "--context", "internal").done()
    answer = shell("check", directory)
    assert answer.code == UNREACHED
    assert "✗ unreached feed calls" in answer.out


def test_something_to_mend(shell: Shell, claims: Path) -> None:
    answer = shell("check", claims)
    assert (answer.code, answer.err) == (REFUSED, "")
    assert "has no limit: write [forecast]" in answer.out
    wrong = [line for line in answer.out.splitlines() if line.startswith("  ✗ ")]
    assert any("cost-per-call, spend-rate" in line for line in wrong)
    assert answer.out.splitlines()[-1] == f"{len(wrong)} to mend", "what stands in one line is one"


def test_a_config_that_does_not_parse(shell: Shell, claims: Path) -> None:
    with (claims / "warroom.toml").open("a") as config:
        config.write(RULE.replace("escalation-rate", "escalation"))
    shell("check", claims).fails(USAGE, 'did you mean "escalation-rate"', "rules[0].metric")


def test_the_help_of_the_demo_lists_every_scenario(shell: Shell) -> None:
    said = " ".join(shell("demo", "--help").done().split())
    assert all(name in said for name in SCENARIOS)


def test_a_second_source_that_cannot_be_reached(live: tuple[Shell, Demo]) -> None:
    """It is no agreement: check and status say that nothing is compared."""
    shell, demo = live
    config = demo.directory / "warroom.toml"
    before = config.read_text()
    store = 'kind = "exposition"\nurl = "http://127.0.0.1:9/metrics"\npreset = "warroom-metrics"\n'
    config.write_text(f'{before}\n[feeds.store]\n{store}\n[metrics.error-rate]\ncheck = "store"\n')
    try:
        found = shell("check", demo.directory)
        status = shell("status", demo.directory, "--json").json()
        said = shell("status", demo.directory).out
    finally:
        config.write_text(before)
    why = "not checked: feed store is down, not read yet"
    assert found.code == UNREACHED
    assert f"now down: {why}" in found.out
    assert status["checks"]["cross-check:error-rate"]["why"] == why
    assert f"cross-check:error-rate is down, so unknown: {why}" in said
