"""`warroom incident`, `export cases`, `postmortem --template`, `duties`, `troubleshoot`."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from console.domain import events as e
from console.domain.times import utc
from tests.app.rooms import HOUR, LEAD, TO_FULL, Stand, call_lines, stand
from tests.cli.shell import REFUSED, USAGE, Shell

TEXT = "where is [b]my[/b] money {{x}}"


@pytest.fixture
def deployed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A deployment in its window, on the machine's own clock, whose log holds 120 calls."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])
    standing = stand(shell.place / "claims")
    now = time.time()
    room = standing.open()
    for was, to, share in TO_FULL:
        standing.clock.moment = now - 2 * HOUR
        event = e.GateDecided(was, "advance", "met", (), to, share, "v2.4.0")  # type: ignore[arg-type]  # phases as plain text
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    room.record.journal.close()
    standing.log.write_bytes(call_lines(120, since=now - HOUR, text=TEXT))
    return standing


def opened(shell: Shell, place: Path, *more: object) -> str:
    shell("incident", place, "--open", "answers are wrong", *more).done()
    (incident,) = json.loads(shell("incident", place, "--json").done())
    return str(incident["id"])


def test_an_incident_is_followed_from_the_shell(shell: Shell, deployed: Stand) -> None:
    place = deployed.directory
    assert shell("incident", place).done() == "no incident was opened\n"
    name = opened(shell, place, "--severity", 3, "--call", "c001")
    said = shell("incident", place, name, "--note", "-10m the queue grew").done()
    assert "understood as" in said
    assert "10 min ago" in said
    shell("incident", place, name, "--update", "half of it is back").done()
    shell("incident", place, name, "--severity", 1).fails(REFUSED, "say why")
    shell("incident", place, name, "--severity", 1, "--why", "it spreads").done()
    shell("incident", place, name, "--lead", "tech laed").fails(REFUSED, "did you mean")
    shell("incident", place, name, "--lead", "tech lead", "--every", "10m").done()
    shell("incident", place, name, "--link", "--call", "c002").done()
    held: dict[str, Any] = json.loads(shell("incident", place, name, "--json").done())
    assert (held["severity"], held["lead"], held["update_every_s"]) == (1, "tech lead", 600)
    assert held["calls"] == ["c001", "c002"]
    kinds = [one["kind"] for one in held["timeline"]]
    assert kinds == ["note", "opened", "update", "changed", "changed", "linked"]
    note = held["timeline"][0]
    assert note["late"] is True
    fixed = shell(
        "incident", place, name, "--note", "it was the cache", "--corrects", note["entry"]
    )
    fixed.done()
    shell("incident", place, name, "--note", "x", "--corrects", "nobody/1").fails(
        REFUSED, "there is no entry nobody/1"
    )
    shown = shell("incident", place, name).done()
    assert f"[corrects {note['entry']}]" in shown
    assert "[corrected by " in shown
    shell("incident", place, "inc-9").fails(REFUSED, "there is no incident inc-9")
    shell("incident", place, name, "more").fails(USAGE, "one word too many")
    status = json.loads(shell("status", place, "--json", "--offline").out)
    assert status["incidents"][0]["id"] == name
    (duty,) = status["duties"]
    assert (duty["id"], duty["owner"], duty["people"]) == (
        f"post-mortem-{name}", "agent-lead", ["agent lead"],
    )  # fmt: skip


def test_calls_are_captured_and_become_cases(shell: Shell, deployed: Stand) -> None:
    place = deployed.directory
    name = opened(shell, place)
    empty = shell("export", "cases", place)
    empty.fails(REFUSED, "no call is captured")
    answer = shell("incident", "capture", place, name, "c001", "c002", "gone-1")
    assert answer.code == REFUSED
    assert "gone-1: NOT captured" in answer.err
    assert "c001: kept in evidence as" in answer.out
    assert TEXT not in answer.out + answer.err
    held = json.loads(shell("incident", place, name, "--json").done())["captured"]
    assert held["gone-1"] == ""
    kept = place / "evidence" / held["c001"]
    assert kept.stat().st_mode & 0o777 == 0o600
    shell("incident", "capture", place, name, "c001").fails(REFUSED, "kept already: c001")
    shell("incident", "capture", place, "inc-9", "c001").fails(REFUSED, "there is no incident")
    shell("incident", "capture", place).fails(USAGE, "name the incident and its calls")

    out = shell.place / "cases.jsonl"
    told = shell(
        *("export", "cases", place, "--format", "inspect", "--output", out),
        *("--expected", "c001=on its way = soon"),
    )
    assert told.code == REFUSED, "one could not be had"
    assert "2 cases with texts of users taken out of the evidence" in told.err
    assert "without an expected answer: 1 of 2 cases" in told.err
    assert "NOT a case: gone-1: it could not be captured" in told.err
    assert out.stat().st_mode & 0o777 == 0o600
    first, second = map(json.loads, out.read_text().splitlines())
    assert (first["input"], first["target"]) == (f"{TEXT} 1", "on its way = soon")
    assert "target" not in second
    shell("export", "cases", place, "--output", out).fails(USAGE, "is there already")
    shell("export", "cases", place, "--output", place / "evidence" / "x").fails(USAGE, "record")
    shell("export", "cases", place, "--expected", "c009=x").fails(REFUSED, "not captured here")
    shell("export", "cases", place, "--expected", "c001").fails(USAGE, "is not CALL=TEXT")

    kept.write_bytes(b"{}")
    damaged = shell("export", "cases", place)
    assert damaged.code == REFUSED
    assert "c001: its evidence" in damaged.err
    assert "DAMAGED" in damaged.err
    assert len(damaged.out.splitlines()) == 1


def test_what_was_judged_not_right_is_captured(shell: Shell, deployed: Stand) -> None:
    place = deployed.directory
    shell(
        "review", place, "c003=wrong:the sum is off", "c004=subtle:a foreign date", "c005=right"
    ).done()
    name = opened(shell, place)
    said = shell("incident", "capture", place, name, "--judged").done()
    assert [line.partition(":")[0] for line in said.splitlines()] == ["c003", "c004"]
    cases = shell("export", "cases", place, "--format", "promptfoo")
    first = json.loads(cases.out.splitlines()[0])
    assert first["metadata"]["judged"] == "wrong"
    assert first["metadata"]["note"] == "the sum is off"
    assert first["vars"]["input"] == f"{{% raw %}}{TEXT} 3{{% endraw %}}"


def test_a_post_mortem_is_written_and_recorded(shell: Shell, deployed: Stand) -> None:
    place = deployed.directory
    shell("postmortem", place, "--template").fails(REFUSED, "no incident is on record")
    name = opened(shell, place)
    text = shell("postmortem", place, "--template").done()
    assert text.startswith("# Post-mortem: answers are wrong")
    out = shell.place / "pm.md"
    shell("postmortem", place, "--template", "--incident", name, "--output", out).done()
    assert name in out.read_text()
    shell("postmortem", place, "--template", "--cases", 1).fails(USAGE, "records nothing")
    shell("postmortem", place, "--cases", 1).fails(USAGE, "--root-cause, --change, --timeline")
    said = ("--change", "40 inputs join the test set", "--timeline", "again on 2036-12-01")
    vague = ("--root-cause", "the agent failed", "--cases", 40)
    shell("postmortem", place, *vague, *said).fails(REFUSED, "does not say what caused it")
    cause = ("--root-cause", "inputs with two claim numbers", "--cases", 40)
    shell("postmortem", place, *cause, *said, who="reviewer").fails(REFUSED, "cannot record")
    shell("postmortem", place, *cause, *said).done()
    assert "40 failing inputs became test cases" in shell("postmortem", place, "--template").done()
    assert "hold the blameless" not in shell("duties", place).done()


def test_what_is_owed_says_by_whom(shell: Shell, deployed: Stand) -> None:
    place = deployed.directory
    assert shell("duties", place).done() == "nothing is owed\n"
    name = opened(shell, place)
    said = shell("duties", place).done().splitlines()
    assert f"update-{name}" in said[0]
    assert "hold the blameless post-mortem" in said[1]
    assert "agent-lead (agent lead)" in said[1]
    told = json.loads(shell("duties", place, "--json").done())
    assert [one["overdue"] for one in told] == [False, False]
    deployed.clock.moment = time.time()
    room = deployed.open()
    late = e.DutyStarted("old-1", "tell the sponsor", utc(time.time() - HOUR), "executive-sponsor")
    room.record.transact(LEAD, lambda _: [late])
    room.record.journal.close()
    answer = shell("duties", place)
    assert answer.code == REFUSED
    assert answer.out.startswith("OVERDUE by 1h")
    assert "executive-sponsor (nobody)" in answer.out or "executive-sponsor (exec" in answer.out


def test_the_table_is_at_hand(shell: Shell, deployed: Stand) -> None:
    every = shell("troubleshoot").done()
    assert every.count("likely: ") == 11
    assert shell("troubleshoot", deployed.directory).done() == every
    found = shell("troubleshoot", deployed.directory, "rate", "limits").done()
    assert found.count("likely: ") == 1
    shell("troubleshoot", "no such thing at all").fails(REFUSED, "no row")
