"""`warroom init` from flags, where nobody can be asked."""

import stat
import tomllib
from pathlib import Path

from tests.cli.shell import USAGE, Shell


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


def test_a_key_in_an_address_is_warned_of_and_not_repeated(shell: Shell) -> None:
    for number, query in enumerate(("api_key=s3same", "apiKey=s3same", "v=1&access_token=s3same")):
        words = ("--name=x", "--context=internal", f"--logs=http://h.example/log?{query}")
        said = shell("init", shell.place / f"a{number}", *words).done()
        assert "! [feeds.calls]: the url holds `" in said
        assert "s3same" not in said
    words = ("--name=x", "--context=internal", "--logs=http://h.example/log?since=1&keys=2")
    assert "url holds" not in shell("init", shell.place / "b", *words).done()


def test_status_tells_money_in_its_currency(shell: Shell) -> None:
    place = shell.place / "a"
    shell("init", place, "--name=x", "--context=internal").done()
    path = place / "warroom.toml"
    text = path.read_text().replace("\n[nfr]", '\n[nfr]\ncurrency = "CHF"\n#', 1)
    costs = "\n[forecast]\ncost_per_call = 0.021\ncalls_per_hour = 100.0\n#"
    path.write_text(text.replace("\n[forecast]", costs, 1))
    said = shell("status", place, "--offline").done()
    assert "limit 0.0630 CHF" in said
    assert "CHF/h" in said


def test_a_log_that_lies_here_is_found_from_there(shell: Shell) -> None:
    log = shell.place / "calls.jsonl"
    log.touch()
    said = shell("init", "a", "--name=x", "--context=internal", "--logs=calls.jsonl").done()
    assert "no " + str(log) not in said
    told = tomllib.loads((shell.place / "a" / "warroom.toml").read_text())
    assert told["feeds"]["calls"]["path"] == str(log)
    shell("init", "b", "--name=x", "--context=internal", "--logs=other.jsonl").done()
    told = tomllib.loads((shell.place / "b" / "warroom.toml").read_text())
    assert told["feeds"]["calls"]["path"] == "other.jsonl"
