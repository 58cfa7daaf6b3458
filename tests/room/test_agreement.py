"""A demo's clock waits for the second lead: fifteen minutes are a person's time."""

from pathlib import Path

from console.clock import SavedClock
from console.domain import commands as c
from console.domain.events import GateProposed
from tests.room.stand import NOW, stand, write

FAST = 60.0


async def test_a_demo_runs_at_the_time_of_people_while_a_proposal_stands(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims", two_people=True)
    clock = SavedClock.create(standing.directory, NOW, FAST)
    clock.renew()
    async with standing.room(clock=clock, demo=True) as room:
        room.subscribe(lambda: None)
        await room.do(c.WriteNote("nothing is proposed yet"))
        assert clock.speed == FAST
        write(room, GateProposed(room.state.attempt.id, "dark-launch", "all is met", ()))
        await room.do(c.WriteNote("now the other lead is asked"))
        assert clock.speed == 1
        await room.do(c.DecideGate("hold", "let us see the night first"))
        assert clock.speed == FAST
