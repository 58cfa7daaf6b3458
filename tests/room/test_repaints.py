"""What a quiet room tells its screens: news at once, all else once a second."""

from pathlib import Path

from console.domain.commands import WriteNote
from console.room.repaints import AT_LEAST_S, Repaints
from tests.room.stand import SetClock, stand


async def test_a_turn_without_news_tells_nobody_and_news_is_told_at_once(tmp_path: Path) -> None:
    clock = SetClock(1_800_000_000.25)
    claims = stand(tmp_path / "claims", clock=clock)
    async with claims.room() as room:
        at = [100.0]
        told = Repaints(lambda: at[0])
        assert told.due(room.take_picture(), ())
        clock.moment += 0.01
        assert not told.due(room.take_picture(), ())
        assert told.due(room.take_picture(), ("the disk is full",))
        await room.do(WriteNote("news"))
        assert told.due(room.take_picture(), ("the disk is full",))
        assert not told.due(room.take_picture(), ("the disk is full",))
        at[0] += AT_LEAST_S
        assert told.due(room.take_picture(), ("the disk is full",))
        clock.moment += 1
        assert told.due(room.take_picture(), ("the disk is full",))
