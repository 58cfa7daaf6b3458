"""The first 48 hours from the command line (Guide 6)."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.room import WarRoom
from tests.cli.shell import DONE, REFUSED, UNREACHED, Shell, entries

FULL = (
    e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, "v2"),
    e.GateDecided("dark-launch.1", "advance", "met", (), "shadow", None, "v2"),
    e.GateDecided("shadow.1", "advance", "met", (), "canary", 5, "v2"),
    e.GateDecided("canary-5.1", "advance", "met", (), "canary", 100, "v2"),
    e.GateDecided("canary-100.1", "advance", "met", (), "full", None, "v2"),
)


@pytest.fixture
def begun(shell: Shell, claims: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment whose window begins just now, written by the same account."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])
    room = WarRoom.open(claims, who="agent lead", offline=True)
    room.record.transact(room.actor, lambda _: FULL)
    room.record.journal.close()
    return claims


def kinds(directory: Path) -> list[str]:
    return [entry["kind"] for entry in entries(directory)]


def test_a_check_in_and_what_changed_since(shell: Shell, begun: Path) -> None:
    claims = begun
    shell("checkin", claims, "all quiet", who="tech lead").done()
    shell("note", claims, "I look at the queue", who="agent lead").done()
    answer = shell("checkin", claims, "--since", who="tech lead")
    assert answer.code in {DONE, UNREACHED}
    assert "Since your last check-in at " in answer.out
    assert "Notes of others: 1." in answer.out
    assert "agent lead: I look at the queue" in answer.out
    assert "The next check-in is due by " in answer.out
    assert kinds(claims).count("checkin.made") == 1
    assert ("Not read: feed " in answer.out) == (answer.code == UNREACHED)


def test_the_watch_is_handed_over_and_taken(shell: Shell, begun: Path) -> None:
    claims = begun
    shell("handover", claims, "--to", "tech lad").fails(REFUSED, "did you mean tech lead")
    shell("handover", claims, "--to", "tech lead", "--remark", "calm").done()
    shell("handover", claims, "--take", who="tech lead").done()
    shell("handover", claims, "--to", "tech lead").fails(REFUSED, "tech lead has the watch")
    status = shell("status", claims, "--json", "--offline").json()
    assert status["window"]["shift"]["who"] == "tech lead"
    assert "shift.handed" in kinds(claims)


def test_assess_tells_the_framework_and_refuses_what_is_not_over(shell: Shell, begun: Path) -> None:
    claims = begun
    told = shell("assess", claims)
    assert told.code in {REFUSED, UNREACHED}
    assert "? Rollback trigger: unknown" in told.out
    assert "missing: the dwell of 48h is not over" in told.out
    assert "proposed: monitored" in told.out
    values = shell("assess", claims, "--json").json()
    assert {one["id"] for one in values["signals"]} == {
        "trigger",
        "early-warning",
        "subtle-issues",
        "healthy",
    }
    assert values["proposed"] == "monitored"
    refused = shell("assess", claims, "--status", "stable")
    assert refused.code == REFUSED
    assert "the dwell of 48h is not over" in refused.err
    shell("assess", claims, "--status", "rolled-back").fails(REFUSED, "kill switch")
    shell("assess", claims, "--admit", "blind").fails(REFUSED, "--status stable")
    assert shell("gate", claims, "--advance").code == REFUSED
    assert "window.assessed" not in kinds(claims)


def test_limitations_are_known_to_status(shell: Shell, begun: Path) -> None:
    claims = begun
    shell("limitation", claims, "only English", "--call", "c-1", who="reviewer").done()
    shell("limitation", claims, "only English").fails(REFUSED, "a known limitation already")
    window = shell("status", claims, "--json", "--offline").json()["window"]
    assert window["limitations"] == ["only English"]
    assert window["checkins"]["missed"] == 0
    assert window["checkins"]["next_due"]
    assert window["review"]["done_at"] is None
    assert window["outlook"]["proposed"] == "monitored"
    said = shell("status", claims, "--offline").out
    assert "Window: " in said
    assert "Nobody has taken the watch." in said


def test_before_the_window_status_has_none(shell: Shell, claims: Path) -> None:
    assert shell("status", claims, "--json", "--offline").json()["window"] is None
    shell("assess", claims).fails(REFUSED, "it begins with full deployment")
