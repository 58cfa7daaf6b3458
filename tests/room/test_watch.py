"""Of several machines one evaluates: the others follow, and go on when it is gone."""

import asyncio
import shutil
from pathlib import Path

import pytest

from console.domain import events as e
from console.journal.reader import SUFFIX
from console.room import WarRoom
from console.room.escalating import GATHER_S
from console.room.watch import Watch
from console.sync.intake import Intake
from tests.room.stand import BAD, NOW, SetClock, Stand, stand, write
from tests.room.test_escalating import call, log


class Machine:
    """One machine with its own copy of the deployment, and its part in the watch."""

    def __init__(self, claims: Stand) -> None:
        self.claims = claims
        assert isinstance(claims.clock, SetClock)
        self.clock = claims.clock
        self.room: WarRoom = claims.open(offline=False)
        self.first = False
        room = self.room
        self.watch = Watch(
            room.deployment,
            room.directory,
            room.looker,
            room.eyes,
            room.record,
            self.clock,
            self,
        )

    def leads(self) -> bool:
        return self.first

    watched_elsewhere = True

    def turn(self, pass_s: float = GATHER_S) -> None:
        """Ask the feeds, and let the watch look twice: at what it raised too."""
        self.clock.real += pass_s
        self.watch.take_up()
        asyncio.run(self.room.eyes.poll_once())
        for _ in range(2):
            self.room.record.refresh()
            self.watch.take_up()
            self.watch.look()

    def hear(self, other: "Machine") -> None:
        """Take what the other has written."""
        writer = other.room.record.journal.writer
        file = other.claims.directory / "journal" / f"{writer}{SUFFIX}"
        own = frozenset({self.room.record.journal.writer})
        door = Intake(self.claims.directory, self.room.deployment.deployment, own)
        taken = door.take(writer, file.read_bytes())
        assert taken.refused is None
        self.room.record.refresh()

    def wrote(self, kind: str) -> int:
        own = self.room.record.journal.writer
        return sum(one.kind == kind and one.writer == own for one in self.room.record.entries)

    def close(self) -> None:
        self.watch.lay_down()
        asyncio.run(self.room.close())


@pytest.fixture
def two(tmp_path: Path) -> tuple[Machine, Machine]:
    clock = SetClock()
    first = stand(tmp_path / "a", clock=clock)
    room = first.open()
    clock.moment = NOW - 3600
    write(room, e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, BAD))
    clock.moment = NOW
    room.record.journal.close()
    shutil.copytree(first.directory, tmp_path / "b")
    return Machine(first), Machine(Stand(tmp_path / "b", clock))


def bad_minute(*machines: Machine) -> None:
    """The agent fails thirty calls in the minute before, and answers three hundred."""
    for machine in machines:
        calls = [call(f"c{number}", 30.0) for number in range(300)]
        calls += [call(f"e{number}", 30.0, error="timeout") for number in range(30)]
        log(machine.claims, *calls)


def test_who_does_not_lead_writes_and_tells_nothing_and_goes_on_when_it_does(
    two: tuple[Machine, Machine],
) -> None:
    a, b = two
    a.first = True
    for machine in two:
        log(machine.claims, call("a", escalation="Policy 17 unclear"))
        machine.turn()
    assert (a.watch.recording, b.watch.recording) == ("here", "elsewhere")
    assert a.wrote("escalation.raised") == 1
    assert b.wrote("escalation.raised") == 0
    b.hear(a)
    for machine in two:
        log(machine.claims, call("b", escalation="Policy 18 unclear"))
    b.turn()
    assert b.wrote("escalation.raised") == 0
    b.first, a.first = True, False
    b.turn()
    assert b.watch.recording == "here"
    raised = [one for one in b.room.record.entries if one.kind == "escalation.raised"]
    assert [one.writer for one in raised] == [
        a.room.record.journal.writer,
        b.room.record.journal.writer,
    ]
    assert set(b.room.state.escalations) == {"escalate-a", "escalate-b"}
    a.hear(b)
    a.turn()
    assert a.wrote("escalation.raised") == 1
    for machine in two:
        machine.close()


def test_what_the_other_had_long_to_raise_is_not_raised_by_its_heir(
    two: tuple[Machine, Machine],
) -> None:
    _, b = two
    log(b.claims, call("old", 1800.0, escalation="Policy 1 unclear"))
    b.turn()
    log(b.claims, call("new", escalation="Policy 2 unclear"))
    b.turn()
    b.first = True
    b.turn()
    assert set(b.room.state.escalations) == {"escalate-new"}
    for machine in two:
        machine.close()


def test_an_alert_is_recorded_by_the_one_that_leads_and_resolved_by_its_heir(
    two: tuple[Machine, Machine],
) -> None:
    a, b = two
    a.first = True
    bad_minute(a, b)
    for machine in two:
        machine.turn()
    for _ in range(2):
        a.clock.moment += 60
        a.turn()
        b.turn()
    assert a.wrote("alert.fired") >= 1
    assert b.wrote("alert.fired") == 0
    b.hear(a)
    a.first, b.first = False, True
    firing = {alert.rule for alert in b.room.state.firing}
    for _ in range(2):
        a.clock.moment += 60
        a.turn()
        b.turn()
    assert b.wrote("alert.fired") == 0, "it is firing already"
    assert firing <= {alert.rule for alert in b.room.state.firing}
    for machine in two:
        machine.close()
