"""A console without a screen whose guard is armed and fired at once, to be killed at any moment.

Run: python -m tests.executor.chaos_console DIR
"""

import asyncio
import sys
from pathlib import Path

from console.room import WarRoom

# What it says when its guard is armed, right before it fires.
FIRES = "it fires"


async def _fire(room: WarRoom) -> None:
    living = asyncio.create_task(room.run())
    with room.stand_by():
        standby = room.kill_switch._standby
        if standby is not None:
            await asyncio.wait({standby})
        _say(FIRES)
        run = await room.roll_back("owner-judgement", "from a console")
    _say(run.state)
    await living


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_fire(WarRoom.open(Path(sys.argv[1]), who="rollback owner")))
