"""The small deeds: what they write, and what they refuse."""

import asyncio
import hashlib
import stat
from pathlib import Path

import pytest

from config.guide import checklist_items
from console.domain import commands as c
from console.room import WarRoom
from tests.cli.shell import FAULT, REFUSED, USAGE, Answer, Shell, entries

SEEN = "seen in the drill of Monday, 14:02"
COUNTED = "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118"


def confirm(shell: Shell, claims: Path) -> None:
    """Confirm every item by the person who holds its role."""
    names = {"agent-lead": "agent lead", "tech-lead": "tech lead", "legal": "legal"}
    for item in checklist_items():
        for role in item.roles:
            who = names.get(role, role.replace("-", " ").replace("bu ", "BU "))
            seen = COUNTED if item.id == "test-set" else SEEN
            shell("confirm", claims, item.id, "--evidence", seen, "--role", role, who=who).done()


def test_confirm_writes_what_was_seen(shell: Shell, claims: Path) -> None:
    item = next(item for item in checklist_items() if item.roles == ("tech-lead",))
    said = shell("confirm", claims, item.id, "--evidence", SEEN, who="tech lead").done()
    opened, confirmed = entries(claims)
    assert said.splitlines()[-1].startswith(f"item.confirmed  {confirmed['writer']} 2  ")
    assert said.split()[-1] == confirmed["h"][:12]
    assert opened["kind"] == "journal.opened"
    assert confirmed["actor"] == {"name": "tech lead", "roles": ["tech-lead"]}
    assert confirmed["data"]["evidence"] == {"kind": "text", "text": SEEN}


def test_evidence_that_is_a_file_is_kept_by_its_hash(shell: Shell, claims: Path) -> None:
    raw = b"%PDF\x00 the signed mail"
    mail = shell.place / "mail.pdf"
    mail.write_bytes(raw)
    shell("confirm", claims, "rollout-plan", "--evidence", mail).done()
    digest = hashlib.sha256(raw).hexdigest()
    kept = claims / "evidence" / digest
    assert kept.read_bytes() == raw
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert entries(claims)[-1]["data"]["evidence"] == {
        "kind": "file",
        "sha256": digest,
        "text": "mail.pdf",
    }
    mail.unlink()
    assert kept.exists()


def test_a_silence_that_is_refused_is_not_on_record(shell: Shell, claims: Path) -> None:
    def silence(alert: str, how_long: str = "2h", who: str = "agent lead") -> Answer:
        return shell("silence", claims, alert, "--for", how_long, "--why", "deploy", who=who)

    silence("safety-flags").fails(REFUSED, "about safety flags: nothing silences these")
    silence("data-breach").fails(REFUSED, "is a rollback trigger: nothing silences it")
    silence("rule:no").fails(REFUSED, "rule:no is no alert of ours")
    silence("Slow").fails(REFUSED, 'no feed of kind "alertmanager" is configured')
    silence("Slow", who="").fails(REFUSED, "is an observer and changes nothing")
    silence("Slow", how_long="soon").fails(USAGE, '"soon" is not a time such as 30s, 10m or 2h')
    shell("silence", claims, "Slow", "--for", "2h").fails(USAGE, "--why")
    assert not any(entry["kind"].startswith("silence.") for entry in entries(claims))


def test_our_own_notices_are_silenced_for_a_while_and_the_silence_is_lifted(
    shell: Shell, claims: Path
) -> None:
    order = ("silence", claims, "error-rate")
    said = shell(*order, "--for", "2h", "--why", "deploy of the proxy").done()
    assert said.startswith("nobody is notified of error-rate until 20")
    (held,) = shell("status", claims, "--json", "--offline").json()["notices"]["silences"]
    assert (held["rule"], held["by"], held["why"]) == (
        "error-rate",
        "agent lead",
        "deploy of the proxy",
    )
    assert "Silenced by agent lead until 20" in shell("status", claims, "--offline").out
    shell(*order, "--lift", "--for", "1h", "--why", "x").fails(USAGE, "--for sets a silence")
    shell(*order).fails(USAGE, "say for how long")
    assert shell(*order, "--lift").done() == "people are told of error-rate again\n"
    shell(*order, "--lift").fails(REFUSED, "no silence of ours holds for error-rate")
    assert shell("status", claims, "--json", "--offline").json()["notices"]["silences"] == []


def test_what_nobody_has_begun_lasts_no_time(shell: Shell, claims: Path) -> None:
    phase = shell("status", claims, "--json").json()["phase"]
    assert (phase["name"], phase["entered_at"], phase["elapsed_s"]) == ("readiness", None, 0)
    said = shell("status", claims).done()
    assert "The phase is readiness, which has not begun." in said
    assert "Metric accuracy is not to be judged yet: no output judged yet" in said
    shell("note", claims, "begun").done()
    assert shell("status", claims, "--json").json()["phase"]["entered_at"] is not None


def test_evidence_that_is_a_link(shell: Shell, claims: Path) -> None:
    url = "https://wiki.example/drill"
    shell("confirm", claims, "rollout-plan", "--evidence", url).done()
    assert entries(claims)[-1]["data"]["evidence"]["kind"] == "url"


@pytest.mark.parametrize("evidence", ["done", "ok ok", "checked"])
def test_an_assertion_is_no_evidence(shell: Shell, claims: Path, evidence: str) -> None:
    shell("confirm", claims, "test-set", "--evidence", evidence).fails(
        REFUSED, "more than an assertion"
    )
    shell("confirm", claims, "test-set", "--evidence", "   ").fails(REFUSED, "evidence is empty")
    assert entries(claims) == []


def test_a_typo_in_an_item_gets_its_nearest(shell: Shell, claims: Path) -> None:
    shell("confirm", claims, "test-sett", "--evidence", SEEN).fails(
        REFUSED, "there is no item test-sett", "did you mean test-set?"
    )


def test_a_role_that_is_not_held_or_not_known(shell: Shell, claims: Path) -> None:
    shell("confirm", claims, "test-set", "--evidence", SEEN, who="legal").fails(
        REFUSED, "test-set is confirmed by"
    )
    shell("confirm", claims, "test-set", "--evidence", SEEN, "--role", "cook").fails(
        REFUSED, "test-set is confirmed by"
    )


def test_who_is_not_in_the_config_is_refused(shell: Shell, claims: Path) -> None:
    shell("note", claims, "x", who="cook").fails(USAGE, '"cook"', "one of: agent lead")
    shell("note", claims, "x", "--as", "cook").fails(USAGE, '"cook"')
    shell("note", claims, "x", who="").fails(REFUSED, "is an observer")


def test_a_copy_of_a_large_file_is_refused(shell: Shell, claims: Path) -> None:
    large = shell.place / "trace"
    with large.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    shell("confirm", claims, "test-set", "--evidence", large).fails(REFUSED, "64 MiB")


def test_baseline_takes_numbers_or_na(shell: Shell, claims: Path) -> None:
    def baseline(accuracy: str, p95: str = "2.1") -> tuple[object, ...]:
        return (
            *("baseline", claims, "--accuracy", accuracy, "--latency-p95", p95),
            *("--cost-per-call", "0.02", "--source", "last quarter"),
        )

    shell(*baseline("na")).done()
    assert entries(claims)[-1]["data"]["accuracy"] is None
    shell(*baseline("much")).fails(USAGE, '"much" is neither a number nor na')
    shell(*baseline("-1")).fails(USAGE, "from 0 up")
    shell(*baseline("inf")).fails(USAGE, "from 0 up")
    shell(*baseline("nan")).fails(USAGE, "from 0 up")
    shell(*baseline("92")).fails(REFUSED, "from 0 to 1")
    shell(*baseline("0.9"), who="legal").fails(REFUSED, "agent-lead or a tech-lead")


def test_notes_may_be_about_the_past_only(shell: Shell, claims: Path) -> None:
    at = "2026-01-02T03:04+01:00"
    shell("note", claims, "a note\nof two lines", "--occurred-at", at).done()
    data = entries(claims)[-1]["data"]
    assert data["text"] == "a note\nof two lines"
    assert data["occurred_at"] == "2026-01-02T02:04:00Z"
    shell("note", claims, "x", "--occurred-at", "2999-01-01").fails(REFUSED, "future")
    shell("note", claims, "x", "--occurred-at", "soon").fails(USAGE, '"soon" is not a time')
    shell("note", claims, "  ").fails(REFUSED, "is empty")
    shell("note", claims, "x", "--incident", "inc-9").fails(REFUSED, "there is no incident inc-9")


def test_what_is_typed_cannot_steer_a_terminal(shell: Shell, claims: Path) -> None:
    shell("note", claims, "red \x1b[31malert\x07\u202e").done()
    text = entries(claims)[-1]["data"]["text"]
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    shown = shell("journal", "show", claims).done()
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    answer = shell("confirm", claims, "\x1b]0;x\x07", "--evidence", SEEN)
    answer.fails(REFUSED, "there is no item")
    assert "\x1b" not in answer.err


def test_an_incident_from_its_beginning_to_its_end(shell: Shell, claims: Path) -> None:
    shell("incident", claims, "--open", "wrong answers", "--severity", "2").done()
    incident = entries(claims)[-2]["data"]["incident"]
    shell("note", claims, "customer called", "--incident", incident).done()
    shell("incident", claims, "--close", incident).fails(REFUSED, "the resolution is empty")
    closed = shell("incident", claims, "--close", incident, "--resolution", "prompt mended").done()
    assert "Still owed: hold the blameless post-mortem, " in closed
    shell("incident", claims, "--close", incident, "--resolution", "again").fails(
        REFUSED, f"no incident {incident} is open"
    )
    assert [e["kind"] for e in entries(claims)[1:]] == [
        "incident.opened",
        "duty.started",
        "note.written",
        "incident.closed",
    ]


def test_a_check_in_is_a_leads(shell: Shell, claims: Path) -> None:
    shell("checkin", claims, "all quiet", who="tech lead").done()
    shell("checkin", claims, "all quiet", who="reviewer").fails(REFUSED, "cannot check in")


def test_what_does_not_exist_is_refused(shell: Shell, claims: Path) -> None:
    shell("ack", claims, "error-rate").fails(REFUSED, "there is no alert error-rate", "none fires")
    shell("duty", claims, "sponsor", "told").fails(REFUSED, "sponsor is not owed")
    shell("review", claims, "c1=right").fails(REFUSED, "before the dark launch")
    shell("review", claims, "c1=good").fails(USAGE, "c1=good")
    shell(
        *("postmortem", claims, "--root-cause", "a", "--change", "b"),
        *("--timeline", "c", "--cases", "1"),
    ).fails(REFUSED, "there was no rollback")
    assert entries(claims) == []


def say_go(shell: Shell, claims: Path) -> None:
    """A poll that everybody answers with GO."""
    shell("poll", claims, "--open").done()
    for who in ("agent lead", "tech lead", "BU operations lead", "rollback owner"):
        assert shell("poll", claims).code == REFUSED
        shell("poll", claims, "--go", "as tried on Monday", who=who).done()
    assert "says GO" in shell("poll", claims).done()


def probed(shell: Shell, claims: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The escalation probe passed, as its own command would have written it."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])

    async def record() -> None:
        room = WarRoom.open(claims, who="tech lead", offline=True)
        await room.do(c.RecordProbe("escalation", True, "trigger to receipt in 40 s", "a" * 64))
        await room.close()

    asyncio.run(record())


def test_go_needs_everything_and_says_what_is_missing(
    shell: Shell, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast = "cost_per_call = 0.02\ncalls_per_hour = 100.0\n"
    config = claims / "warroom.toml"
    told = config.read_text().replace("[forecast]  # at full traffic\n", f"[forecast]\n{forecast}")
    config.write_text(told)
    refused = shell("gate", claims, "--advance")
    assert refused.code == REFUSED
    reasons = refused.err.splitlines()
    assert len(reasons) == 5
    assert any("the escalation probe was never run" in line for line in reasons)
    assert all(line.startswith("warroom: ") for line in reasons)
    assert any("hard items are open" in line for line in reasons)
    assert any("is not briefed" in line for line in reasons)
    assert any("GO/NO-GO poll was not held" in line for line in reasons)
    assert shell("gate", claims).code == REFUSED
    shell("gate", claims, "--hold", "  ").fails(REFUSED, "the reason for the hold is empty")
    confirm(shell, claims)
    shell(
        *("baseline", claims, "--accuracy", "0.9", "--latency-p95", "2"),
        *("--cost-per-call", "0.02", "--source", "last quarter"),
    ).done()
    probed(shell, claims, monkeypatch)
    say_go(shell, claims)
    shell("gate", claims, "--advance").fails(REFUSED, "is not briefed on dark-launch")
    shell("brief", claims, "told what users will see, and whom to call").done()
    met = shell("gate", claims, "--json")
    assert (met.code, met.json()["verdict"], met.json()["missing"]) == (0, "met", [])
    shell("gate", claims, "--advance", who="legal").fails(REFUSED, "legal cannot decide a gate")
    shell("gate", claims, "--advance", who="tech lead").done()
    status = shell("status", claims, "--json").json()
    assert status["phase"]["name"] == "dark-launch"
    assert status["status"] == "rolling-out"
    assert shell("gate", claims, "--advance").code == REFUSED
    shell("gate", claims, "--hold", "too few calls").done()
    assert entries(claims)[-1]["data"]["decision"] == "hold"


def test_a_full_disk_is_our_fault_and_said(shell: Shell, claims: Path) -> None:
    shell("note", claims, "first").done()
    # What it compiled would be cut short as well, and stay so for every test that comes after.
    full = ("env", "PYTHONDONTWRITEBYTECODE=1", "prlimit", "--fsize=100")
    limited = shell("note", claims, "x", prefix=full)
    limited.fails(FAULT)
