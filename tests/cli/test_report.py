"""`warroom report` for real: on a fresh deployment and on a walked one."""

import json
import subprocess
from pathlib import Path

import pexpect
import pytest

from console.reports.formats import text_lines
from console.reports.kinds import KINDS
from tests.cli.shell import CORRUPT, REFUSED, USAGE, WARROOM, Shell, entries, flip

OF_INCIDENTS = {"incident", "postmortem"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_INCIDENTS])
def test_each_kind_is_written_on_a_fresh_deployment(shell: Shell, claims: Path, kind: str) -> None:
    said = shell("report", claims, "--kind", kind).done()
    assert said.startswith("# ")
    assert "claims-triage" in said.splitlines()[0]
    told = json.loads(shell("report", claims, "--kind", kind, "--format", "json").done())
    assert (told["kind"], told["about"]["agent"]) == (kind, "claims-triage")


def test_a_fresh_deployment_is_no_go_with_everything_open(shell: Shell, claims: Path) -> None:
    told = shell("report", claims, "--kind", "readiness", "--format", "json").json()
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
    told = shell("report", claims, "--kind", "readiness", "--format", "json").json()
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
    shell("report", claims, "--kind", "protocol", "--for", "nobody").fails(REFUSED, "it reaches")
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
    answer = shell("report", claims, "--kind", "readiness")
    assert answer.code == CORRUPT
    assert "the journal is damaged" in answer.out
    assert "**NO-GO**" in answer.out


def test_html_and_pdf_are_files_of_their_kind(shell: Shell, claims: Path) -> None:
    page, paper = shell.place / "gates.html", shell.place / "gates.pdf"
    shell("report", claims, "--kind", "gates", "--format", "html", "--output", page).done()
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    shell("report", claims, "--kind", "gates", "--format", "pdf", "--output", paper).done()
    assert paper.read_bytes().startswith(b"%PDF-")
    assert any("No gate was decided" in line for line in text_lines(paper.read_bytes(), "pdf"))


def test_a_pdf_goes_down_a_pipe_and_not_to_a_terminal(shell: Shell, claims: Path) -> None:
    words = [*WARROOM, "report", str(claims), "--kind", "brief", "--format", "pdf"]
    piped = subprocess.run(words, env=shell.env, capture_output=True, check=True)
    assert piped.stdout.startswith(b"%PDF-")
    terminal = pexpect.spawn(words[0], words[1:], env=shell.env, encoding="utf-8")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == USAGE
    assert "a PDF is nothing for a terminal" in terminal.before
    assert "%PDF" not in terminal.before


@pytest.mark.parametrize("kind", sorted(OF_INCIDENTS))
def test_without_an_incident_there_is_nothing_to_write_of(
    shell: Shell, claims: Path, kind: str
) -> None:
    shell("report", claims, "--kind", kind).fails(REFUSED, "no incident is on record")
    shell("report", claims, "--kind", "gates", "--incident", "x").fails(USAGE, "--incident")
