"""`warroom escalations` and `warroom escalation`, in real processes on a real log."""

import time
from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.times import utc
from console.evidence import keep_bytes
from tests.app.rooms import HOUR, LEAD, TO_FULL, Stand, stand
from tests.cli.shell import REFUSED, USAGE, Shell, entries


@pytest.fixture
def claims(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In its window, with a late group of three, a flag and an alert's escalation."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])
    standing: Stand = stand(shell.place / "claims")
    now = time.time()
    room = standing.open()
    reason = keep_bytes(standing.directory, b"policy unclear")
    items = tuple(
        e.EscalationItem(f"escalate-c{n}", f"c{n}", utc(now - HOUR), utc(now - HOUR + 900))
        for n in range(3)
    )
    flag = e.EscalationItem("safety-flag-c9", "c9", utc(now), utc(now + 900))
    slow = e.EscalationItem("latency-l-1", "", utc(now), utc(now + 1800))
    people = (("reviewer",), "agent lead")
    moves = [e.GateDecided(was, "advance", "met", (), to, share) for was, to, share in TO_FULL]  # type: ignore[arg-type]  # phases as plain text
    past: list[e.Event] = [
        *moves,
        e.EscalationRaised("escalate", items, *people, reason, until="resolved"),
        e.EscalationRaised("safety-flag", (flag,), *people, "", "pii"),
        e.AlertFired("l-1", "latency-p95", 4.0, 3.0, 900, 3600, "calls", "4 s"),
        e.EscalationRaised(
            "latency", (slow,), ("tech lead",), "agent lead", "", "latency-p95", "l-1"
        ),
        e.AlertResolved("l-1", 2.0, "within"),
    ]
    standing.clock.moment = now - 2 * HOUR
    room.record.transact(LEAD, lambda _: past)
    room.record.journal.close()
    return standing.directory


def test_the_queue_is_told_in_lines_and_for_programs(shell: Shell, claims: Path) -> None:
    said = shell("escalations", claims).done()
    assert "5 open · 3 LATE" in said
    first = said.splitlines()[1]
    for words in ("▲ escalate-", "LATE by 45 min", 'reviewer: "policy unclear"'):
        assert words in first
    assert "latency p95 (the alert has resolved)" in said
    told = shell("escalations", claims, "--json").json()
    assert (told["open"], told["late"], told["in_time_share"]) == (5, 3, 0.0)
    group = told["groups"][0]
    assert (group["row"], group["reason"], group["count"]) == ("escalate", "policy unclear", 3)
    single = shell("escalations", claims, "--group", group["id"]).done()
    assert "escalate-c2" in single
    assert "call c2" in single
    listed = shell("escalations", claims, "--group", group["id"], "--json").json()
    assert [one["id"] for one in listed] == ["escalate-c0", "escalate-c1", "escalate-c2"]


def test_the_status_tells_it_in_a_sentence_and_in_json(shell: Shell, claims: Path) -> None:
    assert "Escalations: 5 open, 3 LATE" in shell("status", claims, "--offline").out
    told = shell("status", claims, "--offline", "--json").json()
    assert [one["row"] for one in told["escalations"]] == ["escalate", "safety-flag", "latency"]
    assert set(told["escalations"][0]) >= {
        "id", "row", "count", "due", "late", "to", "acknowledged",
    }  # fmt: skip
    assert told["escalation_counts"]["late"] == 3


def test_each_deed_by_its_command(shell: Shell, claims: Path) -> None:
    shell("escalation", "ack", claims, "escalate-c0", "c1", "--remark", "on it").done()
    assert entries(claims)[-1]["data"]["escalations"] == ["escalate-c0", "escalate-c1"]
    shell("escalation", "hand", claims, "escalate-c0").done()
    assert entries(claims)[-1]["data"]["to"] == "agent lead"
    shell(
        "escalation", "assign", claims, "escalate-c0", "--to", "tech lead", "--why", "away"
    ).done()
    assert entries(claims)[-1]["data"]["to"] == "tech lead"
    group = shell("escalations", claims, "--json").json()["groups"][0]["id"]
    shell(
        "escalation", "resolve", claims, "--group", group, "--outcome", "answered by hand",
        "--pattern", "two clauses", who="reviewer",
    ).done()  # fmt: skip
    last = entries(claims)[-1]
    assert (last["kind"], last["actor"]["name"]) == ("escalation.resolved", "reviewer")
    assert len(last["data"]["escalations"]) == 3
    shell(
        "escalation", "resolve", claims, "safety-flag-c9", "--outcome", "tightened",
        "--true-positive",
    ).done()  # fmt: skip
    assert entries(claims)[-1]["data"]["verdict"] == "true-positive"


def test_what_makes_no_sense_is_one_sentence(shell: Shell, claims: Path) -> None:
    shell("escalation", "ack", claims, "escalte-c0").fails(
        REFUSED, 'there is no escalation "escalte-c0"; did you mean "escalate-c0"?'
    )
    shell("escalation", "resolve", claims, "escalate-c0", "--outcome", "done").fails(
        REFUSED, "pattern"
    )
    shell("escalation", "assign", claims, "c0", "--to", "tech laed").fails(
        REFUSED, 'did you mean "tech lead"'
    )
    shell("escalation", "hand", claims).fails(REFUSED, "name an escalation by its id, or a group")
    shell("escalation", "ack", claims, "c0", "--group", "x").fails(REFUSED, "not both")
    shell("escalations", claims, "--group", "escalate-x").fails(REFUSED, "is open (escalate-")
    shell("escalation", "ack", claims, "c0", who="").fails(REFUSED, "observer")
    shell("escalation", "resolve", claims, "c0").fails(USAGE, "--outcome")


def test_the_rota_tells_who_answers_and_which_hours_nobody_does(shell: Shell, claims: Path) -> None:
    said = shell("escalations", claims, "--rota").done()
    assert "handed over  reviewer (+44 20 7946 0016); backup agent lead (+44 20 7946 0010)" in said
    assert "no rota: they answer at all hours" in said
    with (claims / "warroom.toml").open("a") as config:
        config.write('\n[[escalation.rota]]\nhours = "08:00-20:00"\nprimary = "reviewer"\n')
    said = shell("escalations", claims, "--rota").done()
    assert said.count("! not covered: reviewer:") >= 7
    told = shell("escalations", claims, "--rota", "--json").json()
    assert told["now"]["latency"] == {"to": ["tech lead"], "backup": "agent lead"}
    assert {gap["role"] for gap in told["uncovered"]} == {"reviewer"}


def test_the_check_tells_what_is_not_looked_after(shell: Shell, claims: Path) -> None:
    path = claims / "warroom.toml"
    text = path.read_text().replace('tools = ["policy-lookup", "claims-history"]', "")
    text += '\n[[escalation.rota]]\ndays = ["mon"]\nprimary = "reviewer"\n'
    path.write_text(
        text.replace('name = "legal"\nroles = ["legal"]', 'name = "kim"\nroles = ["observer"]')
    )
    said = shell("check", claims).out
    assert "tool-misuse intake: not checked: write the agent's scope into [agent] tools" in said
    assert "no shift covers reviewer: " in said
    assert "alone: nobody in [[people]] has the role legal" in said


def test_a_mailbox_that_stands_in_the_environment_is_found_by_the_check(
    shell: Shell, claims: Path
) -> None:
    path = claims / "warroom.toml"
    text = path.read_text()
    assert text.count('name = "reviewer"\n') == 1
    path.write_text(
        text.replace('name = "reviewer"\n', 'name = "reviewer"\nnotify = [{ env = "BOX" }]\n')
    )
    shell.env["BOX"] = "mailto://u:secret@mail.example/?to=claims-team@claims.example"
    said = shell("check", claims).out
    assert "claims-team@claims.example is a team's mailbox" in said
    assert "secret@" not in said
