"""`warroom gate --json` before and after each thing that holds it, on a real log and real time."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from config.model import Deployment
from console.domain import events as e
from console.domain.locked import locked_rules
from console.domain.times import iso, utc
from tests.cli.shell import REFUSED, UNREACHED, USAGE, Shell, entries
from tests.room.stand import Stand, stand, write

DAY = 24 * 3600.0
JUDGED = 50


class DarkLaunch:
    """A deployment on the machine's clock, `age_s` into its dark launch; all is well with it."""

    def __init__(self, shell: Shell, age_s: float, *, judged: int = JUDGED) -> None:
        self.shell = shell
        self.standing: Stand = stand(shell.place / "claims", two_people=True)
        entered = self.entered = time.time() - age_s
        self._log(entered)
        room = self.standing.open()
        clock: Any = self.standing.clock
        clock.moment = entered
        deployment: Deployment = room.deployment
        write(room, e.BaselineDocumented(0.92, 2.4, 0.021, "the claims team's figures"))
        go = e.GateDecided(
            "readiness.1",
            "advance",
            "GO",
            (),
            "dark-launch",
            None,
            "v2.4.0",
            rules=locked_rules(deployment),
        )
        write(room, go)
        clock.moment = entered + 3600
        calls = tuple(e.Judgement(f"c{number}", "right") for number in range(judged))
        write(room, e.SampleJudged("dark-launch.1", calls))
        room.record.journal.close()

    def _log(self, entered: float) -> None:
        """Two calls a minute from before the attempt until now."""
        number, at, lines = 0, entered - 120, []
        while at < time.time():
            call = {"id": f"c{number}", "at": iso(at), "version": "v2.4.0", "latency_s": 0.9}
            lines.append(json.dumps({**call, "cost": 0.02, "output": "fine"}))
            number, at = number + 1, at + 30
        self.standing.log.write_text("\n".join(lines) + "\n")

    def brief(self) -> None:
        self.shell("brief", self.standing.directory, "--how", "by mail").done()

    def gate(self) -> tuple[int, dict[str, Any]]:
        answer = self.shell("gate", self.standing.directory, "--json")
        return answer.code, answer.json()


@pytest.fixture
def home(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The shell's own home, for what a test writes itself."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])
    return shell


def test_an_unbriefed_lead_and_then_a_briefed_one(home: Shell) -> None:
    dark = DarkLaunch(home, DAY + 60)
    code, before = dark.gate()
    assert (code, before["verdict"]) == (REFUSED, "not-met")
    assert before["missing"] == [
        "the BU Operations Lead is not briefed on shadow (Guide 4.1)",
    ]
    assert {one["id"]: one["verdict"] for one in before["criteria"]} == {
        "accuracy": "met",
        "escalation-rate": "met",
        "no-governance-incident": "met",
        "cost-within-forecast": "met",
    }
    dark.brief()
    code, after = dark.gate()
    assert (code, after["verdict"], after["missing"]) == (0, "met", [])
    assert after["waits_for"].startswith("two people decide here")
    assert after["left_s"] == 0
    accuracy = after["criteria"][0]
    assert (accuracy["value"], accuracy["limit"], accuracy["n"]) == (1.0, 0.9, 50)
    assert 0.92 < accuracy["low"] < 0.93


def test_a_feed_that_is_gone_holds_the_gate_until_it_is_back(home: Shell) -> None:
    dark = DarkLaunch(home, DAY + 60)
    dark.brief()
    aside = dark.standing.directory / "aside"
    dark.standing.log.rename(aside)
    code, before = dark.gate()
    assert (code, before["verdict"]) == (UNREACHED, "unknown")
    assert any("not all feeds are live" in why for why in before["missing"])
    aside.rename(dark.standing.log)
    code, after = dark.gate()
    assert (code, after["missing"]) == (0, [])


def test_the_fiftieth_reviewed_call_opens_it(home: Shell) -> None:
    dark = DarkLaunch(home, DAY + 60, judged=49)
    dark.brief()
    code, before = dark.gate()
    assert (code, before["verdict"]) == (REFUSED, "unknown")
    (why,) = before["missing"]
    assert "49 outputs judged in this attempt, at least 50 needed" in why
    directory: Path = dark.standing.directory
    dark.shell("review", directory, "c60=right", who="reviewer").done()
    code, after = dark.gate()
    assert (code, after["missing"], after["criteria"][0]["n"]) == (0, [], 50)


def test_a_dwell_that_is_not_over_holds_it_and_says_by_how_much(home: Shell) -> None:
    dark = DarkLaunch(home, DAY - 12)
    dark.brief()
    code, before = dark.gate()
    assert code == REFUSED
    (why,) = before["missing"]
    assert why.startswith("the dwell of 24h is not over: ")
    assert why.endswith(" s left")
    assert 0 < before["left_s"] < 12
    assert before["rollout"]["ends_at"] > iso(time.time() + 13 * DAY)
    last = before
    while code == REFUSED and time.time() < dark.entered + DAY + 60:
        last = before
        code, before = dark.gate()
    assert (code, before["missing"]) == (0, [])
    assert 0 < last["left_s"] < 5, "it was shut until the last seconds"


def test_two_leads_by_command(home: Shell) -> None:
    dark = DarkLaunch(home, DAY + 60)
    dark.brief()
    directory = dark.standing.directory
    dark.shell("agree", directory, who="tech lead").fails(REFUSED, "nobody has proposed")
    dark.shell("gate", directory, "--advance", who="agent lead").done()
    proposal = dark.gate()[1]["proposal"]
    assert (proposal["by"], proposal["into"]) == ("agent lead", "shadow")
    assert proposal["at"] <= utc(time.time()).strftime("%Y-%m-%dT%H:%M:%SZ")
    dark.shell("agree", directory, who="agent lead").fails(REFUSED, "has proposed it")
    dark.shell("agree", directory, "seen too", who="tech lead")
    status = dark.shell("status", directory, "--json").json()
    assert status["phase"]["name"] == "shadow"


def call_line(number: int, at: float) -> str:
    """A call of the process that was there before: 2 s, 3 cents."""
    record = {"id": f"old{number}", "at": iso(at), "latency_s": 2.0, "cost": 0.03}
    return json.dumps(record) + "\n"


def test_a_baseline_is_measured_on_the_old_process_log(shell: Shell, claims: Path) -> None:
    log = shell.place / "old.jsonl"
    log.write_text("".join(call_line(n, 1_780_000_000.0 + 30 * n) for n in range(80)))
    measured = ("baseline", claims, "--accuracy", "0.9", "--from", log)
    shell(*measured).done()
    held = entries(claims)[-1]["data"]
    assert held["latency_p95"] == pytest.approx(2.0, rel=0.01)
    assert held["cost_per_call"] == pytest.approx(0.03)
    assert (held["accuracy"], held["n"]) == (0.9, 80)
    assert held["sha256"] == hashlib.sha256(log.read_bytes()).hexdigest()
    assert held["source"].startswith("old.jsonl, 80 calls measured, 2026-")
    shell(*measured, "--latency-p95", "1.5", "--source", "as agreed").done()
    assert entries(claims)[-1]["data"]["latency_p95"] == 1.5


def test_a_log_of_the_feeds_own_shape_is_measured_by_its_map(shell: Shell, claims: Path) -> None:
    config = claims / "warroom.toml"
    text = config.read_text()
    own = 'fields = { at = "when", latency_s = { path = "ms", as = "ms" } }'
    config.write_text(text.replace('path = "calls.jsonl"', f'path = "calls.jsonl"\n{own}', 1))
    log = shell.place / "old.jsonl"
    whens = (iso(1_780_000_000.0 + 30 * n) for n in range(80))
    rows = ({"id": f"old{n}", "when": when, "ms": 2000} for n, when in enumerate(whens))
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    measured = ("--accuracy", "0.9", "--cost-per-call", "0.03", "--from", log)
    shell("baseline", claims, *measured).done()
    held = entries(claims)[-1]["data"]
    assert held["latency_p95"] == pytest.approx(2.0, rel=0.01)
    assert held["n"] == 80


def test_a_baseline_that_cannot_be_measured_says_why(shell: Shell, claims: Path) -> None:
    log = shell.place / "old.jsonl"
    log.write_text(call_line(1, 1_780_000_000.0))
    measured = ("baseline", claims, "--accuracy", "0.9", "--from")
    shell(*measured, log).fails(USAGE, "old.jsonl holds 1 of the 50 calls that a baseline needs")
    shell(*measured, "nowhere").fails(USAGE, "nowhere is neither a file nor a feed (feeds: calls)")
    shell(*measured, "calls").fails(USAGE, "feed calls holds no call that could be measured")
    shell("baseline", claims, "--accuracy", "0.9", "--source", "them").fails(
        USAGE, "--latency-p95 is missing"
    )
