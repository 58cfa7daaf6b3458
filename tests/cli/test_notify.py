"""`warroom notify`: who is told of what, and a test that really goes out; never an address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.write import render
from console.demo.run import config_values
from console.demo.traffic import Profile
from tests.actions.inbox import Inbox, receiving
from tests.cli.shell import DONE, REFUSED, UNREACHED, USAGE, Shell

SECRET = "hunter2"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as held:
        yield held


def deployment(tmp_path: Path, addresses: dict[str, list[Any]], **keys: Any) -> Path:
    values: dict[str, Any] = config_values("http://127.0.0.1:9", Profile())
    for person in values["people"]:
        person["notify"] = addresses.get(person["name"], [])
    values["people"].append({"name": "second tech", "roles": ["tech-lead"], **keys})
    directory = tmp_path / "told"
    directory.mkdir()
    (directory / "warroom.toml").write_text(render(values))
    return directory


def test_the_plan_shows_everybody_and_no_address(shell: Shell, tmp_path: Path) -> None:
    address = f"json://me:{SECRET}@host/"
    quiet = {"quiet": "00:00-23:59", "zone": "Europe/London", "notify": [address]}
    directory = deployment(tmp_path, {"tech lead": [address, address]}, **quiet)
    said = shell("notify", directory).done()
    assert said == shell("notify", "plan", directory).done()
    assert SECRET not in said
    assert "tech lead (tech-lead): 2 addresses\n" in said
    assert "second tech (tech-lead): 1 address, quiet 00:00-23:59 Europe/London" in said
    assert "agent lead (agent-lead): NO ADDRESS\n" in said
    agent = said.partition("agent lead (agent-lead)")[2].partition("tech lead (tech-lead)")[0]
    assert "  critical: safety flags, unexplained version" in agent
    assert "rollback triggers" in agent.partition("else:")[0]
    assert "  else: accuracy, escalation rate, cost per call" in agent
    assert "executive sponsor (executive-sponsor): NO ADDRESS\n  nothing\n" in said
    needs = f"notify test {directory} --to NAME"
    shell("notify", directory, "--to", "tech lead").fails(USAGE, needs)


def test_a_test_goes_out_to_everybody_or_one(shell: Shell, tmp_path: Path, inbox: Inbox) -> None:
    every = ("agent lead", "tech lead", "rollback owner", "BU operations lead", "legal")
    more = ("executive sponsor", "reviewer")
    addresses: dict[str, list[Any]] = {
        name: [inbox.address(name.replace(" ", "-"))] for name in (*every, *more)
    }
    directory = deployment(tmp_path, addresses, notify=[inbox.address("second")])
    said = shell("notify", "test", directory).done()
    assert said.count("✓") == 8
    assert len(inbox.taken) == 8
    assert inbox.taken["tech-lead"] == [
        "TEST: notices of claims-triage|This is a test. Nothing has happened to claims-triage.\n"
        "It was sent to tech lead."
    ]
    assert shell("notify", "test", directory, "--to", "legal").out == "  ✓ legal: taken\n"
    assert len(inbox.taken["legal"]) == 2
    assert len(inbox.taken["tech-lead"]) == 1


def test_each_outcome_is_said_and_has_its_code(shell: Shell, tmp_path: Path, inbox: Inbox) -> None:
    inbox.deeds["bad"] = ["refuse"]
    bad = inbox.address("bad").replace("//", f"//me:{SECRET}@")
    addresses: dict[str, list[Any]] = {
        "agent lead": [inbox.address("agent")],
        "tech lead": [inbox.address("tech"), bad],
        "legal": [{"env": "LEGAL_URL"}],
    }
    directory = deployment(tmp_path, addresses)

    def one(name: str) -> tuple[int, str]:
        done = shell("notify", "test", directory, "--to", name)
        return done.code, done.out

    assert one("agent lead") == (DONE, "  ✓ agent lead: taken\n")
    code, said = one("tech lead")
    assert (code, SECRET in said) == (UNREACHED, False)
    assert said.startswith("  ✗ tech lead: 1 of 2 addresses failed: ")
    code, said = one("legal")
    assert (code, "the environment variable LEGAL_URL is not set" in said) == (UNREACHED, True)
    code, said = one("reviewer")
    assert code == REFUSED
    assert said == "  ✗ reviewer: no address in warroom.toml: call +44 20 7946 0016\n"
    whole = shell("notify", "test", directory)
    assert (whole.code, whole.out.count("✗")) == (UNREACHED, 7)
    missing = shell("notify", "test", directory, "--to", "tech led")
    missing.fails(USAGE, 'nobody in warroom.toml is called "tech led"; did you mean "tech lead"?')


def test_check_names_whom_nothing_reaches(shell: Shell, tmp_path: Path) -> None:
    directory = deployment(tmp_path, {"agent lead": ["json://127.0.0.1:9/a"]})
    said = shell("check", directory).out
    (line,) = [one for one in said.splitlines() if "nothing reaches" in one]
    assert "people notices: nothing reaches tech lead (call +44 20 7946 0011), rollback" in line
    assert "agent lead" not in line
