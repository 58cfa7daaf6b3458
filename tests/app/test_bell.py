"""The bell and the desktop notification: raw bytes of a real terminal, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.times import utc
from console.screens.bell import Bell, notification, through_tmux
from tests.app.rooms import NOW, Stand, fired, stand
from tests.app.terminal import Terminal, opened

READY = ("claims-triage", "F9 Rollback", "latest entries")
HOSTILE = "outside:Slow\x1b]52;c;aGk=\x07;\u202ex"


@dataclass
class Spy:
    """As much of the app as a bell sees, which keeps what is rung and written."""

    room: Any
    rung: int = 0
    written: list[str] = field(default_factory=list)

    def bell(self) -> None:
        self.rung += 1

    def to_terminal(self, sequence: str) -> None:
        self.written.append(sequence)


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    return stand(tmp_path / "claims")


@pytest.fixture
def spy(claims: Stand) -> Iterator[Spy]:
    room = claims.open()
    yield Spy(room)
    room.record.journal.close()


def follow(bell: Bell, spy: Spy, *events: e.Event, after_s: float = 0.0) -> None:
    if events:
        spy.room.record.transact(spy.room.actor, lambda _: events)
    spy.room.clock.real += after_s
    bell.follow(cast("WarRoomApp", spy))


def raised(name: str, to: str) -> e.Event:
    item = e.EscalationItem(name, "c-1", utc(NOW), utc(NOW + 900))
    return e.EscalationRaised("escalate", (item,), (to,))


def test_what_was_there_rings_nothing_and_what_is_new_does(spy: Spy) -> None:
    bell = Bell({"WARROOM_DESKTOP": "osc777"})
    follow(bell, spy, fired())
    assert spy.rung == 0
    follow(bell, spy, fired("latency-p95"), after_s=1.0)
    assert spy.rung == 1
    assert spy.written == ["\x1b]777;notify;claims-triage;FIRING latency p95\x07"]
    follow(bell, spy, after_s=10.0)
    assert spy.rung == 1


def test_many_at_once_are_one_ring_every_few_seconds(spy: Spy) -> None:
    bell = Bell({"WARROOM_DESKTOP": "osc9"})
    follow(bell, spy)
    for number in range(20):
        follow(bell, spy, fired(f"rule:r-{number}"), after_s=0.1)
    assert spy.rung == 1
    follow(bell, spy, after_s=5.0)
    assert spy.rung == 2
    assert spy.written[-1] == "\x1b]9;claims-triage: FIRING r-1 (rule) and 18 more\x07"


def test_only_an_escalation_to_who_is_at_the_keys_rings(spy: Spy) -> None:
    bell = Bell({})
    follow(bell, spy)
    follow(bell, spy, raised("e-1", "reviewer"))
    assert spy.rung == 0
    follow(bell, spy, raised("e-2", "agent lead"))
    assert spy.rung == 1
    spy.room.become("reviewer")
    follow(bell, spy, after_s=10.0)
    assert spy.rung == 1  # what waits for the reviewer is on the screen
    follow(bell, spy, e.EscalationAssigned(("e-2",), "reviewer", "mine is full"), after_s=10.0)
    assert spy.rung == 1 + (spy.room.state.escalations["e-2"].assigned_at > NOW)


def test_a_trigger_rings_and_what_is_silenced_does_not(spy: Spy) -> None:
    bell = Bell({})
    follow(bell, spy, e.NoticesSilenced("s-1", "error-rate", utc(NOW + 60), "deploy"))
    follow(bell, spy, fired())
    assert spy.rung == 0
    follow(bell, spy, e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(NOW), "6 %"))
    assert spy.rung == 1


@pytest.mark.parametrize(("wish", "rung"), [({"WARROOM_BELL": "off"}, 0), ({}, 1)])
def test_this_machine_may_be_quiet(wish: dict[str, str], rung: int, spy: Spy) -> None:
    bell = Bell(wish)
    follow(bell, spy)
    follow(bell, spy, fired())
    assert spy.rung == rung
    assert spy.written == []


def test_nothing_that_a_name_holds_ends_the_sequence() -> None:
    for kind in ("osc9", "osc777"):
        said = notification(kind, "a;b\x1b\\", f"{HOSTILE}\x9c\n{'x' * 400}")
        assert said.count("\x1b") == said.count("\x07") == 1
        assert said.count(";") == {"osc9": 1, "osc777": 3}[kind]
        assert not any(0x80 <= ord(char) < 0xA0 for char in said)
        assert len(said) < 260
    assert notification("off", "a", "b") == ""
    assert through_tmux("\x1b]9;x\x07", {"TMUX": "/tmp/x"}) == "\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"


def news(claims: Stand, *events: e.Event) -> None:
    """What another console writes."""
    room = claims.open()
    room.record.transact(room.actor, lambda _: events)
    room.record.journal.close()


def rung(terminal: Terminal, expected: bytes) -> None:
    terminal.until(lambda: expected in terminal.raw)


@pytest.mark.parametrize(
    ("env", "sequence"),
    [
        ({}, b"\x1b]9;claims-triage: FIRING error rate\x07"),
        (
            {"TMUX": "/tmp/tmux-0/default,1,0"},
            b"\x1bPtmux;\x1b\x1b]9;claims-triage: FIRING error rate\x07\x1b\\",
        ),
    ],
)
def test_a_terminal_gets_the_bytes(
    env: dict[str, str], sequence: bytes, claims: Stand, home: Path
) -> None:
    tmux = env.get("TMUX", "")
    who = ("--as", "agent lead")
    with opened(claims.directory, home, *who, WARROOM_DESKTOP="osc9", TMUX=tmux) as terminal:
        terminal.shows(*READY)
        before = terminal.raw.count(b"\x07")  # the toolkit ends sequences with it too
        news(claims, fired())
        rung(terminal, sequence)
        without = terminal.raw.replace(sequence, b"")
        assert without.count(b"\x07") > before  # the bell itself
        news(claims, e.AlertFired("o-1", HOSTILE, 1.0, 0.0, 1, 0, "am", "why"))
        rung(terminal, b"FIRING Slow")
        assert b"\x1b]52" not in terminal.raw
        terminal.send("q")
        assert terminal.end() == 0
