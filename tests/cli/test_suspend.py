"""`warroom suspend`: listed, shown, fired by a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.switch import Switch, running_switch
from tests.cli.shell import DONE, REFUSED, USAGE, Shell, entries


@pytest.fixture
def tool() -> Iterator[Switch]:
    with running_switch() as tool:
        yield tool


@pytest.fixture
def suspendable(claims: Path, tool: Switch) -> Path:
    """A deployment with one suspension."""
    with (claims / "warroom.toml").open("a") as config:
        config.write(f"""
[[suspensions]]
id = "payments"
title = "Suspend the payments tool"

[[suspensions.steps]]
id = "off"
title = "Take it away"
kind = "http"
method = "PUT"
url = "{tool.url}/tools/payments"
body = '{{"candidate": 0}}'
timeout_s = 2.0
manual = "curl -X PUT {tool.url}/tools/payments"
read_back = {{ url = "{tool.url}/tools", path = "candidate", equals = 0 }}
""")
    return claims


def phase(shell: Shell, directory: Path) -> Any:
    return shell("status", directory, "--json", "--offline").json()["phase"]


def test_without_fire_nothing_is_done(shell: Shell, suspendable: Path, tool: Switch) -> None:
    listed = shell("suspend", suspendable)
    assert (listed.code, listed.out) == (REFUSED, "payments: Suspend the payments tool\n")
    shown = shell("suspend", suspendable, "payments")
    assert shown.code == REFUSED
    assert shown.out.startswith("This would carry out: Suspend the payments tool.\n")
    assert f"by hand: curl -X PUT {tool.url}/tools/payments" in shown.out
    assert shown.out.endswith("Nothing was done. Do it with --fire.\n")
    assert tool.keys == []
    assert not (suspendable / "journal").exists()


def test_fired_it_is_verified(shell: Shell, suspendable: Path, tool: Switch) -> None:
    shell("note", suspendable, "before").done()
    before = phase(shell, suspendable)
    fired = ("suspend", suspendable, "payments", "--fire", "--why", "it paid twice")
    said = shell(*fired).done()
    assert "verified  Take it away" in said
    assert "Suspend the payments tool: VERIFIED, every step is verified" in said
    assert tool.share == 0
    written = entries(suspendable)
    kinds = [one["kind"] for one in written if one["kind"].startswith("suspension")]
    assert kinds == [
        *("suspension.triggered", "suspension.step", "suspension.step", "suspension.finished")
    ]
    (ordered,) = [one for one in written if one["kind"] == "suspension.triggered"]
    assert ordered["data"]["why"] == "it paid twice"
    assert ordered["actor"]["name"] == "agent lead"
    assert not [one for one in written if one["kind"].startswith("rollback")]
    after = phase(shell, suspendable)
    assert (after["name"], after["attempt"]) == (before["name"], before["attempt"])


def test_a_tool_that_says_yes_and_goes_on(shell: Shell, suspendable: Path, tool: Switch) -> None:
    tool.deeds = ["nothing"]
    answer = shell("suspend", suspendable, "payments", "--fire", "--json")
    assert answer.code == REFUSED
    told = answer.json()
    assert told["outcome"] == "partial"
    assert told["steps"][0]["state"] == "failed"
    assert told["steps"][0]["manual"] == f"curl -X PUT {tool.url}/tools/payments"
    assert told["seconds"] > 1.0, "it looks for the effect as long as the step may take"
    assert tool.share == 1


def test_an_unknown_one(shell: Shell, suspendable: Path, tool: Switch) -> None:
    shell("suspend", suspendable, "paymnets", "--fire").fails(
        REFUSED, "there is no suspension paymnets", 'did you mean "payments"?'
    )
    assert tool.keys == []


def test_none_is_declared(shell: Shell, claims: Path) -> None:
    assert "No suspension is declared" in shell("suspend", claims).out
    shell("suspend", claims, "payments").fails(REFUSED, "write [[suspensions]] in warroom.toml")
    shell("suspend", claims / "nowhere", "x").fails(USAGE, "warroom init")
    assert shell("suspend", "--help").code == DONE
