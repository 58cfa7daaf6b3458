"""The walk to GO from the command line: lists, plans, the poll, another config."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.guide import checklist_items, guide_lines
from console.domain import events as e
from console.room import WarRoom
from tests.cli.shell import DONE, REFUSED, USAGE, Answer, Shell, entries

SEEN = "seen in the drill of Monday, 14:02"


def day(number: int) -> str:
    """So many days from today."""
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


def item(answer: Answer, name: str) -> dict[str, Any]:
    """An item of `checklist --json`."""
    found: dict[str, Any] = next(one for one in answer.json() if one["id"] == name)
    return found


@pytest.fixture(autouse=True)
def _same_account(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done without a process of its own is done by the shell's account."""
    monkeypatch.setenv("XDG_STATE_HOME", shell.env["XDG_STATE_HOME"])


def confirm_all(claims: Path, *but: str) -> None:
    """Every item but the sign-off that an internal agent needs none of, all at once."""
    room = WarRoom.open(claims, who="agent lead", offline=True)
    counted = e.Evidence("text", "standard 19/1/0, edge 14/0/6, adversarial 10/0/0")
    seen = e.Evidence("text", SEEN)
    events = [
        e.ItemConfirmed(one.id, role, counted if one.asks == "counts" else seen)
        for one in checklist_items()
        for role in one.roles
        if one.id not in {*but, "governance-review"}
    ]
    room.record.transact(room.actor, lambda _: events)
    room.record.journal.close()


def test_the_list_says_what_each_item_needs_and_whether_it_is_go(
    shell: Shell, claims: Path
) -> None:
    said = shell("checklist", claims).done()
    assert said == shell("checklist", claims, "--list").done()
    lines = said.splitlines()
    for one in checklist_items():
        assert any(f" {one.id} " in line and one.title in line for line in lines), one.id
    assert any("agreed-needs" in s and "tech-lead and bu-operations-lead" in s for s in lines)
    assert any("governance-review" in s and s.endswith("(not-applicable)") for s in lines)
    assert lines[-2].endswith("hard open: NO-GO")
    assert lines[-1].startswith("Go-live has no date: an owner and a day to come are missing")


def test_the_lines_are_the_guides_own(shell: Shell, claims: Path) -> None:
    told = shell("checklist", claims, "--lines", "--json").json()
    assert [(one["id"], tuple(one["links"])) for one in told] == [
        (line.id, line.links) for line in guide_lines()
    ]
    said = shell("checklist", claims, "--lines").done().splitlines()
    assert len(said) == 4 + 6 + 19 + 8 + 7 + 9 + 10
    for one, line in zip(told, said, strict=True):
        assert f" {one['state']} " in line
        assert one["text"] in line


def test_the_json_holds_evidence_plan_and_acceptance(shell: Shell, claims: Path) -> None:
    shell("confirm", claims, "rollout-plan", "--evidence", SEEN).done()
    shell("plan", claims, "logging", "--owner", "tech lead", "--due", day(2)).done()
    shell("accept", claims, "regression", "it is the first deployment").done()
    told = shell("checklist", claims, "--json")
    (given,) = item(told, "rollout-plan")["confirmations"]
    assert (given["role"], given["by"], given["evidence"]) == ("agent-lead", "agent lead", SEEN)
    assert item(told, "logging")["plan"] == {"owner": "tech lead", "due": day(2)}
    assert (item(told, "logging")["state"], item(told, "logging")["hard"]) == ("in-progress", True)
    assert item(told, "regression")["accepted"] == "it is the first deployment"
    said = shell("checklist", claims).done()
    assert f"needs tech-lead; tech lead by {day(2)}" in said
    assert "stays open: it is the first deployment" in said
    assert not shell("checklist", claims, "--json", who="").err, "to read takes no name"


def test_a_plan_moves_the_date_and_a_confirmation_brings_it_back(
    shell: Shell, claims: Path
) -> None:
    path = claims / "warroom.toml"
    lines = path.read_text().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if "go_live" in line)
    lines[place] = f"go_live = {day(3)}\n"
    path.write_text("".join(lines))
    confirm_all(claims, "logging")
    shell(
        "plan", claims, "logging", "--owner", "the lab", "--due", day(9), "--note", "tests"
    ).done()
    moved = entries(claims)[-1]
    assert (moved["kind"], moved["data"]["was"], moved["data"]["to"]) == (
        "golive.moved",
        day(3),
        day(9),
    )
    assert moved["data"]["why"] == f"logging, the lab by {day(9)}"
    assert (
        f"Go-live moved from {day(3)} to {day(9)}: waits for logging."
        in shell("status", claims).out
    )
    shell("confirm", claims, "logging", "--evidence", SEEN, who="tech lead").done()
    assert f"Go-live on {day(3)}." in shell("checklist", claims).done()


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("plan", "loging", "--owner", "x", "--due", "+1"), REFUSED, "did you mean logging?"),
        (("plan", "logging", "--owner", " ", "--due", "+1"), REFUSED, "who resolves it is empty"),
        (("plan", "logging", "--owner", "x", "--due", "-1"), REFUSED, "is over: give a day from"),
        (("plan", "logging", "--owner", "x", "--due", "soon"), USAGE, '"soon" is not a day'),
        (("plan", "logging", "--owner", "x"), USAGE, "--due"),
        (("plan", "governance-review", "--owner", "x", "--due", "+1"), REFUSED, "not-applicable"),
        (("accept", "logging", "no time"), REFUSED, "is a hard gate here"),
        (("accept", "regression", "  "), REFUSED, "the reason is empty"),
        (("accept", "regresion", "first"), REFUSED, "did you mean regression?"),
        (("poll", "--open"), REFUSED, "when no hard item is open; open: sprint-report"),
        (("poll", "--go", "fine"), REFUSED, "no poll is open: a lead opens one"),
        (("poll", "--no-go", "bad"), REFUSED, "no poll is open"),
        (("poll", "--withdraw"), REFUSED, "no poll is open"),
        (("poll", "--go", "fine", "--no-go", "bad"), USAGE, "not allowed with"),
        (("confirm", "logging", "--evidence", SEEN, "--dated", "+2"), REFUSED, "a day to come"),
        (("confirm", "logging", "--evidence", SEEN, "--dated", "x"), USAGE, "is not a day"),
        (("confirm", "test-set", "--evidence", SEEN), REFUSED, "inputs are missing"),
        (("checklist", "--nonsense"), USAGE, "see: warroom checklist --help"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else "",
)
def test_every_refusal_is_one_sentence(
    words: tuple[str, ...], code: int, why: str, shell: Shell, claims: Path
) -> None:
    command, *rest = (day(int(w)) if w[:1] in "+-" and w[1:].isdigit() else w for w in words)
    who = "tech lead" if "logging" in words else "agent lead"
    shell(command, claims, *rest, who=who).fails(code, why)
    assert not list((claims / "journal").glob("*.jsonl")) or entries(claims) == []


@pytest.mark.parametrize("who", ["legal", "reviewer", "rollback owner"])
def test_some_deeds_are_the_leads(who: str, shell: Shell, claims: Path) -> None:
    for words in (
        ("accept", claims, "regression", "it is the first"),
        ("poll", claims, "--open"),
        ("config", "accept", claims),
    ):
        shell(*words, who=who).fails(REFUSED, "that takes an agent-lead or a tech-lead")


def test_evidence_of_an_earlier_day_is_as_old_as_it_is(shell: Shell, claims: Path) -> None:
    for dated, state in ((day(-31), "expired"), (day(-29), "confirmed")):
        words = ("confirm", claims, "load-test", "--evidence", SEEN, "--dated", dated)
        shell(*words, who="tech lead").done()
        assert entries(claims)[-1]["data"]["dated"] == dated
        told = item(shell("checklist", claims, "--json"), "load-test")
        assert told["state"] == state
    assert "older than 30 days" not in shell("checklist", claims).done()


def test_a_changed_config_is_shown_and_accepted_with_what_it_changes(
    shell: Shell, claims: Path
) -> None:
    path = claims / "warroom.toml"
    shell("config", "accept", claims).fails(REFUSED, "there is nothing to accept")
    shell("note", claims, "the walk begins").done()
    shell("config", "accept", claims).fails(REFUSED, "there is nothing to accept")
    path.write_text(path.read_text().replace("internal", "customer-facing", 1))
    assert "customer-facing" in path.read_text().split("[context]")[1][:60]
    refused = shell("gate", claims)
    assert refused.code == REFUSED
    assert f"a lead accepts it (warroom config accept {claims})" in refused.out
    shell("confirm", claims, "credentials", "--evidence", SEEN, who="tech lead").fails(
        REFUSED, "a lead accepts it first"
    )
    shell("config", "accept", claims, "--why", "it serves customers now").done()
    data = entries(claims)[-1]["data"]
    assert data["why"] == "it serves customers now"
    assert data["changes"][0] == "context: now customer-facing, no longer internal"
    assert "governance-review" in data["changes"][1]
    assert "a lead accepts it" not in shell("gate", claims).out
    shell("config", "accept", claims).fails(REFUSED, "there is nothing to accept")
    shown = shell("journal", "show", claims).done()
    assert "hard gates now:" in shown


def test_a_config_that_does_not_parse_is_not_accepted(shell: Shell, claims: Path) -> None:
    shell("note", claims, "the walk begins").done()
    path = claims / "warroom.toml"
    path.write_text(path.read_text().replace('name = "claims-triage"', 'nam = "claims-triage"', 1))
    refused = shell("config", "accept", claims)
    assert (refused.code, entries(claims)[-1]["kind"]) == (USAGE, "note.written")
    assert 'did you mean "name"?' in refused.err


def test_a_poll_is_told_without_what_is_sealed(shell: Shell, claims: Path) -> None:
    assert shell("poll", claims) == Answer(REFUSED, "no poll was held\n", "")
    assert shell("poll", claims, "--json").json() is None
    confirm_all(claims)
    shell("poll", claims, "--open").done()
    shell("poll", claims, "--no-go", "zanzibar", who="tech lead").done()
    shell("poll", claims, "--go", "again", who="tech lead").fails(REFUSED, "withdraw it")
    shell("poll", claims, "--go", "fine", who="legal").fails(REFUSED, "asks agent-lead")
    shell("poll", claims, "--go", "fine", "--role", "legal").fails(REFUSED, "asks agent-lead")
    told = shell("poll", claims, "--json")
    assert told.code == REFUSED
    assert told.json()["answered"] == ["tech-lead"]
    assert (told.json()["answers"], told.json()["verdict"]) == ({}, "open")
    everywhere = told.out + shell("poll", claims).out + json.dumps(entries(claims))
    assert "zanzibar" not in everywhere
    assert "not yet agent-lead, bu-operations-lead, rollback-owner" in shell("poll", claims).out
    shell("poll", claims, "--withdraw", who="tech lead").done()
    for who in ("agent lead", "tech lead", "BU operations lead"):
        shell("poll", claims, "--go", "as tried on Monday", who=who).done()
    shell("poll", claims, "--no-go", "I am away", who="rollback owner").done()
    held = shell("poll", claims)
    assert held.code == REFUSED
    assert "says NO-GO" in held.out
    assert "rollback-owner NO-GO: I am away" in held.out
    assert shell("poll", claims, "--json").json()["answers"]["tech-lead"] == {
        "go": True,
        "reason": "as tried on Monday",
    }
    assert shell("poll", claims, "--open").code == DONE, "after a NO-GO it is asked anew"
