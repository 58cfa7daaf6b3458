"""A console without a screen whose guard is armed and fired at once, to be killed at any moment.

Run: python -m tests.executor.chaos_console DIR
"""

import asyncio
import sys
from pathlib import Path

from console.room import WarRoom


async def _fire(room: WarRoom) -> None:
    living = asyncio.create_task(room.run())
    with room.stand_by():
        run = await room.roll_back("owner-judgement", "from a console")
    sys.stdout.write(f"{run.state}\n")
    sys.stdout.flush()
    await living


if __name__ == "__main__":
    asyncio.run(_fire(WarRoom.open(Path(sys.argv[1]), who="rollback owner")))
