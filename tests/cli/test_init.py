"""`warroom init`: from flags where nobody can be asked, and from questions on a real terminal."""

import stat
import tomllib
from pathlib import Path

import pexpect

from tests.cli.shell import USAGE, WARROOM, Shell


def test_flags_make_a_file_that_opens(shell: Shell) -> None:
    place = shell.place / "deep" / "agent"
    said = shell(
        *("init", place, "--name", 'claims "triage"', "--context", "customer-facing"),
        *("--agent-version", "v9", "--stable-version", "v8", "--platform", "n8n"),
        *("--logs", "https://agent.example/calls", "--prometheus", "http://prom.example:9090"),
    ).done()
    path = place / "warroom.toml"
    assert str(path) in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = tomllib.loads(path.read_text())
    assert told["agent"] == {
        "name": 'claims "triage"',
        "platform": "n8n",
        "stable_version": "v8",
        "version": "v9",
    }
    assert told["context"]["exposure"] == "customer-facing"
    assert {feed["kind"] for feed in told["feeds"].values()} == {"jsonl-http", "prometheus"}
    status = shell("status", place, "--offline", "--json").json()
    assert status["agent"] == 'claims "triage"'
    assert status["status"] == "preparing"


def test_two_deployments_have_ids_of_their_own(shell: Shell) -> None:
    ids = set()
    for name in ("a", "b"):
        shell("init", shell.place / name, "--name", name, "--context", "internal").done()
        ids.add(tomllib.loads((shell.place / name / "warroom.toml").read_text())["deployment"])
    assert len(ids) == 2


def test_what_is_missing_or_wrong_is_said_and_nothing_written(shell: Shell) -> None:
    place = shell.place / "a"
    shell("init", place).fails(USAGE, "--name and --context are needed")
    shell("init", place, "--name", "x").fails(USAGE, "--name and --context are needed")
    shell("init", place, "--name", "x", "--context", "secret").fails(USAGE, "invalid choice")
    shell("init", place, "--name", "x\ny", "--context", "internal").fails(USAGE, "name")
    shell("init", place, "--name=x", "--context=internal", "--prometheus=ftp://x").fails(USAGE)
    assert not (place / "warroom.toml").exists()


def test_an_existing_file_is_never_overwritten(shell: Shell, claims: Path) -> None:
    before = (claims / "warroom.toml").read_bytes()
    shell("init", claims, "--name", "x", "--context", "internal").fails(USAGE, "is there already")
    assert (claims / "warroom.toml").read_bytes() == before


def test_a_file_in_the_way(shell: Shell) -> None:
    (shell.place / "a").write_text("")
    shell("init", shell.place / "a", "--name=x", "--context=internal").fails(USAGE, "cannot be")


def test_questions_on_a_terminal(shell: Shell) -> None:
    place = shell.place / "asked"
    child = pexpect.spawn(
        WARROOM[0],
        [*WARROOM[1:], "init", str(place), "--platform", "n8n"],
        env=shell.env,
        cwd=str(shell.place),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("The agent's name: ")
    child.sendline("")
    child.expect("it needs a name")
    child.sendline("claims-triage")
    child.expect("Does it serve customers")
    child.sendline("yes")
    child.expect("write customer-facing or internal")
    child.sendline("internal")
    child.expect(r"goes live \[v1\]: ")
    child.sendline("")
    child.expect("a rollback restores")
    child.sendline("v0")
    child.expect("Its call log")
    child.sendline("")
    child.expect("The URL of a Prometheus")
    child.sendline("")
    child.expect("Wrote .*warroom.toml")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    told = tomllib.loads((place / "warroom.toml").read_text())
    assert told["agent"] == {
        "name": "claims-triage",
        "platform": "n8n",
        "stable_version": "v0",
        "version": "v1",
    }


def test_an_interrupted_questionnaire_writes_nothing(shell: Shell) -> None:
    place = shell.place / "asked"
    child = pexpect.spawn(
        WARROOM[0],
        [*WARROOM[1:], "init", str(place)],
        env=shell.env,
        cwd=str(shell.place),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("The agent's name: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    said = child.before or ""
    child.close()
    assert child.exitstatus == 1
    assert "Traceback" not in said
    assert not (place / "warroom.toml").exists()
    end = pexpect.spawn(
        WARROOM[0],
        [*WARROOM[1:], "init", str(place)],
        env=shell.env,
        encoding="utf-8",
        timeout=30,
    )
    end.expect("The agent's name: ")
    end.sendeof()
    end.expect(pexpect.EOF)
    said = end.before or ""
    end.close()
    assert end.exitstatus == USAGE
    assert "nothing was written" in said
