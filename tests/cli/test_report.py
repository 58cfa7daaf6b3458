"""`warroom report` for real: on a fresh deployment and on a walked one."""

import json
from pathlib import Path

import pytest

from tests.cli.shell import CORRUPT, USAGE, Shell, entries, flip

KINDS = ("readiness", "runbook", "protocol")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written_on_a_fresh_deployment(shell: Shell, claims: Path, kind: str) -> None:
    said = shell("report", claims, "--kind", kind).done()
    assert said.startswith("# ")
    assert "claims-triage" in said.splitlines()[0]
    told = json.loads(shell("report", claims, "--kind", kind, "--format", "json").done())
    assert (told["kind"], told["about"]["agent"]) == (kind, "claims-triage")


def test_a_fresh_deployment_is_no_go_with_everything_open(shell: Shell, claims: Path) -> None:
    told = shell("report", claims, "--format", "json").json()
    assert told["verdict"] == "NO-GO"
    assert {item["state"] for item in told["items"]} <= {
        "blocking",
        "not-started",
        "not-applicable",
    }
    assert not (claims / "journal").exists()  # to look writes nothing


def test_a_statement_cites_the_entry_on_the_disk(shell: Shell, claims: Path) -> None:
    shell(
        "confirm", claims, "load-test", "--evidence", "k6 of 1 December: p95 2.6 s", who="tech lead"
    ).done()
    told = shell("report", claims, "--format", "json").json()
    (proof,) = next(item for item in told["items"] if item["id"] == "load-test")["proofs"]
    written = entries(claims)[-1]
    assert proof["source"] == {
        "writer": written["writer"],
        "seq": written["seq"],
        "h": written["h"][:12],
    }
    assert proof["evidence"] == "k6 of 1 December: p95 2.6 s"


def test_a_file_is_replaced_whole(shell: Shell, claims: Path) -> None:
    path = shell.place / "status.md"
    path.write_text("older")
    assert shell("report", claims, "--kind", "runbook", "--output", path).done() == ""
    assert path.read_text("utf-8").startswith("# Operations runbook")
    assert [p.name for p in shell.place.glob(".status*")] == []
    own = claims / "reports" / "status.md"
    shell("report", claims, "--output", own).done()
    assert [p.name for p in own.parent.iterdir()] == ["status.md"]


def test_no_directory_and_no_record_is_written_over(shell: Shell, claims: Path) -> None:
    shell("report", claims, "--output", claims).fails(USAGE, "is a directory")
    config = claims / "warroom.toml"
    before = config.read_bytes()
    shell("report", claims, "--output", config).fails(USAGE, "record")
    shell("report", claims, "--output", claims / "journal" / "x.jsonl").fails(USAGE, "record")
    shell("report", claims, "--output", "/dev/null").fails(USAGE, "no regular file")
    shell("report", claims, "--output", shell.place / "no" / "x.md").fails(
        USAGE, "cannot be written"
    )
    assert config.read_bytes() == before


def test_the_sheet_of_one_person(shell: Shell, claims: Path) -> None:
    said = shell("report", claims, "--kind", "protocol", "--for", "reviewer").done()
    assert said.count("What calls you") == 1
    shell("report", claims, "--kind", "protocol", "--for", "nobody").fails(USAGE, "it reaches")
    shell("report", claims, "--for", "reviewer").fails(USAGE, "--kind protocol")


def test_the_prompts(shell: Shell, claims: Path) -> None:
    for kind in ("readiness", "runbook"):
        said = shell("report", claims, "--kind", kind, "--prompt").done()
        assert "agent: claims-triage v1" in said
    shell("report", claims, "--kind", "protocol", "--prompt").fails(USAGE, "readiness and runbook")


def test_a_damaged_journal_is_said_and_exits_with_4(shell: Shell, claims: Path) -> None:
    for number in range(2):
        shell("note", claims, f"note {number}").done()
    flip(claims, 2)
    answer = shell("report", claims)
    assert answer.code == CORRUPT
    assert "the journal is damaged" in answer.out
    assert "**NO-GO**" in answer.out
