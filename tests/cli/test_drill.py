"""`warroom drill`: on the demo, dry, refused, and with a person at the terminal."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from console.demo.run import Demo
from tests.actions.switch import Switch, running_switch
from tests.cli.shell import REFUSED, UNREACHED, USAGE, WARROOM, Shell, entries


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, Demo]]:
    """A demo in readiness, and a shell of the same account."""
    place = tmp_path_factory.mktemp("drill")
    shell = Shell(place)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_STATE_HOME"):
            patch.setenv(name, shell.env[name])
        demo = Demo.start(place / "demo", stage="readiness", calls_per_hour=300)
    yield shell, demo
    demo.stop()


def ask(demo: Demo, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(f"{demo.url}{path}", method=method)  # noqa: S310 - our own agent
    request.add_header("Content-Length", "0")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own agent
        return json.loads(answer.read())


def test_the_demo_can_be_drilled_and_confirmed(demo: tuple[Shell, Demo]) -> None:
    shell, running = demo
    production = ask(running, "/control")
    ask(running, "/drill/reset", "PUT")
    assert ask(running, "/drill/control")["serving"] == "v2.4.0"
    said = shell("drill", running.directory, who="tech lead").done()
    assert "✓ ok   version: " in said
    assert "rollback-drill: PASSED, back from full to v2.3.1 in " in said
    assert said.endswith("rollback-ready --evidence probe:rollback-drill\n")
    assert ask(running, "/drill/control")["serving"] == "v2.3.1"
    assert ask(running, "/control") == production
    confirm = ("confirm", running.directory, "rollback-ready", "--evidence", "probe:rollback-drill")
    for who in ("tech lead", "agent lead"):
        shell(*confirm, who=who).done()
    items = shell("checklist", running.directory, "--json").json()
    (item,) = [one for one in items if one["id"] == "rollback-ready"]
    assert item["state"] == "confirmed"
    assert item["confirmations"][0]["evidence"].startswith("rollback-drill probe passed, back from")
    # It stands at the end now: to drill it again shows nothing until it is reset.
    again = shell("drill", running.directory)
    assert (again.code, again.err) == (REFUSED, "")
    assert f"reset the drill target first (curl -X PUT {running.url}/drill/reset)" in again.out
    ask(running, "/drill/reset", "PUT")
    told = shell("probe", "rollback-drill", running.directory, "--json").json()
    assert (told["probe"], told["passed"]) == ("rollback-drill", True)


def test_as_json(demo: tuple[Shell, Demo]) -> None:
    shell, running = demo
    ask(running, "/drill/reset", "PUT")
    told = shell("drill", running.directory, "--phase", "canary", "--json").json()
    assert (told["outcome"], told["passed"], told["phase"]) == ("verified", True, "canary")
    assert [one["state"] for one in told["steps"]] == ["verified", "verified"]
    assert told["seconds"] < told["budget_s"] == 900
    assert list(told["times"]) == ["first_true", "detected", "ordered", "executed", "verified"]
    assert {row["verdict"] for row in told["rows"]} == {"ok"}


def test_a_dry_run_is_no_evidence(demo: tuple[Shell, Demo]) -> None:
    shell, running = demo
    before, production = len(entries(running.directory)), ask(running, "/control")
    target = ask(running, "/drill/control")
    said = shell("drill", running.directory, "--dry-run").done()
    assert said.count("✓ reads") == 2
    assert "A dry run shows only that production can be read" in said
    told = shell("drill", running.directory, "--dry-run", "--json").json()
    assert (told["dry_run"], told["passed"], told["outcome"]) == (True, False, "unknown")
    assert [one["readable"] for one in told["steps"]] == ["verified", "verified"]
    assert len(entries(running.directory)) == before
    assert (ask(running, "/control"), ask(running, "/drill/control")) == (production, target)


@pytest.fixture
def production() -> Iterator[Switch]:
    with running_switch() as production:
        yield production


def add_step(directory: Path, production: Switch, rest: str = "") -> None:
    with (directory / "warroom.toml").open("a") as config:
        config.write(f"""
[[rollback.steps]]
id = "off"
title = "Off"
kind = "http"
method = "PUT"
url = "{production.url}/off"
body = '{{"candidate": 0}}'
timeout_s = 2.0
manual = "curl"
read_back = {{ url = "{production.url}/state", path = "candidate", equals = 0 }}
{rest}
""")


def test_what_is_refused(shell: Shell, claims: Path, production: Switch) -> None:
    shell("drill", claims, "--dry-run").fails(REFUSED, "there is no step back from full")
    add_step(claims, production)
    shell("drill", claims).fails(REFUSED, "[rollback.drill] replace = {", "--dry-run")
    shell("drill", claims, "--phase", "readiness").fails(USAGE, "readiness")
    add = '[rollback.drill]\nreplace = { "http://elsewhere" = "http://nowhere" }\n'
    with (claims / "warroom.toml").open("a") as config:
        config.write(add)
    shell("drill", claims).fails(
        REFUSED, f"step off would still act in production ({production.url}/off)"
    )
    assert (production.keys, production.looked) == ([], 0)


def test_what_cannot_be_reached(shell: Shell, claims: Path, production: Switch) -> None:
    replace = f'[rollback.drill]\nreplace = {{ "{production.url}" = "http://127.0.0.1:9" }}\n'
    add_step(claims, production, replace)
    answer = shell("drill", claims)
    assert (answer.code, answer.err) == (UNREACHED, "")
    assert "the drill target does not answer" in answer.out
    assert production.looked == 0
    production.looks = ["fault"]
    dry = shell("drill", claims, "--dry-run")
    assert dry.code == UNREACHED
    assert "✗ unseen" in dry.out


def test_a_person_at_the_terminal_is_asked(shell: Shell, claims: Path, production: Switch) -> None:
    with running_switch() as target:
        hand = '[[rollback.steps]]\nid = "desk"\ntitle = "Staff it"\nkind = "manual"\n'
        hand += f'manual = "call the desk at {production.url}"\n'
        replace = f'[rollback.drill]\nreplace = {{ "{production.url}" = "{target.url}" }}\n'
        add_step(claims, production, hand + replace)
        env = {**shell.env, "WARROOM_AS": "agent lead", "TERM": "xterm"}
        words = [*WARROOM[1:], "drill", str(claims)]
        child = pexpect.spawn(sys.executable, words, env=env, cwd=str(shell.place), timeout=60)
        child.expect_exact("DRILL, not production. Step desk: Staff it")
        child.expect_exact(f"call the desk at {target.url}")
        child.expect_exact("done, again or not-done:")
        child.sendline("maybe")
        child.expect_exact("done, again or not-done:")
        child.sendline("done")
        child.expect_exact("desk: verified  confirmed by agent lead")
        child.expect_exact("rollback-drill: PASSED")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        assert target.share == 0
    assert production.keys == []
